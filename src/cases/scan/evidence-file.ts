/** One file of evidence, opened for reading and for nothing else. */
import { constants, readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { RandomReader } from '../../forensics/archives/index.ts';

/** What is read from disk at a time. */
export const READ_BYTES = 1024 * 1024;

export interface EvidenceFile extends RandomReader, AsyncDisposable {
  /** What the disk holds of it: less than its size for a file with holes. */
  readonly storedBytes: number;
  /** Its size now. */
  currentSize(): Promise<number>;
  /** Reads what fits into `target`, waiting for the disk: in workers only. Returns how many bytes; 0 at the file's end. Not where the file is sealed. */
  readNow?(target: Uint8Array, at: number): number;
  /** Reads [from, to) into `buffer`, piece by piece; a piece is valid until the next. Ends early when the file does. */
  pieces(from: number, to: number, buffer?: Uint8Array): AsyncGenerator<Uint8Array>;
}

/**
 * A link put in a file's place since it was listed is not followed, and a pipe does not make us wait. `key` opens a file that is
 * encrypted in this node's store.
 */
export async function openEvidenceFile(path: string | Buffer, key?: Uint8Array): Promise<EvidenceFile> {
  if (key) return openSealed(path.toString(), key);
  const handle: FileHandle = await open(
    path,
    constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
  );
  try {
    const found = await handle.stat();
    if (!found.isFile()) throw Object.assign(new Error('is no regular file'), { code: 'is no regular file' });
    return {
      sizeBytes: found.size,
      storedBytes: found.blocks * 512,
      async read(offset, length) {
        const bytes = new Uint8Array(Math.max(0, Math.min(length, found.size - offset)));
        let filled = 0;
        while (filled < bytes.length) {
          const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, offset + filled);
          if (bytesRead === 0) break;
          filled += bytesRead;
        }
        return bytes.subarray(0, filled);
      },
      readNow: (target, at) => readSync(handle.fd, target, 0, target.length, at),
      currentSize: async () => (await handle.stat()).size,
      async *pieces(from, to, buffer) {
        for (let at = from; at < to; ) {
          const target = buffer ?? new Uint8Array(Math.min(READ_BYTES, to - at));
          const { bytesRead } = await handle.read(target, 0, Math.min(target.length, to - at), at);
          if (bytesRead === 0) return;
          yield target.subarray(0, bytesRead);
          at += bytesRead;
        }
      },
      [Symbol.asyncDispose]: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function openSealed(path: string, key: Uint8Array): Promise<EvidenceFile> {
  // Loaded where it is needed: a thread that reads plain files starts the sooner.
  const { openBlobFile } = await import('../../store/index.ts');
  const file = await openBlobFile({ path, key, sizeBytes: 0 });
  return {
    sizeBytes: file.sizeBytes,
    storedBytes: file.sizeBytes,
    read: (offset, length) => file.read(offset, length),
    currentSize: async () => file.sizeBytes,
    async *pieces(from, to) {
      for (let at = from; at < to; at += READ_BYTES) yield await file.read(at, Math.min(READ_BYTES, to - at));
    },
    [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
  };
}
