/**
 * Content-addressed files: evidence and what is derived from it, named by SHA-256, written once, never changed.
 *
 * A blob is streamed into `tmp/`, hashed as it passes, flushed, and renamed into place; the folder is flushed after.
 * A crash leaves at most an unfinished file in `tmp/`, which the next start removes; it never leaves a wrong blob.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { blake3 } from '@noble/hashes/blake3.js';
import { EntenteError, encodeHex } from '../base/index.ts';

export interface BlobDigests {
  readonly sha256: string;
  readonly blake3: string;
  readonly size: number;
}

export interface Blobs {
  /** Stores the bytes of one stream. `onBytes` is told how many have passed. */
  put(source: AsyncIterable<Uint8Array>, onBytes?: (done: number) => void): Promise<BlobDigests>;
  /** The path of a blob, for reading only. @throws EntenteError `store-damaged` when it is missing. */
  path(sha256: string): Promise<string>;
  read(sha256: string, range?: { start: number; end: number }): AsyncIterable<Uint8Array>;
}

export async function openBlobs(folder: string): Promise<Blobs> {
  const temporary = join(folder, 'tmp');
  await mkdir(temporary, { recursive: true, mode: 0o700 });
  let counter = 0;
  for (const left of await readdir(temporary)) {
    const owner = Number(left.split('-')[0]);
    if (!isAlive(owner)) await rm(join(temporary, left), { force: true });
  }
  const place = (sha256: string) => join(folder, sha256.slice(0, 2), sha256);

  return {
    async put(source, onBytes) {
      const partial = join(temporary, `${process.pid}-${counter++}`);
      const handle = await open(partial, 'wx', 0o400);
      try {
        const digests = await copyHashing(source, handle, onBytes);
        await handle.sync();
        await handle.close();
        const target = place(digests.sha256);
        await mkdir(dirname(target), { recursive: true, mode: 0o700 });
        await rename(partial, target);
        await syncFolder(dirname(target));
        await syncFolder(folder);
        return digests;
      } catch (error) {
        await handle.close().catch(() => {});
        await rm(partial, { force: true });
        throw error;
      }
    },
    async path(sha256) {
      const path = place(sha256);
      const found = await stat(path).catch(() => null);
      if (!found) throw new EntenteError('store-damaged', `blob ${sha256} is missing`, { where: sha256 });
      return path;
    },
    read: (sha256, range) =>
      createReadStream(place(sha256), range && { start: range.start, end: range.end - 1 }),
  };
}

async function copyHashing(
  source: AsyncIterable<Uint8Array>,
  handle: FileHandle,
  onBytes?: (done: number) => void,
): Promise<BlobDigests> {
  const sha = createHash('sha256');
  const blake = blake3.create();
  let size = 0;
  for await (const chunk of source) {
    sha.update(chunk);
    blake.update(chunk);
    let written = 0;
    while (written < chunk.length) written += (await handle.write(chunk, written)).bytesWritten;
    size += chunk.length;
    onBytes?.(size);
  }
  return { sha256: sha.digest('hex'), blake3: encodeHex(blake.digest()), size };
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
