/** The free service for whoever answers for it: its terms, the agencies that are in, vouchers of this organisation's own, and mail to be sent. */
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { PURPOSES } from '../../agreement/index.ts';
import {
  blockAgency,
  type FreeTerms,
  freeTerms,
  listAgencies,
  OFFERS,
  ownVoucher,
  setFreeTerms,
  takePendingMail,
} from '../../desk/index.ts';
import { type Registry, requirePeer } from '../../registry/index.ts';
import type { Role } from '../roles.ts';

const KEEPERS: readonly Role[] = ['administrator', 'liaison'];

const Limit = (description: string) => Type.Integer({ minimum: 0, maximum: 1_000_000, description });
const TermsSchema = Type.Object({
  open: Type.Boolean(),
  mailDomains: Type.Array(Type.String({ maxLength: 253 }), {
    maxItems: 1_000,
    description: 'agencies with an address there get in without a voucher',
  }),
  perDay: Limit('values that an agency without an agreement may look up in a day'),
  missesPerDay: Limit('of these, values that are unknown here'),
  vouchersPerMonth: Limit('agencies that one may vouch for in a month'),
  offers: Type.Array(Type.Enum([...OFFERS]), {
    maxItems: 5,
    description: 'what is given besides, under agreements; on the public page',
  }),
});
const Purpose = Type.Enum([...PURPOSES]);
const UnderSchema = Type.Object({ peer: Type.String({ description: 'key of its node' }), purpose: Purpose });
const AgencySchema = Type.Object({
  id: Type.String(),
  name: Type.String(),
  domain: Type.String(),
  state: Type.String({ description: 'awaiting-mail, active or blocked' }),
  registeredAt: Type.String(),
  by: Type.String({ description: 'who vouched, or `mail`' }),
  keepQuestions: Type.Boolean(),
  under: Type.Union([UnderSchema, Type.Null()], { description: 'whose agreement says how much it may ask' }),
});

export async function freeAdministrationRoutes(
  app: FastifyInstance,
  { registry }: { registry: Registry },
): Promise<void> {
  const tags = ['free service'];
  const termsNow = async () => {
    const terms = await freeTerms(registry.db);
    return { ...terms, mailDomains: [...terms.mailDomains], offers: [...terms.offers] };
  };

  app.get(
    '/free/terms',
    {
      config: { access: KEEPERS },
      schema: { summary: 'The terms of the free service', tags, response: { 200: TermsSchema } },
    },
    termsNow,
  );

  app.put<{ Body: FreeTerms }>(
    '/free/terms',
    {
      config: { access: KEEPERS },
      schema: {
        summary: 'Open or close the free service, and set its limits; the change is in the ledger',
        tags,
        body: TermsSchema,
        response: { 200: TermsSchema },
      },
    },
    async ({ body }) => {
      await setFreeTerms(registry, body);
      return termsNow();
    },
  );

  app.get(
    '/free/agencies',
    {
      config: { access: KEEPERS },
      schema: {
        summary: 'Agencies that are in, wait for their mail, or are blocked',
        tags,
        response: { 200: Type.Object({ agencies: Type.Array(AgencySchema) }) },
      },
    },
    async () => ({ agencies: (await listAgencies(registry.db)).filter(({ state }) => state !== 'voucher') }),
  );

  app.post<{ Params: { id: string } }>(
    '/free/agencies/:id/blocking',
    {
      config: { access: KEEPERS },
      schema: {
        summary: 'Block an agency at once',
        tags,
        params: Type.Object({ id: Type.String({ maxLength: 100 }) }),
        response: { 204: Type.Null() },
      },
    },
    async ({ params }, reply) => {
      await blockAgency(registry, params.id);
      return reply.code(204).send(null);
    },
  );

  app.post<{ Body: { peer?: string; purpose?: (typeof PURPOSES)[number] } }>(
    '/free/own-vouchers',
    {
      config: { access: KEEPERS },
      schema: {
        summary:
          'A voucher of this organisation; with a peer, for an agency that has the quota of the peer’s agreement',
        tags,
        body: Type.Object({
          peer: Type.Optional(Type.String({ maxLength: 300 })),
          purpose: Type.Optional(Purpose),
        }),
        response: { 201: Type.Object({ voucher: Type.String() }) },
      },
    },
    async ({ body }, reply) => {
      const { peer, purpose = 'investigation' } = body;
      const under =
        peer === undefined ? undefined : { peer: (await requirePeer(registry.db, peer)).kid, purpose };
      return reply.code(201).send({ voucher: await ownVoucher(registry, under) });
    },
  );

  app.post(
    '/free/mail',
    {
      config: { access: KEEPERS },
      schema: {
        summary: 'Mail that this organisation is to send to agencies; each is given out once',
        tags,
        response: {
          200: Type.Object({
            mail: Type.Array(Type.Object({ to: Type.String(), code: Type.String(), name: Type.String() })),
          }),
        },
      },
    },
    async () => ({ mail: await takePendingMail(registry) }),
  );
}
