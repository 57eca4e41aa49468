// Digests, AS numbers, telephone numbers, coin addresses. See src/match/find-numbers.ts.
import { ALNUM, at, DIGIT, DIGITS_AT, emit, HEX, is, length, lower, NUMBERS, region, text } from './state';
import { bitsBefore, bitsFrom, COLONS, HEXES, masks, PASSED_AT, QUESTIONS_AT } from './masks';
import { answer, askFolded, ASN_KEY, COIN_KEY, HEX_KEY, holds, holdsFolded, isRecorded, PHONE_KEY, QUESTION } from './lookup';

// @ts-ignore: decorator
@inline
function between(v: v128, first: u8, last: u8): v128 {
  return i8x16.le_u(i8x16.sub(v, i8x16.splat(first)), i8x16.splat(last - first));
}

// @ts-ignore: decorator
@inline
function letters(v: v128): v128 {
  return between(v128.or(v, i8x16.splat(0x20)), 0x61, 0x7a);
}

// @ts-ignore: decorator
@inline
function digits(v: v128): v128 {
  return between(v, 0x30, 0x39);
}

// @ts-ignore: decorator
@inline
function equals(v: v128, byte: u8): v128 {
  return i8x16.eq(v, i8x16.splat(byte));
}

const HEX_MAX: u32 = 132;

// @ts-ignore: decorator
@inline
function hexMask(place: u32): u32 {
  const v = v128.load(text + place);
  const isDigit = i8x16.le_u(i8x16.sub(v, i8x16.splat(0x30)), i8x16.splat(9));
  const isLetter = i8x16.le_u(i8x16.sub(v128.or(v, i8x16.splat(0x20)), i8x16.splat(0x61)), i8x16.splat(5));
  return <u32>i8x16.bitmask(v128.or(isDigit, isLetter));
}

/** Whether the sixteen characters from `place` on are hexadecimal digits and at least five colons. */
export function isColonHex(place: u32): bool {
  const colons = <u32>i8x16.bitmask(i8x16.eq(v128.load(text + place), i8x16.splat(0x3a)));
  return popcnt<u32>(colons) >= 5 && (hexMask(place) | colons) == 0xffff;
}

let colonHexDone: u32 = 0;

export function forgetNumbers(): void {
  colonHexDone = coinDone = phoneDone = 0;
}

/** Digests: a run that fills a quarter of a block; or with colons between their bytes. */
export function findDigests(chunk: u32, blocks: u32): void {
  const kept = region + PASSED_AT;
  const questions = region + QUESTIONS_AT;
  let question = questions;
  let here = masks();
  let before: u64 = quarters(load<u64>(here - 8, HEXES));
  for (let n: u32 = 0; n < blocks; n++, here += 8) {
    const full = quarters(load<u64>(here, HEXES));
    // The first full quarter of a run.
    let first = full & ~((full << 16) | (before >> 48));
    before = full;
    while (first != 0) {
      question = askDigest(question, chunk, 64 * n + <u32>ctz<u64>(first));
      first &= first - 1;
    }
    if (popcnt<u64>(load<u64>(here, COLONS)) < 5) continue;
    const block = chunk + 64 * n;
    for (let part: u32 = 0; part < 64; part += 16) {
      if (block + part >= colonHexDone && isColonHex(block + part)) colonHexDone = colonHex(block + part);
    }
  }
  const passed = answer(questions, question, HEX_KEY, kept);
  for (let one = kept; one < passed; one += 4) {
    const asked = <usize>load<u32>(one);
    if (!isRecorded(asked)) continue;
    const start = load<u32>(asked, 8);
    emit(NUMBERS, start, start + 1);
  }
}

/** The lowest bit of every quarter of a mask that is all ones. */
// @ts-ignore: decorator
@inline
function quarters(mask: u64): u64 {
  mask &= mask >> 1;
  mask &= mask >> 2;
  mask &= mask >> 4;
  return mask & (mask >> 8) & 0x0001000100010001;
}

/** Sixteen hexadecimal digits from `place` of the chunk on, and not sixteen before them. Returns where the next question goes. */
function askDigest(question: usize, chunk: u32, place: u32): usize {
  const start = chunk + place - <u32>clz<u64>(~bitsBefore(masks() + HEXES, place));
  let more = <u32>ctz<u64>(~bitsFrom(masks() + HEXES, place + 16));
  let end = chunk + place + 16 + more;
  // Runs can end far behind the chunk, where there are no masks.
  if (more > 56) {
    do {
      more = ctz<u32>(~hexMask(end));
      end += more;
    } while (more == 16 && end - start <= HEX_MAX);
  }
  const digits = end - start;
  if (digits < 32 || digits > 130 || is(at(end), ALNUM)) return question;
  // Up to two digits can belong to an escape.
  const size = digits & ~3;
  if (digits - size > 2 || (size != 32 && size != 40 && size != 64 && size != 128)) return question;
  askFolded(question, text + end, size, HEX_KEY, end - size, 0);
  return question + QUESTION;
}

/** Characters of the longest fingerprint with colons, and twice as many. */
const COLON_HEX_MAX: u32 = 191;
const COLON_RUN_MAX: u32 = 400;

/**
 * A stretch of hexadecimal digits and colons with at least five colons in sixteen characters. Returns from where on such stretches are to be
 * looked at: its run's end, or, where that lies too far, before any fingerprint that is cut.
 */
