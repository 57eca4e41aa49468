// Digests, AS numbers, telephone numbers, coin addresses. See src/match/find-numbers.ts.
import { ALNUM, at, DIGIT, DIGITS_AT, emit, HEX, is, length, lower, NUMBERS, region } from './state';
import { ASN_KEY, COIN_KEY, HEX_KEY, holds, PHONE_KEY, seedA, seedB, stepA, stepB } from './lookup';

const HEX_MAX: u32 = 132;

/** Sixteen hexadecimal digits from `place` on. Returns the end of their run. */
export function hex(place: u32): u32 {
  let start = place;
  const lowest = place > HEX_MAX ? place - HEX_MAX : 0;
  while (start > lowest && is(at(start - 1), HEX)) start--;
  let end = place + 16;
  const highest = min(length, start + HEX_MAX);
  while (end < highest && is(at(end), HEX)) end++;
  const digits = end - start;
  if (digits < 32 || digits > 130 || is(at(end), ALNUM)) return end;
  let a = seedA(HEX_KEY);
  let b = seedB(HEX_KEY);
  for (let n: u32 = 1; n <= digits && n <= 128; n++) {
    const code = lower(at(end - n));
    a = stepA(a, code);
    b = stepB(b, code);
    // Up to two more digits can belong to an escape.
    if ((n == 32 || n == 40 || n == 64 || n == 128) && digits - n <= 2 && holds(a, b)) emit(NUMBERS, end - n, end - n + 1);
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
  let a = seedA(ASN_KEY);
  let b = seedB(ASN_KEY);
  for (let j = i; j > first; ) {
    j--;
    a = stepA(a, at(j));
    b = stepB(b, at(j));
  }
  if (holds(a, b)) emit(NUMBERS, place, place + 1);
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
  let a = seedA(COIN_KEY);
  let b = seedB(COIN_KEY);
  let c = a;
  let d = b;
  for (let i = end; i > start; ) {
    i--;
    a = stepA(a, at(i));
    b = stepB(b, at(i));
    c = stepA(c, lower(at(i)));
    d = stepB(d, lower(at(i)));
    const tail = i - start;
    if ((tail <= 2 || tail == 5) && (holds(a, b) || holds(c, d))) emit(NUMBERS, i, i + 1);
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
  const digits = region + DIGITS_AT;
  let a = seedA(PHONE_KEY);
  let b = seedB(PHONE_KEY);
  for (let i = count; i > 0; ) {
    i--;
    a = stepA(a, load<u8>(digits + i));
    b = stepB(b, load<u8>(digits + i));
  }
  return holds(a, b);
}
