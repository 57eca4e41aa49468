import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { decodeHex, encodeHex } from '../../src/base/index.ts';
import {
  consistencyProof,
  EMPTY_ROOT,
  hashChildren,
  hashLeaf,
  inclusionProof,
  treeRoot,
  verifyConsistency,
  verifyInclusion,
} from '../../src/ledger/index.ts';
import { entry, flipBit, MemoryLog, memoryLog, seededRandom } from './fixtures.ts';

const vectors = JSON.parse(
  readFileSync(new URL('../../vectors/ledger/rfc6962.json', import.meta.url), 'utf8'),
);
const bytes = (hex: string) => decodeHex(hex)!;
const failed = { code: 'verification-failed' };

/** RFC 6962 §2.1 word for word, as slow as it reads: what the log's own algorithms are compared with. */
const sha256 = (...parts: Uint8Array[]) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
};
const split = (n: number) => 2 ** Math.floor(Math.log2(n - 1));
function MTH(D: readonly Uint8Array[]): Uint8Array {
  if (D.length === 0) return sha256();
  if (D.length === 1) return sha256(Uint8Array.of(0), D[0]!);
  const k = split(D.length);
  return sha256(Uint8Array.of(1), MTH(D.slice(0, k)), MTH(D.slice(k)));
}
function PATH(m: number, D: readonly Uint8Array[]): Uint8Array[] {
  if (D.length === 1) return [];
  const k = split(D.length);
  return m < k
    ? [...PATH(m, D.slice(0, k)), MTH(D.slice(k))]
    : [...PATH(m - k, D.slice(k)), MTH(D.slice(0, k))];
}
function SUBPROOF(m: number, D: readonly Uint8Array[], b: boolean): Uint8Array[] {
  if (m === D.length) return b ? [] : [MTH(D)];
  const k = split(D.length);
  return m <= k
    ? [...SUBPROOF(m, D.slice(0, k), b), MTH(D.slice(k))]
    : [...SUBPROOF(m - k, D.slice(k), false), MTH(D.slice(0, k))];
}
const plain = (hashes: readonly Uint8Array[]) => hashes.map(encodeHex);

test('roots and proofs of the eight-leaf tree are those of Certificate Transparency', async () => {
  const log = new MemoryLog();
  await log.append(vectors.leaves.map(bytes));
  assert.equal(encodeHex(EMPTY_ROOT), vectors.emptyRoot);
  assert.equal(encodeHex(await treeRoot(0, log)), vectors.emptyRoot);
  for (const [i, root] of vectors.roots.entries()) assert.equal(encodeHex(await treeRoot(i + 1, log)), root);
  for (const { index, size, proof } of vectors.inclusion)
    assert.deepEqual(plain(await inclusionProof(index, size, log)), proof);
  for (const { oldSize, newSize, proof } of vectors.consistency)
    assert.deepEqual(plain(await consistencyProof(oldSize, newSize, log)), proof);
});

test('every root, inclusion and consistency proof up to 70 leaves is what RFC 6962 defines, and verifies', async () => {
  const log = await memoryLog(70);
  const roots = Array.from({ length: 71 }, (_, n) => MTH(log.entries.slice(0, n)));
  for (let n = 0; n <= 70; n++) {
    const D = log.entries.slice(0, n);
    const root = roots[n]!;
    assert.deepEqual(await treeRoot(n, log), root);
    for (let m = 0; m < n; m++) {
      const proof = await inclusionProof(m, n, log);
      if (n <= 33 || n >= 62) assert.deepEqual(proof, PATH(m, D));
      verifyInclusion({ index: m, size: n, leafHash: hashLeaf(D[m]!), root, proof });
    }
    for (let m = 0; m <= n; m++) {
      const proof = await consistencyProof(m, n, log);
      if (m > 0 && (n <= 33 || n >= 62)) assert.deepEqual(proof, SUBPROOF(m, D, true));
      verifyConsistency({ oldSize: m, oldRoot: roots[m]!, newSize: n, newRoot: root, proof });
    }
  }
});

test('however a log is cut into batches, the same hashes are kept, each once', async () => {
  const random = seededRandom(6962);
  const whole = await memoryLog(600);
  for (let round = 0; round < 20; round++) {
    const log = new MemoryLog();
    while (log.size < 600) {
      const count = Math.min(600 - log.size, Math.floor(random() * random() * 200));
      await log.append(Array.from({ length: count }, (_, i) => entry(log.size + i)));
    }
    assert.equal(log.hashes.size, whole.hashes.size);
    for (const [id, hash] of whole.hashes) assert.deepEqual(log.hashes.get(id), hash);
  }
});

