/**
 * `.tlog-proof` files (C2SP tlog-proof): the proof that one leaf is in a log, to be checked years later without the log. It
 * holds index, inclusion proof and checkpoint with all cosignatures; who is trusted is the verifier's to know.
 *
 *     c2sp.org/tlog-proof@v1
 *     extra <base64>             optional; authenticated by nothing
 *     index 73894
 *     <base64 hash>              zero or more, leaf's sibling first
 *     (empty line)
 *     <checkpoint>
 */
import { decodeBase64, encodeBase64 } from '../base/index.ts';
import { parseCheckpoint, type VerifiedCheckpoint } from './checkpoint.ts';
import { verifyInclusion } from './inclusion-proof.ts';
import { NOTE_BYTES_MAX, parseNote } from './note.ts';
import { decodeText, formatError, parseDecimal, parseHashLines, quote } from './text.ts';

export interface ProofFile {
  /** Whatever helps to find or rebuild the leaf. Never believed. */
  readonly extra?: Uint8Array;
  readonly index: number;
  readonly proof: readonly Uint8Array[];
  /** The signed note, verbatim. */
  readonly checkpoint: string;
}

const FIRST_LINE = 'c2sp.org/tlog-proof@v1';

/** A note, 63 hash lines, and 96 KiB for `extra`: a whole ledger entry in base64. */
export const PROOF_FILE_BYTES_MAX = NOTE_BYTES_MAX + 100 * 1024;

/** @throws EntenteError `ledger-format` for parts that make no proof file. */
export function encodeProofFile({ extra, index, proof, checkpoint }: ProofFile): string {
  const head = [
    FIRST_LINE,
    ...(extra ? [`extra ${encodeBase64(extra)}`] : []),
    `index ${index}`,
    ...proof.map(encodeBase64),
  ];
  const text = `${head.join('\n')}\n\n${checkpoint}`;
  parseProofFile(text);
  return text;
}

/** Says nothing about validity. @throws EntenteError `ledger-format` */
export function parseProofFile(input: Uint8Array | string): ProofFile {
  const what = 'the proof file';
  const text = decodeText(input, PROOF_FILE_BYTES_MAX, what);
  const split = text.indexOf('\n\n');
  if (split < 0) throw formatError(what, 'has no empty line before the checkpoint');
  const [first, ...lines] = text.slice(0, split).split('\n');
  if (first !== FIRST_LINE) throw formatError(what, `does not begin with ${FIRST_LINE}`);
  const extraLine = lines[0]?.startsWith('extra ') ? lines.shift()! : null;
  const extra = extraLine === null ? null : decodeBase64(extraLine.slice('extra '.length));
  if (extraLine !== null && !extra) throw formatError(what, 'the extra line is no base64');
  const indexLine = lines.shift() ?? '';
  const index = indexLine.startsWith('index ') ? parseDecimal(indexLine.slice('index '.length)) : null;
  if (index === null) throw formatError(what, `${quote(indexLine)} is no index line`);
  const proof = parseHashLines(lines, what);
  const checkpoint = text.slice(split + 2);
  parseCheckpoint(parseNote(checkpoint).text);
  return { ...(extra ? { extra } : {}), index, proof, checkpoint };
}

/**
 * Returns the verified checkpoint that the leaf is under. `verifyHead` decides whose checkpoints are believed: `verifyCheckpoint` with
 * known keys, or `verifyByPolicy`.
 * @throws EntenteError `ledger-format`, `signature-invalid`, `verification-failed`.
 */
export async function verifyProofFile(
  input: Uint8Array | string,
  leafHash: Uint8Array,
  verifyHead: (checkpoint: string) => Promise<VerifiedCheckpoint>,
): Promise<VerifiedCheckpoint> {
  const { index, proof, checkpoint } = parseProofFile(input);
  const head = await verifyHead(checkpoint);
  verifyInclusion({ index, size: head.size, leafHash, root: head.root, proof });
  return head;
}
