/** Every kind of bad input: one precise message (what, where, limit), the right exit code, and nothing lost. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { encodeSignedAgreement } from '../../src/agreement/index.ts';
import { openCase } from '../../src/cases/index.ts';
import { addPeer, openRegistry, parseNodeCard, verifyLedger } from '../../src/registry/index.ts';
import { exampleAgreement, sign } from '../agreement/example.ts';
import { type Answerer, endless, json, never, startHostilePeer, text } from '../exchange/hostile-peer.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { indicator } from '../two-nodes.ts';
import { assertRefused, entente } from './entente.ts';

/** Opening a node with all its libraries takes about 110 MB; what is streamed adds little to that. */
const STREAMING_MB = 400;

async function makeNode(folder: string): Promise<string> {
  const data = join(folder, 'node');
  const registry = await openRegistry(data, { createAs: 'Northlight Security' });
  await openCase(registry, 'Case');
  await registry.close();
  return data;
}

async function assertWhole(data: string, objects?: number): Promise<void> {
  const registry = await openRegistry(data);
  try {
    assert.equal((await verifyLedger(registry)).ok, true);
    if (objects !== undefined)
      assert.equal((await registry.db.get<{ n: number }>('SELECT count(*) AS n FROM object'))!.n, objects);
  } finally {
    await registry.close();
  }
}

/** A pipe that is written to without end. */
function endlessPipe(t: TestContext, path: string, beginning: string): void {
  assert.equal(spawnSync('mkfifo', [path]).status, 0);
  const script = `(printf '%s' "$1"; exec yes a | tr -d '\\n') > "$2"`;
  const writer = spawn('sh', ['-c', script, 'sh', beginning, path], { stdio: 'ignore', detached: true });
  t.after(() => {
    try {
      process.kill(-writer.pid!, 'SIGKILL');
    } catch {
      // ended with its reader
    }
  });
}

const bundle = (objects: readonly unknown[]) =>
  JSON.stringify({ type: 'bundle', id: 'bundle--00000000-0000-4000-8000-000000000000', objects });

test('intelligence', { concurrency: 3 }, async (t) => {
  const folder = temporaryFolder(t);
  const data = await makeNode(folder);
  const file = (name: string, content: string | Uint8Array) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const take = (...paths: string[]) => entente(['import', ...paths, '--json', '--data', data]);
  const five = [1, 2, 3, 4, 5].map((n) => indicator(n));
  const whole = bundle(five);

  await Promise.all([
    t.test('that is a truncated bundle: says where it ends and what is kept', async () => {
      const cut = file('cut.json', whole.slice(0, whole.indexOf(five[3]!.id)));
      const ran = await take(cut);
      assertRefused(ran, 'json-syntax', 2, /cut\.json.*byte \d+.*the 3 objects before it are kept/, 'cut');
      assert.equal(ran.error!.where, cut);
      assert.equal(typeof ran.error!.offset, 'number');
    }),
    t.test('that is JSON but no STIX, or nothing at all', async () => {
      for (const [name, content, code] of [
        ['object.json', '{"hello":"world"}', 'intelligence-format'],
        ['numbers.json', '[1,2,3]', null],
        ['nothing.json', '', 'intelligence-format'],
        ['not-stix.json', bundle([{ type: 'x' }, { hello: 'world' }]), 'stix-invalid'],
        ['html.json', '<!doctype html><html><body>Sign in</body></html>', 'intelligence-format'],
        ['binary.json', Buffer.from([0, 1, 2, 0xff, 0xfe, 0]), 'intelligence-format'],
        ['deep.json', `{"type":"bundle","objects":[${'['.repeat(9_000)}`, 'json-limit'],
      ] as const) {
        const ran = await take(file(name, content));
        assert.equal(ran.exit, 2, `${name}: ${ran.stdout} ${ran.stderr}`);
        if (code) assertRefused(ran, code, 2, new RegExp(name.replace('.', '\\.')), name);
      }
    }),
    t.test('that is not UTF-8 in one object: refuses that object by name and keeps the others', async () => {
      const bytes = Buffer.from(bundle([indicator(11), indicator(12), indicator(13)]));
      bytes[bytes.indexOf('Indicator 12')] = 0xff;
      const ran = await take(file('latin.json', bytes));
      assert.equal(ran.exit, 1, ran.stderr);
      assert.match(ran.stdout, /"accepted":2,"unchanged":0,"refused":1/);
      assert.match(ran.stderr, /objects\[1\].*UTF-8/);
    }),
    t.test('that never ends: stops at the limit, in bounded memory', async (inner) => {
      const path = join(folder, 'endless.json');
      endlessPipe(inner, path, '{"type":"bundle","objects":["');
      const ran = await take(path);
      assertRefused(ran, 'json-limit', 2, /endless\.json.*longer than 16777216 bytes/, 'endless string');
      inner.diagnostic(`${ran.peakMb.toFixed(0)} MB`);
      assert.ok(ran.peakMb < STREAMING_MB, `${ran.peakMb} MB`);
    }),
    t.test('that is a folder, is missing, or may not be named so', async () => {
      assertRefused(await take(folder), 'file-unreadable', 2, /entente-test-/, 'a folder');
      assertRefused(await take(join(folder, 'none.json')), 'file-unreadable', 2, /none\.json/, 'missing');
      assertRefused(await take(), 'usage', 2, /at least one file/, 'none named');
      const wrong = await entente(['import', 'x', '--unmarked', 'pink', '--json', '--data', data]);
      assertRefused(wrong, 'usage', 2, /--unmarked takes one of/, 'a level that is none');
    }),
  ]);
  await assertWhole(data, 5);
});

