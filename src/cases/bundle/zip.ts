/**
 * The ZIP form of a bundle: stored, not compressed, sorted by name, no times, no comments. A list of entries has exactly one byte form, so a
 * reader can rebuild every header from names, sizes and checksums, compare, and notice any changed byte, also between the files.
 *
 * Layout after PKWARE APPNOTE 6.3.10: §4.3.7 local file header, §4.3.12 central directory, §4.3.14–16 end records, §4.5.3 ZIP64 fields, which
 * appear exactly where a number needs them. Any unzip tool opens it. Runs in a browser too.
 */
import { concatBytes, decodeUtf8, EntenteError, utf8 } from '../../base/index.ts';

export interface ZipEntry {
  readonly name: string;
  readonly sizeBytes: number;
  readonly crc32: number;
}

/** Random access to the file being read. */
export interface ByteSource {
  readonly sizeBytes: number;
  /** @throws EntenteError when the range lies outside */
  read(offset: number, length: number): Promise<Uint8Array>;
}

export interface PlacedEntry extends ZipEntry {
  /** Where its bytes begin. */
  readonly offset: number;
}

/** The end record counts entries with 16 bits; a bundle of more files than this is several cases. */
export const ZIP_ENTRIES_MAX = 0xffff;

const LOCAL = 0x0403_4b50;
const CENTRAL = 0x0201_4b50;
const END64 = 0x0606_4b50;
const LOCATOR64 = 0x0706_4b50;
const END = 0x0605_4b50;
const LOCAL_BYTES = 30;
const CENTRAL_BYTES = 46;
const END64_BYTES = 56;
const LOCATOR64_BYTES = 20;
const END_BYTES = 22;
/** Stands in a 32-bit field whose value is in the ZIP64 field. */
const FULL = 0xffff_ffff;
const ZIP64_FIELD = 0x0001;
const VERSION_PLAIN = 20;
const VERSION_ZIP64 = 45;
const UTF8_NAMES = 0x0800;
/** 1980-01-01, the format's first day: a bundle's bytes do not depend on when it was written. */
const DOS_DATE = 0x0021;
/** The directory is read whole; names here have at most about a hundred characters. */
const DIRECTORY_BYTES_MAX = ZIP_ENTRIES_MAX * 256;
const CHUNK = 1 << 20;
/** What files of a bundle are called; see `contents.ts`. Other names are never shown, nor led to. */
const NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/;
const NAME_BYTES_MAX = 200;

class Writer {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  #at = 0;

  constructor(length: number) {
    this.#bytes = new Uint8Array(length);
    this.#view = new DataView(this.#bytes.buffer);
  }
  u16(value: number): this {
    this.#view.setUint16(this.#at, value, true);
    this.#at += 2;
    return this;
  }
  u32(value: number): this {
    this.#view.setUint32(this.#at, value, true);
    this.#at += 4;
    return this;
  }
  u64(value: number): this {
    this.#view.setBigUint64(this.#at, BigInt(value), true);
    this.#at += 8;
    return this;
  }
  bytes(value: Uint8Array): this {
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
    return this;
  }
  done(): Uint8Array<ArrayBuffer> {
    return this.#bytes;
  }
}

const fit = (value: number) => Math.min(value, FULL);

/** §4.5.3: only the values that do not fit, in this order: size, stored size, offset. */
function zip64Field(sizeBytes: number, offset: number): Uint8Array {
  const values = [...(sizeBytes >= FULL ? [sizeBytes, sizeBytes] : []), ...(offset >= FULL ? [offset] : [])];
  if (values.length === 0) return new Uint8Array(0);
  const writer = new Writer(4 + 8 * values.length).u16(ZIP64_FIELD).u16(8 * values.length);
  for (const value of values) writer.u64(value);
  return writer.done();
}

function localHeader(entry: ZipEntry): Uint8Array {
  const name = utf8(entry.name);
  const extra = zip64Field(entry.sizeBytes, 0);
  return new Writer(LOCAL_BYTES + name.length + extra.length)
    .u32(LOCAL)
    .u16(extra.length > 0 ? VERSION_ZIP64 : VERSION_PLAIN)
    .u16(UTF8_NAMES)
    .u16(0)
    .u16(0)
    .u16(DOS_DATE)
    .u32(entry.crc32)
    .u32(fit(entry.sizeBytes))
    .u32(fit(entry.sizeBytes))
    .u16(name.length)
    .u16(extra.length)
    .bytes(name)
    .bytes(extra)
    .done();
}

