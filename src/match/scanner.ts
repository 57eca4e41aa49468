/**
 * A scan of one stream: chunks in, hits out, with offsets, lengths and lines of the stream as it was written.
 *
 * The stream is read in windows. Each owns a stretch, in which the hits it reports begin, and sees CONTEXT_BYTES more on either side,
 * so where chunks end makes no difference. Three readings of one stream:
 *
 * - bytes, which serves UTF-8, ASCII and every encoding that contains ASCII;
 * - UTF-16, when a byte order mark or the pattern of zeros says so: decoded, with offsets led back. The bytes are read beside it where they are not
 *   in this encoding: a log to which two programs wrote, or bytes that only look like a mark;
 * - wide runs: in a stream of bytes that has zeros (a memory image, a registry hive, an event log), the stretches of ASCII with a
 *   zero before or behind every character, which is how Windows keeps text.
 *
 * Where asked, each reading is also read with its defanging undone (`hxxp`, `[.]`).
 */

import { detectEncoding, type Encoding, hasOtherThan, openTranscoder, type Transcoder } from './encodings.ts';
import { CONTEXT_BYTES, type Engine, type Match, WINDOW_BYTES_MAX } from './engine.ts';
import { textOf } from './excerpt.ts';
import type { Index } from './index-format.ts';
import type { Kind } from './kinds.ts';
import { refang } from './refang.ts';
import { openReferenceEngine } from './reference.ts';
import { type WidePlace, wideReadings } from './wide-readings.ts';

export interface Hit {
  readonly entry: number;
  readonly kind: Kind;
  /** Byte offset in the stream, and length in bytes there. */
  readonly offset: number;
  readonly length: number;
  /** Counted from 1; null when the scan began in the middle of a stream whose lines were not counted. */
  readonly line: number;
  /** As found, decoded. */
  readonly matched: string;
  readonly encoding: Encoding | 'wide';
  /** Found after undoing a defanging. */
  readonly defanged: boolean;
  readonly keyClass: number;
  readonly key: string;
}

export interface ScanOptions {
  /** Undo `hxxp` and `[.]` too. Off by default: it is for mail and reports, not for logs. */
  readonly refang?: boolean;
  /** The stream's encoding, when known. Found out from its beginning otherwise. */
  readonly encoding?: Encoding;
  /** Place of the first pushed byte in the whole stream; with `owned`, for scanning a part of a large file. */
  readonly offset?: number;
  /** Only hits that begin in [from, to) of the whole stream are reported, and only its lines are counted. */
  readonly owned?: { readonly from: number; readonly to: number };
  readonly onHit: (hit: Hit) => void;
}

export interface Scan {
  /** The bytes may be reused by the caller afterwards. */
  push(chunk: Uint8Array): void;
  /**
   * Where the next bytes of the stream may be written instead, to spare a copy; then `wrote` is called with their number. Null where they have to be pushed:
   * in UTF-16, and while the encoding is not known.
   */
  room(): Uint8Array | null;
  wrote(bytes: number): void;
  /** Scans what is left. Returns the number of line feeds in the owned part. */
  end(): { readonly lines: number; readonly encoding: Encoding };
}

/** What is decoded at a time: no more than doubles or halves within the window. */
const DECODED_BYTES = 128 * 1024;
/** The beginning from which an encoding is found out. */
const SNIFF_BYTES = 4096;

export function openScan(engine: Engine, index: Index, options: ScanOptions): Scan {
  return new WindowedScan(engine, index, options);
}

/** Scans bytes that are in memory already, with the reference engine unless another is given. */
export function scan(
  bytes: Uint8Array,
  index: Index,
  options: Partial<ScanOptions> & { engine?: Engine } = {},
): Hit[] {
  const hits: Hit[] = [];
  const engine = options.engine ?? openReferenceEngine(index);
  const one = openScan(engine, index, { ...options, onHit: options.onHit ?? ((hit) => void hits.push(hit)) });
  one.push(bytes);
  one.end();
  return hits;
}

class WindowedScan implements Scan {
  readonly #engine: Engine;
  readonly #index: Index;
  readonly #options: ScanOptions;
  readonly #from: number;
  readonly #to: number;
  /** Text of the reading: [context already scanned | not yet scanned]. */
  readonly #buffer: Uint8Array;
  #filled = 0;
  /** Where in the buffer the part begins that is not yet scanned. */
  #next = 0;
  /** Place in the reading's text of the buffer's first byte. */
  #base: number;
  #lines = 0;
  #encoding: Encoding | null;
  #transcoder: Transcoder | null = null;
  #sniffed: Uint8Array[] = [];
  #sniffedBytes = 0;
  readonly #pending: Hit[] = [];
  /** Of the bytes of a stream in UTF-16: the reading beside this one, and the hits of both that wait for their order. */
  #beside: WindowedScan | null = null;
  readonly #waiting: Hit[] = [];
  /** Of the reading beside: the stream's encoding. */
  readonly #besides: Encoding | null;
  #onHit: (hit: Hit) => void;

