/**
 * Writes one exhibit's events as Parquet while they come. Events gather in a table in memory; a full one becomes a part of the file while the
 * next fills. Where the rows of a part are much out of order they are sorted by time, so that a range of time touches few row groups; rows
 * of a log that is in order stay as they came. The same events give the same bytes.
 */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import type { EventChunk } from '../../forensics/timeline/index.ts';
import type { DuckDB } from './duckdb.ts';
import type { EventTable } from './event-table.ts';
import { ParquetJoin } from './parquet-join.ts';

/** Rows of a row group: a multiple of a vector, small enough that a page of events reads little. */
const GROUP_ROWS = 61_440;
/** A part: two row groups, or what texts of this size make. Two parts are in memory at a time. */
const PART_ROWS = 2 * GROUP_ROWS;
const PART_TEXT_BYTES = 48 * 1024 * 1024;
/** A level higher costs half as much again, for a file that is smaller by a tenth. */
const ZSTD_LEVEL = 1;

/** The schema's version stands in each file, for whoever opens it. */
const SCHEMA_VERSION = '1';

export const PARQUET_OPTIONS = `FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL ${ZSTD_LEVEL}, ROW_GROUP_SIZE ${GROUP_ROWS},
  KV_METADATA {entente_timeline: '${SCHEMA_VERSION}'}`;

export class TimelineWriter {
  readonly #db: DuckDB;
  readonly #folder: string;
  readonly #exhibit: number;
  readonly #give: (bytes: Uint8Array) => Promise<void>;
  readonly #join = new ParquetJoin();
  #table: EventTable | null = null;
  #textBytes = 0;
  #disorder = new Disorder();
  #connection: DuckDBConnection | null = null;
  #seq = 0;
  #parts = 0;
  #writing: Promise<void> = Promise.resolve();

  /** `give` takes the file's bytes in their order. */
  constructor(db: DuckDB, folder: string, exhibit: number, give: (bytes: Uint8Array) => Promise<void>) {
    this.#db = db;
    this.#folder = folder;
    this.#exhibit = exhibit;
    this.#give = give;
  }

  async append(chunk: EventChunk): Promise<void> {
    this.#table ??= await (await import('./event-table.ts')).EventTable.create(
      this.#db.connection,
      `part_${this.#parts}`,
    );
    this.#table.append(chunk, this.#exhibit, this.#seq);
    this.#disorder.add(chunk, this.#table.rows);
    this.#seq += chunk.rows;
    this.#textBytes += chunk.text.length;
    if (this.#table.rows >= PART_ROWS || this.#textBytes >= PART_TEXT_BYTES) await this.#endPart();
  }

  async end(): Promise<void> {
    await this.#endPart();
    await this.#writing;
    await this.#give(this.#join.end());
  }

  async #endPart(): Promise<void> {
    const table = this.#table;
    if (table === null) return;
    table.close();
    const sorted = this.#disorder.isMuch ? 'ORDER BY time, seq' : '';
    this.#table = null;
    this.#textBytes = 0;
    this.#disorder = new Disorder();
    this.#parts++;
    await this.#writing;
    this.#writing = this.#write(table.name, sorted);
    this.#writing.catch(() => {}); // told by the next wait for it
  }

  async #write(table: string, sorted: string): Promise<void> {
    const path = join(this.#folder, `${table}.parquet`);
    this.#connection ??= await this.#db.connect();
    const writer = this.#connection;
    await writer.run(
      `COPY (SELECT * FROM ${table} ${sorted}) TO '${path.replaceAll("'", "''")}' (${PARQUET_OPTIONS})`,
    );
    await writer.run(`DROP TABLE ${table}`);
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
    for (let row = 0; row < rows; row++) {
      if (timed[row] === 0) continue;
      const time = Number(times[row]!);
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