function centralHeader(entry: ZipEntry, localOffset: number): Uint8Array {
  const name = utf8(entry.name);
  const extra = zip64Field(entry.sizeBytes, localOffset);
  const version = extra.length > 0 ? VERSION_ZIP64 : VERSION_PLAIN;
  return new Writer(CENTRAL_BYTES + name.length + extra.length)
    .u32(CENTRAL)
    .u16(version)
    .u16(version)
    .u16(UTF8_NAMES)
    .u16(0)
    .u16(0)
    .u16(DOS_DATE)
    .u32(entry.crc32)
    .u32(fit(entry.sizeBytes))
    .u32(fit(entry.sizeBytes))
    .u16(name.length)
    .u16(extra.length)
    .u16(0) // comment
    .u16(0) // disk
    .u16(0)
    .u32(0)
    .u32(fit(localOffset))
    .bytes(name)
    .bytes(extra)
    .done();
}

function endRecords(entries: number, directoryBytes: number, directoryOffset: number): Uint8Array {
  const end = new Writer(END_BYTES)
    .u32(END)
    .u16(0)
    .u16(0)
    .u16(entries)
    .u16(entries)
    .u32(directoryBytes)
    .u32(fit(directoryOffset))
    .u16(0)
    .done();
  if (directoryOffset < FULL) return end;
  const end64 = new Writer(END64_BYTES)
    .u32(END64)
    .u64(END64_BYTES - 12)
    .u16(VERSION_ZIP64)
    .u16(VERSION_ZIP64)
    .u32(0)
    .u32(0)
    .u64(entries)
    .u64(entries)
    .u64(directoryBytes)
    .u64(directoryOffset)
    .done();
  const locator = new Writer(LOCATOR64_BYTES)
    .u32(LOCATOR64)
    .u32(0)
    .u64(directoryOffset + directoryBytes)
    .u32(1)
    .done();
  return concatBytes([end64, locator, end]);
}

/** By code point of UTF-16, as JavaScript compares: one order for writer and reader. */
const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

/** The bytes of the archive, entry by entry. @throws EntenteError `input-limit` above 65,535 entries */
export async function* encodeZip(
  entries: readonly (ZipEntry & { open(): AsyncIterable<Uint8Array> })[],
): AsyncGenerator<Uint8Array> {
  const ordered = [...entries].sort(byName);
  const central: Uint8Array[] = [];
  let offset = 0;
  if (ordered.length > ZIP_ENTRIES_MAX)
    throw new EntenteError('input-limit', `a bundle holds ${ZIP_ENTRIES_MAX} files at most`);
  for (const entry of ordered) {
    const header = localHeader(entry);
    central.push(centralHeader(entry, offset));
    yield header;
    let written = 0;
    for await (const chunk of entry.open()) {
      written += chunk.length;
      yield chunk;
    }
    if (written !== entry.sizeBytes)
      throw new EntenteError('store-damaged', `${entry.name} changed while it was bundled`);
    offset += header.length + entry.sizeBytes;
  }
  yield* central;
  yield endRecords(
    ordered.length,
    central.reduce((sum, header) => sum + header.length, 0),
    offset,
  );
}

/**
 * Reads an archive that `encodeZip` wrote. Every header must be what `encodeZip` would write for these entries.
 * @throws EntenteError `archive-damaged` (unreadable) or `verification-failed` (a changed, missing or added byte, with its offset)
 */
