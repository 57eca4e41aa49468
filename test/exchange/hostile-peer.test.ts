import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { isEntenteError } from '../../src/base/index.ts';
import { call } from '../../src/exchange/http-client.ts';
import { fetchNodeCard, syncPeer } from '../../src/exchange/index.ts';
import { addPeer, nodeCard, parseNodeCard, signStatement, verifyLedger } from '../../src/registry/index.ts';
import { bringIntoForce, indicator, startTestNode, type TestNode } from '../two-nodes.ts';
import { type Answerer, endless, json, never, startHostilePeer, text } from './hostile-peer.ts';

const START = '2026-12-01T08:00:00Z';
const NONSENSE: Record<string, Answerer> = {
  garbage: text('\u0000\u0001\u0002\u00ff'),
  'not UTF-8': (_request, response) => void response.end(Buffer.from([0x22, 0xff, 0xfe, 0x22])),
  HTML: text('<!doctype html><html><body>It works!</body></html>'),
  'an empty body': text(''),
  null: json(null),
  'an array': json([1, 2, 3]),
  'a string': json('yes'),
  'a number': json(42),
  'cut-off JSON': text('{"messages": [{"id"'),
  'very deep JSON': text(`${'['.repeat(100_000)}${']'.repeat(100_000)}`),
  'other members': json({ hello: 'world' }),
  'wrong types': json({
    messages: 7,
    api_roots: 7,
    collections: 7,
    objects: 7,
    statement: 7,
    name: 7,
    kid: 7,
    key: 7,
  }),
  'lists of null': json({ messages: [null], api_roots: [null], collections: [null], objects: [null] }),
  'lists of lists': json({ messages: [[]], api_roots: [[]], collections: [[]], objects: [[]] }),
  'a redirect': text('', 302, { location: 'http://127.0.0.1:9/elsewhere' }),
  'a permanent redirect': text('', 308, { location: '/elsewhere' }),
  '500': text('oops', 500),
  '403 with clauses of its own': json({ status: 403, clauses: [null, 7, 'x'.repeat(9_000)] }, 403),
  '204': text('', 204),
  'a dropped connection': (request) => void request.socket.destroy(),
  'less than announced': (_request, response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('{');
    setTimeout(() => response.destroy(), 20);
  },
};

const STEPS = [
  '/api/v1/exchange/messages',
  '/taxii2/',
  '/taxii2/root/collections/',
  '/taxii2/root/collections/all/objects/',
  '/api/v1/exchange/deliveries/',
];

async function state({ registry }: TestNode) {
  const counts: Record<string, number> = {};
  for (const table of ['object', 'delivery', 'inbox', 'sync_state', 'ledger_leaf'])
    counts[table] = Number((await registry.db.get<{ n: number }>(`SELECT count(*) AS n FROM ${table}`))!.n);
  return counts;
}

