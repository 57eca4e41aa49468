/**
 * One direction of a TCP connection (RFC 9293): its bytes in order, whatever order and however often they came. Bytes
 * that are sent twice count once, and the first copy counts. What never came is a gap, told to the listener.
 *
 * Without its SYN a stream begins at the lower of the first two segments, or at the first once the other end has
 * acknowledged it.
 */
import { Holder, type Holding, PIECE_COST, type Stamp, stampOf } from './holding.ts';

export interface StreamListener {
  data(b: Buffer, start: number, end: number): void;
  gap(length: number): void;
  /** False when nothing more is wanted: then nothing more is kept. */
  readonly isUseful: boolean;
}

/** What waits for an earlier segment, for each direction; beyond it the missing one is given up. */
const WAITING_BYTES_MAX = 256 * 1024;
const WAITING_MAX = 512;
/** How far in front of the first segment seen the SYN of the same connection may be: a window without scaling. */
const BEFORE_FIRST_MAX = 65_535;

interface Waiting {
  readonly sequence: number;
  readonly bytes: Buffer;
  readonly stamp: Stamp;
}

export class TcpStream extends Holder {
  readonly #listener: StreamListener;
  readonly #holding: Holding;
  /** Of the first byte: told by the SYN, else the first that was seen; -1 before. */
  #first = -1;
  #hasSyn = false;
  /** The next sequence number wanted; -1 while it is not known where the stream begins. */
  #next = -1;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;

  constructor(listener: StreamListener, holding: Holding) {
    super();
    this.#listener = listener;
    this.#holding = holding;
  }

  get isUseful(): boolean {
    return this.#listener.isUseful;
  }

  /** Whether a SYN with this number opens another connection than this one, of which no SYN was seen. */
  isOther(sequence: number): boolean {
    if (this.#first < 0) return false;
    const before = (this.#first - sequence - 1) | 0;
    return before < 0 || before > BEFORE_FIRST_MAX;
  }

  segment(sequence: number, isSyn: boolean, b: Buffer, start: number, end: number): void {
    const first = isSyn ? (sequence + 1) >>> 0 : sequence;
    if (isSyn && !this.#hasSyn) {
      this.#hasSyn = true;
      this.#first = first;
      if (this.#next < 0) {
        this.#next = first;
        this.#drain();
      }
    }
    if (this.#first < 0) this.#first = first;
    if (start >= end || !this.#listener.isUseful) return;
    if (this.#next >= 0) this.#accept(first, b, start, end);
    else {
      this.#wait(first, b, start, end);
      if (this.#waiting.length > 1) this.#begin();
    }
    this.#account();
  }

  /** The other end has something of this stream. */
  acknowledged(): void {
    if (this.#next >= 0 || this.#waiting.length === 0) return;
    this.#begin();
    this.#account();
  }

  /** Gives what waits, with the gaps before it. */
  finish(): void {
    if (this.#waiting.length === 0) return;
    this.#flush();
    this.#account();
  }

  giveUp(): void {
    this.finish();
  }

  #account(): void {
    this.#holding.hold(this, this.#waitingBytes + this.#waiting.length * PIECE_COST);
  }

  #accept(sequence: number, b: Buffer, start: number, end: number): void {
    // The difference modulo 2^32, as a signed number: numbers wrap around.
    const ahead = (sequence - this.#next) | 0;
    if (ahead > 0) {
      this.#wait(sequence, b, start, end);
      while (this.#waitingBytes > WAITING_BYTES_MAX || this.#waiting.length > WAITING_MAX)
        this.#skipToWaiting();
      return;
    }
    const from = start - ahead;
    if (from >= end) return; // all of it came before
    this.#next = (this.#next + end - from) >>> 0;
    this.#listener.data(b, from, end);
    if (this.#waiting.length > 0) this.#drain();
  }

  #wait(sequence: number, b: Buffer, start: number, end: number): void {
    const bytes = Buffer.allocUnsafeSlow(end - start);
    b.copy(bytes, 0, start, end);
    this.#waiting.push({ sequence, bytes, stamp: stampOf(this.#holding.stamp) });
    this.#waitingBytes += bytes.length;
  }

  #begin(): void {
    let lowest = this.#waiting[0]!.sequence;
    for (const { sequence } of this.#waiting) if (((sequence - lowest) | 0) < 0) lowest = sequence;
    this.#next = lowest;
    this.#drain();
  }

  #flush(): void {
    if (this.#next < 0) this.#begin();
    while (this.#waiting.length > 0) this.#skipToWaiting();
  }

  /** Gives what can be given; nothing waits any more once nothing more is wanted. */
  #drain(): void {
    const { stamp } = this.#holding;
    for (let found = this.#ready(); found >= 0 && this.#listener.isUseful; found = this.#ready()) {
      const taken = this.#take(found);
      const from = -((taken.sequence - this.#next) | 0);
      if (from >= taken.bytes.length) continue;
      this.#next = (this.#next + taken.bytes.length - from) >>> 0;
      this.#holding.stamp = taken.stamp;
      this.#listener.data(taken.bytes, from, taken.bytes.length);
    }
    this.#holding.stamp = stamp;
    if (this.#listener.isUseful) return;
    this.#waiting = [];
    this.#waitingBytes = 0;
  }

  #ready(): number {
    return this.#waiting.findIndex(({ sequence }) => ((sequence - this.#next) | 0) <= 0);
  }

  #take(index: number): Waiting {
    const [taken] = this.#waiting.splice(index, 1);
    this.#waitingBytes -= taken!.bytes.length;
    return taken!;
  }

  /** Each call takes at least one segment out of those that wait. */
  #skipToWaiting(): void {
    let nearest = 0x7fffffff;
    for (const { sequence } of this.#waiting) nearest = Math.min(nearest, (sequence - this.#next) | 0);
    if (nearest > 0) {
      this.#holding.gaps++;
      this.#holding.missingBytes += nearest;
      this.#next = (this.#next + nearest) >>> 0;
      this.#listener.gap(nearest);
    }
    this.#drain();
  }
}
