/** Tools for people: what is held here, fetching and accepting, running over exhibits, retiring; and what this node publishes. */
import type { FastifyInstance } from 'fastify';
import { type Static, Type } from 'typebox';
import { PURPOSES } from '../../agreement/index.ts';
import { requireCase } from '../../cases/index.ts';
import { type HeldTool, listHeld, listPublished, TOOL_KINDS, toolStateOf } from '../../desk/index.ts';
import { executeRun, exhibitsFor, orderRun, pushMessages } from '../../exchange/index.ts';
import { acceptTool, fetchTools, listOffered, retireTool } from '../../exchange/tools/index.ts';
import { type Registry, requirePeer } from '../../registry/index.ts';
import { personOf } from '../access.ts';
import type { Role } from '../roles.ts';
import type { Work } from '../work.ts';
import { WorkSchema, workOf } from './work.ts';

const READERS: readonly Role[] = [
  'liaison',
  'analyst',
  'investigator',
  'cert-analyst',
  'data-protection-officer',
  'auditor',
];
/** Who brings tools in and decides about them; the one who fetched a tool never accepts it. */
const KEEPERS: readonly Role[] = ['liaison', 'analyst', 'investigator'];
/** Evidence is worked on by nobody else. */
const WORKERS: readonly Role[] = ['investigator', 'analyst'];

const NullableText = Type.Union([Type.String(), Type.Null()]);
const Purpose = Type.Enum([...PURPOSES]);
const ById = Type.Object({ id: Type.String({ maxLength: 100 }) });

const ToolSchema = Type.Object({
  id: Type.String(),
  tool: Type.String(),
  version: Type.String(),
  kind: Type.Enum([...TOOL_KINDS]),
  title: Type.String(),
  licence: Type.String(),
  author: Type.String(),
  description: Type.String(),
  parameters: Type.Array(
    Type.Object({ name: Type.String(), description: Type.String(), required: Type.Boolean() }),
  ),
  sha256: Type.String(),
  from: Type.String({ description: 'key of the node that it came from; empty for an own tool' }),
  state: Type.Enum(['fetched', 'accepted', 'retired']),
  fetched: Type.Object({ at: Type.String(), by: Type.String() }),
  accepted: Type.Union([
    Type.Null(),
    Type.Object({
      at: Type.String(),
      by: Type.String(),
      purpose: Type.String(),
      seats: Type.Number(),
      clause: NullableText,
      selfTests: Type.Array(Type.String()),
    }),
  ]),
  retired: Type.Union([
    Type.Null(),
    Type.Object({ at: Type.String(), by: Type.String(), reason: Type.String() }),
  ]),
});

function viewOf(held: HeldTool): Static<typeof ToolSchema> {
  const { kind, title, licence, author, description, parameters = [] } = held.manifest;
  const { id, tool, version, sha256, retired, accepted } = held;
  return {
    ...{ id, tool, version, kind, title, licence, author, description, parameters, sha256 },
    from: held.peer,
    state: toolStateOf(held),
    fetched: { at: held.at, by: held.by },
    accepted: accepted && { ...accepted, selfTests: [...accepted.selfTests] },
    retired,
  };
}

