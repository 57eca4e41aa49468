/**
 * Leaves: what a ledger says of one act, without saying what the act was about.
 *
 *     {"at":"2026-01-31T12:00:00.000Z","commitment":"<64 hex digits>","kind":"delivery","v":1}
 *
 * The body stays in the node's store beside a random salt, and the leaf carries SHA-256(domain ‖ salt ‖ canonical body).
 * Whoever is shown body and salt can check them; without the salt nobody can guess even a short body. Erasing salt and body
 * makes the commitment mean nothing, so personal data can be deleted while the tree stays whole.
 *
 * A leaf has exactly one byte form (RFC 8785); ledgers of peers are read by the same strict rule.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import {
  canonicalBytes,
  canonicalJson,
  decodeHex,
  EntenteError,
  encodeHex,
  equalBytes,
  isTimestamp,
  utf8,
} from '../base/index.ts';
import { isLeafKind, type LeafKind } from './leaf-kinds.ts';
import { formatError, quote } from './text.ts';

export interface Leaf {
  readonly v: 1;
  readonly kind: LeafKind;
  /** RFC 3339 in UTC, by the node's clock; at most nanoseconds. */
  readonly at: string;
  /** 64 lowercase hexadecimal digits. */
  readonly commitment: string;
}

/** As long as the digest, so that guessing the salt is no easier than inverting the hash. */
export const SALT_BYTES = 32;

/** The fixed members take 105 bytes, the longest instant 30; kinds get the rest. */
export const LEAF_BYTES_MAX = 256;

/** Sets commitments apart from every other use of SHA-256 here; the zero byte ends the domain. */
const COMMITMENT_DOMAIN = utf8('entente/ledger/commitment/v1\0');

const fresh = sha256.create().update(COMMITMENT_DOMAIN);
const hasher = sha256.create();
const output = new Uint8Array(32);

/** The canonical form, member by member: a text that matches is canonical, since no member can be spelled otherwise. */
const CANONICAL_LEAF =
  /^\{"at":"([0-9]{4}-[0-9T:.-]{14,24}Z)","commitment":"([0-9a-f]{64})","kind":"([a-z-]{1,40})","v":1\}$/;

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * The commitment to a body. The salt is random, used once, and kept with the body.
 * @throws RangeError when the salt is not 32 bytes; EntenteError `canonical-json` when the body has no canonical form.
 */
export function commit(salt: Uint8Array, body: unknown): string {
  return commitText(salt, canonicalJson(body));
}

/** The same, where the canonical text of the body is at hand. Whatever text has the commitment is that text. */
export function commitText(salt: Uint8Array, text: string): string {
  if (salt.length !== SALT_BYTES) throw new RangeError(`a salt has ${SALT_BYTES} bytes, not ${salt.length}`);
  // `fresh` is never updated; copying its state begins the next hash, which costs less than making a hasher.
  fresh._cloneInto(hasher).update(salt).update(utf8(text)).digestInto(output);
  return encodeHex(output);
}

/** @throws EntenteError `ledger-format` for values that make no leaf. */
export function encodeLeaf({ kind, at, commitment }: Omit<Leaf, 'v'>): Uint8Array<ArrayBuffer> {
  const bytes = canonicalBytes({ v: 1, kind, at, commitment });
  parseLeaf(bytes);
  return bytes;
}

/** @throws EntenteError `ledger-format` saying what is wrong with it. */
export function parseLeaf(bytes: Uint8Array): Leaf {
  if (bytes.length > LEAF_BYTES_MAX) throw formatError('the leaf', `longer than ${LEAF_BYTES_MAX} bytes`);
  const text = decoder.decode(bytes);
  const match = CANONICAL_LEAF.exec(text);
  if (!match)
    throw formatError('the leaf', `${quote(text)} is not canonical JSON of at, commitment, kind and v 1`);
  const [, at, commitment, kind] = match as unknown as [string, string, string, string];
  if (!isTimestamp(at)) throw formatError('the leaf', `${quote(at)} is no instant`);
  if (!isLeafKind(kind)) throw formatError('the leaf', `${quote(kind)} is no kind of leaf known here`);
  return { v: 1, kind, at, commitment };
}

/** Returns when the leaf commits to this body. @throws EntenteError `verification-failed` */
export function verifyCommitment(leaf: Leaf, salt: Uint8Array, body: unknown): void {
  const claimed = decodeHex(leaf.commitment);
  if (salt.length !== SALT_BYTES || !claimed || !equalBytes(claimed, decodeHex(commit(salt, body))!))
    throw new EntenteError('verification-failed', `the ${leaf.kind} leaf commits to another body or salt`);
}
