/**
 * Observations in order of time. Instants become *ranks*, places in the sorted list of all instants that occur, so that
 * windows and splits are ranges of small integers. Rank 0 lies before every instant and `endRank` after: an observation
 * of unknown time spans from the one to the other, and so satisfies no condition on time.
 */
import type { Observation } from './observations.ts';
import type { Leaf, Period } from './plan.ts';
import { holdsIn } from './predicate.ts';
import type { Work } from './work.ts';

export class Timeline {
  /** By first instant, then last, then as given. */
  readonly observations: readonly Observation[];
  /** Ranks, per observation. */
  readonly first: Int32Array;
  readonly last: Int32Array;
  readonly endRank: number;
  /** All that the observations stand for. */
  readonly capacity: number;
  /** From rank 1 on. */
  readonly #instants: readonly bigint[];
  readonly #satisfying = new Map<string, Int32Array>();

  readonly work: Work;

  constructor(observations: readonly Observation[], work: Work) {
    this.work = work;
    const times = new Set<bigint>();
    for (const { firstNs, lastNs } of observations) {
      if (firstNs !== null) times.add(firstNs);
      if (lastNs !== null) times.add(lastNs);
    }
    this.#instants = [...times].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    this.endRank = this.#instants.length + 1;
    const rankOf = new Map(this.#instants.map((instant, index) => [instant, index + 1]));
    const ranked = observations.map((observation) => ({
      observation,
      first: observation.firstNs === null ? 0 : rankOf.get(observation.firstNs)!,
      last: observation.lastNs === null ? this.endRank : rankOf.get(observation.lastNs)!,
    }));
    ranked.sort((a, b) => a.first - b.first || a.last - b.last);
    this.observations = ranked.map(({ observation }) => observation);
    this.first = Int32Array.from(ranked, ({ first }) => first);
    this.last = Int32Array.from(ranked, ({ last }) => last);
    this.capacity = observations.reduce((sum, { count }) => sum + count, 0);
  }

  instant(rank: number): bigint {
    return this.#instants[rank - 1]!;
  }

  /** The last rank whose instant is before `ns`; 0 when there is none. */
  lastBefore(ns: bigint): number {
    let low = 0;
    let high = this.#instants.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#instants[middle]! < ns) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The first rank whose instant is after `ns`. */
  firstAfter(ns: bigint): number {
    return this.lastBefore(ns + 1n) + 1;
  }

  /** Indexes of the observations that satisfy the leaf, in order of time. */
  satisfying(leaf: Leaf): Int32Array {
    let indexes = this.#satisfying.get(leaf.key);
    if (!indexes) {
      const found: number[] = [];
      for (const [index, observation] of this.observations.entries()) {
        this.work.spend(1 + observation.objects.length);
        if (
          leaf.tests.some(
            ({ period, predicate }) => isDuring(observation, period) && holdsIn(predicate, observation),
          )
        ) {
          found.push(index);
        }
      }
      indexes = Int32Array.from(found);
      this.#satisfying.set(leaf.key, indexes);
    }
    return indexes;
  }
}

/** START/STOP: all of the observation lies in the period, its start included and its stop not (§9.5.1). */
export function isDuring(observation: Observation, period: Period | null): boolean {
  if (!period) return true;
  const { firstNs, lastNs } = observation;
  return firstNs !== null && lastNs !== null && firstNs >= period.startNs && lastNs < period.stopNs;
}

/** The first place in `order`, which holds observation indexes by ascending rank, whose rank is at least `rank`. */
export function lowerBound(order: Int32Array, ranks: Int32Array, rank: number): number {
  let low = 0;
  let high = order.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ranks[order[middle]!]! < rank) low = middle + 1;
    else high = middle;
  }
  return low;
}
