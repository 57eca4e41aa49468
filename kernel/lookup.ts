// Fingerprints and looking them up; bit for bit what src/match/fingerprint.ts and lookup.ts do.
import { directoryAt, directoryShift, filterAt, filterMask, hasRecords, recordsAt } from './state';

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

const LANE_A: u32 = 0x9e3779b1;
const LANE_B: u32 = 0x85ebca77;

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
export function finishLow(a: u32, b: u32): u32 {
  let low = a ^ rotl<u32>(b, 16);
  low = (low ^ (low >> 16)) * 0x85ebca6b;
  low = (low ^ (low >> 13)) * 0xc2b2ae35;
  return low ^ (low >> 16);
}

// @ts-ignore: decorator
@inline
export function finishHigh(b: u32, low: u32): u32 {
  let high = b ^ (low * LANE_A);
  high = (high ^ (high >> 15)) * 0x2c1b3c6d;
  high = (high ^ (high >> 12)) * 0x297a2d39;
  return high ^ (high >> 15);
}

/** Whether the index holds the key whose lanes these are. */
// @ts-ignore: decorator
@inline
export function holds(a: u32, b: u32): bool {
  const low = finishLow(a, b);
  const word = load<u64>(filterAt + ((low & filterMask) << 3));
  const high = finishHigh(b, low);
  const bits = ((<u64>1) << (high & 63)) | ((<u64>1) << ((high >> 6) & 63)) | ((<u64>1) << ((high >> 12) & 63));
  if ((word & bits) != bits) return false;
  return inRecords(low, high);
}

function inRecords(low: u32, high: u32): bool {
  if (!hasRecords) return false;
  const place = directoryAt + ((high >> directoryShift) << 2);
  const last = recordsAt + 12 * load<u32>(place + 4);
  for (let record = recordsAt + 12 * load<u32>(place); record < last; record += 12) {
    if (load<u32>(record) == high && load<u32>(record, 4) == low) return true;
  }
  return false;
}
