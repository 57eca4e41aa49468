/** The agreements of this node for people who are signed in, and the format of agreements for everybody. */
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { AgreementSchema } from '../../agreement/index.ts';
import { summariseRelease } from '../../intel/index.ts';
import { listAgreements, type Registry, requirePeer, showAgreement } from '../../registry/index.ts';
import { requireSession } from '../session-gate.ts';

export async function agreementRoutes(
  app: FastifyInstance,
  { registry }: { registry: Registry },
): Promise<void> {
  const tags = ['agreements'];

  app.get(
    '/schemas/agreement',
    { schema: { summary: 'JSON Schema of agreements', tags } },
    async (_request, reply) =>
      reply
        .type('application/schema+json')
        .header('cache-control', 'max-age=3600')
        .send(JSON.stringify(AgreementSchema)),
  );

  app.get('/agreements', { schema: { summary: 'Agreements and their states', tags } }, async (request) => {
    await requireSession(registry, request);
    return { agreements: await listAgreements(registry) };
  });

  app.get<{ Params: { id: string } }>(
    '/agreements/:id',
    {
      schema: {
        summary: 'One agreement with its document',
        tags,
        params: Type.Object({ id: Type.String({ maxLength: 100 }) }),
      },
    },
    async (request) => {
      await requireSession(registry, request);
      return showAgreement(registry, request.params.id);
    },
  );

  app.get<{ Params: { peer: string } }>(
    '/verdicts/:peer',
    {
      schema: {
        summary: 'What would cross to a peer now, and which clause decides',
        tags,
        params: Type.Object({ peer: Type.String({ maxLength: 200 }) }),
      },
    },
    async (request) => {
      await requireSession(registry, request);
      return summariseRelease(registry, await requirePeer(registry.db, request.params.peer));
    },
  );
}
