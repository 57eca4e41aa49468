/** A list of any length: only the rows in view are in the page. `Rows` has them all, or asks for more near its end; `FarRows` reads those in view. */
import { type CSSProperties, memo, type ReactNode, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { ROW_PX, useLongScroll } from './long-scroll.ts';

export interface Column<T> {
  readonly key: string;
  readonly head: string;
  /** A CSS grid track: `2fr`, `9rem`. */
  readonly width: string;
  readonly cell: (row: T) => ReactNode;
  readonly onSort?: () => void;
  readonly sorted?: 'ascending' | 'descending' | 'none';
}

interface Table<T> {
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly keyOf: (row: T) => string;
  readonly height?: string;
  /** Below this it scrolls sideways. */
  readonly minWidth?: string;
}

/** More is asked for when so many rows are left. */
const AHEAD = 24;

export function Rows<T>({
  rows,
  onEnd,
  ...table
}: Table<T> & { readonly rows: readonly T[]; readonly onEnd?: () => void }) {
  return (
    <FarRows
      {...table}
      count={rows.length}
      at={(index) => rows[index]}
      onView={(_first, end) => end >= rows.length - AHEAD && onEnd?.()}
    />
  );
}

/** Words of any script end in "…" at their own end when there is no room, and are whole for whoever points at them. */
const words = (content: ReactNode) =>
  typeof content === 'string' ? (
    <bdi className="cut" title={content}>
      {content}
    </bdi>
  ) : (
    content
  );

/** Drawn again only when the row is another: by each turn of the wheel a row moves, and nothing in it changes. */
const Cells = memo(function Cells({
  columns,
  row,
}: {
  readonly columns: readonly Column<unknown>[];
  readonly row: unknown;
}) {
  return columns.map(({ key, cell }) => (
    // biome-ignore lint/a11y/useSemanticElements: see below
    <div role="cell" key={key}>
      {words(cell(row))}
    </div>
  ));
});

export function FarRows<T>(
  props: Table<T> & {
    readonly count: number;
    /** Undefined while it is not here yet. */
    readonly at: (index: number) => T | undefined;
    /** Told what is in view; `end` is behind the last. */
    readonly onView: (first: number, end: number) => void;
  },
) {
  const { t } = useTranslation();
  const { columns, count, onView } = props;
  const box = useRef<HTMLDivElement>(null);
  const { first, end, shift, boxPx, onScroll } = useLongScroll(box, count);
  useEffect(() => {
    if (end > first) onView(first, end);
  }, [first, end, onView]);
  const tracks = {
    '--columns': columns.map(({ width }) => width).join(' '),
    ...(props.minWidth ? { '--narrowest': props.minWidth } : {}),
  } as CSSProperties;
  return (
    // biome-ignore lint/a11y/useSemanticElements: rows that are not in the page cannot be a table
    <div
      className="rows"
      role="table"
      aria-label={props.label}
      aria-rowcount={count + 1}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
      tabIndex={0}
      ref={box}
      onScroll={onScroll}
      style={{ ...tracks, maxHeight: props.height ?? 'calc(100vh - 18rem)' }}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: see above */}
      <div role="rowgroup">
        {/* biome-ignore lint/a11y/useSemanticElements: see above */}
        {/* biome-ignore lint/a11y/useFocusableInteractive: rows are read, not operated */}
        <div role="row" className="head" aria-rowindex={1}>
          {columns.map(({ key, head, onSort, sorted }) => (
            // biome-ignore lint/a11y/useSemanticElements: see above
            // biome-ignore lint/a11y/useFocusableInteractive: its button is
            <div role="columnheader" key={key} {...(onSort ? { 'aria-sort': sorted ?? 'none' } : {})}>
              {onSort ? (
                <button type="button" className="sort" onClick={onSort}>
                  {head} {sorted === 'ascending' ? '↑' : sorted === 'descending' ? '↓' : ''}
                </button>
              ) : (
                head
              )}
            </div>
          ))}
        </div>
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: see above */}
      <div role="rowgroup" style={{ height: boxPx, position: 'relative' }}>
        {Array.from({ length: Math.max(0, end - first) }, (_, n) => {
          const index = first + n;
          const row = props.at(index);
          return (
            // biome-ignore lint/a11y/useSemanticElements: see above
            // biome-ignore lint/a11y/useFocusableInteractive: rows are read, not operated
            <div
              role="row"
              className="line"
              key={row === undefined ? index : props.keyOf(row)}
              aria-rowindex={index + 2}
              style={{
                position: 'absolute',
                insetBlockStart: index * ROW_PX + shift,
                insetInline: 0,
                height: ROW_PX,
              }}
            >
              {row === undefined ? (
                // biome-ignore lint/a11y/useSemanticElements: see above
                <div role="cell" className="waiting">
                  {n === 0 ? t('rows.waiting') : '…'}
                </div>
              ) : (
                <Cells columns={columns as readonly Column<unknown>[]} row={row} />
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}
