/**
 * Transfer encodings of mail bodies (RFC 2045 §6, and uuencode), decoded piece by piece: a part can be as large as its message, so
 * it is never held twice.
 */

/** Encoded bytes taken at a time. */
const PIECE_BYTES = 256 * 1024;
/** The longest line that uuencode can say the length of. */
const UU_LINE_BYTES = 63;

type Fault = (message: string) => void;

/** The decoded bytes. What cannot be what the sender encoded is told: digest and size are then those of what could be decoded. */
export function* decodeTransfer(b: Buffer, field: string, fault: Fault): Generator<Buffer> {
  // A comment may stand beside the word.
  const encoding = field
    .replace(/\([^()]*\)/g, ' ')
    .trim()
    .toLowerCase();
  switch (encoding) {
    case 'base64':
      return yield* decodeBase64(b, fault);
    case 'quoted-printable':
      return yield* decodeQuotedPrintable(b);
    case 'x-uuencode':
    case 'uuencode':
    case 'x-uue':
      return yield* decodeUu(b, fault);
    case '':
    case '7bit':
    case '8bit':
    case 'binary':
      break;
    default:
      fault(`the transfer encoding "${encoding.slice(0, 40)}" is not known: its part is taken as it stands`);
  }
  yield b;
}

/** Padding ends the data, and what is no character of the alphabet is left out (RFC 2045 §6.8). */
function* decodeBase64(b: Buffer, fault: Fault): Generator<Buffer> {
  let open = '';
  let hasOthers = false;
  let end = -1;
  let at = 0;
  for (; at < b.length && end < 0; at += PIECE_BYTES) {
    const piece = b.toString('latin1', at, Math.min(at + PIECE_BYTES, b.length)).replace(/[\r\n\t ]+/g, '');
    const text = open + piece.replace(/[^A-Za-z0-9+/=]/g, '');
    hasOthers ||= text.length - open.length !== piece.length;
    const padding = text.indexOf('=');
    const length = padding < 0 ? text.length & ~3 : padding;
    if (padding >= 0) end = at;
    open = text.slice(length);
    if (length > 0) yield Buffer.from(text.slice(0, length), 'base64');
    if (padding >= 0 && length % 4 < 2) fault('base64 has padding where none can be');
  }
  if (hasOthers) fault('base64 has characters of another kind, which are left out');
  if (end < 0) {
    if (open.length > 1) yield Buffer.from(open, 'base64');
    if (open.length > 0) fault('base64 ends inside of a group');
    return;
  }
  if (/[^=]/.test(open) || hasBase64(b, at)) {
    fault('base64 goes on behind its padding, which ends it: the rest is not decoded');
  }
}

function hasBase64(b: Buffer, from: number): boolean {
  for (let at = from; at < b.length; at += PIECE_BYTES)
    if (/[A-Za-z0-9+/]/.test(b.toString('latin1', at, Math.min(at + PIECE_BYTES, b.length)))) return true;
  return false;
}

/** Blanks at the end of a line were added on the way, and are no part of it (RFC 2045 §6.7 (3)). */
function* decodeQuotedPrintable(b: Buffer): Generator<Buffer> {
  let out = Buffer.alloc(Math.min(b.length, PIECE_BYTES));
  let length = 0;
  for (let i = 0; i < b.length; i++) {
    if (length === out.length) {
      yield out;
      out = Buffer.alloc(PIECE_BYTES);
      length = 0;
    }
    const byte = b[i]!;
    if (byte === 0x20 || byte === 0x09) {
      const next = behindBlanks(b, i);
      if (isLineEnd(b, next)) {
        i = next - 1;
        continue;
      }
      // The run is text: taken whole, so that it is looked at once.
      for (; i < next - 1; i++) {
        out[length++] = b[i]!;
        if (length < out.length) continue;
        yield out;
        out = Buffer.alloc(PIECE_BYTES);
        length = 0;
      }
      out[length++] = b[i]!;
    } else if (byte !== 0x3d) out[length++] = byte;
    else {
      const value = hexAt(b, i + 1);
      const next = value >= 0 ? i + 3 : behindBlanks(b, i + 1);
      if (value >= 0) {
        out[length++] = value;
        i += 2;
      } else if (isLineEnd(b, next)) i = b[next] === 0x0d ? next + 1 : next;
      else out[length++] = 0x3d;
    }
  }
  yield out.subarray(0, length);
}

function behindBlanks(b: Buffer, from: number): number {
  let at = from;
  while (b[at] === 0x20 || b[at] === 0x09) at++;
  return at;
}

function isLineEnd(b: Buffer, at: number): boolean {
  return at >= b.length || b[at] === 0x0a || (b[at] === 0x0d && b[at + 1] === 0x0a);
}

/** The byte that two hexadecimal digits give, or -1. */
function hexAt(b: Buffer, at: number): number {
  const text = b.toString('latin1', at, at + 2);
  return /^[0-9A-Fa-f]{2}$/.test(text) ? Number.parseInt(text, 16) : -1;
}

/** From `begin` to `end`; each line begins with how many bytes it holds. */
function* decodeUu(b: Buffer, fault: Fault): Generator<Buffer> {
  let isOpen = false;
  for (let at = 0; at < b.length; ) {
    const stop = b.indexOf(0x0a, at);
    const end = stop < 0 ? b.length : stop;
    const line = b.subarray(at, b[end - 1] === 0x0d ? end - 1 : end);
    at = end + 1;
    const word = line.toString('latin1', 0, 6);
    if (!isOpen) {
      isOpen = word === 'begin ';
      continue;
    }
    if (word === 'end') return;
    if (line.length === 0) continue;
    const size = (line[0]! - 32) & UU_LINE_BYTES;
    const units = (i: number) => ((line[i] ?? 32) - 32) & 63;
    const out = Buffer.alloc(3 * Math.ceil(size / 3));
    for (let i = 1, to = 0; to < size; i += 4, to += 3) {
      out.writeUIntBE((units(i) << 18) | (units(i + 1) << 12) | (units(i + 2) << 6) | units(i + 3), to, 3);
    }
    if (1 + Math.ceil((4 * size) / 3) > line.length) fault('a line of uuencode is cut short');
    yield out.subarray(0, size);
  }
  fault(isOpen ? 'uuencode that is not ended' : 'uuencode without its beginning');
}
