/** The agreements of this node for people who are signed in, and the format of agreements for everybody. */
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { AgreementSchema } from '../../agreement/index.ts';
import { summariseRelease } from '../../intel/index.ts';
import { listAgreements, type Registry, requirePeer, showAgreement } from '../../registry/index.ts';
import type { Role } from '../roles.ts';

/** Agreements govern everybody's work: all but guests of the house read them. */
const READERS: readonly Role[] = [
  'administrator',
  'liaison',
  'analyst',
  'investigator',
  'cert-analyst',
  'data-protection-officer',
  'auditor',
];

export async function agreementRoutes(
  app: FastifyInstance,
  { registry }: { registry: Registry },
): Promise<void> {
  const tags = ['agreements'];

  app.get(
    '/schemas/agreement',
    { config: { access: 'anyone' }, schema: { summary: 'JSON Schema of agreements', tags } },
    async (_request, reply) =>
      reply
        .type('application/schema+json')
        .header('cache-control', 'max-age=3600')
        .send(JSON.stringify(AgreementSchema)),
  );

  app.get(
    '/agreements',
    { config: { access: READERS }, schema: { summary: 'Agreements and their states', tags } },
    async () => {
      return { agreements: await listAgreements(registry) };
    },
  );

  app.get<{ Params: { id: string } }>(
    '/agreements/:id',
    {
      config: { access: READERS },
      schema: {
        summary: 'One agreement with its document',
        tags,
        params: Type.Object({ id: Type.String({ maxLength: 100 }) }),
      },
    },
    async (request) => {
      return showAgreement(registry, request.params.id);
    },
  );

  app.get<{ Params: { peer: string } }>(
    '/verdicts/:peer',
    {
      config: { access: READERS },
      schema: {
        summary: 'What would cross to a peer now, and which clause decides',
        tags,
        params: Type.Object({ peer: Type.String({ maxLength: 200 }) }),
      },
    },
    async (request) => {
      return summariseRelease(registry, await requirePeer(registry.db, request.params.peer));
    },
  );
}
