/** What other nodes call: messages both ways, delivery statements, and TAXII. */
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { Registry } from '../registry/index.ts';
import { findStatement } from './deliveries.ts';
import { messageHandlers } from './handlers.ts';
import { MESSAGE_BYTES_MAX, markDelivered, receiveMessage, waitingFor } from './messages.ts';
import { openPeerGate } from './peer-auth.ts';
import { taxiiRoutes } from './taxii/server.ts';

export async function exchangeRoutes(
  app: FastifyInstance,
  { registry }: { registry: Registry },
): Promise<void> {
  const gate = openPeerGate(registry);
  const handlers = messageHandlers(registry);
  const tags = ['exchange between nodes'];

  app.post<{ Body: { message: string } }>(
    '/api/v1/exchange/messages',
    {
      bodyLimit: MESSAGE_BYTES_MAX + 1_024,
      schema: {
        summary: 'Take a signed message',
        tags,
        body: Type.Object({ message: Type.String({ maxLength: MESSAGE_BYTES_MAX }) }),
      },
    },
    async (request, reply) => {
      const peer = await gate.admit(request.headers.authorization, request.method, request.url);
      const result = await receiveMessage(registry, handlers, peer, request.body.message);
      return reply.code(result === 'applied' ? 201 : 200).send({ result });
    },
  );

  app.get(
    '/api/v1/exchange/messages',
    { schema: { summary: 'What waits for the caller', tags } },
    async (request) => {
      const peer = await gate.admit(request.headers.authorization, request.method, request.url);
      return { messages: await waitingFor(registry, peer.kid) };
    },
  );

  app.post<{ Body: { ids: string[] } }>(
    '/api/v1/exchange/messages/arrived',
    {
      schema: {
        summary: 'Say which fetched messages have arrived',
        tags,
        body: Type.Object({ ids: Type.Array(Type.String(), { maxItems: 1_000 }) }),
      },
    },
    async (request, reply) => {
      const peer = await gate.admit(request.headers.authorization, request.method, request.url);
      await markDelivered(registry, peer.kid, request.body.ids);
      return reply.code(204).send();
    },
  );

  app.get<{ Params: { id: string } }>(
    '/api/v1/exchange/deliveries/:id',
    {
      schema: {
        summary: 'The signed statement of a delivery to the caller',
        tags,
        params: Type.Object({ id: Type.String() }),
      },
    },
    async (request) => {
      const peer = await gate.admit(request.headers.authorization, request.method, request.url);
      return { statement: await findStatement(registry, peer, request.params.id) };
    },
  );

  await app.register(taxiiRoutes, { registry, gate });
}
