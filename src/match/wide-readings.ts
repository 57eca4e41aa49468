/**
 * UTF-16 amid other bytes (a memory image, a registry hive, an event log): stretches of ASCII with a zero beside every character, which is
 * how Windows keeps text.
 *
 * In a run `c 0 c 0 c`, nothing but its ends says whether the zeros follow their characters (little-endian) or precede them (big-endian), nor
 * whether its first or last character is text at all or a byte of what stands beside it: a length, the end of a string in ASCII, the next
 * field. So a run has up to three readings, each in its own right a text with its own ends, and what is found in several is told once.
 */
import { isAlnum } from './edges.ts';
import { CONTEXT_BYTES } from './engine.ts';

export interface WideReadings {
  /** The characters of all readings, a line feed between them. */
  readonly text: Uint8Array;
  /** Where in the window [start, end) of the text stands; null when it is not within one reading. */
  placeOf(start: number, end: number): WidePlace | null;
}

export interface WidePlace {
  /** In the window, the zeros included. */
  readonly start: number;
  readonly end: number;
  /** The first character's own byte: the same in every reading, so that a match belongs to one window. */
  readonly character: number;
  /** Of readings that hold the same, this one is told. */
  readonly isPreferred: boolean;
}

interface Run {
  /** Places of the first and the last character. */
  readonly first: number;
  readonly last: number;
  readonly zeroBefore: boolean;
  readonly zeroAfter: boolean;
  /** What stands before a first character that has no zero before it, or behind a last one that has none behind it, is text of one byte a character. */
  readonly asciiBefore: boolean;
  readonly asciiAfter: boolean;
  readonly hasLength: boolean;
}

interface Reading {
  readonly run: Run;
  readonly isBig: boolean;
  /** Where its first character is in the text, and in the window. */
  readonly at: number;
  readonly origin: number;
}

/** Shorter runs are numbers and flags, not text. */
const WIDE_CHARS_MIN = 4;
/** An end that is farther from a match is not asked: the next window may not see it. */
const NEAR_BYTES = CONTEXT_BYTES / 2;

/** Null when the window has no such run. */
export function wideReadings(window: Uint8Array): WideReadings | null {
  // Of a run of 2n bytes, no more than 3n characters come.
  const text = new Uint8Array(2 * window.length + 2);
  const readings: Reading[] = [];
  let length = 0;
  const add = (run: Run, isBig: boolean, from: number, to: number) => {
    if (to - from < 2 * (WIDE_CHARS_MIN - 1)) return;
    readings.push({ run, isBig, at: length, origin: from });
    for (let at = from; at <= to; at += 2) text[length++] = window[at]!;
    text[length++] = 0x0a;
  };
  for (const run of runsOf(window)) {
    const { first, last, zeroBefore, zeroAfter, asciiBefore, asciiAfter } = run;
    const lastLittle = zeroAfter ? last : last - 2;
    const firstBig = zeroBefore ? first : first + 2;
    const hasEnds = !zeroBefore && !zeroAfter && last - first <= NEAR_BYTES;
    // Punctuation of the ASCII text that visibly stands there on one side only: it is no character of the run.
    const isBig = hasEnds && asciiBefore && !asciiAfter && !isAlnum(window[first]!);
    const isLittle = hasEnds && asciiAfter && !asciiBefore && !isAlnum(window[last]!);
    if (!isBig) add(run, false, first, lastLittle);
    if (!zeroAfter && !isLittle) add(run, true, firstBig, last);
    // The zero behind the first character ends a string in ASCII.
    if (asciiBefore && !isBig) add(run, false, first + 2, lastLittle);
  }
  if (readings.length === 0) return null;
  return {
    text: text.subarray(0, length),
    placeOf(start, end) {
      let low = 0;
      let high = readings.length - 1;
      while (low < high) {
        const middle = (low + high + 1) >>> 1;
        if (readings[middle]!.at <= start) low = middle;
        else high = middle - 1;
      }
      const { run, isBig, at, origin } = readings[low]!;
      if (low + 1 < readings.length && end >= readings[low + 1]!.at) return null;
      const character = origin + 2 * (start - at);
      // Whether a run may be big-endian is for its end to say, which this window may not see.
      if (isBig && run.last - character > NEAR_BYTES) return null;
      const from = isBig ? character - 1 : character;
      return {
        start: from,
        end: from + 2 * (end - start),
        character,
        isPreferred: isBig === isRatherBig(run, character),
      };
    },
  };
}

/**
 * Which order is told of a match that can be read in both: little-endian, unless the run's ends say more for the other. A zero before the first
 * character and none behind the last leave nothing over as big-endian; but a length that fits says little-endian with something behind it.
 */
function isRatherBig(run: Run, character: number): boolean {
  if (run.zeroAfter || run.last - character > NEAR_BYTES) return false;
  if (run.zeroBefore || character - run.first > NEAR_BYTES) return !run.hasLength;
  return run.asciiBefore && !run.asciiAfter;
}

function* runsOf(window: Uint8Array): Generator<Run> {
  const byteAt = (at: number) => window[at] ?? 0x80;
  for (let from = 0; ; ) {
    let zero = window.indexOf(0, from);
    if (zero < 0) return;
    while (window[zero + 1] === 0) zero++;
    // The first character may stand before the first zero.
    const first = zero > from && isText(window[zero - 1]!) ? zero - 1 : zero + 1;
    let last = zero - 1;
    while (byteAt(last + 1) === 0 && isText(byteAt(last + 2))) last += 2;
    from = Math.max(zero + 1, last + 1);
    if (last - first < 2 * (WIDE_CHARS_MIN - 1)) continue;
    const zeroBefore = byteAt(first - 1) === 0;
    const zeroAfter = byteAt(last + 1) === 0;
    yield {
      first,
      last,
      zeroBefore,
      zeroAfter,
      asciiBefore: !zeroBefore && isText(byteAt(first - 1)),
      asciiAfter: !zeroAfter && isText(byteAt(last + 1)),
      hasLength: zeroBefore && last - first <= NEAR_BYTES && isLength(window, first, (last - first) / 2),
    };
  }
}

/** Whether a number of 16 or 32 bits stands before `first` that counts so many characters, or their bytes, with or without a zero at the end. */
function isLength(window: Uint8Array, first: number, characters: number): boolean {
  const short = window[first - 2] ?? 0;
  const number = short > 0 ? short : (window[first - 4] ?? 0) | ((window[first - 3] ?? 0) << 8);
  return [characters, characters + 1, 2 * characters, 2 * characters + 2].includes(number);
}

/** Printable ASCII, tab, line feed and carriage return. */
export function isText(byte: number): boolean {
  return (byte >= 0x20 && byte < 0x7f) || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}
