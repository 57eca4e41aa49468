/** How much an agency may look up: what its agreement gives, or what everybody has; and what is refused, with the clause or limit. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { quotaPeriod } from '../../src/agreement/index.ts';
import { CLOSED, countUse, listAgencies, ownVoucher, setFreeTerms } from '../../src/desk/index.ts';
import { findAgreement, verifyLedger } from '../../src/registry/index.ts';
import { buildApp, invite } from '../../src/server/index.ts';
import { redeem } from '../../src/server/sessions.ts';
import { giveNotice, importOwn, indicator, twoNodes } from '../two-nodes.ts';

const LOOK_UPS = `  - title: Look-ups for investigators
    kind: look-ups
    from: northlight
    to: [interlink]
    purposes: [investigation]
    quota: { amount: 10, unit: values, per: month }
    hours: always
    targets: []
`;

interface Answered {
  readonly status: number;
  readonly body: {
    readonly token: string;
    readonly voucher: string;
    readonly quota: { readonly path: string; readonly left: number; readonly until: string };
    readonly clauses?: readonly { readonly path: string }[];
    readonly detail?: string;
  };
}

async function opened(context: TestContext, services = LOOK_UPS) {
  const nodes = await twoNodes(context, { services });
  const { registry } = nodes.company;
  const app = await buildApp(registry);
  context.after(() => app.close());
  await setFreeTerms(registry, { ...CLOSED, open: true, perDay: 4, missesPerDay: 2 });
  await importOwn(nodes.company, [indicator(1)]);
  const post = async (path: string, payload: object, token?: string): Promise<Answered> => {
    const headers = token ? { authorization: `Bearer ${token}` } : {};
    const answer = await app.inject({ method: 'POST', url: `/api/v1/free/${path}`, payload, headers });
    return { status: answer.statusCode, body: answer.json() };
  };
  const join = async (name: string, under?: Parameters<typeof ownVoucher>[1]) =>
    (await post('registrations', { name, voucher: await ownVoucher(registry, under) })).body.token;
  const under = { peer: nodes.policeAtCompany.kid, purpose: 'investigation' } as const;
  const ask = (token: string, values: readonly string[]) => post('look-ups', { values }, token);
  return { nodes, registry, post, join, ask, under };
}

const refusal = ({ status, body }: Answered) => [status, body.clauses?.[0]?.path];
const unknown = (count: number, from = 0) => Array.from({ length: count }, (_, i) => `n${from + i}.example`);

test('an agency under an agreement has the quota and period of its clause, and every other the limits for everybody', async (context) => {
  const { nodes, registry, join, ask, under } = await opened(context);
  const partner = await join('Cyber unit', under);
  const first = await ask(partner, unknown(7));
  assert.equal(first.status, 200, first.body.detail);
  const { agreement } = (await findAgreement(registry.db, nodes.agreement, nodes.time.now.toISOString()))
    .verified;
  const at = agreement.services.findIndex(({ kind }) => kind === 'look-ups');
  const path = `services[${at}]`;
  const period = quotaPeriod(agreement, 'month', nodes.time.now.toISOString());
  assert.deepEqual(first.body.quota, { path: `${path}.quota`, left: 3, until: period.until });
  assert.deepEqual(
    refusal(await ask(partner, unknown(4, 7))),
    [429, `${path}.quota`],
    'each value of a file counts',
  );
  const second = await join('Another unit of the same peer', under);
  assert.equal(
    (await ask(second, unknown(2, 7))).body.quota.left,
    1,
    'agencies of one peer share the clause',
  );
  assert.deepEqual(refusal(await ask(second, unknown(2, 9))), [429, `${path}.quota`]);
  const anyone = await join('Police of B');
  assert.deepEqual(refusal(await ask(anyone, unknown(3))), [429, 'free.missesPerDay']);
  assert.equal((await ask(anyone, ['host-1.example'])).body.quota.path, 'free.perDay');
  // What the agreement's people see is what was counted.
  const service = agreement.services[at]!;
  assert.equal(await countUse(registry.db)({ agreement: agreement.id, path, service, period }), 9);
  // The next period of the clause begins, and with it the quota.
  nodes.time.now = new Date(period.until);
  assert.equal((await ask(partner, unknown(10))).body.quota.left, 0);
  const leaves = await registry.db.all<{ body: string }>(
    "SELECT body FROM ledger_leaf WHERE kind = 'access'",
  );
  assert.equal(leaves.filter(({ body }) => body.includes('free-look-ups')).length, 3);
  assert.equal((await verifyLedger(registry)).ok, true);
});

test('under a clause as well it is counted how much was asked, and not what', async (context) => {
  const { registry, join, ask, under } = await opened(context);
  await ask(await join('Cyber unit', under), ['secret-question.example']);
  const tables = await registry.db.all<{ name: string }>(
    "SELECT name FROM sqlite_master WHERE type = 'table'",
  );
  for (const { name } of tables)
    assert.doesNotMatch(
      JSON.stringify(await registry.db.all(`SELECT * FROM ${name}`)),
      /secret-question/,
      name,
    );
});

test('what the agreement does not give is refused with the clause: suspended, another purpose, no such service, ended', async (context) => {
  const { nodes, join, ask, under } = await opened(context);
  const partner = await join('Cyber unit', under);
  const trainer = await join('Academy', { ...under, purpose: 'training' });
  assert.match(String(refusal(await ask(trainer, unknown(1)))[1]), /^services\[\d+\]\.purposes$/);
  await giveNotice(nodes.police, nodes.agreement, 'suspend');
  assert.deepEqual(refusal(await ask(partner, unknown(1))), [403, 'notice.suspend']);
  nodes.time.now = new Date(nodes.time.now.getTime() + 1_000);
  await giveNotice(nodes.police, nodes.agreement, 'resume');
  assert.equal((await ask(partner, unknown(1))).status, 200);
  await giveNotice(nodes.police, nodes.agreement, 'terminate');
  nodes.time.now = new Date(nodes.time.now.getTime() + 400 * 86_400_000);
  assert.equal((await ask(partner, unknown(1))).status, 403);
  const without = await opened(context, '');
  const other = await without.join('Cyber unit', without.under);
  assert.deepEqual(refusal(await without.ask(other, unknown(1))), [403, 'services']);
});

test('asking in parallel gains nothing, and a used voucher or another’s token gets nobody in', async (context) => {
  const { registry, post, join, ask, under } = await opened(context);
  const partner = await join('Cyber unit', under);
  const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => ask(partner, unknown(2, 10 * i))));
  assert.equal(answers.filter(({ status }) => status === 200).length, 5);
  const voucher = await ownVoucher(registry, under);
  assert.equal((await post('registrations', { name: 'First', voucher })).status, 201);
  assert.equal((await post('registrations', { name: 'Replay', voucher })).status, 403);
  assert.equal((await ask(voucher, unknown(1))).status, 401, 'a voucher is no token');
  assert.equal((await ask(`${partner.slice(0, -1)}x`, unknown(1))).status, 401);
  // Whom an agency of a partner vouches for is no agency of the partner.
  const given = (await post('vouchers', {}, partner)).body.voucher;
  await post('registrations', { name: 'Vouched', voucher: given });
  assert.equal((await listAgencies(registry.db)).find(({ name }) => name === 'Vouched')!.under, null);
});

test('who answers for the service sets its terms, lets in, sees and blocks by the API, and nobody else', async (context) => {
  const { nodes, registry, post, ask } = await opened(context);
  const app = await buildApp(registry);
  context.after(() => app.close());
  const as = async (role: 'liaison' | 'investigator') => {
    const { invitation } = await invite(registry, { name: role, roles: [role] });
    const session = await redeem(registry, invitation, 'test');
    return async (method: 'GET' | 'PUT' | 'POST', url: string, payload?: object) => {
      const headers = { cookie: `entente_session=${session!.token}` };
      const answer = await app.inject({
        method,
        url: `/api/v1/free/${url}`,
        headers,
        ...(payload ? { payload } : {}),
      });
      return { status: answer.statusCode, body: answer.body === '' ? null : answer.json() };
    };
  };
  const liaison = await as('liaison');
  assert.equal((await (await as('investigator'))('GET', 'agencies')).status, 403);
  const { body: terms } = await liaison('GET', 'terms');
  const changed = await liaison('PUT', 'terms', { ...terms, perDay: 7, offers: ['training'] });
  assert.deepEqual(changed.body, { ...terms, perDay: 7, offers: ['training'] });
  const { body: given } = await liaison('POST', 'own-vouchers', { peer: 'Interlink Police Organisation' });
  const { token } = (await post('registrations', { name: 'Cyber unit', voucher: given.voucher })).body;
  const { body: listed } = await liaison('GET', 'agencies');
  const agency = listed.agencies.find(({ name }: { name: string }) => name === 'Cyber unit');
  assert.deepEqual(agency.under, { peer: nodes.policeAtCompany.kid, purpose: 'investigation' });
  assert.equal((await ask(token, unknown(1))).status, 200);
  assert.equal((await liaison('POST', `agencies/${agency.id}/blocking`)).status, 204);
  assert.deepEqual(refusal(await ask(token, unknown(1))), [403, 'free.agencies']);
});
