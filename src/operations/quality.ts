/**
 * How good each contributor's targets were. Computed from the contributions and from what was reported about them, both of which are signed messages with leaves:
 * there is nothing that anybody could edit.
 */
import type { Queries } from '../store/index.ts';
import { CONFIRMS } from './operation-outcomes.ts';
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

/** One pass over the contributions, beside one over the outcomes. What contradicts counts for neither side until a person decides. */
export async function qualityOf(queries: Queries, operation: Operation): Promise<Quality[]> {
  const rows = await queries.all<{ readonly [K in keyof Quality]: Quality[K] }>(
    `SELECT c.peer, count(*) AS given,
       sum(coalesce(said.confirmed AND NOT said.wrong, 0)) AS confirmed,
       sum(coalesce(said.wrong AND NOT said.confirmed, 0)) AS falsePositive,
       sum(coalesce(julianday(c.at) - julianday(json_extract(c.body, '$.seenAt')) > ${STALE_DAYS}, 0)) AS stale,
       sum(c.withdrawn_at IS NOT NULL) AS withdrawn,
       sum(said.target_id IS NULL) AS silent
     FROM operation_target t JOIN operation_contribution c ON c.target_id = t.id
     LEFT JOIN (SELECT target_id, max(${CONFIRMS}) AS confirmed, max(kind = 'false-positive') AS wrong FROM operation_outcome
       WHERE operation_id = ? AND superseded IS NULL AND direction <> 'out' GROUP BY target_id) said ON said.target_id = t.id
     WHERE t.operation_id = ? GROUP BY c.peer ORDER BY given DESC, c.peer`,
    operation.id,
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
