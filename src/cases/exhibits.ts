/**
 * Exhibits: evidence taken in once, hashed as it streams, kept by digest and never changed. A folder is one exhibit whose content is a
 * list of its files with their digests; the files are blobs of their own.
 */
import { constants } from 'node:fs';
import { open, realpath, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { canonicalBytes, EntenteError, newId } from '../base/index.ts';
import { appendLeaf, type Registry } from '../registry/index.ts';
import type { BlobDigests } from '../store/index.ts';
import { appendCustodyEvent, type Digests } from './custody.ts';
import { walkEvidence } from './scan/index.ts';
import { TOOL } from './tool.ts';

export interface Exhibit {
  readonly id: string;
  readonly caseId: string;
  /** Counts from 1 in its case; people say "exhibit 3". */
  readonly number: number;
  readonly name: string;
  readonly media: 'file' | 'folder';
  readonly sizeBytes: number;
  /** Of the file, or of the list of a folder's files. */
  readonly sha256: string;
  readonly blake3: string;
  readonly registeredAt: string;
}

/** The content of a folder exhibit. */
export interface FolderList {
  readonly v: 1;
  readonly files: readonly {
    readonly path: string;
    readonly sizeBytes: number;
    readonly sha256: string;
    readonly blake3: string;
  }[];
  /** What was there and could not be taken in, such as links that lead elsewhere. */
  readonly left: readonly { readonly path: string; readonly why: string }[];
}

export interface Intake {
  readonly person: string;
  readonly purpose: string;
  readonly onBytes?: (bytes: number) => void;
}

/** What is read from disk at a time. */
const READ_BYTES = 1 << 20;

/** @throws EntenteError `file-unreadable`, `disk-full`; then nothing is registered */
export async function addExhibit(
  registry: Registry,
  caseId: string,
  path: string,
  intake: Intake,
): Promise<Exhibit> {
  const full = resolve(path);
  const found = await stat(full).catch((cause) => {
    throw new EntenteError('file-unreadable', `${path}: there is no such file or folder`, {
      where: path,
      cause,
    });
  });
  const name = basename(full);
  if (found.isDirectory()) {
    const { list, bytes } = await takeFolder(registry, full, intake);
    const digests = await registry.blobs.put(once(canonicalBytes(list)));
    return register(registry, caseId, name, 'folder', digests, intake, {
      files: list.files.length,
      bytes,
      left: list.left,
    });
  }
  if (!found.isFile())
    throw new EntenteError('file-unreadable', `${path} is neither a file nor a folder`, { where: path });
  const taken = await takeFile(registry, await realpath(full), intake.onBytes);
  return register(
    registry,
    caseId,
    name,
    'file',
    taken.digests,
    intake,
    taken.changed ? { changedWhileRead: true } : {},
  );
}

async function takeFile(
  registry: Registry,
  path: string,
  onBytes?: (bytes: number) => void,
): Promise<{ digests: BlobDigests; changed: boolean }> {
  // A link put in the file's place since it was listed is not followed, and a pipe does not make us wait.
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const before = await handle.stat();
    if (!before.isFile()) throw new Error('it is no regular file');
    const digests = await registry.blobs.put(
      handle.createReadStream({ highWaterMark: READ_BYTES, autoClose: false }),
      onBytes,
    );
    const after = await handle.stat();
    return { digests, changed: after.mtimeMs !== before.mtimeMs || after.size !== digests.size };
  } finally {
    await handle.close();
  }
}

async function takeFolder(
  registry: Registry,
  folder: string,
  intake: Intake,
): Promise<{ list: FolderList; bytes: number }> {
  const files: FolderList['files'][number][] = [];
  const left: FolderList['left'][number][] = [];
  let bytes = 0;
  for await (const entry of walkEvidence(folder)) {
    if (entry.skipped !== undefined) {
      left.push({ path: entry.name, why: entry.skipped });
      continue;
    }
    const taken = await takeFile(registry, entry.path, (done) => intake.onBytes?.(bytes + done)).catch(
      (error) => {
        if (error instanceof EntenteError || error.code === 'ENOSPC') throw error;
        left.push({ path: entry.name, why: `cannot be read (${error.code ?? error.message})` });
        return null;
      },
    );
    if (!taken) continue;
    const { digests, changed } = taken;
    bytes += digests.size;
    files.push({ path: entry.name, sizeBytes: digests.size, sha256: digests.sha256, blake3: digests.blake3 });
    if (changed) left.push({ path: entry.name, why: 'changed while it was read; kept as read' });
  }
  const byPath = (a: { path: string }, b: { path: string }) =>
    a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
  return { list: { v: 1, files: files.sort(byPath), left: left.sort(byPath) }, bytes };
}

async function register(
  registry: Registry,
  caseId: string,
  name: string,
  media: Exhibit['media'],
  digests: BlobDigests,
  intake: Intake,
  details: Record<string, unknown>,
): Promise<Exhibit> {
  return registry.db.transaction(async (tx) => {
    const row = await tx.get<{ next: number }>(
      'SELECT coalesce(max(number), 0) + 1 AS next FROM exhibit WHERE case_id = ?',
      caseId,
    );
    const exhibit: Exhibit = {
      id: newId('exhibit'),
      caseId,
      number: Number(row!.next),
      name,
      media,
      sizeBytes: digests.size,
      sha256: digests.sha256,
      blake3: digests.blake3,
      registeredAt: registry.clock().toISOString(),
    };
    await tx.run(
      `INSERT INTO exhibit (id, case_id, number, name, media, size, sha256, blake3, registered_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      exhibit.id,
      caseId,
      exhibit.number,
      name,
      media,
      exhibit.sizeBytes,
      exhibit.sha256,
      exhibit.blake3,
      exhibit.registeredAt,
    );
    await appendLeaf(tx, registry.clock, 'exhibit-registered', exhibit);
    await appendCustodyEvent(tx, registry, exhibit.id, {
      type: 'collect',
      person: intake.person,
      purpose: intake.purpose,
      before: null,
      after: digestsOf(exhibit),
      tool: TOOL,
      details,
    });
    return exhibit;
  });
}

export function digestsOf(exhibit: Exhibit): Digests {
  return { sha256: exhibit.sha256, blake3: exhibit.blake3, sizeBytes: exhibit.sizeBytes };
}

export function listExhibits(registry: Registry, caseId: string): Promise<Exhibit[]> {
  return registry.db.all<Exhibit & Record<string, never>>(
    `SELECT id, case_id AS "caseId", number, name, media, size AS "sizeBytes", sha256, blake3, registered_at AS "registeredAt"
     FROM exhibit WHERE case_id = ? ORDER BY number`,
    caseId,
  );
}

export interface ExhibitFile {
  /** As shown: the exhibit's name, then the path inside a folder. */
  readonly name: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** The files of an exhibit: itself, or those of its folder list. */
export async function filesOf(registry: Registry, exhibit: Exhibit): Promise<ExhibitFile[]> {
  if (exhibit.media === 'file')
    return [{ name: exhibit.name, sha256: exhibit.sha256, sizeBytes: exhibit.sizeBytes }];
  const chunks: Uint8Array[] = [];
  for await (const chunk of registry.blobs.read(exhibit.sha256)) chunks.push(chunk);
  const list = JSON.parse(Buffer.concat(chunks).toString('utf8')) as FolderList;
  return list.files.map((file) => ({
    name: `${exhibit.name}/${file.path}`,
    sha256: file.sha256,
    sizeBytes: file.sizeBytes,
  }));
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}