test('evidence', { concurrency: 3 }, async (t) => {
  const folder = temporaryFolder(t);
  const data = await makeNode(folder);
  const intel = join(folder, 'values.txt');
  writeFileSync(intel, 'evil.example\n');
  await Promise.all([
    t.test('of one line larger than memory may be is searched in bounded memory', async (inner) => {
      const path = join(folder, 'line.log');
      const fd = openSync(path, 'w');
      const size = 128 * 1024 ** 2; // in memory it would be this and its text beside the 150 MB of a resting scan
      ftruncateSync(fd, size);
      writeSync(fd, Buffer.from(' evil.example '), 0, 14, size - 20);
      closeSync(fd);
      const ran = await entente(['match', '--intel', intel, '--evidence', path, '--json', '--jobs', '1']);
      rmSync(path);
      assert.equal(ran.exit, 0, ran.stderr);
      assert.match(ran.stdout, /"value":"evil\.example"/);
      inner.diagnostic(`${ran.peakMb.toFixed(0)} MB`);
      assert.ok(ran.peakMb < 250, `${ran.peakMb} MB`);
    }),
    t.test('that unpacks a thousandfold, twice, is bounded and named', async (inner) => {
      const path = join(folder, 'bomb.gz');
      const once = gzipSync(Buffer.alloc(10 * 1024 * 1024));
      writeFileSync(path, gzipSync(Buffer.concat(Array.from({ length: 4 }, () => once))));
      const ran = await entente(['match', '--intel', intel, '--evidence', path, '--json', '--jobs', '1']);
      assert.ok([0, 2].includes(ran.exit), `${ran.exit} ${ran.stderr}`);
      inner.diagnostic(
        `${ran.peakMb.toFixed(0)} MB; ${ran.stderr.trim().split('\n').slice(0, 3).join(' | ')}`,
      );
      assert.ok(ran.peakMb < STREAMING_MB, `${ran.peakMb} MB`);
      const kept = await entente(['evidence', 'add', 'Case', path, '--json', '--data', data]);
      assert.equal(kept.exit, 0, 'as an exhibit it is kept as it is');
    }),
    t.test('that lies outside its folder is not read', async () => {
      const secret = join(folder, 'secret.txt');
      writeFileSync(secret, 'evil.example');
      const path = join(folder, 'linked');
      mkdirSync(path);
      symlinkSync(secret, join(path, 'link.txt'));
      symlinkSync('..', join(path, 'up'));
      const ran = await entente(['match', '--intel', intel, '--evidence', path, '--json']);
      assert.equal(ran.stdout.trim(), '', 'nothing is found outside');
      assert.match(ran.stderr, /link/);
    }),
    t.test('that cannot be read, or has no case, registers nothing', async () => {
      const add = (...words: string[]) => entente(['evidence', 'add', ...words, '--json', '--data', data]);
      const pipe = join(folder, 'pipe');
      assert.equal(spawnSync('mkfifo', [pipe]).status, 0);
      assertRefused(
        await add('Case', join(folder, 'none')),
        'file-unreadable',
        2,
        /none: .*no such/,
        'missing',
      );
      assertRefused(await add('Case', pipe), 'file-unreadable', 2, /neither a file nor a folder/, 'pipe');
      assertRefused(await add('Nothing', intel), 'not-found', 2, /no case "Nothing"/, 'no case');
      assertRefused(await add('Case'), 'usage', 2, /name the case/, 'no path');
    }),
  ]);
  await assertWhole(data);
});

