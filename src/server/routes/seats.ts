/** Seats in cases here: the owner grants, oversees and ends them; an expert who holds one reads and runs from it. */
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { EntenteError } from '../../base/index.ts';
import { requireCase, requireExhibit } from '../../cases/index.ts';
import {
  grantSeat,
  listSeats,
  requireSeat,
  runsFrom,
  type Seat,
  type SeatRun,
  seatRecord,
  withdrawSeat,
} from '../../desk/index.ts';
import {
  askRunThroughSeat,
  decideSeatRun,
  type MakeRun,
  pushMessages,
  queueStep,
  type RunWish,
  readThroughSeat,
  replaySeat,
  rulesAsked,
  seatOfHolder,
  seeRunThroughSeat,
} from '../../exchange/index.ts';
import type { Registry } from '../../registry/index.ts';
import { personOf } from '../access.ts';
import type { Role } from '../roles.ts';
import type { Work } from '../work.ts';
import { Rules } from './said.ts';
import { WorkSchema, workOf } from './work.ts';

const OWNERS: readonly Role[] = ['investigator'];
const OVERSEERS: readonly Role[] = ['investigator', 'data-protection-officer', 'auditor'];
/** An expert shows the token of the seat besides being signed in; the seat is that person's from its first use. */
const EXPERT: readonly Role[] = ['expert'];

const Id = Type.String({ maxLength: 100 });
const ById = Type.Object({ id: Id });
const ByAct = Type.Object({ id: Id, act: Id });
const ByNumber = Type.Object({ number: Type.Integer({ minimum: 1, maximum: 999_999_999 }) });
const SeatHeaders = Type.Object({
  'x-entente-seat': Type.String({ minLength: 43, maxLength: 43, description: 'the token of the seat' }),
});
const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) =>
  Type.Union([type, Type.Null()]);
const Details = Type.Record(Type.String(), Type.Unknown());

const SeatSchema = Type.Object({
  id: Type.String(),
  case: Type.String(),
  request: Type.String(),
  expert: Type.String(),
  exhibits: Type.Array(Type.Object({ id: Type.String(), number: Type.Number() })),
  runs: Type.Array(Type.String()),
  purpose: Type.String(),
  grantedAt: Type.String(),
  until: Type.String(),
  supervised: Type.Boolean(),
  clause: Type.String(),
  withdrawn: Nullable(Type.Object({ at: Type.String(), reason: Type.String() })),
});

const SeatRunSchema = Type.Object({
  act: Type.String({ description: 'what the owner decides on' }),
  at: Type.String(),
  state: Type.String({ description: 'waiting, denied, approved, done or failed' }),
  order: Type.Record(Type.String(), Type.Unknown(), {
    description: 'exhibit, tool, and rules, package and parameters of the run',
  }),
  run: Nullable(Type.String()),
  derived: Type.Array(Type.Object({ id: Type.String(), number: Type.Number(), name: Type.String() })),
  why: Nullable(Type.String()),
});

const ActSchema = Type.Object({
  id: Type.String(),
  kind: Type.String(),
  at: Type.String(),
  by: Type.String(),
  details: Details,
  previous: Nullable(Type.String()),
  leafIndex: Type.Number(),
});

const viewOf = (seat: Seat) => ({
  ...seat,
  exhibits: seat.exhibits.map(({ id, number }) => ({ id, number })),
  runs: [...seat.runs],
});
const runOf = ({ asked, state, run, derived, why }: SeatRun) => ({
  ...{ act: asked.id, at: asked.at, state, order: asked.details, run, why },
  derived: [...derived],
});

const holderOf = (request: FastifyRequest) => {
  const token = request.headers['x-entente-seat'];
  if (typeof token !== 'string')
    throw new EntenteError('unauthenticated', 'the token of the seat is missing');
  return { token, person: personOf(request).id };
};

