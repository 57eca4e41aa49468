/** The free service: who gets in, what is answered, and what bounds it. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  blockAgency,
  CLOSED,
  listAgencies,
  ownVoucher,
  setFreeTerms,
  takePendingMail,
} from '../../src/desk/index.ts';
import { addWarninglist } from '../../src/intel/index.ts';
import { buildApp } from '../../src/server/index.ts';
import { entente } from '../cli/entente.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { importOwn, indicator, malware, relationship, startTestNode } from '../two-nodes.ts';

const LANGUAGES = ['ar', 'en', 'fr', 'es'] as const;

async function service(context: TestContext, terms: object = {}) {
  const time = { now: new Date('2026-12-01T08:00:00Z') };
  const node = await startTestNode(context, 'Northlight Security', time);
  const { registry } = node;
  const app = await buildApp(registry);
  context.after(() => app.close());
  await setFreeTerms(registry, { ...CLOSED, open: true, mailDomains: ['police.example'], ...terms });
  const post = async (path: string, payload: object, token?: string, query = '') => {
    const response = await app.inject({
      method: 'POST',
      url: `/api/v1/free/${path}${query}`,
      payload,
      ...(token ? { headers: { authorization: `Bearer ${token}` } } : {}),
    });
    return {
      status: response.statusCode,
      body: response.json() as Record<string, never> & {
        token: string;
        voucher: string;
        answers: Answer[];
        clauses?: { path: string }[];
      },
    };
  };
  const join = async (name = 'Police of A') =>
    (await post('registrations', { name, voucher: await ownVoucher(registry) })).body.token;
  return { time, node, registry, app, post, join };
}

interface Answer {
  label: string;
  says: string;
  isNot: string;
  why: { name: string; contributor: string }[];
  innocentLists: string[];
  related: { title: string }[];
  validUntil: string;
}

test('an answer says what, why, what it is not, what is related and how long it holds, and shows no more than it may', async (context) => {
  const { node, registry, post, join } = await service(context);
  await importOwn(node, [
    indicator(1, { more: { valid_until: '2026-12-01T20:00:00Z', confidence: 80 } }),
    malware(2),
    relationship(3, indicator(1).id, malware(2).id),
    malware(7),
    relationship(8, indicator(1).id, malware(7).id, { tlp: 'red' }),
    indicator(4, { tlp: 'red' }),
    indicator(5, { more: { valid_until: '2026-11-15T00:00:00Z' } }),
  ]);
  await addWarninglist(
    registry,
    JSON.stringify({
      name: 'resolvers',
      version: 1,
      type: 'string',
      list: ['resolver.example'],
      description: 'x',
      matching_attributes: ['domain'],
    }),
    'list',
  );
  const token = await join();
  const values = [
    'hxxps://host-1[.]example',
    'host-1[.]example',
    'host-4.example',
    'host-5.example',
    'resolver.example',
    'nobody.example',
  ];
  const { status, body } = await post('look-ups', { values: values.slice(1) }, token);
  assert.equal(status, 200, JSON.stringify(body));
  assert.deepEqual(
    body.answers.map(({ label }) => label),
    ['malicious', 'never-seen', 'was-malicious', 'seen-and-clean', 'never-seen'],
  );
  const [first, red, , clean, unknown] = body.answers as [Answer, Answer, Answer, Answer, Answer];
  assert.equal(first.why[0]!.contributor, 'Northlight Security');
  assert.deepEqual(
    first.related.map(({ title }) => title),
    ['Malware 2'],
    'a tie that may not be shown shows nothing',
  );
  assert.equal(first.validUntil, '2026-12-01T20:00:00.000Z'.replace('.000', ''));
  assert.deepEqual(clean.innocentLists, ['resolvers']);
  const { asked: _, ...said } = unknown as Answer & { asked: string };
  const { asked: __, ...saidRed } = red as Answer & { asked: string };
  assert.deepEqual(saidRed, said, 'what may not be shown is answered like what was never seen');
  assert.match(unknown.isNot, /Not "clean"/);
  for (const language of LANGUAGES) {
    const { body: inLanguage } = await post(
      'look-ups',
      { values: ['nobody.example'] },
      token,
      `?lang=${language}`,
    );
    assert.equal(inLanguage.answers[0]!.says === unknown.says, language === 'en');
  }
});

test('what is not yet in force, or was revoked by its contributor, is never called clean', async (context) => {
  const { time, node, post, join } = await service(context);
  await importOwn(node, [
    indicator(1, { more: { valid_from: '2026-12-01T12:00:00Z' } }),
    indicator(2, { more: { revoked: true } }),
    indicator(3, { more: { valid_from: '2027-02-01T00:00:00Z' } }),
  ]);
  const token = await join();
  const ask = async () =>
    (await post('look-ups', { values: ['host-1.example', 'host-2.example', 'host-3.example'] }, token)).body
      .answers;
  const answers = await ask();
  assert.deepEqual(
    answers.map(({ label }) => label),
    ['not-yet-valid', 'never-seen', 'not-yet-valid'],
  );
  assert.match(answers[0]!.validUntil, /^2026-12-01T12:00:00/, 'ask again when it begins');
  assert.match(answers[2]!.validUntil, /^2026-12-02T08:00/);
  time.now = new Date('2026-12-01T13:00:00Z');
  assert.equal((await ask())[0]!.label, 'malicious');
});

test('a file of values is looked up by a form without scripts, and by command, within the same limits', async (context) => {
  const { node, registry, app, join: enter } = await service(context, { perDay: 9, missesPerDay: 9 });
  await importOwn(node, [indicator(1), indicator(2)]);
  const token = await enter();
  const submit = async (fields: Record<string, string | Blob>, lang = 'en') => {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    const request = new Response(form);
    return app.inject({
      method: 'POST',
      url: `/free?lang=${lang}`,
      headers: { 'content-type': request.headers.get('content-type')! },
      payload: Buffer.from(await request.arrayBuffer()),
    });
  };
  const file = new Blob(['\ufeff# seen on the disk\r\nhost-1[.]example\r\n\r\nnobody.example\n']);
  const done = await submit({ token, file, values: 'host-2[.]example' }, 'ar');
  assert.equal(done.statusCode, 200, done.body);
  assert.match(done.body, /<html lang="ar" dir="rtl">/);
  assert.doesNotMatch(done.body, /<script/);
  assert.match(String(done.headers['content-security-policy']), /default-src 'none'/);
  const csv = Buffer.from(/base64,([^"]+)"/.exec(done.body)![1]!, 'base64').toString();
  assert.deepEqual(
    csv
      .trimEnd()
      .split('\r\n')
      .map((line) => line.split(',').slice(0, 2)),
    [
      ['value', 'label'],
      ['host-1[.]example', 'malicious'],
      ['nobody.example', 'never-seen'],
      ['host-2[.]example', 'malicious'],
    ],
  );
  assert.ok(!done.body.includes(token), 'the token is not in the answer');
  assert.equal((await submit({ token: 'guess', values: 'nobody.example' })).statusCode, 401);
  assert.match((await submit({ token, values: 'not a value' })).body, /is no hash, address, domain or URL/);
  assert.match((await submit({ token, values: '<script>' })).body, /is no hash/);
  await app.listen({ port: 0, host: '127.0.0.1' });
  const folder = temporaryFolder(context);
  const [values, secret] = [join(folder, 'values.txt'), join(folder, 'token')];
  writeFileSync(values, 'host-1.example\n# a comment\nnobody.example\n');
  writeFileSync(secret, `${token}\n`);
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  const ask = () => entente(['free', 'look-up', values, '--url', url, '--token-file', secret]);
  const ran = await ask();
  assert.equal(ran.exit, 0, ran.stderr);
  assert.deepEqual(
    ran.stdout
      .trimEnd()
      .split('\n')
      .filter((line) => !line.startsWith(' '))
      .map((line) => line.split(/ {2,}/).slice(0, 2)),
    [
      ['malicious', 'host-1.example'],
      ['never-seen', 'nobody.example'],
    ],
  );
  assert.match(
    ran.stdout,
    /Indicator 1, Northlight Security, since 2026-11-01[\s\S]*Secure the evidence[\s\S]*valid until/,
  );
  let last = ran;
  for (let i = 0; i < 4 && last.exit === 0; i++) last = await ask();
  assert.equal(last.exit, 2);
  assert.match(last.stderr, /free\.perDay|free\.misses|values a day/);
  assert.equal(registry.name, 'Northlight Security');
});

test('what was asked is counted and not kept, unless the agency wants it', async (context) => {
  const { registry, post, join } = await service(context);
  await post('look-ups', { values: ['secret-question.example'] }, await join());
  const tables = await registry.db.all<{ name: string }>(
    "SELECT name FROM sqlite_master WHERE type = 'table'",
  );
  for (const { name } of tables)
    assert.doesNotMatch(
      JSON.stringify(await registry.db.all(`SELECT * FROM ${name}`)),
      /secret-question/,
      name,
    );
  assert.equal((await registry.db.get<{ used: number }>('SELECT used FROM free_use'))!.used, 1);
  const { body } = await post('registrations', {
    name: 'Keeper',
    voucher: await ownVoucher(registry),
    keepQuestions: true,
  });
  await post('look-ups', { values: ['kept.example'] }, body.token);
  assert.deepEqual(
    (await registry.db.all<{ asked: string }>('SELECT asked FROM free_kept')).map(({ asked }) => asked),
    ['kept.example'],
  );
});

test('enumeration is bounded: unknown values, all values, calls a minute, each with its clause', async (context) => {
  const { time, node, post, join } = await service(context, { perDay: 12, missesPerDay: 5 });
  await importOwn(node, [indicator(1)]);
  const token = await join();
  const ask = (values: string[]) => post('look-ups', { values }, token);
  const clause = ({ status, body }: Awaited<ReturnType<typeof ask>>) => [status, body.clauses?.[0]?.path];
  assert.equal((await ask(['a.example', 'b.example', 'c.example'])).status, 200);
  assert.deepEqual(clause(await ask(['d.example', 'e.example', 'f.example'])), [429, 'free.missesPerDay']);
  for (let n = 0; n < 6; n++)
    assert.equal((await ask(['host-1.example'])).status, 200, 'known ones cost no misses');
  assert.equal((await ask(['not a value !'])).status, 400);
  assert.deepEqual(clause(await ask(Array(4).fill('host-1.example'))), [429, 'free.perDay']);
  time.now = new Date('2026-12-02T08:00:00Z');
  assert.equal((await ask(['host-1.example'])).status, 200, 'the next day');
  for (let n = 0; n < 59; n++) await ask(['!']);
  assert.equal((await ask(Array(501).fill('x.example'))).status, 400, 'more than a file may have');
  let last = await ask(['host-1.example']);
  for (let n = 0; n < 60 && last.status !== 429; n++) last = await ask(['host-1.example']);
  assert.equal(last.status, 429);
  time.now = new Date('2026-12-03T08:00:00Z');
  const results = await Promise.all(Array.from({ length: 8 }, (_, i) => ask([`p${i}.example`])));
  assert.equal(results.filter(({ status }) => status === 200).length, 5, 'asking in parallel gains nothing');
});

test('an agency gets in by a voucher that works once, or by mail in a trusted domain', async (context) => {
  const { registry, post, join, time } = await service(context, { vouchersPerMonth: 1 });
  const voucher = await ownVoucher(registry);
  const first = await post('registrations', { name: 'Police of A', voucher });
  assert.equal(first.status, 201);
  assert.equal((await post('registrations', { name: 'Again', voucher })).status, 403, 'a voucher used twice');
  const { body: vouched } = await post('vouchers', {}, first.body.token);
  assert.equal(
    (await post('vouchers', {}, first.body.token)).body.clauses?.[0]?.path,
    'free.vouchersPerMonth',
  );
  assert.equal(
    (await post('look-ups', { values: ['a.example'] }, vouched.voucher)).status,
    401,
    'a voucher is no token',
  );
  const a = (await listAgencies(registry.db)).find(({ name }) => name === 'Police of A')!;
  await blockAgency(registry, a.id);
  assert.equal(
    (await post('look-ups', { values: ['a.example'] }, first.body.token)).body.clauses?.[0]?.path,
    'free.agencies',
  );
  assert.equal(
    (await post('registrations', { name: 'B', voucher: vouched.voucher })).status,
    403,
    'whoever vouched was blocked',
  );

  time.now = new Date('2026-12-01T08:02:00Z');
  assert.equal(
    (await post('registrations', { name: 'M', mail: 'x@evil.example' })).body.clauses?.[0]?.path,
    'free.mailDomains',
  );
  assert.equal((await post('registrations', { name: 'M', mail: 'desk@police.example' })).status, 202);
  const [mail] = await takePendingMail(registry);
  assert.equal(mail!.to, 'desk@police.example');
  assert.deepEqual(await takePendingMail(registry), [], 'given out once');
  assert.doesNotMatch(
    JSON.stringify(await registry.db.all('SELECT * FROM free_agency')),
    /desk@/,
    'the address is forgotten',
  );
  const confirmed = await post('confirmations', { code: mail!.code });
  assert.equal(confirmed.status, 201);
  assert.equal((await post('confirmations', { code: mail!.code })).status, 403, 'a code used twice');
  time.now = new Date('2026-12-01T08:04:00Z');
  assert.equal((await post('look-ups', { values: ['a.example'] }, confirmed.body.token)).status, 200);
  const old = await ownVoucher(registry);
  time.now = new Date('2026-12-20T08:04:00Z');
  assert.equal(
    (await post('registrations', { name: 'Late', voucher: old })).status,
    403,
    'void after a week',
  );
  assert.ok(await join('Late'));
  for (let n = 0; n < 6; n++) await post('registrations', { name: 'x', voucher: 'guess' });
  assert.equal(
    (await post('registrations', { name: 'x', voucher: 'guess' })).status,
    429,
    'guessing is slowed',
  );
});

test('an agency registers by the form of the page, by voucher or by mail, and gets its token once', async (context) => {
  const { registry, app, time } = await service(context);
  const submit = (fields: Readonly<Record<string, string>>) => {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    const body = new Response(form);
    return body.arrayBuffer().then((bytes) =>
      app.inject({
        method: 'POST',
        url: '/free/registrations?lang=en',
        headers: { 'content-type': body.headers.get('content-type')! },
        payload: Buffer.from(bytes),
      }),
    );
  };
  const voucher = await ownVoucher(registry);
  const joined = await submit({ name: 'Police <b>of</b> A', voucher, mail: '', code: '' });
  const token = /<pre[^>]*>([\w-]{43})<\/pre>/.exec(joined.body)?.[1];
  assert.ok(token, joined.body);
  assert.equal(joined.headers['cache-control'], 'no-store');
  assert.equal((await submit({ name: 'Again', voucher })).statusCode, 403, 'a voucher works once');
  assert.match((await submit({ name: 'B', mail: 'x@police.example' })).body, /A code comes by mail/);
  const [mail] = await takePendingMail(registry);
  assert.match((await submit({ code: mail!.code })).body, /<pre[^>]*>[\w-]{43}<\/pre>/);
  time.now = new Date(time.now.getTime() + 60_000);
  assert.equal(
    (await submit({ name: 'C', mail: 'x@elsewhere.example' })).json().clauses[0].path,
    'free.mailDomains',
  );
  assert.equal((await submit({ name: 'D', voucher, code: 'x' })).statusCode, 400);
});

test('the page is in four languages, without scripts, and says when the service is closed', async (context) => {
  const { registry, node, time, app, post } = await service(context);
  for (const language of LANGUAGES) {
    const { body, headers } = await app.inject({ url: `/free?lang=${language}` });
    assert.match(body, new RegExp(`<html lang="${language}" dir="${language === 'ar' ? 'rtl' : 'ltr'}">`));
    assert.doesNotMatch(body, /<script/);
    assert.match(String(headers['content-security-policy']), /default-src 'none'/);
    assert.match(body, /police\.example/);
  }
  assert.match(
    (await app.inject({ url: '/free', headers: { 'accept-language': 'fr-CA,fr;q=0.9' } })).body,
    /lang="fr"/,
  );
  await importOwn(node, [indicator(1, { tlp: 'clear' }), indicator(2), indicator(3, { tlp: 'amber' })]);
  time.now = new Date(time.now.getTime() + 120_000);
  await setFreeTerms(registry, { ...CLOSED, open: true, offers: ['experts'] });
  const { body: page } = await app.inject({ url: '/free?lang=en' });
  assert.match(page, /host-1\.example<\/span><\/th><td><span class="mono">malicious/, 'answered now');
  assert.match(page, /nobody\.example<\/span><\/th><td><span class="mono">never-seen/);
  assert.doesNotMatch(page, /host-[23]\.example/, 'nothing but what is TLP:CLEAR is public');
  assert.match(page, /An expert works in your case from a seat/);
  assert.doesNotMatch(page, /Exercises on synthetic evidence/, 'only what is offered');
  await setFreeTerms(registry, CLOSED);
  assert.match((await app.inject({ url: '/free' })).body, /has not opened the service/);
  assert.equal(
    (await post('registrations', { name: 'x', mail: 'a@police.example' })).body.clauses?.[0]?.path,
    'free.open',
  );
});
