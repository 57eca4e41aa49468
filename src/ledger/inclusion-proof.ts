/**
 * Inclusion: this leaf is at this place of the tree with this root (RFC 6962 §2.1.1). The node makes the proof; anyone
 * checks it. An attacker chooses proof and leaf; the root comes from a verified checkpoint. For each (index, size) exactly one
 * proof length is accepted.
 */
import { EntenteError, equalBytes } from '../base/index.ts';
import { type HashReader, hashRanges, isTreeSize, type LeafRange, splitPoint } from './subtree.ts';
import { HASH_BYTES, hashChildren } from './tree-hash.ts';

/**
 * Sibling hashes from the leaf up to the root's child.
 * @throws RangeError when the tree has no such leaf; EntenteError `store-damaged`.
 */
export async function inclusionProof(index: number, size: number, reader: HashReader): Promise<Uint8Array[]> {
  assertInTree(index, size);
  return await hashRanges(siblingRanges(index, size), reader);
}

/** The ranges beside the path from leaf `index` to the root, leaf first. */
function siblingRanges(index: number, size: number): LeafRange[] {
  const ranges: LeafRange[] = [];
  let start = 0;
  let end = size;
  while (end - start > 1) {
    const split = start + splitPoint(end - start);
    if (index < split) {
      ranges.push({ start: split, end });
      end = split;
    } else {
      ranges.push({ start, end: split });
      start = split;
    }
  }
  return ranges.reverse();
}

export interface InclusionClaim {
  readonly index: number;
  readonly size: number;
  readonly leafHash: Uint8Array;
  readonly root: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/** Returns when the claim holds. @throws EntenteError `verification-failed` */
export function verifyInclusion(claim: InclusionClaim): void {
  const { index, size, leafHash, root, proof } = claim;
  if (!isTreeSize(size) || !isTreeSize(index) || index >= size)
    throw failed(`there is no leaf ${index} in a tree of ${size}`);
  if ([leafHash, root, ...proof].some((hash) => hash.length !== HASH_BYTES))
    throw failed('a hash of the inclusion proof is not 32 bytes long');
  const steps = siblingRanges(index, size);
  if (steps.length !== proof.length)
    throw failed(`the inclusion proof has ${proof.length} hashes where ${steps.length} are due`);
  let hash = leafHash;
  for (const [i, sibling] of steps.entries()) {
    hash = sibling.start > index ? hashChildren(hash, proof[i]!) : hashChildren(proof[i]!, hash);
  }
  if (!equalBytes(hash, root))
    throw failed(`leaf ${index} is not in the tree of ${size}: the inclusion proof leads to another root`);
}

function assertInTree(index: number, size: number): void {
  if (!isTreeSize(size) || !isTreeSize(index) || index >= size)
    throw new RangeError(`there is no leaf ${index} in a tree of ${size}`);
}

function failed(message: string): EntenteError {
  return new EntenteError('verification-failed', message);
}
