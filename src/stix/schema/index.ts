/** Every object type of STIX 2.1, by name. */
import * as domain from './domain.ts';
import * as meta from './meta.ts';
import type { Instance, ObjectType } from './object-types.ts';
import * as observables from './observables.ts';
import * as relationships from './relationships.ts';

export const OBJECT_TYPES: ReadonlyMap<string, ObjectType> = new Map(
  [domain, relationships, observables, meta]
    .flatMap((tables) => Object.values<unknown>(tables))
    .filter((table): table is ObjectType => typeof table === 'object' && table !== null && 'shape' in table)
    .map((table) => [table.type, table]),
);

type Tables = typeof domain & typeof relationships & typeof observables & typeof meta;
type ByType = {
  [K in keyof Tables as Tables[K] extends { readonly type: infer N extends string; readonly shape: unknown }
    ? N
    : never]: Tables[K];
};

/** The TypeScript type of each object type: `ObjectTypes['indicator']`. */
export type ObjectTypes = {
  readonly [N in keyof ByType]: Omit<Instance<ByType[N]>, 'type'> & { readonly type: N };
};
