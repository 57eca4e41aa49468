import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, readFileSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isEntenteError } from '../../src/base/index.ts';
import {
  addExhibit,
  custodyOf,
  listExhibits,
  makeBundle,
  openCase,
  verifyBundle,
} from '../../src/cases/index.ts';
import { openRegistry, verifyLedger, verifyStatement } from '../../src/registry/index.ts';
import { temporaryFolder } from '../temporary-folder.ts';

async function nodeWithCase(t: Parameters<typeof temporaryFolder>[0]) {
  const folder = temporaryFolder(t);
  const registry = await openRegistry(join(folder, 'node'), { createAs: 'Police of Arvenia' });
  t.after(() => registry.close());
  return { folder, registry, file: await openCase(registry, 'Custody') };
}

const INTAKE = { person: 'A. Person', purpose: 'test' };

/** What the file is read in at a time is smaller than this, so that reading takes several steps. */
const SEVERAL_READS = 6 * 1024 * 1024;

test('the bytes of an exhibit are those that were read, and its first custody event is signed and in the ledger', async (t) => {
  const { folder, registry, file } = await nodeWithCase(t);
  const path = join(folder, 'a.bin');
  const bytes = Buffer.alloc(SEVERAL_READS, 'evidence');
  writeFileSync(path, bytes);
  const exhibit = await addExhibit(registry, file, path, INTAKE);
  assert.equal(exhibit.sha256, createHash('sha256').update(bytes).digest('hex'));
  assert.deepEqual(readFileSync(await registry.blobs.path(exhibit.sha256)), bytes);
  const [first, ...more] = await custodyOf(registry, exhibit.id);
  assert.deepEqual(more, []);
  const event = await verifyStatement(first!.jws, 'custody', registry.identity.publicJwk);
  assert.equal(event['type'], 'collect');
  assert.equal(event['previous'], null);
  assert.equal((event['after'] as { sha256: string }).sha256, exhibit.sha256);
  assert.equal((await verifyLedger(registry)).ok, true);
});

test('evidence that grows while it is read is kept as read, and the custody event says so', async (t) => {
  const { folder, registry, file } = await nodeWithCase(t);
  const path = join(folder, 'growing.log');
  writeFileSync(path, Buffer.alloc(SEVERAL_READS, 'line\n'));
  let grown = 0;
  const exhibit = await addExhibit(registry, file, path, {
    ...INTAKE,
    onBytes: () => {
      if (grown++ < 3) appendFileSync(path, 'more\n');
    },
  });
  const [event] = await custodyOf(registry, exhibit.id);
  assert.equal(event!.event.details['changedWhileRead'], true);
  const kept = readFileSync(await registry.blobs.path(exhibit.sha256));
  assert.equal(kept.length, exhibit.sizeBytes);
  assert.equal(createHash('sha256').update(kept).digest('hex'), exhibit.sha256);
  const out = join(folder, 'out.zip');
  await makeBundle(registry, file, out);
  assert.equal((await verifyBundle(out)).ok, true, 'what was kept is whole');
});

test('evidence that vanishes or becomes a link while a folder is read is left and named, and nothing outside is taken', async (t) => {
  const { folder, registry, file } = await nodeWithCase(t);
  const secret = join(folder, 'secret.txt');
  writeFileSync(secret, 'not evidence');
  const path = join(folder, 'evidence');
  mkdirSync(path);
  writeFileSync(join(path, 'a.txt'), 'first');
  for (const name of ['b.txt', 'c.txt']) writeFileSync(join(path, name), name);
  symlinkSync(secret, join(path, 'd-link'));
  symlinkSync(folder, join(path, 'e-folder'));
  symlinkSync('../../../../../../etc', join(path, 'f-relative'));
  let done = false;
  const exhibit = await addExhibit(registry, file, path, {
    ...INTAKE,
    onBytes: () => {
      if (done) return;
      done = true;
      unlinkSync(join(path, 'b.txt'));
      unlinkSync(join(path, 'c.txt'));
      symlinkSync(secret, join(path, 'c.txt'));
    },
  });
  const list = JSON.parse(readFileSync(await registry.blobs.path(exhibit.sha256), 'utf8')) as {
    files: { path: string; sha256: string }[];
    left: { path: string; why: string }[];
  };
  assert.deepEqual(
    list.files.map((one) => one.path),
    ['a.txt'],
  );
  assert.deepEqual(
    list.left.map((one) => one.path),
    ['b.txt', 'c.txt', 'd-link', 'e-folder', 'f-relative'],
  );
  for (const { why } of list.left) assert.ok(why.length > 5, why);
  const outside = createHash('sha256').update('not evidence').digest('hex');
  await assert.rejects(registry.blobs.path(outside), 'bytes from outside are not in the store');
  const [event] = await custodyOf(registry, exhibit.id);
  assert.equal((event!.event.details['left'] as unknown[]).length, 5, 'custody names what was left');
});

test('what cannot be read as evidence registers nothing', async (t) => {
  const { folder, registry, file } = await nodeWithCase(t);
  for (const path of [join(folder, 'none'), '/dev/null', join(folder, 'node', 'entente.db', 'x')])
    await assert.rejects(
      addExhibit(registry, file, path, INTAKE),
      (error) => isEntenteError(error) && error.code === 'file-unreadable' && error.message.includes(path),
      path,
    );
  assert.deepEqual(await listExhibits(registry, file.id), []);
  assert.equal((await verifyLedger(registry)).ok, true);
});
