// Strings, by their anchors. See src/match/anchor.ts and find-literals.ts.
import {
  anchorDirectoryAt, anchorDirectoryShift, anchorFilterAt, anchorFilterShift, anchorsAt, at, emit, length, LITERALS, lower, region, text,
} from './state';
import { QUESTIONS_AT } from './masks';
import { LITERAL_KEY, seedA, seedB, stepA, stepB, streamHigh, streamLow } from './lookup';

const LANE_A: u32 = 0x9e3779b1;
const LANE_B: u32 = 0x85ebca77;
const FOLD: u32 = 0x20202020;

/** Tries the anchors of eight bytes at [from, to), a multiple of four bytes. */
export function longAnchors(from: u32, to: u32): void {
  const filter = anchorFilterAt;
  const shift = anchorFilterShift;
  const list = region + QUESTIONS_AT;
  const last = text + to;
  let passed = list;
  for (let here = text + from; here < last; here += 4) {
    passed = askFirst(passed, here, longFirst(here), filter, shift);
    passed = askFirst(passed, here + 1, longFirst(here + 1), filter, shift);
    passed = askFirst(passed, here + 2, longFirst(here + 2), filter, shift);
    passed = askFirst(passed, here + 3, longFirst(here + 3), filter, shift);
  }
  askSecond(list, passed, true);
}

/** Tries the anchors of four bytes. */
export function shortAnchors(from: u32, to: u32): void {
  const filter = anchorFilterAt;
  const shift = anchorFilterShift;
  const list = region + QUESTIONS_AT;
  const last = text + to;
  let passed = list;
  for (let here = text + from; here < last; here += 4) {
    passed = askFirst(passed, here, shortFirst(here), filter, shift);
    passed = askFirst(passed, here + 1, shortFirst(here + 1), filter, shift);
    passed = askFirst(passed, here + 2, shortFirst(here + 2), filter, shift);
    passed = askFirst(passed, here + 3, shortFirst(here + 3), filter, shift);
  }
  askSecond(list, passed, false);
}

// @ts-ignore: decorator
@inline
function longFirst(here: usize): u32 {
  return ((load<u32>(here) | FOLD) * LANE_A) ^ ((load<u32>(here, 4) | FOLD) * LANE_B);
}

// @ts-ignore: decorator
@inline
function shortFirst(here: usize): u32 {
  return ((load<u32>(here) | FOLD) ^ 0x5bd1e995) * LANE_A;
}

// The filter is asked at every byte. What it lets pass is written down and looked at later: a branch for each byte could not be foretold.

/** Writes down a place, and half of its hash, to stay if the first bit is set. Returns the end of the list. */
// @ts-ignore: decorator
@inline
function askFirst(passed: usize, here: usize, first: u32, filter: usize, shift: u32): usize {
  store<u32>(passed, <u32>here);
  store<u32>(passed, first, 4);
  return passed + (<usize>isSet(first >> shift, filter) << 3);
}

/** As before, with the second bit; and looks at what is left. */
function askSecond(list: usize, last: usize, long: bool): void {
  let passed = list;
  for (let one = list; one < last; one += 8) {
    const here = load<u32>(one);
    const first = load<u32>(one, 4);
    let hash = (first ^ (first >> 15)) * 0x2c1b3c6d;
    hash ^= hash >> 13;
    store<u32>(passed, here);
    store<u32>(passed, hash, 4);
    passed += <usize>isSet((hash * LANE_A) >> anchorFilterShift, anchorFilterAt) << 3;
  }
  for (let one = list; one < passed; one += 8) anchor(load<u32>(one) - <u32>text, load<u32>(one, 4), long);
}

// @ts-ignore: decorator
@inline
function isSet(bit: u32, filter: usize): u32 {
  return (<u32>load<u8>(filter + (bit >> 3)) >> (bit & 7)) & 1;
}

function anchor(place: u32, hash: u32, long: bool): void {
  const entry = anchorDirectoryAt + ((hash >> anchorDirectoryShift) << 2);
  const last = anchorsAt + 20 * load<u32>(entry + 4);
  let emitted: u32 = 0xffffffff;
  for (let record = anchorsAt + 20 * load<u32>(entry); record < last; record += 20) {
    if (load<u32>(record) != hash) continue;
    const shape = load<u32>(record + 4);
    if (((shape >> 28) & 1) != <u32>long) continue;
    const offset = shape & 0xfff;
    if (offset > place) continue;
    const start = place - offset;
    const end = start + ((shape >> 12) & 0xfff);
    if (end > length) continue;
    let a = seedA(LITERAL_KEY);
    let b = seedB(LITERAL_KEY);
    const isSensitive = ((shape >> 24) & 1) != 0;
    for (let i = end; i > start; ) {
      i--;
      const code = isSensitive ? at(i) : lower(at(i));
      a = stepA(a, code);
      b = stepB(b, code);
    }
    if (load<u32>(record + 8) == streamLow(a, b) && load<u32>(record + 12) == streamHigh(a, b) && start != emitted) {
      // However many indicators are this literal, it is one place.
      emitted = start;
      emit(LITERALS, start, start + 1);
    }
  }
}
