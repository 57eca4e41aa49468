/** A stream read by amounts instead of by chunks. */
import type { ByteStream } from './content.ts';

const NOTHING = new Uint8Array(0);

export class ByteQueue {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #held: Uint8Array = NOTHING;
  #ended = false;
  /** Thrown by the stream; thrown on when all that came before it was given. */
  #fault: unknown = null;
  /** Bytes given out so far. */
  offset = 0;

  constructor(stream: ByteStream) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** Up to `length` bytes without taking them; fewer only at the end. Meant for small lengths. */
  async peek(length: number): Promise<Uint8Array> {
    while (this.#held.length < length && !this.#ended) {
      const more = await this.#pull();
      if (this.#held.length === 0) this.#held = more;
      else if (more.length > 0) {
        const joined = new Uint8Array(this.#held.length + more.length);
        joined.set(this.#held);
        joined.set(more, this.#held.length);
        this.#held = joined;
      }
    }
    if (this.#held.length === 0) this.#throwFault();
    return this.#held.subarray(0, length);
  }

  /** As `peek`, and takes them. */
  async take(length: number): Promise<Uint8Array> {
    const bytes = await this.peek(length);
    this.skip(bytes.length);
    return bytes;
  }

  /** The next bytes, at most `limit`, in whatever pieces they come, without taking them; empty at the end. */
  async next(limit: number): Promise<Uint8Array> {
    while (this.#held.length === 0 && !this.#ended) this.#held = await this.#pull();
    if (this.#held.length === 0) this.#throwFault();
    return this.#held.subarray(0, limit);
  }

  /** Takes `length` of the bytes that `next` or `peek` gave. */
  skip(length: number): void {
    this.#held = this.#held.subarray(length);
    this.offset += length;
  }

  /** As `next`, and takes them. */
  async some(limit: number): Promise<Uint8Array> {
    const bytes = await this.next(limit);
    this.skip(bytes.length);
    return bytes;
  }

  /** Passes over zeros: what containers are padded with. */
  async skipZeros(): Promise<void> {
    for (let bytes = await this.next(64 * 1024); bytes.length > 0; bytes = await this.next(64 * 1024)) {
      const end = bytes.findIndex((byte) => byte !== 0);
      this.skip(end < 0 ? bytes.length : end);
      if (end >= 0) return;
    }
  }

  /** All that is left. */
  async *rest(): AsyncGenerator<Uint8Array> {
    for (let bytes = await this.some(Number.POSITIVE_INFINITY); bytes.length > 0; ) {
      yield bytes;
      bytes = await this.some(Number.POSITIVE_INFINITY);
    }
  }

  /** The next `length` bytes as a stream of their own; ends early when this one does. */
  async *part(length: number): AsyncGenerator<Uint8Array> {
    for (let left = length; left > 0; ) {
      const bytes = await this.some(left);
      if (bytes.length === 0) return;
      left -= bytes.length;
      yield bytes;
    }
  }

  async #pull(): Promise<Uint8Array> {
    try {
      const next = await this.#chunks.next();
      if (!next.done) return next.value;
    } catch (error) {
      this.#fault = error;
    }
    this.#ended = true;
    return NOTHING;
  }

  #throwFault(): void {
    const fault = this.#fault;
    this.#fault = null;
    if (fault !== null) throw fault;
  }

  /** Ends the source early. */
  async close(): Promise<void> {
    this.#ended = true;
    await this.#chunks.return?.();
  }
}
