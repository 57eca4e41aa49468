/**
 * Signed notes (C2SP signed-note): a text with signatures below it, each saying whose key made it.
 *
 *     text, ending in a newline
 *     (empty line)
 *     — key name base64(4-byte key id ‖ signature)
 *
 * Everything in a note is the sender's: the text means nothing until `verifyNote` has returned. Lines of unknown keys are
 * carried along and ignored, so that witnesses can add theirs; one bad signature of a known key refuses the whole note.
 */
import {
  concatBytes,
  decodeBase64,
  decodeHex,
  EntenteError,
  encodeBase64,
  encodeHex,
  utf8,
} from '../base/index.ts';
import { isKeyName, type VerifierKey } from './key.ts';
import { decodeText, formatError, quote } from './text.ts';

/** Makes an Ed25519 signature (RFC 8032), 64 bytes. Whoever calls the ledger owns the private key. */
export type SignEd25519 = (message: Uint8Array) => Uint8Array | Promise<Uint8Array>;

/** Checks one. May be asynchronous, as the browser's own cryptography is. */
export type VerifyEd25519 = (
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
) => boolean | Promise<boolean>;

export interface NoteSignature {
  readonly name: string;
  /** Key id, 8 lowercase hexadecimal digits. */
  readonly id: string;
  readonly signature: Uint8Array;
}

/** A note whose signatures nobody has looked at. */
export interface UnverifiedNote {
  /** With its final newline. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

export interface VerifiedSignature {
  readonly key: VerifierKey;
  /** When a cosignature was made, in POSIX seconds by the cosigner's clock; null for a plain signature. */
  readonly timeSeconds: number | null;
}

/** 64 signatures of the largest kind there is (ML-DSA-44, 3.3 kB of base64) over a text of a few lines. */
export const NOTE_BYTES_MAX = 256 * 1024;

/** Verifiers must accept 16 (C2SP signed-note, "Format"); four times as many parties in one agreement is generous. */
export const NOTE_SIGNATURES_MAX = 64;

const SIGNATURE_BYTES = 64; // Ed25519, RFC 8032 §5.1.6
const TIME_BYTES = 8; // big-endian POSIX seconds before a cosignature
const COSIGNATURE_HEADER = 'cosignature/v1\n';

/** @throws EntenteError `ledger-format` */
export function parseNote(input: Uint8Array | string): UnverifiedNote {
  const whole = decodeText(input, NOTE_BYTES_MAX, 'the note');
  const split = whole.lastIndexOf('\n\n');
  if (split < 0) throw formatError('the note', 'has no empty line between text and signatures');
  return { text: whole.slice(0, split + 1), signatures: parseSignatureLines(whole.slice(split + 2)) };
}

/**
 * One or more signature lines, as at the end of a note and in a witness's answer.
 * @throws EntenteError `ledger-format`
 */
export function parseSignatureLines(text: string): NoteSignature[] {
  if (!text.endsWith('\n')) throw formatError('the note', 'does not end with a signature line and a newline');
  const lines = text.slice(0, -1).split('\n');
  if (lines.length > NOTE_SIGNATURES_MAX)
    throw formatError('the note', `has more than ${NOTE_SIGNATURES_MAX} signatures`);
  return lines.map(parseSignatureLine);
}

function parseSignatureLine(line: string): NoteSignature {
  const [dash, name = '', encoded = '', ...rest] = line.split(' ');
  const bytes = decodeBase64(encoded);
  // Four bytes of id and at least one of signature.
  if (dash !== '—' || !isKeyName(name) || rest.length > 0 || !bytes || bytes.length < 5)
    throw formatError('the note', `${quote(line)} is no signature line`);
  return { name, id: encodeHex(bytes.subarray(0, 4)), signature: bytes.subarray(4) };
}

export function formatSignatureLine({ name, id, signature }: NoteSignature): string {
  return `— ${name} ${encodeBase64(concatBytes([decodeHex(id)!, signature]))}\n`;
}

