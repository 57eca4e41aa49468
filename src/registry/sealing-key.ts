/**
 * The node's sealing key: wraps the keys that evidence is encrypted with. It is a file beside the node's other keys and never in the
 * store, so that a copy of the store alone opens nothing.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EntenteError } from '../base/index.ts';
import { writeSecretFile } from './identity.ts';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';

export interface Folder {
  readonly folder: string;
}

const pathOf = ({ folder }: Folder) => join(folder, 'keys', 'sealing.jwk');

function readSealingKey(registry: Folder): Uint8Array | null {
  let text: string;
  try {
    text = readFileSync(pathOf(registry), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  const jwk = JSON.parse(text) as { kty?: unknown; k?: unknown };
  const key = typeof jwk.k === 'string' ? Buffer.from(jwk.k, 'base64url') : Buffer.alloc(0);
  if (jwk.kty !== 'oct' || key.length !== KEY_BYTES)
    throw new EntenteError('store-damaged', 'the sealing key file holds no key of 256 bits', {
      where: pathOf(registry),
    });
  return key;
}

/** Made when evidence is encrypted for the first time. */
function sealingKey(registry: Folder): Uint8Array {
  const found = readSealingKey(registry);
  if (found) return found;
  const k = randomBytes(KEY_BYTES).toString('base64url');
  writeSecretFile(pathOf(registry), JSON.stringify({ kty: 'oct', k }), 'keep'); // another process may be first
  return readSealingKey(registry)!;
}

/** `id` is authenticated: a wrapped key put in another's place does not open. */
export function wrapKey(registry: Folder, id: string, key: Uint8Array): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, sealingKey(registry), nonce);
  cipher.setAAD(Buffer.from(id));
  return Buffer.concat([nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()]);
}

/** @throws EntenteError `store-damaged` when the sealing key is missing or another one */
export function unwrapKey(registry: Folder, id: string, wrapped: Uint8Array): Uint8Array {
  const sealing = readSealingKey(registry);
  if (!sealing)
    throw new EntenteError(
      'store-damaged',
      'the sealing key is missing; what is encrypted cannot be opened',
      {
        where: pathOf(registry),
      },
    );
  try {
    const cipher = createDecipheriv(CIPHER, sealing, wrapped.subarray(0, NONCE_BYTES));
    cipher.setAAD(Buffer.from(id));
    cipher.setAuthTag(wrapped.subarray(wrapped.length - TAG_BYTES));
    const key = cipher.update(wrapped.subarray(NONCE_BYTES, wrapped.length - TAG_BYTES));
    cipher.final();
    return key;
  } catch (cause) {
    throw new EntenteError('store-damaged', `the key ${id} was changed, or wrapped by another sealing key`, {
      where: pathOf(registry),
      cause,
    });
  }
}

/** Seals what is only on its way into the store, so that it can go on after an interruption. */
export function partialKey(registry: Folder): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', sealingKey(registry), '', 'entente/partial/v1', KEY_BYTES));
}
