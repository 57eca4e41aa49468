/**
 * STIX 2.0 becomes 2.1, and every change is told. What differs between the two for objects that exist in both:
 * `spec_version` moves from the bundle to the objects; `labels` that classify become properties of their own;
 * indicators name their pattern language; observables leave the container of observed data, get ids, and some of
 * their properties have other names; START and STOP of patterns take timestamps.
 *
 * Markings follow what they mark. Observables of marked observed data get ids of their own instead of deterministic
 * ones: under a shared id, one copy with fewer markings would stand for all.
 *
 * The input is not validated and never changed; `validateObject` judges what comes out.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { encodeHex, JSON_DEPTH_MAX, utf8 } from '../base/index.ts';
import { isRecord } from './fields.ts';
import { observableId } from './observable-id.ts';
import { kindOf } from './schema/kinds.ts';
import { VOCABULARIES, type VocabularyName } from './vocabularies.ts';

type Json = Readonly<Record<string, unknown>>;
type Draft = Record<string, unknown>;

export interface UpgradeChange {
  /** The object that was changed, by its id in the result. */
  readonly id: string;
  /** The property in the result, or the one that is gone. */
  readonly path: string;
  readonly message: string;
}

export interface Upgrade {
  /** The objects in their order; observed data is followed by its observables. Objects of 2.1 are as they were. */
  readonly objects: readonly Json[];
  readonly changes: readonly UpgradeChange[];
}

/** What only 2.1 has: an object with it lacks its `spec_version` by mistake. */
const ONLY_21 = ['pattern_type', 'extensions', 'confidence', 'lang', 'is_family'];

/** Whether this is an object of STIX 2.0, or a bundle of such objects. */
export function isStix20(json: unknown): json is Json {
  if (!isRecord(json) || typeof json['type'] !== 'string') return false;
  const type = json['type'];
  if (type === 'bundle') return json['spec_version'] === '2.0';
  if (json['spec_version'] !== undefined || kindOf(type) === 'sco') return false;
  if (typeof json['created'] !== 'string') return false;
  if (type === 'observed-data') return !Object.hasOwn(json, 'object_refs');
  const moved = CLASSIFIED.get(type);
  return (
    !ONLY_21.some((name) => Object.hasOwn(json, name)) && !(moved && Object.hasOwn(json, moved.property))
  );
}

/** Makes 2.1 of an object or of a bundle's objects. What is 2.1 already, or no STIX, comes out as it is. */
export function upgradeStix20(json: unknown): Upgrade {
  const isBundle = isRecord(json) && json['type'] === 'bundle';
  const inputs = isBundle ? json['objects'] : [json];
  const objects: Json[] = [];
  const changes: UpgradeChange[] = [];
  const seen = new Map<string, Json>();
  for (const input of Array.isArray(inputs) ? inputs : []) {
    if (!isStix20(input)) {
      if (isRecord(input)) objects.push(input);
      continue;
    }
    const [object, ...observables] = upgradeObject(input, changes);
    objects.push(object!);
    for (const observable of observables) {
      const id = textOf(observable['id']);
      if (isSame(seen.get(id), observable)) continue;
      seen.set(id, observable);
      objects.push(observable);
    }
  }
  return { objects, changes };
}

/** Whether two JSON values are the same, order of members aside. What nests too deeply is the same as nothing. */
function isSame(a: unknown, b: unknown, depth = 0): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  if (depth > JSON_DEPTH_MAX || Array.isArray(a) !== Array.isArray(b)) return false;
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every(
    (name) => Object.hasOwn(b, name) && isSame((a as Json)[name], (b as Json)[name], depth + 1),
  );
}

function upgradeObject(input: Json, changes: UpgradeChange[]): Draft[] {
  const id = textOf(input['id']);
  const tell = (path: string, message: string, of = id) => void changes.push({ id: of, path, message });
  const draft: Draft = { type: input['type'], spec_version: '2.1' };
  for (const name of Object.keys(input)) if (name !== 'type') set(draft, name, input[name]);
  tell('spec_version', 'added: STIX 2.0 has it on the bundle');
  classify(draft, tell);
  if (draft['type'] === 'indicator') upgradeIndicator(draft, tell);
  if (draft['type'] === 'observed-data' && isRecord(draft['objects'])) {
    return [draft, ...releaseObservables(draft, draft['objects'], changes)];
  }
  return [draft];
}

