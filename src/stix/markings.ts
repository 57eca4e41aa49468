/**
 * What an object's markings say (STIX 2.1 §7.2): markings of the whole object, granular markings of parts of it,
 * and the level of the Traffic Light Protocol that follows.
 *
 * Release decisions rest on this, so doubt goes the strict way: the strictest level counts, a granular marking counts
 * for the whole object unless its part is asked for, and TLP 1 and 2.0 are one scale.
 */
import { isRecord } from './fields.ts';
import { selects } from './selectors.ts';
import { TLP_LEVELS, TLP2_EXTENSION_ID, type TlpLevel, tlpOfMarkingId } from './tlp.ts';

type Marked = Readonly<Record<string, unknown>>;

/** One granular marking, as far as it marks: language markings are left out. */
export interface GranularMarking {
  readonly markingRef: string;
  readonly selectors: readonly string[];
}

/** The marking definitions that mark the whole object. */
export function objectMarkings(object: Marked): readonly string[] {
  const refs = object['object_marking_refs'];
  return Array.isArray(refs) ? refs.filter((ref): ref is string => typeof ref === 'string') : [];
}

export function granularMarkings(object: Marked): readonly GranularMarking[] {
  const markings = object['granular_markings'];
  if (!Array.isArray(markings)) return [];
  return markings.flatMap((marking) => {
    if (!isRecord(marking) || typeof marking['marking_ref'] !== 'string') return [];
    const selectors = Array.isArray(marking['selectors']) ? marking['selectors'] : [];
    return [
      {
        markingRef: marking['marking_ref'],
        selectors: selectors.filter((selector) => typeof selector === 'string'),
      },
    ];
  });
}

/**
 * The marking definitions that apply to the part of the object a selector names: those of the whole object, of the
 * part, and of whatever holds it. `description`, `external_references.[0].url`.
 */
export function markingsAt(object: Marked, selector: string): readonly string[] {
  const refs = new Set(objectMarkings(object));
  for (const marking of granularMarkings(object)) {
    if (marking.selectors.some((outer) => selects(outer, selector))) refs.add(marking.markingRef);
  }
  return [...refs];
}

export interface TlpOptions {
  /** Marking definitions at hand, by id, for levels that are not given by one of the nine fixed ids. */
  readonly definitions?: ReadonlyMap<string, Marked>;
  /**
   * What granular markings do: `strictest` lets them raise the level of the object (what holds a red sentence is
   * red), `ignore` looks at the whole object's markings alone. `strictest` unless said otherwise.
   */
  readonly granular?: 'strictest' | 'ignore';
}

/** The strictest TLP level that marks the object, or undefined when none does. */
export function tlpOf(object: Marked, options: TlpOptions = {}): TlpLevel | undefined {
  const refs = [...objectMarkings(object)];
  if (options.granular !== 'ignore')
    refs.push(...granularMarkings(object).map((marking) => marking.markingRef));
  return strictest(refs, options.definitions);
}

/** The strictest TLP level that marks one part of the object, e.g. `description`. */
export function tlpAt(object: Marked, selector: string, options: TlpOptions = {}): TlpLevel | undefined {
  return strictest(markingsAt(object, selector), options.definitions);
}

function strictest(refs: readonly string[], definitions?: ReadonlyMap<string, Marked>): TlpLevel | undefined {
  let rank = -1;
  for (const ref of refs) {
    const definition = definitions?.get(ref);
    const level = tlpOfMarkingId(ref) ?? (definition && tlpOfDefinition(definition));
    if (level !== undefined) rank = Math.max(rank, TLP_LEVELS.indexOf(level));
  }
  return TLP_LEVELS[rank];
}

/** The level that a marking definition states, whatever its id; undefined when it states none. */
export function tlpOfDefinition(definition: Marked): TlpLevel | undefined {
  const { id, definition: held, extensions } = definition;
  const fixed = typeof id === 'string' ? tlpOfMarkingId(id) : undefined;
  if (fixed !== undefined) return fixed;
  const tlp2 = isRecord(extensions) ? extensions[TLP2_EXTENSION_ID] : undefined;
  const stated = isRecord(tlp2) ? tlp2['tlp_2_0'] : isRecord(held) ? held['tlp'] : undefined;
  const level = stated === 'white' ? 'clear' : stated;
  return TLP_LEVELS.find((known) => known === level);
}
