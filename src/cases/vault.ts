/**
 * Where the bytes of an exhibit are: with all others, each content once, or encrypted under a key of the exhibit's own. Digests are always
 * those of the content. A key is made for each exhibit and wrapped by the node's sealing key; the exhibit's record, and with it the
 * ledger, commits to it, so that destroying it later says which key is gone.
 *
 * Equal contents are stored once among what is not encrypted, and once within one encrypted exhibit; never across keys, since
 * destroying one key would then not destroy the content.
 */
import { createHash, randomBytes } from 'node:crypto';
import { EntenteError, newId } from '../base/index.ts';
import { partialKey, type Registry, unwrapKey, wrapKey } from '../registry/index.ts';
import { type Blobs, type Queries, SEALING_KEY_BYTES } from '../store/index.ts';

/** In the record of an encrypted exhibit. */
export interface SealedWith {
  readonly key: string;
  /** SHA-256 of the key; it is random, so this tells nothing but that it is the same. */
  readonly commitment: string;
}

/** A place for the bytes of one exhibit that is still to be registered. */
export interface Vault {
  readonly blobs: Blobs;
  /** Null when it is not encrypted. */
  readonly sealed: SealedWith | null;
}

const COMMITMENT_DOMAIN = 'entente/exhibit-key/v1\0';

const commitmentTo = (key: Uint8Array) =>
  createHash('sha256').update(COMMITMENT_DOMAIN).update(key).digest('hex');

/** `id` names the key where the vault must be found again after an interruption. */
export async function openVault(
  registry: Registry,
  isEncrypted: boolean,
  id = newId('exhibit-key'),
): Promise<Vault> {
  if (!isEncrypted) return { blobs: registry.blobs, sealed: null };
  const key = await registry.db.transaction(async (tx) => {
    const kept = await tx.get<{ wrapped: Uint8Array | null }>(
      'SELECT wrapped FROM exhibit_key WHERE id = ?',
      id,
    );
    if (kept?.wrapped) return unwrapKey(registry, id, kept.wrapped);
    const made = randomBytes(SEALING_KEY_BYTES);
    await tx.run(
      'INSERT INTO exhibit_key (id, commitment, wrapped, created_at) VALUES (?, ?, ?, ?)',
      id,
      commitmentTo(made),
      wrapKey(registry, id, made),
      registry.clock().toISOString(),
    );
    return made;
  });
  return {
    blobs: registry.blobs.sealed(id, key, partialKey(registry)),
    sealed: { key: id, commitment: commitmentTo(key) },
  };
}

/** The place of an exhibit. @throws EntenteError `store-damaged` when its key is gone, or is not the one that it was registered with */
export async function vaultOf(
  registry: Registry,
  exhibit: { readonly number: number; readonly sealed?: SealedWith },
): Promise<Blobs> {
  if (!exhibit.sealed) return registry.blobs;
  const { key: id, commitment } = exhibit.sealed;
  const row = await registry.db.get<{ wrapped: Uint8Array | null }>(
    'SELECT wrapped FROM exhibit_key WHERE id = ?',
    id,
  );
  if (!row?.wrapped)
    throw new EntenteError('store-damaged', `the key of exhibit ${exhibit.number} is not there any more`, {
      where: id,
    });
  const key = unwrapKey(registry, id, row.wrapped);
  if (commitmentTo(key) !== commitment)
    throw new EntenteError('store-damaged', `exhibit ${exhibit.number} was registered with another key`, {
      where: id,
    });
  return registry.blobs.sealed(id, key, partialKey(registry));
}

/** In the transaction of the disposal. From its commit on, nothing opens what was sealed with the key. */
export async function destroyKey(tx: Queries, { key }: SealedWith, at: string): Promise<void> {
  await tx.run('UPDATE exhibit_key SET wrapped = NULL, destroyed_at = ? WHERE id = ?', at, key);
}

/** Where the sealed bytes of a destroyed key lie; to be removed, since nobody can read them. */
export function sealedPlace(registry: Registry, keyId: string): Blobs {
  const none = new Uint8Array(SEALING_KEY_BYTES);
  return registry.blobs.sealed(keyId, none, none);
}
