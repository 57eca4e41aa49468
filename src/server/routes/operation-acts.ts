/** Beginning and running a joint operation: opening it, asking parties in, giving targets, cutting them by country, deciding between reports, closing. */
import { readFile, stat } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { EntenteError, exerciseName } from '../../base/index.ts';
import { pushMessages, sendInOperation } from '../../exchange/index.ts';
import {
  answerInvitation,
  type ContributionReport,
  changeOperation,
  contributeTargets,
  createOperation,
  findOperation,
  INFORMATION_GRADES,
  inviteParty,
  LANGUAGES,
  type LineDefaults,
  MARKS,
  openDatabases,
  ROLES,
  readTargetFile,
  remindSilent,
  SOURCE_GRADES,
  sliceOperation,
  supersedeOutcome,
  withdrawTargets,
} from '../../operations/index.ts';
import { type Registry, requirePeer } from '../../registry/index.ts';
import { personOf } from '../access.ts';
import type { Role } from '../roles.ts';
import type { Uploads } from '../uploads.ts';
import type { Work } from '../work.ts';
import { Named, OperationSchema, PartySchema, text, words } from './operation-schemas.ts';
import { SENDERS, shown } from './operations.ts';
import { WorkSchema, workOf } from './work.ts';

const ANALYSTS: readonly Role[] = ['analyst'];

/** Read at once, on the thread that serves: some 12,000 lines. Larger sets come in several files, or by command. */
const FILE_BYTES_MAX = 1024 * 1024;
/** Given in one transaction, with one message; between them others are served. */
const LINES_AT_ONCE = 1_000;
/** Refused lines that are shown; the count says all. */
const REFUSED_SHOWN = 50;

const ActionDay = Type.Union([text(40), Type.Null()]);

