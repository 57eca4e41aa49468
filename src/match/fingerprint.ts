/**
 * Fingerprints: 64 bits that stand for a key in the index.
 *
 * Two 32-bit lanes, each rotate–xor–multiply per byte, so that plain JavaScript (`Math.imul`) and the kernel (i32)
 * compute the same at full speed. Most classes are read from the last byte to the first, because one pass over a host
 * name then passes the fingerprint of every parent domain; URLs are read forwards, because their end is the uncertain part.
 * The fingerprint is no secret and no signature: a hit is confirmed against the indicator's own text (`confirmHit`).
 */
import { KEY_CLASS, type KeyClass } from './kinds.ts';

/** Odd constants with well-spread bits (the golden ratio, and one of xxHash's primes); any such pair would do. */
export const LANE_A = 0x9e3779b1;
export const LANE_B = 0x85ebca77;
const SEED_A = 0x3c6ef372;
const SEED_B = 0xa54ff53a;

/** The two lanes of the most recent `fingerprint…` call: [low, high]. Kept here to spare an allocation per key. */
export const lanes = new Uint32Array(2);

export function seedA(keyClass: number): number {
  return (SEED_A ^ Math.imul(keyClass, LANE_B)) | 0;
}

export function seedB(keyClass: number): number {
  return (SEED_B ^ Math.imul(keyClass, LANE_A)) | 0;
}

export function stepA(lane: number, byte: number): number {
  return Math.imul(((lane << 5) | (lane >>> 27)) ^ byte, LANE_A);
}

export function stepB(lane: number, byte: number): number {
  return Math.imul(((lane << 13) | (lane >>> 19)) ^ byte, LANE_B);
}

/** Mixes both lanes into `lanes`: every input bit reaches every output bit. */
export function finish(a: number, b: number): void {
  let low = a ^ ((b << 16) | (b >>> 16));
  low = Math.imul(low ^ (low >>> 16), 0x85ebca6b);
  low = Math.imul(low ^ (low >>> 13), 0xc2b2ae35);
  low ^= low >>> 16;
  let high = b ^ Math.imul(low, LANE_A);
  high = Math.imul(high ^ (high >>> 15), 0x2c1b3c6d);
  high = Math.imul(high ^ (high >>> 12), 0x297a2d39);
  high ^= high >>> 15;
  lanes[0] = low;
  lanes[1] = high;
}

/** True for the classes whose keys are read from the first byte to the last. */
export function isForward(keyClass: KeyClass): boolean {
  return (
    keyClass === KEY_CLASS.url ||
    keyClass === KEY_CLASS.bareUrl ||
    keyClass === KEY_CLASS.urlPrefix ||
    keyClass === KEY_CLASS.urlPrefixHost
  );
}

/** Fingerprint of `key`, whose character codes are its bytes. The result is in `lanes`. */
export function fingerprint(keyClass: KeyClass, key: string): void {
  let a = seedA(keyClass);
  let b = seedB(keyClass);
  if (isForward(keyClass)) {
    for (let i = 0; i < key.length; i++) {
      const byte = key.charCodeAt(i);
      a = stepA(a, byte);
      b = stepB(b, byte);
    }
  } else {
    for (let i = key.length - 1; i >= 0; i--) {
      const byte = key.charCodeAt(i);
      a = stepA(a, byte);
      b = stepB(b, byte);
    }
  }
  finish(a, b);
}

/** A text as a string of its UTF-8 bytes, one character a byte. */
export function byteString(text: string): string {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 0x7f) {
      let bytes = '';
      for (const byte of new TextEncoder().encode(text)) bytes += String.fromCharCode(byte);
      return bytes;
    }
  }
  return text;
}
