/** What other nodes call: messages both ways, delivery statements, and TAXII. */
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { EntenteError } from '../base/index.ts';
import { assertFetchable, blobsOf, chainOf, recordFetch, vaultOf } from '../cases/index.ts';
import { assertPackageFetchable } from '../operations/index.ts';
import type { Registry } from '../registry/index.ts';
import { openAccountGate } from './accounts.ts';
import { findStatement } from './deliveries.ts';
import { PIECE_BYTES } from './evidence.ts';
import { messageHandlers } from './handlers.ts';
import { MESSAGE_BYTES_MAX, markDelivered, receiveMessage, waitingFor } from './messages.ts';
import { PACKAGE_PIECE_BYTES } from './operations.ts';
import { type CallingPeer, openPeerGate } from './peer-auth.ts';
import { openCallerGate } from './taxii/callers.ts';
import { taxiiRoutes } from './taxii/server.ts';
import { TOOLS_PATH } from './tools/fetch.ts';

const callers = new WeakMap<FastifyRequest, CallingPeer>();
const callerOf = (request: FastifyRequest) => callers.get(request)!;

/** How the server lets callers in that are no people, before anything else of a request is looked at. @throws EntenteError `unauthenticated` */
export interface Admission {
  /** A known node. */
  peer(request: FastifyRequest): Promise<void>;
  /** A known node or a service account; what it gets is decided for each object. */
  verdict(request: FastifyRequest): Promise<void>;
}

export function openAdmission(registry: Registry): Admission {
  const peers = openPeerGate(registry);
  const taxii = openCallerGate(registry, peers, openAccountGate(registry));
  return {
    async peer(request) {
      callers.set(request, await peers.admit(request.headers.authorization, request.method, request.url));
    },
    async verdict(request) {
      request.taxiiCaller = await taxii.admit(request.headers.authorization, request.method, request.url);
    },
  };
}

export async function exchangeRoutes(
  app: FastifyInstance,
  { registry }: { registry: Registry },
): Promise<void> {
  await app.register(betweenNodes, { registry });
  await app.register(taxiiRoutes, { registry });
}

