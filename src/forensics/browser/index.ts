/**
 * What browsers keep in SQLite databases: visits, downloads and cookies of Chromium (and Chrome, Edge, Brave, Opera), Firefox and Safari.
 * Cookie values are not read: they are credentials, and no event needs them.
 *
 * Chromium counts microseconds from 1601, Firefox from 1970, Safari seconds from 2001; all in UTC.
 */
import { Account } from '../account.ts';
import type { EventTime, FieldValue, Scalar } from '../event.ts';
import type { FormatParser } from '../parser.ts';
import { type Row, SQLITE_MAGIC, SqliteDatabase, type SqlValue } from '../sqlite/index.ts';
import { unixTime } from '../time-text.ts';

/** Pages that visits point to are held in memory; Chromium keeps 90 days, which is far below. */
const PAGES_MAX = 2_000_000;

interface Job {
  /** The table whose rows are records. */
  readonly table: string;
  readonly kind: string;
  /** A table that its rows point to, by which column. */
  readonly pages?: { readonly table: string; readonly by: string };
  times(row: Row): (EventTime | null)[];
  message(row: Row, page: Row | undefined): string;
  /** Columns of the row, and of the page, to names of fields. */
  readonly fields: Readonly<Record<string, string>>;
  readonly pageFields?: Readonly<Record<string, string>>;
}

const webkit = (value: SqlValue | undefined, source: string) =>
  micros(value, source, 11_644_473_600_000_000n);
const unix = (value: SqlValue | undefined, source: string) => micros(value, source, 0n);

const JOBS: readonly Job[] = [
  {
    table: 'visits',
    kind: 'web-visit',
    pages: { table: 'urls', by: 'url' },
    times: (row) => [webkit(row.get('visit_time'), 'visited')],
    message: (_, page) => `visited ${text(page?.get('url'))}${titled(page?.get('title'))}`,
    fields: { visit_duration: 'duration_us', from_visit: 'from_visit', transition: 'transition' },
    pageFields: { url: 'url', title: 'title', visit_count: 'visit_count', typed_count: 'typed_count' },
  },
  {
    table: 'downloads',
    kind: 'download',
    times: (row) => [
      webkit(row.get('start_time'), 'download started'),
      webkit(row.get('end_time'), 'download ended'),
    ],
    message: (row) => `downloaded ${text(row.get('target_path') ?? row.get('full_path'))}`,
    fields: {
      target_path: 'path',
      full_path: 'path',
      tab_url: 'tab_url',
      referrer: 'referrer',
      mime_type: 'mime_type',
      received_bytes: 'received_bytes',
      total_bytes: 'total_bytes',
      state: 'state',
      danger_type: 'danger_type',
      url: 'url',
    },
  },
  {
    table: 'cookies',
    kind: 'cookie',
    times: (row) => [
      webkit(row.get('creation_utc'), 'cookie created'),
      webkit(row.get('last_access_utc'), 'cookie accessed'),
    ],
    message: (row) => `cookie ${text(row.get('name'))} of ${text(row.get('host_key'))}`,
    fields: {
      host_key: 'host',
      name: 'name',
      path: 'path',
      secure: 'secure',
      is_secure: 'secure',
      httponly: 'http_only',
      is_httponly: 'http_only',
    },
  },
  {
    table: 'moz_historyvisits',
    kind: 'web-visit',
    pages: { table: 'moz_places', by: 'place_id' },
    times: (row) => [unix(row.get('visit_date'), 'visited')],
    message: (_, page) => `visited ${text(page?.get('url'))}${titled(page?.get('title'))}`,
    fields: { visit_type: 'visit_type', from_visit: 'from_visit' },
    pageFields: { url: 'url', title: 'title', visit_count: 'visit_count', typed: 'typed_count' },
  },
  {
    table: 'moz_cookies',
    kind: 'cookie',
    times: (row) => [
      unix(row.get('creationTime'), 'cookie created'),
      unix(row.get('lastAccessed'), 'cookie accessed'),
    ],
    message: (row) => `cookie ${text(row.get('name'))} of ${text(row.get('host'))}`,
    fields: {
      host: 'host',
      name: 'name',
      path: 'path',
      expiry: 'expiry_seconds',
      isSecure: 'secure',
      isHttpOnly: 'http_only',
    },
  },
  {
    table: 'history_visits',
    kind: 'web-visit',
    pages: { table: 'history_items', by: 'history_item' },
    times: (row) => [safari(row.get('visit_time'))],
    message: (row, page) => `visited ${text(page?.get('url'))}${titled(row.get('title'))}`,
    fields: { title: 'title', http_non_get: 'http_non_get', redirect_source: 'redirect_source' },
    pageFields: { url: 'url', visit_count: 'visit_count' },
  },
];

