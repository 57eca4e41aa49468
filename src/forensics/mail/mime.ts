/**
 * The parts of a mail message: header fields (RFC 5322), encoded words (RFC 2047), parameters (RFC 2231), multiparts and transfer
 * encodings (RFC 2045, 2046). Read leniently, as mail programs do: senders of interest write mail that is not quite right.
 *
 * The sender controls everything; nesting, parts, fields and lengths are bounded.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { encodeHex } from '../../base/index.ts';
import { asBuffer } from '../windows-values.ts';
import { decodeTransfer } from './transfer.ts';

const DEPTH_MAX = 16;
const PARTS_MAX = 1_000;
const FIELDS_MAX = 2_000;
const HEADER_BYTES_MAX = 1024 * 1024;
/** Of a part's content, kept for a reader's eye; digest and size are of all of it. */
const START_BYTES = 16_000;
/** A message inside a message is looked into as it stands; one that is encoded (RFC 2046 §5.2.1 forbids it) is decoded up to this size. */
const NESTED_BYTES_MAX = 32 * 1024 * 1024;

export interface HeaderField {
  /** In lower case. */
  readonly name: string;
  /** Unfolded, with encoded words decoded. */
  readonly value: string;
}

export interface MailPart {
  /** `text/plain`, in lower case. */
  readonly type: string;
  readonly charset: string | null;
  readonly fileName: string | null;
  readonly isAttachment: boolean;
  /** Of the decoded content, its beginning. */
  readonly start: Buffer;
  /** Decoded. */
  readonly sizeBytes: number;
  /** Of the decoded content, in hex; empty for what is no attachment. */
  readonly sha256: string;
}

export interface MailMessage {
  readonly fields: readonly HeaderField[];
  readonly parts: readonly MailPart[];
  /** The parts that could not be read as they should. */
  readonly faults: readonly string[];
}

export function parseMessage(bytes: Uint8Array): MailMessage {
  const b = asBuffer(bytes);
  const parts: MailPart[] = [];
  const faults: string[] = [];
  const fields = readPart(b, parts, faults, 0);
  return { fields, parts, faults };
}

export function fieldOf(fields: readonly HeaderField[], name: string): string | null {
  return fields.find((field) => field.name === name)?.value ?? null;
}

function readPart(b: Buffer, parts: MailPart[], faults: string[], depth: number): HeaderField[] {
  const { fields, body } = splitHeader(b);
  const type = parseParameters(fieldOf(fields, 'content-type') ?? 'text/plain');
  const kind = type.value.toLowerCase();
  if (parts.length >= PARTS_MAX) {
    faults.push(`more than ${PARTS_MAX} parts`);
    return fields;
  }
  const boundary = type.parameters['boundary'];
  if (kind.startsWith('multipart/') && boundary !== undefined && boundary !== '') {
    if (depth >= DEPTH_MAX) faults.push(`parts nested deeper than ${DEPTH_MAX}`);
    else {
      const { pieces, isClosed } = splitMultipart(body, boundary);
      if (!isClosed) faults.push('a multipart that is not closed');
      for (const piece of pieces) readPart(piece, parts, faults, depth + 1);
    }
    return fields;
  }
  const disposition = parseParameters(fieldOf(fields, 'content-disposition') ?? '');
  const fileName = disposition.parameters['filename'] ?? type.parameters['name'] ?? null;
  const isAttachment = disposition.value.toLowerCase() === 'attachment' || fileName !== null;
  const isMessage = kind === 'message/rfc822' && depth < DEPTH_MAX;
  const number = parts.length + 1;
  const told = new Set<string>();
  const digest = isAttachment ? sha256.create() : null;
  const kept: Buffer[] = [];
  const keptMax = isMessage ? NESTED_BYTES_MAX : START_BYTES;
  let sizeBytes = 0;
  const encoding = fieldOf(fields, 'content-transfer-encoding') ?? '';
  for (const piece of decodeTransfer(body, encoding, (fault) => told.add(fault))) {
    digest?.update(piece);
    if (sizeBytes < keptMax) kept.push(piece.subarray(0, keptMax - sizeBytes));
    sizeBytes += piece.length;
  }
  const content = kept.length === 1 ? kept[0]! : Buffer.concat(kept);
  parts.push({
    type: kind,
    charset: type.parameters['charset'] ?? null,
    fileName: fileName === null ? null : decodeWords(fileName),
    isAttachment,
    start: content.subarray(0, START_BYTES),
    sizeBytes,
    sha256: digest === null ? '' : encodeHex(digest.digest()),
  });
  if (isMessage && sizeBytes > NESTED_BYTES_MAX)
    told.add(`a message of ${sizeBytes} bytes, of which the first ${NESTED_BYTES_MAX} are looked into`);
  for (const fault of told) faults.push(`part ${number}: ${fault}`);
  // A forwarded message has parts of its own, the attachments that matter among them.
  if (isMessage) readPart(content, parts, faults, depth + 1);
  return fields;
}

function splitHeader(b: Buffer): { fields: HeaderField[]; body: Buffer } {
  let end = b.length;
  let body = b.length;
  for (let at = 0; at < b.length && at < HEADER_BYTES_MAX; ) {
    const stop = b.indexOf(0x0a, at);
    if (stop < 0) break;
    if (stop === at || (stop === at + 1 && b[at] === 0x0d)) {
      end = at;
      body = stop + 1;
      break;
    }
    at = stop + 1;
  }
  const text = decodeHeaderBytes(b.subarray(0, Math.min(end, HEADER_BYTES_MAX)));
  const fields: HeaderField[] = [];
  for (const line of text.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon <= 0 || fields.length >= FIELDS_MAX) continue;
    fields.push({
      name: line.slice(0, colon).trim().toLowerCase(),
      value: decodeWords(line.slice(colon + 1).trim()),
    });
  }
  return { fields, body: b.subarray(body) };
}

