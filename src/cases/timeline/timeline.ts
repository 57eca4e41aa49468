/**
 * Asking a timeline: the Parquet files of a case's exhibits as one table, in the order of time, then exhibit, then `seq`; events without a
 * time come last. Every question is bounded in memory and time, and is built from a parsed filter and bound values.
 *
 * Pages follow keys, so the next one costs the same wherever it is; row groups outside of the asked range are not read. For a page at
 * a number, events are counted by slices of time first, so that only one slice is put in order.
 */
import { readFileSync, rmSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { EntenteError, watermarkOf } from '../../base/index.ts';
import { formatEventTime, type TimePrecision } from '../../forensics/index.ts';
import { COLUMNS, type ColumnName } from '../../forensics/timeline/index.ts';
import { type DuckDB, openDuckDB } from './duckdb.ts';
import type { Condition, FilterValue } from './filter.ts';
import { ParquetJoin } from './parquet-join.ts';
import { PARQUET_OPTIONS } from './timeline-writer.ts';

export interface TimelineEvent {
  /** `exhibit:seq`, the event's name in its case. */
  readonly id: string;
  readonly time: string | null;
  readonly precision: TimePrecision | null;
  readonly timeSource: string | null;
  readonly timeZone: string | null;
  readonly kind: string;
  readonly host: string | null;
  readonly user: string | null;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly exhibit: number;
  readonly file: string;
  readonly format: string;
  readonly record: string | null;
  readonly offset: number;
  readonly recovered: boolean;
  readonly seq: number;
}

/** Which events: all conditions hold. */
export interface Selection {
  readonly filter?: Condition;
  /** Nanoseconds since 1970; from this one, to before that one. Events without a time are then left out. */
  readonly from?: bigint;
  readonly to?: bigint;
}

export interface Page {
  readonly events: readonly TimelineEvent[];
  /** Continues behind the last event; null when there are no more. */
  readonly next: string | null;
}

/** Where an event stands in the order. */
interface Key {
  readonly ns: bigint | null;
  readonly exhibit: number;
  readonly seq: number;
}

export const BINS = ['minute', 'hour', 'day', 'month', 'year'] as const;
export type Bin = (typeof BINS)[number];

export interface Bar {
  /** When the bin begins. */
  readonly from: string;
  readonly events: number;
}

export interface Facet {
  readonly value: string | null;
  readonly events: number;
}

/** What a question may take; a page needs a tenth of it. */
const QUERY_MEMORY_BYTES = 600e6;
const QUERY_MS_MAX = 60_000;
export const PAGE_MAX = 1_000;
/** Slices that the events of a timeline are counted in, and how many events of one are put in order for a page. */
const SLICES = 4_096n;
const SLICE_EVENTS_MAX = 100_000;
/** Bars of a histogram and values of a facet: what a person can look at. */
const BARS_MAX = 100_000;
const FACETS_MAX = 1_000;

/** `folder` is where `parquet` may put its parts; `name` is the case's, by which an exercise is known. */
export async function openTimeline(paths: readonly string[], folder?: string, name = ''): Promise<Timeline> {
  const db = await openDuckDB({
    files: paths,
    memoryBytes: QUERY_MEMORY_BYTES,
    ...(folder === undefined ? {} : { folder }),
  });
  const list = paths.map((path) => `'${path.replaceAll("'", "''")}'`).join(', ');
  const none = COLUMNS.map(({ name, type }) => `NULL::${EMPTY_TYPES[type]} AS "${name}"`).join(', ');
  await db.connection.run(
    `CREATE VIEW events AS ${paths.length > 0 ? `SELECT * FROM read_parquet([${list}])` : `SELECT ${none} WHERE false`}`,
  );
  return new Timeline(db, folder ?? null, watermarkOf(name));
}

const EMPTY_TYPES = { time: 'TIMESTAMP_NS', text: 'VARCHAR', integer: 'BIGINT', boolean: 'BOOLEAN' } as const;

export class Timeline implements Disposable {
  readonly #db: DuckDB;
  readonly #folder: string | null;
  /** What every exported event carries besides its own. */
  readonly mark: ReturnType<typeof watermarkOf>;
  /** Of the last selection that somebody went through by number; its pages follow each other. */
  #spread: { readonly of: string; readonly spread: Promise<Spread | null> } | null = null;

  constructor(db: DuckDB, folder: string | null, mark: ReturnType<typeof watermarkOf>) {
    this.#db = db;
    this.#folder = folder;
    this.mark = mark;
  }

  [Symbol.dispose](): void {
    this.#db[Symbol.dispose]();
  }

  async count(selection: Selection = {}): Promise<number> {
    const { sql, values } = where(selection);
    const [row] = await this.#ask(`SELECT count(*) AS n FROM events WHERE ${sql}`, values);
    return Number(row!['n']);
  }

  /** @throws EntenteError `usage` for a cursor that this timeline did not give */
  async page(
    selection: Selection,
    { limit, after, offset }: { limit: number; after?: string; offset?: number },
  ): Promise<Page> {
    const wanted = Math.min(limit, PAGE_MAX);
    const key = after === undefined ? null : parseKey(after);
    const keys =
      offset !== undefined && offset > 0
        ? await this.#keysFrom(selection, offset, wanted)
        : await this.#keysAfter(selection, key, wanted, 0);
    const events = await this.#events(keys);
    const last = keys.at(-1);
    return { events, next: last !== undefined && keys.length === wanted ? formatKey(last) : null };
  }

  async histogram(selection: Selection, bin: Bin): Promise<Bar[]> {
    const { sql, values } = where(selection);
    const rows = await this.#ask(
      `SELECT strftime(bin, '%Y-%m-%dT%H:%M:%SZ') AS start, n FROM (
         SELECT ${binOf(bin)} AS bin, count(*) AS n FROM events WHERE ${sql} AND time IS NOT NULL GROUP BY 1)
       ORDER BY bin LIMIT ${BARS_MAX}`,
      values,
    );
    return rows.map((row) => ({ from: String(row['start']), events: Number(row['n']) }));
  }

  /** The most frequent values of a column. */
  async facet(selection: Selection, column: ColumnName, limit: number): Promise<Facet[]> {
    const { sql, values } = where(selection);
    const rows = await this.#ask(
      `SELECT CAST("${column}" AS VARCHAR) AS value, count(*) AS n FROM events WHERE ${sql} GROUP BY 1
       ORDER BY n DESC, value NULLS LAST LIMIT ${Math.min(limit, FACETS_MAX)}`,
      values,
    );
    return rows.map((row) => ({ value: row['value'] as string | null, events: Number(row['n']) }));
  }

  /** By the names of events; those that are not there are left out. */
  async find(ids: readonly { exhibit: number; seq: number }[]): Promise<TimelineEvent[]> {
    const keys = await this.#keys(
      `SELECT epoch_ns(time) AS ns, exhibit, seq FROM events WHERE ${inKeys(ids)} ORDER BY time NULLS LAST, exhibit, seq`,
      [],
    );
    return this.#events(keys);
  }

  /** All selected events in order, a page at a time. */
  async *all(selection: Selection): AsyncGenerator<readonly TimelineEvent[]> {
    let after: string | undefined;
    do {
      const page = await this.page(selection, { limit: PAGE_MAX, ...(after === undefined ? {} : { after }) });
      if (page.events.length > 0) yield page.events;
      after = page.next ?? undefined;
    } while (after !== undefined);
  }

  /** The selected events as one Parquet file of the same columns, in order; in an exercise with the mark in one more. */
  async *parquet(selection: Selection): AsyncGenerator<Uint8Array> {
    if (this.#folder === null) throw new RangeError('a timeline that writes Parquet is opened with a folder');
    const spread = await this.#spreadOf(selection);
    const parts: Selection[] = [];
    let events = 0;
    let from = spread?.low ?? 0n;
    for (const [i, slice] of (spread?.slices ?? []).entries()) {
      events += slice.events;
      if (events < SLICE_EVENTS_MAX && i < spread!.slices.length - 1) continue;
      const to = spread!.low + (slice.slice + 1n) * spread!.width;
      parts.push({ ...selection, from, to });
      from = to;
      events = 0;
    }
    const join = new ParquetJoin();
    const columns = ['*', ...Object.entries(this.mark).map(([name, text]) => `'${text}' AS "${name}"`)].join(
      ', ',
    );
    const path = joinPath(this.#folder, 'export.parquet');
    const untimed = selection.from === undefined && selection.to === undefined;
    for (const part of [...parts, ...(untimed ? [null] : [])]) {
      const { sql, values } = where(part ?? selection);
      await this.#ask(
        `COPY (SELECT ${columns} FROM events WHERE ${part === null ? 'time IS NULL AND ' : ''}${sql} ORDER BY time, exhibit, seq)
         TO '${path.replaceAll("'", "''")}' (${PARQUET_OPTIONS})`,
        values,
      );
      yield* join.add(readFileSync(path));
      rmSync(path);
    }
    if (parts.length === 0 && !untimed) {
      await this.#ask(
        `COPY (SELECT ${columns} FROM events WHERE false) TO '${path.replaceAll("'", "''")}' (${PARQUET_OPTIONS})`,
        [],
      );
      yield* join.add(readFileSync(path));
      rmSync(path);
    }
    yield join.end();
  }

  async #keysAfter(selection: Selection, after: Key | null, limit: number, skip: number): Promise<Key[]> {
    const { sql, values } = where(selection);
    const keys: Key[] = [];
    if (after === null || after.ns !== null) {
      const behind =
        after === null
          ? { sql: 'time IS NOT NULL', values: [] }
          : {
              sql: `time >= make_timestamp_ns(?::BIGINT) AND (time > make_timestamp_ns(?::BIGINT) OR (exhibit, seq) > (${after.exhibit}, ${after.seq}))`,
              values: [after.ns!, after.ns!],
            };
      keys.push(
        ...(await this.#keys(
          `SELECT epoch_ns(time) AS ns, exhibit, seq FROM events WHERE ${behind.sql} AND ${sql} ORDER BY time, exhibit, seq
           LIMIT ${limit} OFFSET ${skip}`,
          [...behind.values, ...values],
        )),
      );
    }
    if (keys.length === limit || selection.from !== undefined || selection.to !== undefined) return keys;
    // Events without a time follow.
    const behind =
      after !== null && after.ns === null ? `(exhibit, seq) > (${after.exhibit}, ${after.seq})` : 'true';
    let skipped = 0;
    if (skip > 0 && keys.length === 0) {
      const [row] = await this.#ask(`SELECT count(time) AS n FROM events WHERE ${sql}`, values);
      skipped = Math.max(0, skip - Number(row!['n']));
    }
    const rest = await this.#keys(
      `SELECT NULL AS ns, exhibit, seq FROM events WHERE time IS NULL AND ${behind} AND ${sql} ORDER BY exhibit, seq
       LIMIT ${limit - keys.length} OFFSET ${skipped}`,
      values,
    );
    return [...keys, ...rest];
  }

  /** The event with a number is in a slice of time that counts lead to; only the slice is put in order. */
  async #keysFrom(selection: Selection, offset: number, limit: number): Promise<Key[]> {
    const { sql, values } = where(selection);
    const of = [sql, ...values].join('\n');
    if (this.#spread?.of !== of) this.#spread = { of, spread: this.#spreadOf(selection) };
    const known = this.#spread;
    let spread = await known.spread.catch((error) => {
      if (this.#spread === known) this.#spread = null;
      throw error;
    });
    let skip = offset;
    while (spread !== null) {
      const slice = sliceWith(spread, skip);
      if (slice === null) break;
      skip -= slice.before;
      const within = { ...selection, from: slice.from, to: slice.to };
      if (slice.events > SLICE_EVENTS_MAX && spread.width > 1n) {
        spread = await this.#spreadOf(within);
        continue;
      }
      const keys = await this.#keysAfter(within, null, limit, skip);
      if (keys.length === limit) return keys;
      // The page goes on behind the slice.
      const last = keys.at(-1);
      return last === undefined
        ? []
        : [...keys, ...(await this.#keysAfter(selection, last, limit - keys.length, 0))];
    }
    return this.#keysAfter(selection, null, limit, offset);
  }

  /** How many events there are in each of some thousand equal slices of their time. Null when there are none with a time. */
  async #spreadOf(selection: Selection): Promise<Spread | null> {
    const { sql, values } = where(selection);
    const [ends] = await this.#ask(
      `SELECT min(epoch_ns(time)) AS low, max(epoch_ns(time)) AS high FROM events WHERE ${sql}`,
      values,
    );
    const low = ends!['low'] as bigint | null;
    if (low === null) return null;
    const width = ((ends!['high'] as bigint) - low) / SLICES + 1n;
    const rows = await this.#ask(
      `SELECT (epoch_ns(time)::HUGEINT - ${low}) // ${width} AS slice, count(*) AS n FROM events WHERE time IS NOT NULL AND ${sql}
       GROUP BY 1 ORDER BY 1`,
      values,
    );
    return {
      low,
      width,
      slices: rows.map((row) => ({ slice: BigInt(String(row['slice'])), events: Number(row['n']) })),
    };
  }

  async #keys(sql: string, values: readonly FilterValue[]): Promise<Key[]> {
    const rows = await this.#ask(sql, values);
    return rows.map((row) => ({
      ns: row['ns'] as bigint | null,
      exhibit: Number(row['exhibit']),
      seq: Number(row['seq']),
    }));
  }

  async #events(keys: readonly Key[]): Promise<TimelineEvent[]> {
    if (keys.length === 0) return [];
    const times = keys.flatMap(({ ns }) => (ns === null ? [] : [ns]));
    const first = times[0];
    const last = times.at(-1);
    const ranges = [
      ...(first === undefined
        ? []
        : ['(time >= make_timestamp_ns(?::BIGINT) AND time <= make_timestamp_ns(?::BIGINT))']),
      ...(times.length < keys.length ? ['time IS NULL'] : []),
    ];
    const rows = await this.#ask(
      `SELECT epoch_ns(time) AS ns, * EXCLUDE (time) FROM events WHERE (${ranges.join(' OR ')}) AND ${inKeys(keys)}`,
      first === undefined ? [] : [first, last!],
    );
    const byId = new Map(rows.map((row) => [`${row['exhibit']}:${row['seq']}`, eventOf(row)]));
    return keys.map(({ exhibit, seq }) => byId.get(`${exhibit}:${seq}`)!);
  }

  /** @throws EntenteError `usage` when the question cannot be answered within its bounds, or its pattern is none */
  async #ask(sql: string, values: readonly FilterValue[]): Promise<Record<string, DuckDBValue>[]> {
    const connection: DuckDBConnection = await this.#db.connect();
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      connection.interrupt();
    }, QUERY_MS_MAX);
    try {
      const reader = await connection.runAndReadAll(sql, [...values]);
      return reader.getRowObjects();
    } catch (cause) {
      throw new EntenteError('usage', refusal(cause, isLate), { cause });
    } finally {
      clearTimeout(timer);
      connection.closeSync();
    }
  }
}