const NAMES: readonly string[] = JOBS.map(({ table }) => table);

export const browser: FormatParser = {
  name: 'browser',
  title: 'Browser history, downloads, cookies (Chromium, Firefox, Safari)',

  recognise(head) {
    const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
    const start = bytes.toString('latin1');
    if (!start.startsWith(SQLITE_MAGIC) || bytes.length < 105) return 0;
    // In a database of UTF-16 (encoding 2 or 3) the statements have a zero beside each character.
    const text = bytes.readUInt32BE(56) > 1 ? start.replaceAll('\0', '') : start;
    const isKnown = NAMES.some((name) =>
      new RegExp(`CREATE TABLE (?:IF NOT EXISTS )?["'[]?${name}["'\\]]? ?\\(`, 'i').test(text),
    );
    // A schema of several pages may lie behind the head: its root is then an inner page. An empty one may be in the write-ahead log.
    const isElsewhere = bytes[100] === 5 || (bytes[100] === 13 && bytes.readUInt16BE(103) === 0);
    return isKnown ? 3 : isElsewhere ? 1 : 0;
  },

  parse(reader, sink, options = {}) {
    const account = new Account('browser', sink);
    if (reader.sizeBytes < 100) {
      account.error('sqlite', 'the database header is cut short', 0, reader.sizeBytes);
      account.skip(reader.sizeBytes);
      return account.finish();
    }
    const database = new SqliteDatabase(reader, options.companions?.wal, (message, offset) =>
      account.error('sqlite', message, offset),
    );
    if (database.walPages > 0) {
      account.warn('sqlite-wal', `${database.walPages} pages are taken from the write-ahead log`, 0);
    }
    if (!NAMES.some((name) => database.tables.has(name))) {
      account.error(
        'sqlite-tables',
        'a SQLite database without the tables of a browser',
        0,
        reader.sizeBytes,
      );
      account.skip(reader.sizeBytes);
    }
    for (const job of JOBS) {
      const table = database.tables.get(job.table);
      if (table === undefined || account.stopped) continue;
      const pages = job.pages === undefined ? null : pagesOf(database, job.pages.table);
      for (const { row, rowId, offset } of database.rows(table)) {
        const page = job.pages === undefined ? undefined : pages?.get(Number(row.get(job.pages.by)));
        const fields: Record<string, FieldValue> = { table: job.table };
        put(fields, row, job.fields);
        if (page !== undefined) put(fields, page, job.pageFields ?? {});
        account.emitTimes(
          {
            kind: job.kind,
            time: null,
            message: job.message(row, page),
            fields,
            offset: Math.min(offset, reader.sizeBytes),
            recordId: rowId,
          },
          job.times(row),
        );
        if (account.stopped) break;
      }
    }
    return account.finish();
  },
};

function pagesOf(database: SqliteDatabase, name: string): Map<number, Row> {
  const pages = new Map<number, Row>();
  const table = database.tables.get(name);
  if (table === undefined) return pages;
  for (const { row, rowId } of database.rows(table)) {
    if (pages.size >= PAGES_MAX) break;
    pages.set(rowId, row);
  }
  return pages;
}

function put(fields: Record<string, FieldValue>, row: Row, names: Readonly<Record<string, string>>): void {
  for (const [column, name] of Object.entries(names)) {
    const value = row.get(column);
    if (value !== undefined && value !== null) fields[name] ??= scalar(value);
  }
}

function scalar(value: SqlValue): Scalar {
  if (typeof value === 'bigint') return value.toString();
  return Buffer.isBuffer(value) ? `${value.length} bytes` : value;
}

function text(value: SqlValue | undefined): string {
  return value === undefined || value === null ? 'unknown' : String(scalar(value));
}

function titled(value: SqlValue | undefined): string {
  return typeof value === 'string' && value !== '' ? ` (${value})` : '';
}

function micros(value: SqlValue | undefined, source: string, epoch: bigint): EventTime | null {
  if (typeof value !== 'bigint' && (typeof value !== 'number' || !Number.isSafeInteger(value) || value === 0))
    return null;
  return unixTime(BigInt(value) - epoch, 'microsecond', source);
}

/** Seconds from 2001, as a binary fraction. */
function safari(value: SqlValue | undefined): EventTime | null {
  if (typeof value !== 'number' || !Number.isFinite(value) || Math.abs(value) > 1e10) return null;
  return unixTime(Math.round((value + 978_307_200) * 1e6), 'microsecond', 'visited');
}
