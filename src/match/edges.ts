/** What may stand beside a match. Everything here looks at a few bytes only. */
import { EDGE } from './kinds.ts';

export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

export function isAlnum(code: number): boolean {
  return isDigit(code) || (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
}

export function isHexDigit(code: number): boolean {
  return isDigit(code) || (code >= 0x41 && code <= 0x46) || (code >= 0x61 && code <= 0x66);
}

/** Letters, digits, `.`, `-`, `_`: what a host name is written with. */
export function isHostChar(code: number): boolean {
  return isAlnum(code) || code === 0x2e || code === 0x2d || code === 0x5f;
}

/**
 * How many characters at `at` may belong to an escape that precedes the token rather than to the token: 2 for the
 * digits of `%2F`, 1 for the letter of `\n`, 5 for `\u003c`; 0 when there is none. `codeAt` gives 0 outside the text.
 */
export function escapeTail(codeAt: (at: number) => number, at: number): number {
  const before = codeAt(at - 1);
  if (before === 0x25) return isHexDigit(codeAt(at)) && isHexDigit(codeAt(at + 1)) ? 2 : 0;
  if (before !== 0x5c) return 0;
  const code = codeAt(at);
  if (code === 0x6e || code === 0x72 || code === 0x74 || code === 0x62 || code === 0x66 || code === 0x76)
    return 1;
  if (code !== 0x75) return 0;
  for (let i = 1; i <= 4; i++) if (!isHexDigit(codeAt(at + i))) return 0;
  return 5;
}

/** Whether the character before `at` is the last of an escape (`%3D`, `\n`, `\u003d`), so that a token can begin at `at`. */
export function followsEscape(codeAt: (at: number) => number, at: number): boolean {
  return (
    escapeTail(codeAt, at - 2) === 2 || escapeTail(codeAt, at - 1) === 1 || escapeTail(codeAt, at - 5) === 5
  );
}

const LETTER = /[\p{L}\p{M}\p{N}]/u;
/** Scripts written without spaces: a Latin name amid them stands by itself. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

/** Whether a character outside ASCII is a letter, mark or digit. */
export function isLetter(char: string): boolean {
  return LETTER.test(char);
}

/** Whether such a letter beside a Latin name makes it part of a longer word. */
export function isJoining(char: string): boolean {
  return LETTER.test(char) && !UNSPACED.test(char);
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** The character that ends before `at`, or '' where none does. */
export function charBefore(bytes: Uint8Array, at: number): string {
  let from = at - 1;
  while (from > 0 && from > at - 4 && (bytes[from]! & 0xc0) === 0x80) from--;
  return from < 0 ? '' : ([...decoder.decode(bytes.subarray(from, at))].at(-1) ?? '');
}

export function charAfter(bytes: Uint8Array, at: number): string {
  return at < bytes.length ? ([...decoder.decode(bytes.subarray(at, at + 4))][0] ?? '') : '';
}

/** Whether a literal at [start, end) stands as its EDGE asks. */
export function fitsEdge(edge: number, bytes: Uint8Array, start: number, end: number): boolean {
  if (edge === EDGE.none) return true;
  const codeAt = (at: number) => bytes[at] ?? 0;
  const before = codeAt(start - 1);
  const after = codeAt(end);
  const isWord = (code: number) => isAlnum(code) || code === 0x5f;
  if (edge === EDGE.word) {
    const left = !isAlnum(codeAt(start)) || !isWord(before) || followsEscape(codeAt, start);
    return left && (!isAlnum(codeAt(end - 1)) || !isWord(after));
  }
  const last = codeAt(end - 1);
  const isOpen = edge === EDGE.path && (last === 0x2f || last === 0x5c);
  if (!isOpen) {
    if (isWord(after) || after === 0x2d) return false;
    if (after === 0x2e && isAlnum(codeAt(end + 1))) return false;
    if (after > 0x7f && isLetter(charAfter(bytes, end))) return false;
  }
  if (edge === EDGE.path) {
    const first = codeAt(start);
    if (first === 0x2f || first === 0x5c) return true;
    return !isWord(before) || followsEscape(codeAt, start);
  }
  // Not `\n`: before a file's name that is a folder's end more often than a line's.
  const isEscape = escapeTail(codeAt, start - 2) === 2 || escapeTail(codeAt, start - 5) === 5;
  if ((isWord(before) && !isEscape) || before === 0x2d) return false;
  if (before === 0x2e && isAlnum(codeAt(start - 2))) return false;
  return !(before > 0x7f && isLetter(charBefore(bytes, start)));
}
