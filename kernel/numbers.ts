// Digests, AS numbers, telephone numbers, coin addresses. See src/match/find-numbers.ts.
import { ALNUM, at, DIGIT, DIGITS_AT, emit, HEX, is, length, lower, NUMBERS, region, text } from './state';
import { ASN_KEY, COIN_KEY, HEX_KEY, holds, holdsFolded, PHONE_KEY } from './lookup';

const HEX_MAX: u32 = 132;

// @ts-ignore: decorator
@inline
function hexMask(place: u32): u32 {
  const v = v128.load(text + place);
  const isDigit = i8x16.le_u(i8x16.sub(v, i8x16.splat(0x30)), i8x16.splat(9));
  const isLetter = i8x16.le_u(i8x16.sub(v128.or(v, i8x16.splat(0x20)), i8x16.splat(0x61)), i8x16.splat(5));
  return <u32>i8x16.bitmask(v128.or(isDigit, isLetter));
}

/** Whether the sixteen characters from `place` on are hexadecimal. */
export function isHex(place: u32): bool {
  return hexMask(place) == 0xffff;
}

/** Whether the sixteen characters from `place` on are hexadecimal digits and at least five colons. */
export function isColonHex(place: u32): bool {
  const colons = <u32>i8x16.bitmask(i8x16.eq(v128.load(text + place), i8x16.splat(0x3a)));
  return popcnt<u32>(colons) >= 5 && (hexMask(place) | colons) == 0xffff;
}

/** Sixteen hexadecimal digits from `place` on. Returns the end of their run. */
export function hex(place: u32): u32 {
  let start = place;
  const lowest = place > HEX_MAX ? place - HEX_MAX : 0;
  // Sixteen at a time; before the window lie zeros.
  while (start > lowest) {
    const mask = hexMask(start - 16);
    if (mask == 0xffff) start -= 16;
    else {
      start -= clz<u32>((mask << 16) ^ 0xffff0000);
      break;
    }
  }
  let end = place + 16;
  const highest = place + 2 * HEX_MAX;
  while (end < highest) {
    const mask = hexMask(end);
    if (mask == 0xffff) end += 16;
    else {
      end += ctz<u32>(mask ^ 0xffff);
      break;
    }
  }
  const digits = end - start;
  if (digits < 32 || digits > 130 || is(at(end), ALNUM)) return end;
  // Up to two more digits can belong to an escape.
  for (let extra: u32 = 0; extra <= 2; extra++) {
    const size = digits - extra;
    if (size != 32 && size != 40 && size != 64 && size != 128) continue;
    if (holdsFolded(text + end, size, HEX_KEY)) emit(NUMBERS, end - size, end - size + 1);
  }
  return end;
}

/** A stretch of hexadecimal digits and colons with at least five colons in sixteen characters. Returns the end of its run. */
export function colonHex(place: u32): u32 {
  let start = place;
  const lowest = place > 200 ? place - 200 : 0;
  while (start > lowest && (is(at(start - 1), HEX) || at(start - 1) == 0x3a)) start--;
  let end = place;
  const highest = min(length, place + 200);
  while (end < highest && (is(at(end), HEX) || at(end) == 0x3a)) end++;
  if (end - start >= 47) emit(NUMBERS, start, end);
  return end;
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
