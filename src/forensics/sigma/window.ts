/**
 * When the hits of one group make a finding.
 *
 * - Conditions that more hits can only help (`gt`, `gte`, all rules of a temporal correlation): windows slide. A finding is made at the
 *   hit that completes the condition, and counting then starts anew, so that one burst gives one finding and not one for each further event.
 * - Conditions that a further hit can end (`lt`, `lte`, `eq`, `neq`, and ranges): they can only be judged when the span is over. A window
 *   begins at a group's first hit, takes what comes within the span, and is judged once, when it has ended; the next begins at the
 *   first hit behind it. A group without any hit has no window, so "none at all" is no finding.
 */
import type { CorrelationRule } from './rule.ts';

/** Where the event of a hit is: enough to find it again. */
export interface HitPlace {
  readonly file: string;
  readonly recordId: number | string | null;
  readonly offset: number;
}

export interface Hit extends HitPlace {
  readonly ns: bigint;
  /** Which of the correlation's different rules was hit. */
  readonly rule: number;
  /** The values of the group-by fields, as JSON: `["a,b"]` is not `[["a","b"]]`. */
  readonly group: string;
  /** The counted field's value, as JSON. */
  readonly value: string | null;
}

export interface WindowFinding {
  /** The last hit of the window. */
  readonly hit: Hit;
  readonly count: number;
  readonly hits: readonly Hit[];
}

/** `sequence`: the rules in the order of the correlation's list. `hits`: by time. */
export function findingsOf(
  correlation: CorrelationRule,
  sequence: readonly number[],
  hits: readonly Hit[],
): Generator<WindowFinding> {
  const canEnd = correlation.conditions.some(({ operator }) => operator !== 'gt' && operator !== 'gte');
  return canEnd && correlation.kind !== 'temporal_ordered'
    ? ended(correlation, hits)
    : sliding(correlation, sequence, hits);
}

interface Window {
  readonly hits: Hit[];
  /** Hits before this one have left the window. */
  from: number;
  /** Of each counted value, or of each rule, how many hits are in the window. */
  readonly counts: Map<string | number, number>;
}

/** What is counted: values, or different rules. */
function countedOf({ kind }: CorrelationRule, hit: Hit): string | number {
  return kind === 'value_count' ? hit.value! : hit.rule;
}

function* sliding(
  correlation: CorrelationRule,
  sequence: readonly number[],
  hits: readonly Hit[],
): Generator<WindowFinding> {
  const span = spanOf(correlation);
  // A rule named twice asks for two events; each event has one hit of a rule.
  const wanted = new Map<number, number>();
  for (const rule of sequence) wanted.set(rule, (wanted.get(rule) ?? 0) + 1);
  const isComplete = (window: Window, count: number): boolean => {
    if (correlation.kind === 'temporal_ordered')
      return window.counts.size === wanted.size && isInOrder(sequence, window);
    if (correlation.kind !== 'temporal' || correlation.conditions.length > 0)
      return holds(correlation, count);
    return [...wanted].every(([rule, times]) => (window.counts.get(rule) ?? 0) >= times);
  };
  const windows = new Map<string, Window>();
  for (const hit of hits) {
    let window = windows.get(hit.group);
    if (window === undefined) {
      window = { hits: [], from: 0, counts: new Map() };
      windows.set(hit.group, window);
    }
    const { counts } = window;
    window.hits.push(hit);
    const counted = countedOf(correlation, hit);
    counts.set(counted, (counts.get(counted) ?? 0) + 1);
    while (hit.ns - window.hits[window.from]!.ns > span) {
      const key = countedOf(correlation, window.hits[window.from++]!);
      const left = counts.get(key)! - 1;
      if (left === 0) counts.delete(key);
      else counts.set(key, left);
    }
    if (window.from > 1_000 && 2 * window.from > window.hits.length) {
      window.hits.splice(0, window.from); // those that left need not stay in memory
      window.from = 0;
    }
    const inside = window.hits.length - window.from;
    const count = correlation.kind === 'event_count' ? inside : counts.size;
    if (!isComplete(window, count)) continue;
    yield { hit, count, hits: window.hits.slice(window.from) };
    windows.delete(hit.group);
  }
}

function* ended(correlation: CorrelationRule, hits: readonly Hit[]): Generator<WindowFinding> {
  const span = spanOf(correlation);
  const windows = new Map<string, Hit[]>();
  const judge = (window: readonly Hit[]): WindowFinding[] => {
    const count =
      correlation.kind === 'event_count'
        ? window.length
        : new Set(window.map((hit) => countedOf(correlation, hit))).size;
    return holds(correlation, count) ? [{ hit: window.at(-1)!, count, hits: window }] : [];
  };
  for (const hit of hits) {
    const window = windows.get(hit.group);
    if (window !== undefined && hit.ns - window[0]!.ns <= span) window.push(hit);
    else {
      if (window !== undefined) yield* judge(window);
      windows.set(hit.group, [hit]);
    }
  }
  for (const window of windows.values()) yield* judge(window);
}

function spanOf({ timespanSeconds }: CorrelationRule): bigint {
  return BigInt(timespanSeconds) * 1_000_000_000n;
}

function holds({ conditions }: CorrelationRule, count: number): boolean {
  return conditions.every(({ operator, value }) => HOLDS[operator](count, value));
}

const HOLDS: Readonly<
  Record<CorrelationRule['conditions'][number]['operator'], (count: number, value: number) => boolean>
> = {
  gt: (count, value) => count > value,
  gte: (count, value) => count >= value,
  lt: (count, value) => count < value,
  lte: (count, value) => count <= value,
  eq: (count, value) => count === value,
  neq: (count, value) => count !== value,
};

/** Whether hits of different events follow each other in the order of the list. */
function isInOrder(sequence: readonly number[], { hits, from }: Window): boolean {
  let found = 0;
  let before: Hit | null = null;
  for (let i = from; i < hits.length && found < sequence.length; i++) {
    const hit = hits[i]!;
    if (hit.rule !== sequence[found] || (before !== null && isSameEvent(before, hit))) continue;
    before = hit;
    found++;
  }
  return found === sequence.length;
}

function isSameEvent(a: Hit, b: Hit): boolean {
  return a.file === b.file && a.offset === b.offset && a.recordId === b.recordId;
}
