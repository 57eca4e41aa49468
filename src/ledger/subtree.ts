/**
 * Which hashes of a Merkle tree are kept, and how any range is hashed from them.
 *
 * Kept is the hash of every complete subtree: node (level, index) covers the leaves [index·2^level, (index+1)·2^level). Such a
 * hash never changes once its last leaf is there, so a log is append-only in storage too. The ragged right edge is folded
 * from at most 53 kept hashes whenever it is needed.
 *
 * Sizes and indices are plain numbers up to 2^53 − 1: a log that gains a million leaves a second gets there in 285 years.
 */
import { EntenteError } from '../base/index.ts';
import { HASH_BYTES, hashChildren } from './tree-hash.ts';

/** A complete subtree of 2^level leaves; leaf hashes are level 0. */
export interface NodeId {
  readonly level: number;
  readonly index: number;
}

export interface StoredHash extends NodeId {
  readonly hash: Uint8Array;
}

/** Reads kept hashes, in the order asked for. What it returns is trusted by those who build, never by those who verify. */
export interface HashReader {
  read(ids: readonly NodeId[]): Promise<readonly Uint8Array[]> | readonly Uint8Array[];
}

/** Leaves [start, end). */
export interface LeafRange {
  readonly start: number;
  readonly end: number;
}

export function isTreeSize(size: number): boolean {
  return Number.isSafeInteger(size) && size >= 0;
}

/** @throws RangeError: a wrong size here is a mistake of the caller, never outside input. */
export function assertTreeSize(size: number): void {
  if (!isTreeSize(size)) throw new RangeError(`${size} is no tree size`);
}

/** The largest power of two below `size`, where RFC 6962 §2.1 splits a tree of two leaves or more. */
export function splitPoint(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}

/** The complete subtrees of a range, largest first. The range is one that a tree splits into, so it starts aligned. */
export function subtreesOf(range: LeafRange): NodeId[] {
  const ids: NodeId[] = [];
  let { start } = range;
  while (start < range.end) {
    let level = 0;
    let width = 1;
    while (start + width * 2 <= range.end && start % (width * 2) === 0) {
      width *= 2;
      level++;
    }
    ids.push({ level, index: start / width });
    start += width;
  }
  return ids;
}

/** The hash over the subtrees of one range, given largest first. */
export function foldSubtrees(hashes: readonly Uint8Array[]): Uint8Array {
  let hash = hashes[hashes.length - 1]!;
  for (let i = hashes.length - 2; i >= 0; i--) hash = hashChildren(hashes[i]!, hash);
  return hash;
}

/**
 * One hash for each range, from a single read.
 * @throws EntenteError `store-damaged` when the reader does not have what a tree of this size has.
 */
export async function hashRanges(
  ranges: readonly LeafRange[],
  reader: HashReader,
): Promise<Uint8Array<ArrayBufferLike>[]> {
  const idsOfRanges = ranges.map(subtreesOf);
  const hashes = await readHashes(idsOfRanges.flat(), reader);
  let at = 0;
  return idsOfRanges.map((ids) => {
    const own = hashes.slice(at, at + ids.length);
    at += ids.length;
    return foldSubtrees(own);
  });
}

/** @throws EntenteError `store-damaged` when a hash is missing or has the wrong length. */
export async function readHashes(ids: readonly NodeId[], reader: HashReader): Promise<readonly Uint8Array[]> {
  if (ids.length === 0) return [];
  const hashes = await reader.read(ids);
  for (const [i, { level, index }] of ids.entries()) {
    if (hashes[i]?.length !== HASH_BYTES)
      throw new EntenteError('store-damaged', `the ledger lacks the hash of node ${level}/${index}`);
  }
  return hashes;
}