/** Routes that only a known node may call. */
async function betweenNodes(app: FastifyInstance, { registry }: { registry: Registry }): Promise<void> {
  const handlers = messageHandlers(registry);
  const tags = ['exchange between nodes'];
  const config = { access: 'peer' } as const;

  app.post<{ Body: { message: string } }>(
    '/api/v1/exchange/messages',
    {
      config,
      bodyLimit: MESSAGE_BYTES_MAX + 1_024,
      schema: {
        summary: 'Take a signed message',
        tags,
        body: Type.Object({ message: Type.String({ maxLength: MESSAGE_BYTES_MAX }) }),
      },
    },
    async (request, reply) => {
      const peer = callerOf(request);
      const result = await receiveMessage(registry, handlers, peer, request.body.message);
      return reply.code(result === 'applied' ? 201 : 200).send({ result });
    },
  );

  app.get(
    '/api/v1/exchange/messages',
    { config, schema: { summary: 'What waits for the caller', tags } },
    async (request) => {
      const peer = callerOf(request);
      return { messages: await waitingFor(registry, peer.kid) };
    },
  );

  app.post<{ Body: { ids: string[] } }>(
    '/api/v1/exchange/messages/arrived',
    {
      config,
      schema: {
        summary: 'Say which fetched messages have arrived',
        tags,
        body: Type.Object({ ids: Type.Array(Type.String(), { maxItems: 1_000 }) }),
      },
    },
    async (request, reply) => {
      const peer = callerOf(request);
      await markDelivered(registry, peer.kid, request.body.ids);
      return reply.code(204).send();
    },
  );

  app.get<{ Params: { id: string } }>(
    '/api/v1/exchange/deliveries/:id',
    {
      config,
      schema: {
        summary: 'The signed statement of a delivery to the caller',
        tags,
        params: Type.Object({ id: Type.String() }),
      },
    },
    async (request) => {
      const peer = callerOf(request);
      return { statement: await findStatement(registry, peer, request.params.id) };
    },
  );

  app.get<{ Params: { id: string } }>(
    '/api/v1/exchange/transfers/:id',
    {
      config,
      schema: {
        summary: 'The chain of custody of an exhibit that is offered to the caller',
        tags,
        params: Type.Object({ id: Type.String() }),
      },
    },
    async (request) => {
      const peer = callerOf(request);
      const exhibit = await assertFetchable(registry, peer, request.params.id);
      return { chain: await chainOf(registry, exhibit) };
    },
  );

  app.get<{ Params: { id: string; sha256: string }; Querystring: { offset: number } }>(
    '/api/v1/exchange/transfers/:id/blobs/:sha256',
    {
      config,
      schema: {
        summary: 'A piece of the bytes of an exhibit that is offered to the caller',
        tags,
        params: Type.Object({ id: Type.String(), sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }) }),
        querystring: Type.Object({ offset: Type.Integer({ minimum: 0, default: 0 }) }),
      },
    },
    async (request, reply) => {
      const peer = callerOf(request);
      const { id, sha256 } = request.params;
      const exhibit = await assertFetchable(registry, peer, id);
      if (!(await blobsOf(registry.db, exhibit.id)).includes(sha256))
        throw new EntenteError('not-found', 'the offered exhibit has no such part');
      await recordFetch(registry, peer, id, exhibit);
      const vault = await vaultOf(registry, exhibit);
      await vault.path(sha256);
      const { offset } = request.query;
      return reply
        .type('application/octet-stream')
        .send(Readable.from(vault.read(sha256, { start: offset, end: offset + PIECE_BYTES })));
    },
  );

  app.get<{ Params: { id: string }; Querystring: { offset: number } }>(
    '/api/v1/exchange/packages/:id',
    {
      config,
      schema: {
        summary:
          'A piece of a package of a joint operation that is for the caller, packed when the caller can unpack it',
        tags,
        params: Type.Object({ id: Type.String({ maxLength: 100 }) }),
        querystring: Type.Object({ offset: Type.Integer({ minimum: 0, default: 0 }) }),
      },
    },
    async (request, reply) => {
      const { sha256 } = await assertPackageFetchable(registry, callerOf(request), request.params.id);
      const { offset } = request.query;
      const piece: Uint8Array[] = [];
      for await (const some of registry.blobs.read(sha256, {
        start: offset,
        end: offset + PACKAGE_PIECE_BYTES,
      }))
        piece.push(some);
      reply
        .type('application/octet-stream')
        .header('repr-digest', `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`)
        .header('vary', 'accept-encoding');
      if (!/\bgzip\b/.test(request.headers['accept-encoding'] ?? '')) return reply.send(Buffer.concat(piece));
      return reply.header('content-encoding', 'gzip').send(gzipSync(Buffer.concat(piece), { level: 9 }));
    },
  );

  app.get<{ Params: { file: string } }>(
    `${TOOLS_PATH}/metadata/:file`,
    {
      config,
      schema: {
        summary: 'TUF metadata of the tools that the caller’s agreements give it',
        tags,
        params: Type.Object({ file: Type.String({ maxLength: 100 }) }),
      },
    },
    async (request, reply) => {
      const { metadataFor } = await import('../desk/tools/repository.ts');
      const text = await metadataFor(registry, callerOf(request), request.params.file);
      return reply.type('application/json').send(text);
    },
  );

  app.get<{ Params: { file: string }; Querystring: { offset: number } }>(
    `${TOOLS_PATH}/targets/:file`,
    {
      config,
      schema: {
        summary: 'A piece of a tool package that the caller’s agreements give it',
        tags,
        params: Type.Object({ file: Type.String({ maxLength: 300 }) }),
        querystring: Type.Object({ offset: Type.Integer({ minimum: 0, default: 0 }) }),
      },
    },
    async (request, reply) => {
      const { packageFor } = await import('../desk/tools/repository.ts');
      const { sha256 } = await packageFor(registry, callerOf(request), request.params.file);
      await registry.blobs.path(sha256);
      const { offset } = request.query;
      return reply
        .type('application/octet-stream')
        .send(Readable.from(registry.blobs.read(sha256, { start: offset, end: offset + PIECE_BYTES })));
    },
  );
}
