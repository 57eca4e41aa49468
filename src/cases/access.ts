/**
 * Reading evidence. Every reading is a custody event, made durable before the first byte is given out, with the digest of exactly what
 * was read; and the stored bytes are compared with the registered digest whenever they are read whole.
 */
import { createHash } from 'node:crypto';
import { EntenteError } from '../base/index.ts';
import type { Registry } from '../registry/index.ts';
import { appendCustodyEvent } from './custody.ts';
import { assertCircumstances, type Circumstances, type Digests } from './custody-event.ts';
import { blobsOf, digestsOf, disposedExhibits, type Exhibit, type ExhibitFile, filesOf } from './exhibits.ts';
import { thisTool } from './tool.ts';
import { vaultOf } from './vault.ts';

export interface Range {
  /** A file inside a folder exhibit, by its path in the folder. */
  readonly path?: string;
  readonly offset?: number;
  /** To the end when absent. */
  readonly length?: number;
}

export interface Reading {
  readonly file: ExhibitFile;
  readonly offset: number;
  readonly length: number;
  /** SHA-256 of the bytes given out. */
  readonly sha256: string;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/**
 * The bytes are read twice: once for their digest, which goes into the event, and once for the reader.
 * @throws EntenteError `not-found`, `usage`; `store-damaged` when the stored bytes are no longer those that were registered
 */
export async function readExhibit(
  registry: Registry,
  exhibit: Exhibit,
  range: Range,
  said: Circumstances,
): Promise<Reading> {
  assertCircumstances(said);
  await assertNotDisposed(registry, exhibit);
  const file = await fileOf(registry, exhibit, range.path);
  const offset = range.offset ?? 0;
  const length = Math.min(range.length ?? file.sizeBytes, file.sizeBytes - offset);
  if (offset < 0 || length < 0)
    throw new EntenteError('usage', `${file.name} has ${file.sizeBytes} bytes, so none at ${offset}`);
  const vault = await vaultOf(registry, exhibit);
  const read = () => vault.read(file.sha256, { start: offset, end: offset + length });
  const hash = createHash('sha256');
  await vault.path(file.sha256);
  if (length > 0) for await (const chunk of read()) hash.update(chunk);
  const sha256 = hash.digest('hex');
  const isWhole = offset === 0 && length === file.sizeBytes;
  const isUnchanged = !isWhole || sha256 === file.sha256;
  const isWholeExhibit = isWhole && exhibit.media === 'file';
  await registry.db.transaction((tx) =>
    appendCustodyEvent(tx, registry, exhibit, {
      type: 'access',
      said,
      before: digestsOf(exhibit),
      after: isWholeExhibit ? { sha256, blake3: null, sizeBytes: length } : null,
      tool: thisTool('evidence show', { offset, length }),
      inputs: [file.sha256],
      outputs: [sha256],
      details: { file: file.name, offset, length },
    }),
  );
  if (!isUnchanged) throw changed(exhibit, file.sha256);
  return { file, offset, length, sha256, bytes: length > 0 ? whenRead(read) : nothing() };
}

async function* nothing(): AsyncIterable<Uint8Array> {}

/** Opens nothing until somebody reads. */
async function* whenRead(read: () => AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  yield* read();
}

async function fileOf(registry: Registry, exhibit: Exhibit, path: string | undefined): Promise<ExhibitFile> {
  const files = await filesOf(registry, exhibit);
  if (exhibit.media === 'file' && path === undefined) return files[0]!;
  const wanted = `${exhibit.name}/${path ?? ''}`;
  const found = exhibit.media === 'folder' ? files.find((file) => file.name === wanted) : undefined;
  if (found) return found;
  if (path !== undefined)
    throw new EntenteError('not-found', `exhibit ${exhibit.number} has no file "${path.slice(0, 200)}"`);
  throw new EntenteError(
    'usage',
    `exhibit ${exhibit.number} is a folder of ${files.length} files; name one of them`,
  );
}

/** @throws EntenteError `conflict` */
export async function assertNotDisposed(registry: Registry, exhibit: Exhibit): Promise<void> {
  const at = (await disposedExhibits(registry, exhibit.caseId)).get(exhibit.id);
  if (at !== undefined)
    throw new EntenteError('conflict', `exhibit ${exhibit.number} was disposed of at ${at}`);
}

/**
 * Reads everything that is stored of an exhibit again. What comes back is what was found: the registered digests, or others that tell
 * of a change.
 * @throws EntenteError `store-damaged` when bytes are missing
 */
export async function digestsNow(registry: Registry, exhibit: Exhibit): Promise<Digests> {
  let own: Digests | null = null;
  let foreign: Digests | null = null;
  const vault = await vaultOf(registry, exhibit);
  for (const sha256 of await blobsOf(registry.db, exhibit.id)) {
    await vault.path(sha256);
    const hash = createHash('sha256');
    let sizeBytes = 0;
    for await (const chunk of vault.read(sha256)) {
      hash.update(chunk);
      sizeBytes += chunk.length;
    }
    const found: Digests = { sha256: hash.digest('hex'), blake3: null, sizeBytes };
    if (sha256 === exhibit.sha256) own = found;
    else if (found.sha256 !== sha256) foreign ??= found;
  }
  // A folder is its list and its files: a file that changed makes the exhibit another one.
  return foreign ?? own!;
}

export function changed(exhibit: Exhibit, sha256: string): EntenteError {
  return new EntenteError(
    'store-damaged',
    `exhibit ${exhibit.number}: the stored bytes of ${sha256} are no longer those that were registered`,
    { where: sha256 },
  );
}
