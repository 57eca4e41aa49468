/**
 * The target set of an operation: one row a value, however many contributors gave it, each contribution kept with its own grading. What a target
 * is taken to be follows from the contributions until a person decides; contributors who contradict each other are put before a person.
 */
import { createHash } from 'node:crypto';
import { canonicalJson, EntenteError, newId } from '../base/index.ts';
import type { Placement } from '../geography/index.ts';
import { appendLeaf, type Registry } from '../registry/index.ts';
import type { Queries } from '../store/index.ts';
import type { Operation } from './operations.ts';
import type { TargetLine } from './target-line.ts';
import type { Mark, Queue, TargetKind } from './vocabulary.ts';

export interface Target {
  readonly id: string;
  readonly kind: TargetKind;
  readonly value: string;
  readonly mark: Mark;
  /** Where it is routed; null while nobody knows. */
  readonly country: string | null;
  /** A person's decision that slicing does not change: `route`, `hold`. */
  readonly decision: 'route' | 'hold' | null;
  readonly queue: Queue | null;
  readonly placement: Placement | null;
  readonly contributions: readonly Contribution[];
}

export interface Contribution extends Omit<TargetLine, 'kind' | 'value'> {
  /** Key of the contributor's node; empty for this one. */
  readonly peer: string;
  /** The contributor's own identifier of the target. */
  readonly ref: string;
  /** The agreement under which it came; empty for this node's own. */
  readonly agreement: string;
  readonly at: string;
  readonly withdrawnAt: string | null;
}

/** Digest of a list that a leaf commits to instead of the list itself. */
export const digestOf = (value: unknown): string =>
  createHash('sha256').update(canonicalJson(value)).digest('hex');

export interface Stored {
  readonly added: number;
  readonly corroborated: number;
  readonly repeated: number;
}

/**
 * Stores contributions of one contributor, in the caller's transaction. `refs` are its identifiers, one a line; they become those of the target
 * when it is this node's own, or comes from the lead.
 */
export async function storeContributions(
  tx: Queries,
  operation: Operation,
  peer: string,
  agreementOf: (line: TargetLine) => string,
  lines: readonly TargetLine[],
  refs: readonly string[],
  at: string,
): Promise<Stored> {
  const stored = { added: 0, corroborated: 0, repeated: 0 };
  for (const [i, line] of lines.entries()) {
    const { kind, value, ...said } = line;
    const known = await tx.get<{ id: string; decided: number }>(
      `SELECT id, EXISTS (SELECT 1 FROM operation_decision WHERE target_id = t.id AND kind = 'mark') AS decided
       FROM operation_target t WHERE operation_id = ? AND kind = ? AND value = ?`,
      operation.id,
      kind,
      value,
    );
    const id = known?.id ?? (peer === '' || peer === operation.lead ? refs[i]! : newId('target'));
    if (!known) {
      await tx.run(
        'INSERT INTO operation_target (id, operation_id, kind, value, mark) VALUES (?, ?, ?, ?, ?)',
        id,
        operation.id,
        kind,
        value,
        line.mark,
      );
      stored.added++;
    }
    const before =
      known &&
      (await tx.get('SELECT 1 FROM operation_contribution WHERE target_id = ? AND peer = ?', id, peer));
    await tx.run(
      `INSERT INTO operation_contribution (target_id, peer, ref, agreement_id, at, body, operation_id, said)
       SELECT id, ?, ?, ?, ?, ?, operation_id, said FROM operation_target WHERE id = ?
       ON CONFLICT (target_id, peer) DO UPDATE SET ref = excluded.ref, agreement_id = excluded.agreement_id, at = excluded.at, withdrawn_at = NULL, body = excluded.body`,
      peer,
      refs[i]!,
      agreementOf(line),
      at,
      JSON.stringify(said),
      id,
    );
    if (!known) continue;
    stored[before ? 'repeated' : 'corroborated']++;
    if (Number(known.decided) === 0) await combineMarks(tx, id);
    await tx.run('UPDATE operation_target SET placement = NULL WHERE id = ?', id); // what is new may say where it is
  }
  return stored;
}

/** What contributors say together: undetermined adds nothing, suspect against victim is for a person. */
async function combineMarks(tx: Queries, id: string): Promise<void> {
  const rows = await tx.all<{ body: string }>(
    'SELECT body FROM operation_contribution WHERE target_id = ? AND withdrawn_at IS NULL',
    id,
  );
  const said = new Set(
    rows.map(({ body }) => (JSON.parse(body) as TargetLine).mark).filter((mark) => mark !== 'undetermined'),
  );
  const mark: Mark = said.size === 1 ? [...said][0]! : 'undetermined';
  await tx.run(
    `UPDATE operation_target SET mark = ?, queue = CASE WHEN ? THEN 'mark' WHEN queue = 'mark' THEN NULL ELSE queue END WHERE id = ?`,
    mark,
    said.size > 1 ? 1 : 0,
    id,
  );
}

