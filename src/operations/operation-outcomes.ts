/**
 * What came of the targets of an operation. A recipient reports per target; the lead tells every contributor what came of what it gave, without who did
 * it, without evidence references and without persons, and only where the reporter's agreement lets that be passed on. Two reports may contradict
 * each other: both stand, are shown, and a person decides which one counts.
 */
import type { ReleaseClass } from '../agreement/index.ts';
import { EntenteError, isId, isTimestamp, newId } from '../base/index.ts';
import { appendLeaf, findPeer, openVerdicts, type Peer, type Registry } from '../registry/index.ts';
import type { Queries } from '../store/index.ts';
import { type Operation, requireJoined, type Send } from './operations.ts';
import { isOutcomeKind, OUTCOME_KINDS, type OutcomeKind } from './outcomes.ts';
import { wordsOf } from './permission.ts';
import { digestOf, findTarget } from './targets.ts';

export interface TargetOutcome {
  readonly id: string;
  /** The target as the node that keeps this knows it. */
  readonly target: string;
  readonly kind: OutcomeKind;
  /** When it happened. */
  readonly at: string;
  readonly quantity: number;
  /** Reference to a file or exhibit at the reporter; it goes to the lead and no further. */
  readonly evidence: string;
}

export interface KeptOutcome extends TargetOutcome {
  /** `in`: reported to the lead. `out`: reported by this node. `told`: what came of something that this node gave. */
  readonly direction: 'in' | 'out' | 'told';
  readonly peer: string;
  readonly value: string;
  readonly country: string | null;
  /** Why it no longer counts. */
  readonly superseded: string | null;
  /** Another report about the same target says otherwise, and nobody has decided yet. */
  readonly contradicts: boolean;
}

export interface OutcomePage {
  readonly outcomes: readonly KeptOutcome[];
  readonly total: number;
  /** Continues behind the last one; null when there are no more. */
  readonly next: string | null;
}

export const OUTCOMES_MAX = 1_000;

const BATCH = 1_000;
const QUANTITY_MAX = 1_000_000_000;
const EVIDENCE_MAX = 200;
const REASON_MAX = 1_000;

/** An outcome says of no person, and is meant for the circle of those who work on the operation. */
const classOfOutcome = (operation: Operation): ReleaseClass => ({
  category: 'outcomes',
  tlp: 'green',
  pap: 'clear',
  personalData: 'none',
  operations: [operation.name],
});

const PURPOSE = 'crime-prevention';

/** @throws EntenteError `code` */
function checkOutcome(
  value: Record<string, unknown>,
  code: 'usage' | 'message-invalid',
): Omit<TargetOutcome, 'id' | 'target'> {
  const { kind, at, quantity, evidence = '' } = value;
  const wrong = (what: string) => new EntenteError(code, what);
  if (typeof kind !== 'string' || !isOutcomeKind(kind))
    throw wrong(`an outcome is one of ${OUTCOME_KINDS.join(', ')}`);
  if (typeof at !== 'string' || !isTimestamp(at))
    throw wrong('an outcome has the time when it happened, like 2026-12-03T05:00:00Z');
  if (!Number.isInteger(quantity) || (quantity as number) < 0 || (quantity as number) > QUANTITY_MAX)
    throw wrong(`a quantity is a whole number up to ${QUANTITY_MAX}`);
  if (typeof evidence !== 'string' || evidence.length > EVIDENCE_MAX)
    throw wrong(`a reference to evidence has up to ${EVIDENCE_MAX} characters`);
  return { kind, at, quantity: quantity as number, evidence };
}

export interface Reported {
  /** Identifier or value of the target. */
  readonly target: string;
  readonly kind: string;
  readonly quantity?: number;
  readonly at?: string;
  readonly evidence?: string;
}

