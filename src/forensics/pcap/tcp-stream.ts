/**
 * One direction of a TCP connection (RFC 9293): its bytes in order, whatever order and however often they came. Bytes
 * that are sent twice count once, and the first copy counts. What never came is a gap, told to the listener.
 */

export interface StreamListener {
  data(b: Buffer, start: number, end: number): void;
  gap(length: number): void;
  /** False when nothing more is wanted: then nothing more is kept. */
  readonly isUseful: boolean;
}

/** What waits for an earlier segment, for each direction; beyond it the missing one is given up. */
const WAITING_BYTES_MAX = 256 * 1024;
const WAITING_MAX = 512;

export class TcpStream {
  readonly #listener: StreamListener;
  /** The next sequence number wanted; -1 before the first segment. */
  #next = -1;
  #waiting: { readonly sequence: number; readonly bytes: Buffer }[] = [];
  #waitingBytes = 0;

  constructor(listener: StreamListener) {
    this.#listener = listener;
  }

  get isUseful(): boolean {
    return this.#listener.isUseful;
  }

  segment(sequence: number, isSyn: boolean, b: Buffer, start: number, end: number): void {
    const first = isSyn ? (sequence + 1) >>> 0 : sequence;
    if (this.#next < 0) this.#next = first;
    if (start >= end || !this.#listener.isUseful) return;
    this.#accept(first, b, start, end);
  }

  /** Gives what waits, with the gaps before it. */
  finish(): void {
    while (this.#waiting.length > 0 && this.#listener.isUseful) this.#skipToWaiting();
    this.#waiting = [];
  }

  #accept(sequence: number, b: Buffer, start: number, end: number): void {
    // The difference modulo 2^32, as a signed number: numbers wrap around.
    const ahead = (sequence - this.#next) | 0;
    if (ahead > 0) {
      this.#waiting.push({ sequence, bytes: Buffer.from(b.subarray(start, end)) });
      this.#waitingBytes += end - start;
      while (this.#waitingBytes > WAITING_BYTES_MAX || this.#waiting.length > WAITING_MAX)
        this.#skipToWaiting();
      return;
    }
    const from = start - ahead;
    if (from >= end) return; // all of it came before
    this.#listener.data(b, from, end);
    this.#next = (this.#next + end - from) >>> 0;
    this.#drain();
  }

  #drain(): void {
    for (let found = this.#ready(); found >= 0 && this.#listener.isUseful; found = this.#ready()) {
      const { sequence, bytes } = this.#take(found);
      const from = -((sequence - this.#next) | 0);
      if (from >= bytes.length) continue;
      this.#listener.data(bytes, from, bytes.length);
      this.#next = (this.#next + bytes.length - from) >>> 0;
    }
  }

  #ready(): number {
    return this.#waiting.findIndex(({ sequence }) => ((sequence - this.#next) | 0) <= 0);
  }

  #take(index: number): { sequence: number; bytes: Buffer } {
    const [taken] = this.#waiting.splice(index, 1);
    this.#waitingBytes -= taken!.bytes.length;
    return taken!;
  }

  #skipToWaiting(): void {
    let nearest = 0x7fffffff;
    for (const { sequence } of this.#waiting) nearest = Math.min(nearest, (sequence - this.#next) | 0);
    if (nearest > 0) this.#listener.gap(nearest);
    this.#next = (this.#next + Math.max(0, nearest)) >>> 0;
    this.#drain();
  }
}
