/** Joint operations for people: the board, targets and what waits, decisions, packages, outcomes, tasks, who works on what, the report. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { EntenteError, isExercise } from '../../base/index.ts';
import { pushMessages, sendInOperation } from '../../exchange/index.ts';
import {
  askWhoWorksOn,
  blockedBy,
  changeMark,
  countQueries,
  countTargets,
  createTask,
  decideText,
  endTask,
  findOperation,
  findTarget,
  holdTarget,
  LANGUAGES,
  listDecisions,
  listOperations,
  listPackages,
  listParties,
  listPointers,
  listPosts,
  listReminders,
  listTasks,
  MARKS,
  type Mark,
  type Operation,
  OUTCOME_KINDS,
  OUTCOMES_MAX,
  pageOfOutcomes,
  pageOfTargets,
  postInRoom,
  preparePackages,
  QUEUES,
  type Queue,
  ROOMS,
  readFigures,
  readPackage,
  registerInterest,
  renderReport,
  reportOutcomes,
  routeTarget,
  sendPackage,
  TARGETS_MAX,
} from '../../operations/index.ts';
import { ledgerSize, type Registry } from '../../registry/index.ts';
import { personOf } from '../access.ts';
import { sendResumable } from '../ranges.ts';
import type { Role } from '../roles.ts';
import {
  CountsSchema,
  DecisionRecordSchema,
  FiguresSchema,
  Named,
  Nullable,
  OperationSchema,
  OutcomeSchema,
  PackageSchema,
  PartySchema,
  PostSchema,
  PreparedSchema,
  TargetSchema,
  TaskSchema,
  text,
  words,
} from './operation-schemas.ts';

/** Who works on operations. */
const WORKERS: readonly Role[] = ['liaison', 'analyst', 'investigator', 'cert-analyst'];
const READERS: readonly Role[] = [...WORKERS, 'data-protection-officer', 'auditor'];
/** Who sees targets one by one. A CERT analyst sees victims, and no case data beside them. */
const TARGET_READERS: readonly Role[] = ['analyst', 'liaison', 'investigator', 'cert-analyst'];
const ANALYSTS: readonly Role[] = ['analyst'];
export const SENDERS: readonly Role[] = ['liaison', 'analyst'];

const PAGE = 200;

const DecisionSchema = Type.Object({
  kind: words(['route', 'hold', 'release', 'mark', 'text']),
  becomes: Type.Optional(text(40)),
  reason: text(1_000),
});

/** Without the key by which values are looked up, which is for the machines. */
export const shown = ({ lookUpKey: _key, lead, ...facts }: Operation) => ({
  ...facts,
  leads: lead === '',
  exercise: isExercise(facts.title),
});

