/**
 * A blob opened for reading, encrypted or not: from any thread, asynchronously, or synchronously for parsers. Nothing of what is
 * decrypted is ever written anywhere.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { filePieces } from './file-pieces.ts';
import { HEADER_BYTES, Unsealer } from './sealed-file.ts';

/** Can be sent to a thread. */
export interface BlobLocation {
  readonly path: string;
  /** What opens it; null when it is not encrypted. Never leaves the process. */
  readonly key: Uint8Array | null;
  /** Of the content. */
  readonly sizeBytes: number;
}

export interface BlobFile extends AsyncDisposable {
  readonly sizeBytes: number;
  /** Less than was asked for only where the file ends. @throws EntenteError `store-damaged` when a sealed byte was changed */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** All of it; a piece is valid until the next is asked for. */
  pieces(): AsyncIterable<Uint8Array>;
}

const PIECE_BYTES = 1 << 20;
/** A link put in a file's place is not followed, and a pipe does not make us wait. */
const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export async function openBlobFile({ path, key }: BlobLocation): Promise<BlobFile> {
  const handle = await open(path, FLAGS);
  try {
    const { size } = await handle.stat();
    const unsealer = key && new Unsealer(key, await readRange(handle, 0, HEADER_BYTES), size);
    const sizeBytes = unsealer ? unsealer.sizeBytes : size;
    const file: BlobFile = {
      sizeBytes,
      async read(offset, length) {
        const wanted = Math.max(0, Math.min(length, sizeBytes - offset));
        if (wanted === 0) return new Uint8Array(0);
        if (!unsealer) return readRange(handle, offset, wanted);
        const { from, to } = unsealer.stored(offset, wanted);
        return unsealer.open(offset, wanted, await readRange(handle, from, to - from));
      },
      async *pieces() {
        if (!unsealer) yield* filePieces(handle);
        else for (let at = 0; at < sizeBytes; at += PIECE_BYTES) yield await file.read(at, PIECE_BYTES);
      },
      [Symbol.asyncDispose]: () => handle.close(),
    };
    return file;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function readRange(handle: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafeSlow(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled, offset + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

export interface SyncBlobFile extends Disposable {
  readonly sizeBytes: number;
  read(offset: number, length: number): Uint8Array;
}

/** For parsers, which read at random; in a thread of their own. */
export function openBlobFileSync({ path, key }: BlobLocation): SyncBlobFile {
  const fd = openSync(path, FLAGS);
  try {
    const { size } = fstatSync(fd);
    const raw = (offset: number, length: number): Uint8Array => {
      const bytes = Buffer.allocUnsafeSlow(length);
      let filled = 0;
      while (filled < length) {
        const got = readSync(fd, bytes, filled, length - filled, offset + filled);
        if (got === 0) break;
        filled += got;
      }
      return bytes.subarray(0, filled);
    };
    const unsealer = key && new Unsealer(key, raw(0, HEADER_BYTES), size);
    const sizeBytes = unsealer ? unsealer.sizeBytes : size;
    return {
      sizeBytes,
      read(offset, length) {
        const wanted = Math.max(0, Math.min(length, sizeBytes - offset));
        if (wanted === 0) return new Uint8Array(0);
        if (!unsealer) return raw(offset, wanted);
        const { from, to } = unsealer.stored(offset, wanted);
        return unsealer.open(offset, wanted, raw(from, to - from));
      },
      [Symbol.dispose]: () => closeSync(fd),
    };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}
