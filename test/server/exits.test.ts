/**
 * There is no second way out: every route of the node is named here with what it asks before it answers. A new route that is not
 * named fails, and so does one that does not ask it; routes that give intelligence or evidence refuse a peer without an agreement in
 * force, citing why.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { peerToken } from '../../src/exchange/peer-auth.ts';
import { decideRelease } from '../../src/intel/index.ts';
import { papersDigest } from '../../src/registry/index.ts';
import type { Access } from '../../src/server/access.ts';
import { buildApp, invite, ROLES, type Role } from '../../src/server/index.ts';
import { redeem } from '../../src/server/sessions.ts';
import { giveNotice, importOwn, indicator, startTestNode, twoNodes } from '../two-nodes.ts';

/** Roles in one line, in the order of the design; or what a caller that is no person needs. */
const AGREEMENT_READERS =
  'administrator liaison analyst investigator cert-analyst data-protection-officer auditor';

const INTELLIGENCE_READERS = 'liaison analyst investigator cert-analyst';
const UPLOADERS = 'liaison analyst investigator cert-analyst trainer trainee';
const CASE_WORKERS = 'investigator analyst';
const CASE_READERS = `${CASE_WORKERS} data-protection-officer auditor`;
const DESK = 'liaison analyst investigator cert-analyst';
const OPERATION_READERS = `${DESK} data-protection-officer auditor`;
const DESK_READERS = `${DESK} data-protection-officer auditor`;

