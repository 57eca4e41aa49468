/**
 * Correlations: findings about several events together. Base rules hit single events; a correlation counts those hits,
 * or waits for several rules, within a span of time and a group of equal field values.
 *
 * Evidence does not come in the order of time: files are read one after another, and a log's records can be out of order.
 * So hits are gathered while events are read and judged at the end, sorted by time. What is gathered per hit is
 * small, and bounded in number; events without time take no part and are counted.
 *
 * Windows slide: a finding is made at the hit that completes the condition, and counting then starts anew, so
 * that one burst gives one finding and not one for each further event.
 */
import type { Event, FieldValue } from '../event.ts';
import type { CorrelationRule, SigmaRule } from './rule.ts';

/** A hit takes about 200 bytes; this bounds what is gathered to about 400 MB in the worst case. */
const HITS_MAX = 2_000_000;

/** Where the event of a hit is: enough to find it again. */
export interface HitPlace {
  readonly file: string;
  readonly recordId: number | string | null;
  readonly offset: number;
}

/** What one correlator gathered, to be judged by another: plain data, for handing over between threads. */
export interface GatheredHits {
  readonly hits: readonly (readonly Hit[])[];
  readonly untimed: number;
  readonly dropped: number;
}

interface Hit extends HitPlace {
  readonly ns: bigint;
  /** Which of the correlation's rules was hit, in the order of its list. */
  readonly rule: number;
  readonly group: string;
  /** The counted field's value. */
  readonly value: string | null;
}

export interface CorrelationFinding {
  readonly rule: CorrelationRule;
  /** Of the hit that completed it. */
  readonly ns: bigint;
  readonly place: HitPlace;
  /** The values of the group-by fields. */
  readonly group: Readonly<Record<string, string>>;
  /** How many hits, or distinct values, were in the window. */
  readonly count: number;
  /** The hits of the window, the first of them when there are many. */
  readonly places: readonly HitPlace[];
}

/** A finding names so many of its events; the rest are counted. */
const PLACES_MAX = 100;

export class Correlator {
  readonly #correlations: readonly CorrelationRule[];
  /** A base rule to the correlations that want it, with its place in their lists. */
  readonly #wanted = new Map<string, { readonly correlation: number; readonly rule: number }[]>();
  readonly #hits: Hit[][];
  readonly #hidden = new Set<string>();
  #gathered = 0;
  /** Hits of events without time. */
  untimed = 0;
  /** Hits beyond the bound, which took no part. */
  dropped = 0;

  /** `correlations` in the order in which they refer to each other, as `parseRuleFiles` gives them. */
  constructor(rules: readonly SigmaRule[], correlations: readonly CorrelationRule[]) {
    this.#correlations = correlations;
    this.#hits = correlations.map(() => []);
    const idOf = new Map<string, string>();
    for (const rule of [...rules, ...correlations]) {
      if (rule.name !== null) idOf.set(rule.name, rule.id);
    }
    for (const rule of [...rules, ...correlations]) idOf.set(rule.id, rule.id);
    for (const [correlation, { rules: references, generate }] of correlations.entries()) {
      for (const [rule, reference] of references.entries()) {
        const id = idOf.get(reference)!;
        this.#wanted.set(id, [...(this.#wanted.get(id) ?? []), { correlation, rule }]);
        if (!generate) this.#hidden.add(id);
      }
    }
  }

  /** Whether a rule serves correlations only, and gives no findings of its own. */
  isHidden(rule: { readonly id: string }): boolean {
    return this.#hidden.has(rule.id);
  }

  add(rule: SigmaRule, event: Event, read: (field: string) => FieldValue | undefined, file: string): void {
    const wanted = this.#wanted.get(rule.id);
    if (wanted === undefined) return;
    const { time } = event;
    if (time === null) {
      this.untimed++;
      return;
    }
    const place = { file, recordId: event.recordId, offset: event.offset };
    for (const { correlation, rule: index } of wanted) {
      const { groupBy, field, aliases, rules } = this.#correlations[correlation]!;
      const reference = rules[index]!;
      const values = groupBy.map((name) => textOf(read(aliases[name]?.[reference] ?? name)));
      const value = field === null ? null : textOf(read(aliases[field]?.[reference] ?? field));
      this.#gather(correlation, { ...place, ns: time.ns, rule: index, group: JSON.stringify(values), value });
    }
  }

  /** Gives away what was gathered so far. */
  drain(): GatheredHits {
    const { untimed, dropped } = this;
    const hits = this.#hits.map((gathered) => gathered.splice(0));
    this.#gathered = 0;
    this.untimed = 0;
    this.dropped = 0;
    return { hits, untimed, dropped };
  }

