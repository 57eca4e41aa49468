/**
 * The keys and forms of the TUF metadata that this node signs (The Update Framework 1.0.31 §4, §6). Four keys beside the node's other ones, a
 * role each; the root needs two signatures, its own key's and the node's. The node's key is the one that agreements name, so a peer need not trust
 * the first root that it sees: it holds it against the agreement's party.
 */
import { createHash, createPrivateKey, sign } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  Key,
  Metadata,
  type Root,
  Signature,
  type Snapshot,
  type Targets,
  type Timestamp,
} from '@tufjs/models';
import { canonicalJson, EntenteError } from '../../base/index.ts';
import {
  generateKey,
  type PrivateJwk,
  type PublicJwk,
  publicKeyBytes,
  type Registry,
  readKeyFile,
  writeKeyFile,
} from '../../registry/index.ts';

export const ROLES = ['root', 'targets', 'snapshot', 'timestamp'] as const;
export type TufRole = (typeof ROLES)[number];
export type SignedRole = Root | Targets | Snapshot | Timestamp;

export const SPEC_VERSION = '1.0.31';

const DAY_MS = 86_400_000;

/**
 * How long each says something. The timestamp is what a frozen view of the repository lasts at most: a day. The others are signed anew
 * when half of their time is over, by the node itself when a peer asks.
 */
export const LIFE_MS: Readonly<Record<TufRole, number>> = {
  root: 365 * DAY_MS,
  targets: 90 * DAY_MS,
  snapshot: 7 * DAY_MS,
  timestamp: DAY_MS,
};

export const ROOT_THRESHOLD = 2;

export interface SigningKey {
  readonly key: Key;
  readonly jwk: PrivateJwk;
}

/** TUF 1.0 §4.2: a key is named by the SHA-256 of its canonical form. */
export function tufKey(jwk: PublicJwk): Key {
  const keyVal = { public: Buffer.from(publicKeyBytes(jwk)).toString('hex') };
  const form = { keytype: 'ed25519', scheme: 'ed25519', keyval: keyVal };
  const keyID = createHash('sha256').update(canonicalJson(form)).digest('hex');
  return new Key({ keyID, keyType: 'ed25519', scheme: 'ed25519', keyVal });
}

const keyPath = ({ folder }: Registry, role: TufRole) => join(folder, 'keys', `tuf-${role}.jwk`);

/**
 * Before the first root is signed, within its transaction, so that two processes do not make two. Keys that a crash left without a root are
 * adopted.
 */
export function makeRoleKeys(registry: Registry): void {
  for (const role of ROLES)
    if (!existsSync(keyPath(registry, role))) writeKeyFile(keyPath(registry, role), generateKey());
}

/** @throws EntenteError `store-damaged`: another key in its place would be believed by no peer */
export function roleKey(registry: Registry, role: TufRole): SigningKey {
  const path = keyPath(registry, role);
  if (!existsSync(path))
    throw new EntenteError(
      'store-damaged',
      `the key that signs the ${role} of this node’s tools is missing`,
      {
        where: path,
      },
    );
  const jwk = readKeyFile(path);
  return { key: tufKey(jwk), jwk };
}

export const nodeKey = ({ identity }: Registry): SigningKey => ({
  key: tufKey(identity.publicJwk),
  jwk: identity.privateJwk,
});

/** RFC 3339 without fractions, as TUF writes times. */
export const expiry = (now: Date, role: TufRole): string =>
  `${new Date(now.getTime() + LIFE_MS[role]).toISOString().slice(0, 19)}Z`;

export function signRole(signed: SignedRole, keys: readonly SigningKey[]): string {
  const metadata = new Metadata<SignedRole>(signed);
  for (const { key, jwk } of keys)
    metadata.sign((data) => {
      const signature = sign(null, data, createPrivateKey({ key: { ...jwk }, format: 'jwk' }));
      return new Signature({ keyID: key.keyID, sig: signature.toString('hex') });
    });
  return JSON.stringify(metadata.toJSON());
}
