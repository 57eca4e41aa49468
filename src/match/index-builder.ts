/**
 * From indicators to an index. Entries are numbered in the order in which they are added; the caller keeps what it
 * knows about each under that number. The same entries in the same order give the same bytes.
 */
import type { Issue } from '../base/index.ts';
import { EntenteError } from '../base/index.ts';
import { AnchorCensus, anchorHash, anchorStartAt, firstBit, LONG_ANCHOR, secondBit } from './anchor.ts';
import { fingerprint, fingerprintMark, lanes } from './fingerprint.ts';
import {
  ANCHOR_WORDS,
  FIELD,
  FILTER_WORDS_MAX,
  FLAG,
  KIND_REFUSED,
  layout,
  RANGES4_BYTES,
  RECORD_WORDS,
  SECTION_FIELDS,
  SHAPE,
  sealIndex,
} from './index-format.ts';
import { EDGE, filterPart, KEY_CLASS, type KeyClass, type Kind, kindNumber } from './kinds.ts';
import { filterWord } from './lookup.ts';
import { isRefused, type Key, normaliseIndicator } from './normalise.ts';

export interface Entry {
  readonly kind: Kind;
  readonly value: string;
}

const MARK_WORDS = 3;

/** Bits of the filter for a key or mark: one in eighty that is not there passes, and what is asked for most of a million fits a core's cache. */
const FILTER_BITS = 12;

/** Refusals are reported up to here and counted beyond: a list of another kind would fill memory otherwise. */
const REFUSALS_REPORTED_MAX = 1000;

export interface BuiltIndex {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Entries that cannot be indicators of their kind; `path` is `entries[n]`. */
  readonly refused: readonly Issue[];
  readonly refusedCount: number;
}

export class IndexBuilder {
  #entries = 0;
  #refusedCount = 0;
  readonly #refused: Issue[] = [];
  #kinds = new Uint8Array(1024);
  /** (high, low, entry), as they come. */
  #records = new Uint32Array(1024 * RECORD_WORDS);
  #recordCount = 0;
  /** The part of the filter that each record is entered in, and how many each holds. */
  #parts = new Uint8Array(1024);
  readonly #partCounts = [0, 0, 0];
  /** (high, low, part of the filter) of marks, as they come, repeated or not. */
  #marks = new Uint32Array(1024 * MARK_WORDS);
  #markCount = 0;
  readonly #literals: { key: Key; entry: number }[] = [];
  #classes = 0;
  #kindMask = 0;
  #flags = 0;
  readonly #prefixes = new Uint32Array(7);
  readonly #ranges4 = new Uint8Array(RANGES4_BYTES);

  /** Number of entries so far; the next one gets this number. */
  get entries(): number {
    return this.#entries;
  }

