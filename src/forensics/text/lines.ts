/**
 * The lines of a text exhibit with their byte offsets, in bounded memory.
 *
 * A log is UTF-8 unless its byte order mark says UTF-16. Bytes that are no UTF-8 are read as Windows-1252, for the line they
 * are in, and the account warns once: such logs exist, and nothing of them may be lost. Runs of NULs are no text: they are
 * told and passed over, and end the line that they cut.
 */
import type { Account } from '../account.ts';
import type { ByteReader } from '../parser.ts';
import { asBuffer, utf16Text } from '../windows-values.ts';

/** The longest real log lines are JSON events of about 1 MiB. What is longer is cut there, and told. */
export const LINE_BYTES_MAX = 4 * 1024 * 1024;
/** Read at a time: few system calls, little memory. */
const PIECE_BYTES = 1024 * 1024;

export interface Line {
  readonly text: string;
  /** Where it begins in the exhibit. */
  readonly offset: number;
  /** With its line end. */
  readonly sizeBytes: number;
}

export type TextEncoding = 'utf-8' | 'utf-16le' | 'utf-16be';

export function encodingOf(head: Uint8Array): { encoding: TextEncoding; markBytes: number } {
  if (head[0] === 0xff && head[1] === 0xfe) return { encoding: 'utf-16le', markBytes: 2 };
  if (head[0] === 0xfe && head[1] === 0xff) return { encoding: 'utf-16be', markBytes: 2 };
  return { encoding: 'utf-8', markBytes: head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? 3 : 0 };
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const western = new TextDecoder('windows-1252');
const bigEndian = new TextDecoder('utf-16be');

/** Calls `take` for each line, without its end; stops when the account's sink wants no more. */
export function eachLine(reader: ByteReader, account: Account, take: (line: Line) => void): void {
  const { encoding, markBytes } = encodingOf(reader.read(0, 4));
  const unit = encoding === 'utf-8' ? 1 : 2;
  let warned = false;
  const decode = (bytes: Buffer, offset: number): string => {
    if (encoding === 'utf-16le') return utf16Text(bytes, 0, bytes.length);
    if (encoding === 'utf-16be') return bigEndian.decode(bytes);
    if (isAscii(bytes)) return bytes.toString('latin1');
    try {
      return strict.decode(bytes);
    } catch {
      if (!warned)
        account.warn('text-encoding', 'not UTF-8: the line is read as Windows-1252', offset, bytes.length);
      warned = true;
      return western.decode(bytes);
    }
  };
  let held: Buffer = Buffer.alloc(0);
  /** Of `held`, in the exhibit. */
  let base = markBytes;
  /** Inside a line that was cut. */
  let cutting = false;
  /** Whether there was a NUL so far: few logs have one, and only those are searched for more. */
  let hasNul = false;
  const skipNul = (offset: number, length: number): void => {
    account.warn('text-nul', `${length} NUL bytes, as a crash leaves them, are passed over`, offset, length);
    account.skip(length);
  };
  const emit = (from: number, to: number, withEnd: number): void => {
    if (hasNul && encoding === 'utf-8') {
      for (;;) {
        const [run, length] = nulRun(held, from, to);
        if (length === 0) break;
        if (run > from) takeLine(from, run, run);
        if (account.stopped) return;
        skipNul(base + run, length);
        from = run + length;
        if (from === to) return;
      }
    }
    takeLine(from, to, withEnd);
  };
  const takeLine = (from: number, to: number, withEnd: number): void => {
    let end = to;
    if (end - from >= unit && lineUnit(held, end - unit, encoding) === 0x0d) end -= unit;
    take({
      text: decode(held.subarray(from, end), base + from),
      offset: base + from,
      sizeBytes: withEnd - from,
    });
  };
  for (let at = markBytes; at < reader.sizeBytes && !account.stopped; ) {
    const piece = asBuffer(reader.read(at, PIECE_BYTES));
    if (piece.length === 0) break;
    at += piece.length;
    hasNul ||= piece.includes(0);
    const searched = held.length;
    held = held.length === 0 ? piece : Buffer.concat([held, piece]);
    let from = 0;
    for (let end = findEnd(held, searched, encoding); end >= 0; end = findEnd(held, end + unit, encoding)) {
      if (account.stopped) return;
      if (cutting) account.skip(end + unit - from);
      else emit(from, end, end + unit);
      cutting = false;
      from = end + unit;
    }
    base += from;
    held = held.subarray(from);
    if (hasNul && !cutting && encoding === 'utf-8' && held[0] === 0) {
      // A sparse file has gigabytes of them.
      const length = leadingNul(held, 0, held.length);
      skipNul(base, length);
      base += length;
      held = held.subarray(length);
    }
    if (held.length > LINE_BYTES_MAX) {
      if (!cutting) {
        account.error('text-line', `a line longer than ${LINE_BYTES_MAX} bytes`, base);
        from = 0;
        const whole = held;
        held = held.subarray(0, LINE_BYTES_MAX);
        emit(0, held.length, held.length);
        account.skip(whole.length - LINE_BYTES_MAX);
        base += whole.length;
      } else {
        account.skip(held.length);
        base += held.length;
      }
      held = Buffer.alloc(0);
      cutting = true;
    }
  }
  if (held.length === 0 || account.stopped) return;
  if (cutting) account.skip(held.length);
  else emit(0, held.length, held.length);
}

/** The first lines of a head, for recognition; the last, which may be cut, is left out unless it is the only one. */
export function headLines(head: Uint8Array, max: number): string[] {
  const { encoding, markBytes } = encodingOf(head);
  const bytes = asBuffer(head).subarray(markBytes);
  if (encoding === 'utf-16le') return linesOf(utf16Text(bytes, 0, bytes.length), max);
  if (encoding === 'utf-16be') return linesOf(bigEndian.decode(bytes), max);
  const beginning = bytes.subarray(0, 4_096);
  if (!beginning.includes(0)) return linesOf(bytes.toString('utf8'), max);
  // A run may go on behind what is looked at.
  const filled = beginning.toString('latin1').replace(/\0+$/, '').replace(NUL_RUN, '\n');
  if (filled.includes('\0')) return []; // binary
  return linesOf(bytes.toString('utf8').replace(NUL_RUN, '\n'), max);
}

function linesOf(text: string, max: number): string[] {
  const lines = text.split(/\r?\n/, max + 1);
  if (lines.length > 1) lines.pop();
  return lines;
}

/** What a crash leaves where blocks were reserved and never written. A NUL or two may be text that somebody logged. */
const NUL_RUN_BYTES = 4;
const NUL_RUN = /^\0+|\0{4,}/gm;

/** The first run of filling NULs in a line: at its beginning, or of some length. Length 0 when there is none. */
function nulRun(bytes: Buffer, from: number, to: number): [at: number, length: number] {
  for (let at = bytes.indexOf(0, from); at >= 0 && at < to; at = bytes.indexOf(0, at)) {
    const length = leadingNul(bytes, at, to);
    if (length >= NUL_RUN_BYTES || at === from) return [at, length];
    at += length;
  }
  return [to, 0];
}

function leadingNul(bytes: Buffer, from: number, to: number): number {
  let at = from;
  while (at < to && bytes[at] === 0) at++;
  return at - from;
}

function findEnd(bytes: Buffer, from: number, encoding: TextEncoding): number {
  if (encoding === 'utf-8') return bytes.indexOf(0x0a, from);
  for (let at = from - (from % 2); at + 1 < bytes.length; at += 2) {
    if (lineUnit(bytes, at, encoding) === 0x0a) return at;
  }
  return -1;
}

function lineUnit(bytes: Buffer, at: number, encoding: TextEncoding): number {
  if (encoding === 'utf-8') return bytes[at]!;
  return encoding === 'utf-16le' ? bytes[at]! | (bytes[at + 1]! << 8) : bytes[at + 1]! | (bytes[at]! << 8);
}

function isAscii(bytes: Buffer): boolean {
  for (let i = 0; i < bytes.length; i++) if (bytes[i]! > 0x7f) return false;
  return true;
}
