/**
 * The frames of a Zstandard file (RFC 8878 §3.1), each as a stream that ends where the frame does.
 *
 * Their lengths stand in their headers and in those of their blocks, so an end is known without unpacking. Skippable
 * frames hold no content of the file and are passed over.
 */
import { ByteQueue } from './byte-queue.ts';
import { ContainerFault } from './content.ts';

export async function* zstdFrames(queue: ByteQueue): AsyncGenerator<ByteQueue> {
  for (;;) {
    const magic = await queue.peek(4);
    if (isSkippable(magic)) await skip(queue);
    else if (isFrame(magic)) {
      const frame = new ByteQueue(frameBytes(queue));
      yield frame;
    } else return;
  }
}

/** Whether a frame begins here, one with content or a skippable one. */
export function isZstd(beginning: Uint8Array): boolean {
  return isFrame(beginning) || isSkippable(beginning);
}

function isFrame([a, b, c, d]: Uint8Array): boolean {
  return a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd;
}

function isSkippable([a, b, c, d]: Uint8Array): boolean {
  return a !== undefined && (a & 0xf0) === 0x50 && b === 0x2a && c === 0x4d && d === 0x18;
}

async function skip(queue: ByteQueue): Promise<void> {
  const head = Buffer.from(await queue.take(8));
  let left = head.length < 8 ? Number.POSITIVE_INFINITY : head.readUInt32LE(4);
  while (left > 0) {
    const bytes = await queue.some(left);
    if (bytes.length === 0) throw new ContainerFault('archive-damaged', 'ends inside a skippable frame');
    left -= bytes.length;
  }
}

/** Ends early where the queue does, or where a block is of no known type: the decompressor finds that out. */
async function* frameBytes(queue: ByteQueue): AsyncGenerator<Uint8Array> {
  const head = await queue.peek(5);
  const flags = head[4] ?? 0;
  const isSingleSegment = (flags & 0x20) !== 0;
  const windowBytes = isSingleSegment ? 0 : 1;
  const dictionaryBytes = [0, 1, 2, 4][flags & 3]!;
  const sizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][flags >> 6]!;
  yield (await queue.take(5 + windowBytes + dictionaryBytes + sizeBytes)).slice();
  for (let isLast = false; !isLast; ) {
    const block = (await queue.peek(3)).slice();
    if (block.length < 3) return yield* queue.rest();
    const word = block[0]! | (block[1]! << 8) | (block[2]! << 16);
    isLast = (word & 1) !== 0;
    const type = (word >> 1) & 3;
    yield* queue.part(3 + (type === 1 ? 1 : word >> 3));
    if (type === 3) return;
  }
  if (flags & 4) yield* queue.part(4);
}