test('an agreement with one signature, or a changed byte, is not valid', async (t) => {
  const folder = temporaryFolder(t);
  const agreement = exampleAgreement();
  const path = join(folder, 'agreement.json');
  const verify = (content: string | Uint8Array) => {
    writeFileSync(path, content);
    return entente(['agreement', 'verify', path, '--json']);
  };
  const whole = encodeSignedAgreement(await sign(agreement));
  assert.equal((await verify(whole)).exit, 0);
  const half = await verify(encodeSignedAgreement(await sign(agreement, ['northlight'])));
  assertRefused(half, 'agreement-signature', 2, /interlink|Interlink/, 'one signature');
  const title = Buffer.from(whole).indexOf('Second agreement');
  const changed = Buffer.from(whole);
  changed[title]! ^= 0x20;
  const told = await verify(changed);
  assert.equal(told.exit, 2, told.stdout);
  assert.ok(told.error && told.error.message.length > 10);
  for (const junk of ['', '{}', 'null', '{"agreement":null,"signatures":[]}', whole.slice(0, 500)]) {
    const ran = await verify(junk);
    assert.equal(ran.exit, 2, `${junk.slice(0, 30)}: ${ran.stdout}`);
    assert.ok(ran.error, junk.slice(0, 30));
  }
});

test('a peer that answers nonsense', { concurrency: 3 }, async (t) => {
  const folder = temporaryFolder(t);
  const data = await makeNode(folder);
  const cases: [string, Answerer, string, RegExp][] = [
    ['garbage', text('\u0000\u0001'), 'peer-nonsense', /not JSON/],
    ['HTML', text('<html>It works!</html>'), 'peer-nonsense', /not JSON/],
    ['wrong JSON', json({ hello: 1 }), 'peer-nonsense', /does not describe an Entente node/],
    ['too much', endless('{"x":"', 'a'), 'peer-nonsense', /more than 65536 bytes/],
    ['a redirect', text('', 302, { location: '/' }), 'peer-nonsense', /redirects/],
    ['nothing, ever', never, 'peer-unreachable', /did not answer within 10 s/],
  ];
  await Promise.all([
    ...cases.map(([what, answerer, code, says]) =>
      t.test(`to peer add: ${what}`, async (inner) => {
        const hostile = await startHostilePeer(inner);
        hostile.answers.set('/', answerer); // nor is it any other server that a node could read
        const ran = await entente(['peer', 'add', hostile.url, '--json', '--data', data]);
        assertRefused(ran, code, 2, says, what);
        assert.ok(ran.error!.message.includes(hostile.url), 'it says where');
      }),
    ),
    t.test('to peer add: nobody there, no address, itself, another key', async (inner) => {
      const add = (...words: string[]) => entente(['peer', 'add', ...words, '--json', '--data', data]);
      assertRefused(await add('http://127.0.0.1:9'), 'peer-unreachable', 2, /127\.0\.0\.1:9/, 'nobody');
      assertRefused(await add('not an address'), 'usage', 2, /address/, 'no address');
      const hostile = await startHostilePeer(inner);
      assertRefused(await add(hostile.url, '--key', 'x'), 'conflict', 2, /has the key/, 'another key');
    }),
    t.test('to sync', async (inner) => {
      const hostile = await startHostilePeer(inner);
      const registry = await openRegistry(data);
      await addPeer(registry, parseNodeCard(hostile.card, 'x'), hostile.url);
      await registry.close();
      for (const [what, answerer] of [
        ['garbage', text('\u0000')],
        ['wrong JSON', json({ messages: [null] })],
        ['a redirect', text('', 302, { location: '/' })],
      ] as const) {
        hostile.answers.set('/api/v1/exchange/messages', answerer);
        const ran = await entente(['sync', 'Well-Behaved Ltd', '--json', '--data', data]);
        assertRefused(ran, 'peer-nonsense', 2, /Well-Behaved|127/, what);
      }
    }),
  ]);
  await assertWhole(data, 0);
});

