/**
 * Recalls: a contributor withdraws an object. Where it is held it gets the class that no agreement allows, so neither it nor
 * anything that refers to it is served, matched or passed on; where it had gone further, the recall follows.
 */
import { EntenteError, isId, isTimestamp, newId } from '../base/index.ts';
import { appendLeaf, findPeer, type Registry } from '../registry/index.ts';
import type { Queries } from '../store/index.ts';
import { openClasses, WITHDRAWN } from './classes.ts';
import { decideRelease, type ReleaseDecision } from './release.ts';
import { spreadReveals } from './reveals.ts';
import { nameOf } from './search.ts';

export interface Recall {
  readonly id: string;
  readonly object: string;
  readonly reason: string;
  readonly at: string;
}

const REASON_LENGTH_MAX = 1_000;

/** @throws EntenteError `message-invalid` */
export function parseRecall(body: Record<string, unknown>): Recall {
  const { id, object, reason, at } = body;
  const texts = [id, object, reason, at].every(
    (text) => typeof text === 'string' && text.length <= REASON_LENGTH_MAX,
  );
  if (!texts || !isId(id as string, 'recall') || !isTimestamp(at as string))
    throw new EntenteError('message-invalid', 'the message is no recall');
  return { id, object, reason, at } as Recall;
}

/**
 * Withdraws an object of this node's own and tells, through `queue`, every peer it was delivered to.
 * @throws EntenteError `not-found`, `conflict` when it was recalled before
 */
export async function recallObject(
  registry: Registry,
  objectId: string,
  reason: string,
  queue: (tx: Queries, peer: string, recall: Recall) => Promise<unknown>,
): Promise<{ recall: Recall; peers: string[] }> {
  if (reason.trim() === '' || reason.length > REASON_LENGTH_MAX) {
    throw new EntenteError('usage', `a recall needs a reason of 1 to ${REASON_LENGTH_MAX} characters`);
  }
  const recall: Recall = {
    id: newId('recall'),
    object: objectId,
    reason: reason.trim(),
    at: registry.clock().toISOString(),
  };
  return registry.db.transaction(async (tx) => {
    const held = await tx.get<{ contributor: string; withdrawn_at: string | null }>(
      'SELECT contributor, withdrawn_at FROM object WHERE id_key = id_key(?) AND id = ? AND latest = 1',
      objectId,
      objectId,
    );
    if (!held) throw new EntenteError('not-found', `there is no object ${objectId.slice(0, 100)} here`);
    if (held.contributor !== '')
      throw new EntenteError('forbidden', 'only its contributor can recall an object');
    if (held.withdrawn_at)
      throw new EntenteError('conflict', `${objectId} was recalled at ${held.withdrawn_at}`);
    const peers = await withdraw(tx, registry, 'out', recall, queue);
    return { recall, peers };
  });
}

/**
 * Marks the object withdrawn, here and for every peer it went to; writes recall, leaf and messages in the caller's transaction.
 * Returns the peers that are told.
 */
export async function withdraw(
  tx: Queries,
  registry: Registry,
  direction: 'in' | 'out',
  recall: Recall,
  queue: (tx: Queries, peer: string, recall: Recall) => Promise<unknown>,
): Promise<string[]> {
  const receivers = await receiversOf(tx, recall.object);
  await announce(tx, registry, direction, recall, receivers, queue);
  const classId = await openClasses(tx).idOf(WITHDRAWN);
  await tx.run(
    'UPDATE object SET class_id = ?, withdrawn_at = ? WHERE id_key = id_key(?) AND id = ? AND withdrawn_at IS NULL',
    classId,
    recall.at,
    recall.object,
    recall.object,
  );
  await spreadReveals(tx, [recall.object]);
  return receivers;
}

/** Peers to whom any version of an object was delivered. */
async function receiversOf(tx: Queries, objectId: string): Promise<string[]> {
  const rows = await tx.all<{ peer: string }>(
    `SELECT DISTINCT d.peer FROM delivery_object o JOIN delivery d ON d.id = o.delivery_id WHERE o.object_id = ? AND d.direction = 'out' ORDER BY d.peer`,
    objectId,
  );
  return rows.map(({ peer }) => peer);
}

async function announce(
  tx: Queries,
  registry: Registry,
  direction: 'in' | 'out',
  recall: Recall,
  receivers: readonly string[],
  queue: (tx: Queries, peer: string, recall: Recall) => Promise<unknown>,
): Promise<void> {
  if (await tx.get('SELECT 1 FROM recall WHERE id = ?', recall.id))
    throw new EntenteError('conflict', `the recall ${recall.id} is already here`);
  await tx.run(
    'INSERT INTO recall (id, direction, object_id, reason, at) VALUES (?, ?, ?, ?, ?)',
    recall.id,
    direction,
    recall.object,
    recall.reason,
    recall.at,
  );
  await appendLeaf(tx, registry.clock, 'recall', { direction, ...recall });
  for (const peer of receivers) {
    await tx.run('INSERT INTO recall_peer (recall_id, peer) VALUES (?, ?)', recall.id, peer);
    await queue(tx, peer, recall);
  }
}

/** Objects looked at in one transaction. */
const NARROWED_AT_ONCE = 100;

