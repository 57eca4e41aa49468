/**
 * Content-addressed files: evidence and what is derived from it, named by SHA-256, written once, never changed.
 *
 * A blob is streamed into `tmp/`, hashed as it passes, flushed, and renamed into place; the folder is flushed after.
 * A crash leaves at most an unfinished file in `tmp/`, which the next start removes; it never leaves a wrong blob.
 *
 * Plain blobs lie in one place, each content once. `sealed` is the same for what is encrypted under one key: a place of its own, so that
 * destroying key and place leaves nothing of it, and nothing tells whether two keys seal the same content.
 */
import { createHash } from 'node:crypto';
import { constants, rmSync } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { EntenteError } from '../base/index.ts';
import { createBlake3 } from './blake3.ts';
import { type BlobLocation, openBlobFile } from './blob-file.ts';
import { HEADER_BYTES, Sealer, unsealedSize, wholeChunks } from './sealed-file.ts';

export interface BlobDigests {
  readonly sha256: string;
  readonly blake3: string;
  readonly size: number;
}

export interface Blobs {
  /** Stores the bytes of one stream; a piece is done with when the next is asked for. `onBytes` is told how many have passed. */
  put(source: AsyncIterable<Uint8Array>, onBytes?: (done: number) => void): Promise<BlobDigests>;
  /** Where a blob is, and what opens it, for `openBlobFile` in any thread. @throws EntenteError `store-damaged` when it is missing */
  locate(sha256: string): Promise<BlobLocation>;
  /** The file of a blob, encrypted or not. @throws EntenteError `store-damaged` when it is missing */
  path(sha256: string): Promise<string>;
  /** Pieces are the reader's to keep. @throws EntenteError `store-damaged` when a sealed byte was changed */
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
  /** The blobs of place `id` under `key`; `partialKey` seals what is only on its way there. */
  sealed(id: string, key: Uint8Array, partialKey: Uint8Array): Blobs;
}

/** What is read at a time. */
const READ_BYTES = 1 << 20;
/** The disk writes on while more is hashed, instead of everything at the end. */
const FLUSH_BYTES = 32 * 1024 * 1024;

export async function openBlobs(folder: string): Promise<Blobs> {
  const temporary = join(folder, 'tmp');
  await mkdir(temporary, { recursive: true, mode: 0o700 });
  for (const left of await readdir(temporary)) {
    const owner = Number(left.split('-')[0]);
    if (!isAlive(owner)) await rm(join(temporary, left), { force: true });
  }
  return blobsIn({ folder, place: folder, key: null, partialKey: null });
}

interface Place {
  /** Of all blobs. */
  readonly folder: string;
  /** Of these. */
  readonly place: string;
  readonly key: Uint8Array | null;
  readonly partialKey: Uint8Array | null;
}

/** Apart for every stream of this process. */
let counter = 0;