/** Nothing is converted: an object of JSON may have a member `toString`. */
const textOf = (value: unknown) => (typeof value === 'string' ? value : '');

/** As an own property, whatever its name. */
function set(draft: Draft, name: string, value: unknown): void {
  Object.defineProperty(draft, name, { value, enumerable: true, configurable: true, writable: true });
}

type Tell = (path: string, message: string, of?: string) => void;

/** Labels that were terms of a vocabulary, and the property that has them now. */
const CLASSIFIED = new Map<string, { readonly property: string; readonly vocabulary: VocabularyName }>([
  ['indicator', { property: 'indicator_types', vocabulary: 'indicator-type-ov' }],
  ['malware', { property: 'malware_types', vocabulary: 'malware-type-ov' }],
  ['report', { property: 'report_types', vocabulary: 'report-type-ov' }],
  ['threat-actor', { property: 'threat_actor_types', vocabulary: 'threat-actor-type-ov' }],
  ['tool', { property: 'tool_types', vocabulary: 'tool-type-ov' }],
]);

function classify(draft: Draft, tell: Tell): void {
  const moved = CLASSIFIED.get(textOf(draft['type']));
  const labels = draft['labels'];
  if (!moved || !Array.isArray(labels)) return;
  const { terms } = VOCABULARIES[moved.vocabulary];
  const types = labels.filter((label) => terms.has(label));
  if (types.length === 0) return;
  const rest = labels.filter((label) => !terms.has(label));
  if (rest.length > 0) draft['labels'] = rest;
  else delete draft['labels'];
  draft[moved.property] = types;
  tell(moved.property, `taken from labels: ${types.join(', ')}`);
  moveSelectors(draft, (selector) => {
    const [root, position, ...more] = selector.split('.');
    if (root !== 'labels') return [selector];
    if (position === undefined) return rest.length > 0 ? ['labels', moved.property] : [moved.property];
    const label = labels[Number(position.slice(1, -1))];
    const [property, list] = terms.has(label) ? [moved.property, types] : ['labels', rest];
    return [[property, `[${list.indexOf(label)}]`, ...more].join('.')];
  });
}

function upgradeIndicator(draft: Draft, tell: Tell): void {
  draft['pattern_type'] = 'stix';
  tell('pattern_type', 'added: STIX 2.0 knows only STIX patterns');
  const pattern = draft['pattern'];
  if (typeof pattern !== 'string') return;
  const upgraded = upgradePattern(pattern);
  if (upgraded === pattern) return;
  draft['pattern'] = upgraded;
  tell('pattern', 'START and STOP take timestamps: t before their constants');
}

