import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { importFeed, openFeed, ownCollection } from '../../src/exchange/index.ts';
import { openRegistry } from '../../src/registry/index.ts';
import { sharedData } from '../shared-data.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const uuid = (n: number) => `5f6e0f0a-0000-4000-8000-${String(n).padStart(12, '0')}`;

const event = (n: number, values: number, timestamp = 1_790_000_000) => ({
  Event: {
    uuid: uuid(n),
    info: `Event ${n}`,
    date: '2026-10-01',
    timestamp: String(timestamp),
    Orgc: { uuid: uuid(999), name: 'Example CERT' },
    Tag: [{ name: 'tlp:green' }],
    Attribute: Array.from({ length: values }, (_, i) => ({
      uuid: uuid(n * 1_000 + i),
      type: 'domain',
      to_ids: true,
      value: `d${i}.e${n}.example`,
      timestamp: String(timestamp),
    })),
  },
});

async function emptyNode(context: TestContext) {
  const folder = temporaryFolder(context);
  const registry = await openRegistry(join(folder, 'node'), { createAs: 'Test' });
  context.after(() => registry.close());
  const feed = join(folder, 'feed');
  mkdirSync(feed);
  const { id } = await ownCollection(registry);
  const write = (name: string, value: unknown) =>
    writeFileSync(join(feed, name), typeof value === 'string' ? value : JSON.stringify(value));
  const read = async (location = feed) => importFeed(registry, id, (await openFeed(location))!);
  const indicators = async () =>
    Number(
      (await registry.db.get<{ n: number }>("SELECT count(*) AS n FROM object WHERE type = 'indicator'"))!.n,
    );
  return { registry, feed, write, read, indicators };
}

const manifestOf = (...entries: [number, number][]) =>
  Object.fromEntries(
    entries.map(([n, timestamp]) => [uuid(n), { info: `Event ${n}`, timestamp: String(timestamp) }]),
  );

test('a feed in a folder is read, and then only what is new or changed', async (context) => {
  const { write, read, indicators } = await emptyNode(context);
  write('manifest.json', manifestOf([1, 10], [2, 20]));
  write(`${uuid(1)}.json`, event(1, 3));
  write(`${uuid(2)}.json`, event(2, 2));
  const first = await read();
  assert.deepEqual([first.events, first.unchangedEvents, first.problems], [2, 0, []]);
  assert.equal(await indicators(), 5);
  const again = await read();
  assert.deepEqual([again.events, again.unchangedEvents, again.accepted], [0, 2, 0]);
  write('manifest.json', manifestOf([1, 10], [2, 30], [3, 5]));
  write(`${uuid(2)}.json`, event(2, 4, 1_790_001_000));
  write(`${uuid(3)}.json`, event(3, 1));
  const third = await read();
  assert.deepEqual([third.events, third.unchangedEvents], [2, 1]);
});

test('an event that is missing, wrong or another one is named, and the others come', async (context) => {
  const { write, read, indicators } = await emptyNode(context);
  write('manifest.json', {
    ...manifestOf([1, 1], [2, 2], [3, 3], [4, 4]),
    '../../../etc/passwd': { timestamp: '1' },
    [uuid(5)]: { info: 'no time' },
    [uuid(6)]: null,
  });
  write(`${uuid(1)}.json`, event(1, 1));
  write(`${uuid(2)}.json`, '{"Event":');
  write(`${uuid(3)}.json`, event(7, 1));
  write(
    'hashes.csv',
    `d41d8cd98f00b204e9800998ecf8427e,${uuid(1)}\nd41d8cd98f00b204e9800998ecf8427e,${uuid(77)}\nnonsense\n`,
  );
  const { events, problems } = await read();
  assert.equal(events, 1);
  assert.equal(await indicators(), 1);
  const says = (pattern: RegExp) =>
    assert.equal(
      problems.filter((words) => pattern.test(words)).length,
      1,
      `${pattern}: ${problems.join(' | ')}`,
    );
  says(/etc\/passwd.*no UUID/);
  says(new RegExp(`${uuid(2)}: .*no JSON`));
  says(new RegExp(`${uuid(3)}: .*another one`));
  says(new RegExp(`${uuid(4)}: .*not there`));
  says(new RegExp(`${uuid(5)} has no timestamp`));
  says(new RegExp(`${uuid(6)} has no timestamp`));
  says(new RegExp(`hashes.csv.*${uuid(77)}`));
  // What failed is tried again.
  write(`${uuid(4)}.json`, event(4, 1));
  assert.equal((await read()).events, 1);
});