export async function readZip(source: ByteSource): Promise<PlacedEntry[]> {
  const { count, directoryBytes, directoryOffset } = await readEnd(source);
  const directory = await source.read(directoryOffset, directoryBytes);
  const view = viewOf(directory);
  const entries: PlacedEntry[] = [];
  let at = 0;
  let local = 0;
  for (let i = 0; i < count; i++) {
    if (at + CENTRAL_BYTES > directory.length) throw changed(directoryOffset + at, 'the directory');
    const nameBytes = view.getUint16(at + 28, true);
    const extraBytes = view.getUint16(at + 30, true);
    const length = CENTRAL_BYTES + nameBytes + extraBytes;
    if (at + length > directory.length || nameBytes > NAME_BYTES_MAX)
      throw changed(directoryOffset + at, 'the directory');
    const nameEnd = at + CENTRAL_BYTES + nameBytes;
    const name = decodeUtf8(directory.subarray(at + CENTRAL_BYTES, nameEnd));
    if (!NAME.test(name)) throw changed(directoryOffset + at, 'the name of a file');
    const size32 = view.getUint32(at + 20, true);
    const isLarge = size32 === FULL && extraBytes >= 12;
    const entry: ZipEntry = {
      name,
      sizeBytes: isLarge ? Number(view.getBigUint64(nameEnd + 4, true)) : size32,
      crc32: view.getUint32(at + 16, true),
    };
    if (!Number.isSafeInteger(entry.sizeBytes)) throw changed(directoryOffset + at, `the size of ${name}`);
    compare(
      directory.subarray(at, at + length),
      centralHeader(entry, local),
      directoryOffset + at,
      `the directory entry of ${name}`,
    );
    const header = localHeader(entry);
    if (local + header.length + entry.sizeBytes > directoryOffset)
      throw changed(directoryOffset + at, `the size of ${name}`);
    compare(await source.read(local, header.length), header, local, `the header of ${name}`);
    if (entries.length > 0 && byName(entries.at(-1)!, entry) >= 0)
      throw changed(directoryOffset + at, `the order of ${name}`);
    entries.push({ ...entry, offset: local + header.length });
    local += header.length + entry.sizeBytes;
    at += length;
  }
  if (at !== directory.length || local !== directoryOffset)
    throw changed(directoryOffset + at, 'the directory');
  return entries;
}

async function readEnd(source: ByteSource) {
  if (source.sizeBytes < END_BYTES)
    throw new EntenteError('archive-damaged', 'the file is too short to be a bundle', { offset: 0 });
  const endOffset = source.sizeBytes - END_BYTES;
  const end = await source.read(endOffset, END_BYTES);
  const view = viewOf(end);
  if (view.getUint32(0, true) !== END) {
    throw new EntenteError('archive-damaged', 'the file is no bundle, or its end is missing', {
      offset: endOffset,
    });
  }
  const count = view.getUint16(10, true);
  const directoryBytes = view.getUint32(12, true);
  let directoryOffset = view.getUint32(16, true);
  let recordsOffset = endOffset;
  if (directoryOffset === FULL && endOffset > END64_BYTES + LOCATOR64_BYTES) {
    recordsOffset = endOffset - END64_BYTES - LOCATOR64_BYTES;
    const end64 = viewOf(await source.read(recordsOffset, END64_BYTES));
    directoryOffset = Number(end64.getBigUint64(48, true));
  }
  if (directoryOffset + directoryBytes !== recordsOffset || directoryBytes > DIRECTORY_BYTES_MAX)
    throw changed(endOffset, 'the end record');
  const found = await source.read(recordsOffset, source.sizeBytes - recordsOffset);
  compare(found, endRecords(count, directoryBytes, directoryOffset), recordsOffset, 'the end record');
  return { count, directoryBytes, directoryOffset };
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The bytes of one entry, in pieces. */
export async function* entryBytes(source: ByteSource, entry: PlacedEntry): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < entry.sizeBytes; at += CHUNK) {
    yield await source.read(entry.offset + at, Math.min(CHUNK, entry.sizeBytes - at));
  }
}

function compare(found: Uint8Array, expected: Uint8Array, offset: number, what: string): void {
  const differs = expected.findIndex((byte, i) => byte !== found[i]);
  if (differs >= 0 || found.length !== expected.length) throw changed(offset + Math.max(0, differs), what);
}

function changed(offset: number, what: string): EntenteError {
  return new EntenteError('verification-failed', `the bundle was changed: ${what}, at byte ${offset}`, {
    offset,
  });
}
