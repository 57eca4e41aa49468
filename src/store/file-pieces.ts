/** A file read once from beginning to end: the next piece is on its way while one is worked on. Two buffers serve for any length. */
import type { FileHandle } from 'node:fs/promises';

/** What is read from disk at a time. */
const PIECE_BYTES = 1 << 20;

/** A piece is valid until the next is asked for. The file stays open. */
export async function* filePieces(handle: FileHandle): AsyncGenerator<Uint8Array> {
  let [now, next] = [Buffer.allocUnsafeSlow(PIECE_BYTES), Buffer.allocUnsafeSlow(PIECE_BYTES)];
  let at = 0;
  let reading = handle.read(now, 0, PIECE_BYTES, 0);
  try {
    for (;;) {
      const { bytesRead } = await reading;
      if (bytesRead === 0) return;
      at += bytesRead;
      reading = handle.read(next, 0, PIECE_BYTES, at);
      yield now.subarray(0, bytesRead);
      [now, next] = [next, now];
    }
  } finally {
    await reading.catch(() => {}); // nobody closes the file, or frees the buffer, under a read
  }
}
