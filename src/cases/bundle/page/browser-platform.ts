/** The check of a bundle in a browser: hashes in JavaScript, because WebCrypto hashes nothing piece by piece; signatures by WebCrypto. */
import { sha256 } from '@noble/hashes/sha2.js';
import { encodeHex } from '../../../base/index.ts';
import { verifyTimestamp } from '../../../ledger/timestamp.ts';
import type { Platform } from '../platform.ts';
import type { ByteSource } from '../zip.ts';

export const BROWSER_PLATFORM: Platform = {
  sha256() {
    const hash = sha256.create();
    return { update: (bytes) => void hash.update(bytes), hex: () => encodeHex(hash.digest()) };
  },
  crc32,
  async verifyEd25519(publicKey, message, signature) {
    const key = await crypto.subtle.importKey('raw', owned(publicKey), 'Ed25519', false, ['verify']);
    return crypto.subtle.verify('Ed25519', key, owned(signature), owned(message));
  },
  verifyTimestamp,
};

/** WebCrypto takes no bytes that may be shared with other threads. */
const owned = (bytes: Uint8Array) => new Uint8Array(bytes);

/** Slicing by 8: one look-up a byte in eight tables, 8 bytes at a time. */
const TABLES = makeTables();

function makeTables(): Uint32Array[] {
  const tables = Array.from({ length: 8 }, () => new Uint32Array(256));
  for (let i = 0; i < 256; i++) {
    let value = i;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb8_8320 : value >>> 1;
    tables[0]![i] = value >>> 0;
  }
  for (let t = 1; t < 8; t++)
    for (let i = 0; i < 256; i++) {
      const before = tables[t - 1]![i]!;
      tables[t]![i] = (before >>> 8) ^ tables[0]![before & 255]!;
    }
  return tables;
}

export function crc32(bytes: Uint8Array, before: number): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = TABLES as [
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
  ];
  let crc = ~before;
  let at = 0;
  for (const whole = bytes.length - 8; at <= whole; at += 8) {
    const low = crc ^ (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24));
    crc =
      t7[low & 255]! ^
      t6[(low >>> 8) & 255]! ^
      t5[(low >>> 16) & 255]! ^
      t4[low >>> 24]! ^
      t3[bytes[at + 4]!]! ^
      t2[bytes[at + 5]!]! ^
      t1[bytes[at + 6]!]! ^
      t0[bytes[at + 7]!]!;
  }
  for (; at < bytes.length; at++) crc = (crc >>> 8) ^ t0[(crc ^ bytes[at]!) & 255]!;
  return ~crc >>> 0;
}

export function blobSource(blob: Blob): ByteSource {
  return {
    sizeBytes: blob.size,
    read: async (offset, length) => new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer()),
  };
}