/**
 * An object got a version that is handled otherwise. Peers who have a copy and may not have it any more are told to withdraw it; here it
 * stays in use. What is left to look at is kept in the store, so a crash delays it only. Returns how many copies are recalled.
 */
export async function recallNarrowed(
  registry: Registry,
  queue: (tx: Queries, peer: string, recall: Recall) => Promise<unknown>,
): Promise<number> {
  const decisions = new Map<string, ReleaseDecision | null>();
  const mayHave = async (peer: string, revealId: number): Promise<boolean> => {
    let decision = decisions.get(peer);
    if (decision === undefined) {
      const known = await findPeer(registry.db, peer);
      decision = known ? await decideRelease(registry, known) : null;
      decisions.set(peer, decision);
    }
    return decision?.allowedReveals.includes(revealId) ?? false;
  };
  let copies = 0;
  for (;;) {
    const changed = await registry.db.all<{ id: string; reveal: number }>(
      `SELECT c.object_id AS id, o.reveal_id AS reveal FROM class_changed c JOIN object o ON o.id_key = id_key(c.object_id) AND o.id = c.object_id AND o.latest = 1
       ORDER BY c.object_id LIMIT ${NARROWED_AT_ONCE}`,
    );
    if (changed.length === 0) return copies;
    const narrowed: { id: string; peers: string[] }[] = [];
    for (const { id, reveal } of changed) {
      const peers = [];
      for (const peer of await receiversOf(registry.db, id))
        if (!(await mayHave(peer, reveal))) peers.push(peer);
      narrowed.push({ id, peers });
    }
    await registry.db.transaction(async (tx) => {
      for (const { id, peers } of narrowed) {
        if ((await tx.run('DELETE FROM class_changed WHERE object_id = ?', id)) === 0) continue; // done by another process
        if (peers.length === 0) continue;
        const recall = {
          id: newId('recall'),
          object: id,
          reason: 'a newer version has markings under which it may not be held here',
          at: registry.clock().toISOString(),
        };
        await announce(tx, registry, 'out', recall, peers, queue);
        copies += peers.length;
      }
    });
  }
}

export interface RecallAnswer {
  readonly recall: string;
  readonly object: string;
  /** Versions that were withdrawn where the answer comes from. */
  readonly withdrawn: number;
  /** Findings there that rest on the object and are now marked. */
  readonly findings: number;
  readonly at: string;
}

/** A receipt for a recall arrives. @throws EntenteError `conflict` when that peer was not told */
export async function acceptRecallReceipt(
  tx: Queries,
  registry: Registry,
  peer: string,
  answer: RecallAnswer,
): Promise<void> {
  const changed = await tx.run(
    'UPDATE recall_peer SET answered_at = ?, answer = ? WHERE recall_id = ? AND peer = ? AND answered_at IS NULL',
    answer.at,
    JSON.stringify(answer),
    answer.recall,
    peer,
  );
  if (changed === 0) throw new EntenteError('conflict', 'no recall to this peer waits for that answer');
  await appendLeaf(tx, registry.clock, 'recall-receipt', { peer, ...answer });
}

export interface RecallStatus extends Recall {
  readonly direction: 'in' | 'out';
  /** What people call the object; null where it has no name, or is held no more. */
  readonly title: string | null;
  /** Its type in STIX, and who contributed it: the key of a peer, empty for this organisation. */
  readonly type: string;
  readonly contributor: string;
  readonly peers: readonly {
    readonly peer: string;
    readonly name: string;
    readonly answeredAt: string | null;
    readonly answer: RecallAnswer | null;
  }[];
}

export async function listRecalls(registry: Registry): Promise<RecallStatus[]> {
  const recalls = await registry.db.all<{
    id: string;
    direction: 'in' | 'out';
    object: string;
    reason: string;
    at: string;
    body: string | null;
    contributor: string;
  }>(
    `SELECT r.id, r.direction, r.object_id AS object, r.reason, r.at, o.body,
       coalesce(o.contributor, (SELECT d.peer FROM delivery_object x JOIN delivery d ON d.id = x.delivery_id
         WHERE x.object_id = r.object_id AND d.direction = 'in' LIMIT 1), '') AS contributor
     FROM recall r LEFT JOIN object o ON o.id_key = id_key(r.object_id) AND o.id = r.object_id AND o.latest = 1 ORDER BY r.at, r.id`,
  );
  const status: RecallStatus[] = [];
  for (const { body, ...recall } of recalls) {
    const peers = await registry.db.all<{
      peer: string;
      name: string | null;
      answered_at: string | null;
      answer: string | null;
    }>(
      'SELECT r.peer, p.name, r.answered_at, r.answer FROM recall_peer r LEFT JOIN peer p ON p.kid = r.peer WHERE r.recall_id = ? ORDER BY r.peer',
      recall.id,
    );
    status.push({
      ...recall,
      title: body === null ? null : nameOf(JSON.parse(body) as Record<string, unknown>),
      type: recall.object.split('--')[0]!,
      peers: peers.map((row) => ({
        peer: row.peer,
        name: row.name ?? row.peer,
        answeredAt: row.answered_at,
        answer: row.answer === null ? null : (JSON.parse(row.answer) as RecallAnswer),
      })),
    });
  }
  return status;
}
