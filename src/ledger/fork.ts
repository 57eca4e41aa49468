/**
 * Evidence that a log lied, for people who trust neither the accuser nor the accused.
 *
 * It is two checkpoints signed by one log, and a consistency proof under the larger that begins with another tree than the
 * smaller one signed. The proof binds that beginning to the larger root, so the log has committed to two histories; nobody
 * without its key can make that up.
 */
import { canonicalJson, decodeUtf8Strict, EntenteError, encodeBase64, equalBytes } from '../base/index.ts';
import {
  type CheckpointTrust,
  parseCheckpoint,
  type VerifiedCheckpoint,
  verifyCheckpoint,
} from './checkpoint.ts';
import { consistencyProof, verifyConsistency } from './consistency-proof.ts';
import { treeRoot } from './frontier.ts';
import { NOTE_BYTES_MAX, parseNote } from './note.ts';
import type { HashReader } from './subtree.ts';
import { formatError, parseHash, parseHashLines } from './text.ts';

export interface ForkEvidence {
  /** The smaller checkpoint, or either of two of one size. Signed notes, verbatim. */
  readonly smaller: string;
  readonly larger: string;
  /** The root of the first leaves under the larger checkpoint, as many as the smaller one has. */
  readonly prefixRoot: Uint8Array;
  /** From `prefixRoot` to the larger root. */
  readonly proof: readonly Uint8Array[];
}

/** Two notes, doubled for JSON's escapes, and the hashes. */
export const FORK_EVIDENCE_BYTES_MAX = 4 * NOTE_BYTES_MAX;

/**
 * Puts the evidence together. `larger` reads the tree under the larger checkpoint, as its log has shown it.
 * @throws EntenteError `ledger-format`, `store-damaged`. Whether it is evidence is for `verifyFork` to say.
 */
export async function gatherFork(a: string, b: string, larger: HashReader): Promise<ForkEvidence> {
  const [first, second] = [a, b].map((note) => ({ note, size: parseCheckpoint(parseNote(note).text).size }));
  const [small, large] = first!.size <= second!.size ? [first!, second!] : [second!, first!];
  return {
    smaller: small.note,
    larger: large.note,
    prefixRoot: await treeRoot(small.size, larger),
    proof: await consistencyProof(small.size, large.size, larger),
  };
}

/**
 * Returns the two checkpoints when the log has indeed signed two histories.
 * @throws EntenteError `signature-invalid` or `verification-failed` when this proves nothing; `ledger-format`.
 */
export async function verifyFork(
  evidence: ForkEvidence,
  trust: CheckpointTrust,
): Promise<{ smaller: VerifiedCheckpoint; larger: VerifiedCheckpoint }> {
  const smaller = await verifyCheckpoint(evidence.smaller, trust);
  const larger = await verifyCheckpoint(evidence.larger, trust);
  verifyConsistency({
    oldSize: smaller.size,
    oldRoot: evidence.prefixRoot,
    newSize: larger.size,
    newRoot: larger.root,
    proof: evidence.proof,
  });
  if (equalBytes(evidence.prefixRoot, smaller.root))
    throw new EntenteError(
      'verification-failed',
      `the tree of ${larger.size} begins with the tree of ${smaller.size}: there is no fork`,
    );
  return { smaller, larger };
}

/** Canonical JSON, to be stored or sent. */
export function encodeFork({ smaller, larger, prefixRoot, proof }: ForkEvidence): string {
  return canonicalJson({
    v: 1,
    smaller,
    larger,
    prefixRoot: encodeBase64(prefixRoot),
    proof: proof.map(encodeBase64),
  });
}

/** @throws EntenteError `ledger-format` */
export function parseFork(input: Uint8Array | string): ForkEvidence {
  const what = 'the fork evidence';
  if (input.length > FORK_EVIDENCE_BYTES_MAX)
    throw formatError(what, `longer than ${FORK_EVIDENCE_BYTES_MAX} bytes`);
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(typeof input === 'string' ? input : decodeUtf8Strict(input));
  } catch {
    throw formatError(what, 'is not JSON');
  }
  const { v, smaller, larger, prefixRoot, proof } = value ?? {};
  const root = typeof prefixRoot === 'string' ? parseHash(prefixRoot) : null;
  if (v !== 1 || typeof smaller !== 'string' || typeof larger !== 'string' || !root || !isTextList(proof))
    throw formatError(what, 'lacks v 1, smaller, larger, prefixRoot or proof');
  return { smaller, larger, prefixRoot: root, proof: parseHashLines(proof, what) };
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
