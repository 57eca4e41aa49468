/** The ledger for anyone who wants to check it: the signed checkpoint, its key, and hash tiles (C2SP tlog-tiles). Leaves say nothing without their salts. */
import type { FastifyInstance } from 'fastify';
import { currentCheckpoint, type Registry } from '../../registry/index.ts';

export async function ledgerRoutes(
  app: FastifyInstance,
  { registry }: { registry: Registry },
): Promise<void> {
  app.get(
    '/checkpoint',
    { schema: { summary: 'The signed head of the ledger (C2SP tlog-checkpoint)', tags: ['ledger'] } },
    async (_request, reply) => {
      reply.type('text/plain; charset=utf-8');
      return currentCheckpoint(registry);
    },
  );
}
