/** The free service for law enforcement: a public page, registration, and look-ups for agencies that are in. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { LANGUAGES, type Language } from '../../agreement/index.ts';
import { EntenteError } from '../../base/index.ts';
import {
  type Agency,
  admitAgency,
  charge,
  confirmMail,
  freeTerms,
  registerByMail,
  registerWithVoucher,
  vouch,
} from '../../desk/index.ts';
import {
  FREE_LABELS,
  type FreeAnswer,
  liveExamples,
  lookUpForFree,
  readingsFor,
} from '../../exchange/index.ts';
import type { Registry } from '../../registry/index.ts';
import { agencyOf } from '../access.ts';
import { FREE_WORDS, freeJoinedPage, freePage, freeResultPage } from '../pages/free-page.ts';

/** Values of one call: a file of this many is answered within seconds. */
const BULK_MAX = 500;
/** Calls of one agency, and registrations from one address, within a minute. */
const CALLS_PER_MINUTE = 60;
const REGISTRATIONS_PER_MINUTE = 5;
/** Callers remembered; when there are more, the oldest window is forgotten first. */
const CALLERS_MAX = 10_000;

/** Anybody may open the page; its examples are looked up anew after this. */
const EXAMPLES_MS = 60_000;

/** Of a form: values of a usual length, and its other fields. */
const FILE_BYTES_MAX = 256 * 1024;
const PAGE_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

