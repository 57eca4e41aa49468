/** A stream read by amounts instead of by chunks. */
import type { ByteStream } from './content.ts';

const NOTHING = new Uint8Array(0);

export class ByteQueue {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #held: Uint8Array = NOTHING;
  #ended = false;
  /** Bytes given out so far. */
  offset = 0;

  constructor(stream: ByteStream) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  /** Up to `length` bytes without taking them; fewer only at the end. Meant for small lengths. */
  async peek(length: number): Promise<Uint8Array> {
    while (this.#held.length < length && !this.#ended) {
      const next = await this.#chunks.next();
      if (next.done) this.#ended = true;
      else if (this.#held.length === 0) this.#held = next.value;
      else {
        const joined = new Uint8Array(this.#held.length + next.value.length);
        joined.set(this.#held);
        joined.set(next.value, this.#held.length);
        this.#held = joined;
      }
    }
    return this.#held.subarray(0, length);
  }

  /** As `peek`, and takes them. */
  async take(length: number): Promise<Uint8Array> {
    const bytes = await this.peek(length);
    this.#held = this.#held.subarray(bytes.length);
    this.offset += bytes.length;
    return bytes;
  }

  /** The next bytes, at most `limit`, in whatever pieces they come; empty at the end. */
  async some(limit: number): Promise<Uint8Array> {
    while (this.#held.length === 0 && !this.#ended) {
      const next = await this.#chunks.next();
      if (next.done) this.#ended = true;
      else this.#held = next.value;
    }
    const bytes = this.#held.subarray(0, limit);
    this.#held = this.#held.subarray(bytes.length);
    this.offset += bytes.length;
    return bytes;
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

  /** Ends the source early. */
  async close(): Promise<void> {
    this.#ended = true;
    await this.#chunks.return?.();
  }
}
