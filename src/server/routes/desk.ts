/** The desk for people who are signed in: requests to peers and from them. */
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import {
  CLOSE_OUTCOMES,
  calendarOf,
  clockOf,
  countRequests,
  DECLINE_REASONS,
  type DeskRequest,
  draftRequest,
  listRequests,
  PAGE_MAX,
  parseCalendar,
  REQUEST_KINDS,
  REQUEST_STATES,
  type RequestKind,
  type RequestState,
  requireExpert,
  requireRequest,
  reviewRequest,
  sendRequest,
  setCalendar,
  takeStep,
  WEEKDAYS,
} from '../../desk/index.ts';
import { pushMessages, queueStep } from '../../exchange/index.ts';
import { type Registry, requirePeer } from '../../registry/index.ts';
import { personOf } from '../access.ts';
import type { Role } from '../roles.ts';

/** Who asks and answers. */
const DESK: readonly Role[] = ['liaison', 'analyst', 'investigator', 'cert-analyst'];
const DESK_READERS: readonly Role[] = [...DESK, 'data-protection-officer', 'auditor'];
/** Who makes legal reviews. */
const REVIEWERS: readonly Role[] = ['liaison', 'data-protection-officer'];

/** Whoever sets it reads it. */
const CALENDAR_READERS: readonly Role[] = ['administrator', ...DESK_READERS];

const words = <T extends string>(list: readonly T[]) => Type.Union(list.map((word) => Type.Literal(word)));
const text = (maxLength: number) => Type.String({ maxLength });
const ById = Type.Object({ id: text(100) });
/** Steps and the ask are read by the room itself, which names every fault. */
const Anything = Type.Record(Type.String(), Type.Unknown());

const CalendarSchema = Type.Object(
  {
    timeZone: Type.String({ maxLength: 64, description: 'IANA name, such as Europe/Madrid' }),
    hours: Type.Partial(Type.Record(words(WEEKDAYS), Type.Tuple([text(5), text(5)]))),
    holidays: Type.Array(text(10), { maxItems: 2_000 }),
  },
  {
    description:
      'Local opening and closing by weekday, 24:00 being the end of a day; a day without is a day off',
  },
);

const RequestSchema = Type.Object(
  {
    id: Type.String(),
    direction: words(['in', 'out']),
    peer: Type.String({ description: 'key of the other node' }),
    kind: words(REQUEST_KINDS),
    openedAt: Type.String(),
    state: words(REQUEST_STATES),
    held: Type.Union([Type.String(), Type.Null()]),
    ask: Type.Unknown(),
    steps: Type.Array(Type.Unknown()),
    clock: Type.Unknown(),
  },
  { description: 'A request with its steps; its state follows from them' },
);

const StepSchema = Type.Union([
  Type.Object({ kind: Type.Literal('send') }),
  Type.Object({
    kind: Type.Literal('accept'),
    text: Type.Optional(text(20_000)),
    expert: Type.Optional(
      Type.String({
        maxLength: 120,
        description: 'who comes, by identifier; the other side gets it and the clearance',
      }),
    ),
  }),
  Type.Object({ kind: Type.Literal('decline'), reason: words(DECLINE_REASONS), text: text(20_000) }),
  Type.Object({ kind: Type.Literal('work'), text: Type.Optional(text(20_000)) }),
  Type.Object({
    kind: words(['message', 'answer']),
    text: text(20_000),
    marking: Anything,
    attachments: Type.Optional(Type.Array(Anything, { maxItems: 8 })),
  }),
  Type.Object({
    kind: Type.Literal('close'),
    outcome: words(CLOSE_OUTCOMES),
    text: Type.Optional(text(20_000)),
  }),
  Type.Object({ kind: Type.Literal('withdraw'), text: Type.Optional(text(20_000)) }),
]);

const STEP_OF = {
  accept: 'accepted',
  decline: 'declined',
  work: 'working',
  message: 'message',
  answer: 'answered',
  close: 'closed',
  withdraw: 'withdrawn',
} as const;

