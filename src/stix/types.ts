/** STIX objects as TypeScript sees them. The tables in `schema/` are the source of the types, too. */
import type { ObjectTypes } from './schema/index.ts';

/** Any object: of the specification, of an extension, or custom. */
export interface StixObject {
  readonly type: string;
  readonly id: string;
  readonly spec_version?: string;
  readonly created?: string;
  readonly modified?: string;
  readonly revoked?: boolean;
  readonly object_marking_refs?: readonly string[];
  readonly [property: string]: unknown;
}

export type ObjectTypeName = keyof ObjectTypes;
/** `StixObjectOf<'indicator'>` is what an indicator looks like. */
export type StixObjectOf<N extends ObjectTypeName> = ObjectTypes[N];
/** Any object that the specification defines, told apart by `type`. */
export type KnownObject = { [N in ObjectTypeName]: ObjectTypes[N] }[ObjectTypeName];

/** Narrows a validated object to the type of its table. */
export function isObjectOf<N extends ObjectTypeName>(
  object: { readonly type: string },
  type: N,
): object is StixObjectOf<N> {
  return object.type === type;
}
