/**
 * The cells of a registry hive: keys, values and their data. The layout follows the Windows Registry File Format
 * Specification of the dfir community (msuhanov). All offsets count from the first bin, 4,096 bytes into the file, and all of
 * them are the writer's to choose: every one is checked, and no list leads in circles because depth and counts are bounded.
 */
import type { ByteReader } from '../parser.ts';
import { asBuffer, uint16, uint32, uint64, utf16Text } from '../windows-values.ts';

export const BASE_BLOCK_BYTES = 4_096;
/** Hives are at most 2 GiB; those of investigations have up to some hundred megabytes. */
export const HIVE_BYTES_MAX = 1024 * 1024 * 1024;
const SUBKEYS_MAX = 1_000_000;
const VALUES_MAX = 100_000;
/** Values beyond it are told by their size only. */
const DATA_BYTES_MAX = 1024 * 1024;
/** Data above this is cut into segments ("big data"), each this long. */
const SEGMENT_BYTES = 16_344;

export interface KeyCell {
  /** Cell offset. */
  readonly cell: number;
  readonly name: string;
  /** FILETIME */
  readonly written: bigint;
  readonly parent: number;
  readonly subkeyCount: number;
  readonly subkeyList: number;
  readonly valueCount: number;
  readonly valueList: number;
  readonly isRoot: boolean;
}

export interface ValueCell {
  readonly name: string;
  readonly type: number;
  readonly data: Buffer;
  /** As the cell says; `data` is shorter when the hive is damaged or the value too long. */
  readonly sizeBytes: number;
}

const ansi = new TextDecoder('windows-1252');

export class Hive {
  /** The bins, from their first byte on. */
  readonly bins: Buffer;

  constructor(bins: Buffer) {
    this.bins = bins;
  }

  /** The content of an allocated cell of at least `least` bytes; null when there is none. `free` looks at a freed one. */
  content(cell: number, least: number, free = false): { start: number; end: number } | null {
    if (cell < 32 || cell % 4 !== 0 || cell + 4 + least > this.bins.length) return null;
    const size = this.bins.readInt32LE(cell);
    const length = free ? Math.abs(size) : -size;
    if (length < 4 + least || cell + length > this.bins.length) return null;
    return { start: cell + 4, end: cell + length };
  }

  key(cell: number, free = false): KeyCell | null {
    const found = this.content(cell, 76, free);
    const b = this.bins;
    if (found === null || b[found.start] !== 0x6e || b[found.start + 1] !== 0x6b) return null;
    const { start, end } = found;
    const length = uint16(b, start + 72);
    if (start + 76 + length > end) return null;
    const flags = uint16(b, start + 2);
    return {
      cell,
      name:
        flags & 0x20
          ? ansi.decode(b.subarray(start + 76, start + 76 + length))
          : utf16Text(b, start + 76, start + 76 + length),
      written: uint64(b, start + 4),
      parent: uint32(b, start + 16),
      subkeyCount: uint32(b, start + 20),
      subkeyList: uint32(b, start + 28),
      valueCount: uint32(b, start + 36),
      valueList: uint32(b, start + 40),
      isRoot: (flags & 4) !== 0,
    };
  }

  /** The cells of a key's subkeys; `broken` is called for a list that cannot be read. */
  subkeys(list: number, broken: (cell: number) => void): number[] {
    const cells: number[] = [];
    const read = (at: number, depth: number): void => {
      const found = this.content(at, 4);
      if (found === null || cells.length > SUBKEYS_MAX) {
        broken(at);
        return;
      }
      const b = this.bins;
      const kind = b.toString('latin1', found.start, found.start + 2);
      const count = uint16(b, found.start + 2);
      const width = kind === 'lf' || kind === 'lh' ? 8 : kind === 'li' || kind === 'ri' ? 4 : 0;
      if (width === 0 || found.start + 4 + width * count > found.end || (kind === 'ri' && depth > 0)) {
        broken(at);
        return;
      }
      for (let i = 0; i < count; i++) {
        const cell = uint32(b, found.start + 4 + width * i);
        if (kind === 'ri') read(cell, depth + 1);
        else cells.push(cell);
      }
    };
    read(list, 0);
    return cells;
  }

