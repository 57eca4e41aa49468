/**
 * The ledger for anyone who wants to check it: the signed checkpoint, its key, and tiles (C2SP tlog-tiles). Leaves say
 * nothing without their salts, so they are public.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { EntenteError } from '../../base/index.ts';
import {
  ADD_CHECKPOINT_BYTES_MAX,
  encodeEntryBundle,
  encodeHashTile,
  encodeVerifierKey,
  isTileOf,
  parseTilePath,
  TILE_WIDTH,
} from '../../ledger/index.ts';
import {
  answerAddCheckpoint,
  currentCheckpoint,
  hashReader,
  ledgerKey,
  ledgerSize,
  type Registry,
  readLedger,
} from '../../registry/index.ts';

export async function ledgerRoutes(
  app: FastifyInstance,
  { registry }: { registry: Registry },
): Promise<void> {
  const tags = ['ledger'];
  const config = { access: 'anyone' } as const;

  app.get(
    '/checkpoint',
    { config, schema: { summary: 'The signed head of the ledger (C2SP tlog-checkpoint)', tags } },
    async (_request, reply) => {
      reply.type('text/plain; charset=utf-8');
      return currentCheckpoint(registry);
    },
  );

  app.get(
    '/key',
    { config, schema: { summary: 'The key that signs checkpoints, as a verifier key', tags } },
    async (_request, reply) => {
      const { kid, publicJwk } = registry.identity;
      reply.type('text/plain; charset=utf-8');
      return `${encodeVerifierKey(ledgerKey(kid, publicJwk))}\n`;
    },
  );

  app.post(
    '/add-checkpoint',
    {
      config,
      bodyLimit: ADD_CHECKPOINT_BYTES_MAX,
      schema: { summary: 'Ask this node to cosign the ledger of a node it knows (C2SP tlog-witness)', tags },
    },
    async (request, reply) => {
      if (typeof request.body !== 'string')
        throw new EntenteError('media-type', 'add-checkpoint takes text/plain');
      const { status, type, body } = await answerAddCheckpoint(registry, request.body);
      return reply.code(status).type(type).send(body);
    },
  );

  app.get(
    '/tile/*',
    { config, schema: { summary: 'Hash tiles and entry bundles (C2SP tlog-tiles)', tags } },
    serveTile,
  );

  async function serveTile(request: FastifyRequest, reply: FastifyReply) {
    const tile = parseTilePath(`tile/${(request.params as { '*': string })['*']}`);
    if (!isTileOf(tile, await ledgerSize(registry.db)))
      throw new EntenteError('not-found', 'the ledger has no such tile yet');
    // A tile never changes; a partial one is replaced by a larger under another path.
    reply.type('application/octet-stream').header('cache-control', 'public, max-age=31536000, immutable');
    if (tile.level === 'entries') {
      const entries = await readLedger(registry.db, tile.index * TILE_WIDTH, tile.width);
      return Buffer.from(encodeEntryBundle(entries.map((entry) => entry.leaf)));
    }
    return Buffer.from(await encodeHashTile(tile, hashReader(registry.db)));
  }
}