/** Quoted text and what stands before it, so that nothing inside quotes is taken for a keyword. */
const QUOTED = /([^']*)'((?:[^'\\]|\\.)*)'/gs;

function upgradePattern(pattern: string): string {
  return pattern.replace(QUOTED, (whole, before: string, quoted: string) =>
    /(?:^|\s)(?:START|STOP)\s+$/.test(before.slice(-64)) ? `${before}t'${quoted}'` : whole,
  );
}

/** Properties of observables that have another name now. */
const RENAMED: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map([
  [
    'directory',
    new Map([
      ['created', 'ctime'],
      ['modified', 'mtime'],
      ['accessed', 'atime'],
    ]),
  ],
  [
    'file',
    new Map([
      ['created', 'ctime'],
      ['modified', 'mtime'],
      ['accessed', 'atime'],
    ]),
  ],
  [
    'process',
    new Map([
      ['created', 'created_time'],
      ['binary_ref', 'image_ref'],
    ]),
  ],
  ['user-account', new Map([['password_last_changed', 'credential_last_changed']])],
  ['windows-registry-key', new Map([['modified', 'modified_time']])],
]);

/** Takes the observables out of the container; leaves references to them. */
function releaseObservables(draft: Draft, container: Json, changes: UpgradeChange[]): Draft[] {
  const id = textOf(draft['id']);
  const isMarked = Object.hasOwn(draft, 'object_marking_refs') || Object.hasOwn(draft, 'granular_markings');
  const ids = new Map<string, string>();
  const observables = new Map<string, Draft>();
  for (const [key, held] of Object.entries(container)) {
    if (isRecord(held) && typeof held['type'] === 'string') observables.set(key, renewed(held, held['type']));
  }
  for (const key of referredFirst(observables)) {
    const observable = observables.get(key)!;
    resolve(observable, ids);
    const shared =
      isMarked || referencesIn(observable).some((ref) => observables.has(ref)) ? null : sharedId(observable);
    ids.set(key, shared ?? `${observable['type']}--${uuidFrom(`${id} ${key}`)}`);
  }
  for (const observable of observables.values()) resolve(observable, ids);

  const keys = [...observables.keys()];
  delete draft['objects'];
  draft['object_refs'] = keys.map((key) => ids.get(key)!);
  changes.push({
    id,
    path: 'object_refs',
    message: `the ${keys.length} observables of objects are objects now`,
  });
  const released = keys.map((key) => {
    const { type, ...rest } = observables.get(key)!;
    const object: Draft = { type, spec_version: '2.1', id: ids.get(key)! };
    for (const name of Object.keys(rest)) set(object, name, rest[name]);
    if (draft['object_marking_refs'] !== undefined)
      object['object_marking_refs'] = draft['object_marking_refs'];
    changes.push({ id: ids.get(key)!, path: '', message: `was objects.${key.slice(0, 60)} of ${id}` });
    return object;
  });
  moveMarkings(draft, keys, released);
  return released;
}

/**
 * The keys in an order in which what is referred to comes first, since an id may be made from references. What turns
 * in a circle comes last, in its order.
 */
function referredFirst(observables: ReadonlyMap<string, Draft>): readonly string[] {
  const waitingFor = new Map<string, number>();
  const neededBy = new Map<string, string[]>();
  for (const [key, observable] of observables) {
    const needed = new Set(referencesIn(observable).filter((ref) => observables.has(ref)));
    waitingFor.set(key, needed.size);
    for (const ref of needed) {
      const others = neededBy.get(ref);
      if (others) others.push(key);
      else neededBy.set(ref, [key]);
    }
  }
  const order = [...observables.keys()].filter((key) => waitingFor.get(key) === 0);
  for (const key of order) {
    for (const other of neededBy.get(key) ?? []) {
      const left = waitingFor.get(other)! - 1;
      waitingFor.set(other, left);
      if (left === 0) order.push(other);
    }
  }
  const placed = new Set(order);
  return [...order, ...[...observables.keys()].filter((key) => !placed.has(key))];
}

function sharedId(observable: Draft): string | null {
  try {
    return observableId(observable as Draft & { type: string });
  } catch {
    return null; // a value that has no canonical form
  }
}

/** A UUID in the form of version 4 that is the same for the same text: a result here must not depend on chance. */
function uuidFrom(text: string): string {
  const digest = sha256(utf8(text)).slice(0, 16);
  digest[6] = (digest[6]! & 0x0f) | 0x40;
  digest[8] = (digest[8]! & 0x3f) | 0x80;
  const hex = encodeHex(digest);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The observable with the names and forms of 2.1. */
function renewed(held: Json, type: string): Draft {
  const names = RENAMED.get(type);
  const draft: Draft = {};
  for (const [name, value] of Object.entries(held))
    set(draft, names?.get(name) ?? name, renewedValue(name, value));
  const { extensions } = draft;
  if (isRecord(extensions) && isRecord(extensions['http-request-ext'])) {
    const request = extensions['http-request-ext'];
    const header = request['request_header'];
    draft['extensions'] = {
      ...extensions,
      'http-request-ext': isRecord(header) ? { ...request, request_header: listed(header) } : request,
    };
  }
  return draft;
}

function renewedValue(name: string, value: unknown): unknown {
  if (!isRecord(value)) return value;
  if (name === 'additional_header_fields') return listed(value);
  if (name === 'hashes' && Object.hasOwn(value, 'ssdeep')) {
    return Object.fromEntries(
      Object.entries(value).map(([key, hash]) => [key === 'ssdeep' ? 'SSDEEP' : key, hash]),
    );
  }
  return value;
}

/** Header fields are lists in 2.1, since a field may be repeated. */
function listed(fields: Json): Json {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [key, typeof value === 'string' ? [value] : value]),
  );
}

const isRefName = (name: string) => name.endsWith('_ref') || name.endsWith('_refs');

/** The keys that references anywhere in an observable name. Deeper than anything that is read, nothing is looked for. */
function referencesIn(value: unknown, isRef = false, depth = 0): readonly string[] {
  if (typeof value === 'string') return isRef ? [value] : [];
  if (depth > JSON_DEPTH_MAX) return [];
  if (Array.isArray(value)) return value.flatMap((item) => referencesIn(item, isRef, depth + 1));
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([name, held]) => referencesIn(held, isRefName(name), depth + 1));
}

/** Puts ids in place of the keys that have one. */
function resolve(draft: Draft, ids: ReadonlyMap<string, string>): void {
  for (const name of Object.keys(draft)) set(draft, name, resolved(draft[name], isRefName(name), ids, 0));
}

function resolved(value: unknown, isRef: boolean, ids: ReadonlyMap<string, string>, depth: number): unknown {
  if (typeof value === 'string') return isRef ? (ids.get(value) ?? value) : value;
  if (depth > JSON_DEPTH_MAX) return value;
  if (Array.isArray(value)) return value.map((item) => resolved(item, isRef, ids, depth + 1));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, held]) => [name, resolved(held, isRefName(name), ids, depth + 1)]),
  );
}