function refusal(cause: unknown, isLate: boolean): string {
  const text = String((cause as Error)?.message ?? cause);
  if (isLate) return `the question took longer than ${QUERY_MS_MAX / 1000} seconds; ask for less`;
  if (/Out of Memory/i.test(text)) return 'the question needs more memory than it may take; ask for less';
  if (/Invalid Input Error|regex/i.test(text))
    return `the question cannot be asked: ${text.split('\n')[0]!.slice(0, 200)}`;
  throw new EntenteError('internal', 'a question to the timeline failed', { cause });
}

function where({ filter, from, to }: Selection): Condition {
  const parts: Condition[] = [
    ...(from === undefined ? [] : [{ sql: 'time >= make_timestamp_ns(?::BIGINT)', values: [from] }]),
    ...(to === undefined ? [] : [{ sql: 'time < make_timestamp_ns(?::BIGINT)', values: [to] }]),
    ...(filter ? [filter] : []),
  ];
  return {
    sql: parts.length === 0 ? 'true' : parts.map(({ sql }) => `(${sql})`).join(' AND '),
    values: parts.flatMap(({ values }) => values),
  };
}

/** Numbers of ours only: safe as text. */
function inKeys(keys: readonly { exhibit: number; seq: number }[]): string {
  if (keys.length === 0) return 'false';
  const seqs = keys.map(({ seq }) => seq);
  const list = keys.map(({ exhibit, seq }) => `(${exhibit}, ${seq})`).join(', ');
  return `seq BETWEEN ${Math.min(...seqs)} AND ${Math.max(...seqs)} AND (exhibit, seq) IN (${list})`;
}

