/** The agreements of this node for people who are signed in, and the format of agreements for everybody. */
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { AgreementSchema } from '../../agreement/index.ts';
import { summariseRelease } from '../../intel/index.ts';
import { listAgreements, type Registry, requirePeer, showAgreement } from '../../registry/index.ts';
import type { Role } from '../roles.ts';
import { ClauseSchema, ReasonSchema } from './agreement-schemas.ts';

/** Agreements govern everybody's work: all but guests of the house read them. */
export const AGREEMENT_READERS: readonly Role[] = [
  'administrator',
  'liaison',
  'analyst',
  'investigator',
  'cert-analyst',
  'data-protection-officer',
  'auditor',
];

const NullableText = Type.Union([Type.String(), Type.Null()]);

const VIEW = {
  id: Type.String(),
  version: Type.Number(),
  title: Type.String(),
  parties: Type.Array(Type.String()),
  from: Type.String(),
  until: Type.String(),
  state: Type.String(),
  because: Type.String(),
  becausePath: Type.String({ description: 'where in the agreement, or which notice' }),
  becauseReason: ReasonSchema,
  digest: Type.String(),
  predecessor: NullableText,
  signed: Type.Array(Type.Object({ party: Type.String(), name: Type.String(), at: Type.String() })),
  missing: Type.Array(Type.String()),
  next: Type.Union([
    Type.Object({ version: Type.Number(), missing: Type.Array(Type.String()) }),
    Type.Null(),
  ]),
  renewalWaitsFor: Type.Array(Type.String()),
};

const ReleaseSchema = Type.Object({
  inForce: Type.Boolean(),
  refusal: Type.Union([ClauseSchema, Type.Null()]),
  classes: Type.Array(
    Type.Object({
      verdict: Type.String(),
      objects: Type.Number(),
      words: Type.String(),
      clauses: Type.Array(ClauseSchema),
    }),
  ),
  released: Type.Number(),
  withheldCount: Type.Number(),
  withheld: Type.Array(
    Type.Object({
      id: Type.String(),
      type: Type.String(),
      why: Type.String(),
      words: Type.String(),
      clauses: Type.Array(ClauseSchema),
    }),
  ),
});

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
    {
      config: { access: AGREEMENT_READERS },
      schema: {
        summary: 'Agreements and their states',
        tags,
        response: { 200: Type.Object({ agreements: Type.Array(Type.Object(VIEW)) }) },
      },
    },
    async () => {
      return { agreements: await listAgreements(registry) };
    },
  );

  app.get<{ Params: { id: string } }>(
    '/agreements/:id',
    {
      config: { access: AGREEMENT_READERS },
      schema: {
        summary: 'One agreement with its document',
        tags,
        params: Type.Object({ id: Type.String({ maxLength: 100 }) }),
        response: {
          200: Type.Object({ ...VIEW, document: Type.Record(Type.String(), Type.Unknown()) }),
        },
      },
    },
    async (request) => {
      return showAgreement(registry, request.params.id);
    },
  );

  app.get<{ Params: { peer: string } }>(
    '/verdicts/:peer',
    {
      config: { access: AGREEMENT_READERS },
      schema: {
        summary: 'What would cross to a peer now, and which clause decides',
        tags,
        params: Type.Object({ peer: Type.String({ maxLength: 200 }) }),
        response: { 200: ReleaseSchema },
      },
    },
    async (request) => {
      return summariseRelease(registry, await requirePeer(registry.db, request.params.peer));
    },
  );
}