/** What each route asks, as reviewed. A route's own rule must say the same. */
const ROUTES: Readonly<Record<string, string>> = {
  'GET /healthz': 'anyone',
  'GET /metrics': 'anyone',
  'GET /api/v1/node': 'anyone',
  'GET /api/v1/schemas/agreement': 'anyone',
  'GET /ledger/checkpoint': 'anyone',
  'GET /ledger/key': 'anyone',
  'GET /ledger/tile/{*}': 'anyone',
  'POST /ledger/add-checkpoint': 'anyone',
  'GET /api/v1/agreements': AGREEMENT_READERS,
  'GET /api/v1/agreements/{id}': AGREEMENT_READERS,
  'GET /api/v1/verdicts/{peer}': AGREEMENT_READERS,
  'GET /api/v1/verdicts/{peer}/objects/{object}': AGREEMENT_READERS,
  'GET /api/v1/agreement-templates': AGREEMENT_READERS,
  'POST /api/v1/agreements': 'administrator liaison',
  'POST /api/v1/agreements/check': AGREEMENT_READERS,
  'POST /api/v1/agreements/verify': AGREEMENT_READERS,
  'POST /api/v1/agreements/decide': AGREEMENT_READERS,
  'POST /api/v1/agreements/receive': 'administrator liaison',
  'GET /api/v1/agreements/status': AGREEMENT_READERS,
  'GET /api/v1/agreements/{id}/signing': 'administrator',
  'POST /api/v1/agreements/{id}/signatures': 'administrator',
  'POST /api/v1/agreements/{id}/sign': 'administrator',
  'POST /api/v1/agreements/{id}/amend': 'administrator liaison',
  'POST /api/v1/agreements/{id}/notices': 'administrator',
  'GET /api/v1/agreements/{id}/diff': AGREEMENT_READERS,
  'GET /api/v1/agreements/{id}/services': AGREEMENT_READERS,
  'POST /api/v1/agreements/{id}/simulate': AGREEMENT_READERS,
  'GET /api/v1/agreements/{id}/export': AGREEMENT_READERS,
  'GET /api/v1/permissions': AGREEMENT_READERS,
  'POST /api/v1/permissions': 'administrator liaison analyst investigator',
  'POST /api/v1/permissions/{id}/answer': 'administrator liaison',
  'GET /api/v1/retention': AGREEMENT_READERS,
  'POST /api/v1/retention/reviews': 'administrator data-protection-officer',
  'POST /api/v1/retention/erasures': 'administrator data-protection-officer',
  'GET /api/v1/me': 'signed-in',
  'GET /api/v1/sessions': 'signed-in',
  'DELETE /api/v1/sessions/{id}': 'signed-in',
  'GET /api/v1/today': 'signed-in',
  'GET /api/v1/work': 'signed-in',
  'GET /api/v1/work/{id}': 'signed-in',
  'DELETE /api/v1/work/{id}': 'signed-in',
  'GET /api/v1/uploads': UPLOADERS,
  'POST /api/v1/uploads': UPLOADERS,
  'GET /api/v1/uploads/{id}': UPLOADERS,
  'PUT /api/v1/uploads/{id}': UPLOADERS,
  'DELETE /api/v1/uploads/{id}': UPLOADERS,
  'GET /api/v1/objects': INTELLIGENCE_READERS,
  'GET /api/v1/object-types': INTELLIGENCE_READERS,
  'GET /api/v1/objects/{id}': INTELLIGENCE_READERS,
  'GET /api/v1/objects/{id}/verdicts': INTELLIGENCE_READERS,
  'POST /api/v1/objects/{id}/recall': 'liaison analyst',
  'GET /api/v1/recalls': INTELLIGENCE_READERS,
  'POST /api/v1/imports': 'liaison analyst',
  'GET /api/v1/cases': CASE_READERS,
  'POST /api/v1/cases': CASE_WORKERS,
  'GET /api/v1/cases/{id}': CASE_READERS,
  'POST /api/v1/cases/{id}/exhibits': CASE_WORKERS,
  'GET /api/v1/cases/{id}/exhibits/{number}/custody': CASE_READERS,
  'POST /api/v1/cases/{id}/exhibits/{number}/readings': CASE_WORKERS,
  'POST /api/v1/cases/{id}/matches': CASE_WORKERS,
  'POST /api/v1/cases/{id}/findings/notes': CASE_WORKERS,
  'POST /api/v1/cases/{id}/examinations': CASE_WORKERS,
  'GET /api/v1/cases/{id}/findings': CASE_READERS,
  'POST /api/v1/cases/{id}/bundles': CASE_WORKERS,
  'GET /api/v1/cases/{id}/bundle': CASE_WORKERS,
  'GET /api/v1/cases/{id}/timeline': CASE_READERS,
  'GET /api/v1/cases/{id}/timeline/histogram': CASE_READERS,
  'GET /api/v1/cases/{id}/timeline/facets/{column}': CASE_READERS,
  'GET /api/v1/cases/{id}/timeline/tags': CASE_READERS,
  'POST /api/v1/cases/{id}/timeline/tags': CASE_WORKERS,
  'DELETE /api/v1/cases/{id}/timeline/tags/{tag}': CASE_WORKERS,
  'GET /api/v1/peers': AGREEMENT_READERS,
  'POST /api/v1/peers': 'administrator',
  'POST /api/v1/peers/{kid}/synchronisations': 'administrator liaison analyst',
  'GET /api/v1/deliveries': AGREEMENT_READERS,
  'GET /api/v1/deliveries/{id}': AGREEMENT_READERS,
  'GET /api/v1/ledger': AGREEMENT_READERS,
  'GET /api/v1/ledger/leaves': 'administrator data-protection-officer auditor',
  'GET /api/v1/ledger/leaves/{index}/proof': AGREEMENT_READERS,
  'POST /api/v1/ledger/checks': AGREEMENT_READERS,
  'POST /api/v1/sign-in/passkey/options': 'anyone',
  'POST /api/v1/sign-in/passkey': 'anyone',
  'GET /api/v1/sign-in/openid': 'anyone',
  'GET /api/v1/sign-in/openid/callback': 'anyone',
  'GET /api/v1/passkeys': 'signed-in',
  'POST /api/v1/passkeys/options': 'signed-in',
  'POST /api/v1/passkeys': 'signed-in',
  'DELETE /api/v1/passkeys/{id}': 'signed-in',
  'GET /api/v1/people': 'administrator data-protection-officer auditor',
  'POST /api/v1/people': 'administrator',
  'POST /api/v1/people/{id}/invitations': 'administrator',
  'PUT /api/v1/people/{id}/roles': 'administrator',
  'DELETE /api/v1/people/{id}': 'administrator',
  'GET /api/v1/requests': DESK_READERS,
  'GET /api/v1/requests/counts': DESK_READERS,
  'GET /api/v1/requests/{id}': DESK_READERS,
  'GET /api/v1/operations': OPERATION_READERS,
  'POST /api/v1/operations': 'liaison analyst',
  'PUT /api/v1/operations/{operation}': 'liaison analyst',
  'POST /api/v1/operations/{operation}/parties': 'liaison analyst',
  'POST /api/v1/operations/{operation}/answers': 'liaison analyst',
  'POST /api/v1/operations/{operation}/contributions': 'liaison analyst',
  'POST /api/v1/operations/{operation}/slicing': 'analyst',
  'POST /api/v1/operations/{operation}/reminders': 'liaison analyst',
  'POST /api/v1/operations/{operation}/outcomes/{outcome}/superseding': 'analyst',
  'POST /api/v1/operations/{operation}/targets/{target}/withdrawal': 'liaison analyst',
  'GET /api/v1/operations/{operation}/targets/{target}': 'analyst liaison investigator cert-analyst',
  'GET /api/v1/operations/{operation}': OPERATION_READERS,
  'GET /api/v1/operations/{operation}/targets': 'analyst liaison investigator cert-analyst',
  'POST /api/v1/operations/{operation}/targets/{target}/decisions': 'analyst',
  'GET /api/v1/operations/{operation}/prepared': 'liaison analyst',
  'POST /api/v1/operations/{operation}/packages': 'liaison analyst',
  'GET /api/v1/operations/{operation}/packages/{id}': 'analyst liaison investigator cert-analyst',
  'GET /api/v1/operations/{operation}/outcomes': OPERATION_READERS,
  'POST /api/v1/operations/{operation}/outcomes': DESK,
  'POST /api/v1/operations/{operation}/tasks': 'liaison analyst',
  'POST /api/v1/operations/{operation}/tasks/{id}/end': DESK,
  'POST /api/v1/operations/{operation}/posts': DESK,
  'POST /api/v1/operations/{operation}/queries': 'analyst investigator liaison',
  'GET /api/v1/operations/{operation}/figures': OPERATION_READERS,
  'GET /api/v1/operations/{operation}/report/{language}': OPERATION_READERS,
  'POST /api/v1/requests': DESK,
  'POST /api/v1/requests/{id}/review': 'liaison data-protection-officer',
  'POST /api/v1/requests/{id}/steps': DESK,
  'GET /api/v1/requests/{id}/experts': 'administrator liaison',
  'GET /api/v1/experts': 'administrator liaison',
  'POST /api/v1/experts': 'administrator liaison',
  'DELETE /api/v1/experts/{id}': 'administrator liaison',
  'GET /api/v1/experts/seats': 'administrator liaison',
  'GET /api/v1/seats/{id}': 'investigator data-protection-officer auditor',
  'GET /api/v1/seats/{id}/acts/{act}/rules': 'investigator data-protection-officer auditor',
  'GET /api/v1/seat': 'expert',
  'GET /api/v1/seats': 'investigator data-protection-officer auditor',
  'POST /api/v1/seats': 'investigator',
  'POST /api/v1/seats/{id}/withdrawal': 'investigator',
  'POST /api/v1/seats/{id}/acts/{act}/decision': 'investigator',
  'POST /api/v1/seats/{id}/replay': 'investigator data-protection-officer auditor',
  'GET /api/v1/seat/exhibits/{number}': 'expert',
  'GET /api/v1/seat/runs/{id}': 'expert',
  'POST /api/v1/seat/runs': 'expert',
  'GET /api/v1/tools': DESK_READERS,
  'POST /api/v1/tools/fetches': 'liaison analyst investigator',
  'GET /api/v1/tools/offers': 'liaison analyst investigator',
  'POST /api/v1/tools/{id}/acceptance': 'liaison analyst investigator',
  'POST /api/v1/tools/{id}/runs': 'investigator analyst',
  'POST /api/v1/tools/{id}/retirement': 'liaison analyst investigator',
  'GET /api/v1/courses': 'signed-in',
  'POST /api/v1/courses/{id}/credentials': 'trainer',
  'GET /api/v1/lessons/{id}': 'signed-in',
  'POST /api/v1/lessons/{id}/answers': 'signed-in',
  'GET /api/v1/exercises': 'trainer trainee',
  'POST /api/v1/exercises/{id}/attempts': 'trainer trainee',
  'GET /api/v1/attempts': 'trainer trainee',
  'GET /api/v1/attempts/{id}': 'trainer trainee',
  'POST /api/v1/attempts/{id}/answers': 'trainer trainee',
  'POST /api/v1/attempts/{id}/hints': 'trainer trainee',
  'POST /api/v1/attempts/{id}/injects': 'trainer',
  'POST /api/v1/attempts/{id}/grade': 'trainer',
  'GET /api/v1/attempts/{id}/xapi': 'trainer',
  'POST /api/v1/attempts/{id}/credentials': 'trainer',
  'GET /api/v1/credentials/status-list': 'anyone',
  'GET /free': 'anyone',
  'POST /free': 'anyone',
  'POST /free/registrations': 'anyone',
  'POST /api/v1/free/registrations': 'anyone',
  'POST /api/v1/free/confirmations': 'anyone',
  'GET /api/v1/free/terms': 'administrator liaison',
  'PUT /api/v1/free/terms': 'administrator liaison',
  'GET /api/v1/free/agencies': 'administrator liaison',
  'POST /api/v1/free/agencies/{id}/blocking': 'administrator liaison',
  'POST /api/v1/free/own-vouchers': 'administrator liaison',
  'POST /api/v1/free/mail': 'administrator liaison',
  'POST /api/v1/free/vouchers': 'agency',
  'POST /api/v1/free/look-ups': 'agency',
  'GET /api/v1/desk/calendar': `administrator ${DESK_READERS}`,
  'PUT /api/v1/desk/calendar': 'administrator liaison',
  'GET /api/v1/exchange/messages': 'peer',
  'POST /api/v1/exchange/messages': 'peer',
  'POST /api/v1/exchange/messages/arrived': 'peer',
  'GET /api/v1/exchange/deliveries/{id}': 'peer',
  'GET /api/v1/exchange/packages/{id}': 'peer',
  'GET /api/v1/exchange/tools/metadata/{file}': 'peer',
  'GET /api/v1/exchange/tools/targets/{file}': 'peer',
};

