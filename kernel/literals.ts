// Strings, by their anchors. See src/match/anchor.ts and find-literals.ts.
import {
  anchorDirectoryAt, anchorDirectoryShift, anchorFilterAt, anchorFilterShift, anchorsAt, at, emit, length, LITERALS, lower, text,
} from './state';
import { LITERAL_KEY, seedA, seedB, stepA, stepB, streamHigh, streamLow } from './lookup';

const LANE_A: u32 = 0x9e3779b1;
const LANE_B: u32 = 0x85ebca77;
const FOLD: u32 = 0x20202020;

/** Tries the anchors at [from, to). */
export function longAnchors(from: u32, to: u32): void {
  const filter = anchorFilterAt;
  const shift = anchorFilterShift;
  for (let i = from; i < to; i++) {
    const first = ((load<u32>(text + i) | FOLD) * LANE_A) ^ ((load<u32>(text + i + 4) | FOLD) * LANE_B);
    const bit = first >> shift;
    if ((load<u8>(filter + (bit >> 3)) >> (bit & 7)) & 1) anchor(i, first, true);
  }
}

export function shortAnchors(from: u32, to: u32): void {
  const filter = anchorFilterAt;
  const shift = anchorFilterShift;
  for (let i = from; i < to; i++) {
    const first = ((load<u32>(text + i) | FOLD) ^ 0x5bd1e995) * LANE_A;
    const bit = first >> shift;
    if ((load<u8>(filter + (bit >> 3)) >> (bit & 7)) & 1) anchor(i, first, false);
  }
}

function anchor(place: u32, first: u32, long: bool): void {
  let hash = (first ^ (first >> 15)) * 0x2c1b3c6d;
  hash ^= hash >> 13;
  const bit = (hash * LANE_A) >> anchorFilterShift;
  if (((load<u8>(anchorFilterAt + (bit >> 3)) >> (bit & 7)) & 1) == 0) return;
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