/** Reports what came of targets: a recipient to the lead, or the lead for itself. @throws EntenteError `usage`, `not-found`, `agreement-denied` */
export async function reportOutcomes(
  registry: Registry,
  operation: Operation,
  reported: readonly Reported[],
  send: Send,
): Promise<TargetOutcome[]> {
  const now = registry.clock().toISOString();
  const made: TargetOutcome[] = [];
  for (const { target: asked, kind, quantity = 1, at = now, evidence = '' } of reported) {
    const checked = checkOutcome({ kind, at, quantity, evidence }, 'usage');
    const id = isId(asked, 'target')
      ? await requireTarget(registry.db, operation, asked)
      : (await findTarget(registry.db, operation, asked)).id;
    made.push({ id: newId('outcome'), target: id, ...checked });
  }
  if (operation.lead !== '') {
    await requireJoined(registry.db, operation, '');
    const lead = (await findPeer(registry.db, operation.lead))!;
    const { verdict, clauses } = (await openVerdicts(registry, lead)).decide({
      act: 'release',
      contributor: 'here',
      purpose: PURPOSE,
      releaseClass: classOfOutcome(operation),
    });
    if (verdict !== 'allow')
      throw new EntenteError(
        'agreement-denied',
        `outcomes do not cross to ${lead.name}: ${wordsOf(clauses)}`,
        { clauses },
      );
  }
  await registry.db.transaction(async (tx) => {
    for (const outcome of made)
      await keepOutcome(tx, operation, operation.lead === '' ? 'in' : 'out', operation.lead, outcome);
    if (operation.lead === '') await tellContributors(tx, registry, operation, null, made, send);
    for (let i = 0; operation.lead !== '' && i < made.length; i += BATCH)
      await send(tx, operation.lead, {
        act: 'outcomes',
        operation: operation.id,
        outcomes: made.slice(i, i + BATCH),
      });
    await appendLeaf(tx, registry.clock, 'outcome', {
      operation: operation.id,
      count: made.length,
      outcomes: digestOf(made),
      direction: 'out',
    });
  });
  return made;
}

async function requireTarget(queries: Queries, operation: Operation, id: string): Promise<string> {
  if (await queries.get('SELECT 1 FROM operation_target WHERE id = ? AND operation_id = ?', id, operation.id))
    return id;
  throw new EntenteError('not-found', `"${id}" is no target of "${operation.name}"`);
}

async function keepOutcome(
  tx: Queries,
  operation: Operation,
  direction: KeptOutcome['direction'],
  peer: string,
  outcome: TargetOutcome,
): Promise<void> {
  const { id, target, kind, at, ...body } = outcome;
  if (await tx.get('SELECT 1 FROM operation_outcome WHERE id = ?', id))
    throw new EntenteError('conflict', `the outcome ${id} is already here`);
  await tx.run(
    'INSERT INTO operation_outcome (id, operation_id, target_id, direction, peer, kind, at, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    id,
    operation.id,
    target,
    direction,
    peer,
    kind,
    at,
    JSON.stringify(body),
  );
  if (direction !== 'out') await noteSaid(tx, target);
}

/** What is counted of a target stands beside it and its contributions, in the transaction that changes what counts. */
async function noteSaid(tx: Queries, target: string): Promise<void> {
  for (const [table, key] of [
    ['operation_target', 'id'],
    ['operation_contribution', 'target_id'],
  ] as const)
    await tx.run(
      `UPDATE ${table} SET said = (SELECT coalesce(1 + 2 * max(${CONFIRMS}) + 4 * max(kind = 'false-positive'), 0)
         FROM operation_outcome WHERE target_id = ? AND superseded IS NULL AND direction <> 'out') WHERE ${key} = ?`,
      target,
      target,
    );
}

/** In SQL, of what reports say together (`said`). */
export const IS_CONFIRMED = 'said & 6 = 2';
export const IS_WRONG = 'said & 6 = 4';
export const IS_CONTRADICTED = 'said & 6 = 6';

