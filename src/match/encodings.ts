/** Finding out and undoing UTF-16, with a way back to offsets in the original. */

export type Encoding = 'bytes' | 'utf-16le' | 'utf-16be';

/**
 * By byte order mark, else by zeros: text in UTF-16 that is mostly of one script has nearly all its high bytes
 * equal (zero for Latin), and its low bytes not. `beginning` is up to a few kilobytes.
 */
export function detectEncoding(beginning: Uint8Array): Encoding {
  if (beginning.length >= 2) {
    if (beginning[0] === 0xff && beginning[1] === 0xfe) return 'utf-16le';
    if (beginning[0] === 0xfe && beginning[1] === 0xff) return 'utf-16be';
  }
  const pairs = beginning.length >>> 1;
  if (pairs < 4) return 'bytes';
  let evenZeros = 0;
  let oddZeros = 0;
  let pairsOfZeros = 0;
  for (let i = 0; i < 2 * pairs; i += 2) {
    const even = beginning[i] === 0;
    const odd = beginning[i + 1] === 0;
    if (even && odd) pairsOfZeros++;
    else if (even) evenZeros++;
    else if (odd) oddZeros++;
  }
  // Nine of ten characters Latin, and no U+0000: text; anything less orderly is read as bytes with wide runs.
  if (pairsOfZeros > 0) return 'bytes';
  if (oddZeros > 0.9 * pairs) return 'utf-16le';
  if (evenZeros > 0.9 * pairs) return 'utf-16be';
  return 'bytes';
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

export interface WideText {
  /** The characters of all runs, a line feed between runs. */
  readonly text: Uint8Array;
  /** Place in the window of a character of `text`. */
  originalAt(at: number): number;
  /** Place in `text` of the first character that stands at or behind `at` of the window. */
  firstFrom(at: number): number;
}

/** Shorter runs are numbers and flags, not text. */
const WIDE_CHARS_MIN = 4;

/** Stretches of ASCII with a zero behind every character; those with the zero before it look the same but for one byte. */
export function wideRuns(window: Uint8Array): WideText | null {
  const text = new Uint8Array((window.length >>> 1) + (window.length >>> 3) + 2);
  const starts: number[] = [];
  const origins: number[] = [];
  let length = 0;
  for (let zero = window.indexOf(0); zero >= 0; ) {
    // Character, zero, character, zero …; the first character stands before the first zero found.
    const first = zero - 1;
    let at = first;
    const runAt = length;
    while (at >= 0 && at + 1 < window.length && isText(window[at]!) && window[at + 1] === 0) {
      text[length++] = window[at]!;
      at += 2;
    }
    // Big-endian: the run's last character has no zero behind it.
    if (
      at >= 1 &&
      at < window.length &&
      length > runAt &&
      window[at - 1] === 0 &&
      isText(window[at]!) &&
      window[at + 1] !== 0
    ) {
      if (first < 1 || window[first - 1] === 0) text[length++] = window[at]!;
    }
    if (length - runAt >= WIDE_CHARS_MIN) {
      starts.push(runAt);
      origins.push(first);
      text[length++] = 0x0a;
    } else length = runAt;
    zero = window.indexOf(0, Math.max(zero + 1, at));
  }
  if (starts.length === 0) return null;
  const find = (array: readonly number[], value: number) => {
    let low = 0;
    let high = array.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (array[middle]! <= value) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  return {
    text: text.subarray(0, length),
    originalAt(at) {
      const run = find(starts, at);
      return origins[run]! + 2 * (at - starts[run]!);
    },
    firstFrom(at) {
      if (at <= origins[0]!) return 0;
      const run = find(origins, at);
      const inRun = starts[run]! + Math.ceil((at - origins[run]!) / 2);
      const next = run + 1 < starts.length ? starts[run + 1]! : length;
      return Math.min(inRun, next);
    },
  };
}

function isText(byte: number): boolean {
  return (byte >= 0x20 && byte < 0x7f) || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}