test('a folder without a manifest is no feed; a manifest that is none ends it with a message', async (context) => {
  const { feed, write, read } = await emptyNode(context);
  assert.equal(await openFeed(feed), null);
  for (const wrong of ['[]', '"x"', 'null', '{', '\xff']) {
    write('manifest.json', wrong);
    await assert.rejects(
      read(),
      { code: /^\{$|\xff/.test(wrong) ? 'json-syntax' : 'intelligence-format' },
      wrong,
    );
  }
});

function serve(context: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  context.after(() => server.closeAllConnections());
  context.after(() => server.close());
  return new Promise((done) =>
    server.listen(0, '127.0.0.1', () =>
      done(`http://127.0.0.1:${(server.address() as AddressInfo).port}/feed/`),
    ),
  );
}

test('a feed behind HTTP is read, also by the address of its manifest', async (context) => {
  const { read, indicators } = await emptyNode(context);
  const asked: string[] = [];
  const address = await serve(context, (request, response) => {
    asked.push(request.url!);
    if (request.url === '/feed/manifest.json') return response.end(JSON.stringify(manifestOf([1, 1])));
    if (request.url === `/feed/${uuid(1)}.json`) return response.end(JSON.stringify(event(1, 2)));
    response.statusCode = 404;
    response.end();
  });
  assert.equal((await read(address)).events, 1);
  assert.equal((await read(`${address}manifest.json`)).unchangedEvents, 1, 'the same feed by another name');
  assert.equal(await indicators(), 2);
  assert.equal(asked.filter((url) => url.endsWith(`${uuid(1)}.json`)).length, 1);
});

test('a hostile feed is bounded: no redirect is followed, no endless answer read, and the message says which', async (context) => {
  const { read } = await emptyNode(context);
  let elsewhere = 0;
  const other = await serve(context, (_request, response) => {
    elsewhere++;
    response.end('{}');
  });
  const address = await serve(context, (request, response) => {
    if (request.url!.endsWith('manifest.json'))
      return response.end(JSON.stringify(manifestOf([1, 1], [2, 2])));
    if (request.url!.endsWith(`${uuid(1)}.json`)) return response.writeHead(302, { location: other }).end();
    if (request.url!.endsWith('hashes.csv')) return response.writeHead(404).end();
    const more = () => {
      while (response.write('x'.repeat(1 << 20)));
      response.once('drain', more);
    };
    more();
  });
  const { problems } = await read(address);
  assert.equal(problems.length, 2, problems.join(' | '));
  assert.match(problems.join(' | '), /redirects are not followed/);
  assert.match(problems.join(' | '), /answered more than/);
  assert.equal(elsewhere, 0);
  for (const wrong of ['http://', 'https://user:secret@feed.example/', 'https://feed.example/?key=1'])
    await assert.rejects(async () => read(wrong), { code: 'usage' }, wrong);
});

const eset = sharedData('misp/eset');
test('real events as a feed come in with the counts that are known of them', {
  skip: eset.skip,
}, async (context) => {
  const { write, read, registry } = await emptyNode(context);
  const manifest: Record<string, unknown> = {};
  for (const file of readdirSync(eset.path)) {
    const content = JSON.parse(readFileSync(join(eset.path, file), 'utf8'));
    const [inner] = (content.response ?? [content]).map((entry: { Event?: unknown }) => entry.Event ?? entry);
    manifest[inner.uuid] = { timestamp: inner.timestamp };
    write(`${inner.uuid}.json`, { Event: inner });
  }
  write('manifest.json', manifest);
  const { events, problems, refused } = await read();
  assert.deepEqual(problems, []);
  assert.equal(events, Object.keys(manifest).length);
  assert.equal(refused, 0);
  const reports = await registry.db.get<{ n: number }>(
    "SELECT count(*) AS n FROM object WHERE type = 'report'",
  );
  assert.ok(Number(reports!.n) >= events - 1);
});