/** A recipient has reported. @throws EntenteError `message-invalid`, `forbidden` for a target that did not go to it, `agreement-denied` */
export async function receiveOutcomes(
  tx: Queries,
  registry: Registry,
  operation: Operation,
  peer: Peer,
  body: Record<string, unknown>,
  send: Send,
): Promise<void> {
  const given = body['outcomes'];
  if (!Array.isArray(given) || given.length > BATCH)
    throw new EntenteError('message-invalid', `a message has up to ${BATCH} outcomes`);
  const verdict = (await openVerdicts(registry, peer)).decide({
    act: 'release',
    contributor: 'peer',
    purpose: PURPOSE,
    releaseClass: classOfOutcome(operation),
  });
  if (verdict.verdict !== 'allow')
    throw new EntenteError(
      'agreement-denied',
      `outcomes of ${peer.name} may not cross: ${wordsOf(verdict.clauses)}`,
      { clauses: verdict.clauses },
    );
  const outcomes: TargetOutcome[] = [];
  for (const raw of given as Record<string, unknown>[]) {
    const { id, target } = raw ?? {};
    if (typeof id !== 'string' || !isId(id, 'outcome') || typeof target !== 'string')
      throw new EntenteError('message-invalid', 'an outcome has an identifier and a target');
    const outcome = { id, target, ...checkOutcome(raw, 'message-invalid') };
    const went = await tx.get(
      `SELECT 1 FROM operation_package_item i JOIN operation_package p ON p.id = i.package_id
       WHERE i.target_id = ? AND p.operation_id = ? AND p.peer = ? AND p.direction = 'out' LIMIT 1`,
      target,
      operation.id,
      peer.kid,
    );
    if (!went)
      throw new EntenteError('forbidden', 'the outcome is about a target that did not go to its sender');
    await keepOutcome(tx, operation, 'in', peer.kid, outcome);
    outcomes.push(outcome);
  }
  await tellContributors(tx, registry, operation, { peer, agreement: verdict.agreement!.id }, outcomes, send);
  await appendLeaf(tx, registry.clock, 'outcome', {
    operation: operation.id,
    peer: peer.kid,
    count: outcomes.length,
    outcomes: digestOf(given),
    direction: 'in',
  });
}

/** To each contributor of each target, unless it reported itself. What a clause keeps here is recorded with its reason. */
async function tellContributors(
  tx: Queries,
  registry: Registry,
  operation: Operation,
  reporter: { readonly peer: Peer; readonly agreement: string } | null,
  outcomes: readonly TargetOutcome[],
  send: Send,
): Promise<void> {
  const told = new Map<string, Record<string, unknown>[]>();
  const refusals = new Map<string, string | null>();
  const now = registry.clock().toISOString();
  for (const { id, target, kind, at, quantity } of outcomes) {
    const contributors = await tx.all<{ peer: string; ref: string }>(
      `SELECT peer, ref FROM operation_contribution WHERE target_id = ? AND peer <> '' AND peer <> ?`,
      target,
      reporter?.peer.kid ?? '',
    );
    for (const { peer, ref } of contributors) {
      if (!refusals.has(peer)) refusals.set(peer, await whyNotTold(tx, registry, operation, peer, reporter));
      const why = refusals.get(peer)!;
      await tx.run(
        'INSERT INTO operation_told (outcome_id, peer, told_at, why) VALUES (?, ?, ?, ?)',
        id,
        peer,
        why === null ? now : null,
        why,
      );
      if (why !== null) continue;
      const list = told.get(peer) ?? [];
      list.push({ id, ref, kind, at, quantity });
      told.set(peer, list);
    }
  }
  for (const [peer, list] of told)
    for (let i = 0; i < list.length; i += BATCH)
      await send(tx, peer, {
        act: 'told',
        operation: operation.id,
        outcomes: list.slice(i, i + BATCH),
        superseded: [],
      });
}

