import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  commit,
  describeLogFault,
  encodeLeaf,
  hashLeaf,
  type LogFault,
  type LogToVerify,
  type NodeId,
  treeRoot,
  verifyLog,
} from '../../src/ledger/index.ts';
import { flipBit, MemoryLog, seededRandom } from './fixtures.ts';

const leaf = (i: number) =>
  encodeLeaf({ kind: 'run', at: '2026-01-31T12:00:00Z', commitment: commit(new Uint8Array(32), i) });
const leaves = Array.from({ length: 3000 }, (_, i) => leaf(i));
const log = new MemoryLog();
await log.append(leaves);
const head = async (size: number) => ({ size, root: await treeRoot(size, log) });
const checkpoint = await head(3000);
const earlier = [await head(2048), await head(100), await head(0)];

async function faultOf(entries: Uint8Array[], more: Partial<LogToVerify> = {}): Promise<LogFault | null> {
  const result = await verifyLog({ entries, checkpoint, ...more });
  if (result.ok) return null;
  assert.ok(describeLogFault(result.fault).length > 10);
  return result.fault;
}
const replaced = (at: number, entry: Uint8Array) => leaves.map((old, i) => (i === at ? entry : old));

test('a whole log verifies, from any kind of source', async () => {
  async function* stream() {
    yield* leaves;
  }
  assert.deepEqual(await verifyLog({ entries: stream(), checkpoint, earlier, kept: log }), {
    ok: true,
    size: 3000,
    pending: 0,
  });
  assert.equal(await faultOf(leaves), null);
  assert.equal(await faultOf([], { checkpoint: await head(0) }), null);
  const progress: number[] = [];
  await verifyLog({ entries: leaves, checkpoint, onProgress: (entries) => progress.push(entries) });
  assert.deepEqual(progress, [1024, 2048]);
});

test('the first changed leaf is named where kept hashes tell, and its stretch where only checkpoints do', async () => {
  const changed = replaced(777, leaf(9999));
  assert.deepEqual(await faultOf(changed, { kept: log, earlier }), { kind: 'changed', index: 777 });
  assert.deepEqual(await faultOf(changed, { earlier }), { kind: 'root', from: 100, to: 2048 });
  assert.deepEqual(await faultOf(changed), { kind: 'root', from: 0, to: 3000 });
});

test('dropped, added, swapped and missing leaves are named', async () => {
  const at = (index: number) => ({ kind: 'changed', index });
  assert.deepEqual(await faultOf(leaves.toSpliced(500, 1), { kept: log }), at(500));
  assert.deepEqual(await faultOf(leaves.toSpliced(500, 0, leaf(-1)), { kept: log }), at(500));
  const swapped = leaves.with(10, leaves[20]!).with(20, leaves[10]!);
  assert.deepEqual(await faultOf(swapped, { kept: log }), at(10));
  assert.deepEqual(await faultOf(leaves.slice(0, 2999)), { kind: 'truncated', index: 2999 });
  assert.deepEqual(await faultOf([]), { kind: 'truncated', index: 0 });
});

test('an entry that is no leaf is named, signed or not', async () => {
  const broken = replaced(42, flipBit(leaves[42]!, 0));
  const fault = await faultOf(broken, { kept: log });
  assert.equal(fault?.kind === 'malformed' && fault.index, 42);
  const foreign = new MemoryLog();
  await foreign.append([leaves[0]!, new Uint8Array([1]), leaves[2]!]);
  const signed = { size: 3, root: await treeRoot(3, foreign) };
  assert.equal((await faultOf(foreign.entries, { checkpoint: signed }))?.kind, 'malformed');
  assert.equal(await faultOf(foreign.entries, { checkpoint: signed, readEntry: () => true }), null);
  const oversized = await faultOf(replaced(7, new Uint8Array(70_000)));
  assert.equal(oversized?.kind === 'malformed' && oversized.index, 7);
  const last = await faultOf(replaced(2999, new Uint8Array(70_000)), { readEntry: () => true });
  assert.equal(last?.kind, 'malformed');
});

test('the earlier of two faults is named', async () => {
  const both = leaves.with(300, leaf(-5)).with(400, flipBit(leaves[400]!, 0));
  assert.deepEqual(await faultOf(both, { kept: log }), { kind: 'changed', index: 300 });
});

test('a kept hash that is wrong is told from a leaf that is wrong', async () => {
  const wrong = (level: number, index: number) => ({
    read: (ids: readonly NodeId[]) =>
      log
        .read(ids)
        .map((hash, i) => (ids[i]!.level === level && ids[i]!.index === index ? flipBit(hash, 5) : hash)),
  });
  for (const [level, index] of [
    [0, 0],
    [0, 2999],
    [3, 17],
    [11, 0],
  ] as const)
    assert.deepEqual(await faultOf(leaves, { kept: wrong(level, index) }), {
      kind: 'kept-hash',
      level,
      index,
    });
  // Leaf and kept hash rewritten together: the kept tree is not the signed one, so only the checkpoint is believed.
  const forged = new MemoryLog();
  await forged.append(replaced(777, leaf(9999)));
  assert.deepEqual(await faultOf(forged.entries, { kept: forged }), { kind: 'root', from: 0, to: 3000 });
});

test('a log that shrank or was rewritten behind a checkpoint is detected', async () => {
  const small = await head(2000);
  assert.deepEqual(await faultOf(leaves.slice(0, 2000), { checkpoint: small, earlier }), {
    kind: 'shrank',
    size: 2048,
  });
  const forged = new MemoryLog();
  await forged.append(replaced(777, leaf(9999)));
  const resigned = { size: 3000, root: await treeRoot(3000, forged) };
  assert.equal(await faultOf(forged.entries, { checkpoint: resigned, kept: forged }), null);
  assert.deepEqual(await faultOf(forged.entries, { checkpoint: resigned, kept: forged, earlier }), {
    kind: 'root',
    from: 100,
    to: 2048,
  });
});

test('entries beyond the checkpoint are refused unless pending ones are in order', async () => {
  const small = await head(2990);
  assert.deepEqual(await faultOf(leaves, { checkpoint: small }), { kind: 'surplus', index: 2990 });
  assert.deepEqual(
    await verifyLog({ entries: leaves, checkpoint: small, arePendingAllowed: true, kept: log }),
    { ok: true, size: 2990, pending: 10 },
  );
});

test('any flipped bit of any entry is detected and placed', async () => {
  const random = seededRandom(77);
  const small = await head(64);
  for (let round = 0; round < 300; round++) {
    const index = Math.floor(random() * 64);
    const entry = leaves[index]!;
    const changed = flipBit(entry, Math.floor(random() * entry.length), round % 8);
    const fault = await faultOf(replaced(index, changed).slice(0, 64), { checkpoint: small, kept: log });
    assert.ok(fault && 'index' in fault && fault.index === index);
    assert.notDeepEqual(hashLeaf(changed), hashLeaf(entry));
  }
});
