/** A list of any length: only the rows in view are in the page; near its end it asks for more. */
import { useVirtualizer } from '@tanstack/react-virtual';
import { type CSSProperties, type ReactNode, useEffect, useRef } from 'react';

export interface Column<T> {
  readonly key: string;
  readonly head: string;
  /** A CSS grid track: `2fr`, `9rem`. */
  readonly width: string;
  readonly cell: (row: T) => ReactNode;
  readonly onSort?: () => void;
  readonly sorted?: 'ascending' | 'descending' | 'none';
}

const ROW_PX = 42;
const OVERSCAN = 12;

export function Rows<T>(props: {
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly rows: readonly T[];
  readonly keyOf: (row: T) => string;
  readonly onEnd?: () => void;
  readonly height?: string;
  /** Below this it scrolls sideways. */
  readonly minWidth?: string;
}) {
  const { rows, columns, onEnd } = props;
  const box = useRef<HTMLDivElement>(null);
  const list = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX,
    overscan: OVERSCAN,
  });
  const shown = list.getVirtualItems();
  const last = shown.at(-1)?.index ?? -1;
  useEffect(() => {
    if (rows.length > 0 && last >= rows.length - 1 - OVERSCAN) onEnd?.();
  }, [last, rows.length, onEnd]);
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
      aria-rowcount={rows.length + 1}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
      tabIndex={0}
      ref={box}
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
      <div role="rowgroup" style={{ height: list.getTotalSize(), position: 'relative' }}>
        {shown.map(({ index, start }) => {
          const row = rows[index]!;
          return (
            // biome-ignore lint/a11y/useSemanticElements: see above
            // biome-ignore lint/a11y/useFocusableInteractive: rows are read, not operated
            <div
              role="row"
              className="line"
              key={props.keyOf(row)}
              aria-rowindex={index + 2}
              style={{ position: 'absolute', insetBlockStart: start, insetInline: 0, height: ROW_PX }}
            >
              {columns.map(({ key, cell }) => (
                // biome-ignore lint/a11y/useSemanticElements: see above
                <div role="cell" key={key}>
                  {cell(row)}
                </div>
              ))}
            </div>
          );
        })}
      </div>
    </div>
  );
}