function blobsIn({ folder, place: own, key, partialKey }: Place): Blobs {
  const place = (sha256: string) => join(own, sha256.slice(0, 2), sha256);

  /** `accept` sees the digests before the bytes get their name, and throws to refuse them. */
  async function store(
    source: AsyncIterable<Uint8Array>,
    accept: (digests: BlobDigests) => void,
    onBytes?: (done: number) => void,
  ): Promise<BlobDigests> {
    const partial = join(folder, 'tmp', `${process.pid}-${counter++}`);
    const handle = await open(partial, 'wx', 0o400);
    try {
      const digests = await copyHashing(source, handle, key && new Sealer(key), onBytes);
      accept(digests);
      await handle.sync();
      await handle.close();
      const target = place(digests.sha256);
      await mkdir(dirname(target), { recursive: true, mode: 0o700 });
      await rename(partial, target);
      for (const path of new Set([dirname(target), own, dirname(own), folder])) await syncFolder(path);
      return digests;
    } catch (error) {
      await handle.close().catch(() => {});
      await rm(partial, { force: true });
      throw error;
    }
  }

  async function found(sha256: string): Promise<{ path: string; storedBytes: number }> {
    const path = place(sha256);
    const entry = await stat(path).catch(() => null);
    if (!entry) throw new EntenteError('store-damaged', `blob ${sha256} is missing`, { where: sha256 });
    return { path, storedBytes: entry.size };
  }

  async function locate(sha256: string): Promise<BlobLocation> {
    const { path, storedBytes } = await found(sha256);
    return { path, key, sizeBytes: key ? unsealedSize(storedBytes) : storedBytes };
  }

  return {
    put: (source, onBytes) => store(source, () => {}, onBytes),
    locate,
    path: async (sha256) => (await found(sha256)).path,
    async *read(sha256, range) {
      await using file = await openBlobFile(await locate(sha256));
      const end = Math.min(file.sizeBytes, range?.end ?? file.sizeBytes);
      for (let at = range?.start ?? 0; at < end; at += READ_BYTES)
        yield await file.read(at, Math.min(READ_BYTES, end - at));
    },
    has: (sha256) =>
      stat(place(sha256)).then(
        () => true,
        () => false,
      ),
    async receive(expected, from, onBytes) {
      if (!/^[0-9a-f]{64}$/.test(expected.sha256)) throw new RangeError('a blob is named by its SHA-256');
      const incoming = join(folder, key ? 'incoming-sealed' : 'incoming');
      await mkdir(incoming, { recursive: true, mode: 0o700 });
      const partial = join(incoming, expected.sha256);
      await receiveInto(partial, partialKey, expected, from, onBytes);
      // Stored as any other: hashed as it passes, whatever the pieces were.
      await using whole = await openBlobFile({ path: partial, key: partialKey, sizeBytes: 0 });
      const digests = await store(whole.pieces(), (found) => {
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
      });
      await rm(partial, { force: true });
      return digests;
    },
    async remove(sha256) {
      const path = place(sha256);
      await rm(path, { force: true });
      for (const at of [dirname(path), ...(key ? [own] : [])]) {
        if (key) await rmdir(at).catch(() => {}); // the place goes with the last of it
        await syncFolder(at).catch(async (error) => {
          if (error.code !== 'ENOENT') throw error;
          await syncFolder(dirname(at)).catch(() => {});
        });
      }
    },
    sealed: (id, under, onTheWay) =>
      blobsIn({ folder, place: join(folder, 'sealed', id), key: under, partialKey: onTheWay }),
  };
}

/** Continues `partial` until all has come or no more does; in it, what comes is sealed where it will be in the end. */
async function receiveInto(
  partial: string,
  key: Uint8Array | null,
  expected: { readonly sha256: string; readonly sizeBytes: number },
  from: (offset: number) => AsyncIterable<Uint8Array>,
  onBytes?: (done: number) => void,
): Promise<void> {
  const handle = await open(partial, constants.O_RDWR | constants.O_CREAT, 0o600);
  try {
    const { size: stored } = await handle.stat();
    let size = key ? unsealedSize(stored) : stored;
    if (size >= expected.sizeBytes && stored > 0) return;
    let at = stored;
    let sealer: Sealer | null = null;
    if (key) {
      const whole = wholeChunks(stored);
      const header = Buffer.alloc(HEADER_BYTES);
      if (whole.chunks > 0) await handle.read(header, 0, HEADER_BYTES, 0);
      sealer = whole.chunks > 0 ? new Sealer(key, header, whole.chunks) : new Sealer(key);
      at = whole.chunks > 0 ? whole.storedBytes : 0;
      size = whole.bytes;
      await handle.truncate(at);
      if (at === 0) at = await writeAll(handle, sealer.header(), 0);
    }
    if (size < expected.sizeBytes)
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
        at = await writeAll(handle, sealer ? sealer.push(chunk) : chunk, at);
        onBytes?.(size);
      }
    if (sealer) await writeAll(handle, sealer.end(), at);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Returns where the next byte goes. */
async function writeAll(handle: FileHandle, bytes: Uint8Array, at: number): Promise<number> {
  let written = 0;
  while (written < bytes.length)
    written += (await handle.write(bytes, written, bytes.length - written, at + written)).bytesWritten;
  return at + written;
}

async function copyHashing(
  source: AsyncIterable<Uint8Array>,
  handle: FileHandle,
  sealer: Sealer | null,
  onBytes?: (done: number) => void,
): Promise<BlobDigests> {
  const sha = createHash('sha256');
  const blake = createBlake3();
  let size = 0;
  let at = sealer ? await writeAll(handle, sealer.header(), 0) : 0;
  let flushed = 0;
  let flushing: Promise<void> = Promise.resolve();
  for await (const chunk of source) {
    // In the system's threads, while this one hashes.
    const writing = writeAll(handle, sealer ? sealer.push(chunk) : chunk, at);
    sha.update(chunk);
    blake.update(chunk);
    at = await writing;
    size += chunk.length;
    if (at - flushed >= FLUSH_BYTES) {
      await flushing;
      flushed = at;
      flushing = handle.datasync();
      flushing.catch(() => {}); // told by the next wait for it
    }
    onBytes?.(size);
  }
  if (sealer) await writeAll(handle, sealer.end(), at);
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
