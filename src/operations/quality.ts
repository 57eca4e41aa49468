/**
 * How good each contributor's targets were. Computed from the contributions and from what was reported about them, both of which are signed messages with leaves:
 * there is nothing that anybody could edit.
 */
import type { Queries } from '../store/index.ts';
import { IS_CONFIRMED, IS_WRONG } from './operation-outcomes.ts';
import type { Operation } from './operations.ts';

export interface Quality {
  /** Key of the contributor's node; empty for this one. */
  readonly peer: string;
  readonly given: number;
  readonly confirmed: number;
  readonly falsePositive: number;
  /** Last seen longer before it was given than it may mean anything. */
  readonly stale: number;
  readonly withdrawn: number;
  /** Nobody has said anything about it yet. */
  readonly silent: number;
}

/** Addresses change hands; after a quarter of a year one says little. */
const STALE_DAYS = 90;

/** One pass over an index of the contributions. What contradicts counts for neither side until a person decides. */
export async function qualityOf(queries: Queries, operation: Operation): Promise<Quality[]> {
  const rows = await queries.all<{ readonly [K in keyof Quality]: Quality[K] }>(
    `SELECT peer, count(*) AS given, sum(${IS_CONFIRMED}) AS confirmed, sum(${IS_WRONG}) AS falsePositive,
       sum(coalesce(julianday(at) - julianday(json_extract(body, '$.seenAt')) > ${STALE_DAYS}, 0)) AS stale,
       sum(withdrawn_at IS NOT NULL) AS withdrawn, sum(said = 0) AS silent
     FROM operation_contribution WHERE operation_id = ? GROUP BY peer ORDER BY given DESC, peer`,
    operation.id,
  );
  return rows.map(({ peer, ...counts }) => ({
    peer,
    ...(Object.fromEntries(Object.entries(counts).map(([key, n]) => [key, Number(n)])) as Omit<
      Quality,
      'peer'
    >),
  }));
}
