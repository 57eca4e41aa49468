/**
 * How good each contributor's targets were. Computed from the contributions and from what was reported about them, both of which are signed messages with leaves:
 * there is nothing that anybody could edit.
 */

import { CONFIRMING, type KeptOutcome } from './operation-outcomes.ts';

import type { Target } from './targets.ts';

export interface Quality {
  /** Key of the contributor's node; empty for this one. */
  readonly peer: string;
  readonly given: number;
  readonly confirmed: number;
  readonly falsePositive: number;
  /** Last seen longer before it was given than it may mean anything. */
  readonly stale: number;
  readonly withdrawn: number;
  /** Nobody has said anything about it yet. */
  readonly silent: number;
}

/** Addresses change hands; after a quarter of a year one says little. */
const STALE_DAYS = 90;
const DAY_MS = 86_400_000;

export function qualityOf(targets: readonly Target[], outcomes: readonly KeptOutcome[]): Quality[] {
  const byTarget = Map.groupBy(
    outcomes.filter(({ superseded, direction }) => superseded === null && direction !== 'out'),
    ({ target }) => target,
  );
  const counts = new Map<string, { -readonly [K in keyof Quality]: Quality[K] }>();
  for (const { id, contributions } of targets) {
    const kinds = (byTarget.get(id) ?? []).map(({ kind }) => kind);
    for (const { peer, at, seenAt, withdrawnAt } of contributions) {
      const count = counts.get(peer) ?? {
        peer,
        given: 0,
        confirmed: 0,
        falsePositive: 0,
        stale: 0,
        withdrawn: 0,
        silent: 0,
      };
      counts.set(peer, count);
      count.given++;
      const confirmed = kinds.some((kind) => CONFIRMING.includes(kind));
      const wrong = kinds.includes('false-positive');
      if (confirmed && !wrong) count.confirmed++;
      if (wrong && !confirmed) count.falsePositive++; // what contradicts counts for neither until a person decides
      if (seenAt !== null && Date.parse(at) - Date.parse(seenAt) > STALE_DAYS * DAY_MS) count.stale++;
      if (withdrawnAt !== null) count.withdrawn++;
      if (kinds.length === 0) count.silent++;
    }
  }
  return [...counts.values()].sort((a, b) => b.given - a.given || (a.peer < b.peer ? -1 : 1));
}
