// Classes of characters as masks of one bit a byte, for a chunk of the window at a time, and what follows from them by arithmetic.
//
// A first pass classifies every byte by its two halves (two table look-ups and an AND) and stores the masks; what comes after reads
// them at any bit, so that a token is never cut by a block's border. The chunk, its masks and its candidates lie within a core's
// first cache.
import { ANY_HEX, ANY_LABEL, BY_HIGH, BY_LOW, COLON, constant, DOT, HALF, isInternational, OUT_END, region, SLASH, text } from './state';
import { QUESTION } from './lookup';

/** Bytes of the window that are looked at between one pass over them and the next. */
export const CHUNK: u32 = 8192;

// In the region, behind the output: one block before the chunk, its blocks, and one behind.
const MASKS_AT: usize = OUT_END;
const MASK_BYTES: usize = CHUNK / 8 + 32;
/** Letters, digits, `-`, `_`. */
export const LABELS: usize = 0;
export const DOTS: usize = MASK_BYTES;
export const DIGITS: usize = 2 * MASK_BYTES;
export const COLONS: usize = 3 * MASK_BYTES;
export const SLASHES: usize = 4 * MASK_BYTES;
/** Bytes beyond ASCII; only where names may be international. */
export const BEYOND: usize = 5 * MASK_BYTES;
export const HEXES: usize = 6 * MASK_BYTES;
/** Room for the tokens of one kind in a chunk: a dot and what is behind it take two bytes, and one name may begin 56 bytes before. */
const TOKENS_MAX: usize = CHUNK / 2 + 64;
/** Ends of names and of addresses, as places in the chunk. */
export const NAMES_AT: usize = MASKS_AT + 7 * MASK_BYTES;
export const QUADS_AT: usize = NAMES_AT + 4 * TOKENS_MAX;
/** Questions to the filter, see lookup.ts, and what passed. */
export const QUESTIONS_AT: usize = QUADS_AT + 4 * TOKENS_MAX;
export const SECOND_QUESTIONS_AT: usize = QUESTIONS_AT + QUESTION * TOKENS_MAX;
export const PASSED_AT: usize = SECOND_QUESTIONS_AT + QUESTION * TOKENS_MAX;

/** Address of the masks of the first block. */
// @ts-ignore: decorator
@inline
export function masks(): usize {
  return region + MASKS_AT + 8;
}

/** Writes the masks of `blocks` blocks from `place` of the window on, of the one before and of the one behind. */
export function classify(place: u32, blocks: u32): void {
  // A byte has the bits that both of its halves have: 0x80 digit, 0x40 a to f, 0x20 g to o, 0x10 p to z, 8 `-`, 4 `_`; adding what is left to
  // 0x80 carries into the highest bit, which is what a mask is made of.
  const byLow = constant(BY_LOW);
  const byHigh = constant(BY_HIGH);
  const half = constant(HALF);
  const dot = constant(DOT);
  const colon = constant(COLON);
  const slash = constant(SLASH);
  const anyLabel = constant(ANY_LABEL);
  const anyHex = constant(ANY_HEX);
  const last = text + place + 64 * (blocks + 1);
  let to = region + MASKS_AT;
  const wide = isInternational;
  for (let from = text + place - 64; from < last; from += 16, to += 2) {
    const v = v128.load(from);
    const low = i8x16.swizzle(byLow, v128.and(v, half));
    const high = i8x16.swizzle(byHigh, v128.and(i16x8.shr_u(v, 4), half));
    const classes = v128.and(low, high);
    store<u16>(to, <u16>i8x16.bitmask(i8x16.add(classes, anyLabel)), LABELS);
    store<u16>(to, <u16>i8x16.bitmask(i8x16.eq(v, dot)), DOTS);
    store<u16>(to, <u16>i8x16.bitmask(classes), DIGITS);
    store<u16>(to, <u16>i8x16.bitmask(i8x16.add(classes, anyHex)), HEXES);
    store<u16>(to, <u16>i8x16.bitmask(i8x16.eq(v, colon)), COLONS);
    store<u16>(to, <u16>i8x16.bitmask(i8x16.eq(v, slash)), SLASHES);
    if (wide) store<u16>(to, <u16>i8x16.bitmask(v), BEYOND);
  }
}

/** Writes down `first` + n for every bit n of `ends`, at `list` + 4 × `count`. Returns the new count. Most blocks have no more than two. */
// @ts-ignore: decorator
@inline
export function note(ends: u64, first: u32, list: usize, count: u32): u32 {
  const all = count + <u32>popcnt<u64>(ends);
  let to = list + 4 * count;
  store<u32>(to, first + <u32>ctz<u64>(ends));
  ends &= ends - 1;
  store<u32>(to, first + <u32>ctz<u64>(ends), 4);
  ends &= ends - 1;
  while (ends != 0) {
    to += 4;
    store<u32>(to, first + <u32>ctz<u64>(ends), 4);
    ends &= ends - 1;
  }
  return all;
}

/** The 57 or more bits of a mask before bit `end` of the chunk, the last one highest; zeros below them. */
// @ts-ignore: decorator
@inline
export function bitsBefore(mask: usize, end: u32): u64 {
  const bit = end + 63;
  return load<u64>(mask + (bit >> 3) - 15) << (7 - (bit & 7));
}

/** The 57 or more bits of a mask from bit `start` of the chunk on, the first one lowest; zeros above them. */
// @ts-ignore: decorator
@inline
export function bitsFrom(mask: usize, start: u32): u64 {
  return load<u64>(mask + (start >> 3)) >> (start & 7);
}