test('random proofs in larger trees verify, and no other index, size or leaf does with them', async () => {
  const random = seededRandom(1);
  const log = await memoryLog(5000);
  const pick = (below: number) => Math.floor(random() * below);
  for (let round = 0; round < 200; round++) {
    const size = 1 + pick(5000);
    const index = pick(size);
    const claim = {
      index,
      size,
      leafHash: hashLeaf(entry(index)),
      root: await treeRoot(size, log),
      proof: await inclusionProof(index, size, log),
    };
    verifyInclusion(claim);
    if (size > 1) assert.throws(() => verifyInclusion({ ...claim, index: (index + 1) % size }), failed);
    assert.throws(() => verifyInclusion({ ...claim, index: size }), failed);
    assert.throws(() => verifyInclusion({ ...claim, leafHash: hashLeaf(entry(index, 'x')) }), failed);
    const oldSize = pick(size + 1);
    const consistency = {
      oldSize,
      oldRoot: await treeRoot(oldSize, log),
      newSize: size,
      newRoot: claim.root,
      proof: await consistencyProof(oldSize, size, log),
    };
    verifyConsistency(consistency);
    if (oldSize > 0) assert.throws(() => verifyConsistency({ ...consistency, oldRoot: EMPTY_ROOT }), failed);
    assert.throws(() => verifyConsistency({ ...consistency, newRoot: EMPTY_ROOT, oldSize: 1 }), failed);
  }
});

test('a proof with any bit flipped, any hash dropped, added or moved is refused', async () => {
  const log = await memoryLog(13);
  const root = await treeRoot(13, log);
  const inclusion = (proof: readonly Uint8Array[]) => () =>
    verifyInclusion({ index: 5, size: 13, leafHash: hashLeaf(entry(5)), root, proof });
  const oldRoot = await treeRoot(6, log);
  const consistency = (proof: readonly Uint8Array[]) => () =>
    verifyConsistency({ oldSize: 6, oldRoot, newSize: 13, newRoot: root, proof });
  for (const [proof, check] of [
    [await inclusionProof(5, 13, log), inclusion],
    [await consistencyProof(6, 13, log), consistency],
  ] as const) {
    check(proof)();
    for (let i = 0; i < proof.length; i++) {
      const replace = (hash: Uint8Array) => proof.map((old, j) => (j === i ? hash : old));
      for (let at = 0; at < 32; at++) assert.throws(check(replace(flipBit(proof[i]!, at, at % 8))), failed);
      assert.throws(check(replace(proof[i]!.subarray(1))), failed);
      assert.throws(check(proof.filter((_, j) => j !== i)), failed);
      assert.throws(check([...proof.slice(0, i), proof[i]!, ...proof.slice(i)]), failed);
    }
    assert.throws(check([...proof].reverse()), failed);
    assert.throws(check([]), failed);
  }
});

test('a tree that shrank, was rewritten or was split is not consistent', async () => {
  const log = await memoryLog(40);
  const other = new MemoryLog();
  await other.append(log.entries.map((known, i) => (i === 20 ? entry(i, ' rewritten') : known)));
  for (let oldSize = 1; oldSize <= 40; oldSize++) {
    const claim = {
      oldSize,
      oldRoot: await treeRoot(oldSize, log),
      newSize: 40,
      newRoot: await treeRoot(40, other),
      proof: await consistencyProof(oldSize, 40, other),
    };
    if (oldSize <= 20) verifyConsistency(claim);
    else assert.throws(() => verifyConsistency(claim), failed);
    if (oldSize < 40)
      assert.throws(() => verifyConsistency({ ...claim, oldSize: 40, newSize: oldSize }), failed);
  }
});

test('sizes beyond 2^32 are computed exactly', async () => {
  // A tree whose leaves are all alike has one hash for each level, whatever its size.
  const byLevel = [hashLeaf(new Uint8Array(0))];
  const sha = (hash: Uint8Array) => sha256(Uint8Array.of(1), hash, hash);
  for (let level = 1; level < 53; level++) byLevel.push(sha(byLevel[level - 1]!));
  const reader = { read: (ids: readonly { level: number }[]) => ids.map(({ level }) => byLevel[level]!) };
  for (const size of [2 ** 32 - 1, 2 ** 32, 2 ** 32 + 1, 2 ** 40 + 12345, Number.MAX_SAFE_INTEGER]) {
    const root = await treeRoot(size, reader);
    for (const index of [0, 2 ** 31, size - 1]) {
      const proof = await inclusionProof(index, size, reader);
      verifyInclusion({ index, size, leafHash: byLevel[0]!, root, proof });
    }
    for (const oldSize of [1, 3, 2 ** 32 - 2, size - 1]) {
      const proof = await consistencyProof(oldSize, size, reader);
      const oldRoot = await treeRoot(oldSize, reader);
      verifyConsistency({ oldSize, oldRoot, newSize: size, newRoot: root, proof });
    }
  }
});

test('a reader without a needed hash is reported as a damaged store', async () => {
  const log = await memoryLog(13);
  log.hashes.delete('2/1');
  await assert.rejects(treeRoot(6 + 2, { read: () => [] }), { code: 'store-damaged' });
  await assert.rejects(inclusionProof(0, 13, log), { code: 'store-damaged', message: /node 2\/1/ });
});

test('only whole hashes are hashed together', () => {
  for (const wrong of [new Uint8Array(31), new Uint8Array(33), new Uint8Array(0)]) {
    assert.throws(() => hashChildren(wrong, EMPTY_ROOT), RangeError);
    assert.throws(() => hashChildren(EMPTY_ROOT, wrong), RangeError);
  }
});
