/**
 * The other direction: new intelligence against evidence that was read long ago.
 *
 * When evidence is read for the first time, every key it shows (each name with its parents, each address, digest, URL …)
 * is kept as a sorted list of fingerprints with a place. New intelligence is a sorted list of fingerprints too, so both meet in
 * one pass over the lists, and nobody opens the evidence again. What is found by anchors (names, paths, strings) or by the
 * beginning of a URL has no key of its own in a text; `isServed` tells, and such indicators need the evidence itself.
 *
 * A file of observables comes back from disk: `openObservables` checks it before use.
 *
 *     header   64 bytes: magic, version, number of records, number of addresses, checksum
 *     records  (high, low, source, page), sorted by the first two, each once
 *     v4       (address, source, page), sorted, for ranges
 *     v6       (four words of address, source, page), sorted
 */
import { EntenteError } from '../base/index.ts';
import { distinctMatches, type Engine, type Match, type Report } from './engine.ts';
import { openExcerpt } from './excerpt.ts';
import { AddressFinder } from './find-addresses.ts';
import { HostFinder } from './find-hosts.ts';
import { NumberFinder } from './find-numbers.ts';
import { UrlFinder } from './find-urls.ts';
import { fingerprint, lanes } from './fingerprint.ts';
import { FIELD, FLAG, type Index, RECORD_WORDS } from './index-format.ts';
import { maskAddress } from './ip.ts';
import { KEY_CLASS, type KeyClass } from './kinds.ts';
import { lookUp } from './lookup.ts';
import { countLines, hasZero } from './reference.ts';

export const OBSERVABLES_VERSION = 1;
/** Places are kept as the number of a page of this size: a page is read again in no time, and its number fits 32 bits up to 16 TiB. */
export const PAGE_BYTES = 4096;
const HEADER_BYTES = 64;
const MAGIC = [0x45, 0x4e, 0x54, 0x4f, 0x42, 0x53, 0x52, 0x56]; // "ENTOBSRV"
const WORDS = { record: 4, v4: 3, v6: 6 } as const;

/** What the finders are asked for: every key there can be. */
const EVERYTHING: Pick<Index, 'has' | 'words'> = {
  has: (keyClass) =>
    keyClass !== KEY_CLASS.literal &&
    keyClass !== KEY_CLASS.cidr4 &&
    keyClass !== KEY_CLASS.cidr6 &&
    keyClass !== KEY_CLASS.urlPrefix,
  words: Uint32Array.from({ length: 64 }, (_, word) => (word === FIELD.flags ? FLAG.international : 0)),
};

/** An engine that finds every key, whosoever's it is: pass its hits' `keyClass` and `key` to an ObservableBuilder. */
export function openObservableEngine(): Engine {
  const everything = EVERYTHING as Index;
  const finders = [
    new HostFinder(everything),
    new AddressFinder(everything),
    new NumberFinder(everything),
    new UrlFinder(everything),
  ];
  return {
    find(window, from, to) {
      const matches: Match[] = [];
      let entry = 0;
      const report: Report = (start, end, keyClass, key) => {
        if (start >= from && start < to) matches.push({ start, end, entry: entry++, keyClass, key });
        return false;
      };
      for (const finder of finders) finder.find(openExcerpt(window, from, to, finder.around), report);
      return distinctMatches(matches);
    },
    countLines,
    hasZero,
  };
}

export class ObservableBuilder {
  #records = new Uint32Array(WORDS.record * 4096);
  #recordCount = 0;
  #v4 = new Uint32Array(WORDS.v4 * 1024);
  #v4Count = 0;
  #v6 = new Uint32Array(WORDS.v6 * 256);
  #v6Count = 0;

  /** Records so far, repeated ones included. */
  get size(): number {
    return this.#recordCount;
  }

  /** `source` numbers the file or member; `offset` is the place in it. */
  add(keyClass: number, key: string, source: number, offset: number): void {
    const page = Math.floor(offset / PAGE_BYTES);
    fingerprint(keyClass as KeyClass, key);
    this.#records = room(this.#records, WORDS.record, this.#recordCount);
    this.#records.set([lanes[1]!, lanes[0]!, source, page], WORDS.record * this.#recordCount++);
    if (keyClass === KEY_CLASS.ipv4) {
      this.#v4 = room(this.#v4, WORDS.v4, this.#v4Count);
      this.#v4.set([wordOf(key, 0), source, page], WORDS.v4 * this.#v4Count++);
    } else if (keyClass === KEY_CLASS.ipv6) {
      this.#v6 = room(this.#v6, WORDS.v6, this.#v6Count);
      const words = [wordOf(key, 0), wordOf(key, 4), wordOf(key, 8), wordOf(key, 12)];
      this.#v6.set([...words, source, page], WORDS.v6 * this.#v6Count++);
    }
  }

