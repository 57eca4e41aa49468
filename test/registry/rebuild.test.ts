import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { appendLeaf, openRegistry, verifyLedger } from '../../src/registry/index.ts';
import { rebuildLedger } from '../../src/registry/ledger-rebuild.ts';
import { temporaryFolder } from '../temporary-folder.ts';

/** Two whole pages of the rebuilding and the beginning of a third. */
const LEAVES = 2 * 4096 + 321;

test('a ledger of several pages is rebuilt to its last hash, and any change of a leaf or a kept hash is noticed', async (t) => {
  const folder = join(temporaryFolder(t), 'node');
  const registry = await openRegistry(folder, { createAs: 'Node' });
  t.after(() => registry.close());
  const { db, clock } = registry;
  await db.transaction(async (tx) => {
    for (let i = 1; i < LEAVES; i++) await appendLeaf(tx, clock, 'message', { id: i });
  });
  assert.deepEqual(await rebuildLedger(db, LEAVES, null), { isWhole: true, erased: 0 });
  assert.equal((await verifyLedger(registry)).ok, true);

  const flip = (bytes: Uint8Array) => bytes.map((byte, i) => (i === 7 ? byte ^ 4 : byte));
  const nodes = [
    [0, 0],
    [0, LEAVES - 1],
    [5, 200],
    [11, 3],
    [12, 0],
    [12, 1],
    [13, 0],
    [8, 32], // of the page that is not full
  ] as const;
  for (const [level, index] of nodes) {
    const row = (await db.get<{ hash: Uint8Array }>(
      'SELECT hash FROM ledger_node WHERE level = ? AND idx = ?',
      level,
      index,
    ))!;
    const write = (hash: Uint8Array) =>
      db.transaction((tx) =>
        tx.run('UPDATE ledger_node SET hash = ? WHERE level = ? AND idx = ?', hash, level, index),
      );
    await write(flip(row.hash));
    assert.equal((await rebuildLedger(db, LEAVES, null)).isWhole, false, `node ${level}/${index}`);
    const verdict = await verifyLedger(registry);
    assert.equal(verdict.ok, false, `node ${level}/${index}`);
    await write(row.hash);
  }
  for (const index of [0, 4095, 4096, LEAVES - 1]) {
    const { salt } = (await db.get<{ salt: Uint8Array }>(
      'SELECT salt FROM ledger_leaf WHERE idx = ?',
      index,
    ))!;
    const write = (value: Uint8Array | null, body: string | null) =>
      db.transaction((tx) =>
        tx.run('UPDATE ledger_leaf SET salt = ?, body = coalesce(?, body) WHERE idx = ?', value, body, index),
      );
    await write(flip(salt), null);
    assert.deepEqual((await verifyLedger(registry)).firstBad?.index, index);
    await write(salt, null);
  }
  await db.transaction((tx) => tx.run('UPDATE ledger_leaf SET salt = NULL, body = NULL WHERE idx = 5000'));
  assert.deepEqual(await rebuildLedger(db, LEAVES, null), { isWhole: true, erased: 1 });
});
