/**
 * The node's Ed25519 identity: the key that signs its checkpoints, deliveries, receipts and messages, kept in a file that
 * only the node's user can read. Whoever steals it can speak as this node until its peers are told.
 */
import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { EntenteError } from '../base/index.ts';
import { type PublicJwk, thumbprint } from './key-names.ts';

export interface PrivateJwk extends PublicJwk {
  readonly d: string;
}

export interface Identity {
  /** RFC 7638 thumbprint of the public key: the node's name among machines. */
  readonly kid: string;
  readonly publicJwk: PublicJwk;
  readonly privateJwk: PrivateJwk;
  sign(bytes: Uint8Array): Uint8Array;
}

export function publicPart(jwk: PublicJwk): PublicJwk {
  return { kty: 'OKP', crv: 'Ed25519', x: jwk.x };
}

export function generateKey(): PrivateJwk {
  const { x, d } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  return { kty: 'OKP', crv: 'Ed25519', x: x!, d: d! };
}

export function identityFrom(jwk: PrivateJwk): Identity {
  const key: KeyObject = createPrivateKey({ key: { ...jwk }, format: 'jwk' });
  return {
    kid: thumbprint(jwk),
    publicJwk: publicPart(jwk),
    privateJwk: jwk,
    sign: (bytes) => sign(null, bytes, key),
  };
}

export function writeKeyFile(path: string, jwk: PrivateJwk): void {
  writeSecretFile(path, JSON.stringify(jwk), 'replace');
}

/** Flushed, and readable by its owner alone. `keep`: a file that is there already stays. */
export function writeSecretFile(path: string, text: string, present: 'replace' | 'keep'): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const partial = `${path}.${process.pid}.partial`;
  const file = openSync(partial, 'w', 0o600);
  writeSync(file, `${text}\n`);
  fsyncSync(file);
  closeSync(file);
  if (present === 'replace') renameSync(partial, path);
  else {
    try {
      linkSync(partial, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    unlinkSync(partial);
  }
  const folder = openSync(dirname(path), 'r');
  fsyncSync(folder);
  closeSync(folder);
}

/** @throws EntenteError `file-unreadable` when the file is missing or holds no Ed25519 private key. */
export function readKeyFile(path: string): PrivateJwk {
  let jwk: Partial<PrivateJwk>;
  try {
    jwk = JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new EntenteError('file-unreadable', `${path}: no readable key file`, { where: path, cause });
  }
  const isPart = (text: unknown) => typeof text === 'string' && /^[A-Za-z0-9_-]{43}$/.test(text);
  if (jwk.kty !== 'OKP' || jwk.crv !== 'Ed25519' || !isPart(jwk.x) || !isPart(jwk.d)) {
    throw new EntenteError('file-unreadable', `${path}: not an Ed25519 private key (JWK)`, { where: path });
  }
  return { kty: 'OKP', crv: 'Ed25519', x: jwk.x!, d: jwk.d! };
}
