// Classes of characters as masks of one bit a byte, for a chunk of the window at a time, and what follows from them by arithmetic.
//
// A first pass classifies every byte by its two halves (two table look-ups and an AND) and stores the masks; what comes after reads
// them at any bit, so that a token is never cut by a block's border. The chunk, its masks and its candidates lie within a core's
// first cache.
import { isInternational, region, text } from './state';

/** Bytes of the window that are looked at between one pass over them and the next. */
export const CHUNK: u32 = 8192;

// In the region, behind the output: one block before the chunk, its blocks, and one behind.
const MASKS_AT: usize = 1024 + 8 * 8192;
const MASK_BYTES: usize = CHUNK / 8 + 32;
/** Letters, digits, `-`, `_`. */
export const LABELS: usize = 0;
export const DOTS: usize = MASK_BYTES;
export const DIGITS: usize = 2 * MASK_BYTES;
export const COLONS: usize = 3 * MASK_BYTES;
export const SLASHES: usize = 4 * MASK_BYTES;
/** Bytes beyond ASCII; only where names may be international. */
export const BEYOND: usize = 5 * MASK_BYTES;
/** Ends of names and of addresses, as places in the window. */
export const NAMES_AT: usize = MASKS_AT + 6 * MASK_BYTES;
export const QUADS_AT: usize = NAMES_AT + 4 * (CHUNK / 2 + 8);

/** Address of the masks of the first block. */
// @ts-ignore: decorator
@inline
export function masks(): usize {
  return region + MASKS_AT + 8;
}

/** Writes the masks of `blocks` blocks from `place` of the window on, of the one before and of the one behind. */
export function classify(place: u32, blocks: u32): void {
  // Bits of a class: 0x80 digit, 0x40 dot, 0x20 colon, 0x10 slash, 8 and 4 letters, 2 `-`, 1 `_`. A byte has those that both of its halves have.
  const byLow = i8x16(
    <i8>0x84, <i8>0x8c, <i8>0x8c, <i8>0x8c, <i8>0x8c, <i8>0x8c, <i8>0x8c, <i8>0x8c, <i8>0x8c, <i8>0x8c, 0x2c, 0x08, 0x08, 0x0a, 0x48, 0x19,
  );
  const byHigh = i8x16(0, 0, 0x52, <i8>0xa0, 0x08, 0x05, 0x08, 0x04, 0, 0, 0, 0, 0, 0, 0, 0);
  const half = i8x16.splat(15);
  const isLabel = i8x16.splat(<i8>0x8f);
  const none = i8x16.splat(0);
  const last = text + place + 64 * (blocks + 1);
  let to = region + MASKS_AT;
  const wide = isInternational;
  for (let from = text + place - 64; from < last; from += 16, to += 2) {
    const v = v128.load(from);
    const low = i8x16.swizzle(byLow, v128.and(v, half));
    const high = i8x16.swizzle(byHigh, v128.and(i16x8.shr_u(v, 4), half));
    const classes = v128.and(low, high);
    store<u16>(to, <u16>~i8x16.bitmask(i8x16.eq(v128.and(classes, isLabel), none)), LABELS);
    if (wide) store<u16>(to, <u16>i8x16.bitmask(v), BEYOND);
    store<u16>(to, <u16>i8x16.bitmask(i16x8.shl(classes, 1)), DOTS);
    store<u16>(to, <u16>i8x16.bitmask(classes), DIGITS);
    store<u16>(to, <u16>i8x16.bitmask(i16x8.shl(classes, 2)), COLONS);
    store<u16>(to, <u16>i8x16.bitmask(i16x8.shl(classes, 3)), SLASHES);
  }
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
