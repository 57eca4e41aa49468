/** Working on agreements: drafting, checking, signing, amending, notices, asking what they say and what would change. */
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { exportHtml, exportIep, exportOdrl, exportStixMarkings } from '../../agreement/exports/index.ts';
import {
  ACTS,
  type Agreement,
  assertFullySigned,
  checkAgreement,
  clauseIssues,
  diffAgreements,
  draftAmendment,
  dutiesAtEnd,
  END_GROUNDS,
  encodeSignedAgreement,
  LANGUAGES,
  type Notice,
  PURPOSES,
  parseDraft,
  parseSignedAgreement,
  quotaPeriod,
  verifyAgreement,
  warningsAhead,
} from '../../agreement/index.ts';
import { TEMPLATES } from '../../agreement/templates/index.ts';
import { EntenteError } from '../../base/index.ts';
import { countUse } from '../../desk/index.ts';
import {
  askForObject,
  pushMessages,
  queueMessage,
  queuePermission,
  simulateHeld,
} from '../../exchange/index.ts';
import {
  decideObject,
  eraseDue,
  explainRelease,
  listDue,
  listErasures,
  recordReview,
} from '../../intel/index.ts';
import {
  agreementVersions,
  allAgreements,
  answerPermission,
  draftFromTemplate,
  findAgreement,
  listPermissions,
  type Registry,
  recordNotice,
  requirePeer,
  saveDraft,
  showAgreement,
  signStored,
  statesAt,
  takeSigned,
} from '../../registry/index.ts';
import { personOf } from '../access.ts';
import type { Role } from '../roles.ts';
import { AGREEMENT_READERS } from './agreements.ts';

/** Who drafts agreements, gives notices and answers what they leave to this organisation. */
const WRITERS: readonly Role[] = ['administrator', 'liaison'];
/** Who makes the organisation's signature. */
const SIGNERS: readonly Role[] = ['administrator'];
const PROTECTION: readonly Role[] = ['administrator', 'data-protection-officer'];

