/**
 * Reads tables of a SQLite database file (sqlite.org/fileformat2.html), with what its write-ahead log holds, and writes nothing:
 * the exhibit stays as it is, and a database that its program left open is read in its last committed state.
 *
 * Not for queries: whole tables, in the order of their row ids. Every page number, offset and length is the file's
 * to choose; each is checked, and no page of a tree is visited twice.
 */
import type { ByteReader } from '../parser.ts';
import { asBuffer, utf16Text } from '../windows-values.ts';

export type SqlValue = string | number | bigint | Buffer | null;
export type Row = ReadonlyMap<string, SqlValue>;

/** The documented limit of SQLite's own b-trees is about 20 levels. */
const DEPTH_MAX = 32;
/** Values of browsers are short; a longer one is left out and told. */
const PAYLOAD_BYTES_MAX = 16 * 1024 * 1024;
const COLUMNS_MAX = 2_000;

export const SQLITE_MAGIC = 'SQLite format 3\0';

/** What cannot be read, with its byte offset in the database file. */
export type SqliteFault = (message: string, offset: number) => void;

export interface Column {
  readonly name: string;
  /** What a row has that was written before the column was added. */
  readonly initial: SqlValue;
}

export interface Table {
  readonly name: string;
  readonly columns: readonly Column[];
  /** The column that is the row id, or -1. */
  readonly rowId: number;
  readonly root: number;
}

export class SqliteDatabase {
  readonly #reader: ByteReader;
  readonly #wal: Wal | null;
  readonly #fault: SqliteFault;
  readonly pageBytes: number;
  readonly #usable: number;
  readonly #encoding: number;
  readonly #pages: number;
  readonly tables: ReadonlyMap<string, Table>;

  /** The first 100 bytes must be a SQLite header. */
  constructor(reader: ByteReader, wal: ByteReader | undefined, fault: SqliteFault) {
    const header = asBuffer(reader.read(0, 100));
    const size = header.readUInt16BE(16);
    this.#reader = reader;
    this.#fault = fault;
    this.pageBytes = size === 1 ? 65_536 : size;
    this.#usable = this.pageBytes - header[20]!;
    this.#wal = wal === undefined ? null : readWal(wal, this.pageBytes);
    this.#pages = Math.max(Math.ceil(reader.sizeBytes / Math.max(1, this.pageBytes)), this.#wal?.pages ?? 0);
    const isSound =
      this.pageBytes >= 512 && (this.pageBytes & (this.pageBytes - 1)) === 0 && this.#usable >= 480;
    // The header of the write-ahead log's first page is the newer one: a new database's encoding may be told there only.
    this.#encoding = ((isSound ? this.#page(1) : null) ?? header).readUInt32BE(56);
    if (!isSound) fault(`a page size of ${this.pageBytes} bytes`, 16);
    this.tables = isSound ? this.#schema() : new Map();
  }

  /** How many pages the write-ahead log replaces. */
  get walPages(): number {
    return this.#wal?.frames.size ?? 0;
  }

  /** The rows of a table, each with where it begins in the file (its page's offset when it is in the write-ahead log). */
  *rows(table: Table): Generator<{ row: Row; rowId: number; offset: number }> {
    for (const { values, rowId, offset } of this.#records(table.root)) {
      const row = new Map<string, SqlValue>();
      for (const [i, { name, initial }] of table.columns.entries()) {
        // A row written before a column was added is shorter; the row id is not stored twice.
        const value = values[i];
        row.set(name, i === table.rowId ? rowId : value === undefined ? initial : value);
      }
      yield { row, rowId, offset };
    }
  }

