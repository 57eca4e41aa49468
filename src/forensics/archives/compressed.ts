/**
 * gzip (RFC 1952), raw deflate (RFC 1951) and Zstandard (RFC 8878), as streams under a budget.
 *
 * The decompressors below unpack a step of input at a time and lose what a faulty step gave before its fault. So the
 * packed bytes are held a while, and a faulty step is taken once more in smaller and smaller ones, down to the byte.
 */
import { crc32, createInflateRaw, createZstdDecompress } from 'node:zlib';
import type { ByteQueue } from './byte-queue.ts';
import { type Budget, ContainerFault } from './content.ts';
import { zstdFrames } from './zstd-frames.ts';

/** What a decompressor gives at a time: large enough that its own work outweighs the hand-over. */
const CHUNK_BYTES = 256 * 1024;
/** What it takes at a time: a multiple of what the hand-over costs to unpack, and quickly narrowed down to the byte. */
const STEP_BYTES = 64 * 1024;
/** By how much a step shrinks each time a fault in it is looked for. */
const NARROWING = 16;
/** Packed bytes of one gzip member, zip member or zstd frame that are held for a fault. */
const HELD_BYTES_MAX = 8 * 1024 * 1024;

export type Compression = 'gzip' | 'deflate' | 'zstd';

/**
 * The decompressed bytes. What comes before a fault is given before it is thrown. What lies behind the end stays in the
 * queue; behind a fault, nothing stays.
 * @throws ContainerFault `archive-damaged`, `archive-limit`
 */
export async function* decompress(
  queue: ByteQueue,
  compression: Compression,
  budget: Budget,
): AsyncGenerator<Uint8Array> {
  const account = new Account(budget);
  try {
    if (compression === 'gzip') yield* gunzip(queue, account);
    else if (compression === 'deflate') yield* decode(queue, 'deflate', account);
    else for await (const frame of zstdFrames(queue)) yield* decode(frame, 'zstd', account);
  } catch (error) {
    for await (const _ of queue.rest());
    if (!(error instanceof Damage)) throw error;
    throw new ContainerFault(
      'archive-damaged',
      `is damaged or cut short after ${account.given} unpacked bytes${error.isExact ? '' : `; up to ${CHUNK_BYTES} bytes before that are not read`}`,
    );
  }
  if (account.misfits > 0) throw new ContainerFault('archive-damaged', 'does not fit its checksum');
}

/** Nothing more can be unpacked; `isExact` unless some of what came before could not be given. */
export class Damage extends Error {
  readonly isExact: boolean;
  constructor(isExact = true) {
    super();
    this.isExact = isExact;
  }
}

class Account {
  readonly #budget: Budget;
  given = 0;
  /** Members whose content is whole and not what their checksum says. */
  misfits = 0;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  give(bytes: number): void {
    this.given += bytes;
    this.#budget.takeBytes(bytes);
  }
}

/** Members one after the other are one content; zeros between them are padding. */
async function* gunzip(queue: ByteQueue, account: Account): AsyncGenerator<Uint8Array> {
  do {
    await takeGzipHeader(queue);
    let sum = 0;
    let length = 0;
    for await (const chunk of decode(queue, 'deflate', account)) {
      sum = crc32(chunk, sum);
      length += chunk.length;
      yield chunk;
    }
    const end = Buffer.from(await queue.take(8));
    if (end.length < 8) throw new Damage();
    if (end.readUInt32LE(0) !== sum || end.readUInt32LE(4) !== length % 2 ** 32) account.misfits++;
    await queue.skipZeros();
  } while (isGzip(await queue.peek(3)));
}

export function isGzip(beginning: Uint8Array): boolean {
  return beginning[0] === 0x1f && beginning[1] === 0x8b && beginning[2] === 8;
}

/** RFC 1952 §2.3. */
async function takeGzipHeader(queue: ByteQueue): Promise<void> {
  const head = await queue.take(10);
  if (head.length < 10 || !isGzip(head)) throw new Damage();
  const flags = head[3]!;
  if (flags & 0xe0) throw new Damage();
  if (flags & 4) {
    const size = await queue.take(2);
    const length = (size[0] ?? 0) | ((size[1] ?? 0) << 8);
    if ((await queue.take(length)).length < length) throw new Damage();
  }
  for (const flag of [8, 16]) if (flags & flag) await takeText(queue);
  if (flags & 2 && (await queue.take(2)).length < 2) throw new Damage();
}

