/**
 * Scanning with a pack. Small contents gather until a batch is full and are laid end to end, a zero byte between them; what the relaxed rules
 * find there leads to the few contents that all rules are then run over, one by one, so that a finding is always YARA-X's own word on
 * one content. Contents too large for the memory are read in windows that overlap.
 */
import type { Rules } from '@virustotal/yara-x';
import type { ByteReader } from '../parser.ts';
import type { YaraPack } from './pack.ts';

export interface YaraMatch {
  /** The pattern, such as `$a`. */
  readonly pattern: string;
  readonly offset: number;
  readonly length: number;
  /** The first bytes, hexadecimal. */
  readonly bytes: string;
}

export interface YaraHit {
  readonly rule: string;
  /** The file of the rule. */
  readonly source: string;
  readonly tags: readonly string[];
  readonly meta: Readonly<Record<string, string | number | boolean>>;
  /** The first MATCHES_MAX; `matchCount` counts all that YARA-X tells. */
  readonly matches: readonly YaraMatch[];
  readonly matchCount: number;
  /** The part that the rule was asked of, when the content is too large for one look: its `filesize` and offsets were those of the part. */
  readonly window?: { readonly from: number; readonly to: number };
}

/** What is handed on: hits of one content, and what YARA-X warned of. */
export type TakeHits<K> = (content: K, hits: readonly YaraHit[], warnings: readonly string[]) => void;

/** A content up to this size waits for others; a batch is full with this much. */
const SMALL_BYTES = 1024 * 1024;
const BATCH_BYTES = 16 * 1024 * 1024;
/** With the copy inside of WebAssembly this stays under half a gigabyte. */
const WHOLE_BYTES = 128 * 1024 * 1024;
const WINDOW_BYTES = 64 * 1024 * 1024;
/** Patterns are shorter; what lies across a border is seen whole in one of two windows. */
const OVERLAP_BYTES = 1024 * 1024;
const MATCHES_MAX = 100;
const BYTES_SHOWN = 64;

interface Waiting<K> {
  readonly content: K;
  readonly bytes: Uint8Array;
}

/** YARA-X's answer, as far as it is used. */
interface Answer {
  readonly warnings: readonly string[];
  readonly matches: readonly {
    readonly identifier: string;
    readonly namespace: string;
    readonly isPrivate: boolean;
    readonly tags: readonly string[];
    readonly metadata: readonly { readonly identifier: string; readonly value: string | number | boolean }[];
    readonly patterns: readonly {
      readonly identifier: string;
      readonly isPrivate: boolean;
      readonly matches: readonly { readonly offset: number; readonly length: number }[];
    }[];
  }[];
}

const scan = (rules: Rules, bytes: Uint8Array) => rules.scan(bytes) as Answer;

export class YaraScanner<K> {
  readonly #pack: YaraPack;
  readonly #take: TakeHits<K>;
  #waiting: Waiting<K>[] = [];
  #waitingBytes = 0;

  constructor(pack: YaraPack, take: TakeHits<K>) {
    this.#pack = pack;
    this.#take = take;
  }

  /** Hits come in the order of contents, some of them later; `flush` gives the last. */
  add(content: K, reader: ByteReader): void {
    const { sizeBytes } = reader;
    if (sizeBytes <= SMALL_BYTES && this.#pack.relaxed !== null) {
      this.#waiting.push({ content, bytes: reader.read(0, sizeBytes) });
      this.#waitingBytes += sizeBytes + 1;
      if (this.#waitingBytes >= BATCH_BYTES) this.flush();
      return;
    }
    this.flush();
    if (sizeBytes <= WHOLE_BYTES) this.#exactly(content, reader.read(0, sizeBytes));
    else this.#inWindows(content, reader);
  }

  flush(): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    this.#waitingBytes = 0;
    const candidates = this.#candidates(waiting);
    for (const [i, { content, bytes }] of waiting.entries()) {
      if (candidates === null || candidates.has(i)) this.#exactly(content, bytes);
      else if (this.#pack.lone !== null) this.#report(content, scan(this.#pack.lone, bytes), bytes, 0);
      else this.#take(content, [], []);
    }
  }

  /** Null when nothing can be told of the batch: it holds more matches than YARA-X lists. */
  #candidates(waiting: readonly Waiting<K>[]): Set<number> | null {
    if (waiting.length === 1) return null;
    const starts: number[] = [];
    let at = 0;
    for (const { bytes } of waiting) {
      starts.push(at);
      at += bytes.length + 1;
    }
    const batch = new Uint8Array(at);
    for (const [i, { bytes }] of waiting.entries()) batch.set(bytes, starts[i]!);
    const answer = scan(this.#pack.relaxed!, batch);
    if (answer.warnings.length > 0) return null;
    const found = new Set<number>();
    for (const { patterns } of answer.matches)
      for (const { matches } of patterns)
        for (const { offset } of matches) found.add(placeOf(starts, offset));
    return found;
  }

  #exactly(content: K, bytes: Uint8Array): void {
    this.#report(content, scan(this.#pack.all, bytes), bytes, 0);
  }

  #inWindows(content: K, reader: ByteReader): void {
    const hits: YaraHit[] = [];
    const warnings = new Set<string>();
    for (let from = 0; ; from += WINDOW_BYTES - OVERLAP_BYTES) {
      const bytes = reader.read(from, WINDOW_BYTES);
      const answer = scan(this.#pack.all, bytes);
      for (const warning of answer.warnings) warnings.add(warning);
      const window = { from, to: from + bytes.length };
      for (const hit of hitsOf(answer, bytes, from)) hits.push({ ...hit, window });
      if (from + WINDOW_BYTES >= reader.sizeBytes) break;
    }
    this.#take(content, hits, [...warnings]);
  }

  #report(content: K, answer: Answer, bytes: Uint8Array, from: number): void {
    this.#take(content, hitsOf(answer, bytes, from), answer.warnings);
  }
}

/** Index of the content that begins last before an offset of the batch. */
function placeOf(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (starts[middle]! <= offset) low = middle;
    else high = middle;
  }
  return low;
}

function hitsOf(answer: Answer, bytes: Uint8Array, from: number): YaraHit[] {
  // What a rule's author calls private serves other rules and is no finding.
  return answer.matches
    .filter(({ isPrivate }) => !isPrivate)
    .map((match) => {
      const all = match.patterns
        .filter(({ isPrivate }) => !isPrivate)
        .flatMap(({ identifier, matches }) => matches.map((one) => ({ pattern: identifier, ...one })))
        .sort((a, b) => a.offset - b.offset || a.length - b.length || (a.pattern < b.pattern ? -1 : 1));
      return {
        rule: match.identifier,
        source: match.namespace,
        tags: match.tags,
        meta: Object.fromEntries(match.metadata.map(({ identifier, value }) => [identifier, value])),
        matches: all.slice(0, MATCHES_MAX).map(({ pattern, offset, length }) => ({
          pattern,
          offset: offset + from,
          length,
          bytes: Buffer.from(bytes.subarray(offset, offset + Math.min(length, BYTES_SHOWN))).toString('hex'),
        })),
        matchCount: all.length,
      };
    });
}