/** The inverse of `parseNote`. @throws EntenteError `ledger-format` when the result would be no note. */
export function formatNote(note: UnverifiedNote): string {
  const whole = `${note.text}\n${note.signatures.map(formatSignatureLine).join('')}`;
  if (!note.text.endsWith('\n')) throw formatError('the note', 'text does not end with a newline');
  if (parseNote(whole).text !== note.text) throw formatError('the note', 'text and signatures run together');
  return whole;
}

/**
 * Signs as a log does (type 0x01).
 * @throws EntenteError `ledger-format` for a text that could be taken for what a witness signs.
 */
export async function signNote(text: string, key: VerifierKey, sign: SignEd25519): Promise<NoteSignature> {
  if (key.type !== 'ed25519') throw new RangeError('a cosigning key signs with cosignNote');
  if (text.startsWith(COSIGNATURE_HEADER)) throw formatError('the note', 'begins like a cosigned message');
  return { name: key.name, id: key.id, signature: await sign(utf8(text)) };
}

/**
 * Cosigns as a witness does (type 0x04; C2SP tlog-cosignature, "Ed25519 signed message"). `timeSeconds`: POSIX, above zero.
 */
export async function cosignNote(
  text: string,
  key: VerifierKey,
  timeSeconds: number,
  sign: SignEd25519,
): Promise<NoteSignature> {
  if (key.type !== 'cosignature') throw new RangeError('a log key signs with signNote');
  if (!Number.isSafeInteger(timeSeconds) || timeSeconds <= 0)
    throw new RangeError(`${timeSeconds} is no POSIX time in seconds`);
  const time = new Uint8Array(TIME_BYTES);
  new DataView(time.buffer).setBigUint64(0, BigInt(timeSeconds));
  const signature = await sign(cosignedMessage(text, timeSeconds));
  return { name: key.name, id: key.id, signature: concatBytes([time, signature]) };
}

function cosignedMessage(text: string, timeSeconds: number): Uint8Array {
  return utf8(`${COSIGNATURE_HEADER}time ${timeSeconds}\n${text}`);
}

/**
 * The signatures by `keys`, in the order of the note; at least one.
 * @throws EntenteError `signature-invalid` when a signature of a known key does not verify, or no known key signed.
 */
export async function verifyNote(
  note: UnverifiedNote,
  keys: readonly VerifierKey[],
  verify: VerifyEd25519,
): Promise<VerifiedSignature[]> {
  const verified: VerifiedSignature[] = [];
  for (const line of note.signatures) {
    for (const key of keys) {
      if (key.name !== line.name || key.id !== line.id) continue;
      verified.push({ key, timeSeconds: await verifySignature(note.text, line.signature, key, verify) });
    }
  }
  if (verified.length === 0)
    throw new EntenteError('signature-invalid', 'the note carries no signature by a known key');
  return verified;
}

async function verifySignature(
  text: string,
  signature: Uint8Array,
  key: VerifierKey,
  verify: VerifyEd25519,
): Promise<number | null> {
  const isCosignature = key.type === 'cosignature';
  const time = isCosignature ? readTime(signature) : null;
  const message = time === null ? utf8(text) : cosignedMessage(text, time);
  const bare = isCosignature ? signature.subarray(TIME_BYTES) : signature;
  const fits = bare.length === SIGNATURE_BYTES && (!isCosignature || time !== null);
  if (!fits || !(await verify(key.publicKey, message, bare)))
    throw new EntenteError(
      'signature-invalid',
      `the signature of ${quote(key.name)} (${key.id}) does not verify`,
    );
  return time;
}

/** POSIX seconds, or null for zero (no statement about time) and for what lies beyond 2^53. */
function readTime(signature: Uint8Array): number | null {
  if (signature.length < TIME_BYTES) return null;
  const time = new DataView(signature.buffer, signature.byteOffset).getBigUint64(0);
  return time > 0n && time <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(time) : null;
}
