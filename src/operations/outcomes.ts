/** Outcomes: what came of intelligence, told back to whoever contributed it, under the agreement it came by. No case data goes along. */
import type { ReleaseClass } from '../agreement/index.ts';
import { EntenteError, isId, isTimestamp, newId } from '../base/index.ts';
import { appendLeaf, findPeer, openVerdicts, type Registry } from '../registry/index.ts';
import type { Queries } from '../store/index.ts';

export const OUTCOME_KINDS = [
  'taken-down',
  'seized',
  'arrested',
  'victim-notified',
  'under-investigation',
  'false-positive',
  'no-action',
] as const;
export type OutcomeKind = (typeof OUTCOME_KINDS)[number];

export interface Outcome {
  readonly id: string;
  readonly object: string;
  readonly kind: OutcomeKind;
  readonly at: string;
  /** How many: servers seized, victims notified. */
  readonly quantity: number;
  readonly agreement: string;
}

export interface StoredOutcome extends Outcome {
  readonly direction: 'in' | 'out';
  readonly peer: string;
}

const QUANTITY_MAX = 1_000_000_000;
/** Identifiers of STIX have a type of up to 250 characters and a UUID. */
const TEXT_MAX = 300;

export function isOutcomeKind(text: string): text is OutcomeKind {
  return (OUTCOME_KINDS as readonly string[]).includes(text);
}

/** @throws EntenteError `message-invalid` */
export function parseOutcome(body: Record<string, unknown>): Outcome {
  const { id, object, kind, at, quantity, agreement } = body;
  const sound =
    [id, object, kind, at, agreement].every((text) => typeof text === 'string' && text.length <= TEXT_MAX) &&
    isId(id as string, 'outcome') &&
    isTimestamp(at as string) &&
    isOutcomeKind(kind as string) &&
    Number.isInteger(quantity) &&
    (quantity as number) >= 0 &&
    (quantity as number) <= QUANTITY_MAX;
  if (!sound) throw new EntenteError('message-invalid', 'the message is no outcome');
  return { id, object, kind, at, quantity, agreement } as Outcome;
}

/** What agreements decide on: an outcome tells of no person and stays between the two organisations. */
const OUTCOME_CLASS: ReleaseClass = {
  category: 'outcomes',
  tlp: 'amber',
  pap: 'clear',
  personalData: 'none',
};

/** Outcomes cross like everything else: under an agreement in force that has a flow for them. @throws EntenteError `agreement-denied` */
export async function assertOutcomeMayCross(
  registry: Registry,
  peerKid: string,
  from: 'here' | 'peer',
): Promise<void> {
  const peer = await findPeer(registry.db, peerKid);
  if (!peer) throw new EntenteError('not-found', 'the node to tell is no longer known here');
  const { clauses, verdict } = (await openVerdicts(registry, peer)).decide({
    act: 'release',
    contributor: from,
    purpose: 'crime-prevention',
    releaseClass: OUTCOME_CLASS,
  });
  if (verdict === 'allow') return;
  throw new EntenteError(
    'agreement-denied',
    `outcomes do not cross between this node and ${peer.name}: ${clauses.map(({ words, path }) => `${words} (${path})`).join('; ')}`,
    { clauses },
  );
}

/** Writes an outcome of this node, for `queue` to send in the same transaction. @throws EntenteError `not-found` for an object that no peer contributed, `agreement-denied` */
export async function recordOutcome(
  registry: Registry,
  object: { id: string; contributor: string; agreement: string },
  kind: OutcomeKind,
  quantity: number,
  queue: (tx: Queries, outcome: Outcome) => Promise<unknown>,
): Promise<Outcome> {
  if (!Number.isInteger(quantity) || quantity < 0 || quantity > QUANTITY_MAX) {
    throw new EntenteError('usage', `a quantity is a whole number up to ${QUANTITY_MAX}`);
  }
  await assertOutcomeMayCross(registry, object.contributor, 'here');
  const outcome: Outcome = {
    id: newId('outcome'),
    object: object.id,
    kind,
    at: registry.clock().toISOString(),
    quantity,
    agreement: object.agreement,
  };
  await registry.db.transaction(async (tx) => {
    await storeOutcome(tx, registry, 'out', object.contributor, outcome);
    await queue(tx, outcome);
  });
  return outcome;
}

export async function storeOutcome(
  tx: Queries,
  registry: Registry,
  direction: 'in' | 'out',
  peer: string,
  outcome: Outcome,
): Promise<void> {
  if (await tx.get('SELECT 1 FROM outcome WHERE id = ?', outcome.id))
    throw new EntenteError('conflict', `the outcome ${outcome.id} is already here`);
  await tx.run(
    'INSERT INTO outcome (id, direction, peer, object_id, kind, at, body) VALUES (?, ?, ?, ?, ?, ?, ?)',
    outcome.id,
    direction,
    peer,
    outcome.object,
    outcome.kind,
    outcome.at,
    JSON.stringify(outcome),
  );
  await appendLeaf(tx, registry.clock, 'outcome', { direction, peer, ...outcome });
}

export async function listOutcomes(registry: Registry): Promise<StoredOutcome[]> {
  const rows = await registry.db.all<{ direction: 'in' | 'out'; peer: string; body: string }>(
    'SELECT direction, peer, body FROM outcome ORDER BY at, id',
  );
  return rows.map((row) => ({
    ...(JSON.parse(row.body) as Outcome),
    direction: row.direction,
    peer: row.peer,
  }));
}
