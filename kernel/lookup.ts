// Fingerprints and looking them up; bit for bit what src/match/fingerprint.ts and lookup.ts do.
import {
  directoryAt, directoryShift, lastBytes, markWords, marksAt, otherWords, othersAt, recordsAt, tokensAt, tokenWords,
} from './state';

export const HOST_KEY: u32 = 1;
export const IPV4_KEY: u32 = 2;
export const IPV6_KEY: u32 = 3;
export const CIDR4_KEY: u32 = 4;
export const CIDR6_KEY: u32 = 5;
export const HEX_KEY: u32 = 6;
export const URL_KEY: u32 = 7;
export const BARE_URL_KEY: u32 = 8;
export const URL_PREFIX_KEY: u32 = 9;
export const URL_PREFIX_HOST_KEY: u32 = 10;
export const ASN_KEY: u32 = 11;
export const PHONE_KEY: u32 = 12;
export const COIN_KEY: u32 = 13;
export const LITERAL_KEY: u32 = 14;

export const HOST_MARK: u32 = 15;
export const URL_HOST_MARK: u32 = 16;
export const EMAIL_MARK: u32 = 17;

const LANE_A: u32 = 0x9e3779b1;
const LANE_B: u32 = 0x85ebca77;
const LANE_C: u32 = 0xc2b2ae3d;

// Byte by byte: URLs and literals.

// @ts-ignore: decorator
@inline
export function seedA(keyClass: u32): u32 {
  return 0x3c6ef372 ^ (keyClass * LANE_B);
}

// @ts-ignore: decorator
@inline
export function seedB(keyClass: u32): u32 {
  return 0xa54ff53a ^ (keyClass * LANE_A);
}

// @ts-ignore: decorator
@inline
export function stepA(lane: u32, byte: u32): u32 {
  return (rotl<u32>(lane, 5) ^ byte) * LANE_A;
}

// @ts-ignore: decorator
@inline
export function stepB(lane: u32, byte: u32): u32 {
  return (rotl<u32>(lane, 13) ^ byte) * LANE_B;
}

// @ts-ignore: decorator
@inline
export function streamLow(a: u32, b: u32): u32 {
  return mixLow(a ^ rotl<u32>(b, 16));
}

// @ts-ignore: decorator
@inline
export function streamHigh(a: u32, b: u32): u32 {
  return mixHigh(b + a * LANE_C);
}

/** Whether the index holds the URL whose lanes these are. */
// @ts-ignore: decorator
@inline
export function holdsStream(a: u32, b: u32): bool {
  const low = streamLow(a, b);
  const high = streamHigh(a, b);
  return inFilter(URL_KEY, low, high) && inRecords(low, high);
}

// @ts-ignore: decorator
@inline
function mixLow(x: u32): u32 {
  let low = (x ^ (x >> 16)) * 0x85ebca6b;
  low = (low ^ (low >> 13)) * 0xc2b2ae35;
  return low ^ (low >> 16);
}

// @ts-ignore: decorator
@inline
function mixHigh(y: u32): u32 {
  let high = (y ^ (y >> 15)) * 0x2c1b3c6d;
  high = (high ^ (high >> 12)) * 0x297a2d39;
  return high ^ (high >> 15);
}

// By blocks of sixteen bytes, from the end: everything else. `end` is an address in memory, behind the key's last
// byte; up to sixteen bytes before the key are read and do not count.

/** A to Z in lower case. */
// @ts-ignore: decorator
@inline
function folded(v: v128): v128 {
  const isUpper = i8x16.le_u(i8x16.sub(v, i8x16.splat(0x41)), i8x16.splat(25));
  return v128.or(v, v128.and(isUpper, i8x16.splat(0x20)));
}

// @ts-ignore: decorator
@inline
function round(lanes: v128, block: v128): v128 {
  let next = i32x4.mul(v128.xor(lanes, block), i32x4(0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f));
  next = v128.xor(next, i32x4.shr_u(next, 15));
  return v128.shuffle<i32>(next, next, 1, 2, 3, 0);
}

