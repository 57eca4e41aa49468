/** Sending a file in pieces, hashed on the way; after a break it goes on where the node says. */
import { sha256 } from '@noble/hashes/sha2.js';
import { ApiError, call } from './client.ts';

const PIECE_BYTES = 4 * 1024 * 1024;
/** Hashed at once: some five milliseconds, so that the page goes on moving. */
const HASHED_AT_ONCE = 512 * 1024;
const TRIES = 6;
const PAUSE_MS = 1_000;

export interface Sent {
  readonly upload: string;
  readonly sha256: string;
}

export async function sendFile(
  file: File,
  onProgress: (sent: number, total: number) => void,
  signal: AbortSignal,
): Promise<Sent> {
  const { id } = await call('POST /uploads', { body: { name: file.name, sizeBytes: file.size } });
  const hash = sha256.create();
  let hashed = 0;
  try {
    for (let offset = 0; offset < file.size; ) {
      signal.throwIfAborted();
      const piece = file.slice(offset, offset + PIECE_BYTES);
      const bytes = new Uint8Array(await piece.arrayBuffer());
      for (let at = Math.max(0, hashed - offset); at < bytes.length; at += HASHED_AT_ONCE) {
        hash.update(bytes.subarray(at, at + HASHED_AT_ONCE));
        await new Promise((resume) => setTimeout(resume));
      }
      hashed = Math.max(hashed, offset + bytes.length);
      offset = await sendPiece(id, offset, piece, signal);
      onProgress(offset, file.size);
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
      const mayCome = status === 0 || status === 409 || status >= 500;
      if (signal.aborted || !mayCome || attempt === TRIES) throw error;
      await new Promise((resume) => setTimeout(resume, PAUSE_MS * attempt));
      // The piece may have come although its answer did not.
      const now = await call('GET /uploads/{id}', { params: { id } }).catch(() => null);
      if (now && now.receivedBytes !== offset) return now.receivedBytes;
    }
  }
}
