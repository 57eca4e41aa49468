/** A list whose rows are all here, in the order that its reader chooses by the head of a column, or in groups. Both stand in the address, so that a link shows the same. */

import { useNavigate, useSearch } from '@tanstack/react-router';
import {
  columnGroupingFeature,
  createGroupedRowModel,
  createSortedRowModel,
  functionalUpdate,
  type RowData,
  rowSortingFeature,
  type SortingState,
  tableFeatures,
  useTable,
} from '@tanstack/react-table';
import { type ComponentProps, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from './format.ts';
import { type Column, Rows } from './rows.tsx';

/** What a column's rows are ordered and grouped by, named as the column is. Nothing, and an empty text, stand last in both directions. */
export type Values<T> = Readonly<Record<string, (row: T) => string | number | null>>;

const FEATURES = tableFeatures({
  columnGroupingFeature,
  rowSortingFeature,
  groupedRowModel: createGroupedRowModel(),
  sortedRowModel: createSortedRowModel(),
});
/** The largest group stands first, unless the reader orders the groups themselves. */
const BY_SIZE = { id: 'rows of a group', desc: true };

/** `at`, or `-at` for descending. */
const orderOf = (text: string): SortingState =>
  text === '' ? [] : [{ id: text.replace(/^-/, ''), desc: text.startsWith('-') }];

/** A word of the address, or of this list alone when `name` is null. */
export function useAddressed(name: string | null): [string, (value: string) => void] {
  const search = useSearch({ strict: false }) as Readonly<Record<string, unknown>>;
  const navigate = useNavigate();
  const [own, setOwn] = useState('');
  if (name === null) return [own, setOwn];
  const set = (value: string) =>
    void navigate({
      to: '.',
      search: ((now: object) => ({ ...now, [name]: value === '' ? undefined : value })) as never,
      replace: true,
      resetScroll: false,
    });
  return [String(search[name] ?? ''), set];
}

export function SortedRows<T extends RowData>({
  values,
  addressed = 'sort',
  group = null,
  ...table
}: Omit<ComponentProps<typeof Rows<T>>, 'columns'> & {
  readonly columns: readonly Column<T>[];
  /** Kept from one drawing to the next where rows are many, since a new one orders them anew. */
  readonly values: Values<T>;
  /** Where the order stands in the address; null for a list in a dialog. */
  readonly addressed?: string | null;
  /** A column by whose values rows stand together, and what each such value is called. */
  readonly group?: { readonly by: string; readonly name: (value: string) => string } | null;
}) {
  const { i18n } = useTranslation();
  const { count } = useFormat();
  const [text, setText] = useAddressed(addressed);
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const by = group !== null && group.by in values ? group.by : null;
  const chosen = useMemo(() => orderOf(text).filter(({ id }) => id in values), [text, values]);
  const columns = useMemo(() => {
    const { compare } = new Intl.Collator(i18n.language, { numeric: true });
    return [
      ...Object.entries(values).map(([id, value]) => ({
        id,
        accessorFn: (row: T) => {
          const found = value(row);
          return found === null || found === '' ? undefined : found;
        },
        // A group is that of what its rows have, also when they have nothing.
        getGroupingValue: (row: T) => value(row) ?? '',
        sortUndefined: 'last' as const,
        sortDescFirst: false,
        sortFn: (a: Valued, b: Valued) => {
          const [x, y] = [a.getValue(id), b.getValue(id)];
          return typeof x === 'number' && typeof y === 'number' ? x - y : compare(String(x), String(y));
        },
      })),
      {
        id: BY_SIZE.id,
        accessorFn: () => 0,
        sortFn: (a: Valued, b: Valued) => a.subRows.length - b.subRows.length,
      },
    ];
  }, [values, i18n.language]);
  const state = useMemo(
    () => ({
      grouping: by === null ? [] : [by],
      sorting: by === null || chosen[0]?.id === by ? chosen : [BY_SIZE, ...chosen],
    }),
    [by, chosen],
  );
  const ordered = useTable({
    features: FEATURES,
    columns,
    data: table.rows,
    getRowId: table.keyOf,
    state,
    onSortingChange: (change) => {
      const next = functionalUpdate(change, state.sorting).find(({ id }) => id !== BY_SIZE.id);
      setText(next ? `${next.desc ? '-' : ''}${next.id}` : '');
    },
  });
  const { rows } = ordered.getSortedRowModel();
  const lines = useMemo(
    () => rows.flatMap((row) => (closed.has(row.id) ? [row] : [row, ...row.subRows])),
    [rows, closed],
  );
  const toggle = (id: string) =>
    setClosed((now) => {
      const next = new Set(now);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  return (
    <Rows
      {...table}
      rows={lines}
      keyOf={({ id }) => id}
      columns={table.columns.map((column, place): Column<(typeof lines)[number]> => {
        const sorted = chosen[0]?.id === column.key ? chosen[0] : null;
        return {
          ...column,
          ...(column.key in values
            ? {
                onSort: () => ordered.getColumn(column.key)?.toggleSorting(),
                sorted: sorted === null ? 'none' : sorted.desc ? 'descending' : 'ascending',
              }
            : {}),
          cell: (row) =>
            !row.getIsGrouped() ? (
              column.cell(row.original)
            ) : place > 0 ? null : (
              <button
                type="button"
                className="plain"
                aria-expanded={!closed.has(row.id)}
                onClick={() => toggle(row.id)}
                title={group?.name(String(row.groupingValue))}
              >
                <b>
                  {closed.has(row.id) ? '+' : '−'} <bdi>{group?.name(String(row.groupingValue))}</bdi>
                </b>{' '}
                {count(row.subRows.length)}
              </button>
            ),
        };
      })}
    />
  );
}

/** As much of a row as an order needs. */
interface Valued {
  readonly subRows: readonly unknown[];
  getValue(id: string): unknown;
}
