/** What the API says of joint operations. */
import { Type } from 'typebox';
import { MARKS, OUTCOME_KINDS, QUEUES, ROLES, ROOMS } from '../../operations/index.ts';
import { ClauseSchema } from './agreement-schemas.ts';

export const text = (maxLength: number) => Type.String({ maxLength });
export const words = <T extends string>(list: readonly T[]) =>
  Type.Union(list.map((word) => Type.Literal(word)));
export const Nullable = Type.Union([Type.String(), Type.Null()]);

export const Named = Type.Object({ operation: text(100) });

export const OperationSchema = Type.Object({
  id: Type.String(),
  name: Type.String(),
  title: Type.String(),
  purpose: Type.String(),
  tlp: Type.String(),
  state: words(['open', 'closed', 'left']),
  leads: Type.Boolean({ description: 'this node leads it' }),
  at: Type.String(),
  actionDay: Nullable,
  databases: Type.Array(Type.String()),
  exercise: Type.Boolean(),
});

export const PartySchema = Type.Object({
  peer: Type.String({ description: 'key of its node; empty for this one' }),
  role: words(ROLES),
  state: words(['invited', 'joined', 'left']),
  covers: Type.Array(Type.String()),
  language: Type.String(),
  timeZone: Type.String(),
  contact: Type.String(),
  at: Type.String(),
});

export const PackageSchema = Type.Object({
  id: Type.String(),
  direction: words(['in', 'out']),
  peer: Type.String(),
  scope: Type.String(),
  at: Type.String(),
  items: Type.Number(),
  recalled: Type.Number(),
  receivedAt: Nullable,
  readAt: Nullable,
});

export const TaskSchema = Type.Object({
  id: Type.String(),
  title: Type.String(),
  owner: Type.String({ description: 'key of its node; empty for this one' }),
  state: words(['open', 'done', 'cancelled']),
  due: Type.String(),
  after: Type.Array(Type.String()),
  doneAt: Nullable,
});

export const PostSchema = Type.Object({
  id: Type.String(),
  room: words(ROOMS),
  author: Type.String(),
  at: Type.String(),
  text: Type.String(),
});

const Counted = { targets: Type.Number() };

export const CountsSchema = Type.Object({
  targets: Type.Number(),
  waiting: Type.Number(),
  marks: Type.Array(Type.Object({ mark: words(MARKS), ...Counted })),
  kinds: Type.Array(Type.Object({ kind: Type.String(), ...Counted })),
  queues: Type.Array(Type.Object({ queue: words(QUEUES), ...Counted })),
  countries: Type.Array(
    Type.Object({
      country: Type.String(),
      latitude: Type.Number(),
      longitude: Type.Number(),
      ...Counted,
      victims: Type.Number(),
      outcomes: Type.Number(),
    }),
  ),
});

const GroundSchema = Type.Object({
  country: Type.String(),
  reason: Type.String(),
  confidence: Type.Number({ description: 'percent' }),
  from: Type.String(),
});

export const TargetSchema = Type.Object({
  id: Type.String(),
  kind: Type.String(),
  value: Type.String(),
  mark: words(MARKS),
  country: Nullable,
  decision: Type.Union([Type.Literal('route'), Type.Literal('hold'), Type.Null()]),
  queue: Type.Union([...QUEUES.map((queue) => Type.Literal(queue)), Type.Null()]),
  placement: Type.Union([
    Type.Object({
      state: Type.String(),
      country: Nullable,
      candidates: Type.Array(
        Type.Object({
          country: Type.String(),
          confidence: Type.Number(),
          grounds: Type.Array(GroundSchema),
        }),
      ),
      notes: Type.Array(Type.String()),
    }),
    Type.Null(),
  ]),
  contributions: Type.Array(
    Type.Object({
      peer: Type.String(),
      agreement: Type.String(),
      source: Type.String(),
      information: Type.String(),
      tlp: Type.String(),
      mark: words(MARKS),
      seenAt: Nullable,
      seat: Nullable,
      hosting: Type.Array(Type.String()),
      threat: Type.String(),
      note: Type.String(),
      at: Type.String(),
      withdrawnAt: Nullable,
    }),
  ),
});

export const DecisionRecordSchema = Type.Object({
  kind: words(['route', 'hold', 'release', 'mark', 'text']),
  was: Nullable,
  becomes: Nullable,
  reason: Type.String(),
  person: Type.String(),
  at: Type.String(),
});

export const PreparedSchema = Type.Object({
  to: Type.String(),
  scope: Type.String(),
  items: Type.Number(),
  denied: Type.Array(Type.Object({ count: Type.Number(), clauses: Type.Array(ClauseSchema) })),
  texts: Type.Array(
    Type.Object({
      target: Type.String(),
      value: Type.String(),
      text: Type.String(),
      passages: Type.Array(Type.Object({ kind: Type.String(), text: Type.String(), from: Type.Number() })),
      clauses: Type.Array(ClauseSchema),
    }),
  ),
});

export const OutcomeSchema = Type.Object({
  id: Type.String(),
  target: Type.String(),
  value: Type.String(),
  country: Nullable,
  kind: words(OUTCOME_KINDS),
  at: Type.String(),
  quantity: Type.Number(),
  evidence: Type.String(),
  direction: words(['in', 'out', 'told']),
  peer: Type.String(),
  superseded: Nullable,
  contradicts: Type.Boolean({
    description: 'another report about its target says otherwise, and nobody has decided yet',
  }),
});

export const FiguresSchema = Type.Object({
  at: Type.String(),
  targets: Type.Number(),
  waiting: Type.Number(),
  marks: Type.Array(Type.Object({ mark: words(MARKS), count: Type.Number() })),
  countries: Type.Array(
    Type.Object({ country: Type.String(), targets: Type.Number(), outcomes: Type.Number() }),
  ),
  outcomes: Type.Array(
    Type.Object({ kind: words(OUTCOME_KINDS), targets: Type.Number(), quantity: Type.Number() }),
  ),
  days: Type.Array(Type.Object({ day: Type.String(), count: Type.Number() })),
  parties: Type.Number(),
  packages: Type.Object({ sent: Type.Number(), received: Type.Number(), read: Type.Number() }),
  contributors: Type.Array(
    Type.Object({
      peer: Type.String(),
      name: Type.String(),
      given: Type.Number(),
      confirmed: Type.Number(),
      falsePositive: Type.Number(),
      stale: Type.Number(),
      withdrawn: Type.Number(),
      silent: Type.Number(),
    }),
  ),
  contradictory: Type.Number(),
});
