/**
 * Giving targets to an operation, and taking them back. A contributor keeps what it gave and what came of it; to the lead goes what their
 * agreement lets cross, in messages of bounded size. Withdrawing reaches everybody who got the target in a package.
 */
import type { DecidingClause } from '../agreement/index.ts';
import { EntenteError, isId, newId } from '../base/index.ts';
import { appendLeaf, findPeer, type Peer, type Registry } from '../registry/index.ts';
import type { Queries } from '../store/index.ts';
import { assertOpen, type Operation, requireJoined, type Send } from './operations.ts';
import { denied, openContributionGate } from './permission.ts';
import { type Held, heldElsewhere, takeBack } from './recalls.ts';
import { readTargetLine, type TargetLine } from './target-line.ts';
import { digestOf, findTarget, type Stored, storeContributions } from './targets.ts';

/** Targets of one message: well below the size of a message with notes on every line. */
const BATCH = 1_000;
const REASON_MAX = 1_000;

export interface ContributionReport extends Stored {
  /** How many cross to the lead; of an operation led here, all. */
  readonly crossing: number;
  /** Those that the agreement keeps here, by clause. */
  readonly kept: readonly { readonly count: number; readonly clauses: readonly DecidingClause[] }[];
}

/** @throws EntenteError `conflict` when the operation is closed or not joined */
export async function contributeTargets(
  registry: Registry,
  operation: Operation,
  lines: readonly TargetLine[],
  send: Send,
): Promise<ContributionReport> {
  assertOpen(operation);
  const at = registry.clock().toISOString();
  const refs = lines.map(() => newId('target'));
  const lead = operation.lead === '' ? null : await findPeer(registry.db, operation.lead);
  if (lead) await requireJoined(registry.db, operation, '');
  const gate = lead && (await openContributionGate(registry, lead, operation, 'here'));
  const kept = new Map<string, { count: number; clauses: readonly DecidingClause[] }>();
  const crossing: { ref: string; line: TargetLine }[] = [];
  const known = new Map<string, number>();
  for (const [i, line] of lines.entries()) {
    const key = `${line.kind} ${line.value}`;
    if (known.has(key))
      refs[i] = refs[known.get(key)!]!; // said twice in one file
    else known.set(key, i);
    const permission = gate?.(line);
    if (!permission || permission.allowed) crossing.push({ ref: refs[i]!, line });
    else {
      const words = permission.clauses.map(({ path }) => path).join();
      const same = kept.get(words);
      if (same) same.count++;
      else kept.set(words, { count: 1, clauses: permission.clauses });
    }
  }
  return registry.db.transaction(async (tx) => {
    const stored = await storeContributions(tx, operation, '', () => '', lines, refs, at);
    for (let i = 0; lead && i < crossing.length; i += BATCH) {
      const targets = crossing.slice(i, i + BATCH).map(({ ref, line }) => ({ ref, ...line }));
      await send(tx, lead.kid, { act: 'targets', operation: operation.id, targets });
    }
    await appendLeaf(tx, registry.clock, 'operation', {
      act: 'targets',
      id: operation.id,
      peer: '',
      count: lines.length,
      digest: digestOf(lines),
    });
    return { ...stored, crossing: crossing.length, kept: [...kept.values()] };
  });
}

/** A party's targets have come. @throws EntenteError `message-invalid`, `agreement-denied`; then none of them is kept */
export async function receiveTargets(
  tx: Queries,
  registry: Registry,
  operation: Operation,
  peer: Peer,
  body: Record<string, unknown>,
): Promise<void> {
  const given = body['targets'];
  if (!Array.isArray(given) || given.length > BATCH)
    throw new EntenteError('message-invalid', `a message has a list of up to ${BATCH} targets`);
  const gate = await openContributionGate(registry, peer, operation, 'peer');
  const lines: TargetLine[] = [];
  const refs: string[] = [];
  const agreements = new Map<TargetLine, string>();
  for (const [i, raw] of given.entries()) {
    const { ref, ...rest } = (typeof raw === 'object' && raw !== null ? raw : {}) as Record<string, unknown>;
    const line = readTargetLine({ ...rest, seenAt: rest['seenAt'] ?? '', seat: rest['seat'] ?? '' });
    if ('issues' in line || typeof ref !== 'string' || !isId(ref, 'target')) {
      const why = 'issues' in line ? line.issues.join('; ') : 'it has no identifier';
      throw new EntenteError('message-invalid', `targets[${i}]: ${why}`);
    }
    const permission = gate(line);
    if (!permission.allowed) throw denied(`targets[${i}] of ${peer.name} may not cross`, permission);
    lines.push(line);
    refs.push(ref);
    agreements.set(line, permission.agreement!);
  }
  const at = registry.clock().toISOString();
  await storeContributions(tx, operation, peer.kid, (line) => agreements.get(line)!, lines, refs, at);
  await appendLeaf(tx, registry.clock, 'operation', {
    act: 'targets',
    id: operation.id,
    peer: peer.kid,
    count: lines.length,
    digest: digestOf(given),
  });
}