export async function toolRoutes(
  app: FastifyInstance,
  { registry, work }: { registry: Registry; work: Work },
): Promise<void> {
  const tags = ['tools'];

  app.get(
    '/tools',
    {
      config: { access: READERS },
      schema: {
        summary: 'Tools held here, and those that this node publishes',
        tags,
        response: {
          200: Type.Object({
            tools: Type.Array(ToolSchema),
            published: Type.Array(
              Type.Object({
                tool: Type.String(),
                version: Type.String(),
                title: Type.String(),
                sha256: Type.String(),
                at: Type.String(),
                retired: NullableText,
              }),
            ),
          }),
        },
      },
    },
    async () => ({
      tools: (await listHeld(registry.db)).map(viewOf),
      published: (await listPublished(registry.db)).map(
        ({ tool, version, manifest, sha256, at, retired }) => ({
          ...{ tool, version, title: manifest.title, sha256, at },
          retired: retired?.reason ?? null,
        }),
      ),
    }),
  );

  app.get<{ Querystring: { peer: string; purpose: (typeof PURPOSES)[number] } }>(
    '/tools/offers',
    {
      config: { access: KEEPERS },
      schema: {
        summary: 'What a peer offers now, asked of the peer and verified as when it is fetched',
        tags,
        querystring: Type.Object({ peer: Type.String({ maxLength: 300 }), purpose: Purpose }),
        response: {
          200: Type.Object({
            offers: Type.Array(
              Type.Object({
                tool: Type.String(),
                version: Type.String(),
                kind: Type.String(),
                title: Type.String(),
                licence: Type.String(),
                sizeBytes: Type.Number(),
                sha256: Type.String(),
                isHeld: Type.Boolean(),
                whyNot: NullableText,
              }),
            ),
          }),
        },
      },
    },
    async ({ query }) => ({
      offers: await listOffered(registry, await requirePeer(registry.db, query.peer), query.purpose),
    }),
  );

  app.post<{ Body: { peer: string; tool?: string; purpose: (typeof PURPOSES)[number] } }>(
    '/tools/fetches',
    {
      config: { access: KEEPERS },
      schema: {
        summary: 'Fetch what a peer offers under an agreement; a second person accepts it',
        tags,
        body: Type.Object({
          peer: Type.String({ maxLength: 300 }),
          tool: Type.Optional(Type.String({ maxLength: 63 })),
          purpose: Purpose,
        }),
        response: { 202: WorkSchema },
      },
    },
    async (request, reply) => {
      const { peer: name, ...wish } = request.body;
      const peer = await requirePeer(registry.db, name);
      const person = personOf(request);
      const view = await work.begin(person.id, 'sync', peer.name, async () => {
        const { fetched, left, retired } = await fetchTools(registry, peer, person.name, wish);
        return { fetched: fetched.map(viewOf), left, retired: retired.map(viewOf) };
      });
      return reply.code(202).send(workOf(view));
    },
  );

  app.post<{ Params: { id: string }; Body: { purpose: (typeof PURPOSES)[number]; seats: number } }>(
    '/tools/:id/acceptance',
    {
      config: { access: KEEPERS },
      schema: {
        summary: 'Run a tool’s self-tests and accept it; by another person than who fetched it',
        tags,
        params: ById,
        body: Type.Object({ purpose: Purpose, seats: Type.Integer({ minimum: 1, maximum: 10_000 }) }),
        response: { 202: WorkSchema },
      },
    },
    async (request, reply) => {
      const { params, body } = request;
      const person = personOf(request);
      const view = await work.begin(person.id, 'run', params.id, async () => {
        const held = await acceptTool(registry, params.id, person.name, body);
        await pushMessages(registry);
        return { tool: viewOf(held) };
      });
      return reply.code(202).send(workOf(view));
    },
  );

  app.post<{
    Params: { id: string };
    Body: { case: string; exhibits?: number[]; parameters?: Record<string, string>; purpose: string };
  }>(
    '/tools/:id/runs',
    {
      config: { access: WORKERS },
      schema: {
        summary: 'Run an accepted tool over exhibits of a case; without exhibits, over all of its evidence',
        tags,
        params: ById,
        body: Type.Object({
          case: Type.String({ maxLength: 200 }),
          exhibits: Type.Optional(Type.Array(Type.Integer({ minimum: 1 }), { maxItems: 1_000 })),
          parameters: Type.Optional(
            Type.Record(Type.String({ maxLength: 40 }), Type.String({ maxLength: 4_000 })),
          ),
          purpose: Type.String({ minLength: 1, maxLength: 500 }),
        }),
        response: { 202: WorkSchema },
      },
    },
    async (request, reply) => {
      const { case: name, exhibits: numbers = [], parameters = {}, purpose } = request.body;
      const file = await requireCase(registry, name);
      const exhibits = await exhibitsFor(registry, file, 'tool', numbers.map(String));
      const person = personOf(request);
      const order = await orderRun(registry, { tool: request.params.id, set: parameters });
      const view = await work.begin(person.id, 'run', file.name, async (progress) => {
        const said = { person: person.name, purpose, onProgress: progress };
        const { record, findings, derived } = await executeRun(registry, file, exhibits, order, said);
        return {
          case: file.id,
          run: record.id,
          findings: findings.length,
          derived: derived.map(({ number, name: made, sha256 }) => ({ number, name: made, sha256 })),
          account: record.account,
        };
      });
      return reply.code(202).send(workOf(view));
    },
  );

  app.post<{ Params: { id: string }; Body: { reason: string } }>(
    '/tools/:id/retirement',
    {
      config: { access: KEEPERS },
      schema: {
        summary: 'End the use of a tool here, and give its seats back',
        tags,
        params: ById,
        body: Type.Object({ reason: Type.String({ minLength: 1, maxLength: 500 }) }),
        response: { 200: ToolSchema },
      },
    },
    async (request) => {
      const held = await retireTool(registry, request.params.id, personOf(request).name, request.body.reason);
      await pushMessages(registry);
      return viewOf(held);
    },
  );
}
