/**
 * Checkpoints (C2SP tlog-checkpoint): the signed head of a log. The log signs origin, size and root; witnesses add
 * cosignatures. Whoever holds one can tell forever whether the log was rewritten below that size.
 *
 *     example.com/log
 *     20852163
 *     CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
 */
import { EntenteError, encodeBase64 } from '../base/index.ts';
import type { VerifierKey } from './key.ts';
import {
  cosignNote,
  formatNote,
  formatSignatureLine,
  type NoteSignature,
  parseNote,
  type SignEd25519,
  signNote,
  type UnverifiedNote,
  type VerifyEd25519,
  verifyNote,
} from './note.ts';
import { formatError, parseDecimal, parseHash, quote } from './text.ts';

export interface Checkpoint {
  /** Names the log. */
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
  /** Opaque lines; no auditor can check what they say, so Entente writes none. */
  readonly extensions?: readonly string[];
}

export interface Cosignature {
  readonly key: VerifierKey;
  /** POSIX seconds by the witness's clock. */
  readonly timeSeconds: number;
}

export interface VerifiedCheckpoint extends Checkpoint {
  /** The note as it came, with the lines of unknown keys. */
  readonly note: UnverifiedNote;
  readonly logKey: VerifierKey;
  readonly cosignatures: readonly Cosignature[];
}

/** The note text. @throws EntenteError `ledger-format` for values that make no checkpoint. */
export function formatCheckpoint({ origin, size, root, extensions = [] }: Checkpoint): string {
  const text = [origin, String(size), encodeBase64(root), ...extensions].map((line) => `${line}\n`).join('');
  const back = parseCheckpoint(text);
  if (back.origin !== origin || back.extensions?.length !== extensions.length)
    throw formatError('the checkpoint', 'a line holds a newline');
  return text;
}

/** From a note text; says nothing about signatures. @throws EntenteError `ledger-format` */
export function parseCheckpoint(text: string): Required<Checkpoint> {
  const what = 'the checkpoint';
  const lines = text.split('\n');
  if (lines.pop() !== '' || lines.length < 3) throw formatError(what, 'has fewer than three lines');
  const empty = lines.indexOf('');
  if (empty >= 0) throw formatError(what, `line ${empty + 1} is empty`);
  const [origin, sizeLine, rootLine, ...extensions] = lines as [string, string, string, ...string[]];
  const size = parseDecimal(sizeLine);
  if (size === null) throw formatError(what, `${quote(sizeLine)} is no tree size`);
  const root = parseHash(rootLine);
  if (!root) throw formatError(what, `${quote(rootLine)} is no root hash`);
  return { origin, size, root, extensions };
}

/** A log's signed checkpoint, ready to serve; `key` is the log's. @throws EntenteError `ledger-format` */
export async function signCheckpoint(
  checkpoint: Checkpoint,
  key: VerifierKey,
  sign: SignEd25519,
): Promise<string> {
  const text = formatCheckpoint(checkpoint);
  return formatNote({ text, signatures: [await signNote(text, key, sign)] });
}

/**
 * What a witness says of a checkpoint it has checked: the line that its answer carries and others append to the note.
 * Says "the largest consistent tree I have seen", so call it only when `decideAddCheckpoint` agreed and that is stored.
 */
export async function cosignCheckpoint(
  note: UnverifiedNote,
  key: VerifierKey,
  timeSeconds: number,
  sign: SignEd25519,
): Promise<NoteSignature> {
  parseCheckpoint(note.text); // only checkpoints are cosigned
  return await cosignNote(note.text, key, timeSeconds, sign);
}

export interface CheckpointTrust {
  /** The log this must be. A checkpoint of another log is refused, however well signed. */
  readonly origin: string;
  /** The log's keys, type `ed25519`: one valid signature is needed. */
  readonly logKeys: readonly VerifierKey[];
  /** Witnesses, type `cosignature`: valid ones are reported; none is needed (that is for a policy to say). */
  readonly witnessKeys?: readonly VerifierKey[];
  readonly verify: VerifyEd25519;
}

/**
 * @throws EntenteError `ledger-format` for what is no checkpoint, `signature-invalid` when the log's signature is missing or any
 *   signature of a known key is wrong, `verification-failed` for the checkpoint of another log.
 */
export async function verifyCheckpoint(
  input: Uint8Array | string,
  trust: CheckpointTrust,
): Promise<VerifiedCheckpoint> {
  const note = parseNote(input);
  const checkpoint = parseCheckpoint(note.text);
  const logKeys = trust.logKeys.filter((key) => key.type === 'ed25519');
  const witnessKeys = (trust.witnessKeys ?? []).filter((key) => key.type === 'cosignature');
  const verified = await verifyNote(note, [...logKeys, ...witnessKeys], trust.verify);
  const logKey = verified.find(({ key }) => key.type === 'ed25519')?.key;
  if (!logKey) throw new EntenteError('signature-invalid', 'the checkpoint is not signed by its log');
  if (checkpoint.origin !== trust.origin)
    throw new EntenteError(
      'verification-failed',
      `this is a checkpoint of ${quote(checkpoint.origin)}, not of ${quote(trust.origin)}`,
    );
  const cosignatures = verified.flatMap(({ key, timeSeconds }) =>
    timeSeconds === null ? [] : [{ key, timeSeconds }],
  );
  return { ...checkpoint, note, logKey, cosignatures };
}

/** Adds signature lines that the note does not have yet. @throws EntenteError `ledger-format` when there are too many. */
export function addSignatures(note: UnverifiedNote, signatures: readonly NoteSignature[]): string {
  const lines = new Map([...note.signatures, ...signatures].map((line) => [formatSignatureLine(line), line]));
  return formatNote({ text: note.text, signatures: [...lines.values()] });
}
