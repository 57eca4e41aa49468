/**
 * Reading MaxMind DB files (format 2.0): a binary tree over the bits of an address whose leaves point into a section of encoded values.
 * Whoever slices an operation may bring a file of his own, so nothing in it is believed: every offset is checked against the bytes, depth and
 * sizes are bounded, and each leaf is decoded once and remembered, which is what makes a million addresses a matter of a second.
 */
import { decodeUtf8, EntenteError } from '../base/index.ts';

const MARKER = [0xab, 0xcd, 0xef, 0x4d, 0x61, 0x78, 0x4d, 0x69, 0x6e, 0x64, 0x2e, 0x63, 0x6f, 0x6d];
/** The format puts the metadata into the last 128 KiB. */
const METADATA_BYTES_MAX = 128 * 1024;
/** Records of countries, cities and networks nest five deep; pointers count as a level. */
const DEPTH_MAX = 32;
/** Members of one map or list, and bytes of one text. */
const ENTRIES_MAX = 10_000;
/** Remembered leaves: countries are few, cities some hundred thousand. */
const MEMO_MAX = 1_000_000;

export type MmdbValue =
  | string
  | number
  | bigint
  | boolean
  | Uint8Array
  | readonly MmdbValue[]
  | { readonly [name: string]: MmdbValue };

export interface Mmdb {
  /** As the file calls itself. */
  readonly type: string;
  readonly builtAt: string;
  /** The value for an address of four or sixteen bytes, one character a byte; null when the file has none. */
  lookUp(address: string): MmdbValue | null;
}

/** @throws EntenteError `index-invalid` when the bytes are no such database */
export function openMmdb(bytes: Uint8Array, where = 'the database'): Mmdb {
  const wrong = (what: string) => new EntenteError('index-invalid', `${where}: ${what}`, { where });
  const start = findMetadata(bytes);
  if (start < 0) throw wrong('is no MaxMind DB (.mmdb): the mark before its description is missing');
  const metadata = decode(bytes, start, start, wrong);
  const field = (name: string): MmdbValue | undefined =>
    typeof metadata === 'object' && !Array.isArray(metadata)
      ? (metadata as Record<string, MmdbValue>)[name]
      : undefined;
  const nodes = Number(field('node_count'));
  const recordBits = Number(field('record_size'));
  const version = Number(field('ip_version'));
  const built = Number(field('build_epoch'));
  const nodeBytes = (recordBits * 2) / 8;
  const treeBytes = nodes * nodeBytes;
  if (
    ![24, 28, 32].includes(recordBits) ||
    ![4, 6].includes(version) ||
    !Number.isSafeInteger(nodes) ||
    nodes < 1 ||
    treeBytes + 16 > start ||
    !(built >= 0 && built < 1e11)
  )
    throw wrong('its description does not fit its bytes');
  const dataStart = treeBytes + 16;

  function child(node: number, bit: number): number {
    const at = node * nodeBytes;
    if (recordBits === 24) {
      const from = at + bit * 3;
      return (bytes[from]! << 16) | (bytes[from + 1]! << 8) | bytes[from + 2]!;
    }
    if (recordBits === 32) {
      const from = at + bit * 4;
      return (
        bytes[from]! * 0x1000000 + ((bytes[from + 1]! << 16) | (bytes[from + 2]! << 8) | bytes[from + 3]!)
      );
    }
    const middle = bytes[at + 3]!;
    const from = at + bit * 4;
    const high = bit === 0 ? middle >> 4 : middle & 15;
    return high * 0x1000000 + ((bytes[from]! << 16) | (bytes[from + 1]! << 8) | bytes[from + 2]!);
  }

  // In a tree for both families, IPv4 lies under ninety-six zero bits.
  let root4 = 0;
  if (version === 6) for (let i = 0; i < 96 && root4 < nodes; i++) root4 = child(root4, 0);

  const memo = new Map<number, MmdbValue>();
  function leaf(pointer: number): MmdbValue {
    const known = memo.get(pointer);
    if (known !== undefined) return known;
    const offset = pointer - nodes - 16;
    if (offset < 0) throw wrong('a leaf points before its data');
    const value = decode(bytes, dataStart + offset, dataStart, wrong);
    if (memo.size < MEMO_MAX) memo.set(pointer, value);
    return value;
  }

  return {
    type: String(field('database_type') ?? '').slice(0, 200),
    builtAt: new Date(built * 1000).toISOString(),
    lookUp(address) {
      if (address.length === 16 && version === 4) return null;
      let node = address.length === 4 ? root4 : 0;
      const bits = address.length * 8;
      for (let i = 0; i < bits && node < nodes; i++) {
        node = child(node, (address.charCodeAt(i >> 3) >> (7 - (i & 7))) & 1);
      }
      return node <= nodes ? null : leaf(node);
    },
  };
}

