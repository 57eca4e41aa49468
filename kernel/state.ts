// Where things are in memory, and tables of characters. Set by `open`; one instance scans for one index.
//
// Memory is shared between workers: the index is in it once, and each instance has a region of its own:
//   region + 0      256 bytes: class of each character
//   region + 256    256 bytes: lower case of each character
//   region + 512    prefix lengths of IPv4 ranges (count, then one a byte), at + 640 those of IPv6
//   region + 800    32 bytes: an address being read, its prefix length before it; + 864: digits being gathered
//   region + 960    32 bytes: see lastBytes
//   region + 1024   256 bytes: what each character means beside a token
//   region + 1280   vectors, see constant
//   region + 4096   shapes of IPv4 addresses, sixteen bytes each
//   region + 8192   output: two words a place
//   behind it       masks, tokens and questions of a chunk, see masks.ts
export const CLASS_AT: usize = 0;
export const LOWER_AT: usize = 256;
const PREFIXES4_AT: usize = 512;
const PREFIXES6_AT: usize = 640;
const LAST_BYTES_AT: usize = 960;
export const KEY_AT: usize = 800;
export const DIGITS_AT: usize = 864;
export const BESIDE_AT: usize = 1024;
const CONSTANTS_AT: usize = 1280;
/** For each of 256 shapes of an IPv4 address (digits of its numbers, two bits each, the last number lowest), where in the sixteen bytes before its end they stand. */
export const QUAD_SHAPES_AT: usize = 4096;
export const OUT_AT: usize = 8192;
/** Room for places. When it is used up, the scan gives what it has and is called again. */
export const OUT_MAX: u32 = 8192;
export const OUT_END: usize = OUT_AT + 8 * OUT_MAX;

export const HOST: u8 = 1;
export const HEX: u8 = 2;
export const DIGIT: u8 = 4;
export const LETTER: u8 = 8;
export const URL_END: u8 = 16;
/** At these a URL may end: `, ; ' ) ]` and `. : ! ? *`. */
export const URL_STOP: u8 = 32;
export const LOCAL: u8 = 64;
export const ALNUM: u8 = 128;

// What a character means beside a token; the bits of BESIDE_AT.
/** An IPv4 address may begin earlier or later than its digits, or be part of something longer. */
export const BEFORE_QUAD: u8 = 1;
/** `/ ? : .`: the host of a URL may end before it. */
export const BEHIND_HOST: u8 = 2;
export const PERCENT: u8 = 4;
export const BACKSLASH: u8 = 8;
/** Makes an escape of a backslash before it. */
export const ESCAPED: u8 = 16;
/** A name does not close with it. */
export const NO_CLOSE: u8 = 32;
/** A name does not begin with it. */
export const NO_BEGIN: u8 = 64;

export let region: usize = 0;
export let index: usize = 0;
export let classes: u32 = 0;
export let isInternational: bool = false;
// Parts of the filter, as `filterPart` in src/match/kinds.ts: marks, addresses and digests, all else.
export let marksAt: usize = 0;
export let markWords: u64 = 0;
export let tokensAt: usize = 0;
export let tokenWords: u64 = 0;
export let othersAt: usize = 0;
export let otherWords: u64 = 0;
/** At + n: sixteen bytes of which the last n are 0xff. */
export let lastBytes: usize = 0;
export let directoryAt: usize = 0;
export let directoryShift: u32 = 0;
export let recordsAt: usize = 0;
export let anchorFilterAt: usize = 0;
export let anchorFilterShift: u32 = 0;
export let anchorDirectoryAt: usize = 0;
export let anchorDirectoryShift: u32 = 0;
export let anchorsAt: usize = 0;
export let anchorOffsetMax: u32 = 0;
/** For every first half of an IPv4 address, a bit: whether a range has addresses that begin with it. Nothing where there are no ranges. */
export let ranges4At: usize = 0;
export let hasShort: bool = false;
export let hasLong: bool = false;

/** The window: bytes from `text` on, `length` of them, zeros before and behind. */
export let text: usize = 0;
export let length: u32 = 0;

/** Header words, as FIELD in src/match/index-format.ts. */
function field(word: u32): u32 {
  return load<u32>(index + 4 * word);
}

