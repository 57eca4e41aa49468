/**
 * Witnessing (C2SP tlog-witness, "add-checkpoint"): a log hands each new checkpoint to its witnesses with the proof that it
 * continues the last one they saw; a witness that agrees answers with its cosignature. A log that shows different histories to
 * different people then fails to get cosigned on all but one.
 *
 * Here are the messages and the decision. The server keeps the last head of each log, and must compare, store and only then
 * cosign in one transaction: a crash after storing leaves the log to ask again with the same checkpoint, which is granted.
 *
 * The requester is nobody in particular; only the log's signature on the checkpoint counts.
 */
import { EntenteError, encodeBase64, equalBytes, isEntenteError } from '../base/index.ts';
import { type Checkpoint, type Cosignature, parseCheckpoint, verifyCheckpoint } from './checkpoint.ts';
import { verifyConsistency } from './consistency-proof.ts';
import type { VerifierKey } from './key.ts';
import {
  formatNote,
  formatSignatureLine,
  NOTE_BYTES_MAX,
  type NoteSignature,
  parseNote,
  parseSignatureLines,
  type UnverifiedNote,
  type VerifyEd25519,
  verifyNote,
} from './note.ts';
import { decodeText, formatError, parseDecimal, parseHashLines, quote } from './text.ts';
import { EMPTY_ROOT } from './tree-hash.ts';

export interface AddCheckpointRequest {
  /** The size of the last checkpoint the witness cosigned, as the log believes. */
  readonly oldSize: number;
  readonly proof: readonly Uint8Array[];
  readonly note: UnverifiedNote;
  /** What the note claims; nothing of it is verified. */
  readonly unverifiedCheckpoint: Checkpoint;
}

/** A note, the size line and 63 hash lines. */
export const ADD_CHECKPOINT_BYTES_MAX = NOTE_BYTES_MAX + 4 * 1024;

/** The content type of a 409 answer, whose body is the witness's size. */
export const TREE_SIZE_MEDIA_TYPE = 'text/x.tlog.size';

export function encodeAddCheckpoint(
  oldSize: number,
  proof: readonly Uint8Array[],
  checkpoint: string,
): string {
  return `${[`old ${oldSize}`, ...proof.map(encodeBase64)].join('\n')}\n\n${checkpoint}`;
}

/** @throws EntenteError `ledger-format`, to be answered with 400. */
export function parseAddCheckpoint(input: Uint8Array | string): AddCheckpointRequest {
  const what = 'the add-checkpoint request';
  const text = decodeText(input, ADD_CHECKPOINT_BYTES_MAX, what);
  const split = text.indexOf('\n\n');
  if (split < 0) throw formatError(what, 'has no empty line before the checkpoint');
  const [oldLine = '', ...hashLines] = text.slice(0, split).split('\n');
  const oldSize = oldLine.startsWith('old ') ? parseDecimal(oldLine.slice('old '.length)) : null;
  if (oldSize === null) throw formatError(what, `${quote(oldLine)} is no old size line`);
  const proof = parseHashLines(hashLines, what);
  const note = parseNote(text.slice(split + 2));
  return { oldSize, proof, note, unverifiedCheckpoint: parseCheckpoint(note.text) };
}

/** The last checkpoint of a log that this witness cosigned. */
export interface WitnessedHead {
  readonly size: number;
  readonly root: Uint8Array;
}

/** A log this witness is configured for. */
export interface WitnessedLog {
  readonly origin: string;
  readonly logKeys: readonly VerifierKey[];
  /** Null when nothing of it was cosigned yet. */
  readonly head: WitnessedHead | null;
}

/**
 * The status is the HTTP status to answer with. On 200: store `head` and the note, then cosign and answer. On 409: answer with
 * `encodeTreeSize(size)`. `isFork`: the log has signed another tree of the very size cosigned before; note and stored head are the
 * evidence and worth keeping, whatever the answer.
 */
export type AddCheckpointDecision =
  | { readonly status: 200; readonly head: WitnessedHead }
  | { readonly status: 409; readonly size: number; readonly isFork: boolean }
  | { readonly status: 422; readonly reason: string; readonly isFork: boolean }
  | { readonly status: 400 | 403 | 404; readonly reason: string };

