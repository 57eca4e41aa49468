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
  const holders = await heldElsewhere(tx, target.id);
  if (holders.length === 0) return;
  const parties = new Map((await listParties(tx, operation)).map((party) => [party.peer, party]));
  const leaving = holders.filter(({ peer }) => {
    const party = parties.get(peer);
    return !(party && stays(party, target));
  });
  await takeBack(tx, registry, operation, leaving, send);
}

/** A target in a package that went out. */
export interface Held {
  readonly package: string;
  readonly peer: string;
  readonly target: string;
  /** Null while the recipient has not confirmed that the file is with it. */
  readonly receivedAt: string | null;
}

/** Where a target is that somebody could still act on. */
export function heldElsewhere(tx: Queries, target: string): Promise<Held[]> {
  return tx.all(
    `SELECT p.id AS package, p.peer, i.target_id AS target, p.received_at AS "receivedAt" FROM operation_package_item i JOIN operation_package p ON p.id = i.package_id
     WHERE i.target_id = ? AND p.direction = 'out' AND i.recalled_at IS NULL`,
    target,
  );
}

/** Targets of one message. */
const BATCH = 1_000;

/**
 * Recalls targets. A file that was not fetched yet still has them inside and cannot be changed, so all of that package is taken back; what else was in it goes
 * out anew with the next one. Returns from whom.
 */
export async function takeBack(
  tx: Queries,
  registry: Registry,
  operation: Operation,
  held: readonly Held[],
  send: Send,
): Promise<string[]> {
  const at = registry.clock().toISOString();
  for (const one of held)
    await (one.receivedAt === null
      ? tx.run(
          'UPDATE operation_package_item SET recalled_at = ? WHERE package_id = ? AND recalled_at IS NULL',
          at,
          one.package,
        )
      : tx.run(
          'UPDATE operation_package_item SET recalled_at = ? WHERE package_id = ? AND target_id = ?',
          at,
          one.package,
          one.target,
        ));
  const byPeer = Map.groupBy(held, ({ peer }) => peer);
  for (const [peer, list] of byPeer) {
    const waiting = list.filter(({ receivedAt }) => receivedAt === null);
    const packages = [...new Set(waiting.map((one) => one.package))];
    const targets = [...new Set(list.map(({ target }) => target))];
    for (let i = 0; i < Math.max(targets.length, packages.length); i += BATCH)
      await send(tx, peer, {
        act: 'recall',
        operation: operation.id,
        targets: targets.slice(i, i + BATCH),
        packages: packages.slice(i, i + BATCH),
      });
  }
  return [...byPeer.keys()].sort();
}

const concernsHolder = (party: Parameters<typeof concerns>[0], target: Target): boolean =>
  scopesOf(party).some((scope) => concerns(party, scope, target));
