/**
 * The reference engine: what a match is, in plain code. One finder for each way in which indicators are written.
 *
 * The text comes from evidence, so an attacker controls all of it: every finder looks a bounded distance to either
 * side, and a text that is a single token of any length is read once.
 */

import { distinctMatches, type Engine, type Finder, type Match, type Report } from './engine.ts';
import { openExcerpt } from './excerpt.ts';
import { AddressFinder } from './find-addresses.ts';
import { HostFinder } from './find-hosts.ts';
import { LiteralFinder } from './find-literals.ts';
import { NumberFinder } from './find-numbers.ts';
import { UrlFinder } from './find-urls.ts';
import type { Index } from './index-format.ts';
import { lookUp } from './lookup.ts';

/** The finders in the groups by which the kernel names them (kernel/state.ts). */
export function openFinders(index: Index): {
  readonly groups: number;
  /** Adds to `matches` what the group finds that begins in [from, to) of the window. */
  find(group: number, window: Uint8Array, from: number, to: number, matches: Match[]): void;
} {
  const finders: readonly Finder[] = [
    new HostFinder(index),
    new AddressFinder(index),
    new NumberFinder(index),
    new UrlFinder(index),
    new LiteralFinder(index),
  ];
  return {
    groups: finders.length,
    find(group, window, from, to, matches) {
      const finder = finders[group]!;
      const report: Report = (start, end, keyClass, key, known) => {
        if (start < from || start >= to) return false;
        const keep = (entry: number) => void matches.push({ start, end, entry, keyClass, key });
        if (known === undefined) return lookUp(index, keyClass, key, keep);
        keep(known);
        return true;
      };
      finder.find(openExcerpt(window, from, to, finder.around), report);
    },
  };
}

export function openReferenceEngine(index: Index): Engine {
  const finders = openFinders(index);
  return {
    find(window, from, to) {
      const matches: Match[] = [];
      for (let group = 0; group < finders.groups; group++) finders.find(group, window, from, to, matches);
      return distinctMatches(matches);
    },
    countLines,
    hasZero,
  };
}

export function countLines(window: Uint8Array, from: number, to: number): number {
  let lines = 0;
  for (let at = window.indexOf(10, from); at >= 0 && at < to; at = window.indexOf(10, at + 1)) lines++;
  return lines;
}

export function hasZero(window: Uint8Array, from: number, to: number): boolean {
  const at = window.indexOf(0, from);
  return at >= 0 && at < to;
}