test('a peer that answers nonsense', async (t) => {
  const time = { now: new Date(START) };
  const node = await startTestNode(t, 'Interlink Police Organisation', time);
  const company = await startTestNode(t, 'Northlight Security', time);
  const { registry } = node;
  const hostile = await startHostilePeer(t);
  const peer = await addPeer(registry, parseNodeCard(hostile.card, 'here'), hostile.url);
  await addPeer(registry, parseNodeCard(nodeCard(company.registry), 'here'), company.url);
  await addPeer(company.registry, parseNodeCard(nodeCard(node.registry), 'here'), node.url);
  const elsewhere = await bringIntoForce(time, company, node); // an agreement, but not with this peer
  const good = JSON.stringify(indicator(1));
  Object.assign(hostile.page, { objects: [good], to: registry.identity.kid, under: `${elsewhere}#1` });

  const refusedSync = async (what: string, pattern?: RegExp) => {
    const before = await state(node);
    await assert.rejects(
      syncPeer(registry, peer),
      (error) => {
        assert.ok(isEntenteError(error), `${what}: ${(error as Error).stack}`);
        assert.equal(error.exit, 2, `${what}: ${error.code}`);
        assert.ok(error.message.length > 10 && error.message.length < 2_000, what);
        if (pattern) assert.match(error.message, pattern, what);
        return true;
      },
      what,
    );
    assert.deepEqual(await state(node), before, `${what}: something of it was kept`);
  };

  for (const path of STEPS) {
    await t.test(`at ${path} is told so, and nothing of it is used`, async () => {
      for (const [what, answerer] of Object.entries(NONSENSE)) {
        // These are right answers at these places, or at least harmless ones: nothing there.
        if (path.endsWith('objects/') && what === 'other members') continue;
        if (path === '/taxii2/root/collections/' && what === 'other members') continue;
        hostile.answers.clear();
        hostile.answers.set(path, answerer);
        await refusedSync(`${path} answers ${what}`);
      }
      hostile.answers.clear();
    });
  }

  await t.test('cannot make this node call another server', async () => {
    let calls = 0;
    const victim = createServer((_request, response) => {
      calls++;
      response.end('{}');
    });
    await new Promise<void>((done) => victim.listen(0, '127.0.0.1', done));
    t.after(() => victim.close());
    const address = `127.0.0.1:${(victim.address() as AddressInfo).port}`;
    for (const root of [`http://${address}/`, `//${address}/`, `\\\\${address}\\`, `http:${address}/`]) {
      hostile.answers.set('/taxii2/', json({ api_roots: [root] }));
      await refusedSync(root).catch((error) => {
        if (calls > 0) throw error;
      });
    }
    hostile.answers.clear();
    for (const path of ['/api/v1/exchange/messages', '/taxii2/']) {
      hostile.answers.set(path, text('', 307, { location: `http://${address}/x` }));
      await refusedSync('a redirect', /redirects/);
      hostile.answers.clear();
    }
    assert.equal(calls, 0);
  });

  await t.test('cannot deliver what it did not state, or states wrongly', async () => {
    const change = (edit: NonNullable<typeof hostile.page.change>) => {
      hostile.page.change = edit;
    };
    const first = (statement: { objects: Record<string, unknown>[] }) => statement.objects[0]!;
    const cases: Record<string, NonNullable<typeof hostile.page.change>> = {
      'to another node': (s) => ({ ...s, to: company.registry.identity.kid }),
      'from another node': (s) => ({ ...s, from: company.registry.identity.kid }),
      'another delivery': (s) => ({ ...s, id: 'delivery--00000000-0000-4000-8000-000000000000' }),
      'fewer objects': (s) => ({ ...s, objects: [] }),
      'more objects': (s) => ({ ...s, objects: [...s.objects, ...s.objects] }),
      'another digest': (s) => ({ ...s, objects: [{ ...first(s as never), digest: '0'.repeat(64) }] }),
      'another id': (s) => ({ ...s, objects: [{ ...first(s as never), id: indicator(2).id }] }),
      'another version': (s) => ({
        ...s,
        objects: [{ ...first(s as never), version: '2020-01-01T00:00:00.000Z' }],
      }),
      'no agreement': (s) => ({ ...s, objects: [{ ...first(s as never), under: '' }] }),
      'an agreement nobody made': (s) => ({
        ...s,
        objects: [{ ...first(s as never), under: 'agreement--00000000-0000-4000-8000-000000000000#1' }],
      }),
      'an agreement with somebody else': (s) => s,
      'no time': (s) => ({ ...s, at: 'later' }),
      'no collection': (s) => ({ ...s, collection: 5 }),
      'null objects': (s) => ({ ...s, objects: [null] }),
    };
    for (const [what, edit] of Object.entries(cases)) {
      change(edit);
      await refusedSync(`states ${what}`);
    }
    delete hostile.page.change;
    hostile.answers.set('/api/v1/exchange/deliveries/', async (request, response) => {
      const jws = await signStatement(company.registry.identity, 'delivery', { id: 'x' });
      json({ statement: jws })(request, response);
    });
    await refusedSync('signed by another node', /signed/);
    hostile.answers.clear();
  });

  await t.test('is bounded in size and time', async () => {
    const small = { bytesMax: 100_000, timeoutMs: 500 };
    hostile.answers.set('/', endless('{"x":"', 'a'));
    await assert.rejects(call(`${hostile.url}/`, small), /answered more than 100000 bytes/);
    await assert.rejects(fetchNodeCard(hostile.url), /answered more than 65536 bytes/);
    const bomb = gzipSync(Buffer.alloc(50_000_000, 0x20));
    hostile.answers.set('/', (_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb);
    });
    await assert.rejects(call(`${hostile.url}/`, small), /answered more than 100000 bytes/);
    hostile.answers.set('/', never);
    await assert.rejects(call(`${hostile.url}/`, small), /did not answer within 0.5 s/);
    hostile.answers.set('/', (_request, response) => {
      response.write('{');
      const drip = setInterval(() => response.write(' '), 50);
      response.on('close', () => clearInterval(drip));
    });
    await assert.rejects(call(`${hostile.url}/`, small), /did not answer within 0.5 s/);
    hostile.answers.clear();
  });

  await t.test('that pages for ever is left when a page brings nothing new', async () => {
    let pages = 0;
    hostile.answers.set('/taxii2/root/collections/all/objects/', (_request, response) => {
      pages++;
      response.setHeader('x-taxii-date-added-last', '2026-12-01T00:00:00.000001Z');
      json({ more: true, next: `page-${pages}` })(_request, response);
    });
    const report = await syncPeer(registry, peer);
    assert.equal(report.pages, 0);
    assert.ok(pages < 5, `${pages} pages were fetched`);
    hostile.answers.clear();
  });

  await t.test('leaves the ledger whole', async () => {
    assert.equal((await verifyLedger(registry)).ok, true);
  });
});

test('a node’s card that is none is refused', async (t) => {
  const hostile = await startHostilePeer(t);
  const good = hostile.card;
  for (const [what, answerer] of Object.entries(NONSENSE)) {
    hostile.answers.set('/api/v1/node', answerer);
    await assert.rejects(
      fetchNodeCard(hostile.url),
      (error) => isEntenteError(error) && error.exit === 2,
      what,
    );
  }
  for (const parts of [
    { name: '' },
    { name: 'x'.repeat(500) },
    { name: { toString: 'x' } },
    { name: 'Evil\u001b[2J\nInc' },
    { kid: 'A'.repeat(43) },
    { key: { ...(good['key'] as object), x: 'short' } },
    { key: { ...(good['key'] as object), kty: 'RSA' } },
    { key: null },
    { signatoryKey: undefined },
    { signatoryKey: { ...(good['key'] as object), x: 'A'.repeat(43), crv: 'X25519' } },
  ]) {
    hostile.answers.set('/api/v1/node', json({ ...good, ...parts }));
    await assert.rejects(
      fetchNodeCard(hostile.url),
      (error) => isEntenteError(error) && error.code === 'peer-nonsense',
      JSON.stringify(parts),
    );
  }
  hostile.answers.clear();
  assert.equal((await fetchNodeCard(hostile.url)).kid, hostile.identity.kid);
});
