/** Peers and what crossed: who they are, deliveries and receipts, and the ledger that proves it. */
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { EntenteError } from '../../base/index.ts';
import { fetchNodeCard, listDeliveries, showDelivery, syncPeers } from '../../exchange/index.ts';
import {
  addPeer,
  currentCheckpoint,
  ledgerSize,
  listForks,
  listPeers,
  listWitnesses,
  pageOfLedger,
  proveLeaf,
  type Registry,
  requirePeer,
  verifyLedger,
} from '../../registry/index.ts';
import { personOf } from '../access.ts';
import type { Role } from '../roles.ts';
import type { Work } from '../work.ts';
import { WorkSchema, workOf } from './work.ts';

const READERS: readonly Role[] = [
  'administrator',
  'liaison',
  'analyst',
  'investigator',
  'cert-analyst',
  'data-protection-officer',
  'auditor',
];
/** Bodies of leaves name objects, exhibits and people. */
const AUDITORS: readonly Role[] = ['administrator', 'data-protection-officer', 'auditor'];

/** Shown at once; `entente delivery list` has all. */
const DELIVERIES_MAX = 1_000;

/** Lines of a page, when nobody asks otherwise. */
const PAGE = 100;

const NullableText = Type.Union([Type.String(), Type.Null()]);
const NullableNumber = Type.Union([Type.Number(), Type.Null()]);

const PeerSchema = Type.Object({
  kid: Type.String(),
  name: Type.String(),
  url: Type.String(),
  cosignedSize: NullableNumber,
  cosignedAt: NullableText,
});

const DeliverySchema = Type.Object({
  id: Type.String(),
  direction: Type.Union([Type.Literal('in'), Type.Literal('out')]),
  peer: Type.String(),
  agreement: NullableText,
  agreements: Type.Number(),
  at: Type.String(),
  objects: Type.Number(),
  receiptAt: NullableText,
});

const LeafSchema = Type.Object({
  index: Type.Number(),
  kind: Type.String(),
  at: Type.String(),
  body: Type.Unknown({ description: 'Null where it was erased' }),
});

