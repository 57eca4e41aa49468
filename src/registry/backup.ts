/**
 * Backup and restore of a whole node: store, blobs and keys, taken while the node runs.
 *
 * The store is copied first, the blobs after it: a blob is in place before any row names it and never changes, so the copy holds
 * every blob its rows name. A manifest with the digest of every file is written last; a folder without one is no backup.
 */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { copyFile, mkdir, open, readdir, readFile, rename, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { canonicalJson, EntenteError } from '../base/index.ts';
import { copySqlite } from '../store/index.ts';
import { appendLeaf, type LedgerVerdict, ledgerSize, verifyLedger } from './ledger.ts';
import { openRegistry, type Registry } from './registry.ts';

const MANIFEST = 'backup.json';
const BACKUP_VERSION = 1;

interface Manifest {
  readonly v: typeof BACKUP_VERSION;
  readonly node: string;
  readonly at: string;
  readonly leaves: number;
  /** SHA-256 by path. */
  readonly files: Readonly<Record<string, string>>;
}

export interface BackupReport {
  readonly folder: string;
  readonly files: number;
  readonly bytes: number;
  readonly leaves: number;
}

/** @throws EntenteError `conflict` when the folder is not empty, `disk-full` */
export async function backupNode(
  registry: Registry,
  out: string,
  onBytes?: (done: number) => void,
): Promise<BackupReport> {
  await mkdir(out, { recursive: true, mode: 0o700 });
  if ((await readdir(out)).length > 0)
    throw new EntenteError('conflict', `${out} is not empty`, { where: out });
  const at = registry.clock().toISOString();
  await registry.db.transaction((tx) => appendLeaf(tx, registry.clock, 'backup', { act: 'backup', at }));
  const leaves = await ledgerSize(registry.db);
  await copySqlite(join(registry.folder, 'entente.db'), join(out, 'entente.db'));
  const files: Record<string, string> = { 'entente.db': await digestOf(join(out, 'entente.db')) };
  let bytes = (await stat(join(out, 'entente.db'))).size;
  for (const folder of ['keys', 'blobs']) {
    for await (const path of filesBelow(join(registry.folder, folder))) {
      const name = relative(registry.folder, path);
      if (name.startsWith(join('blobs', 'tmp'))) continue;
      await mkdir(dirname(join(out, name)), { recursive: true, mode: 0o700 });
      await copyFile(path, join(out, name));
      files[name] = await digestOf(join(out, name));
      bytes += (await stat(join(out, name))).size;
      onBytes?.(bytes);
    }
  }
  const manifest: Manifest = { v: BACKUP_VERSION, node: registry.identity.kid, at, leaves, files };
  await writeDurably(join(out, MANIFEST), `${canonicalJson(manifest)}\n`);
  return { folder: out, files: Object.keys(files).length, bytes, leaves };
}

/**
 * Puts a backup into an empty data folder, after checking every file of it, and verifies the ledger there.
 * @throws EntenteError `verification-failed` for a damaged backup, `conflict` when the folder holds something
 */
export async function restoreNode(
  from: string,
  folder: string,
  onBytes?: (done: number) => void,
): Promise<LedgerVerdict> {
  const manifest = await readManifest(from);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if ((await readdir(folder)).length > 0)
    throw new EntenteError('conflict', `${folder} is not empty`, { where: folder });
  let bytes = 0;
  for (const [name, digest] of Object.entries(manifest.files)) {
    if (name.split(/[\\/]/).includes('..') || name.startsWith('/'))
      throw new EntenteError('path-outside', `${name} leads outside the backup`, { where: name });
    const source = join(from, name);
    if (!existsSync(source))
      throw new EntenteError('verification-failed', `the backup lacks ${name}`, { where: name });
    const target = join(folder, name);
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    await copyFile(source, target);
    if ((await digestOf(target)) !== digest)
      throw new EntenteError('verification-failed', `${name} in the backup is damaged`, { where: name });
    bytes += (await stat(target)).size;
    onBytes?.(bytes);
  }
  const registry = await openRegistry(folder);
  try {
    return await verifyLedger(registry);
  } finally {
    await registry.close();
  }
}

async function readManifest(from: string): Promise<Manifest> {
  let manifest: Manifest;
  try {
    manifest = JSON.parse(await readFile(join(from, MANIFEST), 'utf8')) as Manifest;
  } catch (cause) {
    throw new EntenteError(
      'file-unreadable',
      `${from} is no finished backup (it lacks a readable ${MANIFEST})`,
      { where: from, cause },
    );
  }
  if (manifest.v !== BACKUP_VERSION || typeof manifest.files !== 'object' || manifest.files === null) {
    throw new EntenteError(
      'verification-failed',
      `${from}: the backup's manifest is not one of this version`,
      { where: from },
    );
  }
  return manifest;
}

async function* filesBelow(folder: string): AsyncGenerator<string> {
  for (const entry of (await readdir(folder, { withFileTypes: true })).sort((a, b) =>
    a.name < b.name ? -1 : 1,
  )) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (entry.isFile()) yield path;
  }
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }))
    hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(`${path}.partial`, 'w', 0o600);
  await file.writeFile(text);
  await file.sync();
  await file.close();
  await rename(`${path}.partial`, path);
}