/** Granular markings of parts of `objects` go with the observable they mark. */
function moveMarkings(draft: Draft, keys: readonly string[], released: readonly Draft[]): void {
  moveSelectors(draft, (selector, marking) => {
    const [root, key, ...more] = selector.split('.');
    if (root !== 'objects') return [selector];
    if (key === undefined) {
      for (const object of released) markWhole(object, marking);
      return ['object_refs'];
    }
    const index = keys.indexOf(key);
    const object = released[index];
    if (object === undefined) return [];
    if (more.length === 0) markWhole(object, marking);
    else {
      const [first, ...rest] = more as [string, ...string[]];
      const name = RENAMED.get(textOf(object['type']))?.get(first) ?? first;
      const part = { ...marking, selectors: [[name, ...rest].join('.')] };
      object['granular_markings'] = [...((object['granular_markings'] as Json[] | undefined) ?? []), part];
    }
    return [`object_refs.[${index}]`];
  });
}

function markWhole(object: Draft, marking: Json): void {
  const refs = (object['object_marking_refs'] as string[] | undefined) ?? [];
  const ref = marking['marking_ref'];
  if (typeof ref === 'string' && !refs.includes(ref)) object['object_marking_refs'] = [...refs, ref];
}

/** Rewrites the selectors of all granular markings; one that is left without any goes. */
function moveSelectors(draft: Draft, move: (selector: string, marking: Json) => readonly string[]): void {
  const markings = draft['granular_markings'];
  if (!Array.isArray(markings)) return;
  const moved = markings.flatMap((marking) => {
    if (!isRecord(marking) || !Array.isArray(marking['selectors'])) return [marking];
    const selectors = marking['selectors'].flatMap((selector) =>
      typeof selector === 'string' ? move(selector, marking) : [selector],
    );
    return selectors.length > 0 ? [{ ...marking, selectors: [...new Set(selectors)] }] : [];
  });
  if (moved.length > 0) draft['granular_markings'] = moved;
  else delete draft['granular_markings'];
}