/** `log` is the one configured under the request's origin, or null. */
export async function decideAddCheckpoint(
  request: AddCheckpointRequest,
  log: WitnessedLog | null,
  verify: VerifyEd25519,
): Promise<AddCheckpointDecision> {
  const { oldSize, proof, note, unverifiedCheckpoint } = request;
  if (!log || log.origin !== unverifiedCheckpoint.origin)
    return { status: 404, reason: 'this log is not known here' };
  let checkpoint: Checkpoint;
  try {
    checkpoint = await verifyCheckpoint(formatNote(note), { ...log, verify });
  } catch (error) {
    if (!isEntenteError(error)) throw error;
    return { status: 403, reason: error.message };
  }
  const { size, root } = checkpoint;
  const head = log.head ?? { size: 0, root: EMPTY_ROOT };
  const isFork = log.head !== null && size === head.size && !equalBytes(root, head.root);
  if (oldSize > size) return { status: 400, reason: `the old size ${oldSize} is above the new size ${size}` };
  if (oldSize !== head.size) return { status: 409, size: head.size, isFork };
  try {
    verifyConsistency({ oldSize, oldRoot: head.root, newSize: size, newRoot: root, proof });
  } catch (error) {
    if (!isEntenteError(error)) throw error;
    return { status: 422, reason: error.message, isFork };
  }
  return { status: 200, head: { size, root } };
}

/** The body of a 200 answer. */
export function encodeCosignatures(signatures: readonly NoteSignature[]): string {
  return signatures.map(formatSignatureLine).join('');
}

/** The body of a 409 answer. */
export function encodeTreeSize(size: number): string {
  return `${size}\n`;
}

/** @throws EntenteError `ledger-format` */
export function parseTreeSize(input: Uint8Array | string): number {
  const text = decodeText(input, 32, 'the witness’s answer'); // a size has at most 16 digits
  const size = text.endsWith('\n') ? parseDecimal(text.slice(0, -1)) : null;
  if (size === null) throw formatError('the witness’s answer', `${quote(text)} is no tree size`);
  return size;
}

export interface AcceptedCosignature extends Cosignature {
  readonly signature: NoteSignature;
}

/**
 * From a witness's 200 answer the valid lines of the keys asked for, to be added to the checkpoint with `addSignatures`. Compare
 * `timeSeconds` with your own clock before relying on it.
 * @throws EntenteError `ledger-format`, `signature-invalid`.
 */
export async function parseCosignatures(
  input: Uint8Array | string,
  note: UnverifiedNote,
  witnessKeys: readonly VerifierKey[],
  verify: VerifyEd25519,
): Promise<AcceptedCosignature[]> {
  const lines = parseSignatureLines(decodeText(input, NOTE_BYTES_MAX, 'the witness’s answer'));
  const keys = witnessKeys.filter((key) => key.type === 'cosignature');
  const accepted: AcceptedCosignature[] = [];
  for (const signature of lines) {
    const known = keys.filter((key) => key.name === signature.name && key.id === signature.id);
    if (known.length === 0) continue;
    for (const { key, timeSeconds } of await verifyNote(
      { text: note.text, signatures: [signature] },
      known,
      verify,
    ))
      accepted.push({ key, timeSeconds: timeSeconds!, signature });
  }
  if (accepted.length === 0)
    throw new EntenteError('signature-invalid', 'the answer carries no cosignature of the witness asked');
  return accepted;
}

/**
 * What to do when a witness answers 409: the old size to ask again with.
 * @throws EntenteError `ledger-fork` when the witness has seen more than this ledger holds: it was rolled back (say, by a
 *   backup) or somebody else signs with its key. Going on would fork it.
 */
export function decideAfterConflict(ownSize: number, witnessSize: number): number {
  if (witnessSize > ownSize)
    throw new EntenteError(
      'ledger-fork',
      `the witness has cosigned ${witnessSize} leaves of this ledger, which holds only ${ownSize}`,
    );
  return witnessSize;
}
