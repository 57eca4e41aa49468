import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importJWK, SignJWT } from 'jose';
import { peerToken } from '../../src/exchange/peer-auth.ts';
import { importOwn, indicator, introduce, startTestNode, twoNodes } from '../two-nodes.ts';

const PATH = '/taxii2/';

test('a call token', async (t) => {
  const { company, police, time } = await twoNodes(t);
  const here = company.registry.identity.kid;
  const ask = async (token: string | null, path = PATH, method = 'GET') => {
    const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
    const answer = await fetch(company.url + path, { method, headers });
    const body = await answer.text();
    return { status: answer.status, body, challenge: answer.headers.get('www-authenticate') };
  };
  const make = (to = here, method = 'GET', path = PATH, at = time.now, from = police) =>
    peerToken(from.registry.identity, to, method, path, at);
  const later = (seconds: number) => new Date(time.now.getTime() + seconds * 1000);

  await t.test('admits the peer that made it, once', async () => {
    const token = await make();
    assert.equal((await ask(token)).status, 200);
    const again = await ask(token);
    assert.equal(again.status, 401);
    assert.match(again.body, /used before/);
    assert.ok(again.challenge, 'a 401 says how to authenticate');
  });

  await t.test('is refused for another method, path, query or receiver', async () => {
    assert.equal((await ask(await make(here, 'POST'))).status, 401);
    assert.equal((await ask(await make(here, 'GET', '/taxii2/root/'))).status, 401);
    assert.equal((await ask(await make(here, 'GET', '/taxii2'))).status, 401);
    assert.equal((await ask(await make(), `${PATH}?x=1`)).status, 401);
    assert.equal((await ask(await make(police.registry.identity.kid))).status, 401);
    const arrived = '/api/v1/exchange/messages/arrived';
    const forReading = await make(here, 'GET', arrived);
    const answer = await fetch(company.url + arrived, {
      method: 'POST',
      headers: { authorization: `Bearer ${forReading}`, 'content-type': 'application/json' },
      body: '{"ids":[]}',
    });
    assert.equal(answer.status, 401);
  });

  await t.test(
    'that was made before the node was started is refused: what was used then is forgotten',
    async () => {
      const answer = await ask(await make(here, 'GET', PATH, later(-10)));
      assert.equal(answer.status, 401);
      assert.match(answer.body, /before this node was started/);
    },
  );

  await t.test('lives for a minute, and clocks may differ by one', async () => {
    time.now = later(600); // longer ago than any token lives
    assert.equal((await ask(await make(here, 'GET', PATH, later(-100)))).status, 200);
    assert.equal((await ask(await make(here, 'GET', PATH, later(-200)))).status, 401);
    assert.equal((await ask(await make(here, 'GET', PATH, later(50)))).status, 200);
    assert.equal((await ask(await make(here, 'GET', PATH, later(200)))).status, 401);
  });

  await t.test('cannot be made to live longer by who signs it', async () => {
    const key = await importJWK({ ...police.registry.identity.privateJwk }, 'EdDSA');
    const seconds = Math.floor(time.now.getTime() / 1000);
    const forge = (claims: Record<string, unknown>, header: Record<string, unknown> = {}) =>
      new SignJWT({
        htm: 'GET',
        htu: PATH,
        iss: police.registry.identity.kid,
        aud: here,
        iat: seconds,
        exp: seconds + 60,
        jti: crypto.randomUUID(),
        ...claims,
      })
        .setProtectedHeader({ alg: 'EdDSA', typ: 'entente-call+jwt', ...header })
        .sign(key);
    assert.equal((await ask(await forge({}))).status, 200, 'the forge itself works');
    for (const claims of [
      { exp: undefined },
      { iat: undefined },
      { jti: undefined },
      { htm: undefined },
      { htu: undefined },
      { aud: undefined },
      { iat: seconds - 86_400, exp: seconds + 86_400 },
    ])
      assert.equal((await ask(await forge(claims))).status, 401, JSON.stringify(claims));
    assert.equal((await ask(await forge({}, { typ: 'JWT' }))).status, 401);
    assert.equal((await ask(await forge({}, { typ: 'entente-message+jws' }))).status, 401);
    const longId = await forge({ jti: 'j'.repeat(2_000) });
    assert.ok([200, 401].includes((await ask(longId)).status));
  });

  await t.test('of a node that is not known is refused, and so is none at all', async () => {
    const stranger = await startTestNode(t, 'Stranger', time);
    assert.equal((await ask(await make(here, 'GET', PATH, time.now, stranger))).status, 401);
    assert.equal((await ask(null)).status, 401);
    for (const junk of ['', 'x', 'x'.repeat(100), 'a.b.c', `${await make()}x`, 'é'])
      assert.equal((await ask(encodeURI(junk))).status, 401, junk);
    // "none" as algorithm
    const [, payload] = (await make()).split('.');
    const none = `${Buffer.from('{"alg":"none","typ":"entente-call+jwt"}').toString('base64url')}.${payload}.`;
    assert.equal((await ask(none)).status, 401);
    // in another node's name
    const [head, body] = (await make()).split('.');
    const theirs = (await make(here, 'GET', PATH, time.now, stranger)).split('.')[2];
    assert.equal((await ask(`${head}.${body}.${theirs}`)).status, 401);
  });

  await t.test('is needed for every route between nodes', async () => {
    const openapi = (await (await fetch(`${company.url}/api/v1/openapi.json`)).json()) as {
      paths: Record<string, Record<string, unknown>>;
    };
    const guarded = Object.entries(openapi.paths).filter(
      ([path]) => path.includes('/exchange/') || path.startsWith('/taxii2'),
    );
    assert.ok(guarded.length >= 10, `only ${guarded.length} guarded paths`);
    for (const [path, methods] of guarded) {
      for (const method of Object.keys(methods)) {
        const answer = await fetch(company.url + path.replaceAll(/\{[^}]+\}/g, 'x'), {
          method: method.toUpperCase(),
          ...(method === 'post'
            ? {
                headers: { 'content-type': 'application/json' },
                body: JSON.stringify({ message: 'x', ids: [] }),
              }
            : {}),
        });
        assert.equal(answer.status, 401, `${method} ${path}`);
        await answer.text();
      }
    }
  });

  await t.test('of a known peer without an agreement opens nothing but the introduction', async () => {
    const other = await startTestNode(t, 'No Agreement', time);
    await introduce(company, other);
    await importOwn(company, [indicator(1)]);
    const tokenFor = (path: string) => make(here, 'GET', path, time.now, other);
    assert.equal((await ask(await tokenFor(PATH))).status, 200);
    for (const path of [
      '/taxii2/root/collections/',
      '/taxii2/root/collections/intelligence/',
      '/taxii2/root/collections/intelligence/objects/',
      '/taxii2/root/collections/intelligence/manifest/',
      `/taxii2/root/collections/intelligence/objects/${indicator(1).id}/`,
      `/taxii2/root/collections/intelligence/objects/${indicator(1).id}/versions/`,
    ]) {
      const answer = await ask(await tokenFor(path), path);
      assert.equal(answer.status, 403, path);
      assert.match(answer.body, /there is no agreement between this node and No Agreement/);
    }
  });
});