/** Takes back what this node gave. Returns how many packages had it. @throws EntenteError `not-found`, `usage` */
export async function withdrawTargets(
  registry: Registry,
  operation: Operation,
  values: readonly string[],
  reason: string,
  send: Send,
): Promise<void> {
  if (operation.state === 'left') assertOpen(operation);
  if (reason.trim() === '' || reason.length > REASON_MAX)
    throw new EntenteError('usage', `withdrawing needs a reason of up to ${REASON_MAX} characters`);
  const targets = await Promise.all(values.map((value) => findTarget(registry.db, operation, value)));
  const own = targets.map((target) => {
    const contribution = target.contributions.find(
      ({ peer, withdrawnAt }) => peer === '' && withdrawnAt === null,
    );
    if (!contribution)
      throw new EntenteError(
        'usage',
        `${target.value} was not given by this organisation, or is withdrawn already`,
      );
    return contribution.ref;
  });
  await registry.db.transaction(async (tx) => {
    await withdrawContributions(tx, registry, operation, '', own, reason, send);
    for (let i = 0; operation.lead !== '' && i < own.length; i += BATCH) {
      const refs = own.slice(i, i + BATCH);
      await send(tx, operation.lead, { act: 'withdraw', operation: operation.id, refs, reason });
    }
  });
}

/** Marks contributions as withdrawn, and recalls from its recipients each target that nobody stands by any more. */
export async function withdrawContributions(
  tx: Queries,
  registry: Registry,
  operation: Operation,
  peer: string,
  refs: readonly string[],
  reason: string,
  send: Send,
): Promise<void> {
  const at = registry.clock().toISOString();
  const held: Held[] = [];
  for (const ref of refs) {
    const row = await tx.get<{ target_id: string }>(
      `SELECT c.target_id FROM operation_contribution c JOIN operation_target t ON t.id = c.target_id
       WHERE c.peer = ? AND c.ref = ? AND t.operation_id = ? AND c.withdrawn_at IS NULL`,
      peer,
      ref,
      operation.id,
    );
    if (!row) continue; // withdrawn before, or never kept
    await tx.run(
      'UPDATE operation_contribution SET withdrawn_at = ? WHERE target_id = ? AND peer = ?',
      at,
      row.target_id,
      peer,
    );
    const standing = await tx.get(
      'SELECT 1 FROM operation_contribution WHERE target_id = ? AND withdrawn_at IS NULL LIMIT 1',
      row.target_id,
    );
    if (standing) continue;
    held.push(...(await heldElsewhere(tx, row.target_id)));
  }
  const recalledFrom = await takeBack(tx, registry, operation, held, send);
  await appendLeaf(tx, registry.clock, 'operation', {
    act: 'withdrawn',
    id: operation.id,
    peer,
    refs: digestOf(refs),
    count: refs.length,
    reason,
    recalledFrom,
  });
}

export async function receiveWithdrawal(
  tx: Queries,
  registry: Registry,
  operation: Operation,
  peer: Peer,
  body: Record<string, unknown>,
  send: Send,
): Promise<void> {
  const { refs, reason } = body;
  if (
    !Array.isArray(refs) ||
    refs.length > BATCH ||
    !refs.every((ref) => typeof ref === 'string' && isId(ref, 'target')) ||
    typeof reason !== 'string' ||
    reason.length > REASON_MAX
  )
    throw new EntenteError('message-invalid', 'the message is no withdrawal of targets');
  await withdrawContributions(tx, registry, operation, peer.kid, refs as string[], reason, send);
}

/** The lead takes targets back from this node: they stay known, so that what was done about them is, and are shown as withdrawn. */
export async function receiveRecall(
  tx: Queries,
  registry: Registry,
  operation: Operation,
  body: Record<string, unknown>,
): Promise<void> {
  const { targets, packages = [] } = body;
  if (
    !Array.isArray(targets) ||
    targets.length > BATCH ||
    !targets.every((id) => typeof id === 'string' && isId(id, 'target')) ||
    !Array.isArray(packages) ||
    packages.length > BATCH ||
    !packages.every((id) => typeof id === 'string' && isId(id, 'package'))
  )
    throw new EntenteError('message-invalid', 'the message is no recall of targets');
  const at = registry.clock().toISOString();
  const all = new Set(targets as string[]);
  for (const id of packages as string[]) {
    await tx.run(
      `DELETE FROM operation_package WHERE id = ? AND operation_id = ? AND direction = 'in' AND received_at IS NULL`,
      id,
      operation.id,
    );
    // It was fetched while the recall was on its way.
    const items = await tx.all<{ target_id: string }>(
      'SELECT i.target_id FROM operation_package_item i JOIN operation_package p ON p.id = i.package_id WHERE p.id = ? AND p.operation_id = ?',
      id,
      operation.id,
    );
    for (const { target_id } of items) all.add(target_id);
  }
  for (const id of all) {
    await tx.run(
      `UPDATE operation_package_item SET recalled_at = ? WHERE target_id = ? AND recalled_at IS NULL AND package_id IN
         (SELECT id FROM operation_package WHERE operation_id = ? AND direction = 'in')`,
      at,
      id,
      operation.id,
    );
    await tx.run(
      `UPDATE operation_contribution SET withdrawn_at = ? WHERE target_id = ? AND peer = ? AND withdrawn_at IS NULL AND target_id IN
         (SELECT id FROM operation_target WHERE operation_id = ?)`,
      at,
      id,
      operation.lead,
      operation.id,
    );
  }
  await appendLeaf(tx, registry.clock, 'operation', {
    act: 'recalled',
    id: operation.id,
    count: targets.length,
    targets: digestOf(targets),
  });
}
