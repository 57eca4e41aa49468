/**
 * Transparency: how many requests, with whom, of which kind, how they were answered and whether in time. Organisations and numbers, nothing
 * of people, subjects or texts. An agreement says whether its counts may be published; where it does not, the peer is not named.
 */
import { listPeers, mayPublishCounts, type Registry } from '../../registry/index.ts';
import { clockOf } from './clock.ts';
import { listRequests, PAGE_MAX } from './list.ts';
import type { DeskRequest } from './requests.ts';
import { stepOf } from './state.ts';
import type { RequestKind } from './step.ts';

export interface RequestCount {
  readonly direction: 'in' | 'out';
  /** The organisation; null for those whose agreement keeps counts back, taken together. */
  readonly peer: string | null;
  readonly kind: RequestKind;
  readonly requests: number;
  readonly accepted: number;
  readonly declined: number;
  readonly answered: number;
  readonly withdrawn: number;
  readonly inTime: number;
  readonly late: number;
}

/** Requests that were sent within `[from, until)`. For publishing, `publish` leaves out the names that may not be said. */
export async function countRequests(
  registry: Registry,
  period: { readonly from: string; readonly until: string },
  publish: boolean,
): Promise<RequestCount[]> {
  const names = new Map<string, string | null>();
  for (const peer of await listPeers(registry.db)) {
    const mayName = !publish || (await mayPublishCounts(registry, peer));
    names.set(peer.kid, mayName ? peer.name : null);
  }
  const counts = new Map<string, Mutable<RequestCount>>();
  let after: string | undefined;
  do {
    const page = await listRequests(
      registry.db,
      {},
      { limit: PAGE_MAX, ...(after === undefined ? {} : { after }) },
    );
    for (const request of page.requests) count(request, registry.clock(), period, names, counts);
    after = page.next ?? undefined;
  } while (after !== undefined);
  return [...counts.keys()].sort().map((key) => counts.get(key)!);
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function count(
  request: DeskRequest,
  now: Date,
  period: { readonly from: string; readonly until: string },
  names: ReadonlyMap<string, string | null>,
  counts: Map<string, Mutable<RequestCount>>,
): void {
  const sent = stepOf(request, 'sent')?.step.at;
  if (sent === undefined || sent < period.from || sent >= period.until) return;
  const { direction, kind } = request;
  const peer = names.get(request.peer) ?? null;
  const key = JSON.stringify([direction, peer, kind]);
  const entry: Mutable<RequestCount> = counts.get(key) ?? {
    direction,
    peer,
    kind,
    requests: 0,
    accepted: 0,
    declined: 0,
    answered: 0,
    withdrawn: 0,
    inTime: 0,
    late: 0,
  };
  counts.set(key, entry);
  entry.requests++;
  for (const step of ['accepted', 'declined', 'answered', 'withdrawn'] as const)
    if (stepOf(request, step)) entry[step]++;
  const respond = clockOf(request, now)?.respond;
  if (respond?.state === 'met') entry.inTime++;
  if (respond?.state === 'missed') entry.late++;
}
