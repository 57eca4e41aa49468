/** What the check of a bundle needs of the machine it runs on: a Node process or a browser. */
import type { VerifyEd25519 } from '../../ledger/index.ts';
import type { VerifiedTimestamp } from '../../ledger/timestamp.ts';

export interface Hasher {
  update(bytes: Uint8Array): void;
  /** 64 lowercase hexadecimal digits. */
  hex(): string;
}

export interface Platform {
  sha256(): Hasher;
  crc32(bytes: Uint8Array, before: number): number;
  readonly verifyEd25519: VerifyEd25519;
  /** See `verifyTimestamp` of the ledger. */
  verifyTimestamp(
    token: Uint8Array,
    bytes: Uint8Array,
    trusted: readonly Uint8Array[],
  ): Promise<VerifiedTimestamp>;
}