export async function deskRoutes(app: FastifyInstance, { registry }: { registry: Registry }): Promise<void> {
  const tags = ['desk'];
  const view = (request: DeskRequest) => ({ ...request, clock: clockOf(request, registry.clock()) });

  app.get<{
    Querystring: {
      text?: string;
      state?: RequestState;
      kind?: RequestKind;
      direction?: 'in' | 'out';
      peer?: string;
      limit?: number;
      after?: string;
    };
  }>(
    '/requests',
    {
      config: { access: DESK_READERS },
      schema: {
        summary: 'Requests made and received, newest first',
        tags,
        querystring: Type.Object({
          text: Type.Optional(Type.String({ maxLength: 200, description: 'all of these words' })),
          state: Type.Optional(words(REQUEST_STATES)),
          kind: Type.Optional(words(REQUEST_KINDS)),
          direction: Type.Optional(words(['in', 'out'])),
          peer: Type.Optional(text(200)),
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: PAGE_MAX })),
          after: Type.Optional(text(200)),
        }),
        response: {
          200: Type.Object({
            requests: Type.Array(RequestSchema),
            next: Type.Union([Type.String(), Type.Null()]),
          }),
        },
      },
    },
    async ({ query: { limit = 50, after, peer, ...filter } }) => {
      const page = await listRequests(
        registry.db,
        { ...filter, ...(peer === undefined ? {} : { peer: (await requirePeer(registry.db, peer)).kid }) },
        { limit, ...(after === undefined ? {} : { after }) },
      );
      return { requests: page.requests.map(view), next: page.next };
    },
  );

  app.get<{ Querystring: { from?: string; until?: string; publish?: boolean } }>(
    '/requests/counts',
    {
      config: { access: DESK_READERS },
      schema: {
        summary: 'How many requests, with whom, how they were answered; nothing of people or contents',
        tags,
        querystring: Type.Object({
          from: Type.Optional(Type.String({ format: 'date-time' })),
          until: Type.Optional(Type.String({ format: 'date-time' })),
          publish: Type.Optional(Type.Boolean()),
        }),
        response: { 200: Type.Object({ counts: Type.Array(Type.Unknown()) }) },
      },
    },
    async ({ query: { from = '', until = '~', publish = false } }) => ({
      counts: await countRequests(registry, { from, until }, publish),
    }),
  );

  app.get<{ Params: { id: string } }>(
    '/requests/:id',
    {
      config: { access: DESK_READERS },
      schema: { summary: 'One request', tags, params: ById, response: { 200: RequestSchema } },
    },
    async ({ params }) => view(await requireRequest(registry.db, params.id)),
  );

  app.post<{ Body: { peer: string; ask: unknown } }>(
    '/requests',
    {
      config: { access: DESK },
      schema: {
        summary: 'Draft a request; it stays here until its legal review',
        tags,
        body: Type.Object({ peer: text(200), ask: Anything }),
        response: { 201: RequestSchema },
      },
    },
    async (request, reply) => {
      const { peer, ask } = request.body;
      const drafted = await draftRequest(
        registry,
        await requirePeer(registry.db, peer),
        ask,
        personOf(request).name,
      );
      return reply.code(201).send(view(drafted));
    },
  );

  app.post<{ Params: { id: string }; Body: { decision: 'clear' | 'hold'; basis: string } }>(
    '/requests/:id/review',
    {
      config: { access: REVIEWERS },
      schema: {
        summary: 'The legal review of this side',
        tags,
        params: ById,
        body: Type.Object({
          decision: words(['clear', 'hold']),
          basis: Type.String({ minLength: 1, maxLength: 20_000 }),
        }),
        response: { 200: RequestSchema },
      },
    },
    async (request) =>
      view(await reviewRequest(registry, request.params.id, request.body, personOf(request).name)),
  );

  app.post<{
    Params: { id: string };
    Body: { kind: 'send' | keyof typeof STEP_OF } & Record<string, unknown>;
  }>(
    '/requests/:id/steps',
    {
      config: { access: DESK },
      schema: {
        summary: 'Take a step of a request; what crosses is decided by the service clause',
        tags,
        params: ById,
        body: StepSchema,
        response: { 200: RequestSchema },
      },
    },
    async (request) => {
      const { kind, expert: asked, ...said } = request.body;
      const expert = typeof asked === 'string' ? await requireExpert(registry.db, asked) : null;
      const person = personOf(request).name;
      const queue = queueStep(registry);
      const { id } = request.params;
      const body = {
        text: '',
        ...(kind === 'message' || kind === 'answer' ? { attachments: [] } : {}),
        ...said,
        ...(expert ? { expert: { id: expert.id, clearance: expert.clearance } } : {}),
      };
      const taken =
        kind === 'send'
          ? await sendRequest(registry, id, person, queue)
          : await takeStep(registry, id, STEP_OF[kind], body as never, person, queue);
      await pushMessages(registry);
      return view(taken);
    },
  );

  app.get(
    '/desk/calendar',
    {
      config: { access: CALENDAR_READERS },
      schema: { summary: 'When this organisation works', tags, response: { 200: CalendarSchema } },
    },
    async () => calendarOf(registry.db, registry.identity.kid),
  );

  app.put<{ Body: unknown }>(
    '/desk/calendar',
    {
      config: { access: ['administrator', 'liaison'] },
      schema: { summary: 'Set when this organisation works', tags, body: CalendarSchema },
    },
    async ({ body }, reply) => {
      await setCalendar(registry, parseCalendar(body));
      return reply.code(204).send();
    },
  );
}
