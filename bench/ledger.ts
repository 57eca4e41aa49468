/**
 * What the ledger costs on this machine, in plain JavaScript and without a disk: building leaves, appending them in batches, proofs in a
 * log of ten million leaves, and full verification. `npm run bench` prints it; arguments: leaves to verify (default 200,000).
 */
import {
  commit,
  consistencyProof,
  encodeLeaf,
  hashesForAppend,
  hashLeaf,
  inclusionProof,
  type NodeId,
  type StoredHash,
  treeRoot,
  verifyInclusion,
  verifyLog,
} from '../src/ledger/index.ts';

/** Kept hashes of up to 2^24 leaves, a flat array for each level: as lean as a store could be. */
class FlatHashes {
  readonly #levels: Uint8Array[];

  constructor(leaves: number) {
    this.#levels = Array.from(
      { length: 25 },
      (_, level) => new Uint8Array(32 * Math.floor(leaves / 2 ** level)),
    );
  }

  keep({ level, index, hash }: StoredHash): void {
    this.#levels[level]!.set(hash, index * 32);
  }

  read(ids: readonly NodeId[]): Uint8Array[] {
    return ids.map(({ level, index }) => this.#levels[level]!.subarray(index * 32, (index + 1) * 32));
  }
}

const count = Number(process.argv[2] ?? 200_000);
const large = 10_000_000;
const seconds = (from: number) => (performance.now() - from) / 1000;
const report = (what: string, value: number, unit: string) =>
  console.log(
    `${what.padEnd(46)} ${value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 3 : 0 })} ${unit}`,
  );

const salt = new Uint8Array(32);
let started = performance.now();
const entries = Array.from({ length: count }, (_, i) =>
  encodeLeaf({ kind: 'delivery', at: '2026-01-31T12:00:00.000Z', commitment: commit(salt, { object: i }) }),
);
report('leaves committed to and encoded', count / seconds(started), 'a second');

const hashes = new FlatHashes(count);
started = performance.now();
for (let size = 0; size < count; size += 1000) {
  const batch = entries.slice(size, size + 1000).map(hashLeaf);
  for (const stored of await hashesForAppend(size, batch, hashes)) hashes.keep(stored);
}
report('leaves hashed and appended, 1,000 a batch', count / seconds(started), 'a second');

started = performance.now();
for (let size = 0; size < 20_000; size++) await hashesForAppend(size, [salt], hashes);
report('leaves appended one by one', 20_000 / seconds(started), 'a second');

const checkpoint = { size: count, root: await treeRoot(count, hashes) };
started = performance.now();
const whole = await verifyLog({ entries, checkpoint });
if (!whole.ok) throw new Error('the log does not verify');
report('full verification', (seconds(started) / count) * 1e6, 's for a million leaves');
started = performance.now();
await verifyLog({ entries, checkpoint, kept: hashes });
report('full verification with kept hashes', (seconds(started) / count) * 1e6, 's for a million leaves');

// Proofs only read and fold: the hashes of the large log need not be those of real leaves, save along the proven path.
const big = new FlatHashes(large);
const rounds = 20_000;
started = performance.now();
for (let i = 0; i < rounds; i++) await inclusionProof((i * 7919) % large, large, big);
report('inclusion proof at 10 million leaves', (seconds(started) / rounds) * 1000, 'ms');
started = performance.now();
for (let i = 1; i < rounds; i++) await consistencyProof(i * 499, large, big);
report('consistency proof at 10 million leaves', (seconds(started) / rounds) * 1000, 'ms');
const proof = await inclusionProof(1, count, hashes);
started = performance.now();
for (let i = 0; i < 5000; i++)
  verifyInclusion({ index: 1, size: count, leafHash: hashLeaf(entries[1]!), root: checkpoint.root, proof });
report('inclusion verified', (seconds(started) / 5000) * 1000, 'ms');
