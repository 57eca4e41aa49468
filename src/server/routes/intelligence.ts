/** Intelligence for people: look, import, recall, and what every peer would get. */
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { TLP_LEVELS, type Tlp, type Verdict } from '../../agreement/index.ts';
import { ownCollection, pushMessages, queueRecall, recallNarrowedCopies } from '../../exchange/index.ts';
import {
  countTypes,
  explainRelease,
  importFile,
  listRecalls,
  pictureObject,
  recallObject,
  searchObjects,
} from '../../intel/index.ts';
import { listPeers, type Refusal, type Registry } from '../../registry/index.ts';
import { personOf } from '../access.ts';
import type { Role } from '../roles.ts';
import type { Uploads } from '../uploads.ts';
import type { Work } from '../work.ts';
import { ClauseSchema, ReasonSchema } from './agreement-schemas.ts';
import { WorkSchema, workOf } from './work.ts';

const READERS: readonly Role[] = ['liaison', 'analyst', 'investigator', 'cert-analyst'];
const CONTRIBUTORS: readonly Role[] = ['liaison', 'analyst'];

/** Refused objects told one by one; the count is complete. */
const REFUSED_TOLD_MAX = 200;

/** Lines of a page, when nobody asks otherwise. */
const PAGE = 100;

const NullableText = Type.Union([Type.String(), Type.Null()]);

const LineSchema = Type.Object({
  seq: Type.Number(),
  id: Type.String(),
  type: Type.String(),
  version: Type.String(),
  title: Type.String(),
  contributor: Type.String({ description: 'The key of a peer; empty for this organisation’s own' }),
  addedAt: Type.String(),
  withdrawnAt: NullableText,
  handling: Type.String(),
});

const Direction = Type.Union([Type.Literal('in'), Type.Literal('out')]);

const RecallSchema = Type.Object({
  id: Type.String(),
  direction: Direction,
  object: Type.String(),
  title: NullableText,
  type: Type.String(),
  contributor: Type.String({ description: 'the key of a peer; empty for this organisation' }),
  reason: Type.String(),
  at: Type.String(),
  peers: Type.Array(
    Type.Object({
      peer: Type.String(),
      name: Type.String(),
      answeredAt: NullableText,
      answer: Type.Unknown(),
    }),
  ),
});

const ById = Type.Object({ id: Type.String({ maxLength: 300 }) });

