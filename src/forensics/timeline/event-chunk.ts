/**
 * Events in columns, as they go from the thread that parses to the one that writes. The texts of a chunk lie in one buffer, equal
 * ones of a column once where they repeat; a row refers to them by start and length. So a chunk crosses threads without being copied, and a
 * million events make no million objects on the other side.
 */
import type { Event } from '../event.ts';
import { TEXT_COLUMNS } from './columns.ts';

/** DuckDB works on vectors of this many rows. */
export const CHUNK_ROWS = 2048;

/** A length that says there is no value. */
export const NO_TEXT = 0xffff_ffff;

/** A chunk ends early when its texts reach this: a few events with fields of megabytes must not fill the memory. */
const CHUNK_TEXT_BYTES = 16 * 1024 * 1024;

export interface EventChunk {
  readonly rows: number;
  /** Nanoseconds since 1970; 0 where `timed` is 0. */
  readonly times: BigInt64Array<ArrayBuffer>;
  readonly timed: Uint8Array<ArrayBuffer>;
  readonly offsets: BigInt64Array<ArrayBuffer>;
  readonly recovered: Uint8Array<ArrayBuffer>;
  /** For each of TEXT_COLUMNS, in order, and each row: start in `text` and length, or NO_TEXT. */
  readonly places: Uint32Array<ArrayBuffer>;
  readonly text: Uint8Array<ArrayBuffer>;
}

/** What all events of one file have in common. */
export interface EventOrigin {
  readonly file: string;
  readonly format: string;
}

/** What 64 bits of nanoseconds reach: the years 1677 to 2262. */
const NS_MAX = 2n ** 63n - 1n;
const NS_MIN = -NS_MAX;

const NAMES = new Map(TEXT_COLUMNS.map((name, i) => [name, i]));
const at = (name: (typeof TEXT_COLUMNS)[number]) => NAMES.get(name)!;
const PRECISION = at('precision');
const SOURCE = at('time_source');
const ZONE = at('time_zone');
const KIND = at('kind');
const HOST = at('host');
const USER = at('user');
const MESSAGE = at('message');
const FIELDS = at('fields');
const FILE = at('file');
const FORMAT = at('format');
const RECORD = at('record');

export class EventChunks {
  readonly #give: (chunk: EventChunk) => void;
  #text = Buffer.allocUnsafeSlow(1 << 20);
  #used = 0;
  #rows = 0;
  #times = new BigInt64Array(CHUNK_ROWS);
  #timed = new Uint8Array(CHUNK_ROWS);
  #offsets = new BigInt64Array(CHUNK_ROWS);
  #recovered = new Uint8Array(CHUNK_ROWS);
  #places = new Uint32Array(CHUNK_ROWS * TEXT_COLUMNS.length * 2);
  /** Of each column that repeats: where its values of this chunk are. */
  readonly #known: Map<string, number>[] = TEXT_COLUMNS.map(() => new Map());
  readonly #last: (string | null)[] = TEXT_COLUMNS.map(() => null);
  #beyondTime = 0;

  constructor(give: (chunk: EventChunk) => void) {
    this.#give = give;
  }

  /** Events whose time is outside of what the column can hold; their fields still say it. */
  get beyondTime(): number {
    return this.#beyondTime;
  }

  add(event: Event, { file, format }: EventOrigin): void {
    const row = this.#rows++;
    const { time } = event;
    const fits = time !== null && time.ns <= NS_MAX && time.ns >= NS_MIN;
    if (time !== null && !fits) this.#beyondTime++;
    this.#times[row] = fits ? time.ns : 0n;
    this.#timed[row] = fits ? 1 : 0;
    this.#offsets[row] = BigInt(event.offset);
    this.#recovered[row] = event.recovered ? 1 : 0;
    this.#repeat(PRECISION, row, time === null ? null : time.precision);
    this.#repeat(SOURCE, row, time === null ? null : time.source);
    this.#repeat(ZONE, row, time === null ? null : time.zone);
    this.#repeat(KIND, row, event.kind);
    this.#repeat(HOST, row, event.host);
    this.#repeat(USER, row, event.user);
    this.#repeat(FILE, row, file);
    this.#repeat(FORMAT, row, format);
    const record = event.recordId === null ? null : String(event.recordId);
    this.#writeOwn(row, event.message, JSON.stringify(event.fields), record);
    if (this.#rows === CHUNK_ROWS || this.#used >= CHUNK_TEXT_BYTES) this.flush();
  }

  /** Gives what is not yet given. */
  flush(): void {
    if (this.#rows === 0) return;
    this.#give({
      rows: this.#rows,
      times: this.#times,
      timed: this.#timed,
      offsets: this.#offsets,
      recovered: this.#recovered,
      places: this.#places,
      text: new Uint8Array(this.#text.buffer, 0, this.#used),
    });
    this.#times = new BigInt64Array(CHUNK_ROWS);
    this.#timed = new Uint8Array(CHUNK_ROWS);
    this.#offsets = new BigInt64Array(CHUNK_ROWS);
    this.#recovered = new Uint8Array(CHUNK_ROWS);
    this.#places = new Uint32Array(CHUNK_ROWS * TEXT_COLUMNS.length * 2);
    this.#text = Buffer.allocUnsafeSlow(Math.max(1 << 18, Math.ceil(this.#used * 1.25)));
    this.#used = 0;
    this.#rows = 0;
    for (const known of this.#known) known.clear();
  }

  #repeat(column: number, row: number, text: string | null): void {
    const place = (column * CHUNK_ROWS + row) * 2;
    if (text === null) {
      this.#last[column] = null;
      this.#places[place + 1] = NO_TEXT;
      return;
    }
    if (row > 0 && text === this.#last[column]) {
      this.#places[place] = this.#places[place - 2]!;
      this.#places[place + 1] = this.#places[place - 1]!;
      return;
    }
    this.#last[column] = text;
    const known = this.#known[column]!;
    const before = known.get(text);
    if (before !== undefined) {
      this.#places[place] = this.#places[before]!;
      this.#places[place + 1] = this.#places[before + 1]!;
      return;
    }
    known.set(text, place);
    const start = this.#used;
    this.#place(column, row, start, this.#append(text));
  }

  /** What each event has of its own, encoded at once: a call for each of the three takes longer than what it does. */
  #writeOwn(row: number, message: string, fields: string, record: string | null): void {
    const all = message + fields + (record ?? '');
    const start = this.#used;
    const length = this.#append(all);
    const isAscii = length === all.length;
    const messageLength = isAscii ? message.length : Buffer.byteLength(message);
    const fieldsLength = isAscii ? fields.length : Buffer.byteLength(fields);
    const before = messageLength + fieldsLength;
    this.#place(MESSAGE, row, start, messageLength);
    this.#place(FIELDS, row, start + messageLength, fieldsLength);
    this.#place(RECORD, row, start + before, record === null ? NO_TEXT : length - before);
  }

  #place(column: number, row: number, start: number, length: number): void {
    const place = (column * CHUNK_ROWS + row) * 2;
    this.#places[place] = start;
    this.#places[place + 1] = length;
  }

  /** Returns how many bytes of UTF-8 it has. */
  #append(text: string): number {
    const most = text.length * 3;
    if (this.#used + most > this.#text.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(this.#text.length * 2, this.#used + most));
      larger.set(this.#text.subarray(0, this.#used));
      this.#text = larger;
    }
    const length = this.#text.write(text, this.#used);
    this.#used += length;
    return length;
  }
}
