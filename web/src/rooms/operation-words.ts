/** The node's words of joint operations, with the colours that stand beside them. */
import {
  type InfiniteData,
  type UseInfiniteQueryResult,
  useInfiniteQuery,
  useQuery,
} from '@tanstack/react-query';
import { type Answer, call, queries, reading } from '../api/client.ts';
import { useMay, useMe } from '../shell/me.ts';

export type Board = Answer<'GET /operations/{operation}'>;
export type Target = Answer<'GET /operations/{operation}/targets'>['targets'][number];
export type Prepared = Answer<'GET /operations/{operation}/prepared'>['packages'][number];

export const TLP_LEVELS = ['clear', 'green', 'amber', 'amber+strict', 'red'] as const;
export const MARKS = ['suspect', 'victim', 'undetermined'] as const;
export const SOURCE_GRADES = ['A', 'B', 'C', 'D', 'X'] as const;
export const INFORMATION_GRADES = ['1', '2', '3', '4'] as const;
export const PARTY_ROLES = ['police', 'cert', 'company', 'observer'] as const;
export const OUTCOMES = [
  'taken-down',
  'seized',
  'arrested',
  'victim-notified',
  'under-investigation',
  'false-positive',
  'no-action',
] as const;

export const OPERATION_STATES: Readonly<Record<string, string>> = {
  open: 'teal',
  closed: 'gray',
  left: 'orange',
};
export const MARK_COLOURS: Readonly<Record<string, string>> = {
  suspect: 'red',
  victim: 'blue',
  undetermined: 'gray',
};
export const OUTCOME_COLOURS: Readonly<Record<string, string>> = {
  'taken-down': 'teal',
  seized: 'teal',
  arrested: 'teal',
  'victim-notified': 'blue',
  'under-investigation': 'harbour',
  'false-positive': 'orange',
  'no-action': 'gray',
};

const LIVE_MS = 3_000;

/** The board, asked again while the page is open; nothing comes until something was done. */
export const useBoard = (operation: string) =>
  useQuery({
    ...reading('GET /operations/{operation}', { params: { operation } }),
    refetchInterval: LIVE_MS,
    structuralSharing: false,
  });

const PAGE = 200;

export type Question = {
  readonly text?: string;
  readonly mark?: (typeof MARKS)[number];
  readonly country?: string;
  readonly kind?: string;
  readonly waits?: 'any';
};

/** What a list needs of pages that follow each other. */
const paged = <P extends { readonly total: number }>(pages: UseInfiniteQueryResult<InfiniteData<P>>) => ({
  ...pages,
  total: pages.data?.pages[0]?.total ?? null,
  more: () => {
    if (pages.hasNextPage && !pages.isFetchingNextPage) void pages.fetchNextPage();
  },
});

/** Pages of targets, for the board and for what waits. */
export function useTargets(operation: string, question: Question) {
  const pages = useInfiniteQuery({
    queryKey: ['GET /operations/{operation}/targets', operation, question],
    queryFn: ({ pageParam, signal }) =>
      call('GET /operations/{operation}/targets', {
        params: { operation },
        query: { ...question, limit: PAGE, ...(pageParam === null ? {} : { after: pageParam }) },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: (before) => before,
  });
  return { ...paged(pages), targets: pages.data?.pages.flatMap((page) => page.targets) ?? [] };
}

/** Pages of what came of the targets; or only of what contradicts. */
export function useOutcomes(operation: string, contradicting: boolean) {
  const pages = useInfiniteQuery({
    queryKey: ['GET /operations/{operation}/outcomes', operation, contradicting],
    queryFn: ({ pageParam, signal }) =>
      call('GET /operations/{operation}/outcomes', {
        params: { operation },
        query: { contradicting, limit: PAGE, ...(pageParam === null ? {} : { after: pageParam }) },
        signal,
      }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: (before) => before,
  });
  return { ...paged(pages), outcomes: pages.data?.pages.flatMap((page) => page.outcomes) ?? [] };
}

/** How an organisation is called here, by its key; the empty key is this one. */
export function useNames(): (kid: string) => string {
  const me = useMe();
  const may = useMay();
  const peers = useQuery({ ...reading('GET /peers'), enabled: may('GET /peers') });
  return (kid) =>
    kid === ''
      ? (me.data?.organisation ?? '')
      : (peers.data?.peers.find((one) => one.kid === kid)?.name ?? kid);
}

/** After an act: everything of the operation is asked again. */
export const refresh = () =>
  queries.invalidateQueries({
    predicate: ({ queryKey }) => String(queryKey[0]).includes('/operations') || queryKey[0] === 'GET /work',
  });
