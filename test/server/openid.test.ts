/** Signing in at an identity provider, played here: discovery, authorization, token and keys as OpenID Connect Core 1.0 has them, and each of them lying. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { type Registry, verifyLedger } from '../../src/registry/index.ts';
import { buildApp, invite, type OpenIdSettings, openIdSettings, setOpenId } from '../../src/server/index.ts';
import { changeRoles, listPeople, removePerson } from '../../src/server/people.ts';
import { openNode } from '../operations/nodes.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const URL_OF_NODE = 'https://node.example';

/** What the provider says, to be bent by a test. */
interface Lies {
  claims?: Record<string, unknown>;
  issuer?: string;
  audience?: string;
  nonce?: string;
  key?: 'another';
  expired?: boolean;
  query?: Record<string, string>;
}

async function provider(context: TestContext) {
  const { publicKey, privateKey } = await generateKeyPair('RS256');
  const another = await generateKeyPair('RS256');
  const codes = new Map<string, { nonce: string; challenge: string; lies: Lies; redirect: string }>();
  const seen = { authorization: '', tokens: 0, wrongVerifiers: 0 };
  let issuer = '';
  const server = createServer(async (request, response) => {
    const json = (value: unknown, status = 200) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    };
    const { pathname } = new URL(request.url!, issuer);
    if (pathname === '/.well-known/openid-configuration')
      return json({
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/keys`,
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
        code_challenge_methods_supported: ['S256'],
        authorization_response_iss_parameter_supported: true,
      });
    if (pathname === '/keys')
      return json({ keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }] });
    if (pathname !== '/token') return json({}, 404);
    let body = '';
    for await (const chunk of request) body += chunk;
    const form = new URLSearchParams(body);
    seen.authorization = request.headers.authorization ?? '';
    const code = codes.get(form.get('code') ?? '');
    codes.delete(form.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (!code || code.challenge !== challenge || code.redirect !== form.get('redirect_uri')) {
      seen.wrongVerifiers++;
      return json({ error: 'invalid_grant' }, 400);
    }
    seen.tokens++;
    const { lies } = code;
    const now = Math.floor(Date.now() / 1000);
    const token = await new SignJWT({
      sub: 'rana',
      name: 'Rana Aydin',
      groups: ['cyber-analysts', 'everybody'],
      nonce: lies.nonce ?? code.nonce,
      ...lies.claims,
    })
      .setProtectedHeader({ alg: 'RS256', kid: 'one' })
      .setIssuer(lies.issuer ?? issuer)
      .setAudience(lies.audience ?? 'entente')
      .setIssuedAt(now - (lies.expired ? 7_200 : 0))
      .setExpirationTime(now + (lies.expired ? -3_600 : 300))
      .sign(lies.key === 'another' ? another.privateKey : privateKey);
    json({ access_token: 'a', token_type: 'Bearer', expires_in: 300, id_token: token });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    issuer,
    seen,
    /** A person agrees at the provider: the address to which it sends the browser back. */
    consent(location: string, lies: Lies = {}): string {
      const asked = new URL(location).searchParams;
      const code = `code-${codes.size}-${Math.random()}`;
      codes.set(code, {
        nonce: asked.get('nonce')!,
        challenge: asked.get('code_challenge')!,
        redirect: asked.get('redirect_uri')!,
        lies,
      });
      const back = new URL(asked.get('redirect_uri')!);
      for (const [name, value] of Object.entries({
        code,
        state: asked.get('state')!,
        iss: issuer,
        ...lies.query,
      }))
        back.searchParams.set(name, value);
      return `${back.pathname}${back.search}`;
    },
  };
}

/** Without the administrator that every node has from its first start. */
const members = async ({ db }: Registry) =>
  (await listPeople(db)).filter(({ name }) => name !== 'Administrator');

async function nodeWith(context: TestContext, more: Partial<OpenIdSettings> = {}) {
  const at = await provider(context);
  const time = { now: new Date() };
  const registry = await openNode(temporaryFolder(context), 'Police of Arvenia', time);
  await invite(registry, { name: 'Administrator', roles: ['administrator'] });
  const app = await buildApp(registry);
  context.after(async () => {
    await app.close();
    await registry.close();
  });
  const settings: OpenIdSettings = {
    issuer: at.issuer,
    clientId: 'entente',
    secretFile: null,
    url: URL_OF_NODE,
    name: 'Arvenia ID',
    groupsClaim: 'groups',
    roles: { 'cyber-analysts': ['analyst', 'investigator'], press: ['auditor'] },
    ...more,
  };
  await setOpenId(registry, settings);
  const cookiesOf = (headers: Record<string, unknown>) =>
    [headers['set-cookie'] ?? []].flat().map((one) => String(one).split(';')[0]!);
  const begin = async () => {
    const response = await app.inject({ url: '/api/v1/sign-in/openid' });
    return { location: String(response.headers.location), cookies: cookiesOf(response.headers), response };
  };
  const back = async (url: string, cookies: readonly string[]) => {
    const response = await app.inject({ url, headers: { cookie: cookies.join('; ') } });
    const session = cookiesOf(response.headers).find((one) => one.startsWith('entente_session='));
    return { to: String(response.headers.location ?? response.body), session, response };
  };
  const signIn = async (lies: Lies = {}) => {
    const { location, cookies } = await begin();
    return back(at.consent(location, lies), cookies);
  };
  return { at, time, registry, app, settings, begin, back, signIn };
}

test('a member of a mapped group signs in, is one person at every time, and has the roles that the groups give', async (context) => {
  const { at, registry, app, begin, back, signIn } = await nodeWith(context);
  const { location, cookies, response } = await begin();
  const asked = new URL(location).searchParams;
  assert.equal(asked.get('redirect_uri'), `${URL_OF_NODE}/api/v1/sign-in/openid/callback`);
  assert.deepEqual([asked.get('response_type'), asked.get('code_challenge_method')], ['code', 'S256']);
  for (const name of ['state', 'nonce', 'code_challenge']) assert.ok(asked.get(name)!.length >= 40, name);
  assert.match(
    String(response.headers['set-cookie']),
    /HttpOnly; SameSite=Lax; Path=\/api\/v1\/sign-in\/openid; Max-Age=600/,
  );
  const { to, session } = await back(at.consent(location), cookies);
  assert.equal(to, '/');
  const me = (await app.inject({ url: '/api/v1/me', headers: { cookie: session! } })).json<{
    name: string;
    roles: string[];
  }>();
  assert.equal(me.name, 'Rana Aydin');
  assert.deepEqual(
    (await members(registry)).map(({ roles }) => roles),
    [['analyst', 'investigator']],
  );
  await signIn({ claims: { groups: ['press'], name: 'Rana Aydin-Berg' } });
  const people = await members(registry);
  assert.deepEqual(
    people.map(({ name, roles }) => [name, roles]),
    [['Rana Aydin', ['auditor']]],
  );
  await signIn({ claims: { sub: 'tomas', name: 'Tomas' } });
  assert.equal((await members(registry)).length, 2);
  assert.equal((await verifyLedger(registry)).ok, true);
  const { openId } = (await app.inject({ url: '/api/v1/node' })).json<{ openId: string }>();
  assert.equal(openId, 'Arvenia ID');
});

test('nobody becomes administrator by a group; whom an administrator made one stays one', async (context) => {
  const { registry, settings, signIn } = await nodeWith(context);
  await assert.rejects(
    setOpenId(registry, { ...settings, roles: { bosses: ['administrator'] } }),
    /no group makes administrators/,
  );
  // A store that somebody wrote into, past the check.
  await registry.db.transaction((tx) =>
    tx.run(
      `UPDATE meta SET value = ? WHERE key = 'openid'`,
      JSON.stringify({ ...settings, roles: { ...settings.roles, bosses: ['administrator'] } }),
    ),
  );
  assert.equal((await signIn({ claims: { groups: ['bosses'] } })).to, '/?sign-in=no-role');
  assert.deepEqual(await members(registry), []);
  await signIn({ claims: { groups: ['bosses', 'press'] } });
  const [person] = await members(registry);
  assert.deepEqual(person!.roles, ['auditor']);
  await changeRoles(registry, person!.id, ['administrator', 'liaison']);
  await signIn();
  assert.deepEqual((await members(registry))[0]!.roles, ['administrator', 'analyst', 'investigator']);
});

test('every lie of the answer is refused, with its reason and without a person or session', async (context) => {
  const { at, registry, begin, back, signIn } = await nodeWith(context);
  const lies: readonly (readonly [string, Lies, string])[] = [
    ['a token of another issuer', { issuer: 'https://evil.example' }, 'invalid'],
    ['a token for another client', { audience: 'somebody-else' }, 'invalid'],
    ['a token of another ceremony', { nonce: 'n'.repeat(43) }, 'invalid'],
    ['a token signed by another key', { key: 'another' }, 'invalid'],
    ['a token that has expired', { expired: true }, 'invalid'],
    ['another state', { query: { state: 's'.repeat(43) } }, 'invalid'],
    ['an answer that names another issuer', { query: { iss: 'https://evil.example' } }, 'invalid'],
    ['a code that is none', { query: { code: 'guess' } }, 'invalid'],
    ['groups that are mapped to nothing', { claims: { groups: ['everybody'] } }, 'no-role'],
    ['groups that are no list', { claims: { groups: { 'cyber-analysts': true } } }, 'no-role'],
    [
      'groups named like what every object has',
      { claims: { groups: ['constructor', '__proto__', 'toString'] } },
      'no-role',
    ],
  ];
  for (const [what, lie, failure] of lies) {
    const { to, session } = await signIn(lie);
    assert.deepEqual([to, session], [`/?sign-in=${failure}`, undefined], what);
  }
  const refused = await begin();
  const denied = new URL(at.consent(refused.location), URL_OF_NODE);
  denied.searchParams.delete('code');
  denied.searchParams.set('error', 'access_denied');
  assert.equal((await back(`${denied.pathname}${denied.search}`, refused.cookies)).to, '/?sign-in=refused');
  assert.deepEqual(await members(registry), []);
});

test('a ceremony belongs to the browser that began it, serves once, and for ten minutes', async (context) => {
  const { at, time, begin, back } = await nodeWith(context);
  const mine = await begin();
  const theirs = await begin();
  // Somebody sends another person the way back of a ceremony of his own.
  assert.equal((await back(at.consent(mine.location), [])).to, '/?sign-in=expired');
  assert.equal((await back(at.consent(mine.location), theirs.cookies)).to, '/?sign-in=invalid');
  const url = at.consent(mine.location);
  assert.equal((await back(url, mine.cookies)).to, '/');
  assert.equal((await back(url, mine.cookies)).to, '/?sign-in=expired');
  const slow = await begin();
  time.now = new Date(time.now.getTime() + 11 * 60_000);
  assert.equal((await back(at.consent(slow.location), slow.cookies)).to, '/?sign-in=expired');
});

test('people who left stay out; a provider that is away, or switched off, is said', async (context) => {
  const { registry, settings, begin, signIn } = await nodeWith(context);
  await signIn();
  await signIn({ claims: { sub: 'chief', name: 'Chief' } });
  const [chief, rana] = await members(registry);
  await changeRoles(registry, chief!.id, ['administrator']);
  await removePerson(registry, rana!.id);
  assert.equal((await signIn()).to, '/?sign-in=left');
  await setOpenId(registry, { ...settings, issuer: 'http://127.0.0.1:9' });
  assert.equal((await begin()).location, '/?sign-in=unreachable');
  await setOpenId(registry, null);
  assert.equal((await begin()).location, '/?sign-in=off');
  assert.equal(await openIdSettings(registry), null);
});

test('the client’s secret is read from its file and goes to the provider alone; settings that make no sense are refused', async (context) => {
  const file = join(temporaryFolder(context), 'secret');
  writeFileSync(file, 'correct horse\n');
  const { at, registry, settings, signIn } = await nodeWith(context, { secretFile: file });
  assert.equal((await signIn()).to, '/');
  assert.match(
    Buffer.from(at.seen.authorization.replace('Basic ', ''), 'base64').toString(),
    /^entente:correct(?:\+|%20)horse$/,
  );
  const stored = JSON.stringify(await registry.db.all('SELECT * FROM meta'));
  assert.ok(!stored.includes('horse'));
  const bad: readonly (readonly [Partial<OpenIdSettings>, RegExp])[] = [
    [{ issuer: 'http://id.example' }, /issuer is an https address/],
    [{ issuer: 'nonsense' }, /issuer is an https address/],
    [{ url: 'https://node.example/path' }, /its origin/],
    [{ url: 'https://user@node.example' }, /https address/],
    [{ clientId: ' ' }, /client id has 1 to/],
    [{ roles: {} }, /map 1 to 200 groups/],
    [{ roles: { x: ['king' as never] } }, /no such role as "king"/],
    [{ roles: { x: [] } }, /has no role/],
  ];
  for (const [change, why] of bad) await assert.rejects(setOpenId(registry, { ...settings, ...change }), why);
});