// @ts-ignore: decorator
@inline
function sum(v: v128): u32 {
  const pairs = i32x4.add(v, v128.shuffle<i32>(v, v, 2, 3, 0, 1));
  return i32x4.extract_lane(i32x4.add(pairs, v128.shuffle<i32>(pairs, pairs, 1, 0, 3, 2)), 0);
}

// @ts-ignore: decorator
@inline
function lanesOf(end: usize, size: u32, keyClass: u32, fold: bool): v128 {
  let lanes = v128.xor(
    i32x4(0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c),
    i32x4.replace_lane(i32x4.splat(0), 0, keyClass * LANE_A),
  );
  lanes = v128.xor(lanes, i32x4.replace_lane(i32x4.splat(0), 1, size * LANE_B));
  let block = end - 16;
  let left = size;
  while (left > 16) {
    const v = v128.load(block);
    lanes = round(lanes, fold ? folded(v) : v);
    block -= 16;
    left -= 16;
  }
  const v = v128.and(v128.load(block), v128.load(lastBytes + left));
  return round(lanes, fold ? folded(v) : v);
}

// @ts-ignore: decorator
@inline
function lowOf(lanes: v128): u32 {
  return mixLow(sum(i32x4.mul(lanes, i32x4(0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f, 0x9e3779b1))));
}

// @ts-ignore: decorator
@inline
function highOf(lanes: v128): u32 {
  return mixHigh(sum(i32x4.mul(lanes, i32x4(0x165667b1, 0x2c1b3c6d, 0x297a2d39, 0x1b56c4e9))));
}

/** Whether the index holds the `size` bytes before `end` as a key. `size` is not 0. */
// @ts-ignore: decorator
@inline
export function holds(end: usize, size: u32, keyClass: u32): bool {
  const lanes = lanesOf(end, size, keyClass, false);
  const low = lowOf(lanes);
  const high = highOf(lanes);
  return inFilter(keyClass, low, high) && inRecords(low, high);
}

// What a key of four bytes shares with all others of its class; see `openWords`.
let wordLow: u32 = 0;
let wordHigh: u32 = 0;

/** Sets what `mayHoldIpv4` starts from: of four bytes, only one lane of the block differs from key to key. */
export function openWords(): void {
  const lanes = round(
    v128.xor(
      i32x4(0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c),
      i32x4.replace_lane(i32x4.replace_lane(i32x4.splat(0), 0, IPV4_KEY * LANE_A), 1, 4 * LANE_B),
    ),
    i32x4.splat(0),
  );
  // The lane that differs has moved to place 2.
  const same = i32x4.replace_lane(lanes, 2, 0);
  wordLow = sum(i32x4.mul(same, i32x4(0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f, 0x9e3779b1)));
  wordHigh = sum(i32x4.mul(same, i32x4(0x165667b1, 0x2c1b3c6d, 0x297a2d39, 0x1b56c4e9)));
}

// Questions to the filter are gathered and then answered together, in a loop that does nothing else, so that the
// memory is asked for many words at a time. A question has four words:
//   + 0   low and high half of the fingerprint
//   + 8   what the asker needs
//   + 12  the same, but its lowest bit is set where the answer is yes whatever the filter says

/** Bytes of a question. */
export const QUESTION: usize = 16;

// @ts-ignore: decorator
@inline
export function ask(question: usize, low: u32, high: u32, place: u32, detail: u32): void {
  store<u32>(question, low);
  store<u32>(question, high, 4);
  store<u32>(question, place, 8);
  store<u32>(question, detail, 12);
}

/** Answers the questions in [from, to), whose keys are in one part of the filter. Writes the addresses of those that it lets pass to `list`; returns its end. */
export function answer(from: usize, to: usize, keyClass: u32, list: usize): usize {
  const filterAt = partAt(keyClass);
  const words = partWords(keyClass);
  for (let question = from; question < to; question += QUESTION) {
    const word = load<u64>(filterAt + <usize>(((<u64>load<u32>(question) * words) >> 32) << 3));
    const high = <u64>load<u32>(question, 4);
    store<u32>(list, <u32>question);
    list += ((<usize>((word >> high) & (word >> (high >> 6)) & (word >> (high >> 12))) | load<u32>(question, 12)) & 1) << 2;
  }
  return list;
}

