/**
 * The index file: everything a scan needs, in the layout in which it is used.
 *
 * Whoever holds intelligence builds one; workers map the same bytes. It comes back from disk and from other
 * machines, so `openIndex` checks version, lengths, section bounds, every directory entry and a checksum before anything reads it.
 *
 * Little-endian throughout; sections begin on 64 bytes (a cache line).
 *
 *     header          256 bytes, see FIELD
 *     kinds           one byte an entry: its kind's number, or 255 when the entry was refused
 *     filter          blocked Bloom filter: 64-bit words, three bits of one word a key or mark; in parts (see `filterPart`)
 *     directory       2^directoryBits + 1 numbers: where the records with these top bits of the high lane begin
 *     records         (high, low, entry), sorted: the keys of every class but literals
 *     anchorFilter    a bitmap, two bits an anchor
 *     anchorDirectory 2^anchorBits + 1 numbers, as above, by the anchor's hash
 *     anchors         (hash, shape, low, high, entry), sorted by hash: literals by an anchor inside them
 *     ranges4         where there are IPv4 ranges, a bitmap: for every first half of an address, whether a range has addresses that begin with it
 *
 * A key costs 12 bytes of record, 1–2 of directory, 1–2 of filter and 1 of kind; a literal 20, 1–2, 1–2 and 1.
 */

import { sha256 } from '@noble/hashes/sha2.js';
import { EntenteError, encodeHex } from '../base/index.ts';
import { FILTER_PARTS, KEY_CLASS, KINDS, type Kind } from './kinds.ts';

export const INDEX_VERSION = 3;
export const HEADER_BYTES = 256;
const MAGIC = [0x45, 0x4e, 0x54, 0x4d, 0x41, 0x54, 0x43, 0x48]; // "ENTMATCH"

/** Places in the header, counted in 32-bit words. The kernel reads the same words. */
export const FIELD = {
  version: 2,
  totalBytes: 3,
  entries: 4,
  records: 5,
  directoryBits: 6,
  /** 64-bit words of the filter, all its parts together. */
  filterWords: 7,
  anchors: 8,
  anchorBits: 9,
  anchorFilterBits: 10,
  /** Bit n: the index has keys of class n. */
  classes: 11,
  /** Bit n: it has indicators of kind n. */
  kinds: 12,
  /** 33 bits: prefix lengths of IPv4 ranges. */
  prefixes4: 13,
  /** 129 bits: prefix lengths of IPv6 ranges. */
  prefixes6: 15,
  /** See FLAG. */
  flags: 20,
  /** Largest offset of an anchor in its literal. */
  anchorOffsetMax: 40,
  /** 64-bit words of each part of the filter, in their order; see `filterPart`. */
  filterParts: 41,
  ranges4At: 44,
  kindsAt: 21,
  filterAt: 22,
  directoryAt: 23,
  recordsAt: 24,
  anchorFilterAt: 25,
  anchorDirectoryAt: 26,
  anchorsAt: 27,
  checksum: 28,
  digest: 32,
} as const;

/** Where the sections begin, in their order. */
export const SECTION_FIELDS = [
  FIELD.kindsAt,
  FIELD.filterAt,
  FIELD.directoryAt,
  FIELD.recordsAt,
  FIELD.anchorFilterAt,
  FIELD.anchorDirectoryAt,
  FIELD.anchorsAt,
  FIELD.ranges4At,
] as const;

/** One bit for each first half of an IPv4 address. */
export const RANGES4_BYTES = 2 ** 16 / 8;

export const FLAG = {
  /** Some domain or e-mail address has an international label, so text with such labels must be converted. */
  international: 1,
  /** Some anchors have four bytes. */
  shortAnchors: 2,
  /** Some anchors have eight bytes. */
  longAnchors: 4,
} as const;

/** `kinds` section: the entry was refused and has no keys. */
export const KIND_REFUSED = 255;
export const RECORD_WORDS = 3;
export const ANCHOR_WORDS = 5;