  #schema(): Map<string, Table> {
    const tables = new Map<string, Table>();
    for (const { values } of this.#records(1)) {
      const [type, name, , root, sql] = values;
      if (type !== 'table' || typeof name !== 'string' || typeof root !== 'number' || typeof sql !== 'string')
        continue;
      const columns = columnsOf(sql);
      if (columns !== null) tables.set(name, { name, root, ...columns });
    }
    return tables;
  }

  *#records(root: number): Generator<{ values: SqlValue[]; rowId: number; offset: number }> {
    const seen = new Set<number>();
    const stack: { page: number; depth: number }[] = [{ page: root, depth: 0 }];
    while (stack.length > 0) {
      const { page, depth } = stack.pop()!;
      const base = (page - 1) * this.pageBytes;
      if (seen.has(page) || depth > DEPTH_MAX) {
        this.#fault(
          'a page of a table is in two places, or too deep',
          Math.min(base, this.#reader.sizeBytes),
        );
        continue;
      }
      seen.add(page);
      const b = this.#page(page);
      const start = page === 1 ? 100 : 0;
      const type = b?.[start];
      if (b === null || (type !== 13 && type !== 5)) {
        this.#fault(
          b === null ? 'a page is missing' : 'a page that is none of a table',
          Math.min(Math.max(0, base), this.#reader.sizeBytes),
        );
        continue;
      }
      const cells = b.readUInt16BE(start + 3);
      const pointers = start + (type === 5 ? 12 : 8);
      if (pointers + 2 * cells > b.length) {
        this.#fault('a page with more cells than fit', base + start);
        continue;
      }
      if (type === 5) {
        stack.push({ page: b.readUInt32BE(start + 8), depth: depth + 1 });
        for (let i = cells - 1; i >= 0; i--) {
          const at = b.readUInt16BE(pointers + 2 * i);
          if (at + 4 <= b.length) stack.push({ page: b.readUInt32BE(at), depth: depth + 1 });
          else this.#fault('a cell outside of its page', base + pointers + 2 * i);
        }
        continue;
      }
      for (let i = 0; i < cells; i++) {
        const at = b.readUInt16BE(pointers + 2 * i);
        const record = this.#cell(b, at);
        if (record === null) this.#fault('a row that cannot be read', base + Math.min(at, b.length));
        else yield { ...record, offset: base + at };
      }
    }
  }

  #cell(b: Buffer, at: number): { values: SqlValue[]; rowId: number } | null {
    const size = varint(b, at);
    if (size === null || size.value > PAYLOAD_BYTES_MAX) return null;
    const id = varint(b, size.next);
    if (id === null) return null;
    const payload = this.#payload(b, id.next, size.value);
    const values = payload === null ? null : recordOf(payload, this.#encoding);
    return values === null ? null : { values, rowId: id.value };
  }

  /** What does not fit into the page goes on in a chain of others. */
  #payload(b: Buffer, at: number, size: number): Buffer | null {
    const most = this.#usable - 35;
    if (size <= most) return at + size <= b.length ? b.subarray(at, at + size) : null;
    const least = Math.floor(((this.#usable - 12) * 32) / 255) - 23;
    const wanted = least + ((size - least) % (this.#usable - 4));
    const local = wanted <= most ? wanted : least;
    if (at + local + 4 > b.length) return null;
    const parts = [b.subarray(at, at + local)];
    let left = size - local;
    let next = b.readUInt32BE(at + local);
    while (left > 0) {
      const page = this.#page(next);
      if (page === null) return null;
      const length = Math.min(left, this.#usable - 4);
      parts.push(page.subarray(4, 4 + length));
      left -= length; // each page takes some off, so a chain in a circle ends too
      next = page.readUInt32BE(0);
    }
    return Buffer.concat(parts);
  }

  #page(number: number): Buffer | null {
    if (number < 1 || number > this.#pages) return null;
    const frame = this.#wal?.frames.get(number);
    const bytes =
      frame === undefined
        ? this.#reader.read((number - 1) * this.pageBytes, this.pageBytes)
        : this.#wal!.reader.read(frame, this.pageBytes);
    return bytes.length === this.pageBytes ? asBuffer(bytes) : null;
  }
}

interface Wal {
  readonly reader: ByteReader;
  /** A page's number to where its last committed copy is. */
  readonly frames: ReadonlyMap<number, number>;
  readonly pages: number;
}

/** Frames count up to the last commit whose checksums, each over all before it, hold. */
function readWal(reader: ByteReader, pageBytes: number): Wal | null {
  const header = asBuffer(reader.read(0, 32));
  if (header.length < 32) return null;
  const magic = header.readUInt32BE(0);
  if ((magic & 0xfffffffe) >>> 0 !== 0x377f0682 || header.readUInt32BE(8) !== pageBytes) return null;
  const isBig = (magic & 1) === 1;
  let sum: [number, number] = checksum([0, 0], header, 24, isBig);
  if (sum[0] !== header.readUInt32BE(24) || sum[1] !== header.readUInt32BE(28)) return null;
  const frames = new Map<number, number>();
  const open = new Map<number, number>();
  let pages = 0;
  for (let at = 32; at + 24 + pageBytes <= reader.sizeBytes; at += 24 + pageBytes) {
    const frame = asBuffer(reader.read(at, 24 + pageBytes));
    if (frame.length < 24 + pageBytes || frame.compare(header, 16, 24, 8, 16) !== 0) break; // of an earlier log
    sum = checksum(checksum(sum, frame, 8, isBig), frame.subarray(24), pageBytes, isBig);
    if (sum[0] !== frame.readUInt32BE(16) || sum[1] !== frame.readUInt32BE(20)) break;
    open.set(frame.readUInt32BE(0), at + 24);
    const committed = frame.readUInt32BE(4);
    if (committed === 0) continue;
    pages = committed;
    for (const [page, place] of open) frames.set(page, place);
    open.clear();
  }
  return { reader, frames, pages };
}

function checksum(
  from: readonly [number, number],
  b: Buffer,
  length: number,
  isBig: boolean,
): [number, number] {
  let [first, second] = from;
  for (let at = 0; at < length; at += 8) {
    first = (first + (isBig ? b.readUInt32BE(at) : b.readUInt32LE(at)) + second) >>> 0;
    second = (second + (isBig ? b.readUInt32BE(at + 4) : b.readUInt32LE(at + 4)) + first) >>> 0;
  }
  return [first, second];
}

/** Up to nine bytes, seven bits each. Values beyond 2^53 are not exact, which only row ids could be, and are not in practice. */
function varint(b: Buffer, at: number): { value: number; next: number } | null {
  let value = 0;
  for (let i = 0; i < 8; i++) {
    const byte = b[at + i];
    if (byte === undefined) return null;
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return { value, next: at + i + 1 };
  }
  const last = b[at + 8];
  if (last === undefined) return null;
  const whole = BigInt.asIntN(64, (BigInt(value) << 8n) | BigInt(last));
  return { value: Number(whole), next: at + 9 };
}

function recordOf(b: Buffer, encoding: number): SqlValue[] | null {
  const header = varint(b, 0);
  if (header === null || header.value < header.next || header.value > b.length) return null;
  const values: SqlValue[] = [];
  let at = header.next;
  let data = header.value;
  while (at < header.value) {
    const type = varint(b, at);
    if (type === null || type.value < 0 || values.length >= COLUMNS_MAX) return null;
    at = type.next;
    const size = sizeOf(type.value);
    if (data + size > b.length) return null;
    values.push(columnValue(b, type.value, data, size, encoding));
    data += size;
  }
  return values;
}

const INTEGER_BYTES = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0];

function sizeOf(type: number): number {
  return type < 12 ? INTEGER_BYTES[type]! : (type - (type % 2 === 0 ? 12 : 13)) / 2;
}

function columnValue(b: Buffer, type: number, at: number, size: number, encoding: number): SqlValue {
  if (type === 0 || type === 10 || type === 11) return null;
  if (type <= 5) return b.readIntBE(at, size);
  if (type === 6) {
    const value = b.readBigInt64BE(at);
    return value >= -MAX_SAFE && value <= MAX_SAFE ? Number(value) : value;
  }
  if (type === 7) return b.readDoubleBE(at);
  if (type === 8 || type === 9) return type - 8;
  const bytes = b.subarray(at, at + size);
  if (type % 2 === 0) return bytes;
  if (encoding === 2) return utf16Text(bytes, 0, size);
  if (encoding !== 3) return bytes.toString('utf8');
  const swapped = Buffer.from(bytes.subarray(0, size & ~1)).swap16();
  return utf16Text(swapped, 0, swapped.length);
}

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);

/** The columns of a CREATE TABLE statement; null for tables without row id, whose rows are kept otherwise. */
function columnsOf(sql: string): { columns: Column[]; rowId: number } | null {
  const open = sql.indexOf('(');
  const close = sql.lastIndexOf(')');
  if (open < 0 || close < open || /WITHOUT\s+ROWID/i.test(sql.slice(close))) return null;
  const columns: Column[] = [];
  let rowId = -1;
  let key = '';
  const integers = new Set<string>();
  for (const definition of splitDefinitions(sql.slice(open + 1, close))) {
    const match = /^\s*(?:"([^"]+)"|\[([^\]]+)\]|`([^`]+)`|'([^']+)'|([^\s(,]+))([\s\S]*)$/.exec(definition);
    if (match === null || columns.length >= COLUMNS_MAX) continue;
    const name = match[1] ?? match[2] ?? match[3] ?? match[4] ?? match[5]!;
    if (match[5] !== undefined && /^(?:PRIMARY|UNIQUE|CHECK|FOREIGN|CONSTRAINT)$/i.test(name)) {
      key ||= /PRIMARY\s+KEY\s*\(\s*["'`[]?([^"'`\],()]+?)["'`\]]?\s*\)/i.exec(definition)?.[1] ?? '';
      continue;
    }
    const rest = match[6]!;
    if (/^\s*INTEGER\s+(?:NOT\s+NULL\s+)?PRIMARY\s+KEY(?!\s+DESC)/i.test(rest)) rowId = columns.length;
    if (/^\s*INTEGER(?:\s*$|\s+[A-Z])/i.test(rest)) integers.add(name.toLowerCase());
    columns.push({ name, initial: defaultOf(rest) });
  }
  // A primary key that is declared behind the columns is the row id as well, if it is one column of integers.
  if (rowId < 0 && integers.has(key.toLowerCase()))
    rowId = columns.findIndex(({ name }) => name.toLowerCase() === key.toLowerCase());
  return { columns, rowId };
}

/** The constant behind DEFAULT, as the column's type keeps it; SQLite adds columns with constants only (sqlite.org/lang_altertable.html). */
function defaultOf(definition: string): SqlValue {
  const match =
    /\bDEFAULT\s*\(?\s*(?:'((?:[^']|'')*)'|"([^"]*)"|[xX]'([0-9A-Fa-f]*)'|([+-]?\s*(?:0[xX][0-9A-Fa-f]+|[0-9.]+(?:[eE][+-]?\d+)?))|(TRUE|FALSE))/i.exec(
      definition,
    );
  if (match === null) return null;
  const [, quoted, doubled, hex, number, truth] = match;
  if (hex !== undefined) return Buffer.from(hex, 'hex');
  if (truth !== undefined) return truth.toUpperCase() === 'TRUE' ? 1 : 0;
  const type = /^\s*([A-Za-z ]*)/.exec(definition)![1]!;
  const text = quoted?.replaceAll("''", "'") ?? doubled ?? number!.replace(/\s/g, '');
  if (/CHAR|CLOB|TEXT/i.test(type) && !/INT/i.test(type)) return text;
  const isNumeric =
    number !== undefined ||
    (/INT|REAL|FLOA|DOUB|NUM|BOOL|DATE|DEC/i.test(type) && /^[+-]?\d+(?:\.\d+)?$/.test(text));
  if (!isNumeric) return text;
  const value = Number(text.replace(/^\+/, ''));
  if (!/^[+-]?\d+$/.test(text) || Number.isSafeInteger(value)) return Number.isNaN(value) ? text : value;
  const whole = BigInt(text);
  return BigInt.asIntN(64, whole) === whole ? whole : value;
}

/** At the commas that are in no parenthesis, quote or comment. */
function splitDefinitions(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  let quote = '';
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (quote !== '') {
      if (char === quote) quote = '';
    } else if (char === '"' || char === "'" || char === '`') quote = char;
    else if (char === '(') depth++;
    else if (char === ')') depth--;
    else if (char === ',' && depth === 0) {
      parts.push(text.slice(from, i));
      from = i + 1;
    }
  }
  parts.push(text.slice(from));
  return parts;
}