test('the machine', { concurrency: 3 }, async (t) => {
  const folder = temporaryFolder(t);
  const data = await makeNode(folder);
  const on = (where: string, ...words: string[]) => entente([...words, '--json', '--data', where]);
  const copyOf = (name: string) => {
    const target = join(folder, name);
    assert.equal(spawnSync('cp', ['-r', data, target]).status, 0);
    return target;
  };
  await Promise.all([
    t.test('has the port in use', async (inner) => {
      const server = createServer();
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
      inner.after(() => server.close());
      const { port } = server.address() as AddressInfo;
      const ran = await on(data, 'up', '--port', String(port));
      assertRefused(ran, 'port-in-use', 2, new RegExp(`port ${port} is in use`), 'port in use');
      assertRefused(await on(data, 'up', '--port', '70000'), 'usage', 2, /65535/, 'no port');
      assertRefused(
        await on(data, 'up', '--port', '0', '--host', '192.0.2.1'),
        'usage',
        2,
        /192\.0\.2\.1/,
        'host',
      );
    }),
    t.test('is asked for commands and options that do not exist', async () => {
      assertRefused(await on(data, 'frobnicate'), 'usage', 2, /no command "frobnicate"/, 'command');
      assertRefused(await on(data, 'ledger', 'frob'), 'usage', 2, /has no "frob"; it has: /, 'subcommand');
      assertRefused(await on(data, 'ledger', 'verify', '--frob'), 'usage', 2, /--frob/, 'option');
      assertRefused(await on(data, 'agreement', 'show'), 'usage', 2, /agreement/, 'argument');
      assertRefused(await on(data, 'agreement', 'show', 'x'), 'not-found', 2, /no agreement x/, 'unknown');
      assertRefused(await on(data, 'recall', 'x'), 'usage', 2, /--reason is missing/, 'required option');
    }),
    t.test('has no node in the data folder', async () => {
      const empty = join(folder, 'empty');
      mkdirSync(empty);
      assertRefused(await on(empty, 'ledger', 'verify'), 'not-found', 2, /holds no node/, 'empty');
      assertRefused(await on(join(folder, 'absent'), 'sync'), 'not-found', 2, /holds no node/, 'absent');
      const isFile = join(folder, 'file');
      writeFileSync(isFile, 'x');
      assertRefused(
        await on(isFile, 'up', '--name', 'X', '--port', '0'),
        'file-unreadable',
        2,
        /file/,
        'a file',
      );
    }),
    t.test('has a store that was damaged', async () => {
      const head = copyOf('head');
      const fd = openSync(join(head, 'entente.db'), 'r+');
      writeSync(fd, Buffer.alloc(100, 0x5a), 0, 100, 0);
      closeSync(fd);
      assertRefused(await on(head, 'ledger', 'verify'), 'store-damaged', 3, /cannot be read/, 'header');
      const leaf = copyOf('leaf');
      const store = new DatabaseSync(join(leaf, 'entente.db'));
      store.exec("UPDATE ledger_leaf SET body = replace(body, 'Northlight', 'Southlight') WHERE idx = 0");
      store.close();
      const told = await on(leaf, 'ledger', 'verify');
      assert.equal(told.exit, 1, 'a changed leaf is an answer');
      assert.match(told.stdout, /"firstBad":\{"index":0/);
      const lost = copyOf('lost');
      const cut = new DatabaseSync(join(lost, 'entente.db'));
      cut.exec('DELETE FROM ledger_node');
      cut.close();
      assertRefused(await on(lost, 'ledger', 'verify'), 'store-damaged', 3, /lacks node/, 'nodes');
      const keyless = copyOf('keyless');
      rmSync(join(keyless, 'keys', 'node.jwk'));
      assertRefused(await on(keyless, 'ledger', 'verify'), 'store-damaged', 3, /node key is missing/, 'key');
    }),
    t.test('has a store from a newer version', async () => {
      const newer = copyOf('newer');
      const store = new DatabaseSync(join(newer, 'entente.db'));
      store.exec("INSERT INTO schema_step (number, name) VALUES (999, 'tomorrow')");
      store.close();
      assertRefused(await on(newer, 'ledger', 'verify'), 'store-newer', 3, /step 999/, 'newer');
      const after = readFileSync(join(newer, 'entente.db'));
      assert.ok(after.length > 0);
    }),
  ]);
  await assertWhole(data);
});

test('a full disk loses nothing that was acknowledged', async (t) => {
  const folder = temporaryFolder(t);
  const disk = join(folder, 'disk');
  mkdirSync(disk);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', disk]);
  if (mounted.status !== 0) return t.skip('this machine lets nobody mount a small disk');
  // Before the folder is removed, which happens after the test.
  try {
    const data = await makeNode(disk);
    const small = join(folder, 'small.json');
    const large = join(folder, 'large.json');
    writeFileSync(small, bundle(Array.from({ length: 20 }, (_, i) => indicator(i))));
    writeFileSync(large, bundle(Array.from({ length: 4_000 }, (_, i) => indicator(1_000 + i))));
    assert.equal((await entente(['import', small, '--json', '--data', data])).exit, 0);
    const full = await entente(['import', large, '--json', '--data', data]);
    assertRefused(full, 'disk-full', 3, /disk/, 'import');
    const evidence = join(folder, 'evidence.bin');
    writeFileSync(evidence, Buffer.alloc(4_000_000, 'evidence'));
    const exhibit = await entente(['evidence', 'add', 'Case', evidence, '--json', '--data', data]);
    assertRefused(exhibit, 'disk-full', 3, /disk/, 'evidence');
    assert.equal(spawnSync('mount', ['-o', 'remount,size=40m', disk]).status, 0);
    await assertWhole(data);
    const again = await entente(['import', small, large, '--json', '--data', data]);
    assert.equal(again.exit, 0, again.stderr);
    await assertWhole(data, 4_020);
    assert.equal((await entente(['evidence', 'add', 'Case', evidence, '--json', '--data', data])).exit, 0);
  } finally {
    spawnSync('umount', [disk]);
  }
});
