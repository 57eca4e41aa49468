/** What the ledger's tests share: a log in memory, keys made from fixed seeds, seeded randomness, and Ed25519 of the platform. */
import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { decodeBase64, encodeBase64 } from '../../src/base/index.ts';
import {
  type HashReader,
  hashesForAppend,
  hashLeaf,
  type NodeId,
  type SignatureType,
  type SignEd25519,
  type VerifierKey,
  type VerifyEd25519,
  verifierKey,
} from '../../src/ledger/index.ts';

/** Mulberry32: small, and the same on every machine. */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export class MemoryLog implements HashReader {
  size = 0;
  readonly entries: Uint8Array[] = [];
  readonly hashes = new Map<string, Uint8Array>();

  async append(entries: readonly Uint8Array[]): Promise<void> {
    for (const { level, index, hash } of await hashesForAppend(this.size, entries.map(hashLeaf), this)) {
      if (this.hashes.has(`${level}/${index}`)) throw new Error(`node ${level}/${index} was stored before`);
      this.hashes.set(`${level}/${index}`, hash);
    }
    this.entries.push(...entries);
    this.size += entries.length;
  }

  read(ids: readonly NodeId[]): Uint8Array[] {
    return ids.map(({ level, index }) => this.hashes.get(`${level}/${index}`)!);
  }
}

/** Entry `i` of the tests' logs. */
export const entry = (i: number, salt = '') => new TextEncoder().encode(`entry ${i}${salt}`);

export async function memoryLog(size: number, salt = ''): Promise<MemoryLog> {
  const log = new MemoryLog();
  await log.append(Array.from({ length: size }, (_, i) => entry(i, salt)));
  return log;
}

const base64url = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');

/** PKCS #8 and SPKI wrappers of a bare Ed25519 key (RFC 8410 §7, §4). */
const PKCS8_PREFIX = '302e020100300506032b657004220420';

export interface TestKey {
  readonly key: VerifierKey;
  readonly sign: SignEd25519;
}

/** A key pair from a seed byte. */
export function testKey(name: string, type: SignatureType, seed: number): TestKey {
  const der = Buffer.concat([Buffer.from(PKCS8_PREFIX, 'hex'), Buffer.alloc(32, seed)]);
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const { x } = createPublicKey(privateKey).export({ format: 'jwk' });
  return {
    key: verifierKey(name, type, Uint8Array.from(Buffer.from(x!, 'base64url'))),
    sign: (message) => sign(null, message, privateKey),
  };
}

export const verifyEd25519: VerifyEd25519 = (publicKey, message, signature) =>
  verify(
    null,
    message,
    createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: base64url(publicKey) }, format: 'jwk' }),
    signature,
  );

export function flipBit(bytes: Uint8Array, position: number, bit = 0): Uint8Array<ArrayBuffer> {
  const copy = Uint8Array.from(bytes);
  copy[position]! ^= 1 << bit;
  return copy;
}

export const base64 = { encode: encodeBase64, decode: (text: string) => decodeBase64(text)! };
