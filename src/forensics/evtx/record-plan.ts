/**
 * How to read the fields of all records that are made of the same definitions: the outer one (System) and those of
 * the fragments among its values (EventData, UserData). Made once per chunk and combination, used by every record.
 */
import type { FieldPlan, Piece } from './fragment.ts';

/** A definition as a chunk holds it; `nested` maps the plans of fragments in its values to the plan of both together. */
export interface Definition {
  readonly fields: readonly FieldPlan[];
  readonly combined: Map<string, RecordPlan>;
  readonly id: number;
}

/** One occurrence of a field: the part of the record it is in, and its pieces there. */
export interface Occurrence {
  readonly part: number;
  readonly pieces: readonly Piece[];
}

export interface Column {
  readonly name: string;
  readonly occurrences: readonly Occurrence[];
  /** Without a value, an element of the event's data is an empty text; all else is left out. */
  readonly keepEmpty: boolean;
}

/** The names of a record's fields, shared by all records of a file that have these names in this order. */
export interface Shape {
  readonly names: readonly string[];
  readonly columns: ReadonlyMap<string, number>;
}

export interface RecordPlan {
  readonly shape: Shape;
  readonly columns: readonly Column[];
  /** Fields whose names are values themselves; looked at record by record. */
  readonly dynamic: readonly { readonly part: number; readonly field: FieldPlan }[];
}

/** Shapes by their names: some hundreds in a file, so that readers can prepare for each once. */
export class ShapeTable {
  readonly #shapes = new Map<string, Shape>();

  shapeOf(names: readonly string[]): Shape {
    const key = names.join('\0');
    let shape = this.#shapes.get(key);
    if (shape === undefined) {
      shape = { names, columns: new Map(names.map((name, i) => [name, i])) };
      if (this.#shapes.size < SHAPES_MAX) this.#shapes.set(key, shape);
    }
    return shape;
  }
}

/** A file with more than this many kinds of records was made to fill memory; further shapes are not kept. */
const SHAPES_MAX = 20_000;

/** Which value of a part is itself a fragment; its plan is the next part. */
export interface NestedSlot {
  readonly part: number;
  readonly index: number;
}

export function planRecord(
  parts: readonly Definition[],
  nested: readonly NestedSlot[],
  shapes: ShapeTable,
): RecordPlan {
  const byName = new Map<string, { occurrences: Occurrence[]; keepEmpty: boolean; system: boolean }>();
  const dynamic: { part: number; field: FieldPlan }[] = [];
  const isNested = (part: number, piece: Piece) =>
    nested.some((slot) => slot.part === part && slot.index === piece);
  for (const [part, definition] of parts.entries()) {
    for (const field of definition.fields) {
      if (field.pieces.some((piece) => isNested(part, piece))) continue;
      if (field.name === null) {
        dynamic.push({ part, field });
        continue;
      }
      const system = part === 0 && field.origin !== 'data';
      let name = field.name;
      if (!system && byName.get(name)?.system) name = `EventData_${name}`;
      const column = byName.get(name);
      if (column === undefined) {
        byName.set(name, {
          occurrences: [{ part, pieces: field.pieces }],
          keepEmpty: field.origin === 'data',
          system,
        });
      } else column.occurrences.push({ part, pieces: field.pieces });
    }
  }
  const columns = [...byName].map(([name, { occurrences, keepEmpty }]) => ({ name, occurrences, keepEmpty }));
  return { shape: shapes.shapeOf(columns.map((column) => column.name)), columns, dynamic };
}
