import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isEntenteError } from '../../src/base/index.ts';
import {
  addExhibit,
  custodyOf,
  disposeExhibit,
  makeBundle,
  openCase,
  readExhibit,
  rerunTool,
  runMatch,
  runTool,
  type Tool,
  vaultOf,
  verifyBundle,
} from '../../src/cases/index.ts';
import { verifyLedger } from '../../src/registry/index.ts';
import { exampleCase, filesWith, ownSource, SAID } from './example-case.ts';

const refusal = (code: string) => (error: unknown) => isEntenteError(error) && error.code === code;

const UPPER: Tool = {
  name: 'upper',
  purpose: 'to test',
  async execute({ registry, exhibits, keep }) {
    for (const exhibit of exhibits) {
      const vault = await vaultOf(registry, exhibit);
      const chunks: Uint8Array[] = [];
      for await (const chunk of vault.read(exhibit.sha256)) chunks.push(chunk);
      const text = Buffer.concat(chunks).toString().toUpperCase();
      await keep(
        exhibit,
        'upper.txt',
        (async function* () {
          yield Buffer.from(text);
        })(),
      );
    }
    return { account: {} };
  },
};

async function encryptedCase(t: Parameters<typeof exampleCase>[0]) {
  const { registry, folder } = await exampleCase(t);
  const file = await openCase(registry, 'Secret', { encrypted: true });
  const path = join(folder, 'note.txt');
  writeFileSync(path, 'marmalade at evil.example\n');
  const exhibit = await addExhibit(registry, file, path, SAID);
  return { registry, folder, file, exhibit, data: registry.folder };
}

test('in an encrypted case evidence is never on disk in the clear, and everything works with it', async (t) => {
  const { registry, folder, file, exhibit, data } = await encryptedCase(t);
  assert.deepEqual(filesWith(join(data, 'blobs'), 'marmalade'), []);
  const box = join(folder, 'box');
  mkdirSync(box);
  for (const name of ['a', 'b']) writeFileSync(join(box, name), 'marmalade twice, evil.example');
  const inBox = await addExhibit(registry, file, box, SAID);
  const { findings, record } = await runMatch(registry, file, [ownSource(registry, 'evil.example')], SAID);
  assert.deepEqual(
    findings.map((finding) => [finding.file, finding.offset]),
    [
      ['note.txt', 13],
      ['box/a', 17],
      ['box/b', 17],
    ],
  );
  assert.equal((await rerunTool(registry, record.id, SAID)).identical, true);
  const { derived, record: run } = await runTool(registry, file, UPPER, [exhibit], {}, SAID);
  assert.notEqual(derived[0]!.sealed!.key, exhibit.sealed!.key, 'a key of its own');
  assert.deepEqual(filesWith(join(data, 'blobs'), 'MARMALADE'), []);
  assert.equal((await rerunTool(registry, run.id, SAID, [UPPER])).identical, true);
  const reading = await readExhibit(registry, inBox, { path: 'a', offset: 0, length: 9 }, SAID);
  const chunks: Uint8Array[] = [];
  for await (const chunk of reading.bytes) chunks.push(chunk);
  assert.equal(Buffer.concat(chunks).toString(), 'marmalade');
  const out = join(folder, 'out.zip');
  await makeBundle(registry, file, out);
  const verdict = await verifyBundle(out);
  assert.equal(verdict.ok, true, verdict.cause ?? '');
  assert.ok(readFileSync(out).includes('marmalade'), 'a bundle is for others, and holds the content');
});

test('disposing of encrypted evidence destroys its key: the ledger says which, and no file of the node has it any more', async (t) => {
  const { registry, folder, file, exhibit, data } = await encryptedCase(t);
  const plain = await addExhibit(registry, await openCase(registry, 'Open'), join(folder, 'note.txt'), SAID);
  const { key, commitment } = exhibit.sealed!;
  const row = await registry.db.get<{ wrapped: Uint8Array }>(
    'SELECT wrapped FROM exhibit_key WHERE id = ?',
    key,
  );
  const wrapped = Buffer.from(row!.wrapped);
  assert.notDeepEqual(filesWith(data, wrapped), [], 'the search finds what is there');
  const vault = await vaultOf(registry, exhibit);
  const path = await vault.path(exhibit.sha256);
  const disposal = await disposeExhibit(registry, exhibit, { ...SAID, authority: 'order 3/2026' });
  assert.deepEqual(disposal.key, { key, commitment });
  assert.deepEqual(disposal.kept, [], 'the same content in the clear is another exhibit’s own');
  assert.deepEqual(filesWith(data, wrapped), []);
  assert.equal(existsSync(path), false);
  assert.equal(existsSync(join(data, 'blobs/sealed', key)), false);
  assert.equal(await registry.blobs.has(plain.sha256), true);
  await assert.rejects(vaultOf(registry, exhibit), refusal('store-damaged'));
  const { event } = (await custodyOf(registry, exhibit.id)).at(-1)!;
  assert.deepEqual(event.details['key'], { key, commitment });
  const out = join(folder, 'out.zip');
  await makeBundle(registry, file, out);
  assert.equal((await verifyBundle(out)).ok, true);
  assert.equal((await verifyLedger(registry)).ok, true);
});

test('without the sealing key, or with another, nothing encrypted is opened', async (t) => {
  const { registry, exhibit, data } = await encryptedCase(t);
  const path = join(data, 'keys', 'sealing.jwk');
  const kept = readFileSync(path);
  assert.equal(statSync(path).mode & 0o077, 0);
  const { renameSync } = await import('node:fs');
  renameSync(path, `${path}.away`);
  await assert.rejects(readExhibit(registry, exhibit, {}, SAID), refusal('store-damaged'));
  writeFileSync(path, JSON.stringify({ kty: 'oct', k: Buffer.alloc(32, 1).toString('base64url') }));
  await assert.rejects(readExhibit(registry, exhibit, {}, SAID), refusal('store-damaged'));
  writeFileSync(path, kept);
  await readExhibit(registry, exhibit, {}, SAID);
});
