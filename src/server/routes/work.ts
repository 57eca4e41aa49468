/** Uploads by pieces, and the progress of long work. */
import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import { EntenteError } from '../../base/index.ts';
import { personOf, SIGNED_IN } from '../access.ts';
import type { Role } from '../roles.ts';
import { PIECE_BYTES_MAX, UPLOAD_BYTES_MAX, type Uploads } from '../uploads.ts';
import { WORK_KINDS, type Work, type WorkView } from '../work.ts';

const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) =>
  Type.Union([type, Type.Null()]);

export const WorkSchema = Type.Object({
  id: Type.String(),
  kind: Type.Union(WORK_KINDS.map((kind) => Type.Literal(kind))),
  subject: Type.String(),
  startedAt: Type.String(),
  endedAt: Nullable(Type.String()),
  state: Type.Union([
    Type.Literal('running'),
    Type.Literal('done'),
    Type.Literal('failed'),
    Type.Literal('stopped'),
    Type.Literal('interrupted'),
  ]),
  stopping: Type.Boolean({ description: 'asked to stop; it does at its next step' }),
  done: Type.Number(),
  total: Nullable(Type.Number()),
  result: Nullable(Type.Record(Type.String(), Type.Unknown())),
  problem: Nullable(
    Type.Object({ code: Type.String(), title: Type.String(), detail: Type.String(), remedy: Type.String() }),
  ),
});

/** As the schema says it: what is read only here is not in the answer. */
export const workOf = (view: WorkView) => view as unknown as Static<typeof WorkSchema>;

const UploadSchema = Type.Object({
  id: Type.String(),
  name: Type.String(),
  sizeBytes: Type.Number(),
  receivedBytes: Type.Number(),
});

const ById = Type.Object({ id: Type.String({ maxLength: 100 }) });

/** Who brings files: intelligence or evidence. */
const UPLOADERS: readonly Role[] = [
  'liaison',
  'analyst',
  'investigator',
  'cert-analyst',
  'trainer',
  'trainee',
];

export async function workRoutes(
  app: FastifyInstance,
  { work, uploads }: { work: Work; uploads: Uploads },
): Promise<void> {
  const tags = ['work'];
  app.addContentTypeParser(
    'application/octet-stream',
    { parseAs: 'buffer', bodyLimit: PIECE_BYTES_MAX },
    (_request, body, done) => done(null, body),
  );

  app.get(
    '/work',
    {
      config: { access: SIGNED_IN },
      schema: {
        summary: 'My long work and how far it is, the newest first',
        tags,
        response: { 200: Type.Object({ work: Type.Array(WorkSchema) }) },
      },
    },
    async (request) => ({ work: work.list(personOf(request).id).map(workOf) }),
  );

  app.get<{ Params: { id: string } }>(
    '/work/:id',
    {
      config: { access: SIGNED_IN },
      schema: { summary: 'One piece of my long work', tags, params: ById, response: { 200: WorkSchema } },
    },
    async (request) => workOf(work.find(personOf(request).id, request.params.id)),
  );

  app.delete<{ Params: { id: string } }>(
    '/work/:id',
    {
      config: { access: SIGNED_IN },
      schema: {
        summary: 'Stop one piece of my long work',
        tags,
        params: ById,
        response: { 202: WorkSchema },
      },
    },
    async (request, reply) =>
      reply.code(202).send(workOf(work.stop(personOf(request).id, request.params.id))),
  );

  app.post<{ Body: { name: string; sizeBytes: number } }>(
    '/uploads',
    {
      config: { access: UPLOADERS },
      schema: {
        summary: 'Announce a file that will be sent in pieces',
        tags,
        body: Type.Object({
          name: Type.String({ minLength: 1, maxLength: 200 }),
          sizeBytes: Type.Integer({ minimum: 0, maximum: UPLOAD_BYTES_MAX }),
        }),
        response: { 201: UploadSchema },
      },
    },
    async (request, reply) => {
      const { name, sizeBytes } = request.body;
      return reply.code(201).send(await uploads.begin(personOf(request).id, name, sizeBytes));
    },
  );

  app.get(
    '/uploads',
    {
      config: { access: UPLOADERS },
      schema: {
        summary: 'My files of which not everything has come, or that nothing was made of yet',
        tags,
        response: { 200: Type.Object({ uploads: Type.Array(UploadSchema) }) },
      },
    },
    async (request) => ({ uploads: await uploads.list(personOf(request).id) }),
  );

  app.get<{ Params: { id: string } }>(
    '/uploads/:id',
    {
      config: { access: UPLOADERS },
      schema: {
        summary: 'How much of a file has come',
        tags,
        params: ById,
        response: { 200: UploadSchema },
      },
    },
    async (request) => uploads.find(personOf(request).id, request.params.id),
  );

  app.put<{ Params: { id: string }; Querystring: { offset: number }; Body: unknown }>(
    '/uploads/:id',
    {
      bodyLimit: PIECE_BYTES_MAX,
      config: { access: UPLOADERS },
      schema: {
        summary: 'The next piece of a file, as application/octet-stream',
        tags,
        params: ById,
        querystring: Type.Object({ offset: Type.Integer({ minimum: 0 }) }),
        response: { 200: UploadSchema },
      },
    },
    async (request) => {
      if (!(request.body instanceof Uint8Array))
        throw new EntenteError('media-type', 'a piece is sent as application/octet-stream');
      return uploads.add(personOf(request).id, request.params.id, request.query.offset, request.body);
    },
  );

  app.delete<{ Params: { id: string } }>(
    '/uploads/:id',
    {
      config: { access: UPLOADERS },
      schema: { summary: 'Give up an upload', tags, params: ById, response: { 204: Type.Null() } },
    },
    async (request, reply) => {
      await uploads.remove(personOf(request).id, request.params.id);
      return reply.code(204).send(null);
    },
  );
}
