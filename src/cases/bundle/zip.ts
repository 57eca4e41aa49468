/**
 * The ZIP form of a bundle: stored, not compressed, sorted by name, no times, no extras. A list of entries has exactly one byte form, so a
 * reader can rebuild every header from names, sizes and checksums, compare, and notice any changed byte, also between the files.
 *
 * Layout after PKWARE APPNOTE 6.3.10: §4.3.7 local file header, §4.3.12 central directory, §4.3.16 end record. Any unzip tool opens it.
 */
import { crc32 } from 'node:zlib';
import { EntenteError } from '../../base/index.ts';

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

/** Without ZIP64, sizes and offsets have 32 bits. */
export const ZIP_BYTES_MAX = 0xffff_ffff;
/** The end record counts entries with 16 bits. */
export const ZIP_ENTRIES_MAX = 0xffff;

const LOCAL = 0x0403_4b50;
const CENTRAL = 0x0201_4b50;
const END = 0x0605_4b50;
/** The directory is read whole; names here have at most about a hundred characters. */
const DIRECTORY_BYTES_MAX = ZIP_ENTRIES_MAX * 256;
const END_BYTES = 22;
const LOCAL_BYTES = 30;
const CENTRAL_BYTES = 46;
const VERSION_NEEDED = 20;
const UTF8_NAMES = 0x0800;
/** 1980-01-01, the format's first day: a bundle's bytes do not depend on when it was written. */
const DOS_DATE = 0x0021;
const CHUNK = 1 << 20;

export function checksum(bytes: Uint8Array, before = 0): number {
  return crc32(bytes, before);
}

function localHeader(entry: ZipEntry): Uint8Array {
  const name = new TextEncoder().encode(entry.name);
  const header = Buffer.alloc(LOCAL_BYTES + name.length);
  header.writeUInt32LE(LOCAL, 0);
  header.writeUInt16LE(VERSION_NEEDED, 4);
  header.writeUInt16LE(UTF8_NAMES, 6);
  header.writeUInt16LE(DOS_DATE, 12);
  header.writeUInt32LE(entry.crc32, 14);
  header.writeUInt32LE(entry.sizeBytes, 18);
  header.writeUInt32LE(entry.sizeBytes, 22);
  header.writeUInt16LE(name.length, 26);
  header.set(name, LOCAL_BYTES);
  return header;
}

function centralHeader(entry: ZipEntry, localOffset: number): Uint8Array {
  const name = new TextEncoder().encode(entry.name);
  const header = Buffer.alloc(CENTRAL_BYTES + name.length);
  header.writeUInt32LE(CENTRAL, 0);
  header.writeUInt16LE(VERSION_NEEDED, 4);
  header.writeUInt16LE(VERSION_NEEDED, 6);
  header.writeUInt16LE(UTF8_NAMES, 8);
  header.writeUInt16LE(DOS_DATE, 14);
  header.writeUInt32LE(entry.crc32, 16);
  header.writeUInt32LE(entry.sizeBytes, 20);
  header.writeUInt32LE(entry.sizeBytes, 24);
  header.writeUInt16LE(name.length, 28);
  header.writeUInt32LE(localOffset, 42);
  header.set(name, CENTRAL_BYTES);
  return header;
}

function endRecord(entries: number, directoryBytes: number, directoryOffset: number): Uint8Array {
  const record = Buffer.alloc(END_BYTES);
  record.writeUInt32LE(END, 0);
  record.writeUInt16LE(entries, 8);
  record.writeUInt16LE(entries, 10);
  record.writeUInt32LE(directoryBytes, 12);
  record.writeUInt32LE(directoryOffset, 16);
  return record;
}

const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

/** The bytes of the archive, entry by entry. @throws EntenteError `input-limit` above 4 GiB or 65,535 entries */
export async function* encodeZip(
  entries: readonly (ZipEntry & { open(): AsyncIterable<Uint8Array> })[],
): AsyncGenerator<Uint8Array> {
  const ordered = [...entries].sort(byName);
  const central: Uint8Array[] = [];
  let offset = 0;
  if (ordered.length > ZIP_ENTRIES_MAX)
    throw new EntenteError('input-limit', `a bundle holds ${ZIP_ENTRIES_MAX} files at most`);
  const total = ordered.reduce(
    (sum, entry) => sum + entry.sizeBytes + 2 * (CENTRAL_BYTES + entry.name.length * 3),
    0,
  );
  if (total > ZIP_BYTES_MAX)
    throw new EntenteError(
      'input-limit',
      `a bundle holds ${ZIP_BYTES_MAX} bytes at most, this one would have ${total}`,
    );
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
  yield endRecord(
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
  if (source.sizeBytes < END_BYTES)
    throw new EntenteError('archive-damaged', 'the file is too short to be a bundle', { offset: 0 });
  const endOffset = source.sizeBytes - END_BYTES;
  const end = Buffer.from(await source.read(endOffset, END_BYTES));
  if (end.readUInt32LE(0) !== END) {
    throw new EntenteError('archive-damaged', 'the file is no bundle, or its end is missing', {
      offset: endOffset,
    });
  }
  const count = end.readUInt16LE(10);
  const directoryBytes = end.readUInt32LE(12);
  const directoryOffset = end.readUInt32LE(16);
  if (directoryOffset + directoryBytes !== endOffset || directoryBytes > DIRECTORY_BYTES_MAX)
    throw changed(endOffset, 'the end record');
  const directory = Buffer.from(await source.read(directoryOffset, directoryBytes));
  const entries: PlacedEntry[] = [];
  let at = 0;
  let local = 0;
  for (let i = 0; i < count; i++) {
    if (at + CENTRAL_BYTES > directory.length) throw changed(directoryOffset + at, 'the directory');
    const nameBytes = directory.readUInt16LE(at + 28);
    if (at + CENTRAL_BYTES + nameBytes > directory.length)
      throw changed(directoryOffset + at, 'the directory');
    const name = directory.subarray(at + CENTRAL_BYTES, at + CENTRAL_BYTES + nameBytes).toString('utf8');
    const entry: ZipEntry = {
      name,
      sizeBytes: directory.readUInt32LE(at + 20),
      crc32: directory.readUInt32LE(at + 16),
    };
    compare(
      directory.subarray(at, at + CENTRAL_BYTES + nameBytes),
      centralHeader(entry, local),
      directoryOffset + at,
      `the directory entry of ${name}`,
    );
    if (local + LOCAL_BYTES + nameBytes + entry.sizeBytes > directoryOffset)
      throw changed(directoryOffset + at, `the size of ${name}`);
    const header = localHeader(entry);
    compare(await source.read(local, header.length), header, local, `the header of ${name}`);
    if (entries.length > 0 && byName(entries.at(-1)!, entry) >= 0)
      throw changed(directoryOffset + at, `the order of ${name}`);
    entries.push({ ...entry, offset: local + header.length });
    local += header.length + entry.sizeBytes;
    at += CENTRAL_BYTES + nameBytes;
  }
  if (at !== directory.length || local !== directoryOffset)
    throw changed(directoryOffset + at, 'the directory');
  compare(end, endRecord(count, directoryBytes, directoryOffset), endOffset, 'the end record');
  return entries;
}

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