async function whyNotTold(
  tx: Queries,
  registry: Registry,
  operation: Operation,
  kid: string,
  reporter: { readonly peer: Peer; readonly agreement: string } | null,
): Promise<string | null> {
  const contributor = await findPeer(tx, kid);
  if (!contributor) return 'the contributor is no longer known here';
  const verdicts = await openVerdicts(registry, contributor);
  const releaseClass = classOfOutcome(operation);
  const { verdict, clauses } = reporter
    ? verdicts.decideOnward({
        origin: reporter.agreement,
        from: reporter.peer.kid,
        purpose: PURPOSE,
        releaseClass,
      })
    : verdicts.decide({ act: 'release', contributor: 'here', purpose: PURPOSE, releaseClass });
  return verdict === 'allow' ? null : wordsOf(clauses);
}

/** The lead tells what came of what this node gave. @throws EntenteError `message-invalid`, `forbidden` for something it did not give */
export async function receiveTold(
  tx: Queries,
  registry: Registry,
  operation: Operation,
  peer: Peer,
  body: Record<string, unknown>,
): Promise<void> {
  const { outcomes, superseded } = body;
  if (
    !Array.isArray(outcomes) ||
    outcomes.length > BATCH ||
    !Array.isArray(superseded) ||
    superseded.length > BATCH
  )
    throw new EntenteError('message-invalid', 'the message tells of no outcomes');
  for (const raw of outcomes as Record<string, unknown>[]) {
    const { id, ref } = raw ?? {};
    if (typeof id !== 'string' || !isId(id, 'outcome') || typeof ref !== 'string')
      throw new EntenteError('message-invalid', 'an outcome has an identifier and what it is about');
    const own = await tx.get<{ target_id: string }>(
      `SELECT c.target_id FROM operation_contribution c JOIN operation_target t ON t.id = c.target_id WHERE c.peer = '' AND c.ref = ? AND t.operation_id = ?`,
      ref,
      operation.id,
    );
    if (!own)
      throw new EntenteError(
        'forbidden',
        'the outcome is about something that this organisation did not give',
      );
    await keepOutcome(tx, operation, 'told', peer.kid, {
      id,
      target: own.target_id,
      ...checkOutcome(raw, 'message-invalid'),
    });
  }
  for (const id of superseded) {
    if (typeof id !== 'string') throw new EntenteError('message-invalid', 'the message tells of no outcomes');
    const rows = await tx.all<{ target_id: string }>(
      `UPDATE operation_outcome SET superseded = 'its lead decided so' WHERE id = ? AND operation_id = ? AND direction = 'told' RETURNING target_id`,
      id,
      operation.id,
    );
    for (const { target_id } of rows) await noteSaid(tx, target_id);
  }
  await appendLeaf(tx, registry.clock, 'outcome', {
    operation: operation.id,
    told: digestOf(outcomes),
    count: outcomes.length,
  });
}

/** Kinds that say that the target was what it was said to be. */
const CONFIRMING: readonly OutcomeKind[] = ['taken-down', 'seized', 'arrested', 'victim-notified'];
/** In SQL, of an outcome's `kind`. */
export const CONFIRMS = `kind IN (${CONFIRMING.map((kind) => `'${kind}'`).join(', ')})`;

/** Targets of one operation about which one report that counts says that it was nothing, and another that something was done. */
export const CONTRADICTED = `SELECT wrong.target_id FROM operation_outcome wrong
   WHERE wrong.operation_id = ? AND wrong.kind = 'false-positive' AND wrong.direction = 'in' AND wrong.superseded IS NULL
     AND EXISTS (SELECT 1 FROM operation_outcome WHERE target_id = wrong.target_id AND ${CONFIRMS} AND direction = 'in' AND superseded IS NULL)`;

const CONTRADICTS = `o.direction = 'in' AND o.superseded IS NULL AND o.target_id IN (${CONTRADICTED})`;