  /** Returns the entry's number. A value that is no indicator of its kind is counted and reported, and never hits. */
  add(kind: Kind, value: string): number {
    const entry = this.#entries++;
    if (entry >= this.#kinds.length) this.#kinds = grown(this.#kinds, Uint8Array);
    const result = normaliseIndicator(kind, value);
    if (isRefused(result)) {
      this.#kinds[entry] = KIND_REFUSED;
      this.#refusedCount++;
      if (this.#refused.length < REFUSALS_REPORTED_MAX) {
        this.#refused.push({
          code: 'indicator-refused',
          path: `entries[${entry}]`,
          message: `"${value.slice(0, 80)}" ${result.refused}`,
          severity: 'warning',
        });
      }
      return entry;
    }
    this.#kinds[entry] = kindNumber(kind);
    this.#kindMask |= 1 << kindNumber(kind);
    for (const key of result.keys) this.#addKey(key, entry);
    return entry;
  }

  #addKey(key: Key, entry: number): void {
    const { keyClass } = key;
    this.#classes |= 1 << keyClass;
    if (keyClass === KEY_CLASS.literal) {
      this.#literals.push({ key, entry });
      return;
    }
    if (keyClass === KEY_CLASS.cidr4 || keyClass === KEY_CLASS.cidr6) {
      const prefix = key.key.charCodeAt(0);
      const base = keyClass === KEY_CLASS.cidr4 ? 0 : 2;
      this.#prefixes[base + (prefix >>> 5)]! |= 1 << (prefix & 31);
      if (keyClass === KEY_CLASS.cidr4) this.#addRange4(key.key, prefix);
    }
    if (key.key.includes('xn--')) this.#flags |= FLAG.international;
    if (this.#recordCount >= this.#parts.length) this.#parts = grown(this.#parts, Uint8Array);
    const part = filterPart(keyClass);
    this.#parts[this.#recordCount] = part;
    this.#partCounts[part]!++;
    const at = this.#recordCount++ * RECORD_WORDS;
    if (at >= this.#records.length) this.#records = grown(this.#records, Uint32Array);
    fingerprint(keyClass, key.key);
    this.#records[at] = lanes[1]!;
    this.#records[at + 1] = lanes[0]!;
    this.#records[at + 2] = entry;
    for (const [markClass, mark] of marksOf(keyClass, key.key)) this.#mark(markClass, mark);
  }

  #addRange4(key: string, prefix: number): void {
    const first = (key.charCodeAt(1) << 8) | key.charCodeAt(2);
    const last = first + 2 ** Math.max(0, 16 - prefix);
    for (let half = first; half < last; half++) this.#ranges4[half >>> 3]! |= 1 << (half & 7);
  }

  #mark(markClass: KeyClass, mark: string): void {
    const part = filterPart(markClass);
    this.#partCounts[part]!++;
    const at = MARK_WORDS * this.#markCount++;
    if (at >= this.#marks.length) this.#marks = grown(this.#marks, Uint32Array);
    fingerprintMark(markClass, mark);
    this.#marks[at] = lanes[1]!;
    this.#marks[at + 1] = lanes[0]!;
    this.#marks[at + 2] = part;
  }

  finish(): BuiltIndex {
    // Reverse names hold addresses.
    if (
      [KEY_CLASS.ipv4, KEY_CLASS.ipv6, KEY_CLASS.cidr4, KEY_CLASS.cidr6].some(
        (one) => (this.#classes >>> one) & 1,
      )
    ) {
      this.#mark(KEY_CLASS.hostMark, 'in-addr.arpa');
      this.#mark(KEY_CLASS.hostMark, 'ip6.arpa');
    }
    const records = this.#recordCount;
    const anchors = this.#literals.length;
    const filterParts = this.#partCounts.map((count) =>
      Math.min(FILTER_WORDS_MAX, Math.max(8, Math.ceil((count * FILTER_BITS) / 64))),
    );
    const counts = {
      entries: this.#entries,
      records,
      // A quarter to half as many directory places as records: two to four records share one, within a cache line.
      directoryBits: Math.max(1, bitsFor(records) - 2),
      filterWords: records === 0 ? 0 : filterParts.reduce((sum, words) => sum + words, 0),
      anchors,
      anchorBits: Math.max(1, bitsFor(anchors) - 3),
      // 16 to 32 bits an anchor, two of them set; at least 16 KiB, so that a few literals leave it all but empty.
      anchorFilterBits: anchors === 0 ? 0 : Math.max(17, bitsFor(16 * anchors)),
      hasRanges4: ((this.#classes >>> KEY_CLASS.cidr4) & 1) === 1,
    };
    const { sections, totalBytes } = layout(counts);
    if (totalBytes > 0x7fffffff)
      throw new EntenteError('input-limit', 'the index would be larger than 2 GiB');
    const bytes = new Uint8Array(totalBytes);
    const words = new Uint32Array(bytes.buffer);
    words[FIELD.entries] = counts.entries;
    words[FIELD.records] = records;
    words[FIELD.directoryBits] = counts.directoryBits;
    words[FIELD.filterWords] = counts.filterWords;
    if (records > 0) words.set(filterParts, FIELD.filterParts);
    words[FIELD.anchors] = anchors;
    words[FIELD.anchorBits] = counts.anchorBits;
    words[FIELD.anchorFilterBits] = counts.anchorFilterBits;
    words[FIELD.classes] = this.#classes;
    words[FIELD.kinds] = this.#kindMask;
    words.set(this.#prefixes, FIELD.prefixes4);
    for (const [i, at] of sections.entries()) words[SECTION_FIELDS[i]!] = at;
    if (counts.hasRanges4) bytes.set(this.#ranges4, words[FIELD.ranges4At]!);
    bytes.set(this.#kinds.subarray(0, this.#entries), words[FIELD.kindsAt]!);
    this.#writeRecords(words);
    this.#writeAnchors(words);
    words[FIELD.flags] = this.#flags;
    sealIndex(bytes);
    return { bytes, refused: this.#refused, refusedCount: this.#refusedCount };
  }

  #writeRecords(words: Uint32Array): void {
    const bits = words[FIELD.directoryBits]!;
    const unsorted = this.#records.subarray(0, this.#recordCount * RECORD_WORDS);
    const at = words[FIELD.recordsAt]! / 4;
    const target = words.subarray(at, at + unsorted.length);
    const directory = words.subarray(
      words[FIELD.directoryAt]! / 4,
      words[FIELD.directoryAt]! / 4 + 2 ** bits + 1,
    );
    sortInto(unsorted, RECORD_WORDS, bits, target, directory);
    if (this.#recordCount === 0) return;
    const enter = (part: number, high: number, low: number) => {
      const word = filterWord(words, part, low);
      for (let shift = 0; shift <= 12; shift += 6) {
        const bit = (high >>> shift) & 63;
        words[word + (bit >>> 5)]! |= 1 << (bit & 31);
      }
    };
    for (let i = 0; i < this.#recordCount; i++)
      enter(this.#parts[i]!, unsorted[RECORD_WORDS * i]!, unsorted[RECORD_WORDS * i + 1]!);
    for (let i = 0; i < MARK_WORDS * this.#markCount; i += MARK_WORDS)
      enter(this.#marks[i + 2]!, this.#marks[i]!, this.#marks[i + 1]!);
  }

  #writeAnchors(words: Uint32Array): void {
    const census = new AnchorCensus();
    for (const { key } of this.#literals) census.add(key.key);
    const unsorted = new Uint32Array(this.#literals.length * ANCHOR_WORDS);
    const filterBits = words[FIELD.anchorFilterBits]!;
    const filterAt = words[FIELD.anchorFilterAt]! / 4;
    const setBit = (bit: number) => {
      words[filterAt + (bit >>> 5)]! |= 1 << (bit & 31);
    };
    for (const [i, { key, entry }] of this.#literals.entries()) {
      const literal = key.key;
      const long = literal.length >= LONG_ANCHOR;
      const offset = census.choose(literal);
      const start = anchorStartAt(literal, offset, long);
      const hash = anchorHash(start);
      this.#flags |= long ? FLAG.longAnchors : FLAG.shortAnchors;
      fingerprint(KEY_CLASS.literal, literal);
      words[FIELD.anchorOffsetMax] = Math.max(words[FIELD.anchorOffsetMax]!, offset);
      unsorted[i * ANCHOR_WORDS] = hash;
      unsorted[i * ANCHOR_WORDS + 1] =
        offset |
        (literal.length << SHAPE.lengthShift) |
        (key.caseSensitive ? SHAPE.caseSensitive : 0) |
        ((key.edge ?? EDGE.none) << SHAPE.edgeShift) |
        (long ? SHAPE.long : 0);
      unsorted[i * ANCHOR_WORDS + 2] = lanes[0]!;
      unsorted[i * ANCHOR_WORDS + 3] = lanes[1]!;
      unsorted[i * ANCHOR_WORDS + 4] = entry;
      setBit(firstBit(start, filterBits));
      setBit(secondBit(hash, filterBits));
    }
    const bits = words[FIELD.anchorBits]!;
    const at = words[FIELD.anchorsAt]! / 4;
    const directoryAt = words[FIELD.anchorDirectoryAt]! / 4;
    sortInto(
      unsorted,
      ANCHOR_WORDS,
      bits,
      words.subarray(at, at + unsorted.length),
      words.subarray(directoryAt, directoryAt + 2 ** bits + 1),
    );
  }
}

/** An index over all entries at once; their numbers are their places in `entries`. */
export function buildIndex(entries: Iterable<Entry>): BuiltIndex {
  const builder = new IndexBuilder();
  for (const { kind, value } of entries) builder.add(kind, value);
  return builder.finish();
}

/** The marks of a key: they make a fast look possible and never decide. */
function marksOf(keyClass: KeyClass, key: string): [KeyClass, string][] {
  switch (keyClass) {
    case KEY_CLASS.host: {
      const host = key.slice(key.lastIndexOf('@') + 1);
      const marks: [KeyClass, string][] = [[KEY_CLASS.hostMark, lastTwoLabels(host)]];
      if (host.length < key.length) marks.push([KEY_CLASS.emailMark, host]);
      return marks;
    }
    case KEY_CLASS.url:
    case KEY_CLASS.urlPrefix: {
      const host = /^[^:]*:\/\/(\[[^\]]*\]|[^:/]*)/.exec(key)![1]!;
      return [[KEY_CLASS.urlHostMark, host]];
    }
    case KEY_CLASS.bareUrl: {
      const host = /^(?:\[[^\]]*\]|[^:/]*)/.exec(key)![0];
      return [
        [KEY_CLASS.urlHostMark, host],
        [KEY_CLASS.hostMark, lastTwoLabels(host)],
      ];
    }
    default:
      return [];
  }
}

function lastTwoLabels(host: string): string {
  const last = host.lastIndexOf('.');
  return host.slice(last < 1 ? 0 : host.lastIndexOf('.', last - 1) + 1);
}

/** Smallest n with 2^n ≥ count. */
function bitsFor(count: number): number {
  return count <= 1 ? 0 : 32 - Math.clz32(count - 1);
}

function grown<A extends Uint8Array | Uint32Array>(array: A, type: new (length: number) => A): A {
  const larger = new type(array.length * 2);
  larger.set(array);
  return larger;
}

/**
 * Sorts records by all their words in turn. They are dealt into the directory's places by the top bits of their first
 * word, and each place, which holds few unless the input repeats itself, is put in order by itself.
 */
function sortInto(
  records: Uint32Array,
  size: number,
  bits: number,
  target: Uint32Array,
  directory: Uint32Array,
): void {
  const shift = 32 - bits;
  for (let i = 0; i < records.length; i += size) directory[(records[i]! >>> shift) + 1]!++;
  for (let i = 1; i < directory.length; i++) directory[i]! += directory[i - 1]!;
  const next = directory.slice();
  for (let i = 0; i < records.length; i += size) {
    const to = next[records[i]! >>> shift]!++ * size;
    for (let word = 0; word < size; word++) target[to + word] = records[i + word]!;
  }
  for (let place = 0; place + 1 < directory.length; place++) {
    const from = directory[place]!;
    const count = directory[place + 1]! - from;
    if (count > 1) sortPlace(target.subarray(from * size, (from + count) * size), size);
  }
}

/** Above this, insertion would cost more than building rows for the platform's sort. */
const INSERTION_MAX = 24;

function sortPlace(records: Uint32Array, size: number): void {
  if (records.length > INSERTION_MAX * size) {
    const rows: Uint32Array[] = [];
    for (let i = 0; i < records.length; i += size) rows.push(records.slice(i, i + size));
    rows.sort((a, b) => {
      for (let word = 0; word < size; word++) if (a[word] !== b[word]) return a[word]! - b[word]!;
      return 0;
    });
    for (const [i, row] of rows.entries()) records.set(row, i * size);
    return;
  }
  for (let i = size; i < records.length; i += size) {
    for (let at = i; at > 0 && isBefore(records, at, at - size, size); at -= size) {
      for (let word = 0; word < size; word++) {
        const held = records[at + word]!;
        records[at + word] = records[at - size + word]!;
        records[at - size + word] = held;
      }
    }
  }
}

function isBefore(records: Uint32Array, a: number, b: number, size: number): boolean {
  for (let word = 0; word < size; word++) {
    const difference = records[a + word]! - records[b + word]!;
    if (difference !== 0) return difference < 0;
  }
  return false;
}
