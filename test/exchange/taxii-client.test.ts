import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isEntenteError } from '../../src/base/index.ts';
import { addServer, syncServer } from '../../src/exchange/index.ts';
import { summariseRelease, usableIndicators } from '../../src/intel/index.ts';
import { readLedger } from '../../src/registry/index.ts';
import { indicator, malware, startTestNode, twoNodes } from '../two-nodes.ts';
import { MEDIA, taxiiNode } from './taxii-account.ts';

type Route = (request: IncomingMessage, response: ServerResponse) => void;

/** A TAXII server of a few lines, with one collection; `objects` answers for it. */
async function plainServer(t: TestContext, objects: Route, roots: readonly string[] = ['/api/']) {
  const calls: { url: string; authorization: string | undefined }[] = [];
  const say =
    (value: unknown): Route =>
    (_request, response) =>
      void response.writeHead(200, { 'content-type': MEDIA }).end(JSON.stringify(value));
  const http = createServer((request, response) => {
    calls.push({ url: request.url!, authorization: request.headers.authorization });
    const { pathname } = new URL(request.url!, 'http://x');
    if (pathname === '/taxii2/') return say({ title: 'Plain', api_roots: roots })(request, response);
    if (pathname === '/api/collections/')
      return say({
        collections: [
          { id: 'c1', title: 'One', can_read: true, can_write: false },
          { id: 'c2', title: 'Two', can_read: false, can_write: true },
        ],
      })(request, response);
    if (pathname === '/api/collections/c1/')
      return say({ id: 'c1', title: 'One', can_read: true, can_write: false })(request, response);
    if (pathname === '/api/collections/c1/objects/') return objects(request, response);
    response.writeHead(404, { 'content-type': MEDIA }).end(JSON.stringify({ title: 'nothing here' }));
  });
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done));
  t.after(() => http.close());
  return { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, calls };
}

const envelope =
  (objects: readonly unknown[], more = {}): Route =>
  (_request, response) =>
    void response
      .writeHead(200, {
        'content-type': MEDIA,
        'x-taxii-date-added-first': '2026-11-30T00:00:00.000000Z',
        'x-taxii-date-added-last': '2026-11-30T00:00:00.000000Z',
      })
      .end(JSON.stringify({ ...(objects.length > 0 ? { objects } : {}), ...more }));

const count = async (node: Awaited<ReturnType<typeof startTestNode>>) =>
  Number((await node.registry.db.get<{ n: number }>('SELECT count(*) AS n FROM object'))!.n);

test('a TAXII server that is no node', async (t) => {
  const other = await taxiiNode(t, 'feed');
  const { username, password } = await other.tool('reader', { feed: 'read' });
  const writer = await other.tool('writer', { feed: 'write' });
  const stix20 = {
    type: 'tool',
    id: malware(9).id.replace('malware', 'tool'),
    created: '2026-10-01T00:00:00.000Z',
    modified: '2026-10-01T00:00:00.000Z',
    name: 'Old',
    labels: ['remote-access'],
  };
  const objects = [...Array.from({ length: 40 }, (_, n) => indicator(n)), stix20];
  await writer.post('/taxii2/root/collections/feed/objects/', { objects });
  const world = await twoNodes(t);
  const { registry } = world.company;
  const { server, collections } = await addServer(registry, {
    url: other.url,
    name: 'plain',
    credential: { username, password },
  });

  await t.test('is read whole, and from then on only what is new', async () => {
    assert.deepEqual(
      collections.map(({ title }) => title),
      ['Collection feed'],
    );
    const first = await syncServer(registry, server);
    assert.deepEqual([first.accepted, first.refused.length, first.problems], [41, 0, []]);
    await writer.post('/taxii2/root/collections/feed/objects/', { objects: [malware(50)] });
    const second = await syncServer(registry, server);
    assert.equal(second.accepted, 1);
    assert.ok(second.unchanged <= 1, `${second.unchanged} came again`);
    assert.equal((await syncServer(registry, server)).accepted, 0);
  });

  await t.test(
    'contributes for use inside, and nothing of it is passed on, whatever its marking',
    async () => {
      const { released, withheldCount } = await summariseRelease(registry, world.policeAtCompany);
      assert.deepEqual([released, withheldCount], [0, 42]);
      const { sources } = await usableIndicators(registry, '2026-12-01T00:00:00Z');
      assert.equal(sources.length, 40);
      assert.deepEqual([sources[0]!.contributor, sources[0]!.agreement], ['plain', null]);
      assert.match(sources[0]!.clause, /local decision/);
    },
  );

  await t.test('has its password in a file for the node alone, and nowhere else', async () => {
    const file = join(registry.folder, 'keys', 'taxii-plain.password');
    assert.equal(readFileSync(file, 'utf8'), password);
    assert.equal(statSync(file).mode & 0o077, 0);
    const row = JSON.stringify(await registry.db.all('SELECT * FROM taxii_server'));
    assert.ok(!row.includes(password));
    assert.ok(!JSON.stringify(await readLedger(registry.db, 0, 1_000)).includes(password));
    assert.deepEqual(
      readdirSync(join(registry.folder, 'keys')).filter((name) => name.endsWith('.new')),
      [],
    );
  });

  await t.test('that refuses the account is told so, and nothing is made known', async () => {
    const wrong = { url: other.url, name: 'wrong', credential: { username, password: 'x' } };
    await assert.rejects(addServer(registry, wrong), /refuses this account \(401\)/);
    assert.equal(await registry.db.get(`SELECT 1 FROM taxii_server WHERE name = 'wrong'`), undefined);
  });
});

