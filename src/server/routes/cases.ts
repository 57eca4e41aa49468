/** Cases for people: evidence in by upload, custody, runs, findings, bytes at their place, bundles out. */
import { createReadStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { EntenteError, isEntenteError, isExercise } from '../../base/index.ts';
import {
  addExhibit,
  custodyBefore,
  custodyOf,
  disposedExhibits,
  type Exhibit,
  FINDING_MARKS,
  type FindingMark,
  listCases,
  listExhibits,
  listRuns,
  makeBundle,
  noteFindings,
  notesOn,
  openCase,
  pageOfFindings,
  readExhibit,
  requireCase,
  requireExhibit,
} from '../../cases/index.ts';
import { executeRun, exhibitsFor, orderRun } from '../../exchange/index.ts';
import { releaseClassOf } from '../../intel/index.ts';
import type { Registry } from '../../registry/index.ts';
import { personOf } from '../access.ts';
import type { Role } from '../roles.ts';
import type { Uploads } from '../uploads.ts';
import type { Work } from '../work.ts';
import { Said, type SaidBody, saidIn } from './said.ts';
import { WorkSchema, workOf } from './work.ts';

/** Evidence is seen by those who work on it, and by nobody for being an administrator. */
const WORKERS: readonly Role[] = ['investigator', 'analyst'];
const READERS: readonly Role[] = [...WORKERS, 'data-protection-officer', 'auditor'];

/** Bytes shown at once. */
const VIEW_BYTES_MAX = 64 * 1024;

/** Lines of a page, when nobody asks otherwise. */
const PAGE = 200;

const NullableText = Type.Union([Type.String(), Type.Null()]);
const Text = (maxLength: number) => Type.Optional(Type.String({ maxLength }));

const CaseSchema = Type.Object({
  id: Type.String(),
  name: Type.String(),
  openedAt: Type.String(),
  encrypted: Type.Boolean(),
  exercise: Type.Boolean(),
});

const ExhibitSchema = Type.Object({
  id: Type.String(),
  number: Type.Number(),
  name: Type.String(),
  media: Type.Union([Type.Literal('file'), Type.Literal('folder')]),
  sizeBytes: Type.Number(),
  sha256: Type.String(),
  blake3: Type.String(),
  registeredAt: Type.String(),
  run: NullableText,
  parent: Type.Union([Type.Number(), Type.Null()]),
  encrypted: Type.Boolean(),
  disposedAt: NullableText,
  custodyEvents: Type.Number(),
});

const RunSchema = Type.Object({
  id: Type.String(),
  tool: Type.Object({ name: Type.String(), version: Type.String(), sha256: Type.String() }),
  at: Type.String(),
  findings: Type.Number(),
  inputs: Type.Array(Type.Number()),
  derived: Type.Array(Type.Number()),
  account: Type.Record(Type.String(), Type.Unknown()),
  leaf: Type.Number(),
});

const CustodySchema = Type.Object({
  seq: Type.Number(),
  /** Whose ledger the leaf is in: null for this node's, else the node where the exhibit was before. */
  node: NullableText,
  leaf: Type.Number(),
  type: Type.String(),
  at: Type.String(),
  organisation: Type.String(),
  person: Type.String(),
  role: NullableText,
  counterparty: NullableText,
  purpose: Type.String(),
  authority: NullableText,
  place: NullableText,
  comparison: Type.String(),
  tool: Type.String(),
  sha256: NullableText,
  details: Type.Record(Type.String(), Type.Unknown()),
});

const Mark = Type.Union(FINDING_MARKS.map((mark) => Type.Literal(mark)));

const NoteSchema = Type.Object({
  id: Type.String(),
  mark: Type.Union([Mark, Type.Null()]),
  comment: Type.String(),
  person: Type.String(),
  at: Type.String(),
});

const FindingSchema = Type.Object({
  id: Type.String(),
  run: Type.String(),
  exhibitNumber: Type.Number(),
  sha256: Type.String(),
  file: Type.String(),
  container: Type.String(),
  where: Type.String(),
  offset: Type.Union([Type.Number(), Type.Null()]),
  length: Type.Number(),
  line: Type.Union([Type.Number(), Type.Null()]),
  kind: Type.String(),
  value: Type.String(),
  matched: Type.String(),
  indicator: Type.String(),
  name: Type.String(),
  contributor: Type.String(),
  clause: Type.String(),
  notes: Type.Array(NoteSchema),
});

const ByCase = Type.Object({ id: Type.String({ maxLength: 200 }) });
const ByExhibit = Type.Object({
  id: Type.String({ maxLength: 200 }),
  number: Type.String({ pattern: '^[1-9][0-9]{0,8}$' }),
});

export async function caseRoutes(
  app: FastifyInstance,
  { registry, work, uploads }: { registry: Registry; work: Work; uploads: Uploads },
): Promise<void> {
  const tags = ['cases'];
  const bundles = join(registry.folder, 'bundles');

  app.get(
    '/cases',
    {
      config: { access: READERS },
      schema: {
        summary: 'Cases',
        tags,
        response: { 200: Type.Object({ cases: Type.Array(CaseSchema) }) },
      },
    },
    async () => ({ cases: (await listCases(registry)).map(caseOf) }),
  );

  app.post<{ Body: { name: string; encrypted?: boolean } }>(
    '/cases',
    {
      config: { access: WORKERS },
      schema: {
        summary: 'Open a case',
        tags,
        body: Type.Object({
          name: Type.String({ minLength: 1, maxLength: 200 }),
          encrypted: Type.Optional(Type.Boolean()),
        }),
        response: { 201: CaseSchema },
      },
    },
    async (request, reply) => {
      const { name, encrypted } = request.body;
      const opened = await openCase(registry, name, { encrypted: encrypted === true });
      return reply.code(201).send(caseOf(opened));
    },
  );

  app.get<{ Params: { id: string } }>(
    '/cases/:id',
    {
      config: { access: READERS },
      schema: {
        summary: 'A case with its exhibits and runs',
        tags,
        params: ByCase,
        response: {
          200: Type.Object({
            case: CaseSchema,
            exhibits: Type.Array(ExhibitSchema),
            runs: Type.Array(RunSchema),
          }),
        },
      },
    },
    async (request) => {
      const file = await requireCase(registry, request.params.id);
      const disposed = await disposedExhibits(registry, file.id);
      const exhibits = [];
      for (const exhibit of await listExhibits(registry, file.id))
        exhibits.push({
          ...exhibitOf(exhibit),
          disposedAt: disposed.get(exhibit.id) ?? null,
          custodyEvents: (await custodyOf(registry, exhibit.id)).length,
        });
      const runs = (await listRuns(registry, file.id)).map(({ record, leafIndex }) => ({
        id: record.id,
        tool: record.tool,
        at: record.at,
        findings: record.output.findings,
        inputs: record.inputs.map(({ number }) => number),
        derived: (record.output.exhibits ?? []).map(({ number }) => number),
        account: record.account,
        leaf: leafIndex,
      }));
      return { case: caseOf(file), exhibits, runs: runs.reverse() };
    },
  );

  app.post<{
    Params: { id: string };
    Body: SaidBody & { upload: string; sha256: string; receivedFrom?: string; encrypted?: boolean };
  }>(
    '/cases/:id/exhibits',
    {
      config: { access: WORKERS },
      schema: {
        summary:
          'Register an uploaded file as an exhibit; its digest must be the one that the sender computed',
        tags,
        params: ByCase,
        body: Type.Object({
          upload: Type.String({ maxLength: 100 }),
          sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
          receivedFrom: Text(200),
          encrypted: Type.Optional(Type.Boolean()),
          ...Said,
        }),
        response: { 202: WorkSchema },
      },
    },
    async (request, reply) => {
      const { id: me } = personOf(request);
      const { upload, sha256, receivedFrom, encrypted } = request.body;
      const file = await requireCase(registry, request.params.id);
      const source = await uploads.whole(me, upload);
      const said = saidIn(request, request.body);
      const view = await work.begin(me, 'exhibit', source.name, async (progress) => {
        progress(0, source.sizeBytes);
        const exhibit = await addExhibit(registry, file, source.path, {
          ...said,
          ...(receivedFrom ? { receivedFrom: { organisation: receivedFrom, person: null, key: null } } : {}),
          encrypted: encrypted === true,
          expectedSha256: sha256,
          onBytes: progress,
        }).catch(async (error) => {
          // Other bytes than the sender's: going on with them would never end well.
          if (isEntenteError(error) && error.code === 'verification-failed') await uploads.remove(me, upload);
          throw error;
        });
        await uploads.remove(me, upload);
        return { case: file.id, number: exhibit.number, sha256: exhibit.sha256, blake3: exhibit.blake3 };
      });
      return reply.code(202).send(workOf(view));
    },
  );

  app.get<{ Params: { id: string; number: string } }>(
    '/cases/:id/exhibits/:number/custody',
    {
      config: { access: READERS },
      schema: {
        summary: 'The chain of custody of an exhibit',
        tags,
        params: ByExhibit,
        response: { 200: Type.Object({ events: Type.Array(CustodySchema) }) },
      },
    },
    async (request) => {
      const exhibit = await exhibitIn(request.params);
      const here = (await custodyOf(registry, exhibit.id)).map((stored) => ({ ...stored, node: null }));
      const all = [...(await custodyBefore(registry, exhibit.id)), ...here];
      const events = all.map(({ seq, node, leafIndex, event }) => ({
        seq,
        node,
        leaf: leafIndex,
        type: event.type,
        at: event.at,
        organisation: event.actor.organisation,
        person: event.actor.person,
        role: event.actor.role,
        counterparty: event.counterparty
          ? [event.counterparty.organisation, event.counterparty.person].filter(Boolean).join(', ')
          : null,
        purpose: event.purpose,
        authority: event.authority,
        place: event.place,
        comparison: event.comparison,
        tool: `${event.tool.name} ${event.tool.version}`,
        sha256: event.after?.sha256 ?? event.before?.sha256 ?? null,
        details: event.details,
      }));
      return { events };
    },
  );

  app.post<{
    Params: { id: string; number: string };
    Body: SaidBody & { path?: string; offset: number; length: number };
  }>(
    '/cases/:id/exhibits/:number/readings',
    {
      config: { access: WORKERS },
      schema: {
        summary:
          'Bytes of an exhibit, in base64. Reading is a custody event, entered before the first byte is given',
        tags,
        params: ByExhibit,
        body: Type.Object({
          path: Text(4_096),
          offset: Type.Integer({ minimum: 0 }),
          length: Type.Integer({ minimum: 0, maximum: VIEW_BYTES_MAX }),
          ...Said,
        }),
        response: {
          201: Type.Object({
            file: Type.String(),
            fileBytes: Type.Number(),
            offset: Type.Number(),
            length: Type.Number(),
            sha256: Type.String(),
            bytes: Type.String(),
          }),
        },
      },
    },
    async (request, reply) => {
      const { path, offset, length } = request.body;
      const exhibit = await exhibitIn(request.params);
      const range = { offset, length, ...(path === undefined ? {} : { path }) };
      const reading = await readExhibit(registry, exhibit, range, saidIn(request, request.body));
      const chunks: Uint8Array[] = [];
      for await (const chunk of reading.bytes) chunks.push(chunk);
      return reply.code(201).send({
        file: reading.file.name,
        fileBytes: reading.file.sizeBytes,
        offset: reading.offset,
        length: reading.length,
        sha256: reading.sha256,
        bytes: Buffer.concat(chunks).toString('base64'),
      });
    },
  );

  app.post<{ Params: { id: string }; Body: SaidBody }>(
    '/cases/:id/matches',
    {
      config: { access: WORKERS },
      schema: {
        summary: 'Search the evidence of a case for every indicator that may be used',
        tags,
        params: ByCase,
        body: Type.Object(Said),
        response: { 202: WorkSchema },
      },
    },
    async (request, reply) => {
      const file = await requireCase(registry, request.params.id);
      const said = saidIn(request, request.body);
      const order = await orderRun(registry, { tool: 'match' });
      const exhibits = await exhibitsFor(registry, file, 'match');
      const view = await work.begin(personOf(request).id, 'run', file.name, async (progress) => {
        const { record, findings, unusable } = await executeRun(registry, file, exhibits, order, {
          ...said,
          onProgress: progress,
        });
        return {
          case: file.id,
          run: record.id,
          findings: findings.length,
          indicators: record.parameters['indicators'],
          unusable,
          account: record.account,
        };
      });
      return reply.code(202).send(workOf(view));
    },
  );

  app.get<{ Params: { id: string }; Querystring: { after?: string; limit?: number } }>(
    '/cases/:id/findings',
    {
      config: { access: READERS },
      schema: {
        summary: 'Findings of a case, page by page',
        tags,
        params: ByCase,
        querystring: Type.Object({
          after: Text(200),
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
        }),
        response: {
          200: Type.Object({
            findings: Type.Array(FindingSchema),
            total: Type.Number(),
            next: NullableText,
          }),
        },
      },
    },
    async (request) => {
      const file = await requireCase(registry, request.params.id);
      const { after, limit = PAGE } = request.query;
      const { findings, total, next } = await pageOfFindings(registry, file.id, {
        after: after ?? '',
        limit,
      });
      const notes = await notesOn(
        registry,
        file,
        findings.map(({ id }) => id),
      );
      return { findings: findings.map((one) => ({ ...one, notes: notes.get(one.id) ?? [] })), total, next };
    },
  );

  app.post<{
    Params: { id: string };
    Body: { findings: string[]; mark?: FindingMark; comment?: string };
  }>(
    '/cases/:id/findings/notes',
    {
      config: { access: WORKERS },
      schema: {
        summary: 'Mark findings or comment on them: each is a signed record beside the finding',
        tags,
        params: ByCase,
        body: Type.Object({
          findings: Type.Array(Type.String({ maxLength: 200 }), { minItems: 1, maxItems: 1_000 }),
          mark: Type.Optional(Mark),
          comment: Text(2_000),
        }),
        response: { 201: Type.Object({ notes: Type.Array(NoteSchema) }) },
      },
    },
    async (request, reply) => {
      const file = await requireCase(registry, request.params.id);
      const { findings, ...said } = request.body;
      const notes = await noteFindings(registry, file, findings, {
        ...said,
        person: personOf(request).name,
      });
      return reply.code(201).send({ notes });
    },
  );

  app.post<{ Params: { id: string }; Body: SaidBody & { digestsOnly?: boolean } }>(
    '/cases/:id/bundles',
    {
      config: { access: WORKERS },
      schema: {
        summary: 'Put the case into one file that anyone can verify',
        tags,
        params: ByCase,
        body: Type.Object({ digestsOnly: Type.Optional(Type.Boolean()), ...Said }),
        response: { 202: WorkSchema },
      },
    },
    async (request, reply) => {
      const me = personOf(request);
      const file = await requireCase(registry, request.params.id);
      const said = saidIn(request, request.body);
      const digestsOnly = request.body.digestsOnly === true;
      const view = await work.begin(me.id, 'bundle', file.name, async () => {
        // One per person: the next replaces it, as a bundle can be made again at any time.
        const folder = join(bundles, me.id);
        await rm(folder, { recursive: true, force: true });
        await mkdir(folder, { recursive: true, mode: 0o700 });
        const {
          file: _path,
          page: _page,
          ...report
        } = await makeBundle(registry, file, join(folder, `${file.id}.zip`), {
          digestsOnly,
          classOf: (indicator) => releaseClassOf(registry, indicator),
          page: true,
          said,
        });
        return { case: file.id, ...report };
      });
      return reply.code(202).send(workOf(view));
    },
  );

  app.get<{ Params: { id: string } }>(
    '/cases/:id/bundle',
    {
      config: { access: WORKERS },
      schema: {
        summary: 'The bundle that I made of this case last',
        tags,
        params: ByCase,
        produces: ['application/zip'],
      },
    },
    async (request, reply) => {
      const file = await requireCase(registry, request.params.id);
      const stream = createReadStream(join(bundles, personOf(request).id, `${file.id}.zip`));
      await new Promise<void>((resolve, reject) => {
        stream.once('open', () => resolve());
        stream.once('error', () =>
          reject(new EntenteError('not-found', 'you have made no bundle of this case')),
        );
      });
      return reply
        .type('application/zip')
        .header('content-disposition', `attachment; filename="${file.id}.zip"`)
        .send(stream);
    },
  );

  async function exhibitIn({ id, number }: { id: string; number: string }): Promise<Exhibit> {
    return requireExhibit(registry, (await requireCase(registry, id)).id, number);
  }
}

const caseOf = ({ id, name, openedAt, encrypted }: Awaited<ReturnType<typeof openCase>>) => ({
  id,
  name,
  openedAt,
  encrypted: encrypted === true,
  exercise: isExercise(name),
});

const exhibitOf = (exhibit: Exhibit) => ({
  id: exhibit.id,
  number: exhibit.number,
  name: exhibit.name,
  media: exhibit.media,
  sizeBytes: exhibit.sizeBytes,
  sha256: exhibit.sha256,
  blake3: exhibit.blake3,
  registeredAt: exhibit.registeredAt,
  run: exhibit.run,
  parent: exhibit.parent?.number ?? null,
  encrypted: exhibit.sealed !== undefined,
});