/** Fields of an anchor's `shape` word. */
export const SHAPE = {
  /** Bits 0–11: where in the literal the anchor begins. */
  offsetMask: 0xfff,
  /** Bits 12–23: the literal's length in bytes. */
  lengthShift: 12,
  caseSensitive: 1 << 24,
  /** Bits 25–27: an EDGE. */
  edgeShift: 25,
  /** The anchor has eight bytes, not four. */
  long: 1 << 28,
} as const;

/** 2^27 entries would need 3 GiB: more than a 32-bit kernel can address. */
const ENTRIES_MAX = 1 << 27;
/** A place in a part of the filter is computed as low × words / 2^32, which is exact in a double up to here. */
export const FILTER_WORDS_MAX = 1 << 21;

export interface Index {
  /** The whole file, on a 4-byte boundary. */
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  /** Number of entries given to the builder, refused ones included. */
  readonly entries: number;
  /** SHA-256 of everything behind the header, hexadecimal: names the contents. */
  readonly digest: string;
  readonly kinds: readonly Kind[];
  has(keyClass: number): boolean;
  kindOf(entry: number): Kind;
}

export function layout(counts: {
  entries: number;
  records: number;
  directoryBits: number;
  filterWords: number;
  anchors: number;
  anchorBits: number;
  anchorFilterBits: number;
  hasRanges4: boolean;
}): { sections: number[]; totalBytes: number } {
  const lengths = [
    counts.entries,
    8 * counts.filterWords,
    4 * (2 ** counts.directoryBits + 1),
    4 * RECORD_WORDS * counts.records,
    counts.anchorFilterBits === 0 ? 0 : 2 ** counts.anchorFilterBits / 8,
    4 * (2 ** counts.anchorBits + 1),
    4 * ANCHOR_WORDS * counts.anchors,
    counts.hasRanges4 ? RANGES4_BYTES : 0,
  ];
  const sections: number[] = [];
  let at = HEADER_BYTES;
  for (const length of lengths) {
    sections.push(at);
    at = Math.ceil((at + length) / 64) * 64;
  }
  return { sections, totalBytes: at };
}

/** Fills the places of the header that follow from the rest. */
export function sealIndex(bytes: Uint8Array): void {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, HEADER_BYTES / 4);
  bytes.set(MAGIC, 0);
  words[FIELD.version] = INDEX_VERSION;
  words[FIELD.totalBytes] = bytes.length;
  bytes.set(sha256(bytes.subarray(HEADER_BYTES)), FIELD.digest * 4);
  const [a, b] = checksum(bytes);
  words[FIELD.checksum] = a;
  words[FIELD.checksum + 1] = b;
}

/** Over all words but its own place; four independent lanes, so that a megabyte takes well under a millisecond. */
function checksum(bytes: Uint8Array): [number, number] {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);
  let a = 1;
  let b = 2;
  let c = 3;
  let d = 4;
  for (let i = 0; i + 3 < words.length; i += 4) {
    if (i === FIELD.checksum) continue;
    a = (Math.imul(a, 31) + words[i]!) | 0;
    b = (Math.imul(b, 31) + words[i + 1]!) | 0;
    c = (Math.imul(c, 31) + words[i + 2]!) | 0;
    d = (Math.imul(d, 31) + words[i + 3]!) | 0;
  }
  return [(a ^ Math.imul(c, 0x9e3779b1)) >>> 0, (b ^ Math.imul(d, 0x85ebca77)) >>> 0];
}

/**
 * Checks an index and opens it; the bytes are used in place when they begin on a 4-byte boundary.
 * @throws EntenteError `index-invalid`
 */