/** Everything below asks who calls and what may cross, whatever its method. */
const VERDICT_PREFIX = '/taxii2';
/** Evidence crosses between nodes only as a transfer that was offered to the node that fetches it. */
const PEER_PREFIX = '/api/v1/exchange/transfers';

const reviewed = (method: string, path: string): string | undefined => {
  const asks = ROUTES[`${method} ${path}`];
  if (asks === 'signed-in') return ROLES.join(' ');
  if (asks !== undefined) return asks;
  if (path.startsWith(VERDICT_PREFIX)) return 'verdict';
  return path.startsWith(PEER_PREFIX) ? 'peer' : undefined;
};

interface Described {
  readonly method: string;
  readonly path: string;
  readonly access: Access | undefined;
}

/** Every route of the node, from its own description. */
async function describedRoutes(app: Awaited<ReturnType<typeof buildApp>>): Promise<Described[]> {
  await app.ready();
  const { paths } = app.swagger() as { paths: Record<string, Record<string, unknown>> };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, about]) => ({
      method: method.toUpperCase(),
      path,
      access: (about as { 'x-entente-access'?: Access })['x-entente-access'],
    })),
  );
}

/** A body that no route understands, so that nothing happens where access is given. */
const CALL = { headers: { 'content-type': 'application/x-nothing' }, payload: 'x' };