export function openState(indexAt: usize, regionAt: usize): void {
  index = indexAt;
  region = regionAt;
  classes = field(11);
  isInternational = (field(20) & 1) != 0;
  hasShort = (field(20) & 2) != 0;
  hasLong = (field(20) & 4) != 0;
  marksAt = index + field(22);
  markWords = field(41);
  tokensAt = marksAt + 8 * field(41);
  tokenWords = field(42);
  othersAt = tokensAt + 8 * field(42);
  otherWords = field(43);
  lastBytes = region + LAST_BYTES_AT;
  memory.fill(lastBytes, 0, 16);
  memory.fill(lastBytes + 16, 0xff, 16);
  directoryAt = index + field(23);
  directoryShift = 32 - field(6);
  recordsAt = index + field(24);
  anchorFilterAt = index + field(25);
  anchorFilterShift = 32 - field(10);
  anchorDirectoryAt = index + field(26);
  anchorDirectoryShift = 32 - field(9);
  anchorsAt = index + field(27);
  anchorOffsetMax = field(40);
  ranges4At = index + field(44);
  for (let i: u32 = 0; i < 256; i++) {
    store<u8>(region + CLASS_AT + i, classOf(i));
    store<u8>(region + BESIDE_AT + i, besideOf(i));
    store<u8>(region + LOWER_AT + i, <u8>(i >= 0x41 && i <= 0x5a ? i + 32 : i));
  }
  for (let shape: u32 = 0; shape < 256; shape++) setShape(shape);
  setConstants();
  listPrefixes(PREFIXES4_AT, 13, 32);
  listPrefixes(PREFIXES6_AT, 15, 128);
}

export function setWindow(textAt: usize, bytes: u32): void {
  text = textAt;
  length = bytes;
}

function setShape(shape: u32): void {
  let end: i32 = 15;
  for (let number: i32 = 3; number >= 0; number--) {
    const digits: i32 = (shape >> (2 * (3 - number))) & 3;
    for (let i: i32 = 0; i < 4; i++) {
      store<u8>(region + QUAD_SHAPES_AT + 16 * shape + 4 * number + i, <u8>(i < digits && end >= i ? end - i : 0xff));
    }
    end -= digits + 1;
  }
}

function listPrefixes(at: usize, word: u32, bits: u32): void {
  let count: u32 = 0;
  for (let prefix: u32 = 1; prefix < bits; prefix++) {
    if ((field(word + (prefix >> 5)) >> (prefix & 31)) & 1) {
      count++;
      store<u8>(region + at + count, <u8>prefix);
    }
  }
  store<u8>(region + at, <u8>count);
}

// @ts-ignore: decorator
@inline
export function prefixes(isV4: bool): usize {
  return region + (isV4 ? PREFIXES4_AT : PREFIXES6_AT);
}

function besideOf(code: u32): u8 {
  let result: u8 = 0;
  const letterOrDigit = (classOf(code) & ALNUM) != 0;
  // % \ .
  if (letterOrDigit || code == 0x25 || code == 0x5c || code == 0x2e) result |= BEFORE_QUAD;
  if (code == 0x2f || code == 0x3f || code == 0x3a || code == 0x2e) result |= BEHIND_HOST;
  if (code == 0x25) result |= PERCENT;
  if (code == 0x5c) result |= BACKSLASH;
  // b f n r t u v
  if (code == 0x62 || code == 0x66 || code == 0x6e || code == 0x72 || code == 0x74 || code == 0x75 || code == 0x76) result |= ESCAPED;
  if (code == 0x2d || code == 0x5f) result |= NO_CLOSE;
  if (code == 0x2d) result |= NO_BEGIN;
  return result;
}

function classOf(code: u32): u8 {
  let result: u8 = 0;
  const digit = code >= 0x30 && code <= 0x39;
  const lower = code | 0x20;
  const letter = lower >= 0x61 && lower <= 0x7a && code < 0x80;
  if (digit) result |= DIGIT | HEX | ALNUM | HOST | LOCAL;
  if (letter) result |= LETTER | ALNUM | HOST | LOCAL;
  if (letter && lower <= 0x66) result |= HEX;
  // . - _
  if (code == 0x2e || code == 0x2d || code == 0x5f) result |= HOST | LOCAL;
  // + ! # $ % & ' * / = ? ^ ` { | } ~, and everything beyond ASCII
  if (
    code == 0x2b || code == 0x21 || (code >= 0x23 && code <= 0x27) || code == 0x2a || code == 0x2f || code == 0x3d ||
    code == 0x3f || code == 0x5e || code == 0x60 || (code >= 0x7b && code <= 0x7e) || code >= 0x80
  ) result |= LOCAL;
  if (
    code <= 0x20 || code == 0x22 || code == 0x3c || code == 0x3e || code == 0x5c || code == 0x5e || code == 0x60 ||
    (code >= 0x7b && code <= 0x7d) || code == 0x7f
  ) result |= URL_END;
  if (
    code == 0x2c || code == 0x3b || code == 0x27 || code == 0x29 || code == 0x5d || code == 0x2e || code == 0x3a ||
    code == 0x21 || code == 0x3f || code == 0x2a
  ) result |= URL_STOP;
  return result;
}

