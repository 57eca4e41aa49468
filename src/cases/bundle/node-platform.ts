/** The check of a bundle in a Node process: OpenSSL hashes and verifies, zlib computes the checksums. */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { verifyEd25519 } from '../../registry/index.ts';
import type { Platform } from './platform.ts';

export const NODE_PLATFORM: Platform = {
  sha256() {
    const hash = createHash('sha256');
    return { update: (bytes) => void hash.update(bytes), hex: () => hash.digest('hex') };
  },
  crc32,
  verifyEd25519,
  async verifyTimestamp(token, bytes, trusted) {
    const { verifyTimestamp } = await import('../../ledger/timestamp.ts'); // a large library
    return verifyTimestamp(token, bytes, trusted);
  },
};
