/**
 * The two hashes of an RFC 6962 Merkle tree (§2.1). Leaves and inner nodes are prefixed differently, so that nobody can pass
 * an inner node off as a leaf.
 *
 * SHA-256 in plain JavaScript runs here about as fast as Node's own for such short inputs, so one code serves node and browser.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { EntenteError, encodeHex, LEDGER_ENTRY_BYTES_MAX } from '../base/index.ts';

export const HASH_BYTES = 32;

/** The root of the tree without leaves: the hash of the empty string. */
export const EMPTY_ROOT: Uint8Array = sha256(new Uint8Array(0));

// Scratch space, filled and used without a pause in between: making hashers and looking into fresh small arrays costs more
// than hashing two blocks. `fresh` is never updated; copying its state over `hasher` begins the next hash.
const leafInput = new Uint8Array(1 + LEDGER_ENTRY_BYTES_MAX); // byte 0 is 0x00
const nodeInput = Uint8Array.of(0x01, ...new Uint8Array(2 * HASH_BYTES));
const output = new Uint8Array(HASH_BYTES);
const fresh = sha256.create();
const hasher = sha256.create();

function digest(input: Uint8Array): Uint8Array {
  fresh._cloneInto(hasher).update(input).digestInto(output);
  return output.slice();
}

/** @throws EntenteError `input-limit` for an entry over 65,535 bytes, which no entry bundle could carry. */
export function hashLeaf(entry: Uint8Array): Uint8Array {
  if (entry.length > LEDGER_ENTRY_BYTES_MAX)
    throw new EntenteError('input-limit', `a ledger entry is longer than ${LEDGER_ENTRY_BYTES_MAX} bytes`);
  leafInput.set(entry, 1);
  return digest(leafInput.subarray(0, 1 + entry.length));
}

/** @throws RangeError for anything but two hashes: a short one would be hashed with what the scratch space held before. */
export function hashChildren(left: Uint8Array, right: Uint8Array): Uint8Array {
  assertHash(left, 'the left child');
  assertHash(right, 'the right child');
  nodeInput.set(left, 1);
  nodeInput.set(right, 1 + HASH_BYTES);
  return digest(nodeInput);
}

/** @throws RangeError for bytes that are no SHA-256 hash: a mistake of the caller, never of outside input. */
export function assertHash(hash: Uint8Array, what: string): void {
  if (hash.length !== HASH_BYTES)
    throw new RangeError(`${what} is not a SHA-256 hash: ${encodeHex(hash.subarray(0, HASH_BYTES))}`);
}
