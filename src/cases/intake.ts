/** Taking evidence in: read once, hashed as it streams, kept by digest. The originals are only read. */
import { constants } from 'node:fs';
import { open, realpath, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { canonicalBytes, EntenteError } from '../base/index.ts';
import type { Registry } from '../registry/index.ts';
import { type BlobDigests, filePieces } from '../store/index.ts';
import type { Case } from './cases.ts';
import { appendCustodyEvent } from './custody.ts';
import { assertCircumstances, type Circumstances, type Counterparty } from './custody-event.ts';
import { digestsOf, type Exhibit, type FolderList, type NewExhibit, registerExhibit } from './exhibits.ts';
import { walkEvidence } from './scan/index.ts';
import { thisTool } from './tool.ts';
import { openVault, type Vault } from './vault.ts';

export interface Intake extends Circumstances {
  /** Who handed it over, when it was not collected by the actor. */
  readonly receivedFrom?: Counterparty;
  /** Encrypts it at rest; in an encrypted case, everything is. */
  readonly encrypted?: boolean;
  /** What the sender computed of a file; another digest registers nothing. */
  readonly expectedSha256?: string;
  readonly onBytes?: (bytes: number) => void;
}

/** @throws EntenteError `file-unreadable`, `disk-full`, `verification-failed`; then nothing is registered */
export async function addExhibit(
  registry: Registry,
  file: Case,
  path: string,
  intake: Intake,
): Promise<Exhibit> {
  assertCircumstances(intake); // before hours of reading
  const full = resolve(path);
  const found = await stat(full).catch((cause) => {
    throw new EntenteError('file-unreadable', `${path}: there is no such file or folder`, {
      where: path,
      cause,
    });
  });
  if (!found.isDirectory() && !found.isFile())
    throw new EntenteError('file-unreadable', `${path} is neither a file nor a folder`, { where: path });
  const vault = await openVault(registry, intake.encrypted === true || file.encrypted === true);
  const common = { caseId: file.id, name: basename(full), vault };
  if (found.isDirectory()) {
    const { list, bytes } = await takeFolder(vault, full, intake);
    const digests = await vault.blobs.put(once(canonicalBytes(list)));
    const files = list.files.map((one) => one.sha256);
    const details = { files: files.length, bytes, left: list.left };
    return takeIn(registry, { ...common, media: 'folder', digests, files }, intake, details);
  }
  const { digests, changed } = await takeFile(vault, await realpath(full), intake.onBytes);
  if (intake.expectedSha256 !== undefined && intake.expectedSha256 !== digests.sha256)
    throw new EntenteError(
      'verification-failed',
      `${common.name} has the SHA-256 ${digests.sha256}, its sender computed ${intake.expectedSha256}`,
    );
  return takeIn(
    registry,
    { ...common, media: 'file', digests },
    intake,
    changed ? { changedWhileRead: true } : {},
  );
}

async function takeFile(
  { blobs }: Vault,
  path: string | Buffer,
  onBytes?: (bytes: number) => void,
): Promise<{ digests: BlobDigests; changed: boolean }> {
  // A link put in the file's place since it was listed is not followed, and a pipe does not make us wait.
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const before = await handle.stat();
    if (!before.isFile()) throw new Error('it is no regular file');
    const digests = await blobs.put(filePieces(handle), onBytes);
    const after = await handle.stat();
    return { digests, changed: after.mtimeMs !== before.mtimeMs || after.size !== digests.size };
  } finally {
    await handle.close();
  }
}

async function takeFolder(
  vault: Vault,
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
    const taken = await takeFile(vault, entry.path, (done) => intake.onBytes?.(bytes + done)).catch(
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

function takeIn(
  registry: Registry,
  made: NewExhibit,
  intake: Intake,
  details: Record<string, unknown>,
): Promise<Exhibit> {
  return registry.db.transaction(async (tx) => {
    const exhibit = await registerExhibit(tx, registry, made);
    await appendCustodyEvent(tx, registry, exhibit, {
      type: intake.receivedFrom ? 'receive' : 'collect',
      said: intake,
      ...(intake.receivedFrom ? { counterparty: intake.receivedFrom } : {}),
      before: null,
      after: digestsOf(exhibit),
      tool: thisTool('evidence add', { hashes: ['sha256', 'blake3'] }),
      inputs: made.files ?? [],
      outputs: [exhibit.sha256],
      details,
    });
    return exhibit;
  });
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}
