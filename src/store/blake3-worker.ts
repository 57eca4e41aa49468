/** The thread that computes BLAKE3 of what another thread reads; see `blake3.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import { BLAKE3_SLOT_BYTES, type Blake3Answer, type Blake3Message, inlineBlake3 } from './blake3.ts';

const memory = new Uint8Array(workerData as SharedArrayBuffer);
const port = parentPort!;
const hasher = await inlineBlake3();

// Messages come in the order in which they were sent, so slots are hashed in the order of the stream.
port.on('message', (message: Blake3Message) => {
  if (message === 'end') {
    port.postMessage({ digest: hasher.digest() } satisfies Blake3Answer);
    return;
  }
  const from = message.slot * BLAKE3_SLOT_BYTES;
  hasher.update(memory.subarray(from, from + message.length));
  port.postMessage({ slot: message.slot } satisfies Blake3Answer);
});