export async function operationRoutes(
  app: FastifyInstance,
  { registry }: { registry: Registry },
): Promise<void> {
  const tags = ['joint operations'];
  const send = sendInOperation(registry);
  const asked = (request: FastifyRequest<{ Params: { operation: string } }>) =>
    findOperation(registry.db, request.params.operation);
  const who = (request: FastifyRequest) => personOf(request).name;
  const seesVictimsOnly = (request: FastifyRequest) =>
    !personOf(request).roles.some((role) => role !== 'cert-analyst' && TARGET_READERS.includes(role));

  app.get(
    '/operations',
    {
      config: { access: READERS },
      schema: {
        summary: 'Joint operations of this node',
        tags,
        response: { 200: Type.Object({ operations: Type.Array(OperationSchema) }) },
      },
    },
    async () => ({ operations: (await listOperations(registry.db)).map(shown) }),
  );

  app.get<{ Params: { operation: string } }>(
    '/operations/:operation',
    {
      config: { access: READERS },
      schema: {
        summary: 'The board of an operation: counts, parties, packages, tasks, posts, reminders, queries',
        description:
          'Every act has a leaf in the ledger, so the ETag is its size: a page asks with If-None-Match as often as it likes and gets 304 until something was done.',
        tags,
        params: Named,
        response: {
          200: Type.Object({
            operation: OperationSchema,
            lead: Type.String({ description: 'key of the node that leads it; empty for this one' }),
            counts: CountsSchema,
            parties: Type.Array(PartySchema),
            packages: Type.Array(PackageSchema),
            tasks: Type.Array(
              Type.Intersect([TaskSchema, Type.Object({ waitsFor: Type.Array(Type.String()) })]),
            ),
            posts: Type.Array(PostSchema),
            reminders: Type.Array(
              Type.Object({
                id: Type.String({ description: 'of the package or task' }),
                at: Type.String(),
                about: Type.String(),
              }),
            ),
            pointers: Type.Array(Type.Unknown()),
            queries: Type.Array(Type.Unknown()),
          }),
        },
      },
    },
    async (request, reply) => {
      const version = `"${await ledgerSize(registry.db)}"`;
      reply.header('etag', version);
      if (request.headers['if-none-match'] === version) return reply.code(304).send();
      const operation = await asked(request);
      const tasks = await listTasks(registry.db, operation);
      return {
        operation: shown(operation),
        lead: operation.lead,
        counts: await countTargets(registry.db, operation),
        parties: await listParties(registry.db, operation),
        packages: await listPackages(registry.db, operation),
        tasks: tasks.map((task) => ({ ...task, waitsFor: blockedBy(task, tasks).map(({ id }) => id) })),
        posts: await listPosts(registry.db, operation),
        reminders: await listReminders(registry.db, operation),
        pointers: await listPointers(registry.db, operation),
        queries: await countQueries(registry.db, operation),
      };
    },
  );

  app.get<{
    Params: { operation: string };
    Querystring: {
      mark?: Mark;
      country?: string;
      kind?: string;
      waits?: Queue | 'any';
      text?: string;
      after?: string;
      limit?: number;
    };
  }>(
    '/operations/:operation/targets',
    {
      config: { access: TARGET_READERS },
      schema: {
        summary: 'Targets with their contributions and the grounds for their country, page by page',
        description: 'A CERT analyst sees victims. `waits` limits to what waits for a person.',
        tags,
        params: Named,
        querystring: Type.Object({
          mark: Type.Optional(words(MARKS)),
          country: Type.Optional(text(2)),
          kind: Type.Optional(text(40)),
          waits: Type.Optional(words([...QUEUES, 'any'])),
          text: Type.Optional(text(200)),
          after: Type.Optional(text(100)),
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: TARGETS_MAX })),
        }),
        response: {
          200: Type.Object({
            total: Type.Integer(),
            targets: Type.Array(TargetSchema),
            next: Nullable,
          }),
        },
      },
    },
    async (request) => {
      const operation = await asked(request);
      const { after, limit = PAGE, ...question } = request.query;
      if (seesVictimsOnly(request) && (question.mark ?? 'victim') !== 'victim')
        return { total: 0, targets: [], next: null };
      return pageOfTargets(
        registry.db,
        operation,
        seesVictimsOnly(request) ? { ...question, mark: 'victim' } : question,
        { limit, ...(after === undefined ? {} : { after }) },
      );
    },
  );

  app.get<{ Params: { operation: string; target: string } }>(
    '/operations/:operation/targets/:target',
    {
      config: { access: TARGET_READERS },
      schema: {
        summary: 'One target, and what persons decided about it',
        tags,
        params: Type.Object({ operation: text(100), target: text(2_100) }),
        response: {
          200: Type.Object({ target: TargetSchema, decisions: Type.Array(DecisionRecordSchema) }),
        },
      },
    },
    async (request) => {
      const target = await findTarget(registry.db, await asked(request), request.params.target);
      if (seesVictimsOnly(request) && target.mark !== 'victim')
        throw new EntenteError('not-found', 'there is no such target among the victims');
      return { target, decisions: await listDecisions(registry.db, target) };
    },
  );

  app.post<{
    Params: { operation: string; target: string };
    Body: { kind: 'route' | 'hold' | 'release' | 'mark' | 'text'; becomes?: string; reason: string };
  }>(
    '/operations/:operation/targets/:target/decisions',
    {
      config: { access: ANALYSTS },
      schema: {
        summary:
          'Decide on a target: route it to a country, hold it or let it go, change its mark, keep or drop its note',
        tags,
        params: Type.Object({ operation: text(100), target: text(100) }),
        body: DecisionSchema,
        response: { 200: Type.Object({ target: TargetSchema }) },
      },
    },
    async (request) => {
      const operation = await asked(request);
      const target = await findTarget(registry.db, operation, request.params.target);
      const { kind, becomes = '', reason } = request.body;
      if (kind === 'route')
        await routeTarget(registry, operation, target, becomes, reason, who(request), send);
      else if (kind === 'mark')
        await changeMark(registry, operation, target, becomes, reason, who(request), send);
      else if (kind === 'text') await decideText(registry, target, becomes, reason, who(request));
      else await holdTarget(registry, operation, target, kind === 'hold', reason, who(request));
      await pushMessages(registry);
      return { target: await findTarget(registry.db, operation, target.id) };
    },
  );

  app.get<{ Params: { operation: string } }>(
    '/operations/:operation/prepared',
    {
      config: { access: SENDERS },
      schema: {
        summary: 'What each recipient would get now, what stays and by which clause',
        tags,
        params: Named,
        response: { 200: Type.Object({ packages: Type.Array(PreparedSchema) }) },
      },
    },
    async (request) => {
      const prepared = await preparePackages(registry, await asked(request));
      return {
        packages: prepared.map(({ peer, scope, selection: { items, denied, texts } }) => ({
          to: peer.name,
          scope: scope.name,
          items: items.length,
          denied,
          texts,
        })),
      };
    },
  );

  app.post<{ Params: { operation: string } }>(
    '/operations/:operation/packages',
    {
      config: { access: SENDERS },
      schema: {
        summary: 'Sign and send what is new to every recipient',
        tags,
        params: Named,
        response: { 200: Type.Object({ sent: Type.Array(Type.Object({ id: Type.String() })) }) },
      },
    },
    async (request) => {
      const operation = await asked(request);
      const sent = [];
      for (const one of await preparePackages(registry, operation))
        if (one.contents) sent.push(await sendPackage(registry, operation, one, send));
      await pushMessages(registry);
      return { sent };
    },
  );

  app.get<{ Params: { operation: string; id: string } }>(
    '/operations/:operation/packages/:id',
    {
      config: { access: TARGET_READERS },
      schema: {
        summary:
          'The file of a package, to keep or open, whole or a range of it; its sender learns that it was read',
        tags,
        params: Type.Object({ operation: text(100), id: text(100) }),
        response: {
          200: Type.Unknown({ description: 'one HTML file' }),
          206: Type.Unknown({ description: 'the range of it that was asked for' }),
          416: Type.Unknown({ description: 'it is shorter than that' }),
        },
      },
    },
    async (request, reply) => {
      const { file, contents, sha256 } = await readPackage(
        registry,
        await asked(request),
        request.params.id,
        send,
      );
      if (seesVictimsOnly(request) && contents.items.some(({ mark }) => mark !== 'victim'))
        throw new EntenteError('forbidden', 'the package has more than victims; ask an analyst');
      reply
        .type('application/octet-stream') // it is kept, not shown: a page of another node does not run here
        .header('content-disposition', `attachment; filename="${contents.scope}-${contents.id}.html"`);
      return sendResumable(request, reply, sha256, file);
    },
  );

  app.get<{
    Params: { operation: string };
    Querystring: { contradicting?: boolean; after?: string; limit?: number };
  }>(
    '/operations/:operation/outcomes',
    {
      config: { access: READERS },
      schema: {
        summary: 'What came of the targets, in the order in which it was reported, page by page',
        description: '`contradicting` limits to reports that contradict each other and wait for a decision.',
        tags,
        params: Named,
        querystring: Type.Object({
          contradicting: Type.Optional(Type.Boolean()),
          after: Type.Optional(text(100)),
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: OUTCOMES_MAX })),
        }),
        response: {
          200: Type.Object({ total: Type.Integer(), outcomes: Type.Array(OutcomeSchema), next: Nullable }),
        },
      },
    },
    async (request) => {
      const { contradicting = false, after, limit = PAGE } = request.query;
      return pageOfOutcomes(registry.db, await asked(request), contradicting, {
        limit,
        ...(after === undefined ? {} : { after }),
      });
    },
  );

  app.post<{
    Params: { operation: string };
    Body: { target: string; kind: string; quantity?: number; at?: string; evidence?: string };
  }>(
    '/operations/:operation/outcomes',
    {
      config: { access: WORKERS },
      schema: {
        summary: 'Report what came of a target',
        tags,
        params: Named,
        body: Type.Object({
          target: text(2_100),
          kind: words(OUTCOME_KINDS),
          quantity: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000_000 })),
          at: Type.Optional(text(40)),
          evidence: Type.Optional(text(200)),
        }),
        response: {
          201: Type.Object({ outcome: Type.Object({ id: Type.String(), target: Type.String() }) }),
        },
      },
    },
    async (request, reply) => {
      const [outcome] = await reportOutcomes(registry, await asked(request), [request.body], send);
      await pushMessages(registry);
      return reply.code(201).send({ outcome });
    },
  );

  app.post<{
    Params: { operation: string };
    Body: { title: string; owner?: string; due: string; after?: string[] };
  }>(
    '/operations/:operation/tasks',
    {
      config: { access: SENDERS },
      schema: {
        summary: 'Give a task; the owner is the key of a party, or this organisation',
        tags,
        params: Named,
        body: Type.Object({
          title: text(300),
          owner: Type.Optional(text(100)),
          due: text(40),
          after: Type.Optional(Type.Array(text(100), { maxItems: 100 })),
        }),
        response: { 201: Type.Object({ task: TaskSchema }) },
      },
    },
    async (request, reply) => {
      const task = await createTask(registry, await asked(request), { owner: '', ...request.body }, send);
      await pushMessages(registry);
      return reply.code(201).send({ task });
    },
  );

  app.post<{ Params: { operation: string; id: string }; Body: { state: 'done' | 'cancelled' } }>(
    '/operations/:operation/tasks/:id/end',
    {
      config: { access: WORKERS },
      schema: {
        summary: 'A task is done, or not to be done any more',
        tags,
        params: Type.Object({ operation: text(100), id: text(100) }),
        body: Type.Object({ state: words(['done', 'cancelled']) }),
        response: { 200: Type.Object({ task: TaskSchema }) },
      },
    },
    async (request) => {
      const task = await endTask(registry, await asked(request), request.params.id, request.body.state, send);
      await pushMessages(registry);
      return { task };
    },
  );

  app.post<{ Params: { operation: string }; Body: { room: string; text: string } }>(
    '/operations/:operation/posts',
    {
      config: { access: WORKERS },
      schema: {
        summary: 'Say something in a room of the operation',
        tags,
        params: Named,
        body: Type.Object({ room: words(ROOMS), text: text(20_000) }),
        response: { 201: Type.Object({ post: PostSchema }) },
      },
    },
    async (request, reply) => {
      const post = await postInRoom(
        registry,
        await asked(request),
        request.body.room,
        request.body.text,
        send,
      );
      await pushMessages(registry);
      return reply.code(201).send({ post });
    },
  );

  app.post<{
    Params: { operation: string };
    Body: { values: string[]; contact: string; claim?: 'both' | 'owner-first' };
  }>(
    '/operations/:operation/queries',
    {
      config: { access: ['analyst', 'investigator', 'liaison'] },
      schema: {
        summary:
          'Ask who works on these values, or with `claim` say that this organisation does; the answer is whom to call',
        tags,
        params: Named,
        body: Type.Object({
          values: Type.Array(text(2_048), { minItems: 1, maxItems: 100 }),
          contact: text(300),
          claim: Type.Optional(words(['both', 'owner-first'])),
        }),
        response: { 200: Type.Object({ query: Nullable }) },
      },
    },
    async (request) => {
      const operation = await asked(request);
      const { values, contact, claim } = request.body;
      const query =
        claim === undefined ? await askWhoWorksOn(registry, operation, values, contact, send) : null;
      if (claim !== undefined)
        await registerInterest(registry, operation, values, { notify: claim, contact }, send);
      await pushMessages(registry);
      return { query };
    },
  );

  app.get<{ Params: { operation: string } }>(
    '/operations/:operation/figures',
    {
      config: { access: READERS },
      schema: {
        summary: 'The figures of the report, computed from signed messages',
        tags,
        params: Named,
        response: { 200: FiguresSchema },
      },
    },
    async (request) => readFigures(registry, await asked(request)),
  );

  app.get<{ Params: { operation: string; language: string } }>(
    '/operations/:operation/report/:language',
    {
      config: { access: READERS },
      schema: {
        summary: 'The report as one page, with charts and a map',
        tags,
        params: Type.Object({ operation: text(100), language: words(LANGUAGES) }),
        response: { 200: Type.Unknown({ description: 'one HTML file' }) },
      },
    },
    async (request, reply) => {
      const language = LANGUAGES.find((one) => one === request.params.language)!;
      const page = renderReport(await readFigures(registry, await asked(request)), language);
      return reply
        .type('application/octet-stream')
        .header('content-disposition', `attachment; filename="report-${language}.html"`)
        .send(page);
    },
  );
}
