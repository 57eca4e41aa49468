/**
 * What connections hold until more of them comes: segments that wait for an earlier one, the beginning of a head, requests
 * without their answer. A capture can begin a hundred thousand connections and end none, so all they hold together is
 * bounded: whoever began to hold first gives up first, and that is counted.
 */
import type { Packet } from './capture.ts';

/** Together with the open flows this stays well below the bound of 500 MB. */
const HELD_BYTES_MAX = 64 * 1024 * 1024;
/** What a piece costs beside its bytes: the object, its buffer, its place in a list. */
export const PIECE_COST = 256;

/** The packet that something came in. */
export type Stamp = Readonly<
  Pick<Packet, 'seconds' | 'nanos' | 'hasTime' | 'precision' | 'offset' | 'number'>
>;

export function stampOf({ seconds, nanos, hasTime, precision, offset, number }: Stamp): Stamp {
  return { seconds, nanos, hasTime, precision, offset, number };
}

/** A link in the list of those that hold something. */
export abstract class Holder {
  held = 0;
  before: Holder | null = null;
  after: Holder | null = null;

  /** Lets go of everything. */
  abstract giveUp(): void;
}

export class Holding {
  readonly #max: number;
  #oldest: Holder | null = null;
  #newest: Holder | null = null;
  #bytes = 0;
  /** The packet whose bytes are looked at: the present one, or the one that a waiting segment came in. */
  stamp!: Stamp;
  /** Holders that had to give up for the others' sake. */
  givenUp = 0;
  /** Places where bytes of a connection that is read are missing, and how many. */
  gaps = 0;
  missingBytes = 0;

  constructor(max: number = HELD_BYTES_MAX) {
    this.#max = max;
  }

  /** `bytes` is all that `holder` holds now. */
  hold(holder: Holder, bytes: number): void {
    if (bytes === holder.held) return;
    this.#bytes += bytes - holder.held;
    if (holder.held === 0) {
      holder.before = this.#newest;
      if (this.#newest === null) this.#oldest = holder;
      else this.#newest.after = holder;
      this.#newest = holder;
    } else if (bytes === 0) {
      const { before, after } = holder;
      if (before === null) this.#oldest = after;
      else before.after = after;
      if (after === null) this.#newest = before;
      else after.before = before;
      holder.before = null;
      holder.after = null;
    }
    holder.held = bytes;
  }

  /** Keeps the bound. Between two packets, since who gives up passes bytes on. */
  settle(): void {
    while (this.#bytes > this.#max && this.#oldest !== null) {
      const oldest = this.#oldest;
      this.givenUp++;
      oldest.giveUp();
      this.hold(oldest, 0);
    }
  }
}

/** Bytes that arrive in pieces, however small, at a cost that grows with their number alone. */
export class HeldBytes {
  #bytes: Buffer = NONE;
  length = 0;

  append(b: Buffer, start: number, end: number): void {
    const wanted = this.length + end - start;
    if (wanted > this.#bytes.length) {
      // Not from the shared pool, of which a small piece would keep the whole.
      const grown = Buffer.allocUnsafeSlow(Math.max(256, wanted, 2 * this.#bytes.length));
      this.#bytes.copy(grown, 0, 0, this.length);
      this.#bytes = grown;
    }
    b.copy(this.#bytes, this.length, start, end);
    this.length = wanted;
  }

  /** What it takes of memory. */
  get cost(): number {
    return this.#bytes.length === 0 ? 0 : this.#bytes.length + PIECE_COST;
  }

  /** What is held; valid until the next `append`. */
  get view(): Buffer {
    return this.#bytes.subarray(0, this.length);
  }

  /** Undefined when nothing is held. */
  get last(): number | undefined {
    return this.#bytes[this.length - 1];
  }

  /** The first `count` bytes are no longer wanted. */
  drop(count: number): void {
    if (count >= this.length) {
      this.#bytes = NONE;
      this.length = 0;
      return;
    }
    this.#bytes.copy(this.#bytes, 0, count, this.length);
    this.length -= count;
  }

  clear(): void {
    this.drop(this.length);
  }
}

const NONE: Buffer = Buffer.alloc(0);
