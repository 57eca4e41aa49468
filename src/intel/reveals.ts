/** What an object reveals: the classes of itself and of everything it refers to (docs/decisions/003-reveal-sets.md). */
import type { Queries } from '../store/index.ts';
import { openClasses } from './classes.ts';
import type { Breathe } from './judging.ts';
import { beginEpochs } from './release-epoch.ts';

/**
 * Brings the reveal sets of `ids`, and of everything that refers to them, up to date. Sets only grow through a cycle of
 * references, so this ends; a marking that is relaxed inside a cycle stays withheld, which errs on the safe side.
 */
export async function spreadReveals(
  tx: Queries,
  ids: Iterable<string>,
  breathe: Breathe = () => undefined,
): Promise<void> {
  const classes = openClasses(tx);
  const waiting = new Set(ids);
  let opens = false;
  for (const id of waiting) {
    waiting.delete(id);
    await breathe();
    const versions = await tx.all<{ seq: number; class_id: number; reveal_id: number; latest: number }>(
      'SELECT seq, class_id, reveal_id, latest FROM object WHERE id_key = id_key(?) AND id = ?',
      id,
      id,
    );
    const current = versions.find((version) => version.latest === 1);
    if (!current) continue;
    const revealed = new Set([current.class_id]);
    const references = await tx.all<{ classes: string }>(
      `SELECT DISTINCT s.classes FROM object v JOIN object_reference r ON r.from_seq = v.seq
       JOIN object o ON o.id_key = id_key(r.to_id) AND o.id = r.to_id AND o.latest = 1 JOIN reveal_set s ON s.id = o.reveal_id
       WHERE v.id_key = id_key(?) AND v.id = ? AND r.to_id <> ?`,
      id,
      id,
      id,
    );
    for (const { classes: list } of references)
      for (const classId of list.split(',')) revealed.add(Number(classId));
    let changed = false;
    for (const version of versions) {
      const classIds = [...revealed, version.class_id];
      const revealId = await classes.revealIdOf(classIds);
      if (revealId === version.reveal_id) continue;
      const before = await tx.get<{ classes: string }>(
        'SELECT classes FROM reveal_set WHERE id = ?',
        version.reveal_id,
      );
      opens ||= before!.classes.split(',').some((classId) => !classIds.includes(Number(classId)));
      await tx.run('UPDATE object SET reveal_id = ? WHERE seq = ?', revealId, version.seq);
      changed = true;
    }
    // A new object's referrers may have come first, so they are looked at even when this set did not change.
    const mine = [...revealed];
    let after = 0;
    for (;;) {
      const referrers = await tx.all<{ seq: number; id: string; classes: string }>(
        `SELECT r.from_seq AS seq, o.id, s.classes FROM object_reference r JOIN object v ON v.seq = r.from_seq
         JOIN object o ON o.id_key = v.id_key AND o.id = v.id AND o.latest = 1 JOIN reveal_set s ON s.id = o.reveal_id
         WHERE r.to_id = ? AND r.from_seq > ? ORDER BY r.from_seq LIMIT ${REFERRERS_AT_ONCE}`,
        id,
        after,
      );
      for (const { id: referrer, classes: list } of referrers) {
        const theirs = new Set(list.split(',').map(Number));
        if (changed || mine.some((classId) => !theirs.has(classId))) waiting.add(referrer);
      }
      if (referrers.length < REFERRERS_AT_ONCE) break;
      after = referrers.at(-1)!.seq;
      await breathe();
    }
  }
  if (opens) await beginEpochs(tx);
}

/** An author may be referred to by a million objects. */
const REFERRERS_AT_ONCE = 1_000;
