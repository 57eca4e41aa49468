/** The node's API, typed by its own description. */
import { QueryClient, queryOptions } from '@tanstack/react-query';
import type { Routes } from './routes.ts';

export type Route = keyof Routes;
export type Answer<R extends Route> = Routes[R]['answer'];

/** A clause that decided, in the node's English and, where it is known, with what says it in any language. */
export interface Clause {
  readonly path: string;
  readonly effect?: string;
  readonly words: string;
  readonly reason?: unknown;
}

/** RFC 9457, as the node writes it. */
export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly remedy: string;
  readonly issues?: readonly { readonly code: string; readonly message: string }[];
  readonly clauses?: readonly Clause[];
}

export class ApiError extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

export interface Call<R extends Route> {
  readonly params?: Routes[R]['params'];
  readonly query?: Partial<Routes[R]['query']>;
  readonly body?: Routes[R]['body'] | Blob;
  readonly signal?: AbortSignal;
}

/** What a proxy answers in place of a node that is not there. */
const BETWEEN: ReadonlySet<number> = new Set([502, 503, 504]);

/** Whether the last question found no node. */
let isAway = false;
const listeners = new Set<() => void>();

function setAway(now: boolean): void {
  if (now === isAway) return;
  isAway = now;
  for (const listen of listeners) listen();
}

export const away = {
  now: () => isAway,
  subscribe(listen: () => void) {
    listeners.add(listen);
    return () => void listeners.delete(listen);
  },
};

/** Nobody refused: nobody was there. */
export const foundNobody = (error: unknown) =>
  error instanceof ApiError && (error.problem.status === 0 || BETWEEN.has(error.problem.status));

/** What a route that gives its answers a version (`ETag`) answered last: asked again, it says only that nothing has changed. */
const versions = new Map<string, { readonly etag: string; readonly answer: unknown }>();

export async function call<R extends Route>(route: R, options: Call<R> = {}): Promise<Answer<R>> {
  const [method, template] = route.split(' ') as [string, string];
  const params = (options.params ?? {}) as Record<string, unknown>;
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(params[name])));
  const query = new URLSearchParams(
    Object.entries(options.query ?? {}).flatMap(([name, value]) =>
      value === undefined || value === '' ? [] : [[name, String(value)]],
    ),
  );
  const isBlob = options.body instanceof Blob;
  const address = `/api/v1${path}${query.size > 0 ? `?${query}` : ''}`;
  const known = method === 'GET' ? versions.get(address) : undefined;
  const response = await fetch(address, {
    method,
    headers: {
      accept: 'application/json',
      ...(known ? { 'if-none-match': known.etag } : {}),
      ...(options.body === undefined
        ? {}
        : { 'content-type': isBlob ? 'application/octet-stream' : 'application/json' }),
    },
    ...(options.body === undefined
      ? {}
      : { body: isBlob ? (options.body as Blob) : JSON.stringify(options.body) }),
    ...(options.signal ? { signal: options.signal } : {}),
  }).catch((cause) => {
    if (cause?.name === 'AbortError') throw cause;
    setAway(true);
    throw new ApiError({
      status: 0,
      code: 'offline',
      title: String(cause?.message ?? ''),
      detail: '',
      remedy: '',
    });
  });
  setAway(BETWEEN.has(response.status));
  if (known && response.status === 304) return known.answer as Answer<R>;
  if (response.ok) {
    const answer = (response.status === 204 ? null : await response.json()) as Answer<R>;
    const etag = response.headers.get('etag');
    if (etag !== null) versions.set(address, { etag, answer });
    return answer;
  }
  const problem = (await response.json().catch(() => null)) as Problem | null;
  throw new ApiError(
    problem ?? {
      status: response.status,
      code: 'internal',
      title: response.statusText,
      detail: '',
      remedy: '',
    },
  );
}

/** A route that is read, as the pages keep it. */
export const reading = <R extends Route>(route: R, options: Omit<Call<R>, 'body' | 'signal'> = {}) =>
  queryOptions({
    queryKey: [route, options.params ?? {}, options.query ?? {}],
    queryFn: ({ signal }) => call(route, { ...options, signal }),
  });

const RETRY_MS = 1_500;

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // A node that is away comes back: pages keep what they show and what was typed, and ask until it answers. What a node refuses it refuses again.
      retry: (_count, error) => foundNobody(error),
      retryDelay: RETRY_MS,
      // The node may be reachable where the internet is not.
      networkMode: 'always',
      refetchOnWindowFocus: true,
    },
    mutations: { networkMode: 'always' },
  },
});
