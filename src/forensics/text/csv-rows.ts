/**
 * Rows of CSV (RFC 4180 §2; also with semicolons, tabs or bars). A value is quoted when it begins with a quote; elsewhere a quote is a
 * character, since the RFC forbids it there and writers do it (`5" disk`).
 */
import type { Line } from './lines.ts';

export const COLUMNS_MAX = 1_000;
/** A quote that is never closed would take the rest of the file into one value. */
const ROW_LINES_MAX = 2_000;
const ROW_BYTES_MAX = 8 * 1024 * 1024;

export interface Row {
  readonly text: string;
  readonly offset: number;
  readonly sizeBytes: number;
  /** Of a quoted value that never ended: its lines are given one by one, and need not be rows. */
  readonly isTorn: boolean;
}

/** Puts lines together where a quoted value goes on in the next. */
export class RowAssembler {
  readonly #separator: string;
  #held: Line[] = [];
  #heldBytes = 0;

  constructor(separator: string) {
    this.#separator = separator;
  }

  get isOpen(): boolean {
    return this.#held.length > 0;
  }

  /** The rows that end with this line. */
  push(line: Line): Row[] {
    const isOpen = this.#held.length > 0;
    if (!isOpen && !line.text.includes('"')) return [rowOfLine(line, false)];
    this.#held.push(line);
    this.#heldBytes += line.sizeBytes;
    if (endsQuoted(line.text, this.#separator, isOpen)) {
      const isTooLong = this.#held.length >= ROW_LINES_MAX || this.#heldBytes >= ROW_BYTES_MAX;
      return isTooLong ? this.end() : [];
    }
    const [first] = this.#held;
    const row = {
      text: this.#held.length === 1 ? first!.text : this.#held.map(({ text }) => text).join('\n'),
      offset: first!.offset,
      sizeBytes: this.#heldBytes,
      isTorn: false,
    };
    this.#clear();
    return [row];
  }

  /** What waits for a quote that does not come. */
  end(): Row[] {
    const rows = this.#held.map((line) => rowOfLine(line, true));
    this.#clear();
    return rows;
  }

  #clear(): void {
    this.#held = [];
    this.#heldBytes = 0;
  }
}

function rowOfLine({ text, offset, sizeBytes }: Line, isTorn: boolean): Row {
  return { text, offset, sizeBytes, isTorn };
}

/** Whether a quoted value is open behind a line, which begins inside of one or not. */
function endsQuoted(text: string, separator: string, isOpen: boolean): boolean {
  let isQuoted = isOpen;
  for (let at = 0; ; ) {
    if (!isQuoted && text[at] === '"') {
      isQuoted = true;
      at++;
    }
    if (isQuoted) {
      at = closingQuote(text, at);
      if (at < 0) return true;
      isQuoted = false;
    }
    const next = text.indexOf(separator, at);
    if (next < 0) return false;
    at = next + 1;
  }
}

/** From inside a quoted value, the quote that ends it: one that is not doubled. -1 when there is none. */
function closingQuote(text: string, from: number): number {
  for (let end = text.indexOf('"', from); end >= 0; end = text.indexOf('"', end + 2)) {
    if (text[end + 1] !== '"') return end;
  }
  return -1;
}

/** The values of a row, at most COLUMNS_MAX and one more; null when a quoted value is not closed. */
export function valuesOf(text: string, separator: string): string[] | null {
  const values: string[] = [];
  for (let at = 0; values.length <= COLUMNS_MAX; ) {
    let value = '';
    if (text[at] === '"') {
      const end = closingQuote(text, at + 1);
      if (end < 0) return null;
      value = text.slice(at + 1, end);
      if (value.includes('"')) value = value.replaceAll('""', '"');
      at = end + 1; // text behind a closing quote is kept
    }
    const next = text.indexOf(separator, at);
    values.push(next < 0 ? value + text.slice(at) : value + text.slice(at, next));
    if (next < 0) break;
    at = next + 1;
  }
  return values;
}

export function separatorOf(header: string): string | null {
  const plain = header.replace(/"[^"]*"/g, '');
  let best: string | null = null;
  let most = 1;
  for (const separator of [',', ';', '\t', '|']) {
    const count = plain.split(separator).length - 1;
    if (count > most) {
      best = separator;
      most = count;
    }
  }
  return best;
}

/** Rows of the head's lines; the last, which may be cut, only if it is whole. */
export function wholeRows(lines: readonly string[], separator: string): string[] {
  const rows = new RowAssembler(separator);
  return lines
    .flatMap((text) => rows.push({ text, offset: 0, sizeBytes: text.length }))
    .filter(({ isTorn }) => !isTorn)
    .map(({ text }) => text);
}