  constructor(engine: Engine, index: Index, options: ScanOptions, besides: Encoding | null = null) {
    this.#engine = engine;
    this.#buffer = engine.takeWindow?.() ?? new Uint8Array(WINDOW_BYTES_MAX);
    this.#index = index;
    this.#options = options;
    this.#base = options.offset ?? 0;
    this.#from = options.owned?.from ?? 0;
    this.#to = options.owned?.to ?? Number.POSITIVE_INFINITY;
    this.#encoding = null;
    this.#besides = besides;
    this.#onHit = options.onHit;
    if (options.encoding !== undefined) this.#begin(options.encoding);
  }

  push(chunk: Uint8Array): void {
    if (this.#encoding !== null) {
      this.#accept(chunk);
      return;
    }
    this.#sniffed.push(chunk.slice());
    this.#sniffedBytes += chunk.length;
    if (this.#sniffedBytes >= SNIFF_BYTES) this.#sniff();
  }

  room(): Uint8Array | null {
    return this.#encoding === 'bytes' ? this.#buffer.subarray(this.#filled) : null;
  }

  wrote(bytes: number): void {
    this.#filled += bytes;
    if (this.#filled === this.#buffer.length) this.#scanTo(this.#filled - CONTEXT_BYTES);
  }

  end(): { lines: number; encoding: Encoding } {
    if (this.#encoding === null) this.#sniff();
    if (this.#transcoder) this.#fill(this.#transcoder.end());
    if (this.#filled > this.#next) this.#scanTo(this.#filled);
    this.#beside?.end();
    this.#giveOrdered(Number.POSITIVE_INFINITY);
    this.#engine.giveWindow?.(this.#buffer);
    return { lines: this.#lines, encoding: this.#encoding! };
  }

  #sniff(): void {
    const beginning = new Uint8Array(Math.min(this.#sniffedBytes, SNIFF_BYTES));
    let at = 0;
    for (const part of this.#sniffed) {
      const piece = part.subarray(0, beginning.length - at);
      beginning.set(piece, at);
      at += piece.length;
    }
    this.#begin(detectEncoding(beginning));
    for (const part of this.#sniffed) this.#accept(part);
    this.#sniffed = [];
  }

  #begin(encoding: Encoding): void {
    this.#encoding = encoding;
    if (encoding !== 'bytes') {
      this.#onHit = (hit) => void this.#waiting.push(hit);
      const options: ScanOptions = { ...this.#options, encoding: 'bytes', onHit: this.#onHit };
      this.#beside = new WindowedScan(this.#engine, this.#index, options, encoding);
      this.#transcoder = openTranscoder(encoding, this.#base);
      this.#base = 0;
    }
  }

  #accept(chunk: Uint8Array): void {
    if (this.#transcoder === null) this.#fill(chunk);
    else {
      // A piece at a time, so that what is decoded never outgrows the buffer.
      for (let at = 0; at < chunk.length; at += DECODED_BYTES) {
        const piece = chunk.subarray(at, at + DECODED_BYTES);
        this.#fill(this.#transcoder.push(piece));
        this.#beside!.push(piece);
      }
      this.#giveOrdered(Math.min(this.#reached, this.#beside!.#reached));
    }
  }

  /** Place in the stream behind which further hits lie. */
  get #reached(): number {
    const window = this.#buffer.subarray(0, this.#filled);
    const at = this.#base + this.#next;
    return this.#transcoder ? this.#transcoder.originalOffset(at, window, this.#next) : at;
  }

  /** Gives the hits of both readings that begin before a place, in order. */
  #giveOrdered(before: number): void {
    if (this.#waiting.length === 0) return;
    this.#waiting.sort(compareHits);
    // The zero of a character in big-endian stands before its place.
    const count = this.#waiting.findIndex(({ offset }) => offset >= before - 1);
    for (const hit of this.#waiting.splice(0, count < 0 ? this.#waiting.length : count))
      this.#options.onHit(hit);
  }

  #fill(text: Uint8Array): void {
    for (let at = 0; at < text.length; ) {
      const room = this.#buffer.length - this.#filled;
      const piece = text.subarray(at, at + room);
      this.#buffer.set(piece, this.#filled);
      this.#filled += piece.length;
      at += piece.length;
      if (this.#filled === this.#buffer.length) this.#scanTo(this.#filled - CONTEXT_BYTES);
    }
  }

  /** Scans [next, to) of the buffer and moves what remains, with its context, to the front. */
  #scanTo(to: number): void {
    const window = this.#buffer.subarray(0, this.#filled);
    const from = this.#next;
    this.#read(window, from, to);
    const keepFrom = Math.max(0, to - CONTEXT_BYTES);
    this.#transcoder?.forget(this.#base + keepFrom);
    this.#buffer.copyWithin(0, keepFrom, this.#filled);
    this.#filled -= keepFrom;
    this.#next = to - keepFrom;
    this.#base += keepFrom;
  }

  #read(window: Uint8Array, from: number, to: number): void {
    const engine = this.#engine;
    let firstOwned = from;
    let lastOwned = to;
    if (this.#transcoder) {
      firstOwned = this.#ownedText(window, from, to, this.#from);
      lastOwned = this.#ownedText(window, from, to, this.#to);
    } else {
      firstOwned = Math.min(to, Math.max(from, this.#from - this.#base));
      lastOwned = Math.max(firstOwned, Math.min(to, this.#to - this.#base));
    }
    if (this.#besides !== null && !hasOtherThan(this.#besides, window, this.#base)) {
      this.#emit(window, firstOwned, lastOwned);
      return;
    }
    const encoding = this.#encoding!;
    const place = this.#transcoder
      ? (at: number) => this.#transcoder!.originalOffset(this.#base + at, window, at)
      : (at: number) => this.#base + at;
    const plain = engine.find(window, firstOwned, lastOwned);
    for (const match of plain) this.#keep(match.start, match.end, match, encoding, false, window, place);
    if (this.#options.refang) this.#readRefanged(window, firstOwned, lastOwned, plain, encoding, place);
    // The zero of a character may stand behind the part that owns it.
    if (!this.#transcoder && engine.hasZero(window, firstOwned, Math.min(window.length, lastOwned + 1)))
      this.#readWide(window, firstOwned, lastOwned);
    this.#emit(window, firstOwned, lastOwned);
  }

  #readRefanged(
    window: Uint8Array,
    from: number,
    to: number,
    plain: readonly Match[],
    encoding: Hit['encoding'],
    place: (at: number) => number,
  ): void {
    const placeOf = (start: number, end: number, entry: number) => `${start} ${end} ${entry}`;
    let found: Set<string> | null = null;
    for (const passage of refang(window, from, to)) {
      found ??= new Set(plain.map((one) => placeOf(one.start, one.end, one.entry)));
      for (const match of this.#engine.find(passage.text, passage.from, passage.to)) {
        const start = passage.originalAt(match.start);
        const end = passage.originalAt(match.end);
        // What holds no undone sign was found as it stands.
        if (!passage.isUndone(match.start, match.end) || start < from || start >= to) continue;
        if (found.has(placeOf(start, end, match.entry))) continue;
        this.#keep(start, end, match, encoding, true, window, place);
      }
    }
  }

  #readWide(window: Uint8Array, from: number, to: number): void {
    const wide = wideReadings(window);
    if (wide === null) return;
    const places = new Map<string, { place: WidePlace; match: Match }>();
    for (const match of this.#engine.find(wide.text, 0, wide.text.length)) {
      const place = wide.placeOf(match.start, match.end);
      if (place === null || place.character < from || place.character >= to) continue;
      // What is in step with a stream in UTF-16 is found where that is decoded.
      if (((this.#base + place.character) & 1) === this.#stepBeside) continue;
      const key = `${place.character} ${place.end - place.start} ${match.entry}`;
      if (place.isPreferred || !places.has(key)) places.set(key, { place, match });
    }
    for (const { place, match } of places.values())
      this.#keep(place.start, place.end, match, 'wide', false, window, (at) => this.#base + at);
  }

  /** Whether characters of a stream in UTF-16 stand at even or odd places of it; neither in a stream of bytes. */
  get #stepBeside(): number {
    return this.#besides === null ? -1 : this.#besides === 'utf-16le' ? 0 : 1;
  }

  #keep(
    start: number,
    end: number,
    match: { entry: number; keyClass: number; key: string },
    encoding: Hit['encoding'],
    defanged: boolean,
    window: Uint8Array,
    place: (at: number) => number,
  ): void {
    const offset = place(start);
    const written = window.subarray(start, end);
    this.#pending.push({
      entry: match.entry,
      kind: this.#index.kindOf(match.entry),
      offset,
      length: place(end) - offset,
      // Until `#emit` counts lines, the place in the window.
      line: start,
      matched:
        encoding === 'wide' ? textOf(written, 0, written.length).replaceAll('\0', '') : decodeText(written),
      encoding,
      defanged,
      keyClass: match.keyClass,
      key: match.key,
    });
  }

  /** Gives hits in order, with their lines. */
  #emit(window: Uint8Array, from: number, to: number): void {
    this.#pending.sort(compareHits);
    let at = from;
    for (const hit of this.#pending) {
      if (hit.line > at) {
        this.#lines += this.#engine.countLines(window, at, hit.line);
        at = hit.line;
      }
      this.#onHit({ ...hit, line: this.#lines + 1 });
    }
    this.#pending.length = 0;
    this.#lines += this.#engine.countLines(window, at, to);
  }

  /** Place in [from, to] of the decoded window that belongs to `limit` in the original. */
  #ownedText(window: Uint8Array, from: number, to: number, limit: number): number {
    const original = (at: number) => this.#transcoder!.originalOffset(this.#base + at, window, at);
    if (limit <= 0 || original(from) >= limit) return from;
    if (limit === Number.POSITIVE_INFINITY || original(to) <= limit) return to;
    let low = from;
    let high = to;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (original(middle) >= limit) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

function compareHits(a: Hit, b: Hit): number {
  return a.offset - b.offset || a.length - b.length || a.entry - b.entry;
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

function decodeText(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
