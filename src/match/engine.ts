import type { Excerpt } from './excerpt.ts';
import type { KeyClass } from './kinds.ts';

/**
 * What an engine is. Two exist: `reference` says what a match is, in plain code over one stretch of text; `kernel`
 * says fast where a match can be, and asks the reference about those places only. Both give the same matches.
 *
 * Every match is decided by the text within CONTEXT_BYTES of it. So evidence may be cut anywhere, by chunk or by
 * worker, as long as each piece is shown with that much around it; and a line without end costs no memory.
 */
export interface Match {
  /** Where it begins and ends in the window. */
  readonly start: number;
  readonly end: number;
  readonly entry: number;
  readonly keyClass: number;
  /** The key that was found, for `confirmHit`; one character a byte. */
  readonly key: string;
}

export interface Engine {
  /** All matches that begin in [from, to) of the window, by start, end and entry, each once. */
  find(window: Uint8Array, from: number, to: number): Match[];
  /** Number of line feeds in [from, to). */
  countLines(window: Uint8Array, from: number, to: number): number;
  /** Whether a byte in [from, to) is zero. */
  hasZero(window: Uint8Array, from: number, to: number): boolean;
  /**
   * Memory of the engine's own for windows of up to WINDOW_BYTES_MAX bytes, which `find` then need not copy; null while another has it. Whoever
   * takes it gives it back.
   */
  takeWindow?(): Uint8Array | null;
  giveWindow?(window: Uint8Array): void;
}

/** Finds the matches of some key classes that begin in the excerpt's own part. */
export interface Finder {
  /** Characters it looks at on either side of the excerpt's own part. */
  readonly around: number;
  find(excerpt: Excerpt, report: Report): void;
}

/** Looks a key up and keeps what is found; true when something was. With `entry`, the finder has looked it up itself. */
export type Report = (start: number, end: number, keyClass: KeyClass, key: string, entry?: number) => boolean;

/**
 * The farthest that a decision looks: a URL of 4,096 characters (INDICATOR_BYTES_MAX, each perhaps escaped), and
 * what stands beside it. In UTF-16 this is 4,096 characters.
 */
export const CONTEXT_BYTES = 8192;

/** What is scanned at a time: large beside the context, small beside a processor's second cache, which the index's filter needs too. */
export const WINDOW_BYTES_MAX = 256 * 1024 + 2 * CONTEXT_BYTES;

export function compareMatches(a: Match, b: Match): number {
  return a.start - b.start || a.end - b.end || a.entry - b.entry;
}

/** Sorted, each once: one place can be reached by two readings of what precedes it. */
export function distinctMatches(matches: Match[]): Match[] {
  matches.sort(compareMatches);
  return matches.filter((match, i) => i === 0 || compareMatches(matches[i - 1]!, match) !== 0);
}