export async function operationActRoutes(
  app: FastifyInstance,
  { registry, work, uploads }: { registry: Registry; work: Work; uploads: Uploads },
): Promise<void> {
  const tags = ['joint operations'];
  const send = sendInOperation(registry);
  const asked = (request: FastifyRequest<{ Params: { operation: string } }>) =>
    findOperation(registry.db, request.params.operation);

  app.post<{
    Body: {
      name: string;
      title?: string;
      purpose?: string;
      tlp?: string;
      actionDay?: string | null;
      exercise?: boolean;
    };
  }>(
    '/operations',
    {
      config: { access: SENDERS },
      schema: {
        summary: 'Begin a joint operation that this node leads',
        tags,
        body: Type.Object({
          name: text(80),
          title: Type.Optional(text(200)),
          purpose: Type.Optional(text(2_000)),
          tlp: Type.Optional(text(20)),
          actionDay: Type.Optional(ActionDay),
          exercise: Type.Optional(Type.Boolean({ description: 'nothing of it is real; its title says so' })),
        }),
        response: { 201: OperationSchema },
      },
    },
    async ({ body }, reply) => {
      const title = body.title ?? body.name;
      const given = { ...body, title: body.exercise ? exerciseName(title) : title };
      return reply.code(201).send(shown(await createOperation(registry, given)));
    },
  );

  app.put<{ Params: { operation: string }; Body: { actionDay?: string | null; state?: 'closed' } }>(
    '/operations/:operation',
    {
      config: { access: SENDERS },
      schema: {
        summary: 'Set the action day, or close the operation; every party is told',
        tags,
        params: Named,
        body: Type.Object({
          actionDay: Type.Optional(ActionDay),
          state: Type.Optional(Type.Literal('closed')),
        }),
        response: { 200: OperationSchema },
      },
    },
    async (request) => {
      const changed = await changeOperation(registry, await asked(request), request.body, send);
      await pushMessages(registry);
      return shown(changed);
    },
  );

  app.post<{
    Params: { operation: string };
    Body: { peer: string; role: string; covers?: string[]; language?: string; timeZone?: string };
  }>(
    '/operations/:operation/parties',
    {
      config: { access: SENDERS },
      schema: {
        summary: 'Ask a peer into the operation',
        tags,
        params: Named,
        body: Type.Object({
          peer: text(100),
          role: words(ROLES),
          covers: Type.Optional(Type.Array(text(60), { maxItems: 300 })),
          language: Type.Optional(words(LANGUAGES)),
          timeZone: Type.Optional(text(60)),
        }),
        response: { 201: PartySchema },
      },
    },
    async (request, reply) => {
      const { peer, ...terms } = request.body;
      const party = await inviteParty(
        registry,
        await asked(request),
        await requirePeer(registry.db, peer),
        terms,
        send,
      );
      await pushMessages(registry);
      return reply.code(201).send(party);
    },
  );

  app.post<{ Params: { operation: string }; Body: { answer: 'join' | 'leave'; contact?: string } }>(
    '/operations/:operation/answers',
    {
      config: { access: SENDERS },
      schema: {
        summary: 'Join an operation of another lead, or leave it',
        tags,
        params: Named,
        body: Type.Object({ answer: words(['join', 'leave']), contact: Type.Optional(text(300)) }),
        response: { 200: OperationSchema },
      },
    },
    async (request) => {
      const { answer, contact = '' } = request.body;
      await answerInvitation(registry, await asked(request), answer, contact, send);
      await pushMessages(registry);
      return shown(await asked(request));
    },
  );

  app.post<{ Params: { operation: string }; Body: LineDefaults & { upload: string } }>(
    '/operations/:operation/contributions',
    {
      config: { access: SENDERS },
      schema: {
        summary: 'Give the targets of an uploaded file: CSV, JSON, or one value a line',
        description:
          'The other members say what a line does not say itself. The lines that are refused are told.',
        tags,
        params: Named,
        body: Type.Object({
          upload: text(100),
          mark: Type.Optional(words(MARKS)),
          source: Type.Optional(words(SOURCE_GRADES)),
          information: Type.Optional(words(INFORMATION_GRADES)),
          tlp: Type.Optional(text(20)),
          threat: Type.Optional(text(60)),
        }),
        response: { 202: WorkSchema },
      },
    },
    async (request, reply) => {
      const me = personOf(request).id;
      const operation = await asked(request);
      const { upload, ...defaults } = request.body;
      const file = await uploads.whole(me, upload);
      const { size } = await stat(file.path);
      if (size > FILE_BYTES_MAX)
        throw new EntenteError(
          'input-limit',
          `a list of targets has up to ${FILE_BYTES_MAX} bytes here; give it in parts, or with \`entente operation targets\``,
        );
      const view = await work.begin(me, 'targets', `${operation.title}: ${file.name}`, async (progress) => {
        const { lines, refused } = readTargetFile(await readFile(file.path, 'utf8'), defaults, file.name);
        const reports: ContributionReport[] = [];
        for (let at = 0; at < lines.length; at += LINES_AT_ONCE) {
          progress(at, lines.length);
          const some = lines.slice(at, at + LINES_AT_ONCE);
          reports.push(await contributeTargets(registry, operation, some, send));
          await setImmediate();
        }
        const sum = (figure: 'added' | 'corroborated' | 'repeated' | 'crossing') =>
          reports.reduce((all, one) => all + one[figure], 0);
        const kept = new Map<string, ContributionReport['kept'][number]>();
        for (const one of reports.flatMap((report) => report.kept)) {
          const clauses = one.clauses.map(({ path }) => path).join();
          kept.set(clauses, { ...one, count: one.count + (kept.get(clauses)?.count ?? 0) });
        }
        await uploads.remove(me, upload);
        await pushMessages(registry);
        return {
          operation: operation.id,
          added: sum('added'),
          corroborated: sum('corroborated'),
          repeated: sum('repeated'),
          crossing: sum('crossing'),
          kept: [...kept.values()],
          refusedCount: refused.length,
          refused: refused.slice(0, REFUSED_SHOWN),
        };
      });
      return reply.code(202).send(workOf(view));
    },
  );

  app.post<{ Params: { operation: string; target: string }; Body: { reason: string } }>(
    '/operations/:operation/targets/:target/withdrawal',
    {
      config: { access: SENDERS },
      schema: {
        summary: 'Take back a target that this organisation gave; whoever has it in a package is told',
        tags,
        params: Type.Object({ operation: text(100), target: text(2_100) }),
        body: Type.Object({ reason: text(1_000) }),
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      await withdrawTargets(
        registry,
        await asked(request),
        [request.params.target],
        request.body.reason,
        send,
      );
      await pushMessages(registry);
      return reply.code(204).send(null);
    },
  );

  app.post<{ Params: { operation: string } }>(
    '/operations/:operation/slicing',
    {
      config: { access: ANALYSTS },
      schema: {
        summary: 'Say in which country each target is, and put what conflicts before a person',
        tags,
        params: Named,
        response: { 202: WorkSchema },
      },
    },
    async (request, reply) => {
      const operation = await asked(request);
      const view = await work.begin(personOf(request).id, 'slicing', operation.title, async (progress) => ({
        operation: operation.id,
        ...(await sliceOperation(registry, operation, await openDatabases(), send, progress)),
      }));
      return reply.code(202).send(workOf(view));
    },
  );

  app.post<{ Params: { operation: string; outcome: string }; Body: { reason: string } }>(
    '/operations/:operation/outcomes/:outcome/superseding',
    {
      config: { access: ANALYSTS },
      schema: {
        summary: 'Decide that a report does not count, with a reason',
        tags,
        params: Type.Object({ operation: text(100), outcome: text(100) }),
        body: Type.Object({ reason: text(1_000) }),
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const { name } = personOf(request);
      const operation = await asked(request);
      await supersedeOutcome(registry, operation, request.params.outcome, request.body.reason, name, send);
      await pushMessages(registry);
      return reply.code(204).send(null);
    },
  );

  app.post<{ Params: { operation: string }; Body: { days?: number } }>(
    '/operations/:operation/reminders',
    {
      config: { access: SENDERS },
      schema: {
        summary: 'Ask recipients that have been silent for so many days',
        tags,
        params: Named,
        body: Type.Object({ days: Type.Optional(Type.Integer({ minimum: 1, maximum: 365 })) }),
        response: {
          200: Type.Object({
            reminders: Type.Array(
              Type.Object({
                id: Type.String({ description: 'of the package or task' }),
                peer: text(100),
                about: text(20),
              }),
            ),
          }),
        },
      },
    },
    async (request) => {
      const reminders = await remindSilent(registry, await asked(request), request.body.days ?? 7, send);
      await pushMessages(registry);
      return { reminders };
    },
  );
}
