/**
 * The parts of a mail message: header fields (RFC 5322), encoded words (RFC 2047), parameters (RFC 2231), multiparts and transfer
 * encodings (RFC 2045, 2046). Read leniently, as mail programs do: senders of interest write mail that is not quite right.
 *
 * The sender controls everything; nesting, parts, fields and lengths are bounded.
 */
import { asBuffer } from '../windows-values.ts';

const DEPTH_MAX = 16;
const PARTS_MAX = 1_000;
const FIELDS_MAX = 2_000;
const HEADER_BYTES_MAX = 1024 * 1024;

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
  /** Decoded. */
  readonly content: Buffer;
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
  const content = decodeTransfer(body, fieldOf(fields, 'content-transfer-encoding') ?? '');
  parts.push({
    type: kind,
    charset: type.parameters['charset'] ?? null,
    fileName: fileName === null ? null : decodeWords(fileName),
    isAttachment: disposition.value.toLowerCase() === 'attachment' || fileName !== null,
    content,
  });
  // A forwarded message has parts of its own, the attachments that matter among them.
  if (kind === 'message/rfc822' && depth < DEPTH_MAX) readPart(content, parts, faults, depth + 1);
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

function decodeTransfer(b: Buffer, encoding: string): Buffer {
  switch (encoding.trim().toLowerCase()) {
    case 'base64':
      return Buffer.from(b.toString('latin1').replace(/[^A-Za-z0-9+/=]/g, ''), 'base64');
    case 'quoted-printable':
      return decodeQuotedPrintable(b);
    default:
      return b;
  }
}

function decodeQuotedPrintable(b: Buffer): Buffer {
  const out = Buffer.alloc(b.length);
  let length = 0;
  for (let i = 0; i < b.length; i++) {
    if (b[i] !== 0x3d) {
      out[length++] = b[i]!;
      continue;
    }
    const hex = b.toString('latin1', i + 1, i + 3);
    if (/^[0-9A-Fa-f]{2}$/.test(hex)) {
      out[length++] = Number.parseInt(hex, 16);
      i += 2;
    } else if (b[i + 1] === 0x0a) i++;
    else if (b[i + 1] === 0x0d && b[i + 2] === 0x0a) i += 2;
    else out[length++] = 0x3d;
  }
  return out.subarray(0, length);
}

export function decodeText(bytes: Uint8Array, charset: string | null): string {
  try {
    return new TextDecoder(charset ?? 'utf-8', { fatal: charset === null }).decode(bytes);
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
            : decodeQuotedPrintable(Buffer.from(data.replaceAll('_', ' '), 'latin1'));
        return decodeText(bytes, charset);
      },
    );
}

/** `value; name="x"; name*0*=utf-8''a%20; name*1=b`. */
export function parseParameters(text: string): { value: string; parameters: Record<string, string> } {
  const end = text.indexOf(';');
  const value = (end < 0 ? text : text.slice(0, end)).trim();
  const parameters: Record<string, string> = Object.create(null) as Record<string, string>;
  if (end < 0) return { value, parameters };
  const pieces = new Map<string, { order: number; text: string; isEncoded: boolean }[]>();
  for (const [, name, order, star, quoted, plain] of text
    .slice(end)
    .matchAll(/;\s*([^\s=;*"]{1,64})(?:\*(\d{1,3}))?(\*)?\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))/g)) {
    const key = name!.toLowerCase();
    const list = pieces.get(key) ?? [];
    const piece = quoted === undefined ? plain!.trim() : quoted.replace(/\\(.)/g, '$1');
    list.push({ order: Number(order ?? 0), text: piece, isEncoded: star !== undefined });
    pieces.set(key, list);
  }
  for (const [key, list] of pieces) {
    list.sort((a, b) => a.order - b.order);
    const isEncoded = list[0]!.isEncoded;
    const charset = isEncoded ? /^([^']*)'[^']*'/.exec(list[0]!.text) : null;
    const joined = list.map((piece) => piece.text).join('');
    parameters[key] = isEncoded
      ? decodePercent(charset === null ? joined : joined.slice(charset[0].length), charset?.[1] ?? 'utf-8')
      : joined;
  }
  return { value, parameters };
}

function decodePercent(text: string, charset: string): string {
  const bytes = text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return decodeText(Buffer.from(bytes, 'latin1'), charset || 'utf-8');
}