test('servers as they are', async (t) => {
  const node = await startTestNode(t, 'Northlight', { now: new Date('2026-12-01T08:00:00Z') });
  const { registry } = node;

  await t.test('one that is busy is asked again, after the time it names', async (inner) => {
    let asked = 0;
    const { url } = await plainServer(inner, (request, response) => {
      if (++asked < 3) response.writeHead(asked === 1 ? 429 : 503, { 'retry-after': '0' }).end();
      else envelope([indicator(1)])(request, response);
    });
    const { server } = await addServer(registry, { url, name: 'busy' });
    assert.equal((await syncServer(registry, server)).accepted, 1);
    assert.equal(asked, 3);
  });

  await t.test('one that is busy for long is left, and what came is kept', async (inner) => {
    const { url } = await plainServer(inner, (request, response) => {
      if (request.url!.includes('next=')) response.writeHead(429, { 'retry-after': '3600' }).end();
      else envelope([indicator(2)], { more: true, next: 'second' })(request, response);
    });
    const { server } = await addServer(registry, { url, name: 'long' });
    await assert.rejects(syncServer(registry, server), /is busy; what came is kept/);
    const position = await registry.db.get<{ next: string }>(
      `SELECT next FROM sync_state WHERE peer = 'taxii:long'`,
    );
    assert.equal(position!.next, 'second');
    assert.ok(await registry.db.get('SELECT 1 FROM object WHERE id = ?', indicator(2).id));
  });

  await t.test('one whose connection breaks in the middle is asked again', async (inner) => {
    let asked = 0;
    const { url } = await plainServer(inner, (request, response) => {
      if (++asked === 1) request.socket.destroy();
      else envelope([indicator(3)])(request, response);
    });
    const { server } = await addServer(registry, { url, name: 'breaking' });
    assert.equal((await syncServer(registry, server)).accepted, 1);
  });

  await t.test('an object that breaks a rule is refused by name, the others are kept', async (inner) => {
    const bad = { ...indicator(5), pattern: '[broken' };
    const { url } = await plainServer(inner, envelope([indicator(4), bad, 7]));
    const { server } = await addServer(registry, { url, name: 'faulty' });
    const report = await syncServer(registry, server);
    assert.equal(report.accepted, 1);
    assert.equal(report.refused.length, 2);
  });

  await t.test('credentials go to the server’s own origin only', async (inner) => {
    const elsewhere = await plainServer(inner, envelope([]));
    const { url, calls } = await plainServer(inner, envelope([indicator(6)]), [
      '/api/',
      `${elsewhere.url}/api/`,
    ]);
    const credential = { username: 'u', password: 'p' };
    const { server } = await addServer(registry, { url, name: 'two-roots', credential });
    const { accepted, problems } = await syncServer(registry, server);
    assert.equal(accepted, 1);
    assert.match(problems[0]!, /of another server/);
    assert.equal(elsewhere.calls.length, 0);
    assert.ok(calls.every(({ authorization }) => authorization === `Basic ${btoa('u:p')}`));
  });

  await t.test('one API root, or one collection, may be named', async (inner) => {
    const { url } = await plainServer(inner, envelope([indicator(8)]));
    for (const [i, path] of ['/api', '/api/collections/c1/'].entries()) {
      const { collections } = await addServer(registry, { url: url + path, name: `part-${i}` });
      assert.deepEqual(
        collections.map(({ id }) => id),
        ['c1'],
      );
    }
  });

  await t.test('what is no TAXII server is told so, and nothing of it is kept', async (inner) => {
    const before = await count(node);
    const answers: Record<string, Route> = {
      garbage: (_request, response) => void response.end('\u0000\u0001'),
      'no envelope': (_request, response) => void response.end('{"objects":5}'),
      'cut off': (_request, response) => void response.end('{"objects":[{"type":"indicator"'),
      'a redirect': (_request, response) => void response.writeHead(302, { location: '/elsewhere' }).end(),
      'an error': (_request, response) => void response.writeHead(500).end('oops'),
    };
    for (const [what, route] of Object.entries(answers)) {
      const { url } = await plainServer(inner, route);
      const { server } = await addServer(registry, { url, name: what.replace(/ /g, '-') });
      await assert.rejects(
        syncServer(registry, server),
        (error) => isEntenteError(error) && error.exit === 2 && error.message.length < 800,
        what,
      );
    }
    assert.equal(await count(node), before);
    const { url } = await plainServer(inner, envelope([]), ['//evil.example/']);
    const { collections } = await addServer(registry, { url, name: 'evil' });
    assert.deepEqual(collections, []);
    for (const bad of ['ftp://x.example/', 'https://u:p@x.example/'])
      await assert.rejects(addServer(registry, { url: bad }), /address/);
    await assert.rejects(addServer(registry, { url, name: '../x' }), /name/);
  });
});