export async function intelligenceRoutes(
  app: FastifyInstance,
  { registry, work, uploads }: { registry: Registry; work: Work; uploads: Uploads },
): Promise<void> {
  const tags = ['intelligence'];

  app.get<{
    Querystring: {
      text?: string;
      type?: string;
      contributor?: string;
      before?: number;
      offset?: number;
      limit?: number;
    };
  }>(
    '/objects',
    {
      config: { access: READERS },
      schema: {
        summary: 'Objects held, the newest first; by value, identifier or words',
        tags,
        querystring: Type.Object({
          text: Type.Optional(Type.String({ maxLength: 2_000 })),
          type: Type.Optional(Type.String({ maxLength: 250 })),
          contributor: Type.Optional(Type.String({ maxLength: 100 })),
          before: Type.Optional(Type.Integer({ minimum: 0 })),
          offset: Type.Optional(
            Type.Integer({ minimum: 0, description: 'Without `text`: objects passed over' }),
          ),
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
        }),
        response: {
          200: Type.Object({
            objects: Type.Array(LineSchema),
            next: Type.Union([Type.Number(), Type.Null()]),
          }),
        },
      },
    },
    async (request) => {
      const { objects, next } = await searchObjects(registry, {
        ...request.query,
        limit: request.query.limit ?? PAGE,
      });
      return { objects: [...objects], next };
    },
  );

  app.get(
    '/object-types',
    {
      config: { access: READERS },
      schema: {
        summary: 'Types of the objects held, and how many',
        tags,
        response: {
          200: Type.Object({
            types: Type.Array(Type.Object({ type: Type.String(), objects: Type.Number() })),
          }),
        },
      },
    },
    async () => ({ types: await countTypes(registry) }),
  );

  app.get<{ Params: { id: string } }>(
    '/objects/:id',
    {
      config: { access: READERS },
      schema: {
        summary: 'One object with its versions, relations, crossings and findings',
        tags,
        params: ById,
        response: {
          200: Type.Object({
            line: LineSchema,
            agreementId: Type.String(),
            versions: Type.Array(
              Type.Object({
                version: Type.String(),
                addedAt: Type.String(),
                withdrawnAt: NullableText,
                contributor: Type.String(),
                object: Type.Record(Type.String(), Type.Unknown()),
              }),
            ),
            relations: Type.Array(
              Type.Object({
                id: Type.String(),
                type: Type.String(),
                title: Type.String(),
                direction: Type.Union([Type.Literal('to'), Type.Literal('from')]),
                says: NullableText,
              }),
            ),
            corroborations: Type.Array(Type.Object({ contributor: Type.String(), at: Type.String() })),
            crossings: Type.Array(
              Type.Object({
                delivery: Type.String(),
                direction: Direction,
                peer: Type.String(),
                at: Type.String(),
                under: Type.String(),
              }),
            ),
            findings: Type.Number(),
          }),
        },
      },
    },
    async (request) => pictureObject(registry, request.params.id),
  );

  app.get<{ Params: { id: string } }>(
    '/objects/:id/verdicts',
    {
      config: { access: READERS },
      schema: {
        summary: 'For each peer: whether the object would cross now, and which clauses decide',
        tags,
        params: ById,
        response: {
          200: Type.Object({
            verdicts: Type.Array(
              Type.Object({
                peer: Type.String(),
                name: Type.String(),
                crosses: Type.Boolean(),
                classes: Type.Array(
                  Type.Object({
                    about: Type.String(),
                    words: Type.String(),
                    verdict: Type.String(),
                    clauses: Type.Array(ClauseSchema),
                    toAllow: Type.Array(
                      Type.Object({
                        words: Type.String({ description: 'in English' }),
                        reason: Type.Optional(ReasonSchema),
                      }),
                      { description: 'what would have to be different' },
                    ),
                  }),
                ),
              }),
            ),
          }),
        },
      },
    },
    async (request) => {
      const verdicts = [];
      for (const peer of await listPeers(registry.db)) {
        const { crosses, classes } = await explainRelease(registry, peer, request.params.id);
        verdicts.push({
          peer: peer.kid,
          name: peer.name,
          crosses,
          classes: classes.map(({ about, words, verdict }) => ({
            about,
            words,
            verdict: verdict.verdict,
            clauses: [...verdict.clauses],
            toAllow: remediesOf(verdict),
          })),
        });
      }
      return { verdicts };
    },
  );

  app.post<{ Params: { id: string }; Body: { reason: string } }>(
    '/objects/:id/recall',
    {
      config: { access: CONTRIBUTORS },
      schema: {
        summary: 'Withdraw an object of this organisation wherever it went',
        tags,
        params: ById,
        body: Type.Object({ reason: Type.String({ minLength: 1, maxLength: 1_000 }) }),
        response: {
          201: Type.Object({
            id: Type.String(),
            object: Type.String(),
            reason: Type.String(),
            at: Type.String(),
            peers: Type.Array(Type.String()),
          }),
        },
      },
    },
    async (request, reply) => {
      const { recall, peers } = await recallObject(
        registry,
        request.params.id,
        request.body.reason,
        queueRecall(registry),
      );
      return reply.code(201).send({ ...recall, peers });
    },
  );

  app.get(
    '/recalls',
    {
      config: { access: READERS },
      schema: {
        summary: 'Recalls, given and received, and who has answered',
        tags,
        response: { 200: Type.Object({ recalls: Type.Array(RecallSchema) }) },
      },
    },
    async () => ({
      recalls: (await listRecalls(registry)).map((one) => ({ ...one, peers: [...one.peers] })),
    }),
  );

  app.post<{ Body: { upload: string; unmarked?: Tlp } }>(
    '/imports',
    {
      config: { access: CONTRIBUTORS },
      schema: {
        summary: 'Take in an uploaded file: a STIX bundle, a MISP event, a list of values',
        tags,
        body: Type.Object({
          upload: Type.String({ maxLength: 100 }),
          unmarked: Type.Optional(Type.Union(TLP_LEVELS.map((level) => Type.Literal(level)))),
        }),
        response: { 202: WorkSchema },
      },
    },
    async (request, reply) => {
      const { id: me } = personOf(request);
      const { upload, unmarked } = request.body;
      const file = await uploads.whole(me, upload);
      const view = await work.begin(me, 'import', file.name, async (progress) => {
        progress(0, file.sizeBytes);
        const refused: { index: number; id: string | null; why: string }[] = [];
        const report = await importFile(registry, (await ownCollection(registry)).id, file.path, {
          ...(unmarked === undefined ? {} : { unmarked }),
          onBytes: progress,
          onRefused: ({ index, id, issues }) => {
            const why = issues.map(({ path, message }) => (path ? `${path} ${message}` : message)).join('; ');
            if (refused.length < REFUSED_TOLD_MAX) refused.push({ index, id: id ?? null, why });
          },
        });
        const takenBack = await recallNarrowedCopies(registry);
        await pushMessages(registry);
        await uploads.remove(me, upload);
        const { format, accepted, unchanged } = report;
        return {
          format,
          accepted,
          unchanged,
          refusedCount: report.refused,
          refused,
          takenBack,
          dropped: Object.fromEntries(report.dropped),
          changes: Object.fromEntries(report.changes),
        };
      });
      return reply.code(202).send(workOf(view));
    },
  );
}

/** What would have to be different; where no agreement is in force, none says. */
function remediesOf(verdict: Verdict | Refusal) {
  if (!('toAllow' in verdict)) return [];
  const { toAllow = [], remedies = [] } = verdict;
  return toAllow.map((words, i) => ({ words, reason: remedies[i] }));
}
