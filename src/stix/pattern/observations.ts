/**
 * What a pattern is evaluated against: observed-data objects with the objects they name (STIX 2.1 §4.14, §9.1, §9.7.4).
 *
 * The caller hands over objects as they came; nothing is validated here. What is missing or malformed cannot be
 * obtained, and what cannot be obtained satisfies nothing (§9.6): an observation without readable times meets no
 * condition on time, and a reference that leads nowhere has no properties.
 */
import { timestampNs } from '../../base/time.ts';
import type { Work } from './work.ts';

export interface StixObject {
  readonly type: string;
  readonly id?: string;
  readonly [property: string]: unknown;
}

export interface Observation {
  readonly observedData: StixObject;
  /** Nanoseconds since 1970, or null when it is not known when this was observed. */
  readonly firstNs: bigint | null;
  readonly lastNs: bigint | null;
  /** `number_observed`: as many observations this stands for. */
  readonly count: number;
  readonly objects: readonly StixObject[];
  /** The object an embedded reference names, if it belongs to this observation. */
  resolve(reference: string): StixObject | undefined;
  /** What evaluating anything on it is charged to. */
  readonly work: Work;
}

/** Objects by id. */
type Scope = ReadonlyMap<string, StixObject>;

/**
 * The observations among `given`: observed-data beside the objects they refer to, or bundles of both. Of several
 * versions of one observed-data the newest counts, and if that is revoked, none. Objects that no observed-data
 * names are no observations.
 */
export function readObservations(given: readonly StixObject[], work: Work): Observation[] {
  const newest = new Map<unknown, { object: StixObject; scope: Scope; modifiedNs: bigint }>();
  const all = scopeOf(given);
  const collect = (objects: readonly unknown[], scope: Scope): void => {
    for (const object of objects) {
      if (!isStixObject(object)) continue;
      if (object.type !== 'observed-data') continue;
      const modified = own(object, 'modified');
      const modifiedNs = (typeof modified === 'string' ? timestampNs(modified) : null) ?? -(2n ** 63n);
      const key = object.id ?? object;
      const known = newest.get(key);
      if (!known || modifiedNs > known.modifiedNs) newest.set(key, { object, scope, modifiedNs });
    }
  };
  collect(given, all);
  for (const object of given) {
    if (!isStixObject(object) || object.type !== 'bundle') continue;
    const members = own(object, 'objects');
    if (Array.isArray(members)) collect(members, scopeOf(members));
  }
  return [...newest.values()]
    .filter(({ object }) => own(object, 'revoked') !== true)
    .map(({ object, scope }) => readObservation(object, scope, all, work));
}

function scopeOf(objects: readonly unknown[]): Scope {
  const scope = new Map<string, StixObject>();
  for (const object of objects) {
    if (isStixObject(object) && typeof object.id === 'string' && !scope.has(object.id))
      scope.set(object.id, object);
  }
  return scope;
}

function readObservation(observedData: StixObject, scope: Scope, all: Scope, work: Work): Observation {
  const named = new Map<string, StixObject>();
  const references = own(observedData, 'object_refs');
  if (Array.isArray(references)) {
    for (const reference of references) {
      const object = scope.get(reference) ?? all.get(reference);
      if (object) named.set(reference, object);
    }
  }
  // The deprecated form: the objects are inside, and refer to each other by their keys.
  const inside = own(observedData, 'objects');
  if (isRecord(inside)) {
    for (const key of Object.keys(inside)) {
      const object = inside[key];
      if (isStixObject(object)) named.set(key, object);
    }
  }
  const number = own(observedData, 'number_observed');
  const first = readNs(own(observedData, 'first_observed'));
  // Most observations are of one moment: its text is read once.
  const isMoment = own(observedData, 'last_observed') === own(observedData, 'first_observed');
  const last = isMoment ? first : readNs(own(observedData, 'last_observed'));
  const isKnown = first !== null && last !== null && first <= last;
  return {
    observedData,
    firstNs: isKnown ? first : null,
    lastNs: isKnown ? last : null,
    count: Number.isSafeInteger(number) && (number as number) > 0 ? (number as number) : 1,
    objects: [...new Set(named.values())],
    resolve: (reference) => named.get(reference),
    work,
  };
}

function readNs(value: unknown): bigint | null {
  return typeof value === 'string' ? timestampNs(value) : null;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isStixObject(value: unknown): value is StixObject {
  return isRecord(value) && typeof own(value, 'type') === 'string';
}

/** Only what the object itself has: names such as `constructor` come from patterns and data. */
export function own(object: Readonly<Record<string, unknown>>, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}
