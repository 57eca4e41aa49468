/**
 * Anchors: the four or eight bytes by which a literal is found.
 *
 * A scan hashes the bytes at every position and asks a bitmap; so each literal is entered once, under the piece of it
 * that is rarest among all literals (and, among equals, looks rarest in text): a thousand paths below
 * `C:\Windows\System32\` are then found by their ends, not a thousand times over by their beginning.
 */
import { LANE_A, LANE_B } from './fingerprint.ts';

export const LONG_ANCHOR = 8;
export const SHORT_ANCHOR = 4;

/** Sets bit 5 of every byte: `A` and `a` become one, and so do a few signs, which the comparison afterwards tells apart. */
const FOLD = 0x20202020;

/** The first half of a short anchor's hash, which decides its first bit; `word` is four bytes, little-endian. */
export function shortAnchorStart(word: number): number {
  return Math.imul((word | FOLD) ^ 0x5bd1e995, LANE_A);
}

export function longAnchorStart(low: number, high: number): number {
  return Math.imul(low | FOLD, LANE_A) ^ Math.imul(high | FOLD, LANE_B);
}

/** The hash of an anchor, from its first half. */
export function anchorHash(start: number): number {
  const hash = Math.imul(start ^ (start >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}

/** An anchor sets two bits of the bitmap: one by its hash's first half, so that most text is passed over early, one by its hash. */
export function firstBit(start: number, bits: number): number {
  return start >>> (32 - bits);
}

export function secondBit(hash: number, bits: number): number {
  return Math.imul(hash, LANE_A) >>> (32 - bits);
}

/** First half of the hash of the anchor at `offset` of a literal. */
export function anchorStartAt(literal: string, offset: number, long: boolean): number {
  const low = wordAt(literal, offset);
  return long ? longAnchorStart(low, wordAt(literal, offset + 4)) : shortAnchorStart(low);
}

function wordAt(literal: string, offset: number): number {
  return (
    literal.charCodeAt(offset) |
    (literal.charCodeAt(offset + 1) << 8) |
    (literal.charCodeAt(offset + 2) << 16) |
    (literal.charCodeAt(offset + 3) << 24)
  );
}

/** How often the anchors of all literals occur among them; a small sketch, since exactness gains nothing. */
export class AnchorCensus {
  readonly #counts = new Uint16Array(1 << 20);

  add(literal: string): void {
    const long = literal.length >= LONG_ANCHOR;
    const last = literal.length - (long ? LONG_ANCHOR : SHORT_ANCHOR);
    for (let offset = 0; offset <= last; offset++) {
      const slot = anchorHash(anchorStartAt(literal, offset, long)) & 0xfffff;
      if (this.#counts[slot]! < 0xffff) this.#counts[slot]!++;
    }
  }

  /** Offset of the rarest anchor in `literal`. */
  choose(literal: string): number {
    const long = literal.length >= LONG_ANCHOR;
    const size = long ? LONG_ANCHOR : SHORT_ANCHOR;
    let best = 0;
    let bestScore = Number.POSITIVE_INFINITY;
    for (let offset = 0; offset + size <= literal.length; offset++) {
      let score = this.#counts[anchorHash(anchorStartAt(literal, offset, long)) & 0xfffff]! * 64;
      for (let i = 0; i < size; i++) score += COMMON[literal.charCodeAt(offset + i)]!;
      if (score <= bestScore) {
        best = offset;
        bestScore = score;
      }
    }
    return best;
  }
}

/** Roughly how common a byte is in logs, 0 (rare) to 7. */
const COMMON = new Uint8Array(256);
for (let byte = 0; byte < 256; byte++) {
  const char = String.fromCharCode(byte).toLowerCase();
  COMMON[byte] = 'eation rs'.includes(char)
    ? 7
    : /[a-z]/.test(char)
      ? 5
      : /[0-9]/.test(char)
        ? 4
        : '.-/:\\="_,'.includes(char)
          ? 6
          : byte === 0
            ? 7
            : 2;
}
