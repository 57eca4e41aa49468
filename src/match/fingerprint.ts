/**
 * Fingerprints: 64 bits that stand for a key in the index.
 *
 * Two ways, both plain 32-bit arithmetic that JavaScript (`Math.imul`) and the kernel (i32, i32x4) do alike. Most
 * classes are hashed by blocks of sixteen bytes counted from the key's end, four lanes at a time, since the kernel meets
 * the end of a host name first and asks for its last labels. URLs and literals are hashed byte by byte: a URL forwards,
 * because its end is the uncertain part, a literal backwards.
 *
 * The fingerprint is no secret and no signature: a hit is confirmed against the indicator's own text (`confirmHit`).
 */
import { KEY_CLASS, type KeyClass } from './kinds.ts';

/** Odd constants with well-spread bits: the golden ratio and primes of xxHash; any such would do. */
export const LANE_A = 0x9e3779b1;
export const LANE_B = 0x85ebca77;
const LANE_C = 0xc2b2ae3d;
const LANE_D = 0x27d4eb2f;
/** Beginnings of the lanes, from the fractional parts of square roots, as SHA-2 has them. */
const SEED_A = 0x3c6ef372;
const SEED_B = 0xa54ff53a;
const SEED_C = 0x510e527f;
const SEED_D = 0x9b05688c;
const BLOCK = 16;

/** The two halves of the most recent fingerprint: [low, high]. Kept here to spare an allocation per key. */
export const lanes = new Uint32Array(2);

/** Fingerprint of `key`, whose character codes are its bytes. The result is in `lanes`. */
export function fingerprint(keyClass: KeyClass, key: string): void {
  if (isStreamed(keyClass)) fingerprintStream(keyClass, key);
  else fingerprintBlocks(keyClass, key);
}

function isStreamed(keyClass: KeyClass): boolean {
  return (keyClass >= KEY_CLASS.url && keyClass <= KEY_CLASS.urlPrefixHost) || keyClass === KEY_CLASS.literal;
}

function fingerprintBlocks(keyClass: number, key: string): void {
  let a = SEED_A ^ Math.imul(keyClass, LANE_A);
  let b = SEED_B ^ Math.imul(key.length, LANE_B);
  let c = SEED_C | 0;
  let d = SEED_D | 0;
  for (let end = key.length; end > 0; end -= BLOCK) {
    a = Math.imul(a ^ wordAt(key, end - 16), LANE_A);
    b = Math.imul(b ^ wordAt(key, end - 12), LANE_B);
    c = Math.imul(c ^ wordAt(key, end - 8), LANE_C);
    d = Math.imul(d ^ wordAt(key, end - 4), LANE_D);
    const first = a ^ (a >>> 15);
    a = b ^ (b >>> 15);
    b = c ^ (c >>> 15);
    c = d ^ (d >>> 15);
    d = first;
  }
  const x = Math.imul(a, LANE_B) + Math.imul(b, LANE_C) + Math.imul(c, LANE_D) + Math.imul(d, LANE_A);
  const y =
    Math.imul(a, 0x165667b1) + Math.imul(b, 0x2c1b3c6d) + Math.imul(c, 0x297a2d39) + Math.imul(d, 0x1b56c4e9);
  finish(x | 0, y | 0);
}

/** Four bytes, little-endian; what lies before the key is zero. */
function wordAt(key: string, at: number): number {
  if (at >= 0) {
    return (
      key.charCodeAt(at) |
      (key.charCodeAt(at + 1) << 8) |
      (key.charCodeAt(at + 2) << 16) |
      (key.charCodeAt(at + 3) << 24)
    );
  }
  let word = 0;
  for (let i = Math.max(0, -at); i < 4; i++) word |= key.charCodeAt(at + i) << (8 * i);
  return word;
}

/** As `wordAt`, with bit 0x20 set in every byte of the name. */
function caselessWordAt(name: string, at: number): number {
  if (at <= -4) return 0;
  return wordAt(name, at) | (at >= 0 ? 0x20202020 : 0x20202020 << (-8 * at));
}

function fingerprintStream(keyClass: KeyClass, key: string): void {
  let a = SEED_A ^ Math.imul(keyClass, LANE_B);
  let b = SEED_B ^ Math.imul(keyClass, LANE_A);
  const isBackward = keyClass === KEY_CLASS.literal;
  for (let i = 0; i < key.length; i++) {
    const byte = key.charCodeAt(isBackward ? key.length - 1 - i : i);
    a = Math.imul(((a << 5) | (a >>> 27)) ^ byte, LANE_A);
    b = Math.imul(((b << 13) | (b >>> 19)) ^ byte, LANE_B);
  }
  finish(a ^ ((b << 16) | (b >>> 16)), b + Math.imul(a, LANE_C));
}

/**
 * Fingerprint of a mark, into `lanes`: of the last sixteen bytes of `name`, each with bit 0x20 set, which makes upper and lower case one and
 * little else. It is asked of every name in evidence, so it is made to be quick; it only has to tell most names apart.
 */
export function fingerprintMark(markClass: KeyClass, name: string): void {
  const end = name.length;
  const x =
    Math.imul(caselessWordAt(name, end - 16), LANE_A) +
    Math.imul(caselessWordAt(name, end - 12), LANE_B) +
    Math.imul(caselessWordAt(name, end - 8), LANE_C) +
    Math.imul(caselessWordAt(name, end - 4), LANE_D) +
    Math.imul(markClass, LANE_A);
  const low = mixLow(x | 0);
  lanes[0] = low;
  lanes[1] = Math.imul(low ^ (low >>> 15), 0x2c1b3c6d);
}

function mixLow(x: number): number {
  let low = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  low = Math.imul(low ^ (low >>> 13), 0xc2b2ae35);
  return low ^ (low >>> 16);
}

/** Mixes each half: every bit of it reaches every bit of the result. */
function finish(x: number, y: number): void {
  let high = Math.imul(y ^ (y >>> 15), 0x2c1b3c6d);
  high = Math.imul(high ^ (high >>> 12), 0x297a2d39);
  lanes[0] = mixLow(x);
  lanes[1] = high ^ (high >>> 15);
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
