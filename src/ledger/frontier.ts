/**
 * The right edge of a growing tree: one kept hash for each set bit of its size, which is all that appending needs.
 * Rebuilding a log of any length holds nothing else in memory.
 */
import {
  assertTreeSize,
  foldSubtrees,
  type HashReader,
  type NodeId,
  readHashes,
  type StoredHash,
  subtreesOf,
} from './subtree.ts';
import { assertHash, EMPTY_ROOT, hashChildren } from './tree-hash.ts';

export class Frontier {
  #size = 0;
  /** By level; set where the size has that bit. */
  readonly #peaks: (Uint8Array | undefined)[] = [];

  get size(): number {
    return this.#size;
  }

  /** Continues a tree of `size` leaves from those of its peaks that later appends will meet. */
  static resume(size: number, peaks: readonly StoredHash[]): Frontier {
    const frontier = new Frontier();
    frontier.#size = size;
    for (const { level, hash } of peaks) frontier.#peaks[level] = hash;
    return frontier;
  }

  /** Adds a leaf; `keep` is called for every subtree it completes, the leaf itself first. */
  append(leafHash: Uint8Array, keep?: (stored: StoredHash) => void): void {
    let level = 0;
    let index = this.#size;
    let hash = leafHash;
    keep?.({ level, index, hash });
    while (index % 2 === 1) {
      hash = hashChildren(this.#peaks[level]!, hash);
      this.#peaks[level] = undefined;
      level++;
      index = (index - 1) / 2;
      keep?.({ level, index, hash });
    }
    this.#peaks[level] = hash;
    this.#size++;
  }

  root(): Uint8Array {
    const peaks = this.#peaks.filter((peak) => peak !== undefined).reverse();
    return peaks.length === 0 ? EMPTY_ROOT : foldSubtrees(peaks);
  }
}

/**
 * The hashes to keep when `leafHashes` follow the `size` leaves already there, each exactly once, in the order they
 * come about. Store them in the transaction that stores the leaves.
 * @throws EntenteError `store-damaged`
 */
export async function hashesForAppend(
  size: number,
  leafHashes: readonly Uint8Array[],
  reader: HashReader,
): Promise<StoredHash[]> {
  assertTreeSize(size);
  const after = size + leafHashes.length;
  assertTreeSize(after);
  // A peak is a left child; it is met when the new leaves complete the subtree above it.
  const isMet = ({ level, index }: NodeId) => (index / 2 + 1) * 2 ** (level + 1) <= after;
  const met = subtreesOf({ start: 0, end: size }).filter(isMet);
  const hashes = await readHashes(met, reader);
  const frontier = Frontier.resume(
    size,
    met.map((id, i) => ({ ...id, hash: hashes[i]! })),
  );
  const kept: StoredHash[] = [];
  for (const leafHash of leafHashes) {
    assertHash(leafHash, 'a leaf hash');
    frontier.append(leafHash, (stored) => kept.push(stored));
  }
  return kept;
}

/** @throws EntenteError `store-damaged` */
export async function treeRoot(size: number, reader: HashReader): Promise<Uint8Array> {
  assertTreeSize(size);
  if (size === 0) return EMPTY_ROOT;
  return foldSubtrees(await readHashes(subtreesOf({ start: 0, end: size }), reader));
}
