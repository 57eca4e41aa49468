import type { Event, FieldValue } from '../event.ts';

/** How a field of a rule is read from an event of a view; names that are not listed are themselves. */
export type FieldMap = ReadonlyMap<string, string | ((event: Event) => FieldValue | undefined)>;

export interface View {
  /** The same text for all events of the view. */
  readonly key: string;
  readonly product: string | null;
  readonly categories: readonly string[];
  readonly services: readonly string[];
  readonly fields: FieldMap | null;
}