export async function peerRoutes(
  app: FastifyInstance,
  { registry, work }: { registry: Registry; work: Work },
): Promise<void> {
  const tags = ['peers'];

  app.get(
    '/peers',
    {
      config: { access: READERS },
      schema: {
        summary: 'Nodes that are known here, and how much of the ledger they have cosigned',
        tags,
        response: { 200: Type.Object({ peers: Type.Array(PeerSchema) }) },
      },
    },
    async () => {
      const witnesses = new Map((await listWitnesses(registry)).map((view) => [view.witness, view]));
      const peers = (await listPeers(registry.db)).map(({ kid, name, url }) => ({
        kid,
        name,
        url,
        cosignedSize: witnesses.get(kid)?.size ?? null,
        cosignedAt: witnesses.get(kid)?.at ?? null,
      }));
      return { peers };
    },
  );

  app.post<{ Body: { url: string; kid: string } }>(
    '/peers',
    {
      config: { access: ['administrator'] },
      schema: {
        summary: 'Get to know another node; the key is the one that was compared by another channel',
        tags,
        body: Type.Object({
          url: Type.String({ maxLength: 2_000 }),
          kid: Type.String({ minLength: 1, maxLength: 100 }),
        }),
        response: { 201: Type.Object({ kid: Type.String(), name: Type.String(), url: Type.String() }) },
      },
    },
    async (request, reply) => {
      const { url, kid } = request.body;
      if (!/^https?:/.test(url) || !URL.canParse(url))
        throw new EntenteError('usage', 'an address is like https://node.example.org');
      const address = new URL(url).origin;
      const card = await fetchNodeCard(address);
      if (card.kid !== kid)
        throw new EntenteError('conflict', `${address} has the key ${card.kid}, not the one you compared`);
      const peer = await addPeer(registry, card, address);
      return reply.code(201).send({ kid: peer.kid, name: peer.name, url: peer.url });
    },
  );

  app.post<{ Params: { kid: string } }>(
    '/peers/:kid/synchronisations',
    {
      config: { access: ['administrator', 'liaison', 'analyst'] },
      schema: {
        summary: 'Exchange with a peer what waits: messages, deliveries, receipts',
        tags,
        params: Type.Object({ kid: Type.String({ maxLength: 100 }) }),
        response: { 202: WorkSchema },
      },
    },
    async (request, reply) => {
      const peer = await requirePeer(registry.db, request.params.kid);
      const view = await work.begin(personOf(request).id, 'sync', peer.name, async (progress) => {
        const { reports, failures } = await syncPeers(registry, [peer], [], (_name, received) =>
          progress(received),
        );
        const [failure] = failures;
        if (failure) throw failure.error;
        return { ...reports[0] };
      });
      return reply.code(202).send(workOf(view));
    },
  );

  app.get(
    '/deliveries',
    {
      config: { access: READERS },
      schema: {
        summary: 'What crossed, in either direction, the newest first, and when its receipt came',
        tags,
        response: { 200: Type.Object({ deliveries: Type.Array(DeliverySchema) }) },
      },
    },
    async () => ({ deliveries: (await listDeliveries(registry)).reverse().slice(0, DELIVERIES_MAX) }),
  );

  app.get<{ Params: { id: string } }>(
    '/deliveries/:id',
    {
      config: { access: READERS },
      schema: {
        summary: 'One delivery: its signed statement, its objects, its receipt',
        tags,
        params: Type.Object({ id: Type.String({ maxLength: 100 }) }),
        response: {
          200: Type.Object({
            id: Type.String(),
            statement: Type.String(),
            receipt: Type.Unknown(),
            objects: Type.Array(
              Type.Object({
                id: Type.String(),
                version: Type.String(),
                digest: Type.String(),
                under: Type.String(),
              }),
            ),
          }),
        },
      },
    },
    async (request) => showDelivery(registry, request.params.id),
  );

  app.get(
    '/ledger',
    {
      config: { access: READERS },
      schema: {
        summary: 'The head of the ledger, who cosigned it, and forks that were seen',
        tags: ['ledger'],
        response: {
          200: Type.Object({
            size: Type.Number(),
            checkpoint: Type.String(),
            witnesses: Type.Array(
              Type.Object({
                witness: Type.String(),
                name: Type.String(),
                size: NullableNumber,
                at: NullableText,
              }),
            ),
            forks: Type.Array(Type.Object({ origin: Type.String(), seenAt: Type.String() })),
          }),
        },
      },
    },
    async () => ({
      size: await ledgerSize(registry.db),
      checkpoint: await currentCheckpoint(registry),
      witnesses: await listWitnesses(registry),
      forks: (await listForks(registry)).map(({ origin, seen_at }) => ({ origin, seenAt: seen_at })),
    }),
  );

  app.get<{ Querystring: { before?: number; kind?: string; from?: string; until?: string; limit?: number } }>(
    '/ledger/leaves',
    {
      config: { access: AUDITORS },
      schema: {
        summary: 'What was done here, the newest first, as the ledger has it',
        tags: ['audit'],
        querystring: Type.Object({
          before: Type.Optional(Type.Integer({ minimum: 0 })),
          kind: Type.Optional(Type.String({ maxLength: 60 })),
          from: Type.Optional(Type.String({ maxLength: 30 })),
          until: Type.Optional(Type.String({ maxLength: 30 })),
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
        }),
        response: { 200: Type.Object({ leaves: Type.Array(LeafSchema), next: NullableNumber }) },
      },
    },
    async (request) => {
      const limit = request.query.limit ?? PAGE;
      const entries = await pageOfLedger(registry.db, { ...request.query, limit });
      const last = entries.at(-1);
      return {
        leaves: entries.map(({ index, kind, at, body }) => ({ index, kind, at, body: body ?? null })),
        next: last && entries.length === limit ? last.index : null,
      };
    },
  );

  app.get<{ Params: { index: number } }>(
    '/ledger/leaves/:index/proof',
    {
      config: { access: READERS },
      schema: {
        summary: 'A leaf with what opens it, and its inclusion under the present checkpoint; bytes in base64',
        tags: ['ledger'],
        params: Type.Object({ index: Type.Integer({ minimum: 0 }) }),
        response: {
          200: Type.Object({
            index: Type.Number(),
            size: Type.Number(),
            checkpoint: Type.String(),
            leaf: Type.String(),
            proof: Type.Array(Type.String()),
          }),
        },
      },
    },
    async (request) => {
      const checkpoint = await currentCheckpoint(registry);
      const size = Number(checkpoint.split('\n')[1]);
      const { index, leaf, proof } = await proveLeaf(registry, request.params.index, size);
      return { index, size, checkpoint, leaf, proof: [...proof] };
    },
  );

  app.post(
    '/ledger/checks',
    {
      config: { access: READERS },
      schema: {
        summary:
          'Rebuild the ledger’s tree from its leaves and hold it to every checkpoint that was given out',
        tags: ['ledger'],
        response: { 202: WorkSchema },
      },
    },
    async (request, reply) => {
      const view = await work.begin(
        personOf(request).id,
        'ledger-check',
        registry.name,
        async (progress) => ({
          ...(await verifyLedger(registry, progress)),
        }),
      );
      return reply.code(202).send(workOf(view));
    },
  );
}