const NS: Partial<Record<Bin, bigint>> = {
  minute: 60_000_000_000n,
  hour: 3_600_000_000_000n,
  day: 86_400_000_000_000n,
};

/** Whole bins by arithmetic where they have one length, which is several times as fast. */
function binOf(bin: Bin): string {
  const ns = NS[bin];
  if (ns === undefined) return `date_trunc('${bin}', time::TIMESTAMP)`;
  const us = ns / 1_000n;
  // Division rounds towards zero, so times before 1970 are moved first.
  return `make_timestamp((CASE WHEN epoch_ns(time) < 0 THEN epoch_ns(time) - ${ns - 1n} ELSE epoch_ns(time) END // ${ns}) * ${us})`;
}

function eventOf(row: Record<string, DuckDBValue>): TimelineEvent {
  const ns = row['ns'] as bigint | null;
  const precision = row['precision'] as TimePrecision | null;
  const text = (name: string) => row[name] as string | null;
  return {
    id: `${row['exhibit']}:${row['seq']}`,
    time: ns === null ? null : formatEventTime({ ns, precision: precision!, source: '', zone: 'utc' }),
    precision,
    timeSource: text('time_source'),
    timeZone: text('time_zone'),
    kind: text('kind')!,
    host: text('host'),
    user: text('user'),
    message: text('message')!,
    fields: JSON.parse(text('fields')!) as Record<string, unknown>,
    exhibit: Number(row['exhibit']),
    file: text('file')!,
    format: text('format')!,
    record: text('record'),
    offset: Number(row['offset']),
    recovered: row['recovered'] === true,
    seq: Number(row['seq']),
  };
}

interface Spread {
  /** Nanoseconds of the first event, and of a slice. */
  readonly low: bigint;
  readonly width: bigint;
  /** Those that hold events, in order. */
  readonly slices: readonly { readonly slice: bigint; readonly events: number }[];
}

/** The slice that holds the event with a number, and how many come before it. Null when there are not so many. */
function sliceWith({ low, width, slices }: Spread, offset: number) {
  let before = 0;
  for (const { slice, events } of slices) {
    if (before + events > offset) {
      const from = low + slice * width;
      return { before, events, from, to: from + width };
    }
    before += events;
  }
  return null;
}

const formatKey = ({ ns, exhibit, seq }: Key): string => `${ns ?? 'x'}.${exhibit}.${seq}`;

function parseKey(text: string): Key {
  const match = /^(x|-?\d{1,19})\.(\d{1,10})\.(\d{1,15})$/.exec(text);
  const ns = match === null || match[1] === 'x' ? null : BigInt(match[1]!);
  if (match === null || (ns !== null && BigInt.asIntN(64, ns) !== ns))
    throw new EntenteError('usage', `"${text.slice(0, 60)}" continues no page of a timeline`);
  return { ns, exhibit: Number(match[2]), seq: Number(match[3]) };
}