export function colonHex(place: u32): u32 {
  let start = place;
  const lowest = place > COLON_RUN_MAX ? place - COLON_RUN_MAX : 0;
  while (start > lowest && isColonHexChar(at(start - 1))) start--;
  let end = place;
  const highest = min(length, place + COLON_RUN_MAX);
  while (end < highest && isColonHexChar(at(end))) end++;
  if (end - start >= 47) emit(NUMBERS, start, end);
  return end < length && isColonHexChar(at(end)) ? end - COLON_HEX_MAX : end;
}

// @ts-ignore: decorator
@inline
function isColonHexChar(code: u32): bool {
  return is(code, HEX) || code == 0x3a;
}

/** `AS` or `ASN` before a digit; `place` is that of the `A`. */
export function asn(place: u32): void {
  let i = place + 2;
  if (lower(at(i)) == 0x6e) i++;
  while (at(i) == 0x30 && is(at(i + 1), DIGIT)) i++;
  const first = i;
  while (i - first < 11 && is(at(i), DIGIT)) i++;
  if (i == first || is(at(i), ALNUM)) return;
  if (holds(text + i, i - first, ASN_KEY)) emit(NUMBERS, place, place + 1);
}

const COIN_MIN: u32 = 25;
const COIN_MAX: u32 = 108;

let coinDone: u32 = 0;
let phoneDone: u32 = 0;

/** Eight letters or digits from `place` on. Returns the end of their run. */
export function coin(place: u32): u32 {
  let start = place;
  const lowest = place > COIN_MAX + 8 ? place - COIN_MAX - 8 : 0;
  while (start > lowest && is(at(start - 1), ALNUM)) start--;
  let end = place + 8;
  const highest = min(length, start + COIN_MAX + 8);
  while (end < highest && is(at(end), ALNUM)) end++;
  const size = end - start;
  if (size < COIN_MIN || size > COIN_MAX + 5) return end;
  for (let tail: u32 = 0; tail <= 5; tail++) {
    if (tail > 2 && tail < 5) continue;
    if (holds(text + end, size - tail, COIN_KEY) || holdsFolded(text + end, size - tail, COIN_KEY)) {
      emit(NUMBERS, start + tail, start + tail + 1);
    }
  }
  return end;
}

const PHONE_CHARS_MAX: u32 = 32;

/** A telephone number that begins at `place`, its first digit `lead` characters on. */
export function phone(place: u32, lead: u32): void {
  const digits = region + DIGITS_AT;
  let count: u32 = 0;
  for (let i = place + lead; i < place + PHONE_CHARS_MAX && count <= 15; i++) {
    const code = at(i);
    if (is(code, DIGIT)) {
      store<u8>(digits + count++, <u8>code);
      if (count >= 7 && count <= 15 && !is(at(i + 1), ALNUM) && holdsPhone(count)) {
        emit(NUMBERS, place, place + 1);
        return;
      }
    } else if (code != 0x20 && code != 0x28 && code != 0x29 && code != 0x2d && code != 0x2e && code != 0x2f) return;
  }
}

/** Four digits from `place` on, perhaps of a number without its `+`. Returns the end of their run. */
export function barePhone(place: u32): u32 {
  const digits = region + DIGITS_AT;
  let start = place;
  const lowest = place > 16 ? place - 16 : 0;
  while (start > lowest && is(at(start - 1), DIGIT)) start--;
  let end = place + 4;
  while (end - start < 17 && is(at(end), DIGIT)) end++;
  const count = end - start;
  if (count < 10 || count > 15 || is(at(end), ALNUM)) return end;
  for (let i: u32 = 0; i < count; i++) store<u8>(digits + i, <u8>at(start + i));
  if (holdsPhone(count)) emit(NUMBERS, start, start + 1);
  return end;
}

function holdsPhone(count: u32): bool {
  return holds(region + DIGITS_AT + count, count, PHONE_KEY);
}

/** AS numbers, coin addresses and telephone numbers, which few indexes have. */
export function findNumbers(chunk: u32, blocks: u32, wantsAsn: bool, wantsCoin: bool, wantsPhone: bool): void {
  for (let part: u32 = chunk; part < chunk + 64 * blocks; part += 16) {
    const here = text + part;
    const v = v128.load(here);
    const isDigits = digits(v);
    if (wantsAsn) {
      const folded = v128.or(v, i8x16.splat(0x20));
      const second = v128.or(v128.load(here, 1), i8x16.splat(0x20));
      let found = i8x16.bitmask(v128.and(equals(folded, 0x61), equals(second, 0x73)));
      while (found != 0) {
        asn(part + ctz<u32>(found));
        found &= found - 1;
      }
    }
    if (wantsCoin) {
      const mask = <u32>i8x16.bitmask(v128.or(isDigits, letters(v)));
      for (let half: u32 = 0; half < 16; half += 8) {
        const place = part + half;
        if (((mask >> half) & 0xff) == 0xff && place >= coinDone) coinDone = coin(place);
      }
    }
    if (wantsPhone) {
      let plus = i8x16.bitmask(v128.and(equals(v, 0x2b), digits(v128.load(here, 1))));
      while (plus != 0) {
        phone(part + ctz<u32>(plus), 1);
        plus &= plus - 1;
      }
      let zeros = i8x16.bitmask(v128.and(equals(v, 0x30), equals(v128.load(here, 1), 0x30)));
      while (zeros != 0) {
        phone(part + ctz<u32>(zeros), 2);
        zeros &= zeros - 1;
      }
      const mask = <u32>i8x16.bitmask(isDigits);
      for (let quarter: u32 = 0; quarter < 16; quarter += 4) {
        const place = part + quarter;
        if (((mask >> quarter) & 15) == 15 && place >= phoneDone) phoneDone = barePhone(place);
      }
    }
  }
}
