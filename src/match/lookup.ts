/** Asking an index whether it holds a key. The kernel does the same on the same bytes. */

import { fingerprint, lanes } from './fingerprint.ts';
import { FIELD, type Index, RECORD_WORDS } from './index-format.ts';
import { filterPart, type KeyClass } from './kinds.ts';

/** Calls `visit` with the number of every entry that has this key (by its fingerprint). */
export function lookUp(
  index: Index,
  keyClass: KeyClass,
  key: string,
  visit: (entry: number) => void,
): boolean {
  if (!index.has(keyClass)) return false;
  fingerprint(keyClass, key);
  const { words } = index;
  const [low, high] = [lanes[0]!, lanes[1]!];
  if (words[FIELD.filterWords] === 0) return false;
  const word = filterWord(words, filterPart(keyClass), low);
  for (const bit of [high & 63, (high >>> 6) & 63, (high >>> 12) & 63]) {
    if (((words[word + (bit >>> 5)]! >>> (bit & 31)) & 1) === 0) return false;
  }
  const place = words[FIELD.directoryAt]! / 4 + (high >>> (32 - words[FIELD.directoryBits]!));
  const last = words[place + 1]!;
  const recordsAt = words[FIELD.recordsAt]! / 4;
  let found = false;
  for (let record = words[place]!; record < last; record++) {
    const at = recordsAt + record * RECORD_WORDS;
    if (words[at] === high && words[at + 1] === low) {
      found = true;
      visit(words[at + 2]!);
    }
  }
  return found;
}

/** Where in `words` the two begin that hold the bits of a key. */
export function filterWord(words: Uint32Array, part: number, low: number): number {
  let first = words[FIELD.filterAt]! / 4;
  for (let before = 0; before < part; before++) first += 2 * words[FIELD.filterParts + before]!;
  return first + 2 * Math.floor((low * words[FIELD.filterParts + part]!) / 0x1_0000_0000);
}