function findMetadata(bytes: Uint8Array): number {
  const first = Math.max(0, bytes.length - METADATA_BYTES_MAX);
  for (let at = bytes.length - MARKER.length; at >= first; at--) {
    if (MARKER.every((byte, i) => bytes[at + i] === byte)) return at + MARKER.length;
  }
  return -1;
}

/** One value of the data section that begins at `base`; pointers count from there. */
function decode(bytes: Uint8Array, from: number, base: number, wrong: (what: string) => Error): MmdbValue {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = from;
  let entries = 0;

  function take(length: number): number {
    const begin = at;
    if (length < 0 || begin + length > bytes.length) throw wrong('a value ends beyond the file');
    at += length;
    return begin;
  }

  function unsigned(length: number): number {
    let value = 0;
    for (let i = take(length); i < at; i++) value = value * 256 + bytes[i]!;
    return value;
  }

  function value(depth: number): MmdbValue {
    if (depth > DEPTH_MAX || ++entries > ENTRIES_MAX) throw wrong('a value is nested or branched too far');
    const control = unsigned(1);
    let type = control >> 5;
    if (type === 1) return pointed(control, depth);
    if (type === 0) type = 7 + unsigned(1);
    const size = sizeOf(control & 31);
    switch (type) {
      case 2: {
        const begin = take(size);
        return decodeUtf8(bytes.subarray(begin, at));
      }
      case 3:
        if (size !== 8) throw wrong('a number has a wrong length');
        return view.getFloat64(take(8));
      case 4: {
        const begin = take(size);
        return bytes.slice(begin, at);
      }
      case 5:
      case 6:
        return unsigned(bounded(size, 4));
      case 7:
        return map(size, depth);
      case 8:
        return unsigned(bounded(size, 4)) | 0;
      case 9:
      case 10: {
        let big = 0n;
        for (let i = take(bounded(size, 16)); i < at; i++) big = big * 256n + BigInt(bytes[i]!);
        return type === 9 && big <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(big) : big;
      }
      case 11: {
        if (size > ENTRIES_MAX) throw wrong('a list is too long');
        return Array.from({ length: size }, () => value(depth + 1));
      }
      case 14:
        return size !== 0;
      case 15:
        if (size !== 4) throw wrong('a number has a wrong length');
        return view.getFloat32(take(4));
      default:
        throw wrong(`a value has the unknown type ${type}`);
    }
  }

  function bounded(size: number, max: number): number {
    if (size > max) throw wrong('a number has a wrong length');
    return size;
  }

  function sizeOf(low: number): number {
    if (low < 29) return low;
    if (low === 29) return 29 + unsigned(1);
    if (low === 30) return 285 + unsigned(2);
    return 65_821 + unsigned(3);
  }

  function pointed(control: number, depth: number): MmdbValue {
    const kind = (control >> 3) & 3;
    const high = control & 7;
    const offset =
      kind === 0
        ? high * 256 + unsigned(1)
        : kind === 1
          ? 2_048 + high * 65_536 + unsigned(2)
          : kind === 2
            ? 526_336 + high * 16_777_216 + unsigned(3)
            : unsigned(4);
    const back = at;
    at = base + offset;
    const found = value(depth + 1);
    at = back;
    return found;
  }

  function map(size: number, depth: number): MmdbValue {
    if (size > ENTRIES_MAX) throw wrong('a map is too large');
    const members: [string, MmdbValue][] = [];
    for (let i = 0; i < size; i++) {
      const name = value(depth + 1);
      if (typeof name !== 'string') throw wrong('a member of a map has no name');
      members.push([name, value(depth + 1)]);
    }
    return Object.fromEntries(members);
  }

  return value(0);
}
