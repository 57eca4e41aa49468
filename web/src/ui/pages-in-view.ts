/** The pages of a long list that are in view, read by their place in it; what is long out of view is forgotten. */
import { useQueries } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';

/** Rows of a page. */
export const PAGE = 200;
/** Read before they come into view. */
const AHEAD = 60;
/** A bar that is dragged passes many places; what it stops at is read. */
const STOPPED_MS = 120;
const KEPT_MS = 60_000;

export function usePagesInView<T>(options: {
  readonly queryKey: readonly unknown[];
  readonly count: number;
  readonly read: (offset: number, signal: AbortSignal) => Promise<readonly T[]>;
}) {
  const { queryKey, count, read } = options;
  const [pages, setPages] = useState({ first: 0, last: 0 });
  const shown = useRef(pages);
  const waiting = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(waiting.current), []);
  const onView = useCallback((first: number, end: number) => {
    const wanted = {
      first: Math.floor(Math.max(0, first - AHEAD) / PAGE),
      last: Math.floor((end - 1 + AHEAD) / PAGE),
    };
    clearTimeout(waiting.current);
    const now = shown.current;
    if (now.first === wanted.first && now.last === wanted.last) return;
    const take = () => {
      shown.current = wanted;
      setPages(wanted);
    };
    if (wanted.last >= now.first - 1 && wanted.first <= now.last + 1) take();
    else waiting.current = setTimeout(take, STOPPED_MS);
  }, []);
  const last = Math.min(pages.last, Math.max(0, Math.ceil(count / PAGE) - 1));
  const numbers = Array.from({ length: Math.max(0, last - pages.first + 1) }, (_, n) => pages.first + n);
  const found = useQueries({
    queries: numbers.map((page) => ({
      queryKey: [...queryKey, page],
      queryFn: ({ signal }: { signal: AbortSignal }) => read(page * PAGE, signal),
      gcTime: KEPT_MS,
    })),
  });
  return {
    onView,
    at: (index: number): T | undefined => found[Math.floor(index / PAGE) - pages.first]?.data?.[index % PAGE],
    /** Those that are here. */
    rows: found.flatMap(({ data }) => data ?? []),
    error: found.find(({ error }) => error)?.error ?? null,
    refetch: () => Promise.all(found.map((one) => one.refetch())),
  };
}