/** Whether the question's fingerprint is in the index. */
// @ts-ignore: decorator
@inline
export function isRecorded(question: usize): bool {
  return inRecords(load<u32>(question), load<u32>(question, 4));
}

/** Asks for an IPv4 address; `word` has its first byte lowest. */
// @ts-ignore: decorator
@inline
export function askIpv4(question: usize, word: u32, place: u32, detail: u32): void {
  let lane = (word ^ 0x9b05688c) * 0x27d4eb2f;
  lane ^= lane >> 15;
  ask(question, mixLow(wordLow + lane * 0x27d4eb2f), mixHigh(wordHigh + lane * 0x297a2d39), place, detail);
}

/** Asks for the `size` bytes before `end`, in lower case. */
// @ts-ignore: decorator
@inline
export function askFolded(question: usize, end: usize, size: u32, keyClass: u32, place: u32, detail: u32): void {
  const lanes = lanesOf(end, size, keyClass, true);
  ask(question, lowOf(lanes), highOf(lanes), place, detail);
}

/**
 * Asks for the mark of the name whose last `size` bytes stand before `end`: no more than sixteen of them count, and a sign counts as that
 * with bit 0x20 set, which is a letter's lower case. `mark` is `markOf` the class; `cases` and `factors` are constants of state.ts.
 */
// @ts-ignore: decorator
@inline
export function askMark(question: usize, end: usize, size: u32, mark: u32, cases: v128, factors: v128, place: u32, detail: u32): void {
  const name = v128.and(v128.or(v128.load(end - 16), cases), v128.load(lastBytes + (size > 16 ? 16 : size)));
  const low = mixLow(sum(i32x4.mul(name, factors)) + mark);
  ask(question, low, (low ^ (low >> 15)) * 0x2c1b3c6d, place, detail);
}

// @ts-ignore: decorator
@inline
export function markOf(keyClass: u32): u32 {
  return keyClass * LANE_A;
}

/** As `holds`, in lower case. */
// @ts-ignore: decorator
@inline
export function holdsFolded(end: usize, size: u32, keyClass: u32): bool {
  const lanes = lanesOf(end, size, keyClass, true);
  const low = lowOf(lanes);
  const high = highOf(lanes);
  return inFilter(keyClass, low, high) && inRecords(low, high);
}

// The parts of the filter, as `filterPart` in src/match/kinds.ts.

// @ts-ignore: decorator
@inline
function partAt(keyClass: u32): usize {
  if (keyClass == HOST_MARK || keyClass == URL_HOST_MARK) return marksAt;
  return keyClass == IPV4_KEY || keyClass == HEX_KEY ? tokensAt : othersAt;
}

// @ts-ignore: decorator
@inline
function partWords(keyClass: u32): u64 {
  if (keyClass == HOST_MARK || keyClass == URL_HOST_MARK) return markWords;
  return keyClass == IPV4_KEY || keyClass == HEX_KEY ? tokenWords : otherWords;
}

// @ts-ignore: decorator
@inline
function inFilter(keyClass: u32, low: u32, high: u32): bool {
  const word = load<u64>(partAt(keyClass) + <usize>(((<u64>low * partWords(keyClass)) >> 32) << 3));
  return ((word >> (high & 63)) & (word >> ((high >> 6) & 63)) & (word >> ((high >> 12) & 63)) & 1) != 0;
}

function inRecords(low: u32, high: u32): bool {
  const place = directoryAt + ((high >> directoryShift) << 2);
  const last = recordsAt + 12 * load<u32>(place + 4);
  for (let record = recordsAt + 12 * load<u32>(place); record < last; record += 12) {
    if (load<u32>(record) == high && load<u32>(record, 4) == low) return true;
  }
  return false;
}