/**
 * Constants of sixteen bytes. The compilers of engines make one anew in each round of a loop; what was loaded before the loop
 * stays in a register.
 */
// @ts-ignore: decorator
@inline
export function constant(n: u32): v128 {
  return v128.load(region + CONSTANTS_AT + 16 * n);
}

export const BY_LOW: u32 = 0;
export const BY_HIGH: u32 = 1;
export const HALF: u32 = 2;
export const DOT: u32 = 3;
export const COLON: u32 = 4;
export const SLASH: u32 = 5;
export const ANY_LABEL: u32 = 6;
export const ANY_HEX: u32 = 7;
export const CASE: u32 = 8;
export const MARK_FACTORS: u32 = 9;
export const TENS: u32 = 10;
export const HUNDREDS: u32 = 11;
export const UNITS: u32 = 12;
export const OCTET_MAX: u32 = 13;
export const LINE_FEED: u32 = 14;

function set(n: u32, value: v128): void {
  v128.store(region + CONSTANTS_AT + 16 * n, value);
}

function setConstants(): void {
  // Classes of characters, see `classify` in masks.ts.
  set(BY_LOW, i8x16(
    <i8>0x90, <i8>0xd0, <i8>0xd0, <i8>0xd0, <i8>0xd0, <i8>0xd0, <i8>0xd0, <i8>0xb0, <i8>0xb0, <i8>0xb0, 0x30, 0x20, 0x20, 0x28, 0x20, 0x24,
  ));
  set(BY_HIGH, i8x16(0, 0, 0x08, <i8>0x80, 0x60, 0x14, 0x60, 0x10, 0, 0, 0, 0, 0, 0, 0, 0));
  set(HALF, i8x16.splat(15));
  set(DOT, i8x16.splat(0x2e));
  set(COLON, i8x16.splat(0x3a));
  set(SLASH, i8x16.splat(0x2f));
  set(ANY_LABEL, i8x16.splat(0x7c));
  set(ANY_HEX, i8x16.splat(0x40));
  set(CASE, i8x16.splat(0x20));
  set(MARK_FACTORS, i32x4(0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f));
  // Digits of a number, see quads.ts.
  set(TENS, i16x8.splat(10));
  set(HUNDREDS, i16x8(1, 100, 1, 100, 1, 100, 1, 100));
  set(UNITS, i16x8.splat(255));
  set(OCTET_MAX, i32x4.splat(255));
  set(LINE_FEED, i8x16.splat(0x0a));
}

/** Character of the window; zero outside, where the window has zeros for 64 bytes. */
// @ts-ignore: decorator
@inline
export function at(place: u32): u32 {
  return load<u8>(text + place);
}

// @ts-ignore: decorator
@inline
export function is(code: u32, wanted: u8): bool {
  return (load<u8>(region + CLASS_AT + code) & wanted) != 0;
}

// @ts-ignore: decorator
@inline
export function lower(code: u32): u32 {
  return load<u8>(region + LOWER_AT + code);
}

// @ts-ignore: decorator
@inline
export function has(keyClass: u32): bool {
  return ((classes >> keyClass) & 1) != 0;
}

/** Groups of finders, as src/match/kernel.ts numbers them. */
export const HOSTS: u32 = 0;
export const ADDRESSES: u32 = 1;
export const NUMBERS: u32 = 2;
export const URLS: u32 = 3;
export const LITERALS: u32 = 4;

export let outCount: u32 = 0;
/** A place found no room. */
export let isFull: bool = false;

/** Takes back all places but the first `count`. */
export function keepOut(count: u32): void {
  outCount = count;
  isFull = false;
}

/** Says that a match of the group may begin in [start, end). */
export function emit(group: u32, start: u32, end: u32): void {
  if (outCount == OUT_MAX) {
    isFull = true;
    return;
  }
  const place = region + OUT_AT + 8 * outCount;
  store<u32>(place, start | (group << 28));
  store<u32>(place + 4, end);
  outCount++;
}