  /** The file. Of equal observables the first place (by source, then page) stays. */
  finish(): Uint8Array<ArrayBuffer> {
    return encodeObservables(
      distinct(this.#records.subarray(0, WORDS.record * this.#recordCount), WORDS.record, 2),
      distinct(this.#v4.subarray(0, WORDS.v4 * this.#v4Count), WORDS.v4, 1),
      distinct(this.#v6.subarray(0, WORDS.v6 * this.#v6Count), WORDS.v6, 4),
    );
  }
}

export interface Observables {
  readonly records: Uint32Array;
  readonly v4: Uint32Array;
  readonly v6: Uint32Array;
  /** Distinct keys. */
  readonly size: number;
}

/** @throws EntenteError `index-invalid` */
export function openObservables(file: Uint8Array): Observables {
  const invalid = (message: string) =>
    new EntenteError('index-invalid', `the list of observables ${message}`);
  if (file.length < HEADER_BYTES || MAGIC.some((byte, i) => file[i] !== byte)) throw invalid('has no header');
  const bytes = file.byteOffset % 4 === 0 ? file : file.slice();
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);
  const [version, records, v4, v6] = [words[2]!, words[3]!, words[4]!, words[5]!];
  if (version !== OBSERVABLES_VERSION)
    throw invalid(`has version ${version}; this program reads ${OBSERVABLES_VERSION}`);
  const ends = [HEADER_BYTES / 4];
  for (const size of [WORDS.record * records, WORDS.v4 * v4, WORDS.v6 * v6]) ends.push(ends.at(-1)! + size);
  if (bytes.length !== 4 * ends[3]!) throw invalid('is cut short, or longer than it says');
  if (words[6] !== checksum(words.subarray(HEADER_BYTES / 4)))
    throw invalid('is damaged: its checksum does not fit');
  return {
    records: words.subarray(ends[0], ends[1]),
    v4: words.subarray(ends[1], ends[2]),
    v6: words.subarray(ends[2], ends[3]),
    size: records,
  };
}

/** Several lists as one; their sources must be numbered apart. */
export function mergeObservables(lists: readonly Observables[]): Uint8Array<ArrayBuffer> {
  const joined = (part: 'records' | 'v4' | 'v6') => {
    const whole = new Uint32Array(lists.reduce((length, list) => length + list[part].length, 0));
    let at = 0;
    for (const list of lists) {
      whole.set(list[part], at);
      at += list[part].length;
    }
    return whole;
  };
  return encodeObservables(
    distinct(joined('records'), WORDS.record, 2),
    distinct(joined('v4'), WORDS.v4, 1),
    distinct(joined('v6'), WORDS.v6, 4),
  );
}

export interface RetroHit {
  readonly entry: number;
  readonly source: number;
  /** The observable first stands between these offsets of the source. */
  readonly from: number;
  readonly to: number;
}

/** Whether all of an index's indicators can be told from observables; if not, those by anchor or prefix need the evidence. */
export function isServed(index: Index): boolean {
  return !index.has(KEY_CLASS.literal) && !index.has(KEY_CLASS.urlPrefix);
}

/** What an index has in common with observables, in the order of their fingerprints, then ranges. */
export function retroMatch(index: Index, observables: Observables, visit: (hit: RetroHit) => void): void {
  const { records } = observables;
  const known = index.words.subarray(index.words[FIELD.recordsAt]! / 4);
  const last = index.words[FIELD.records]! * RECORD_WORDS;
  let low = 0;
  const count = records.length / WORDS.record;
  for (let at = 0; at < last; at += RECORD_WORDS) {
    const high = known[at]!;
    const lower = known[at + 1]!;
    low = firstAtLeast(records, low, count, high, lower);
    if (low === count) break;
    const record = low * WORDS.record;
    if (records[record] !== high || records[record + 1] !== lower) continue;
    visit(hitOf(known[at + 2]!, records[record + 2]!, records[record + 3]!));
  }
  if (index.has(KEY_CLASS.cidr4))
    ranges(index, observables.v4, WORDS.v4, 1, KEY_CLASS.cidr4, FIELD.prefixes4, visit);
  if (index.has(KEY_CLASS.cidr6))
    ranges(index, observables.v6, WORDS.v6, 4, KEY_CLASS.cidr6, FIELD.prefixes6, visit);
}

/** Steps that double, then halve: cheap when the next is near, and never more than twice a binary search. */
function firstAtLeast(records: Uint32Array, from: number, count: number, high: number, low: number): number {
  const isBefore = (record: number) => {
    const at = record * WORDS.record;
    return records[at]! < high || (records[at] === high && records[at + 1]! < low);
  };
  let step = 1;
  let below = from - 1;
  while (below + step < count && isBefore(below + step)) {
    below += step;
    step *= 2;
  }
  let above = Math.min(count, below + step);
  while (above - below > 1) {
    const middle = (below + above) >>> 1;
    if (isBefore(middle)) below = middle;
    else above = middle;
  }
  return above;
}

function ranges(
  index: Index,
  addresses: Uint32Array,
  size: number,
  words: number,
  keyClass: KeyClass,
  prefixesAt: number,
  visit: (hit: RetroHit) => void,
): void {
  const prefixes: number[] = [];
  for (let prefix = 1; prefix < 32 * words; prefix++) {
    if ((index.words[prefixesAt + (prefix >>> 5)]! >>> (prefix & 31)) & 1) prefixes.push(prefix);
  }
  for (let at = 0; at < addresses.length; at += size) {
    let address = '';
    for (let word = 0; word < words; word++) {
      const value = addresses[at + word]!;
      address += String.fromCharCode(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
    }
    for (const prefix of prefixes) {
      lookUp(index, keyClass, String.fromCharCode(prefix) + maskAddress(address, prefix), (entry) =>
        visit(hitOf(entry, addresses[at + words]!, addresses[at + words + 1]!)),
      );
    }
  }
}

function hitOf(entry: number, source: number, page: number): RetroHit {
  return { entry, source, from: page * PAGE_BYTES, to: (page + 1) * PAGE_BYTES };
}

function encodeObservables(records: Uint32Array, v4: Uint32Array, v6: Uint32Array): Uint8Array<ArrayBuffer> {
  const words = new Uint32Array(HEADER_BYTES / 4 + records.length + v4.length + v6.length);
  words.set(records, HEADER_BYTES / 4);
  words.set(v4, HEADER_BYTES / 4 + records.length);
  words.set(v6, HEADER_BYTES / 4 + records.length + v4.length);
  words[2] = OBSERVABLES_VERSION;
  words[3] = records.length / WORDS.record;
  words[4] = v4.length / WORDS.v4;
  words[5] = v6.length / WORDS.v6;
  words[6] = checksum(words.subarray(HEADER_BYTES / 4));
  const bytes = new Uint8Array(words.buffer);
  bytes.set(MAGIC, 0);
  return bytes;
}

function checksum(words: Uint32Array): number {
  let sum = 1;
  for (let i = 0; i < words.length; i++) sum = (Math.imul(sum, 31) + words[i]!) | 0;
  return sum >>> 0;
}

/** Sorted by all words, and of those equal in the first `keyWords` the first. */
function distinct(records: Uint32Array, size: number, keyWords: number): Uint32Array {
  const count = records.length / size;
  // Sorting numbers is fast and sorting rows is not: rows are dealt by their highest 16 bits, then sorted in place.
  const starts = new Uint32Array(65_537);
  for (let i = 0; i < records.length; i += size) starts[(records[i]! >>> 16) + 1]!++;
  for (let i = 1; i < starts.length; i++) starts[i]! += starts[i - 1]!;
  const next = starts.slice();
  const dealt = new Uint32Array(records.length);
  for (let i = 0; i < records.length; i += size) {
    const to = next[records[i]! >>> 16]!++ * size;
    for (let word = 0; word < size; word++) dealt[to + word] = records[i + word]!;
  }
  const result = new Uint32Array(records.length);
  let length = 0;
  const compare = (a: number, b: number, words: number) => {
    for (let word = 0; word < words; word++) {
      const difference = dealt[a * size + word]! - dealt[b * size + word]!;
      if (difference !== 0) return difference;
    }
    return 0;
  };
  for (let place = 0; place < 65_536; place++) {
    const from = starts[place]!;
    const to = starts[place + 1]!;
    if (from === to) continue;
    const order = Array.from({ length: to - from }, (_, i) => from + i).sort((a, b) => compare(a, b, size));
    for (const [i, row] of order.entries()) {
      if (i > 0 && compare(order[i - 1]!, row, keyWords) === 0) continue;
      for (let word = 0; word < size; word++) result[length + word] = dealt[row * size + word]!;
      length += size;
    }
  }
  return count === 0 ? result : result.slice(0, length);
}

function room(array: Uint32Array<ArrayBuffer>, size: number, count: number): Uint32Array<ArrayBuffer> {
  if ((count + 1) * size <= array.length) return array;
  const larger = new Uint32Array(array.length * 2);
  larger.set(array);
  return larger;
}

function wordOf(key: string, at: number): number {
  return (
    ((key.charCodeAt(at) << 24) |
      (key.charCodeAt(at + 1) << 16) |
      (key.charCodeAt(at + 2) << 8) |
      key.charCodeAt(at + 3)) >>>
    0
  );
}
