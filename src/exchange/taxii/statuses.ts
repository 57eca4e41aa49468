/** Status resources (TAXII 2.1 §4.3): what came of a POST, kept for a day for the account that made it. */
import type { Registry } from '../../registry/index.ts';
import type { Queries } from '../../store/index.ts';

/** TAXII 2.1 §4.3: at least 24 hours. */
const KEPT_MS = 24 * 60 * 60 * 1000;

/** TAXII 2.1 §4.3.1 */
export interface StatusDetails {
  readonly id: string;
  readonly version: string;
  readonly message?: string;
}

export interface Status {
  readonly id: string;
  readonly status: 'complete' | 'pending';
  readonly request_timestamp: string;
  readonly total_count: number;
  readonly success_count: number;
  readonly successes?: readonly StatusDetails[];
  readonly failure_count: number;
  readonly failures?: readonly StatusDetails[];
  readonly pending_count: number;
  readonly pendings?: readonly StatusDetails[];
}

/** Keeps a status within the transaction of what it tells of; statuses that are too old go. */
export async function keepStatus(
  tx: Queries,
  registry: Registry,
  account: string,
  root: string,
  status: Status,
): Promise<void> {
  const now = registry.clock();
  await tx.run(
    'DELETE FROM taxii_status WHERE finished_at < ?',
    new Date(now.getTime() - KEPT_MS).toISOString(),
  );
  await tx.run(
    'INSERT INTO taxii_status (id, account, root, finished_at, status) VALUES (?, ?, ?, ?, ?)',
    status.id,
    account,
    root,
    now.toISOString(),
    JSON.stringify(status),
  );
}

/** The status as text, or null when there is none for this account or it is too old. */
export async function findStatus(
  registry: Registry,
  account: string,
  root: string,
  id: string,
): Promise<string | null> {
  const row = await registry.db.get<{ status: string }>(
    'SELECT status FROM taxii_status WHERE id = ? AND account = ? AND root = ? AND finished_at >= ?',
    id,
    account,
    root,
    new Date(registry.clock().getTime() - KEPT_MS).toISOString(),
  );
  return row?.status ?? null;
}