  /** Takes what another correlator of the same rules gathered. */
  absorb(gathered: GatheredHits): void {
    this.untimed += gathered.untimed;
    this.dropped += gathered.dropped;
    for (const [correlation, hits] of gathered.hits.entries()) {
      for (const hit of hits) this.#gather(correlation, hit);
    }
  }

  /** Judges what was gathered. Call once, when all events were read. */
  *finish(): Generator<CorrelationFinding, void, undefined> {
    for (const [index, correlation] of this.#correlations.entries()) {
      const hits = this.#hits[index]!;
      hits.sort(byTime);
      for (const finding of findingsOf(correlation, hits)) {
        const { ns, place, group } = finding;
        for (const { correlation: outer, rule } of this.#wanted.get(correlation.id) ?? []) {
          const { groupBy } = this.#correlations[outer]!;
          const values = groupBy.map((name) => group[name] ?? '');
          this.#gather(outer, { ...place, ns, rule, group: JSON.stringify(values), value: null });
        }
        if (!this.#hidden.has(correlation.id)) yield finding;
      }
      this.#hits[index] = [];
    }
  }

  #gather(correlation: number, hit: Hit): void {
    if (this.#gathered >= HITS_MAX) {
      this.dropped++;
      return;
    }
    this.#gathered++;
    this.#hits[correlation]!.push(hit);
  }
}

/** Two hits at one instant are taken in the order of their files and records, so that the result is the same every time. */
function byTime(a: Hit, b: Hit): number {
  if (a.ns !== b.ns) return a.ns < b.ns ? -1 : 1;
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.offset - b.offset || a.rule - b.rule;
}

/** The hits of one group that are within the span. */
interface Window {
  readonly hits: Hit[];
  /** Hits before this one have left the window. */
  from: number;
  /** Of each counted value, or of each rule, how many hits are in the window. */
  readonly counts: Map<string | number, number>;
}

function* findingsOf(correlation: CorrelationRule, hits: readonly Hit[]): Generator<CorrelationFinding> {
  const { kind } = correlation;
  const span = BigInt(correlation.timespanSeconds) * 1_000_000_000n;
  const windows = new Map<string, Window>();
  const keyOf = (hit: Hit) => (kind === 'value_count' ? (hit.value ?? '') : hit.rule);
  for (const hit of hits) {
    let window = windows.get(hit.group);
    if (window === undefined) {
      window = { hits: [], from: 0, counts: new Map() };
      windows.set(hit.group, window);
    }
    const { counts } = window;
    window.hits.push(hit);
    counts.set(keyOf(hit), (counts.get(keyOf(hit)) ?? 0) + 1);
    while (hit.ns - window.hits[window.from]!.ns > span) {
      const key = keyOf(window.hits[window.from++]!);
      const left = counts.get(key)! - 1;
      if (left === 0) counts.delete(key);
      else counts.set(key, left);
    }
    if (window.from > 1_000 && 2 * window.from > window.hits.length) {
      window.hits.splice(0, window.from); // those that left need not stay in memory
      window.from = 0;
    }
    const inside = window.hits.length - window.from;
    const count = kind === 'event_count' ? inside : counts.size;
    if (!isComplete(correlation, window, count)) continue;
    yield {
      rule: correlation,
      ns: hit.ns,
      place: placeOf(hit),
      group: groupOf(correlation, hit.group),
      count,
      places: window.hits.slice(window.from, window.from + PLACES_MAX).map(placeOf),
    };
    windows.delete(hit.group);
  }
}

function isComplete(correlation: CorrelationRule, window: Window, count: number): boolean {
  const { kind, conditions, rules } = correlation;
  if (kind === 'temporal' && conditions.length === 0) return count === rules.length;
  if (kind === 'temporal_ordered') return isInOrder(rules.length, window);
  return conditions.every(({ operator, value }) => {
    if (operator === 'gt') return count > value;
    if (operator === 'gte') return count >= value;
    if (operator === 'lt') return count < value;
    return operator === 'lte' ? count <= value : count === value;
  });
}

/** Whether the rules' hits follow each other in the order of the list. */
function isInOrder(rules: number, window: Window): boolean {
  if (window.counts.size < rules) return false;
  let wanted = 0;
  for (let i = window.from; i < window.hits.length && wanted < rules; i++) {
    if (window.hits[i]!.rule === wanted) wanted++;
  }
  return wanted === rules;
}

function placeOf({ file, recordId, offset }: Hit): HitPlace {
  return { file, recordId, offset };
}

function groupOf({ groupBy }: CorrelationRule, group: string): Record<string, string> {
  const values = JSON.parse(group) as string[];
  return Object.fromEntries(groupBy.map((name, i) => [name, values[i]!]));
}

function textOf(value: FieldValue | undefined): string {
  return value === undefined || value === null ? '' : Array.isArray(value) ? value.join(',') : String(value);
}
