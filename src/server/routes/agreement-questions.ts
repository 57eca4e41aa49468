/** What agreements say: their state, what they decide and why, what a change would do, and other forms of them. */
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { exportHtml, exportIep, exportOdrl, exportStixMarkings } from '../../agreement/exports/index.ts';
import {
  ACTS,
  type Agreement,
  assertFullySigned,
  clauseIssues,
  diffAgreements,
  dutiesAtEnd,
  END_GROUNDS,
  encodeSignedAgreement,
  LANGUAGES,
  type Language,
  type Notice,
  PURPOSES,
  parseSignedAgreement,
  quotaPeriod,
  verifyAgreement,
  warningsAhead,
} from '../../agreement/index.ts';
import { EntenteError } from '../../base/index.ts';
import { countUse } from '../../desk/index.ts';
import { simulateHeld } from '../../exchange/index.ts';
import { decideObject, explainRelease } from '../../intel/index.ts';
import {
  agreementVersions,
  allAgreements,
  findAgreement,
  type Registry,
  requirePeer,
  statesAt,
} from '../../registry/index.ts';
import {
  ClauseSchema,
  closed,
  DaysQuery,
  Document,
  Id,
  oneOf,
  SignedBody,
  Text,
  tags,
} from './agreement-schemas.ts';
import { AGREEMENT_READERS } from './agreements.ts';

export async function agreementQuestionRoutes(
  app: FastifyInstance,
  { registry }: { registry: Registry },
): Promise<void> {
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

  const Version = Type.Optional(Type.Integer({ minimum: 1 }));
  app.get<{ Params: { id: string }; Querystring: { from?: number; to?: number; language?: Language } }>(
    '/agreements/:id/diff',
    {
      config: { access: AGREEMENT_READERS },
      schema: {
        summary: 'What one version widens and narrows against another, in words',
        description:
          'Without `from` and `to`: the version that waits for signatures against the one in force.',
        tags,
        params: Id,
        querystring: Type.Object(
          { from: Version, to: Version, language: Type.Optional(oneOf(LANGUAGES)) },
          closed,
        ),
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
      const { from, to, language } = request.query;
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
            ? diffAgreements(version(from), version(to), language)
            : next
              ? diffAgreements(verified.agreement, next.agreement, language)
              : [],
        waits: next !== null,
        versions: numbers,
      };
    },
  );

  const VerdictSchema = Type.Object({
    verdict: Type.String(),
    clauses: Type.Array(ClauseSchema),
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
}
