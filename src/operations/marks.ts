/** A person's decision on what a target is taken to be: it is an official act with a reason, and whoever holds the target under the old mark gives it back. */
import { EntenteError } from '../base/index.ts';
import type { Registry } from '../registry/index.ts';
import { assertLeads, type Operation, type Send } from './operations.ts';
import { recallFromHolders } from './recalls.ts';
import { recordDecision, type Target } from './targets.ts';
import { isOneOf, MARKS } from './vocabulary.ts';

/**
 * Packages that carry another mark are recalled from all, also from those whom it concerns as before: they get it anew with the next package, and nobody
 * goes on taking a victim for a suspect. @throws EntenteError `usage`, `forbidden`
 */
export async function changeMark(
  registry: Registry,
  operation: Operation,
  target: Target,
  mark: string,
  reason: string,
  person: string,
  send: Send,
): Promise<void> {
  assertLeads(operation);
  if (!isOneOf(MARKS, mark)) throw new EntenteError('usage', `a mark is one of ${MARKS.join(', ')}`);
  await registry.db.transaction(async (tx) => {
    await recordDecision(tx, registry, target.id, {
      kind: 'mark',
      was: target.mark,
      becomes: mark,
      reason,
      person,
    });
    await tx.run(
      `UPDATE operation_target SET mark = ?, queue = CASE queue WHEN 'mark' THEN NULL ELSE queue END WHERE id = ?`,
      mark,
      target.id,
    );
    if (mark !== target.mark)
      await recallFromHolders(tx, registry, operation, { ...target, mark }, send, () => false);
  });
}