const tags = ['agreements'];
const Id = Type.Object({ id: Type.String({ maxLength: 100 }) });
const oneOf = (words: readonly string[]) => Type.Enum([...words]);
const Text = (maxLength: number) => Type.String({ minLength: 1, maxLength });
/** Agreements with their prose in four languages. */
const DOCUMENT_CHARACTERS_MAX = 2_000_000;
const Document = Type.Record(Type.String(), Type.Unknown());
const closed = { additionalProperties: false } as const;

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

  const SignedBody = Type.Object({ signed: Document }, closed);
  app.post<{ Body: Type.Static<typeof SignedBody> }>(
    '/agreements/verify',
    {
      config: { access: AGREEMENT_READERS },
      schema: {
        summary: 'Check that a signed agreement is whole, valid and signed by every party',
        tags,
        body: SignedBody,
      },
    },
    async (request) => {
      const verified = await verifyAgreement(parseSignedAgreement(request.body.signed, 'signed'));
      assertFullySigned(verified);
      const issues = clauseIssues(verified.agreement);
      if (issues.length > 0)
        throw new EntenteError('agreement-invalid', `${issues[0]!.path}: ${issues[0]!.message}`, { issues });
      const { id, version, title } = verified.agreement;
      return {
        ok: true,
        agreement: { id, version, title, digest: verified.digest },
        parties: verified.parties,
      };
    },
  );

  const DecideBody = Type.Object(
    {
      signed: Document,
      object: Type.Optional(Type.Unknown()),
      act: Type.Optional(oneOf(ACTS)),
      from: Text(400),
      to: Text(400),
      purpose: oneOf(PURPOSES),
      at: Type.Optional(Type.String({ maxLength: 48 })),
      onwardTo: Type.Optional(Type.String({ maxLength: 400 })),
      receivedAt: Type.Optional(Type.String({ maxLength: 48 })),
      attributed: Type.Optional(Type.Boolean()),
    },
    closed,
  );
  app.post<{ Body: Type.Static<typeof DecideBody> }>(
    '/agreements/decide',
    {
      config: { access: AGREEMENT_READERS },
      schema: {
        summary: 'What a signed agreement says about an object, and which clauses decide',
        tags,
        body: DecideBody,
      },
    },
    async (request) => {
      const { signed, act = 'release', at = registry.clock().toISOString(), ...question } = request.body;
      const verified = await verifyAgreement(parseSignedAgreement(signed, 'signed'));
      if (verified.issues.length > 0) assertFullySigned(verified);
      return decideObject(
        verified,
        [] as Notice[],
        { ...question, act, at } as Parameters<typeof decideObject>[2],
      );
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

  const DaysQuery = Type.Object(
    { days: Type.Optional(Type.Integer({ minimum: 0, maximum: 3_660 })) },
    closed,
  );
  app.get<{ Querystring: Type.Static<typeof DaysQuery> }>(
    '/agreements/status',
    {
      config: { access: AGREEMENT_READERS },
      schema: {
        summary: 'States, what is coming, and what is owed where one has ended',
        tags,
        querystring: DaysQuery,
      },
    },
    async (request) => {
      const now = registry.clock().toISOString();
      const all = await allAgreements(registry.db, now);
      const states = statesAt(all, now);
      return {
        agreements: all.map(({ verified, notices }) => {
          const { agreement } = verified;
          const state = states.get(agreement.id)!;
          const given = notices.map(({ notice }) => notice);
          return {
            id: agreement.id,
            title: agreement.title,
            state: state.state,
            because: state.because.words,
            ahead: warningsAhead(verified, given, now, request.query.days ?? 90),
            duties: dutiesAtEnd(agreement, state),
          };
        }),
      };
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

  const Version = Type.Optional(Type.Integer({ minimum: 1 }));
  app.get<{ Params: { id: string }; Querystring: { from?: number; to?: number } }>(
    '/agreements/:id/diff',
    {
      config: { access: AGREEMENT_READERS },
      schema: {
        summary: 'What one version widens and narrows against another, in words',
        description:
          'Without `from` and `to`: the version that waits for signatures against the one in force.',
        tags,
        params: Id,
        querystring: Type.Object({ from: Version, to: Version }, closed),
        response: {
          200: Type.Object({
            changes: Type.Array(
              Type.Object({
                path: Type.String(),
                effect: oneOf(['widens', 'narrows', 'changes']),
                words: Type.String(),
              }),
            ),
            waits: Type.Boolean({ description: 'a version waits for signatures' }),
            versions: Type.Array(Type.Number()),
          }),
        },
      },
    },
    async (request) => {
      const { from, to } = request.query;
      const versions = await agreementVersions(registry.db, request.params.id);
      const numbers = versions.map(({ agreement }) => agreement.version);
      const version = (number: number): Agreement => {
        const found = versions.find(({ agreement }) => agreement.version === number);
        if (!found) throw new EntenteError('not-found', `the agreement has no version ${number} here`);
        return found.agreement;
      };
      const { verified, next } = await findAgreement(
        registry.db,
        request.params.id,
        registry.clock().toISOString(),
      );
      return {
        changes:
          from !== undefined && to !== undefined
            ? diffAgreements(version(from), version(to))
            : next
              ? diffAgreements(verified.agreement, next.agreement)
              : [],
        waits: next !== null,
        versions: numbers,
      };
    },
  );

  const VerdictSchema = Type.Object({
    verdict: Type.String(),
    clauses: Type.Array(Type.Object({ path: Type.String(), words: Type.String() })),
  });
  const SimulationSchema = Type.Object({
    at: Type.String(),
    changes: Type.Array(
      Type.Object({
        item: Type.Object({ kind: Type.String(), label: Type.String(), count: Type.Number() }),
        before: VerdictSchema,
        after: VerdictSchema,
      }),
    ),
    totals: Type.Record(
      Type.String(),
      Type.Object({ same: Type.Number(), lost: Type.Number(), gained: Type.Number(), ask: Type.Number() }),
    ),
  });
  const SimulateBody = Type.Union([
    Type.Object({ kind: Type.Literal('end'), ground: oneOf(END_GROUNDS) }, closed),
    Type.Object({ kind: Type.Literal('suspend') }, closed),
    Type.Object({ kind: Type.Literal('amend'), changes: Document }, closed),
  ]);
  app.post<{ Params: { id: string }; Body: Parameters<typeof simulateHeld>[2] }>(
    '/agreements/:id/simulate',
    {
      config: { access: AGREEMENT_READERS },
      schema: {
        summary: 'What would change if it were ended, suspended or amended; nothing is done',
        tags,
        params: Id,
        body: SimulateBody,
        response: { 200: SimulationSchema },
      },
    },
    async (request) => simulateHeld(registry, request.params.id, request.body),
  );

  app.get<{ Params: { id: string } }>(
    '/agreements/:id/services',
    {
      config: { access: AGREEMENT_READERS },
      schema: {
        summary: 'Its services, and how much of each quota this period has used up, as counted here',
        tags,
        params: Id,
        response: {
          200: Type.Object({
            services: Type.Array(
              Type.Object({
                path: Type.String(),
                title: Type.String(),
                kind: Type.String(),
                from: Type.String({ description: 'name of the party that gives it' }),
                to: Type.Array(Type.String()),
                amount: Type.Number(),
                unit: Type.String(),
                per: Type.String(),
                used: Type.Number(),
                periodFrom: Type.String(),
                periodUntil: Type.String(),
              }),
            ),
          }),
        },
      },
    },
    async (request) => {
      const now = registry.clock().toISOString();
      const { agreement } = (await findAgreement(registry.db, request.params.id, now)).verified;
      const nameOf = (id: string) => agreement.parties.find((party) => party.id === id)?.name ?? id;
      const count = countUse(registry.db);
      const services = [];
      for (const [i, service] of agreement.services.entries()) {
        const path = `services[${i}]`;
        const period = quotaPeriod(agreement, service.quota.per, now);
        services.push({
          path,
          title: service.title,
          kind: service.kind,
          from: nameOf(service.from),
          to: service.to.map(nameOf),
          ...service.quota,
          used: await count({ agreement: agreement.id, path, service, period }),
          periodFrom: period.from,
          periodUntil: period.until,
        });
      }
      return { services };
    },
  );

  const ExportQuery = Type.Object(
    {
      format: oneOf(['signed', 'iep', 'odrl', 'stix', 'html']),
      language: Type.Optional(oneOf(LANGUAGES)),
    },
    closed,
  );
  app.get<{ Params: { id: string }; Querystring: Type.Static<typeof ExportQuery> }>(
    '/agreements/:id/export',
    {
      config: { access: AGREEMENT_READERS },
      schema: {
        summary: 'The agreement in another form, with what that form cannot express',
        tags,
        params: Id,
        querystring: ExportQuery,
      },
    },
    async (request) => {
      const { verified, next } = await findAgreement(
        registry.db,
        request.params.id,
        registry.clock().toISOString(),
      );
      const { agreement } = verified;
      const { format, language = 'en' } = request.query;
      switch (format) {
        case 'signed':
          return { format, document: JSON.parse(encodeSignedAgreement(next ?? verified)), notExpressed: [] };
        case 'iep':
          return { format, ...exportIep(agreement) };
        case 'odrl':
          return { format, ...exportOdrl(agreement) };
        case 'stix':
          return { format, ...exportStixMarkings(agreement) };
        default:
          return { format, ...exportHtml(agreement, language as 'en', await verifyAgreement(verified)) };
      }
    },
  );

  app.get<{ Params: { peer: string; object: string } }>(
    '/verdicts/:peer/objects/:object',
    {
      config: { access: AGREEMENT_READERS },
      schema: {
        summary: 'Why one object may cross to a peer or not, and what would have to be different',
        tags,
        params: Type.Object({
          peer: Type.String({ maxLength: 200 }),
          object: Type.String({ maxLength: 300 }),
        }),
      },
    },
    async (request) =>
      explainRelease(registry, await requirePeer(registry.db, request.params.peer), request.params.object),
  );

  app.get(
    '/permissions',
    {
      config: { access: AGREEMENT_READERS },
      schema: { summary: 'What was asked of contributors, and what they ask of this organisation', tags },
    },
    async () => ({ permissions: await listPermissions(registry) }),
  );

  const AskBody = Type.Object(
    {
      object: Text(300),
      act: oneOf(['evidence-use', 'export', 'look-up', 'onward']),
      purpose: oneOf(PURPOSES),
      reason: Text(2_000),
      to: Type.Optional(Text(200)),
    },
    closed,
  );
  app.post<{ Body: Type.Static<typeof AskBody> }>(
    '/permissions',
    {
      config: { access: ['administrator', 'liaison', 'analyst', 'investigator'] },
      schema: { summary: 'Ask a contributor for a use that its agreement leaves to it', tags, body: AskBody },
    },
    async (request, reply) => {
      const { object, act, purpose, reason, to } = request.body;
      if ((act === 'onward') !== (to !== undefined))
        throw new EntenteError('usage', 'onward needs "to", and nothing else has it');
      const asked = await askForObject(registry, object, {
        act: act as 'export',
        purpose: purpose as 'investigation',
        reason,
        ...(to === undefined ? {} : { onwardTo: await requirePeer(registry.db, to) }),
      });
      await pushMessages(registry);
      return reply.code(201).send(asked);
    },
  );

  const AnswerBody = Type.Object(
    {
      verdict: oneOf(['allow', 'deny']),
      validUntil: Type.Optional(Type.Union([Type.String({ maxLength: 48 }), Type.Null()])),
      words: Text(2_000),
    },
    closed,
  );
  app.post<{ Params: { id: string }; Body: Type.Static<typeof AnswerBody> }>(
    '/permissions/:id/answer',
    {
      config: { access: WRITERS },
      schema: {
        summary: 'Answer what an agreement leaves to this organisation',
        tags,
        params: Id,
        body: AnswerBody,
      },
    },
    async (request) => {
      const { verdict, validUntil = null, words } = request.body;
      const answered = await answerPermission(
        registry,
        request.params.id,
        { verdict: verdict as 'allow' | 'deny', validUntil, words },
        queuePermission(registry),
      );
      await pushMessages(registry);
      return answered;
    },
  );

  app.get<{ Querystring: Type.Static<typeof DaysQuery> }>(
    '/retention',
    {
      config: { access: AGREEMENT_READERS },
      schema: {
        summary: 'What has to be reviewed or erased, and what was erased here and at peers',
        tags,
        querystring: DaysQuery,
      },
    },
    async (request) => ({
      due: await listDue(registry, request.query.days ?? 30),
      erasures: await listErasures(registry),
    }),
  );

  app.post(
    '/retention/reviews',
    {
      config: { access: PROTECTION },
      schema: { summary: 'Note that what is due for a review is still needed', tags },
    },
    async (request) => {
      const due = (await listDue(registry)).filter(({ what }) => what === 'review');
      for (const one of due) await recordReview(registry, one, personOf(request).name);
      return { reviewed: due.length };
    },
  );

  app.post(
    '/retention/erasures',
    {
      config: { access: PROTECTION },
      schema: { summary: 'Erase what may not be kept any longer, and tell its contributors', tags },
    },
    async () => {
      const now = registry.clock().toISOString();
      const erasures = [];
      for (const due of await listDue(registry))
        if (due.what === 'erase' && due.dueAt <= now)
          erasures.push(
            ...(await eraseDue(registry, due, (tx, peer, body) =>
              queueMessage(tx, registry, peer, 'erasure', body),
            )),
          );
      await pushMessages(registry);
      return { objects: erasures.reduce((sum, { objects }) => sum + objects, 0), erasures };
    },
  );
}
