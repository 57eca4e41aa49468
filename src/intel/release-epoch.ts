/**
 * Pages go forward in time, so what becomes releasable later would lie behind whoever has read on: an agreement was amended, a question
 * answered, a marking relaxed on something that others refer to. Each time something that a peer was refused is allowed, an epoch of
 * releases to that peer begins; the peer sees its number and asks once more for what it never received.
 */
import type { Registry } from '../registry/index.ts';
import type { Queries } from '../store/index.ts';
import { WITHDRAWN } from './classes.ts';
import type { ReleaseDecision } from './release.ts';

/** The epoch in which a decision falls. Writes only when the decision differs from the one before. */
export async function releaseEpoch(
  registry: Registry,
  peer: string,
  decision: ReleaseDecision,
): Promise<number> {
  const denied = decision.classes.filter(
    ({ verdict, releaseClass }) => verdict.verdict !== 'allow' && releaseClass !== WITHDRAWN,
  );
  const now = new Set(denied.map(({ classId }) => classId));
  const { before, epoch } = await readEpoch(registry.db, peer);
  const differs = (classes: ReadonlySet<number>) =>
    classes.size !== now.size || [...classes].some((id) => !now.has(id));
  if (!differs(before) && epoch !== null) return epoch;
  return registry.db.transaction(async (tx) => {
    const current = await readEpoch(tx, peer);
    const opened = [...current.before].filter((id) => !now.has(id));
    const next = (current.epoch ?? 1) + (opened.length > 0 ? 1 : 0);
    for (const id of opened)
      await tx.run('DELETE FROM release_denied WHERE peer = ? AND class_id = ?', peer, id);
    for (const id of now)
      await tx.run(
        'INSERT INTO release_denied (peer, class_id) VALUES (?, ?) ON CONFLICT DO NOTHING',
        peer,
        id,
      );
    await tx.run(
      'INSERT INTO release_epoch (peer, epoch) VALUES (?, ?) ON CONFLICT (peer) DO UPDATE SET epoch = excluded.epoch',
      peer,
      next,
    );
    return next;
  });
}

async function readEpoch(
  queries: Queries,
  peer: string,
): Promise<{ before: Set<number>; epoch: number | null }> {
  const rows = await queries.all<{ id: number }>(
    'SELECT class_id AS id FROM release_denied WHERE peer = ?',
    peer,
  );
  const row = await queries.get<{ epoch: number }>('SELECT epoch FROM release_epoch WHERE peer = ?', peer);
  return { before: new Set(rows.map(({ id }) => id)), epoch: row ? Number(row.epoch) : null };
}

/** Objects reveal less than before: any peer may see some of them for the first time. */
export async function beginEpochs(tx: Queries): Promise<void> {
  await tx.run('UPDATE release_epoch SET epoch = epoch + 1');
}
