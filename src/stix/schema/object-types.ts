/** What kinds of object there are, and which identifiers may stand where. */
import type { Rule } from '../fields.ts';
import type { Fields, ObjectOf } from '../records.ts';
import { type Shape, shapeOf } from '../records.ts';
import { CORE, OBSERVABLE, versionsInOrder } from './common.ts';

export type Kind = 'sdo' | 'sro' | 'sco' | 'smo';

export interface ObjectType<F extends Fields = Fields> {
  readonly type: string;
  readonly kind: Kind;
  readonly shape: Shape;
  /** Properties an observable's deterministic id is made from; null for other kinds (STIX 2.1 §3.4). */
  readonly contributing: readonly string[] | null;
  /** Carries the table's type; never set. */
  readonly fields?: F;
}

export type Instance<T> = T extends ObjectType<infer F> ? ObjectOf<F> : never;

export function domainObject<N extends string, F extends Fields>(
  type: N,
  section: string,
  fields: F,
  rules: readonly Rule[] = [],
): ObjectType<typeof CORE & F> & { readonly type: N } {
  return make(type, 'sdo', section, { ...CORE, ...fields }, rules, null);
}

export function relationshipObject<N extends string, F extends Fields>(
  type: N,
  section: string,
  fields: F,
  rules: readonly Rule[] = [],
): ObjectType<typeof CORE & F> & { readonly type: N } {
  return make(type, 'sro', section, { ...CORE, ...fields }, rules, null);
}

export function observable<N extends string, F extends Fields>(
  type: N,
  section: string,
  contributing: readonly string[],
  fields: F,
  rules: readonly Rule[] = [],
): ObjectType<typeof OBSERVABLE & F> & { readonly type: N } {
  return make(type, 'sco', section, { ...OBSERVABLE, ...fields }, rules, contributing);
}

export function metaObject<N extends string, F extends Fields>(
  type: N,
  section: string,
  fields: F,
  rules: readonly Rule[] = [],
): ObjectType<F> & { readonly type: N } {
  return make(type, 'smo', section, fields, rules, null);
}

function make<N extends string, F extends Fields>(
  type: N,
  kind: Kind,
  section: string,
  fields: F,
  rules: readonly Rule[],
  contributing: readonly string[] | null,
): ObjectType<F> & { readonly type: N } {
  const all = 'modified' in fields ? [versionsInOrder, ...rules] : rules;
  return { type, kind, shape: shapeOf(section, fields, all), contributing };
}
