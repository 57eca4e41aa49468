/** File names, paths, registry keys, mutexes, user agents and plain strings, by their anchors. */
import {
  anchorHash,
  firstBit,
  LONG_ANCHOR,
  longAnchorStart,
  SHORT_ANCHOR,
  secondBit,
  shortAnchorStart,
} from './anchor.ts';
import { fitsEdge } from './edges.ts';
import type { Finder, Report } from './engine.ts';
import { type Excerpt, textOf } from './excerpt.ts';
import { fingerprint, lanes } from './fingerprint.ts';
import { ANCHOR_WORDS, FIELD, FLAG, type Index, SHAPE } from './index-format.ts';
import { KEY_CLASS } from './kinds.ts';
import { foldAscii } from './normalise.ts';

export class LiteralFinder implements Finder {
  /** Literals are compared in the window itself. */
  readonly around = 0;
  readonly #words: Uint32Array;
  readonly #short: boolean;
  readonly #long: boolean;
  readonly #filterBits: number;

  constructor(index: Index) {
    this.#words = index.words;
    this.#short = (index.words[FIELD.flags]! & FLAG.shortAnchors) !== 0;
    this.#long = (index.words[FIELD.flags]! & FLAG.longAnchors) !== 0;
    this.#filterBits = index.words[FIELD.anchorFilterBits]!;
  }

  find(excerpt: Excerpt, report: Report): void {
    if (!this.#short && !this.#long) return;
    const { window, from, to } = excerpt;
    // A literal that begins in the owned part may have its anchor behind it.
    const last = Math.min(window.length, to + this.#words[FIELD.anchorOffsetMax]! + LONG_ANCHOR);
    for (let at = from; at + SHORT_ANCHOR <= last; at++) {
      const low = wordAt(window, at);
      if (this.#short) this.#anchor(excerpt, at, shortAnchorStart(low), false, report);
      if (this.#long && at + LONG_ANCHOR <= last) {
        this.#anchor(excerpt, at, longAnchorStart(low, wordAt(window, at + 4)), true, report);
      }
    }
  }

  #anchor({ window, from, to }: Excerpt, at: number, first: number, long: boolean, report: Report): void {
    const words = this.#words;
    const filterAt = words[FIELD.anchorFilterAt]! / 4;
    const hash = anchorHash(first);
    for (const bit of [firstBit(first, this.#filterBits), secondBit(hash, this.#filterBits)]) {
      if (((words[filterAt + (bit >>> 5)]! >>> (bit & 31)) & 1) === 0) return;
    }
    const place = words[FIELD.anchorDirectoryAt]! / 4 + (hash >>> (32 - words[FIELD.anchorBits]!));
    const anchorsAt = words[FIELD.anchorsAt]! / 4;
    for (let anchor = words[place]!; anchor < words[place + 1]!; anchor++) {
      const record = anchorsAt + anchor * ANCHOR_WORDS;
      const shape = words[record + 1]!;
      if (words[record] !== hash || ((shape & SHAPE.long) !== 0) !== long) continue;
      const start = at - (shape & SHAPE.offsetMask);
      const end = start + ((shape >>> SHAPE.lengthShift) & 0xfff);
      if (start < from || start >= to || end > window.length) continue;
      const written = textOf(window, start, end);
      const key = shape & SHAPE.caseSensitive ? written : foldAscii(written);
      fingerprint(KEY_CLASS.literal, key);
      if (words[record + 2] !== lanes[0] || words[record + 3] !== lanes[1]) continue;
      if (!fitsEdge((shape >>> SHAPE.edgeShift) & 7, window, start, end)) continue;
      report(start, end, KEY_CLASS.literal, key, words[record + 4]!);
    }
  }
}

function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}