export async function seatRoutes(
  app: FastifyInstance,
  { registry, work }: { registry: Registry; work: Work },
): Promise<void> {
  const tags = ['experts'];

  app.get(
    '/seats',
    {
      config: { access: OVERSEERS },
      schema: {
        summary: 'Seats granted here',
        tags,
        response: { 200: Type.Object({ seats: Type.Array(SeatSchema) }) },
      },
    },
    async () => ({ seats: (await listSeats(registry.db)).map(viewOf) }),
  );

  app.get<{ Params: { id: string } }>(
    '/seats/:id',
    {
      config: { access: OVERSEERS },
      schema: {
        summary: 'One seat: its runs, those that wait for a decision among them, and its record',
        tags,
        params: ById,
        response: {
          200: Type.Object({
            seat: SeatSchema,
            runs: Type.Array(SeatRunSchema),
            acts: Type.Array(ActSchema),
          }),
        },
      },
    },
    async ({ params }) => {
      const seat = await requireSeat(registry.db, params.id);
      return {
        seat: viewOf(seat),
        runs: (await runsFrom(registry.db, seat)).map(runOf),
        acts: await seatRecord(registry, seat.id),
      };
    },
  );

  app.get<{ Params: { id: string; act: string } }>(
    '/seats/:id/acts/:act/rules',
    {
      config: { access: OVERSEERS },
      schema: {
        summary: 'The rules that a run was asked for with, to decide on it',
        tags,
        params: ByAct,
        response: { 200: Type.Object({ rules: Rules }) },
      },
    },
    async ({ params }) => ({ rules: [...(await rulesAsked(registry, params.id, params.act))] }),
  );

  app.post<{
    Body: {
      case: string;
      request: string;
      exhibits: number[];
      runs?: string[];
      purpose: string;
      until: string;
      supervised: boolean;
    };
  }>(
    '/seats',
    {
      config: { access: OWNERS },
      schema: {
        summary: 'Give the expert of an accepted request a seat; the token is shown once',
        tags,
        body: Type.Object({
          case: Type.String({ maxLength: 200 }),
          request: Id,
          exhibits: Type.Array(Type.Integer({ minimum: 1 }), { minItems: 1, maxItems: 1_000 }),
          runs: Type.Optional(Type.Array(Id, { maxItems: 1_000 })),
          purpose: Type.String({ minLength: 1, maxLength: 500 }),
          until: Type.String({ maxLength: 40 }),
          supervised: Type.Boolean(),
        }),
        response: { 201: Type.Object({ seat: SeatSchema, token: Type.String() }) },
      },
    },
    async (request, reply) => {
      const { exhibits: numbers, runs = [], ...grant } = request.body;
      const file = await requireCase(registry, grant.case);
      const exhibits = [];
      for (const number of numbers) {
        const { id } = await requireExhibit(registry, file.id, String(number));
        exhibits.push({ id, number });
      }
      const asked = { ...grant, case: file.id, exhibits, runs };
      const { seat, token } = await grantSeat(registry, asked, personOf(request).name, queueStep(registry));
      await pushMessages(registry);
      return reply.code(201).send({ seat: viewOf(seat), token });
    },
  );

  app.post<{ Params: { id: string }; Body: { reason: string } }>(
    '/seats/:id/withdrawal',
    {
      config: { access: OWNERS },
      schema: {
        summary: 'End a seat at once; the expert’s node is told',
        tags,
        params: ById,
        body: Type.Object({ reason: Type.String({ minLength: 1, maxLength: 500 }) }),
        response: { 200: SeatSchema },
      },
    },
    async (request) => {
      const { reason } = request.body;
      const person = personOf(request).name;
      const seat = await withdrawSeat(registry, request.params.id, reason, person, queueStep(registry));
      await pushMessages(registry);
      return viewOf(seat);
    },
  );

  /** A run takes as long as its exhibit is large, so it goes on beside; null while nobody has said yes. */
  async function begin(person: string, subject: string, make: MakeRun | null) {
    if (make === null) return null;
    const view = await work.begin(person, 'run', subject, async (progress) => {
      const { id, output } = await make(progress);
      return { run: id, findings: output.findings, derived: output.exhibits?.length ?? 0 };
    });
    return workOf(view);
  }

  app.post<{ Params: { id: string; act: string }; Body: { approve: boolean } }>(
    '/seats/:id/acts/:act/decision',
    {
      config: { access: OWNERS },
      schema: {
        summary: 'Let a run that an expert asked for execute, or not',
        tags,
        params: ByAct,
        body: Type.Object({ approve: Type.Boolean() }),
        response: { 202: Type.Object({ work: Nullable(WorkSchema) }) },
      },
    },
    async (request, reply) => {
      const { id, act } = request.params;
      const { id: person, name } = personOf(request);
      const make = await decideSeatRun(registry, id, act, request.body.approve, name);
      return reply.code(202).send({ work: await begin(person, id, make) });
    },
  );

  app.post<{ Params: { id: string } }>(
    '/seats/:id/replay',
    {
      config: { access: OVERSEERS },
      schema: {
        summary: 'Everything seen, done and refused from a seat; its runs are executed again',
        tags,
        params: ById,
        response: { 202: WorkSchema },
      },
    },
    async (request, reply) => {
      const { id: person, name } = personOf(request);
      const { id } = await requireSeat(registry.db, request.params.id);
      const view = await work.begin(person, 'run', id, async () => ({
        acts: await replaySeat(registry, id, name),
      }));
      return reply.code(202).send(workOf(view));
    },
  );

  app.get(
    '/seat',
    {
      config: { access: EXPERT },
      schema: {
        summary: 'The seat that the token is for, and what became of the runs asked for from it',
        tags,
        headers: SeatHeaders,
        response: { 200: Type.Object({ seat: SeatSchema, runs: Type.Array(SeatRunSchema) }) },
      },
    },
    async (request) => {
      const { seat, runs } = await seatOfHolder(registry, holderOf(request));
      return { seat: viewOf(seat), runs: runs.map(runOf) };
    },
  );

  app.get<{ Params: { number: number }; Querystring: { file?: string } }>(
    '/seat/exhibits/:number',
    {
      config: { access: EXPERT },
      schema: {
        summary: 'Read an exhibit from a seat',
        tags,
        params: ByNumber,
        querystring: Type.Object({ file: Type.Optional(Type.String({ maxLength: 4_096 })) }),
        headers: SeatHeaders,
      },
    },
    async (request, reply) => {
      const { file } = request.query;
      const range = file === undefined ? {} : { path: file };
      const reading = await readThroughSeat(registry, holderOf(request), request.params.number, range);
      return reply
        .type('application/octet-stream')
        .header('content-disposition', 'attachment')
        .header('repr-digest', `sha-256=:${Buffer.from(reading.sha256, 'hex').toString('base64')}:`)
        .send(Readable.from(reading.bytes));
    },
  );

  app.get<{ Params: { id: string } }>(
    '/seat/runs/:id',
    {
      config: { access: EXPERT },
      schema: {
        summary: 'What a run gave that the seat names or that was made from it',
        description:
          'Findings that rest on intelligence which may not cross to the expert’s organisation are counted, not shown.',
        tags,
        params: ById,
        headers: SeatHeaders,
        response: {
          200: Type.Object({
            run: Details,
            findings: Type.Array(Details),
            withheld: Type.Integer(),
          }),
        },
      },
    },
    async (request) => {
      const { run, findings, withheld } = await seeRunThroughSeat(
        registry,
        holderOf(request),
        request.params.id,
      );
      return { run: { ...run }, findings: findings.map((one) => ({ ...one })), withheld };
    },
  );

  app.post<{ Body: { exhibit: number; parameters?: Record<string, string> } & Omit<RunWish, 'set'> }>(
    '/seat/runs',
    {
      config: { access: EXPERT },
      schema: {
        summary: 'Run a tool over an exhibit from a seat: one of the node’s own, or one that is held here',
        description: 'From a supervised seat it waits for the owner, and `work` is null.',
        tags,
        headers: SeatHeaders,
        body: Type.Object({
          exhibit: Type.Integer({ minimum: 1 }),
          tool: Type.String({
            maxLength: 100,
            description: 'match, observables, parse, sigma, yara, or a held tool by name',
          }),
          rules: Type.Optional(Rules),
          parser: Type.Optional(
            Type.Object(
              {
                recover: Type.Optional(Type.Boolean()),
                zoneOffsetMinutes: Type.Optional(Type.Integer({ minimum: -1_440, maximum: 1_440 })),
                firstYear: Type.Optional(Type.Integer({ minimum: 1970, maximum: 2200 })),
                csv: Type.Optional(
                  Type.Partial(
                    Type.Object(
                      {
                        time: Type.String({ maxLength: 200 }),
                        host: Type.String({ maxLength: 200 }),
                        user: Type.String({ maxLength: 200 }),
                        message: Type.String({ maxLength: 200 }),
                      },
                      { additionalProperties: false },
                    ),
                  ),
                ),
              },
              { additionalProperties: false },
            ),
          ),
          parameters: Type.Optional(
            Type.Record(Type.String({ maxLength: 40 }), Type.String({ maxLength: 4_000 })),
          ),
        }),
        response: { 202: Type.Object({ act: Type.String(), work: Nullable(WorkSchema) }) },
      },
    },
    async (request, reply) => {
      const { exhibit, parameters, ...wish } = request.body;
      const holder = holderOf(request);
      const asked = { ...wish, ...(parameters ? { set: parameters } : {}) };
      const { act, make } = await askRunThroughSeat(registry, holder, exhibit, asked);
      return reply.code(202).send({ act: act.id, work: await begin(holder.person, act.seat, make) });
    },
  );
}