  values(key: KeyCell, broken: (cell: number) => void): ValueCell[] {
    if (key.valueCount === 0) return [];
    const count = Math.min(key.valueCount, VALUES_MAX);
    const list = this.content(key.valueList, 4 * count);
    if (list === null) {
      broken(key.valueList);
      return [];
    }
    const values: ValueCell[] = [];
    for (let i = 0; i < count; i++) {
      const cell = uint32(this.bins, list.start + 4 * i);
      const value = this.#value(cell);
      if (value === null) broken(cell);
      else values.push(value);
    }
    return values;
  }

  #value(cell: number): ValueCell | null {
    const found = this.content(cell, 20);
    const b = this.bins;
    if (found === null || b[found.start] !== 0x76 || b[found.start + 1] !== 0x6b) return null;
    const { start, end } = found;
    const nameLength = uint16(b, start + 2);
    if (start + 20 + nameLength > end) return null;
    const nameBytes = b.subarray(start + 20, start + 20 + nameLength);
    const name = uint16(b, start + 16) & 1 ? ansi.decode(nameBytes) : utf16Text(nameBytes, 0, nameLength);
    const size = uint32(b, start + 4);
    const type = uint32(b, start + 12);
    // The highest bit: up to four bytes of data in the place of their offset.
    if (size & 0x80000000) {
      const length = Math.min(4, size & 0x7fffffff);
      return { name, type, data: b.subarray(start + 8, start + 8 + length), sizeBytes: length };
    }
    return { name, type, data: this.#data(uint32(b, start + 8), size), sizeBytes: size };
  }

  #data(cell: number, size: number): Buffer {
    const wanted = Math.min(size, DATA_BYTES_MAX);
    const b = this.bins;
    const found = this.content(cell, 0);
    if (found === null || wanted === 0) return Buffer.alloc(0);
    const isBig =
      size > SEGMENT_BYTES &&
      found.end - found.start >= 8 &&
      b.toString('latin1', found.start, found.start + 2) === 'db';
    if (!isBig) return b.subarray(found.start, Math.min(found.end, found.start + wanted));
    const segments = uint16(b, found.start + 2);
    const list = this.content(uint32(b, found.start + 4), 4 * segments);
    if (list === null) return Buffer.alloc(0);
    const parts: Buffer[] = [];
    let left = wanted;
    for (let i = 0; i < segments && left > 0; i++) {
      const segment = this.content(uint32(b, list.start + 4 * i), 0);
      if (segment === null) break;
      const length = Math.min(left, SEGMENT_BYTES, segment.end - segment.start);
      parts.push(b.subarray(segment.start, segment.start + length));
      left -= length;
    }
    return Buffer.concat(parts);
  }
}

/** The XOR of the first 127 words of a base block ("checksum"). */
export function baseChecksum(b: Buffer): number {
  let sum = 0;
  for (let at = 0; at < 508; at += 4) sum ^= uint32(b, at);
  if (sum === -1) return 0xfffffffe;
  return sum === 0 ? 1 : sum >>> 0;
}

/**
 * Puts the pages of a transaction log over the bins: entries (`HvLE`) from the sequence number of the hive on, each of
 * the next number, until one does not follow. Returns how many were applied.
 */
export function applyLog(bins: Buffer, log: ByteReader, from: number): { applied: number; next: number } {
  const b = asBuffer(log.read(0, Math.min(log.sizeBytes, LOG_BYTES_MAX)));
  let at = 512;
  let next = from;
  let applied = 0;
  while (at + 40 <= b.length && b.toString('latin1', at, at + 4) === 'HvLE') {
    const size = uint32(b, at + 4);
    const sequence = uint32(b, at + 12);
    const pages = uint32(b, at + 20);
    if (size < 40 || size % 512 !== 0 || at + size > b.length || 40 + 8 * pages > size) break;
    if (sequence >= next) {
      if (sequence !== next && applied > 0) break;
      let data = at + 40 + 8 * pages;
      for (let i = 0; i < pages; i++) {
        const offset = uint32(b, at + 40 + 8 * i);
        const length = uint32(b, at + 44 + 8 * i);
        if (data + length > at + size || offset + length > bins.length) break;
        b.copy(bins, offset, data, data + length);
        data += length;
      }
      next = sequence + 1;
      applied++;
    }
    at += size;
  }
  return { applied, next };
}

/** A log has at most the size of the changes since the last flush; Windows keeps it below this. */
const LOG_BYTES_MAX = 64 * 1024 * 1024;
