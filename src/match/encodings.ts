/** Finding out and undoing UTF-16, with a way back to offsets in the original. */

import { isText } from './wide-readings.ts';

export type Encoding = 'bytes' | 'utf-16le' | 'utf-16be';

/**
 * By byte order mark, else by zeros: in UTF-16, spaces, digits and line ends have a zero as their high byte whatever the language, and the letters of one
 * script share theirs. `beginning` is up to a few kilobytes. Who reads such a stream reads what is not in this encoding beside it (`hasOtherThan`).
 */
export function detectEncoding(beginning: Uint8Array): Encoding {
  if (beginning.length >= 2) {
    if (beginning[0] === 0xff && beginning[1] === 0xfe) return 'utf-16le';
    if (beginning[0] === 0xfe && beginning[1] === 0xff) return 'utf-16be';
  }
  if (beginning.length < 8 || !beginning.includes(0)) return 'bytes';
  if (isUtf16(beginning, 1)) return 'utf-16le';
  if (isUtf16(beginning, 0)) return 'utf-16be';
  return 'bytes';
}

/** The last high byte of the alphabets: Latin to Georgian. Letters of other scripts do not share theirs. */
const ALPHABETS_LAST = 0x10;

/** Nine of ten characters are printable ASCII or of one block of 256; anything less orderly is bytes with wide runs. `high`: where in a pair the high byte is. */
function isUtf16(beginning: Uint8Array, high: 0 | 1): boolean {
  const pairs = beginning.length >>> 1;
  const blocks = new Uint32Array(ALPHABETS_LAST + 1);
  for (let i = 0; i < 2 * pairs; i += 2) {
    const block = beginning[i + high]!;
    const low = beginning[i + 1 - high]!;
    if (block === 0 && low === 0) return false;
    if (block === 0 ? low >= 0x09 : block <= ALPHABETS_LAST) blocks[block]!++;
  }
  const latin = blocks[0]!;
  const script = Math.max(...blocks.subarray(1));
  // A text without a space or line end in every fifty characters is none of an alphabet.
  return (
    latin > 0.9 * pairs ||
    (latin + script > 0.9 * pairs && latin >= 0.02 * pairs && isVaried(beginning, high))
  );
}

/** Whether what stands in a block beside ASCII are many letters: numbers in a table repeat a few. */
function isVaried(beginning: Uint8Array, high: 0 | 1): boolean {
  const letters = new Set<number>();
  for (let i = 0; i + 1 < beginning.length; i += 2)
    if (beginning[i + high] !== 0) letters.add(beginning[i + 1 - high]!);
  return letters.size >= Math.min(12, beginning.length >>> 3);
}

/** Whether bytes of a stream in UTF-16 may say something that is not in it: text of one byte a character, or out of step. `at`: place of the window in the stream. */
export function hasOtherThan(encoding: Encoding, window: Uint8Array, at: number): boolean {
  const high = encoding === 'utf-16le' ? 1 : 0;
  for (let i = at & 1; i + 1 < window.length; i += 2) {
    if (!isText(window[i + high]!)) continue;
    const low = window[i + 1 - high]!;
    if (low === 0 || isText(low)) return true;
  }
  return false;
}

export interface Transcoder {
  /** Decodes a piece to UTF-8. */
  push(chunk: Uint8Array): Uint8Array;
  end(): Uint8Array;
  /** Offset in the original of the character at `at` of the decoded text; `window[windowAt]` is the byte there. */
  originalOffset(at: number, window: Uint8Array, windowAt: number): number;
  /** Places before `at` are not asked for again. */
  forget(at: number): void;
}

/** Every so many bytes of decoded text a place is remembered, from which the next ones are counted. */
const MARK_BYTES = 4096;

export function openTranscoder(encoding: 'utf-16le' | 'utf-16be', originalStart: number): Transcoder {
  // A mark at the very beginning stays, as U+FEFF, so that every two bytes of the original are accounted for.
  const decoder = new TextDecoder(encoding, { ignoreBOM: true });
  const encoder = new TextEncoder();
  let marks: { at: number; original: number }[] = [{ at: 0, original: originalStart }];
  let decoded = 0;
  let original = originalStart;
  let lastMark = 0;
  const mark = (at: number) => {
    lastMark = at;
    marks.push({ at, original });
  };
  const take = (text: string): Uint8Array => {
    const bytes = encoder.encode(text);
    if (bytes.length === text.length) {
      // ASCII alone: two bytes of the original for each, so one mark serves all that follows.
      if (decoded - lastMark >= MARK_BYTES) mark(decoded);
      for (let at = MARK_BYTES; at < bytes.length; at += MARK_BYTES) {
        marks.push({ at: decoded + at, original: original + 2 * at });
        lastMark = decoded + at;
      }
      original += 2 * bytes.length;
    } else {
      for (let at = 0; at < bytes.length; ) {
        const byte = bytes[at]!;
        if (decoded + at - lastMark >= MARK_BYTES) mark(decoded + at);
        original += byte >= 0xf0 ? 4 : 2;
        at += byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
      }
    }
    decoded += bytes.length;
    return bytes;
  };
  return {
    push: (chunk) => take(decoder.decode(chunk, { stream: true })),
    end: () => take(decoder.decode()),
    originalOffset(at, window, windowAt) {
      let low = 0;
      let high = marks.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >>> 1;
        if (marks[middle]!.at <= at) low = middle;
        else high = middle - 1;
      }
      const mark = marks[low]!;
      let result = mark.original;
      for (let i = windowAt - (at - mark.at); i < windowAt; i++) {
        const byte = window[i]!;
        if ((byte & 0xc0) !== 0x80) result += byte >= 0xf0 ? 4 : 2;
      }
      return result;
    },
    forget(at) {
      let keep = 0;
      while (keep + 1 < marks.length && marks[keep + 1]!.at <= at) keep++;
      marks = marks.slice(keep);
    },
  };
}
