/** Taking a target back from recipients of packages whom it no longer concerns, because a person or newer data say something else of it. */
import type { Registry } from '../registry/index.ts';
import type { Queries } from '../store/index.ts';
import { listParties, type Operation, type Send } from './operations.ts';
import type { Target } from './targets.ts';
import { concerns, scopesOf } from './view.ts';

/** `target` as it is from now on. Whoever still has to know it, by `stays`, keeps it; from the others it is recalled, in the transaction of the act. */
export async function recallFromHolders(
  tx: Queries,
  registry: Registry,
  operation: Operation,
  target: Target,
  send: Send,
  stays = concernsHolder,
): Promise<void> {
  const holders = await tx.all<{ id: string; peer: string }>(
    `SELECT p.id, p.peer FROM operation_package_item i JOIN operation_package p ON p.id = i.package_id
     WHERE i.target_id = ? AND p.direction = 'out' AND i.recalled_at IS NULL`,
    target.id,
  );
  if (holders.length === 0) return;
  const parties = new Map((await listParties(tx, operation)).map((party) => [party.peer, party]));
  const at = registry.clock().toISOString();
  for (const { id, peer } of holders) {
    const party = parties.get(peer);
    if (party && stays(party, target)) continue;
    await tx.run(
      'UPDATE operation_package_item SET recalled_at = ? WHERE package_id = ? AND target_id = ?',
      at,
      id,
      target.id,
    );
    await send(tx, peer, { act: 'recall', operation: operation.id, targets: [target.id] });
  }
}

const concernsHolder = (party: Parameters<typeof concerns>[0], target: Target): boolean =>
  scopesOf(party).some((scope) => concerns(party, scope, target));
