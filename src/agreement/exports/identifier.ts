/** Name-based identifiers (RFC 9562 UUID version 5), so that exporting one agreement twice gives the same bytes. */
import { sha1 } from '@noble/hashes/legacy.js';
import { concatBytes, decodeHex, encodeHex, utf8 } from '../../base/index.ts';

/** Ours: names are an agreement's digest and a place in it. */
const NAMESPACE = decodeHex('5c0d7b0e4f9a4d5b8f1e7a2c9b3d6e10')!;

export function namedUuid(name: string): string {
  const bytes = sha1(concatBytes([NAMESPACE, utf8(name)])).slice(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = encodeHex(bytes);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