export function openIndex(file: Uint8Array): Index {
  if (file.length < HEADER_BYTES) throw invalid(`has ${file.length} bytes, fewer than its header`);
  const bytes = file.byteOffset % 4 === 0 ? file : file.slice();
  if (MAGIC.some((byte, i) => bytes[i] !== byte)) throw invalid('does not begin with ENTMATCH');
  const whole = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);
  const version = whole[FIELD.version]!;
  if (version !== INDEX_VERSION) throw invalid(`has version ${version}; this program reads ${INDEX_VERSION}`);
  if (whole[FIELD.totalBytes] !== bytes.length) {
    throw invalid(`has ${bytes.length} bytes and says ${whole[FIELD.totalBytes]}`);
  }
  const counts = {
    entries: whole[FIELD.entries]!,
    records: whole[FIELD.records]!,
    directoryBits: whole[FIELD.directoryBits]!,
    filterWords: whole[FIELD.filterWords]!,
    anchors: whole[FIELD.anchors]!,
    anchorBits: whole[FIELD.anchorBits]!,
    anchorFilterBits: whole[FIELD.anchorFilterBits]!,
    hasRanges4: ((whole[FIELD.classes]! >>> KEY_CLASS.cidr4) & 1) === 1,
  };
  if (counts.entries > ENTRIES_MAX || [counts.directoryBits, counts.anchorBits].some((bits) => bits > 28)) {
    throw invalid('has counts beyond all bounds');
  }
  const { anchorFilterBits } = counts;
  if (
    !fitsFilter(whole.subarray(FIELD.filterParts, FIELD.filterParts + FILTER_PARTS), counts.filterWords) ||
    (anchorFilterBits !== 0 && (anchorFilterBits < 6 || anchorFilterBits > 31))
  ) {
    throw invalid('has a filter of no possible size');
  }
  if (
    (counts.filterWords === 0) !== (counts.records === 0) ||
    (anchorFilterBits === 0) !== (counts.anchors === 0)
  ) {
    throw invalid('has records without a filter, or a filter without records');
  }
  const { sections, totalBytes } = layout(counts);
  if (totalBytes !== bytes.length || sections.some((at, i) => whole[SECTION_FIELDS[i]!] !== at)) {
    throw invalid('has sections that do not fit its counts');
  }
  const [a, b] = checksum(bytes);
  if (whole[FIELD.checksum] !== a || whole[FIELD.checksum + 1] !== b) {
    throw invalid('is damaged: its checksum does not fit');
  }
  checkDirectory(whole, whole[FIELD.directoryAt]! / 4, counts.directoryBits, counts.records);
  checkDirectory(whole, whole[FIELD.anchorDirectoryAt]! / 4, counts.anchorBits, counts.anchors);
  return openCheckedIndex(bytes);
}

/** An index that was checked before, by whoever put it into the memory it is in. */
export function openCheckedIndex(bytes: Uint8Array): Index {
  const whole = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);
  const kindMask = whole[FIELD.kinds]!;
  const kindsAt = whole[FIELD.kindsAt]!;
  const classes = whole[FIELD.classes]!;
  return {
    bytes,
    words: whole,
    entries: whole[FIELD.entries]!,
    digest: encodeHex(bytes.subarray(FIELD.digest * 4, FIELD.digest * 4 + 32)),
    kinds: KINDS.filter((_, number) => (kindMask >>> number) & 1),
    has: (keyClass) => ((classes >>> keyClass) & 1) === 1,
    kindOf: (entry) => KINDS[bytes[kindsAt + entry]!] ?? 'string',
  };
}

/** Whether the parts of a filter, none of them empty, make up its words. */
function fitsFilter(parts: Uint32Array, words: number): boolean {
  if (words === 0) return parts.every((part) => part === 0);
  if (parts.some((part) => part === 0 || part > FILTER_WORDS_MAX)) return false;
  return parts.reduce((sum, part) => sum + part, 0) === words;
}

/** A reader follows the directory without looking back, so it must rise from 0 to the number of records. */
function checkDirectory(words: Uint32Array, at: number, bits: number, records: number): void {
  const last = at + 2 ** bits;
  if (words[at] !== 0 || words[last] !== records)
    throw invalid('has a directory that does not cover its records');
  for (let i = at; i < last; i++) {
    if (words[i]! > words[i + 1]!) throw invalid('has a directory that runs backwards');
  }
}

/** Whether the contents are those that the digest names. Reads everything; `openIndex` does not need it. */
export function verifyIndexDigest(index: Index): boolean {
  return encodeHex(sha256(index.bytes.subarray(HEADER_BYTES))) === index.digest;
}

export function hasLiterals(index: Index): boolean {
  return index.has(KEY_CLASS.literal);
}

function invalid(message: string): EntenteError {
  return new EntenteError('index-invalid', `the match index ${message}`);
}
