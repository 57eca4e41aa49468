/**
 * Sending a file in pieces, hashed on the way. After a break it goes on where the node says; after a reload too, once the same file is chosen
 * again: the whole is hashed anew, and a digest that is not the node's ends it, so that the halves of two files never become one.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { ApiError, call, foundNobody } from './client.ts';

const PIECE_BYTES = 4 * 1024 * 1024;
/** Hashed at once: some five milliseconds, so that the page goes on moving. */
const HASHED_AT_ONCE = 512 * 1024;
/** Tries of a piece that the node does not take; one that is away is waited for until the sender gives up. */
const TRIES = 6;
const PAUSE_MS = 1_000;
const PAUSE_MS_MAX = 5_000;

export interface Sent {
  readonly upload: string;
  readonly sha256: string;
}

export async function sendFile(
  file: File,
  onProgress: (sent: number, total: number) => void,
  signal: AbortSignal,
  options: {
    /** Goes on with an unfinished upload of this name and size. Only where the node compares the digest. */
    readonly resumes?: boolean;
  } = {},
): Promise<Sent> {
  const { id, receivedBytes } = (options.resumes ? await unfinished(file) : null) ?? (await begin(file));
  const hash = sha256.create();
  let hashed = 0;
  const hashTo = async (end: number) => {
    while (hashed < end) {
      signal.throwIfAborted();
      const bytes = await file.slice(hashed, Math.min(end, hashed + PIECE_BYTES)).arrayBuffer();
      for (let at = 0; at < bytes.byteLength; at += HASHED_AT_ONCE) {
        hash.update(new Uint8Array(bytes, at, Math.min(HASHED_AT_ONCE, bytes.byteLength - at)));
        await pause(0);
      }
      hashed += bytes.byteLength;
    }
  };
  try {
    for (let offset = receivedBytes; ; ) {
      await hashTo(Math.min(file.size, offset + PIECE_BYTES));
      onProgress(offset, file.size);
      if (offset >= file.size) break;
      offset = await sendPiece(id, offset, file.slice(offset, offset + PIECE_BYTES), signal);
    }
  } catch (error) {
    if (signal.aborted) await call('DELETE /uploads/{id}', { params: { id } }).catch(() => {});
    throw error;
  }
  return {
    upload: id,
    sha256: [...hash.digest()].map((byte) => byte.toString(16).padStart(2, '0')).join(''),
  };
}

const begin = (file: File) => call('POST /uploads', { body: { name: file.name, sizeBytes: file.size } });

async function unfinished(file: File) {
  const { uploads } = await call('GET /uploads');
  return uploads.find(({ name, sizeBytes }) => name === file.name && sizeBytes === file.size) ?? null;
}

const pause = (ms: number) => new Promise((resume) => setTimeout(resume, ms));

/** Returns where to go on. */
async function sendPiece(id: string, offset: number, piece: Blob, signal: AbortSignal): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = await call('PUT /uploads/{id}', {
        params: { id },
        query: { offset },
        body: piece,
        signal,
      });
      return answer.receivedBytes;
    } catch (error) {
      const status = error instanceof ApiError ? error.problem.status : -1;
      const mayCome = foundNobody(error) || ((status === 409 || status >= 500) && attempt < TRIES);
      if (signal.aborted || !mayCome) throw error;
      await pause(Math.min(PAUSE_MS * attempt, PAUSE_MS_MAX));
      signal.throwIfAborted();
      // The piece may have come although its answer did not.
      const now = await call('GET /uploads/{id}', { params: { id } }).catch(() => null);
      if (now && now.receivedBytes !== offset) return now.receivedBytes;
    }
  }
}