/** RFC 6532 allows UTF-8 in fields; older mail has whatever its sender's machine used. */
function decodeHeaderBytes(b: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(b);
  } catch {
    return new TextDecoder('windows-1252').decode(b);
  }
}

function splitMultipart(b: Buffer, boundary: string): { pieces: Buffer[]; isClosed: boolean } {
  const mark = `--${boundary}`;
  const pieces: Buffer[] = [];
  let from = -1;
  for (let at = b.indexOf(mark, 0, 'latin1'); at >= 0; at = b.indexOf(mark, at + mark.length, 'latin1')) {
    if (at > 0 && b[at - 1] !== 0x0a) continue; // only at the beginning of a line
    // The line end before a boundary belongs to it.
    const end = at >= 2 && b[at - 2] === 0x0d ? at - 2 : Math.max(0, at - 1);
    if (from >= 0 && pieces.length < PARTS_MAX) pieces.push(b.subarray(from, Math.max(from, end)));
    const after = at + mark.length;
    if (b[after] === 0x2d && b[after + 1] === 0x2d) return { pieces, isClosed: true };
    const line = b.indexOf(0x0a, after);
    from = line < 0 ? b.length : line + 1;
  }
  if (from >= 0 && from < b.length && pieces.length < PARTS_MAX) pieces.push(b.subarray(from));
  return { pieces, isClosed: false };
}

/** `isCut`: the bytes are a beginning, whose last character may not be whole. Without charset: UTF-8 if it is that, else Windows'. */
export function decodeText(bytes: Uint8Array, charset: string | null, isCut = false): string {
  try {
    return new TextDecoder(charset ?? 'utf-8', { fatal: charset === null }).decode(bytes, { stream: isCut });
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

/** `=?utf-8?Q?caf=C3=A9?=`; blanks between two such words are not part of the text. */
function decodeWords(text: string): string {
  if (!text.includes('=?')) return text;
  return text
    .replace(/(=\?[^?\s]{1,64}\?[BbQq]\?[^?\s]*\?=)\s+(?==\?[^?\s]{1,64}\?[BbQq]\?)/g, '$1')
    .replace(
      /=\?([^?\s*]{1,64})(?:\*[^?\s]*)?\?([BbQq])\?([^?\s]*)\?=/g,
      (_, charset: string, form: string, data: string) => {
        const bytes =
          form.toUpperCase() === 'B'
            ? Buffer.from(data, 'base64')
            : Buffer.from(unescapeHex(data.replaceAll('_', ' '), '='), 'latin1');
        return decodeText(bytes, charset);
      },
    );
}

interface Segment {
  /** Null for a parameter that is not cut into segments. */
  readonly order: number | null;
  readonly text: string;
  readonly isEncoded: boolean;
}

/** `value; name="x"; name*0*=utf-8''a%20; name*1=b` (RFC 2231). */
export function parseParameters(text: string): { value: string; parameters: Record<string, string> } {
  const end = text.indexOf(';');
  const value = (end < 0 ? text : text.slice(0, end)).trim();
  const parameters: Record<string, string> = Object.create(null) as Record<string, string>;
  if (end < 0) return { value, parameters };
  const segments = new Map<string, Segment[]>();
  for (const [, name, order, star, quoted, plain] of text
    .slice(end)
    .matchAll(/;\s*([^\s=;*"]{1,64})(?:\*(\d{1,3}))?(\*)?\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))/g)) {
    const key = name!.toLowerCase();
    const list = segments.get(key) ?? [];
    const segment = quoted === undefined ? plain!.trim() : quoted.replace(/\\(.)/g, '$1');
    list.push({
      order: order === undefined ? null : Number(order),
      text: segment,
      isEncoded: star !== undefined,
    });
    segments.set(key, list);
  }
  for (const [key, list] of segments) parameters[key] = parameterOf(list);
  return { value, parameters };
}

/** Of several ways to write one parameter, the one that can say most: encoded, in segments, plain. */
function parameterOf(list: readonly Segment[]): string {
  const whole = list.find(({ order, isEncoded }) => order === null && isEncoded);
  const cut = list.filter(({ order }) => order !== null).sort((a, b) => a.order! - b.order!);
  const parts = whole !== undefined ? [whole] : cut.length > 0 ? cut : list.slice(0, 1);
  const start = parts[0]!.isEncoded ? /^([^']*)'[^']*'/.exec(parts[0]!.text) : null;
  const charset = start?.[1] || 'utf-8';
  let value = '';
  let open = ''; // a character can go from one encoded segment into the next
  for (const [i, { text, isEncoded }] of parts.entries()) {
    if (isEncoded) open += unescapeHex(i === 0 ? text.slice(start?.[0].length ?? 0) : text, '%');
    if (isEncoded && i < parts.length - 1) continue;
    if (open !== '') value += decodeText(Buffer.from(open, 'latin1'), charset);
    open = '';
    if (!isEncoded) value += text;
  }
  return value;
}

/** Bytes as characters: `%41` or `=41` to `A`. */
function unescapeHex(text: string, mark: '%' | '='): string {
  return text.replace(mark === '%' ? /%([0-9A-Fa-f]{2})/g : /=([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
