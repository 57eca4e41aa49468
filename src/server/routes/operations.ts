/** Joint operations for people: the board, targets and what waits, decisions, packages, outcomes, tasks, who works on what, the report. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { EntenteError } from '../../base/index.ts';
import { pushMessages, sendInOperation } from '../../exchange/index.ts';
import {
  askWhoWorksOn,
  blockedBy,
  changeMark,
  contradictions,
  countQueries,
  createTask,
  decideText,
  endTask,
  findOperation,
  findTarget,
  holdTarget,
  LANGUAGES,
  listOperations,
  listPackages,
  listParties,
  listPointers,
  listPosts,
  listReminders,
  listTargetOutcomes,
  listTasks,
  MARKS,
  type Operation,
  OUTCOME_KINDS,
  postInRoom,
  preparePackages,
  ROOMS,
  readFigures,
  readPackage,
  readQueue,
  readTargets,
  registerInterest,
  renderReport,
  reportOutcomes,
  routeTarget,
  sendPackage,
} from '../../operations/index.ts';
import type { Registry } from '../../registry/index.ts';
import { personOf } from '../access.ts';
import { sendResumable } from '../ranges.ts';
import type { Role } from '../roles.ts';

/** Who works on operations. */
const WORKERS: readonly Role[] = ['liaison', 'analyst', 'investigator', 'cert-analyst'];
const READERS: readonly Role[] = [...WORKERS, 'data-protection-officer', 'auditor'];
/** Who sees targets one by one. A CERT analyst sees victims, and no case data beside them. */
const TARGET_READERS: readonly Role[] = ['analyst', 'liaison', 'investigator', 'cert-analyst'];
const ANALYSTS: readonly Role[] = ['analyst'];
const SENDERS: readonly Role[] = ['liaison', 'analyst'];

const PAGE = 200;

const text = (maxLength: number) => Type.String({ maxLength });
const words = <T extends string>(list: readonly T[]) => Type.Union(list.map((word) => Type.Literal(word)));
const Nullable = Type.Union([Type.String(), Type.Null()]);
const Named = Type.Object({ operation: text(100) });
const Listed = (name: string) => Type.Object({ [name]: Type.Array(Type.Unknown()) });

const OperationSchema = Type.Object({
  id: Type.String(),
  name: Type.String(),
  title: Type.String(),
  purpose: Type.String(),
  tlp: Type.String(),
  state: Type.String(),
  leads: Type.Boolean({ description: 'this node leads it' }),
  at: Type.String(),
  actionDay: Nullable,
  databases: Type.Array(Type.String()),
});

/** Without the key by which values are looked up, which is for the machines. */
const shown = ({ lookUpKey: _key, lead, ...facts }: Operation) => ({ ...facts, leads: lead === '' });

const DecisionSchema = Type.Object({
  kind: words(['route', 'hold', 'release', 'mark', 'text']),
  becomes: Type.Optional(text(40)),
  reason: text(1_000),
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
        summary: 'The board of an operation: parties, packages, tasks, posts, reminders, queries counted',
        tags,
        params: Named,
        response: {
          200: Type.Object({
            operation: OperationSchema,
            parties: Type.Array(Type.Unknown()),
            packages: Type.Array(Type.Unknown()),
            tasks: Type.Array(Type.Unknown()),
            posts: Type.Array(Type.Unknown()),
            reminders: Type.Array(Type.Unknown()),
            pointers: Type.Array(Type.Unknown()),
            queries: Type.Array(Type.Unknown()),
          }),
        },
      },
    },
    async (request) => {
      const operation = await asked(request);
      const tasks = await listTasks(registry.db, operation);
      return {
        operation: shown(operation),
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
    Querystring: { queue?: boolean; mark?: string; offset?: number; limit?: number };
  }>(
    '/operations/:operation/targets',
    {
      config: { access: TARGET_READERS },
      schema: {
        summary: 'Targets with their contributions, or what waits for a person with every ground',
        tags,
        params: Named,
        querystring: Type.Object({
          queue: Type.Optional(Type.Boolean({ description: 'only what waits for a person' })),
          mark: Type.Optional(words(MARKS)),
          offset: Type.Optional(Type.Integer({ minimum: 0 })),
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
        }),
        response: { 200: Type.Object({ total: Type.Integer(), targets: Type.Array(Type.Unknown()) }) },
      },
    },
    async (request) => {
      const operation = await asked(request);
      const { queue = false, mark, offset = 0, limit = PAGE } = request.query;
      const { roles } = personOf(request);
      const victimsOnly = !roles.some((role) => role !== 'cert-analyst' && TARGET_READERS.includes(role));
      const all = queue ? await readQueue(registry.db, operation) : await readTargets(registry.db, operation);
      const fits = all.filter(
        (target) =>
          (mark === undefined || target.mark === mark) && (!victimsOnly || target.mark === 'victim'),
      );
      return { total: fits.length, targets: fits.slice(offset, offset + limit) };
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
        response: { 200: Type.Object({ target: Type.Unknown() }) },
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
        response: { 200: Listed('packages') },
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
        response: { 200: Listed('sent') },
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
      const { roles } = personOf(request);
      const sees =
        roles.some((role) => role !== 'cert-analyst' && TARGET_READERS.includes(role)) ||
        contents.items.every(({ mark }) => mark === 'victim');
      if (!sees) throw new EntenteError('forbidden', 'the package has more than victims; ask an analyst');
      reply
        .type('application/octet-stream') // it is kept, not shown: a page of another node does not run here
        .header('content-disposition', `attachment; filename="${contents.scope}-${contents.id}.html"`);
      return sendResumable(request, reply, sha256, file);
    },
  );

  app.get<{ Params: { operation: string } }>(
    '/operations/:operation/outcomes',
    {
      config: { access: READERS },
      schema: {
        summary: 'What came of the targets, and which reports contradict each other',
        tags,
        params: Named,
        response: {
          200: Type.Object({
            outcomes: Type.Array(Type.Unknown()),
            contradictions: Type.Array(Type.Array(Type.String())),
          }),
        },
      },
    },
    async (request) => {
      const outcomes = await listTargetOutcomes(registry.db, await asked(request));
      return { outcomes, contradictions: contradictions(outcomes).map((list) => list.map(({ id }) => id)) };
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
        response: { 201: Type.Object({ outcome: Type.Unknown() }) },
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
        response: { 201: Type.Object({ task: Type.Unknown() }) },
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
        response: { 200: Type.Object({ task: Type.Unknown() }) },
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
        response: { 201: Type.Object({ post: Type.Unknown() }) },
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
        response: { 200: Type.Unknown() },
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
