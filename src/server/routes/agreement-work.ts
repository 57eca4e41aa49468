/** Working on agreements: drafting, checking, signing, amending, notices. */
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import {
  type Agreement,
  checkAgreement,
  draftAmendment,
  END_GROUNDS,
  parseDraft,
  parseSignedAgreement,
} from '../../agreement/index.ts';
import { TEMPLATES } from '../../agreement/templates/index.ts';
import { EntenteError } from '../../base/index.ts';
import { pushMessages, queueMessage } from '../../exchange/index.ts';
import {
  draftFromTemplate,
  type Registry,
  recordNotice,
  saveDraft,
  showAgreement,
  signStored,
  takeSignature,
  takeSigned,
  versionToSign,
} from '../../registry/index.ts';
import {
  closed,
  DOCUMENT_CHARACTERS_MAX,
  Document,
  Id,
  oneOf,
  SIGNERS,
  SignedBody,
  Text,
  tags,
  WRITERS,
} from './agreement-schemas.ts';
import { AGREEMENT_READERS } from './agreements.ts';

export async function agreementWorkRoutes(
  app: FastifyInstance,
  { registry }: { registry: Registry },
): Promise<void> {
  const viewOf = async (id: string) => {
    const { document: _document, ...view } = await showAgreement(registry, id);
    return view;
  };
  const queueAgreement = (
    tx: Parameters<typeof queueMessage>[0],
    to: string,
    body: Record<string, unknown>,
  ) => queueMessage(tx, registry, to, 'agreement', body);
  app.get(
    '/agreement-templates',
    {
      config: { access: AGREEMENT_READERS },
      schema: { summary: 'Templates of agreements, as commented YAML', tags },
    },
    async () => ({ templates: Object.entries(TEMPLATES).map(([name, text]) => ({ name, text })) }),
  );

  const NewBody = Type.Object(
    {
      template: Type.Optional(oneOf(Object.keys(TEMPLATES))),
      text: Type.Optional(Text(DOCUMENT_CHARACTERS_MAX)),
      parties: Type.Record(Type.String({ maxLength: 63 }), Type.String({ maxLength: 200 })),
      settings: Type.Optional(
        Type.Record(Type.String({ maxLength: 130 }), Type.String({ maxLength: 2_000 })),
      ),
      from: Type.Optional(Type.String({ maxLength: 48 })),
      until: Type.Optional(Type.String({ maxLength: 48 })),
      predecessor: Type.Optional(Type.String({ maxLength: 100 })),
    },
    closed,
  );
  app.post<{ Body: Type.Static<typeof NewBody> }>(
    '/agreements',
    {
      config: { access: WRITERS },
      schema: { summary: 'Draft an agreement from a template', tags, body: NewBody },
    },
    async (request, reply) => {
      const { template, text, settings = {}, ...wishes } = request.body;
      const source = template === undefined ? text : TEMPLATES[template as keyof typeof TEMPLATES];
      if (source === undefined) throw new EntenteError('usage', 'name a template, or send its text');
      const agreement = await draftFromTemplate(
        registry,
        source,
        { ...wishes, settings },
        template ?? 'text',
      );
      return reply.code(201).send(await viewOf(agreement.id));
    },
  );

  const TextBody = Type.Object({ text: Text(DOCUMENT_CHARACTERS_MAX) }, closed);
  app.post<{ Body: Type.Static<typeof TextBody> }>(
    '/agreements/check',
    {
      config: { access: AGREEMENT_READERS },
      schema: { summary: 'Check a draft in YAML or JSON', tags, body: TextBody },
    },
    async (request) => {
      const { issues } = checkAgreement(parseDraft(request.body.text, 'text'));
      return { ok: issues.every(({ severity }) => severity === 'warning'), issues };
    },
  );

  app.post<{ Body: Type.Static<typeof SignedBody> }>(
    '/agreements/receive',
    {
      config: { access: WRITERS },
      schema: { summary: 'Take in an agreement that was signed elsewhere', tags, body: SignedBody },
    },
    async (request) => {
      const signed = parseSignedAgreement(request.body.signed, 'signed');
      await takeSigned(registry, signed);
      return viewOf(signed.agreement.id);
    },
  );

  app.post<{ Params: { id: string } }>(
    '/agreements/:id/sign',
    {
      config: { access: SIGNERS },
      schema: {
        summary: 'Sign for this organisation with its signatory’s key here, and send it to the other parties',
        tags,
        params: Id,
      },
    },
    async (request) => {
      await signStored(registry, request.params.id, queueAgreement);
      const { waiting } = await pushMessages(registry);
      return { ...(await viewOf(request.params.id)), waiting };
    },
  );

  const SigningSchema = Type.Object({
    party: Type.String({ description: 'that this node acts for' }),
    version: Type.Number(),
    digest: Type.String({ description: 'SHA-256 of the canonical JSON, in hexadecimal' }),
    missing: Type.Array(Type.String(), { description: 'signatories of this party who have not signed' }),
    document: Type.Record(Type.String(), Type.Unknown()),
  });
  app.get<{ Params: { id: string } }>(
    '/agreements/:id/signing',
    {
      config: { access: SIGNERS },
      schema: {
        summary: 'The newest version, to be signed with the own key of a signatory',
        tags,
        params: Id,
        response: { 200: SigningSchema },
      },
    },
    async ({ params }) => {
      const { verified, party } = await versionToSign(registry, params.id);
      const { agreement, digest, parties } = verified;
      return {
        ...{ party, version: agreement.version, digest },
        missing: [...parties.find((one) => one.party === party)!.missing],
        document: { ...agreement },
      };
    },
  );

  const SignatureBody = Type.Object(
    {
      version: Type.Integer({ minimum: 1 }),
      signature: Type.Object({ protected: Text(2_000), signature: Text(200) }, closed),
    },
    closed,
  );
  app.post<{ Params: { id: string }; Body: Type.Static<typeof SignatureBody> }>(
    '/agreements/:id/signatures',
    {
      config: { access: SIGNERS },
      schema: {
        summary:
          'Take a signature made elsewhere with a signatory’s own key, and send it to the other parties',
        tags,
        params: Id,
        body: SignatureBody,
        response: {
          200: Type.Object({
            state: Type.String(),
            missing: Type.Array(Type.String()),
            waiting: Type.Number(),
          }),
        },
      },
    },
    async (request) => {
      const { version, signature } = request.body;
      await takeSignature(registry, request.params.id, version, signature, queueAgreement);
      const { waiting } = await pushMessages(registry);
      const { state, missing } = await viewOf(request.params.id);
      return { state, missing: [...missing], waiting };
    },
  );

  const AmendBody = Type.Object({ changes: Document }, closed);
  app.post<{ Params: { id: string }; Body: Type.Static<typeof AmendBody> }>(
    '/agreements/:id/amend',
    {
      config: { access: WRITERS },
      schema: { summary: 'Draft the next version', tags, params: Id, body: AmendBody },
    },
    async (request, reply) => {
      const { document } = await showAgreement(registry, request.params.id);
      const amendment = draftAmendment(
        document,
        request.body.changes as Partial<Record<keyof Agreement, unknown>>,
      );
      await saveDraft(registry, amendment);
      return reply.code(201).send({ id: amendment.id, version: amendment.version });
    },
  );

  const NoticeBody = Type.Object(
    {
      kind: oneOf(['suspend', 'resume', 'terminate', 'renew', 'do-not-renew']),
      reason: Text(2_000),
      ground: Type.Optional(oneOf(END_GROUNDS)),
      effective: Type.Optional(Type.String({ maxLength: 48 })),
    },
    closed,
  );
  app.post<{ Params: { id: string }; Body: Type.Static<typeof NoticeBody> }>(
    '/agreements/:id/notices',
    {
      config: { access: SIGNERS },
      schema: { summary: 'Suspend, resume, end or renew', tags, params: Id, body: NoticeBody },
    },
    async (request) => {
      const { kind, reason, ground, effective } = request.body;
      const notice = await recordNotice(
        registry,
        request.params.id,
        {
          kind: kind as 'suspend',
          reason,
          ...(kind === 'terminate' ? { ground: (ground ?? 'convenience') as 'convenience' } : {}),
          ...(effective === undefined ? {} : { effective }),
        },
        (tx, to, body) => queueMessage(tx, registry, to, 'agreement-notice', body),
      );
      const { waiting } = await pushMessages(registry);
      const { state, because } = await viewOf(request.params.id);
      return { ...notice, state, because, waiting };
    },
  );
}