/** A name or comment, which ends with a zero. */
async function takeText(queue: ByteQueue): Promise<void> {
  for (;;) {
    const bytes = await queue.next(STEP_BYTES);
    if (bytes.length === 0) throw new Damage();
    const end = bytes.indexOf(0);
    queue.skip(end < 0 ? bytes.length : end + 1);
    if (end >= 0) return;
  }
}

type Method = 'deflate' | 'zstd';

/** One run of packed data; it ends where it says so (deflate), or with `queue` (a zstd frame). @throws Damage */
async function* decode(queue: ByteQueue, method: Method, account: Account): AsyncGenerator<Uint8Array> {
  const held: Uint8Array[] = [];
  let heldBytes = 0;
  let given = 0;
  const decoder = new SteppedDecoder(method);
  try {
    for (;;) {
      const step = await queue.next(STEP_BYTES);
      heldBytes += step.length;
      if (heldBytes <= HELD_BYTES_MAX) held.push(step.slice());
      else held.length = 0;
      const before = decoder.taken;
      for await (const chunk of step.length > 0 ? decoder.step(step) : decoder.end()) {
        given += chunk.length;
        account.give(chunk.length);
        yield chunk;
      }
      queue.skip(decoder.taken - before);
      if (decoder.isEnded) return;
    }
  } catch (error) {
    if (!(error instanceof Damage)) throw error;
    if (heldBytes > HELD_BYTES_MAX) throw new Damage(false);
    for await (const chunk of untilFault(Buffer.concat(held), method, given)) {
      account.give(chunk.length);
      yield chunk;
    }
    throw error;
  } finally {
    decoder.destroy();
  }
}

/** Unpacks once more, from the beginning to the very byte of the fault, and gives what comes behind the first `given` bytes. */
async function* untilFault(packed: Uint8Array, method: Method, given: number): AsyncGenerator<Uint8Array> {
  let sound = Math.max(0, packed.length - STEP_BYTES);
  for (let size = STEP_BYTES / NARROWING; ; size = Math.max(1, size / NARROWING)) {
    const decoder = new SteppedDecoder(method);
    let at = 0;
    let seen = 0;
    try {
      while (at < packed.length) {
        const to = at < sound ? Math.min(at + STEP_BYTES, sound) : at + size;
        for await (const chunk of decoder.step(packed.subarray(at, to))) {
          const fresh = chunk.subarray(Math.max(0, given - seen));
          seen += chunk.length;
          given = Math.max(given, seen);
          if (fresh.length > 0) yield fresh;
        }
        at = to;
      }
      return;
    } catch (error) {
      if (!(error instanceof Damage)) throw error;
      if (size === 1) return;
      sound = at;
    } finally {
      decoder.destroy();
    }
  }
}

/** A decompressor that is given its input in steps and gives all that each unpacks to before the next. */
class SteppedDecoder {
  readonly #decoder: ReturnType<typeof createInflateRaw> | ReturnType<typeof createZstdDecompress>;
  #fault: Error | null = null;
  #wake: () => void = () => {};
  /** The packed data said that it is at its end. */
  isEnded = false;

  constructor(method: Method) {
    const options = { chunkSize: CHUNK_BYTES };
    this.#decoder = method === 'deflate' ? createInflateRaw(options) : createZstdDecompress(options);
    this.#decoder.on('readable', () => this.#wake());
    this.#decoder.on('end', () => {
      this.isEnded = true;
      this.#wake();
    });
    this.#decoder.on('error', (error) => {
      this.#fault = error;
      this.#wake();
    });
  }

  /** Bytes of input that it has used. */
  get taken(): number {
    return this.#decoder.bytesWritten;
  }

  /** @throws Damage */
  async *step(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    let isTaken = false;
    this.#decoder.write(bytes, () => {
      isTaken = true;
      this.#wake();
    });
    yield* this.#output(() => isTaken);
  }

  /** There is no more input. @throws Damage when there should be */
  async *end(): AsyncGenerator<Uint8Array> {
    this.#decoder.end();
    yield* this.#output(() => false);
  }

  destroy(): void {
    this.#decoder.destroy();
  }

  async *#output(isDone: () => boolean): AsyncGenerator<Uint8Array> {
    for (;;) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      for (let chunk = this.#decoder.read(); chunk !== null; chunk = this.#decoder.read()) yield chunk;
      if (this.#fault) throw isDamage(this.#fault) ? new Damage() : this.#fault;
      if (this.isEnded || isDone()) return;
      await woken;
    }
  }
}

function isDamage(error: Error): boolean {
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' && /^(?:Z_|ZSTD_|ERR_.*Z(?:LIB|STD))/.test(code);
}
