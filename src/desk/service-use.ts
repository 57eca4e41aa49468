/** How much of each service was taken up, counted on both sides when it is accepted. The clause's period decides what counts. */
import type { CountUse, Registry } from '../registry/index.ts';
import type { Queries } from '../store/index.ts';

export const countUse =
  (queries: Queries): CountUse =>
  async ({ agreement, path, period }) => {
    const row = await queries.get<{ used: number }>(
      'SELECT coalesce(sum(amount), 0) AS used FROM service_use WHERE agreement_id = ? AND service = ? AND at >= ? AND at < ?',
      agreement,
      path,
      period.from,
      period.until,
    );
    return Number(row!.used);
  };

export interface Use {
  /** The request that it was granted for; for look-ups the agency and the day. */
  readonly about: string;
  readonly agreement: string;
  readonly service: string;
  readonly amount: number;
}

export async function recordUse(tx: Queries, registry: Registry, use: Use): Promise<void> {
  await tx.run(
    'INSERT INTO service_use (about, agreement_id, service, amount, at) VALUES (?, ?, ?, ?, ?)',
    use.about,
    use.agreement,
    use.service,
    use.amount,
    registry.clock().toISOString(),
  );
}

/** The same, for what is taken up bit by bit: one count for each `about`. */
export async function addUse(tx: Queries, registry: Registry, use: Use): Promise<void> {
  const added = await tx.run(
    'UPDATE service_use SET amount = amount + ? WHERE about = ?',
    use.amount,
    use.about,
  );
  if (added === 0) await recordUse(tx, registry, use);
}
