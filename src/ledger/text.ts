/**
 * What the line formats of the ledger (notes, checkpoints, proofs, witness messages) have in common. Their bytes come from
 * peers and files, so each reader bounds, decodes and refuses here; one value has exactly one accepted spelling.
 */
import { decodeBase64, EntenteError } from '../base/index.ts';
import { HASH_BYTES } from './tree-hash.ts';

/** `ignoreBOM` keeps a leading U+FEFF in the text, so that two different byte strings never read as the same note. */
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A proof in a tree of at most 2^63 leaves has at most 63 hashes (tlog-witness, add-checkpoint). */
export const PROOF_HASHES_MAX = 63;

/** Enough to recognise a hash line (44 characters) in a message, too little to flood a log with. */
const QUOTED_MAX = 60;

/** `what` names the thing in messages, such as "the checkpoint". */
export function formatError(what: string, fault: string): EntenteError {
  return new EntenteError('ledger-format', `${what}: ${fault}`);
}

export function quote(text: string): string {
  return JSON.stringify(text.length > QUOTED_MAX ? `${text.slice(0, QUOTED_MAX)}…` : text);
}

/**
 * UTF-8 without control characters other than newline, at most `bytesMax` long.
 * @throws EntenteError `ledger-format`
 */
export function decodeText(input: Uint8Array | string, bytesMax: number, what: string): string {
  if (input.length > bytesMax) throw formatError(what, `longer than ${bytesMax} bytes`);
  let text: string;
  if (typeof input === 'string') {
    if (!input.isWellFormed()) throw formatError(what, 'holds a lone surrogate');
    text = input;
  } else {
    try {
      text = decoder.decode(input);
    } catch {
      throw formatError(what, 'is not UTF-8');
    }
  }
  const control = /[\u0000-\u0009\u000b-\u001f]/.exec(text);
  if (control) throw formatError(what, `holds a control character at position ${control.index}`);
  return text;
}

/** ASCII decimal without leading zeroes, up to 2^53 − 1; null otherwise. */
export function parseDecimal(text: string): number | null {
  if (!/^(0|[1-9][0-9]{0,15})$/.test(text)) return null;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : null;
}

/** One SHA-256 hash in base64; null otherwise. */
export function parseHash(text: string): Uint8Array<ArrayBuffer> | null {
  if (text.length !== 44) return null; // 32 bytes in base64
  const hash = decodeBase64(text);
  return hash?.length === HASH_BYTES ? hash : null;
}

/** @throws EntenteError `ledger-format` naming the line that is no hash. */
export function parseHashLines(lines: readonly string[], what: string): Uint8Array[] {
  if (lines.length > PROOF_HASHES_MAX)
    throw formatError(what, `has more than ${PROOF_HASHES_MAX} proof lines`);
  return lines.map((line, i) => {
    const hash = parseHash(line);
    if (!hash) throw formatError(what, `proof line ${i + 1} is no SHA-256 hash in base64: ${quote(line)}`);
    return hash;
  });
}
