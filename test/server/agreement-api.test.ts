/** An agreement's whole life through the API, between two nodes. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { templatePlaceholders } from '../../src/agreement/index.ts';
import { pushMessages } from '../../src/exchange/index.ts';
import type { Role } from '../../src/server/index.ts';
import {
  importOwn,
  indicator,
  introduce,
  pull,
  startTestNode,
  type TestNode,
  twoNodes,
} from '../two-nodes.ts';
import { signIn } from './people.ts';

/** Calls that must succeed, or end with one of the statuses named. */
async function api(context: TestContext, node: TestNode, roles: readonly Role[]) {
  const person = await signIn(context, node.registry, roles);
  const checked = async (
    method: 'GET' | 'POST',
    path: string,
    body: unknown,
    statuses: readonly number[],
  ) => {
    const answer = await person.call(method, path, body);
    const expected = statuses.length > 0 ? statuses : [200];
    assert.ok(
      expected.includes(answer.status),
      `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`,
    );
    return answer.body;
  };
  return {
    get: (path: string) => checked('GET', path, undefined, []),
    post: (path: string, body: unknown, ...statuses: number[]) => checked('POST', path, body, statuses),
  };
}

const START = new Date('2026-12-01T08:00:00Z');

test('an agreement is drafted, checked, signed, read, simulated, amended and ended through the API', async (context) => {
  const time = { now: new Date(START) };
  const company = await startTestNode(context, 'Northlight Security', time);
  const police = await startTestNode(context, 'Interlink Police Organisation', time);
  await introduce(company, police);
  await introduce(police, company);
  const here = await api(context, company, ['administrator']);
  const there = await api(context, police, ['administrator']);

  const { templates } = await here.get('/agreement-templates');
  const template = templates.find(({ name }: { name: string }) => name === 'contribution');
  const checked = await here.post('/agreements/check', { text: template.text });
  assert.equal(checked.ok, false, 'a template has places to fill in');
  const body = {
    template: 'contribution',
    parties: { contributor: 'here', recipient: 'Interlink Police Organisation' },
  };
  const places = templatePlaceholders(template.text).filter((name) =>
    /-(?:name|title|email|authority)$/.test(name),
  );
  assert.match(
    JSON.stringify(await here.post('/agreements', body, 400, 422)),
    /signatory-name/,
    'it says what is missing',
  );
  const settings = Object.fromEntries(
    places.map((name) => [name, name.endsWith('email') ? 'a@example.org' : 'A. Name']),
  );
  await here.post('/agreements', { ...body, settings }, 201);
  const { agreements } = await here.get('/agreements');
  const { id } = agreements[0];
  time.now = new Date(time.now.getTime() + 1_000);
  await here.post(`/agreements/${id}/sign`, undefined);
  await pushMessages(company.registry);
  time.now = new Date(time.now.getTime() + 1_000);
  const signed = await there.post(`/agreements/${id}/sign`, undefined);
  assert.equal(signed.state, 'in-force', JSON.stringify(signed));

  const exported = await here.get(`/agreements/${id}/export?format=signed`);
  assert.equal((await here.post('/agreements/verify', { signed: exported.document })).ok, true);
  const decided = await here.post('/agreements/decide', {
    signed: exported.document,
    object: indicator(1),
    from: 'contributor',
    to: 'recipient',
    purpose: 'investigation',
  });
  assert.ok(['allow', 'deny', 'ask'].includes(decided.verdict) && decided.clauses.length > 0);
  for (const format of ['iep', 'odrl', 'stix', 'html']) {
    const { document, notExpressed } = await here.get(
      `/agreements/${id}/export?format=${format}&language=ar`,
    );
    assert.ok(document && Array.isArray(notExpressed), format);
  }
  const tampered = structuredClone(exported.document);
  tampered.agreement.title += '!';
  await here.post('/agreements/verify', { signed: tampered }, 400, 422);

  await importOwn(company, [indicator(1)]);
  const explained = await here.get(`/verdicts/${police.registry.identity.kid}/objects/${indicator(1).id}`);
  assert.equal(typeof explained.crosses, 'boolean');
  const simulated = await here.post(`/agreements/${id}/simulate`, { kind: 'end', ground: 'convenience' });
  assert.deepEqual(Object.keys(simulated.totals).sort(), ['object', 'peer', 'place']);
  const { status } = { status: await here.get('/agreements/status?days=3650') };
  assert.ok(status.agreements[0].ahead.some(({ path }: { path: string }) => path === 'term.until'));

  const { document } = await here.get(`/agreements/${id}`);
  const amended = await here.post(
    `/agreements/${id}/amend`,
    { changes: { title: `${document.title} (amended)` } },
    201,
  );
  assert.equal(amended.version, 2);
  const { changes, waits } = await here.get(`/agreements/${id}/diff`);
  assert.ok(waits && changes.length > 0);
  const back = await here.get(`/agreements/${id}/diff?from=2&to=1`);
  assert.deepEqual(back.versions, [1, 2]);
  assert.equal(back.changes.length, changes.length);
  const { services } = await here.get(`/agreements/${id}/services`);
  assert.equal(services.length, document.services.length);
  for (const one of services) assert.deepEqual([one.used, one.amount > 0], [0, true], one.path);

  const suspended = await there.post(`/agreements/${id}/notices`, { kind: 'suspend', reason: 'for a test' });
  assert.equal(suspended.state, 'suspended');
  assert.equal((await here.get('/agreements')).agreements[0].state, 'suspended');
});

test('permissions and retention are worked on through the API, by those whose work it is', async (context) => {
  const nodes = await twoNodes(context);
  await importOwn(nodes.company, [indicator(1)]);
  await pull(nodes);
  const analyst = await api(context, nodes.police, ['analyst']);
  const asked = await analyst.post(
    '/permissions',
    { object: indicator(1).id, act: 'evidence-use', purpose: 'investigation', reason: 'a case' },
    201,
  );
  const liaison = await api(context, nodes.company, ['liaison']);
  const { permissions } = await liaison.get('/permissions');
  assert.equal(permissions[0].id, asked.id);
  await liaison.post(`/permissions/${asked.id}/answer`, { verdict: 'allow', words: 'yes' }, 400);
  await liaison.post(`/permissions/${asked.id}/answer`, {
    verdict: 'allow',
    validUntil: new Date(nodes.time.now.getTime() + 86_400_000).toISOString(),
    words: 'yes',
  });
  assert.equal((await analyst.get('/permissions')).permissions[0].verdict, 'allow');
  const { due } = await analyst.get('/retention?days=3650');
  assert.ok(due.some(({ what }: { what: string }) => what === 'erase'));
  await analyst.post('/retention/erasures', undefined, 403);
  nodes.time.now = new Date(nodes.time.now.getTime() + 3_000 * 86_400_000);
  const officer = await api(context, nodes.police, ['data-protection-officer']);
  assert.equal((await officer.post('/retention/erasures', undefined)).objects, 1);
});