test('who may call what', async (context) => {
  const time = { now: new Date('2026-12-01T08:00:00Z') };
  const { registry } = await startTestNode(context, 'Northlight Security', time);
  const app = await buildApp(registry);
  context.after(() => app.close());
  app.get('/without-a-rule', async () => ({ secret: true }));
  const routes = (await describedRoutes(app)).filter(({ path }) => path !== '/without-a-rule');
  const cookies = new Map<Role, string>();
  for (const role of ROLES) {
    const { invitation } = await invite(registry, { name: `The ${role}`, roles: [role] });
    const session = await redeem(registry, invitation, 'test');
    cookies.set(role, `entente_session=${session!.token}`);
  }
  const call = async ({ method, path }: Described, cookie?: string, headers: Record<string, string> = {}) => {
    const response = await app.inject({
      method: method as 'GET',
      url: path.replaceAll(/\{[^}]+\}/g, 'x'),
      ...(method === 'GET' ? {} : CALL),
      headers: { ...(method === 'GET' ? {} : CALL.headers), ...headers, ...(cookie ? { cookie } : {}) },
    });
    return response.statusCode;
  };

  await context.test('every route says it, as it was reviewed', () => {
    const said = routes.map(({ method, path, access }) => [
      `${method} ${path}`,
      typeof access === 'string' ? access : access?.join(' '),
    ]);
    const expected = routes.map(({ method, path }) => [`${method} ${path}`, reviewed(method, path)]);
    assert.deepEqual(said, expected);
    assert.deepEqual(
      routes.filter(({ method, path }) => reviewed(method, path) === undefined),
      [],
      'not reviewed',
    );
    const gone = Object.keys(ROUTES).filter(
      (route) => !routes.some(({ method, path }) => route === `${method} ${path}`),
    );
    assert.deepEqual(gone, [], 'reviewed and not there');
  });

  await context.test('a stranger gets nothing but what anyone may know', async () => {
    for (const route of routes) {
      if (route.access === 'anyone') continue;
      assert.equal(await call(route), 401, `${route.method} ${route.path}`);
      assert.equal(
        await call(route, `entente_session=${'A'.repeat(43)}`),
        401,
        `${route.method} ${route.path}`,
      );
    }
  });

  await context.test('a person gets what one of their roles gives, and nothing else', async () => {
    for (const route of routes) {
      if (route.access === 'anyone') continue;
      for (const role of ROLES) {
        const status = await call(route, cookies.get(role));
        const may = Array.isArray(route.access) && route.access.includes(role);
        const where = `${role}: ${route.method} ${route.path} answered ${status}`;
        if (may) assert.ok(status !== 401 && status !== 403, where);
        else assert.equal(status, typeof route.access === 'string' ? 401 : 403, where);
      }
    }
  });

  await context.test('a route without a rule answers nobody', async () => {
    for (const cookie of [undefined, ...cookies.values()]) {
      const response = await app.inject({
        url: '/without-a-rule',
        ...(cookie ? { headers: { cookie } } : {}),
      });
      assert.equal(response.statusCode, 403);
      assert.doesNotMatch(response.body, /secret/);
    }
  });

  await context.test('another site changes nothing through a browser that is signed in', async () => {
    const route = { method: 'POST', path: '/api/v1/people', access: undefined };
    const cookie = cookies.get('administrator')!;
    for (const [headers, refused] of [
      [{ 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }, true],
      [{ 'sec-fetch-site': 'same-site', origin: 'https://other.node.example' }, true],
      [{ origin: 'https://evil.example' }, true],
      [{ origin: 'null' }, true],
      [{ 'sec-fetch-site': 'same-origin', origin: 'https://node.example' }, false],
      [{ origin: 'https://node.example', host: 'node.example' }, false],
      [{ origin: 'https://node.example', 'x-forwarded-host': 'node.example' }, false],
      [{}, false],
    ] as const) {
      const status = await call(route, cookie, headers as Record<string, string>);
      assert.equal(status === 403, refused, JSON.stringify(headers));
    }
  });

  await context.test(
    'roles that were taken away, and people who left, get nothing from then on',
    async () => {
      const admin = { cookie: cookies.get('administrator')! };
      const people = async () =>
        (await app.inject({ url: '/api/v1/people', headers: admin })).json<{
          people: { id: string; name: string; leftAt: string | null }[];
        }>().people;
      const idOf = async (role: Role) => (await people()).find(({ name }) => name === `The ${role}`)!.id;
      const analyst = { cookie: cookies.get('analyst')! };
      assert.equal((await app.inject({ url: '/api/v1/agreements', headers: analyst })).statusCode, 200);
      const changed = await app.inject({
        method: 'PUT',
        url: `/api/v1/people/${await idOf('analyst')}/roles`,
        headers: admin,
        payload: { roles: ['trainee'] },
      });
      assert.equal(changed.statusCode, 200);
      assert.equal((await app.inject({ url: '/api/v1/agreements', headers: analyst })).statusCode, 403);
      const left = await app.inject({
        method: 'DELETE',
        url: `/api/v1/people/${await idOf('auditor')}`,
        headers: admin,
      });
      assert.equal(left.statusCode, 204);
      const auditor = { cookie: cookies.get('auditor')! };
      assert.equal((await app.inject({ url: '/api/v1/me', headers: auditor })).statusCode, 401);
      const last = await app.inject({
        method: 'DELETE',
        url: `/api/v1/people/${await idOf('administrator')}`,
        headers: admin,
      });
      assert.equal(last.statusCode, 409, 'somebody stays who can administer the node');
    },
  );

  await context.test('a session ends when its person says so, and nobody else’s does', async () => {
    const mine = { cookie: cookies.get('trainer')! };
    const theirs = { cookie: cookies.get('expert')! };
    const sessions = (headers: { cookie: string }) =>
      app
        .inject({ url: '/api/v1/sessions', headers })
        .then((response) => response.json<{ sessions: { id: string; current: boolean }[] }>().sessions);
    const [session] = await sessions(mine);
    assert.equal(session!.current, true);
    const end = (headers: { cookie: string }) =>
      app.inject({ method: 'DELETE', url: `/api/v1/sessions/${session!.id}`, headers });
    assert.equal((await end(theirs)).statusCode, 404);
    const ended = await end(mine);
    assert.equal(ended.statusCode, 204);
    assert.match(ended.headers['set-cookie'] as string, /Max-Age=0/);
    assert.equal((await app.inject({ url: '/api/v1/me', headers: mine })).statusCode, 401);
  });
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