async function readOutcomes(
  queries: Queries,
  operation: Operation,
  tail: string,
  ...values: (string | number)[]
): Promise<KeptOutcome[]> {
  const rows = await queries.all<
    Omit<KeptOutcome, 'target' | 'quantity' | 'evidence' | 'contradicts'> & {
      target_id: string;
      body: string;
      contradicts: number;
    }
  >(
    `SELECT o.id, o.target_id, o.direction, o.peer, o.kind, o.at, o.superseded, o.body, t.value, t.country, ${CONTRADICTS} AS contradicts
     FROM operation_outcome o JOIN operation_target t ON t.id = o.target_id WHERE o.operation_id = ?${tail}`,
    operation.id,
    operation.id,
    ...values,
  );
  return rows.map(({ target_id, body, contradicts, ...row }) => ({
    ...row,
    target: target_id,
    ...(JSON.parse(body) as Pick<TargetOutcome, 'quantity' | 'evidence'>),
    contradicts: Number(contradicts) === 1,
  }));
}

export const listTargetOutcomes = (queries: Queries, operation: Operation): Promise<KeptOutcome[]> =>
  readOutcomes(queries, operation, ' ORDER BY o.at, o.id');

/** In the order in which they came; or only those that contradict each other. @throws EntenteError `not-found` for a page that begins behind what is no outcome */
export async function pageOfOutcomes(
  queries: Queries,
  operation: Operation,
  isContradicting: boolean,
  { after, limit }: { readonly after?: string; readonly limit: number },
): Promise<OutcomePage> {
  const only = isContradicting ? ` AND ${CONTRADICTS}` : '';
  const asked = isContradicting ? [operation.id] : [];
  const counted = await queries.get<{ n: number }>(
    `SELECT count(*) AS n FROM operation_outcome o WHERE o.operation_id = ?${only}`,
    operation.id,
    ...asked,
  );
  let place = 0;
  if (after !== undefined) {
    const row = await queries.get<{ place: number }>(
      'SELECT rowid AS place FROM operation_outcome WHERE operation_id = ? AND id = ?',
      operation.id,
      after,
    );
    if (!row) throw new EntenteError('not-found', 'the outcome to continue behind is not here');
    place = Number(row.place);
  }
  const size = Math.min(limit, OUTCOMES_MAX);
  const outcomes = await readOutcomes(
    queries,
    operation,
    `${only} AND o.rowid > ? ORDER BY o.rowid LIMIT ?`,
    ...asked,
    place,
    size,
  );
  const next = outcomes.length === size ? outcomes.at(-1)!.id : null;
  return { outcomes, total: Number(counted!.n), next };
}

/** Outcomes that contradict each other, by target. */
export function contradictions(outcomes: readonly KeptOutcome[]): KeptOutcome[][] {
  const found = outcomes.filter(({ contradicts }) => contradicts);
  return [...Map.groupBy(found, ({ target }) => target).values()];
}

/** A person decides that an outcome does not count; its contributors learn that. @throws EntenteError `not-found`, `usage` without a reason */
export async function supersedeOutcome(
  registry: Registry,
  operation: Operation,
  id: string,
  reason: string,
  person: string,
  send: Send,
): Promise<void> {
  if (reason.trim() === '' || reason.length > REASON_MAX)
    throw new EntenteError('usage', `a decision needs a reason of up to ${REASON_MAX} characters`);
  await registry.db.transaction(async (tx) => {
    const changed = await tx.get<{ target_id: string }>(
      `UPDATE operation_outcome SET superseded = ? WHERE id = ? AND operation_id = ? AND direction = 'in' AND superseded IS NULL RETURNING target_id`,
      `${person}: ${reason}`,
      id,
      operation.id,
    );
    if (!changed) throw new EntenteError('not-found', 'there is no outcome that counts under this name');
    await noteSaid(tx, changed.target_id);
    const told = await tx.all<{ peer: string }>(
      'SELECT peer FROM operation_told WHERE outcome_id = ? AND told_at IS NOT NULL',
      id,
    );
    for (const { peer } of told)
      await send(tx, peer, { act: 'told', operation: operation.id, outcomes: [], superseded: [id] });
    await appendLeaf(tx, registry.clock, 'outcome', {
      operation: operation.id,
      superseded: id,
      reason,
      person,
    });
  });
}