class Rate {
  readonly #windows = new Map<string, { minute: number; calls: number }>();
  readonly #max: number;
  constructor(max: number) {
    this.#max = max;
  }
  /** @throws EntenteError `quota-used` citing `free.rate` */
  take(caller: string, now: Date): void {
    const minute = Math.floor(now.getTime() / 60_000);
    const known = this.#windows.get(caller);
    const calls = known?.minute === minute ? known.calls + 1 : 1;
    this.#windows.delete(caller);
    this.#windows.set(caller, { minute, calls });
    if (this.#windows.size > CALLERS_MAX) this.#windows.delete(this.#windows.keys().next().value!);
    if (calls <= this.#max) return;
    const words = `up to ${this.#max} calls a minute`;
    throw new EntenteError('quota-used', `free.rate: ${words}`, {
      clauses: [{ path: 'free.rate', effect: 'deny', words }],
    });
  }
}

const text = (maxLength: number) => Type.String({ minLength: 1, maxLength });
const Lang = Type.Optional(Type.Union(LANGUAGES.map((one) => Type.Literal(one))));
const AnswerSchema = Type.Object({
  asked: Type.String(),
  label: Type.Union(FREE_LABELS.map((one) => Type.Literal(one))),
  says: Type.String({ description: 'the label in the language asked for' }),
  isNot: Type.String({ description: 'what the label does not mean' }),
  next: Type.Array(Type.String(), { description: 'what to do next' }),
  why: Type.Array(
    Type.Object({
      object: Type.String(),
      name: Type.String(),
      contributor: Type.String(),
      since: Type.String(),
      validUntil: Type.Union([Type.String(), Type.Null()]),
      confidence: Type.Union([Type.Number(), Type.Null()]),
      state: Type.String(),
    }),
  ),
  innocentLists: Type.Array(Type.String()),
  related: Type.Array(Type.Object({ id: Type.String(), type: Type.String(), title: Type.String() })),
  validUntil: Type.String(),
});

const QuotaSchema = Type.Object({
  path: Type.String({ description: 'what sets it: a term of the service, or the clause of the agreement' }),
  left: Type.Integer(),
  until: Type.String({ description: 'when it begins anew' }),
});

export async function freeRoutes(app: FastifyInstance, { registry }: { registry: Registry }): Promise<void> {
  const tags = ['free service'];
  const calls = new Rate(CALLS_PER_MINUTE);
  const registrations = new Rate(REGISTRATIONS_PER_MINUTE);
  let shown: { readonly atMs: number; readonly answers: Pick<FreeAnswer, 'asked' | 'label'>[] } | null = null;
  const examples = async () => {
    const nowMs = registry.clock().getTime();
    if (!shown || nowMs - shown.atMs > EXAMPLES_MS || nowMs < shown.atMs)
      shown = { atMs: nowMs, answers: await liveExamples(registry) };
    return shown.answers;
  };
  const registering = (request: FastifyRequest) => registrations.take(request.ip, registry.clock());

  app.get<{ Querystring: { lang?: Language } }>(
    '/free',
    {
      config: { access: 'anyone' },
      schema: {
        summary: 'What this organisation offers to law enforcement',
        tags,
        querystring: Type.Object({ lang: Lang }),
      },
    },
    async (request, reply) => {
      const { lang } = request.query;
      const terms = await freeTerms(registry.db);
      const page = freePage(
        registry.name,
        terms,
        terms.open ? await examples() : [],
        lang ?? preferred(request.headers['accept-language']),
      );
      return reply.type('text/html; charset=utf-8').header('content-security-policy', PAGE_POLICY).send(page);
    },
  );

  const keepQuestions = Type.Optional(
    Type.Boolean({ description: 'keep what is asked, for the agency itself; not kept otherwise' }),
  );

  app.post<{ Body: { name: string; voucher?: string; mail?: string; keepQuestions?: boolean } }>(
    '/api/v1/free/registrations',
    {
      config: { access: 'anyone' },
      schema: {
        summary:
          'Register an agency: with a voucher of one already in, or by a mail address in a trusted domain',
        tags,
        body: Type.Object({
          name: text(120),
          voucher: Type.Optional(text(100)),
          mail: Type.Optional(text(320)),
          keepQuestions,
        }),
      },
    },
    async (request, reply) => {
      registering(request);
      const { name, voucher, mail, keepQuestions = false } = request.body;
      if ((voucher === undefined) === (mail === undefined))
        throw new EntenteError('usage', 'give a voucher or a mail address');
      if (voucher !== undefined)
        return reply
          .code(201)
          .send({ token: await registerWithVoucher(registry, voucher, name, keepQuestions) });
      await registerByMail(registry, mail!, name, keepQuestions);
      return reply.code(202).send({ next: 'a code comes by mail' });
    },
  );

  app.post<{ Body: { code: string } }>(
    '/api/v1/free/confirmations',
    {
      config: { access: 'anyone' },
      schema: {
        summary: 'The code that came by mail, for the token',
        tags,
        body: Type.Object({ code: text(100) }),
      },
    },
    async (request, reply) => {
      registering(request);
      return reply.code(201).send({ token: await confirmMail(registry, request.body.code) });
    },
  );

  app.post(
    '/api/v1/free/vouchers',
    {
      config: { access: 'agency' },
      schema: { summary: 'Vouch for another agency: a code that works once', tags },
    },
    async (request, reply) => reply.code(201).send({ voucher: await vouch(registry, agencyOf(request)) }),
  );

  app.post<{ Body: { values: string[] }; Querystring: { lang?: Language } }>(
    '/api/v1/free/look-ups',
    {
      config: { access: 'agency' },
      schema: {
        summary: 'Look up hashes, addresses, domains and URLs; what was asked is counted and not kept',
        tags,
        querystring: Type.Object({ lang: Lang }),
        body: Type.Object({ values: Type.Array(text(2_048), { minItems: 1, maxItems: BULK_MAX }) }),
        response: { 200: Type.Object({ answers: Type.Array(AnswerSchema), quota: QuotaSchema }) },
      },
    },
    async (request) => lookUp(agencyOf(request), request.body.values, request.query.lang ?? 'en'),
  );

  async function lookUp(agency: Agency, values: readonly string[], language: Language) {
    calls.take(agency.id, registry.clock());
    for (const value of values) readingsFor(value); // a file with a fault costs nothing
    const { settle, ...quota } = await charge(registry, agency, values.length);
    const answers = await lookUpForFree(registry, values);
    await settle(answers.filter(({ label }) => label !== 'never-seen').length, values);
    const words = FREE_WORDS[language].labels;
    return { answers: answers.map((one) => ({ ...one, ...words[one.label] })), quota };
  }

  // A file of values from a form, for people without a program: the platform reads multipart, within the bound of the body.
  await app.register(async (forms) => {
    forms.addContentTypeParser(
      'multipart/form-data',
      { parseAs: 'buffer', bodyLimit: FILE_BYTES_MAX },
      (_request, body, done) => done(null, body),
    );
    forms.post<{ Querystring: { lang?: Language }; Body: Buffer }>(
      '/free/registrations',
      {
        config: { access: 'anyone' },
        schema: {
          summary:
            'Register an agency by a form: with a voucher, a mail address, or the code that came by mail',
          tags,
          querystring: Type.Object({ lang: Lang }),
        },
      },
      async (request, reply) => {
        registering(request);
        const form = await readForm(request);
        const field = (name: string) => {
          const value = form.get(name);
          return typeof value === 'string' ? value.trim() : '';
        };
        const [name, voucher, mail, code] = [field('name'), field('voucher'), field('mail'), field('code')];
        if ([voucher, mail, code].filter((one) => one !== '').length !== 1)
          throw new EntenteError(
            'usage',
            'give a voucher, a mail address or the code that came by mail: one of them',
          );
        const keep = field('keep') === 'yes';
        let token: string | null = null;
        if (code !== '') token = await confirmMail(registry, code);
        else if (voucher !== '') token = await registerWithVoucher(registry, voucher, name, keep);
        else await registerByMail(registry, mail, name, keep);
        return reply
          .type('text/html; charset=utf-8')
          .header('content-security-policy', PAGE_POLICY)
          .header('cache-control', 'no-store')
          .send(freeJoinedPage(registry.name, token, request.query.lang ?? 'en'));
      },
    );
    forms.post<{ Querystring: { lang?: Language }; Body: Buffer }>(
      '/free',
      {
        config: { access: 'anyone' },
        schema: {
          summary: 'Look up a file of values, one a line, with the token of an agency in the form',
          tags,
          querystring: Type.Object({ lang: Lang }),
        },
      },
      async (request, reply) => {
        const language = request.query.lang ?? 'en';
        const form = await readForm(request);
        const token = form.get('token');
        // Guessing tokens is bounded as registering is.
        registering(request);
        const agency = await admitAgency(registry, typeof token === 'string' ? token.trim() : undefined);
        const values = await valuesOf(form);
        const { answers, quota } = await lookUp(agency, values, language);
        return reply
          .type('text/html; charset=utf-8')
          .header('content-security-policy', PAGE_POLICY)
          .send(freeResultPage(registry.name, answers, quota, language));
      },
    );
  });
}

/** @throws EntenteError `usage` */
async function readForm(request: FastifyRequest<{ Body: Buffer }>): Promise<FormData> {
  const headers = { 'content-type': request.headers['content-type'] ?? '' };
  return new Response(new Uint8Array(request.body), { headers }).formData().catch((cause) => {
    throw new EntenteError('usage', 'the form cannot be read', { cause });
  });
}

/** From the file, or typed; empty lines and comments aside. @throws EntenteError `usage`, `input-limit` */
async function valuesOf(form: FormData): Promise<string[]> {
  const parts = await Promise.all(
    ['file', 'values'].map(async (name) => {
      const part = form.get(name);
      return typeof part === 'string' ? part : ((await part?.text()) ?? '');
    }),
  );
  const lines = parts
    .join('\n')
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .map((line) => line.trim());
  const values = lines.filter((line) => line !== '' && !line.startsWith('#'));
  if (values.length === 0) throw new EntenteError('usage', 'the file has no values; write one a line');
  if (values.length > BULK_MAX)
    throw new EntenteError(
      'input-limit',
      `${values.length} values, and up to ${BULK_MAX} are looked up at once`,
    );
  return values;
}

/** The first language of the browser that there is; English otherwise. */
function preferred(header: string | undefined): Language {
  const asked = (header ?? '')
    .slice(0, 200)
    .split(',')
    .map((one) => one.trim().slice(0, 2).toLowerCase());
  return LANGUAGES.find((one) => one === asked.find((tag) => LANGUAGES.includes(tag as Language))) ?? 'en';
}
