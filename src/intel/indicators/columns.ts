/** CSV with columns that somebody named: which column holds the value, and what the others say about it. */
import { EntenteError } from '../../base/index.ts';
import { INDICATOR_BYTES_MAX, isKind, type Kind, recogniseKind } from '../../match/index.ts';
import { KIND_NAMES, LineReader, type ListIssue, splitCells, undoDefanging } from './list.ts';

/** What a column can say. */
export const COLUMN_FIELDS = [
  'value',
  'type',
  'name',
  'comment',
  'confidence',
  'first-seen',
  'valid-until',
  'tlp',
  'tags',
] as const;
export type ColumnField = (typeof COLUMN_FIELDS)[number];
export type Columns = ReadonlyMap<ColumnField, string | number>;

export interface RowValue {
  readonly kind: Kind;
  readonly value: string;
  /** From 1. */
  readonly line: number;
  readonly said: Readonly<Partial<Record<ColumnField, string>>>;
}

/** `value=2,type=Kind,comment=4`: numbers count from 1, anything else is a heading. @throws EntenteError `usage` */
export function parseColumns(text: string): Columns {
  const columns = new Map<ColumnField, string | number>();
  const fail = (why: string) =>
    new EntenteError(
      'usage',
      `--columns ${why}; it is written value=1,type=Type,comment=4 with ${COLUMN_FIELDS.join(', ')}`,
    );
  for (const part of text.split(',')) {
    const [field, column] = [
      part.slice(0, part.indexOf('=')).trim(),
      part.slice(part.indexOf('=') + 1).trim(),
    ];
    if (!part.includes('=') || column === '') throw fail(`has "${part.slice(0, 60)}"`);
    if (!(COLUMN_FIELDS as readonly string[]).includes(field)) throw fail(`knows no "${field.slice(0, 60)}"`);
    if (columns.has(field as ColumnField)) throw fail(`names ${field} twice`);
    const number = /^\d{1,4}$/.test(column) ? Number(column) : null;
    if (number === 0) throw fail('counts columns from 1');
    columns.set(field as ColumnField, number ?? column);
  }
  if (!columns.has('value')) throw fail('names no column for the value');
  return columns;
}

export class ColumnReader extends LineReader<RowValue> {
  readonly #columns: Columns;
  /** Positions from 0, once the first line has told them. */
  #places: Map<ColumnField, number> | null = null;

  constructor(columns: Columns) {
    super();
    this.#columns = columns;
  }

  protected override *readText(text: string, line: number): Generator<RowValue | ListIssue> {
    const cells = splitCells(text);
    if (this.#places === null) {
      this.#places = this.#locate(cells);
      // With headings the first line is no row; with numbers it is one, unless its value is none.
      const value = cells[this.#places.get('value')!] ?? '';
      if (this.#byName || recogniseKind(undoDefanging(value)) === null) return;
    }
    const said: Partial<Record<ColumnField, string>> = {};
    for (const [field, place] of this.#places) {
      const cell = cells[place]?.trim();
      if (cell) said[field] = cell;
    }
    const value = undoDefanging(said.value ?? '');
    if (value === '') {
      yield {
        line,
        message: `has no value in column ${this.#places.get('value')! + 1}: "${text.slice(0, 80)}"`,
      };
      return;
    }
    const named = said.type?.toLowerCase();
    const kind =
      named === undefined
        ? recogniseKind(value)
        : isKind(named)
          ? named
          : (KIND_NAMES[named] ?? recogniseKind(value));
    if (kind === null)
      yield {
        line,
        message:
          named === undefined
            ? `has a value of no known kind: "${value.slice(0, 80)}"`
            : `has the type "${named.slice(0, 40)}", which is no known kind`,
      };
    else if (value.length > INDICATOR_BYTES_MAX)
      yield { line, message: `has a value longer than ${INDICATOR_BYTES_MAX} characters` };
    else yield { kind, value, line, said };
  }

  get #byName(): boolean {
    return [...this.#columns.values()].some((column) => typeof column === 'string');
  }

  /** @throws EntenteError `intelligence-format` when the file has no such column */
  #locate(cells: readonly string[]): Map<ColumnField, number> {
    const places = new Map<ColumnField, number>();
    for (const [field, column] of this.#columns) {
      const place =
        typeof column === 'number'
          ? column - 1
          : cells.findIndex((cell) => cell.trim().toLowerCase() === column.toLowerCase());
      if (place < 0 || place >= cells.length) {
        const shown = cells
          .slice(0, 30)
          .map((cell) => `"${cell.slice(0, 40)}"`)
          .join(', ');
        throw new EntenteError(
          'intelligence-format',
          typeof column === 'number'
            ? `has no column ${column} for ${field}: its first line has ${cells.length}`
            : `has no column "${column.slice(0, 60)}" for ${field}: its first line has ${shown}`,
        );
      }
      places.set(field, place);
    }
    return places;
  }
}
