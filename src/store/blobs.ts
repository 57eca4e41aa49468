/**
 * Content-addressed files: evidence and what is derived from it, named by SHA-256, written once, never changed.
 *
 * A blob is streamed into `tmp/`, hashed as it passes, flushed, and renamed into place; the folder is flushed after.
 * A crash leaves at most an unfinished file in `tmp/`, which the next start removes; it never leaves a wrong blob.
 */
import { createHash } from 'node:crypto';
import { createReadStream, rmSync } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EntenteError } from '../base/index.ts';
import { createBlake3 } from './blake3.ts';
import { filePieces } from './file-pieces.ts';

export interface BlobDigests {
  readonly sha256: string;
  readonly blake3: string;
  readonly size: number;
}

export interface Blobs {
  /** Stores the bytes of one stream; a piece is done with when the next is asked for. `onBytes` is told how many have passed. */
  put(source: AsyncIterable<Uint8Array>, onBytes?: (done: number) => void): Promise<BlobDigests>;
  /** The path of a blob, for reading only. @throws EntenteError `store-damaged` when it is missing. */
  path(sha256: string): Promise<string>;
  read(sha256: string, range?: { start: number; end: number }): AsyncIterable<Uint8Array>;
  has(sha256: string): Promise<boolean>;
  /**
   * Takes in a blob whose digest is known, piece by piece; what came before an interruption is kept and not asked for again.
   * `from` gives the bytes from an offset on.
   * @throws EntenteError `verification-failed` when the bytes are others; then nothing of them is kept
   */
  receive(
    expected: { readonly sha256: string; readonly sizeBytes: number },
    from: (offset: number) => AsyncIterable<Uint8Array>,
    onBytes?: (done: number) => void,
  ): Promise<BlobDigests>;
  /** Destroys the bytes. The folder is flushed, so that they do not come back. */
  remove(sha256: string): Promise<void>;
}

/** What is read from disk at a time. */
const READ_BYTES = 1 << 20;
/** The disk writes on while more is hashed, instead of everything at the end. */
const FLUSH_BYTES = 32 * 1024 * 1024;

export async function openBlobs(folder: string): Promise<Blobs> {
  const temporary = join(folder, 'tmp');
  const incoming = join(folder, 'incoming');
  await mkdir(temporary, { recursive: true, mode: 0o700 });
  let counter = 0;
  for (const left of await readdir(temporary)) {
    const owner = Number(left.split('-')[0]);
    if (!isAlive(owner)) await rm(join(temporary, left), { force: true });
  }
  const place = (sha256: string) => join(folder, sha256.slice(0, 2), sha256);

  /** `accept` sees the digests before the bytes get their name, and throws to refuse them. */
  async function store(
    source: AsyncIterable<Uint8Array>,
    accept: (digests: BlobDigests) => void,
    onBytes?: (done: number) => void,
  ): Promise<BlobDigests> {
    const partial = join(temporary, `${process.pid}-${counter++}`);
    const handle = await open(partial, 'wx', 0o400);
    try {
      const digests = await copyHashing(source, handle, onBytes);
      accept(digests);
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
  }

  return {
    put: (source, onBytes) => store(source, () => {}, onBytes),
    async path(sha256) {
      const path = place(sha256);
      const found = await stat(path).catch(() => null);
      if (!found) throw new EntenteError('store-damaged', `blob ${sha256} is missing`, { where: sha256 });
      return path;
    },
    read: (sha256, range) =>
      createReadStream(place(sha256), {
        highWaterMark: READ_BYTES,
        ...(range ? { start: range.start, end: range.end - 1 } : {}),
      }),
    has: (sha256) =>
      stat(place(sha256)).then(
        () => true,
        () => false,
      ),
    async receive(expected, from, onBytes) {
      if (!/^[0-9a-f]{64}$/.test(expected.sha256)) throw new RangeError('a blob is named by its SHA-256');
      await mkdir(incoming, { recursive: true, mode: 0o700 });
      const partial = join(incoming, expected.sha256);
      const handle = await open(partial, 'a', 0o600);
      try {
        let { size } = await handle.stat();
        if (size < expected.sizeBytes) {
          for await (const chunk of from(size)) {
            size += chunk.length;
            if (size > expected.sizeBytes) {
              rmSync(partial, { force: true });
              throw new EntenteError(
                'verification-failed',
                `more than ${expected.sizeBytes} bytes came for ${expected.sha256}`,
                { where: expected.sha256 },
              );
            }
            await writeAll(handle, chunk);
            onBytes?.(size);
          }
        }
        await handle.sync();
      } finally {
        await handle.close();
      }
      // Stored as any other: hashed as it passes, whatever the pieces were.
      const whole = await open(partial, 'r');
      const digests = await store(filePieces(whole), (found) => {
        if (found.size < expected.sizeBytes)
          throw new EntenteError(
            'peer-unreachable',
            `only ${found.size} of ${expected.sizeBytes} bytes came; the rest is asked for next time`,
            { where: expected.sha256 },
          );
        if (found.sha256 !== expected.sha256) {
          rmSync(partial, { force: true }); // none of it can be believed
          throw new EntenteError(
            'verification-failed',
            `the bytes that came for ${expected.sha256} have the digest ${found.sha256}`,
            { where: expected.sha256 },
          );
        }
      }).finally(() => whole.close());
      await rm(partial, { force: true });
      return digests;
    },
    async remove(sha256) {
      await rm(place(sha256), { force: true });
      await syncFolder(dirname(place(sha256))).catch((error) => {
        if (error.code !== 'ENOENT') throw error;
      });
    },
  };
}

async function writeAll(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  let written = 0;
  while (written < chunk.length) written += (await handle.write(chunk, written)).bytesWritten;
}

async function copyHashing(
  source: AsyncIterable<Uint8Array>,
  handle: FileHandle,
  onBytes?: (done: number) => void,
): Promise<BlobDigests> {
  const sha = createHash('sha256');
  const blake = createBlake3();
  let size = 0;
  let flushed = 0;
  let flushing: Promise<void> = Promise.resolve();
  for await (const chunk of source) {
    const writing = writeAll(handle, chunk); // in the system's threads, while this one hashes
    sha.update(chunk);
    blake.update(chunk);
    await writing;
    size += chunk.length;
    if (size - flushed >= FLUSH_BYTES) {
      await flushing;
      flushed = size;
      flushing = handle.datasync();
      flushing.catch(() => {}); // told by the next wait for it
    }
    onBytes?.(size);
  }
  await flushing;
  return { sha256: sha.digest('hex'), blake3: blake.hex(), size };
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
