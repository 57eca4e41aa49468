/**
 * There is no second way out: every route of the node is named here with what it asks before it answers. A new route that is not
 * named fails; routes that give intelligence or evidence refuse a peer without an agreement in force, citing why.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { peerToken } from '../../src/exchange/peer-auth.ts';
import { decideRelease } from '../../src/intel/index.ts';
import { papersDigest } from '../../src/registry/index.ts';
import { buildApp } from '../../src/server/index.ts';
import { giveNotice, importOwn, indicator, twoNodes } from '../two-nodes.ts';

type Asks =
  /** Nothing: it says only what anyone may know. */
  | 'nothing'
  /** The session of a person of this organisation. */
  | 'session'
  /** A call token of a known node; what it gives is addressed to that node. */
  | 'peer'
  /** A verdict for every object; or, for the organisation's own service accounts, their rights. */
  | 'verdict';

const ROUTES: Readonly<Record<string, Asks>> = {
  'GET /healthz': 'nothing',
  'GET /metrics': 'nothing',
  'GET /api/v1/node': 'nothing',
  'GET /api/v1/schemas/agreement': 'nothing',
  'GET /ledger/checkpoint': 'nothing',
  'GET /ledger/key': 'nothing',
  'GET /ledger/tile/{*}': 'nothing',
  'POST /ledger/add-checkpoint': 'nothing',
  'GET /api/v1/agreements': 'session',
  'GET /api/v1/agreements/{id}': 'session',
  'GET /api/v1/verdicts/{peer}': 'session',
  'GET /api/v1/exchange/messages': 'peer',
  'POST /api/v1/exchange/messages': 'peer',
  'POST /api/v1/exchange/messages/arrived': 'peer',
  'GET /api/v1/exchange/deliveries/{id}': 'peer',
};

/** Everything below asks who calls and what may cross, whatever its method. */
const VERDICT_PREFIX = ['/taxii2'];
/** Evidence crosses between nodes only as a transfer that was offered to the node that fetches it. */
const PEER_PREFIX = ['/api/v1/exchange/transfers', '/api/v1/exchange/exhibits'];

const asksOf = (method: string, path: string): Asks | undefined =>
  ROUTES[`${method} ${path}`] ??
  (VERDICT_PREFIX.some((prefix) => path.startsWith(prefix)) ? 'verdict' : undefined) ??
  (PEER_PREFIX.some((prefix) => path.startsWith(prefix)) ? 'peer' : undefined);

test('every route is named with what it asks', async (context) => {
  const { company } = await twoNodes(context, { agreement: false });
  const app = await buildApp(company.registry);
  await app.ready();
  const { paths } = app.swagger() as { paths: Record<string, Record<string, unknown>> };
  const unnamed = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods)
      .map((method) => method.toUpperCase())
      .filter((method) => asksOf(method, path) === undefined)
      .map((method) => `${method} ${path}`),
  );
  assert.deepEqual(unnamed, []);
  await app.close();
});

test('a stranger gets nothing from a route that asks for a session or a peer', async (context) => {
  const { company } = await twoNodes(context, { agreement: false });
  for (const [route, asks] of Object.entries(ROUTES)) {
    if (asks === 'nothing') continue;
    const [method, path] = route.split(' ') as [string, string];
    const response = await fetch(`${company.url}${path.replace(/\{\w+\}/, 'x')}`, {
      method,
      ...(method === 'POST'
        ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify({ message: 'x', ids: [] }) }
        : {}),
    });
    assert.equal(response.status, 401, route);
  }
});

const ROOT = '/taxii2/root/collections/intelligence';
const OBJECT = indicator(1).id;
const GIVING = [
  `${ROOT}/objects/`,
  `${ROOT}/objects/${OBJECT}/`,
  `${ROOT}/manifest/`,
  `${ROOT}/objects/${OBJECT}/versions/`,
];

test('what gives intelligence refuses a peer at once when the agreement does not hold, and says which clause', async (context) => {
  const { company, police, agreement, policeAtCompany, time } = await twoNodes(context);
  await importOwn(company, [indicator(1)]);
  const ask = async (path: string) => {
    const papers = await papersDigest(police.registry, company.registry.identity.kid);
    const token = await peerToken(
      police.registry.identity,
      company.registry.identity.kid,
      'GET',
      path,
      time.now,
      papers,
    );
    const response = await fetch(`${company.url}${path}`, {
      headers: { authorization: `Bearer ${token}`, accept: 'application/taxii+json;version=2.1' },
    });
    return {
      status: response.status,
      body: (await response.json()) as { details?: { clauses?: { path: string }[] } },
    };
  };
  for (const path of GIVING) assert.equal((await ask(path)).status, 200, path);
  await giveNotice(company, agreement, 'suspend');
  for (const path of GIVING) {
    const { status, body } = await ask(path);
    assert.equal(status, 403, path);
    assert.equal(body.details?.clauses?.[0]?.path, 'notice.suspend', path);
  }
  assert.deepEqual((await decideRelease(company.registry, policeAtCompany)).allowedReveals, []);
});
