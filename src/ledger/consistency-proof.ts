/**
 * Consistency: the tree of `oldSize` is the beginning of the tree of `newSize` (RFC 6962 §2.1.2), so nothing was changed or
 * taken away in between. The log makes the proof, its witnesses check it. An attacker chooses the proof and possibly the new
 * root; the old root comes from a checkpoint seen earlier. For each pair of sizes exactly one proof length is accepted.
 */
import { EntenteError, equalBytes } from '../base/index.ts';
import { type HashReader, hashRanges, isTreeSize, type LeafRange, splitPoint } from './subtree.ts';
import { EMPTY_ROOT, HASH_BYTES, hashChildren } from './tree-hash.ts';

/** How the two trees descend to what they share: the ranges beside that path, deepest first, and the shared subtree. */
interface Descent {
  readonly steps: readonly LeafRange[];
  readonly shared: LeafRange;
}

function descend(oldSize: number, newSize: number): Descent {
  const steps: LeafRange[] = [];
  let start = 0;
  let end = newSize;
  while (end !== oldSize) {
    const split = start + splitPoint(end - start);
    if (oldSize <= split) {
      steps.push({ start: split, end });
      end = split;
    } else {
      steps.push({ start, end: split });
      start = split;
    }
  }
  return { steps: steps.reverse(), shared: { start, end } };
}

/**
 * Empty when the sizes are equal or the old tree is empty.
 * @throws RangeError when the old tree is larger; EntenteError `store-damaged`.
 */
export async function consistencyProof(
  oldSize: number,
  newSize: number,
  reader: HashReader,
): Promise<Uint8Array[]> {
  if (!isTreeSize(oldSize) || !isTreeSize(newSize) || oldSize > newSize)
    throw new RangeError(`a tree of ${newSize} does not contain one of ${oldSize}`);
  if (oldSize === 0 || oldSize === newSize) return [];
  const { steps, shared } = descend(oldSize, newSize);
  // Where the shared subtree is the whole old tree, its hash is the old root, which the verifier has.
  return await hashRanges(shared.start === 0 ? steps : [shared, ...steps], reader);
}

export interface ConsistencyClaim {
  readonly oldSize: number;
  readonly oldRoot: Uint8Array;
  readonly newSize: number;
  readonly newRoot: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/** Returns when the claim holds. @throws EntenteError `verification-failed` */
export function verifyConsistency(claim: ConsistencyClaim): void {
  const { oldSize, oldRoot, newSize, newRoot, proof } = claim;
  if (!isTreeSize(oldSize) || !isTreeSize(newSize))
    throw failed('a tree size is no integer between 0 and 2^53 − 1');
  if (oldSize > newSize) throw failed(`the tree shrank from ${oldSize} to ${newSize}`);
  if ([oldRoot, newRoot, ...proof].some((hash) => hash.length !== HASH_BYTES))
    throw failed('a hash of the consistency proof is not 32 bytes long');
  if (oldSize === 0 || oldSize === newSize) {
    if (proof.length !== 0) throw failed('the consistency proof is not empty where it must be');
    if (oldSize === 0 && !equalBytes(oldRoot, EMPTY_ROOT))
      throw failed('the empty tree has another root than claimed');
    if (newSize === oldSize && !equalBytes(oldRoot, newRoot))
      throw failed(`two trees of ${newSize} leaves have different roots`);
    return;
  }
  const { steps, shared } = descend(oldSize, newSize);
  const known = shared.start === 0 ? 0 : 1;
  if (proof.length !== steps.length + known)
    throw failed(`the consistency proof has ${proof.length} hashes where ${steps.length + known} are due`);
  let oldHash = known === 0 ? oldRoot : proof[0]!;
  let newHash = oldHash;
  for (const [i, beside] of steps.entries()) {
    const hash = proof[i + known]!;
    if (beside.start >= oldSize) {
      newHash = hashChildren(newHash, hash);
    } else {
      oldHash = hashChildren(hash, oldHash);
      newHash = hashChildren(hash, newHash);
    }
  }
  if (!equalBytes(oldHash, oldRoot))
    throw failed(`the tree of ${newSize} does not begin with the tree of ${oldSize} known before`);
  if (!equalBytes(newHash, newRoot))
    throw failed(`the consistency proof from ${oldSize} to ${newSize} leads to another root`);
}

function failed(message: string): EntenteError {
  return new EntenteError('verification-failed', message);
}
