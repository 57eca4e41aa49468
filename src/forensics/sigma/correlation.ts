/**
 * Correlations: findings about several events together. Base rules hit single events; a correlation counts those hits,
 * or waits for several rules, within a span of time and a group of equal field values.
 *
 * Evidence does not come in the order of time: files are read one after another, and a log's records can be out of order.
 * So hits are gathered while events are read and judged at the end, sorted by time. What is gathered per hit is
 * small, and bounded in number; events without time take no part and are counted.
 *
 * `window.ts` says when hits make a finding.
 */
import type { Event, FieldValue } from '../event.ts';
import type { CorrelationRule, SigmaRule } from './rule.ts';
import { findingsOf, type Hit, type HitPlace } from './window.ts';

/** A hit takes about 200 bytes; this bounds what is gathered to about 400 MB in the worst case. */
const HITS_MAX = 2_000_000;

/** What one correlator gathered, to be judged by another: plain data, for handing over between threads. */
export interface GatheredHits {
  readonly hits: readonly (readonly Hit[])[];
  readonly untimed: number;
  readonly ungrouped: number;
  readonly dropped: number;
}

/** What a hit is grouped or counted by: a text, or the texts of a field with several. */
type Key = string | readonly string[];

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

/** A base rule's part in a correlation, and what it is called there. */
interface Wanted {
  readonly correlation: number;
  readonly rule: number;
  readonly names: readonly string[];
}

export class Correlator {
  readonly #correlations: readonly CorrelationRule[];
  /** A base rule to the correlations that want it, with its place in their lists. */
  readonly #wanted = new Map<string, Wanted[]>();
  /** Each correlation's list as places among its different rules: a rule named twice is wanted twice. */
  readonly #sequences: readonly (readonly number[])[];
  readonly #hits: Hit[][];
  readonly #hidden = new Set<string>();
  #gathered = 0;
  /** Hits of events without time. */
  untimed = 0;
  /** Hits of events that lack a field which is grouped by or counted. */
  ungrouped = 0;
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
    this.#sequences = correlations.map(({ rules: references, generate }, correlation) => {
      const ids = references.map((reference) => idOf.get(reference)!);
      const different = [...new Set(ids)];
      for (const [rule, id] of different.entries()) {
        const names = references.filter((_, i) => ids[i] === id);
        this.#wanted.set(id, [...(this.#wanted.get(id) ?? []), { correlation, rule, names }]);
        if (!generate) this.#hidden.add(id);
      }
      return ids.map((id) => different.indexOf(id));
    });
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
    for (const one of wanted) this.#take(one, place, time.ns, (field) => keyOf(read(field)));
  }

  /** Gives away what was gathered so far. */
  drain(): GatheredHits {
    const { untimed, ungrouped, dropped } = this;
    const hits = this.#hits.map((gathered) => gathered.splice(0));
    this.#gathered = 0;
    this.untimed = 0;
    this.ungrouped = 0;
    this.dropped = 0;
    return { hits, untimed, ungrouped, dropped };
  }

  /** Takes what another correlator of the same rules gathered. */
  absorb(gathered: GatheredHits): void {
    this.untimed += gathered.untimed;
    this.ungrouped += gathered.ungrouped;
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
      for (const { hit, count, hits: inside } of findingsOf(correlation, this.#sequences[index]!, hits)) {
        const place = placeOf(hit);
        const keys = JSON.parse(hit.group) as readonly Key[];
        const group = new Map(correlation.groupBy.map((name, i) => [name, keys[i]!]));
        for (const outer of this.#wanted.get(correlation.id) ?? [])
          this.#take(outer, place, hit.ns, (field) => group.get(field) ?? null);
        if (this.#hidden.has(correlation.id)) continue;
        yield {
          rule: correlation,
          ns: hit.ns,
          place,
          group: Object.fromEntries(
            [...group].map(([name, key]) => [name, typeof key === 'string' ? key : key.join(',')]),
          ),
          count,
          places: inside.slice(0, PLACES_MAX).map(placeOf),
        };
      }
      this.#hits[index] = [];
    }
  }

  /** Events without a field that is grouped by have nothing in common by it, and one without the counted field adds no value. */
  #take(
    { correlation, rule, names }: Wanted,
    place: HitPlace,
    ns: bigint,
    read: (field: string) => Key | null,
  ): void {
    const { groupBy, field, aliases } = this.#correlations[correlation]!;
    const readAlias = (name: string) => {
      const reference = names.find((one) => aliases[name]?.[one] !== undefined);
      return read(reference === undefined ? name : aliases[name]![reference]!);
    };
    const keys = groupBy.map(readAlias);
    const value = field === null ? null : readAlias(field);
    if (keys.includes(null) || (field !== null && value === null)) this.ungrouped++;
    else
      this.#gather(correlation, {
        ...place,
        ns,
        rule,
        group: JSON.stringify(keys),
        value: JSON.stringify(value),
      });
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

function placeOf({ file, recordId, offset }: Hit): HitPlace {
  return { file, recordId, offset };
}

function keyOf(value: FieldValue | undefined): Key | null {
  if (value === undefined || value === null) return null;
  if (!Array.isArray(value)) return String(value);
  return value.length === 0 ? null : value.map(String);
}
