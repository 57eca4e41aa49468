/**
 * Writes one exhibit's events as Parquet while they come. A full part of them becomes a part of the file while the next one gathers.
 * Where the rows of a part are much out of order they are sorted by time, so that a range of time touches few row groups; rows
 * of a log that is in order stay as they came. The same events give the same bytes.
 */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { EventChunk } from '../../forensics/timeline/index.ts';
import type { DuckDB } from './duckdb.ts';
import type { EventSource } from './event-source.ts';
import { ParquetJoin } from './parquet-join.ts';

/** Rows of a row group: a multiple of a vector, small enough that a page of events reads little. */
const GROUP_ROWS = 61_440;
/** A part: two row groups, or what texts of this size make. Two parts are in memory at a time. */
const PART_ROWS = 2 * GROUP_ROWS;
const PART_TEXT_BYTES = 48 * 1024 * 1024;
/** A level higher costs half as much again, for a file that is smaller by a tenth. */
const ZSTD_LEVEL = 1;
/** Beyond this many values a column of a row group has no dictionary: to look for one costs a sixth of writing, and saves no bytes. */
const DICTIONARY_MAX = 1000;

/** The schema's version stands in each file, for whoever opens it. */
const SCHEMA_VERSION = '1';

export const PARQUET_OPTIONS = `FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL ${ZSTD_LEVEL}, ROW_GROUP_SIZE ${GROUP_ROWS}, DICTIONARY_SIZE_LIMIT ${DICTIONARY_MAX},
  KV_METADATA {entente_timeline: '${SCHEMA_VERSION}'}`;

/** Lengths and numbers as differences: a fifth smaller, and faster to write and to read. Exports keep to what every reader knows. */
const OWN_FILE = `${PARQUET_OPTIONS}, PARQUET_VERSION V2`;

export class TimelineWriter {
  readonly #db: DuckDB;
  readonly #folder: string;
  readonly #exhibit: number;
  readonly #give: (bytes: Uint8Array) => Promise<void>;
  readonly #join = new ParquetJoin();
  #source: EventSource | null = null;
  #chunks: EventChunk[] = [];
  #rows = 0;
  #textBytes = 0;
  #disorder = new Disorder();
  #writing: Promise<void> = Promise.resolve();

  /** `give` takes the file's bytes in their order. An exhibit is written once with a `db`, which has one thread: others would only wait for it, turning. */
  constructor(db: DuckDB, folder: string, exhibit: number, give: (bytes: Uint8Array) => Promise<void>) {
    this.#db = db;
    this.#folder = folder;
    this.#exhibit = exhibit;
    this.#give = give;
  }

  async append(chunk: EventChunk): Promise<void> {
    this.#chunks.push(chunk);
    this.#rows += chunk.rows;
    this.#disorder.add(chunk, this.#rows);
    this.#textBytes += chunk.text.length;
    if (this.#rows >= PART_ROWS || this.#textBytes >= PART_TEXT_BYTES) await this.#endPart();
  }

  async end(): Promise<void> {
    await this.#endPart();
    await this.#writing;
    await this.#give(this.#join.end());
  }

  /** Waits until DuckDB asks for no more events; before that it cannot be closed. */
  async abort(): Promise<void> {
    await this.#writing.catch(() => {});
  }

  async #endPart(): Promise<void> {
    if (this.#rows === 0) return;
    const chunks = this.#chunks;
    const sorted = this.#disorder.isMuch ? 'ORDER BY time, seq' : '';
    this.#chunks = [];
    this.#rows = 0;
    this.#textBytes = 0;
    this.#disorder = new Disorder();
    await this.#writing;
    this.#writing = this.#write(chunks, sorted);
    this.#writing.catch(() => {}); // told by the next wait for it
  }

  async #write(chunks: readonly EventChunk[], sorted: string): Promise<void> {
    const path = join(this.#folder, `events-of-${this.#exhibit}.parquet`);
    const { connection } = this.#db;
    this.#source ??= new (await import('./event-source.ts')).EventSource(connection, this.#exhibit);
    this.#source.give(chunks);
    await connection.run(
      `COPY (SELECT * FROM ${this.#source.table} ${sorted}) TO '${path.replaceAll("'", "''")}' (${OWN_FILE})`,
    );
    const part = readFileSync(path);
    rmSync(path);
    for (const bytes of this.#join.add(part)) await this.#give(bytes);
  }
}

/** Whether row groups would overlap: the sum of what each spans, against what all span together. */
class Disorder {
  #spans = 0;
  #groups = 0;
  #from = Infinity;
  #to = -Infinity;
  #groupFrom = Infinity;
  #groupTo = -Infinity;

  add({ rows, times, timed }: EventChunk, rowsSoFar: number): void {
    // Exact to some hundred nanoseconds, from the halves of its 64 bits: a BigInt for each row costs more than all else here.
    const halves = new Int32Array(times.buffer, times.byteOffset, 2 * rows);
    for (let row = 0; row < rows; row++) {
      if (timed[row] === 0) continue;
      const time = halves[2 * row + 1]! * 0x1_0000_0000 + (halves[2 * row]! >>> 0);
      if (time < this.#groupFrom) this.#groupFrom = time;
      if (time > this.#groupTo) this.#groupTo = time;
    }
    if (Math.floor(rowsSoFar / GROUP_ROWS) > this.#groups) this.#endGroup();
  }

  get isMuch(): boolean {
    this.#endGroup();
    return this.#spans > 2 * (this.#to - this.#from);
  }

  #endGroup(): void {
    this.#groups++;
    if (this.#groupTo >= this.#groupFrom) this.#spans += this.#groupTo - this.#groupFrom;
    this.#from = Math.min(this.#from, this.#groupFrom);
    this.#to = Math.max(this.#to, this.#groupTo);
    this.#groupFrom = Infinity;
    this.#groupTo = -Infinity;
  }
}
