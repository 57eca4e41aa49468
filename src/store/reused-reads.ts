/**
 * Reading a file for those who are done with a chunk before they ask for the next: two buffers take turns, one being filled while the other is
 * worked on, so that a file of any size needs the same memory. Whoever keeps a chunk sees it overwritten.
 */
import type { FileHandle } from 'node:fs/promises';

/** What is read from disk at a time. */
const READ_BYTES = 1 << 20;

/** The bytes from the file's beginning to its end, as long as it grows; each chunk is valid until the next is asked for. */
export async function* readReusingBuffers(handle: FileHandle): AsyncGenerator<Uint8Array> {
  const buffers = [Buffer.allocUnsafeSlow(READ_BYTES), Buffer.allocUnsafeSlow(READ_BYTES)];
  const read = (turn: number, at: number) => handle.read(buffers[turn % 2]!, 0, READ_BYTES, at);
  let at = 0;
  let next = read(0, 0);
  for (let turn = 0; ; turn++) {
    const { bytesRead } = await next;
    if (bytesRead === 0) return;
    at += bytesRead;
    next = read(turn + 1, at);
    next.catch(() => {}); // told when its turn comes, or not at all when nobody asks any more
    try {
      yield buffers[turn % 2]!.subarray(0, bytesRead);
    } finally {
      // Left early: the file is about to be closed, and must not be while it is read.
      await next.catch(() => {});
    }
  }
}