interface TargetRow {
  id: string;
  kind: TargetKind;
  value: string;
  mark: Mark;
  country: string | null;
  decision: 'route' | 'hold' | null;
  queue: Queue | null;
  placement: string | null;
}

interface ContributionRow {
  target_id: string;
  peer: string;
  ref: string;
  agreement_id: string;
  at: string;
  withdrawn_at: string | null;
  body: string;
}

const COLUMNS = 'id, kind, value, mark, country, decision, queue, placement';

/** Targets with their contributions, in the order in which they came. `where` limits them; it is SQL of this room. */
export async function readTargets(
  queries: Queries,
  operation: Operation,
  where = '',
  ...parameters: (string | number)[]
): Promise<Target[]> {
  const rows = await queries.all<TargetRow>(
    `SELECT ${COLUMNS} FROM operation_target WHERE operation_id = ? ${where} ORDER BY seq`,
    operation.id,
    ...parameters,
  );
  const said = await queries.all<ContributionRow>(
    `SELECT target_id, peer, ref, agreement_id, at, withdrawn_at, body FROM operation_contribution WHERE target_id IN
       (SELECT id FROM operation_target WHERE operation_id = ? ${where}) ORDER BY at, peer`,
    operation.id,
    ...parameters,
  );
  const byTarget = new Map<string, Contribution[]>();
  for (const { target_id, agreement_id, withdrawn_at, body, ...row } of said) {
    const one = {
      ...row,
      agreement: agreement_id,
      withdrawnAt: withdrawn_at,
      ...(JSON.parse(body) as TargetLine),
    };
    const list = byTarget.get(target_id);
    if (list) list.push(one);
    else byTarget.set(target_id, [one]);
  }
  return rows.map(({ placement, ...row }) => ({
    ...row,
    placement: placement === null ? null : (JSON.parse(placement) as Placement),
    contributions: byTarget.get(row.id) ?? [],
  }));
}

/** By identifier or value. @throws EntenteError `not-found` */
export async function findTarget(queries: Queries, operation: Operation, asked: string): Promise<Target> {
  const row = await queries.get<{ id: string }>(
    'SELECT id FROM operation_target WHERE operation_id = ? AND (id = ? OR value = ?)',
    operation.id,
    asked,
    asked,
  );
  const [target] = row ? await readTargets(queries, operation, 'AND id = ?', row.id) : [];
  if (!target)
    throw new EntenteError('not-found', `"${asked.slice(0, 100)}" is no target of "${operation.name}"`);
  return target;
}

/** Whether anybody still stands by it. */
export const isActive = (target: Target): boolean =>
  target.contributions.some(({ withdrawnAt }) => withdrawnAt === null);

/** Everybody who gave it and stands by it. */
export const standing = (target: Target): Contribution[] =>
  target.contributions.filter(({ withdrawnAt }) => withdrawnAt === null);

export interface DecisionRecord {
  readonly kind: 'mark' | 'route' | 'hold' | 'release' | 'text';
  readonly was: string | null;
  readonly becomes: string | null;
  readonly reason: string;
  readonly person: string;
  readonly at: string;
}

const REASON_MAX = 1_000;

/** Records a person's decision on a target in the caller's transaction. @throws EntenteError `usage` without a reason */
export async function recordDecision(
  tx: Queries,
  registry: Registry,
  targetId: string,
  decision: Omit<DecisionRecord, 'at'>,
): Promise<void> {
  const { kind, was, becomes, reason, person } = decision;
  if (reason.trim() === '' || reason.length > REASON_MAX)
    throw new EntenteError('usage', `a decision needs a reason of up to ${REASON_MAX} characters`);
  const at = registry.clock().toISOString();
  await tx.run(
    'INSERT INTO operation_decision (target_id, kind, was, becomes, reason, person, at) VALUES (?, ?, ?, ?, ?, ?, ?)',
    targetId,
    kind,
    was,
    becomes,
    reason,
    person,
    at,
  );
  await appendLeaf(tx, registry.clock, 'operation', {
    act: 'decided',
    target: targetId,
    kind,
    was,
    becomes,
    reason,
    person,
  });
}

export function listDecisions(queries: Queries, target: Target): Promise<DecisionRecord[]> {
  return queries.all(
    'SELECT kind, was, becomes, reason, person, at FROM operation_decision WHERE target_id = ? ORDER BY seq',
    target.id,
  );
}
