/**
 * Synchronising with a peer: first the messages, both ways, then its collections over TAXII.
 *
 * Each page is stored together with how far we are, the delivery's statement, its ledger leaf, and the receipt that is owed, in
 * one transaction: after a crash the walk goes on where it was, and no page is received without its receipt being on its way.
 */
import { EntenteError, isEntenteError } from '../base/index.ts';
import { IMPORT_BATCH, type ImportReport, importBatch } from '../intel/index.ts';
import type { Peer, Registry } from '../registry/index.ts';
import type { Queries } from '../store/index.ts';
import {
  assertStatedRightly,
  type DeliveryStatement,
  parseDeliveryStatement,
  statementDigest,
  storeDelivery,
} from './deliveries.ts';
import { messageHandlers } from './handlers.ts';
import { type Answer, callPeer, refusedBy } from './http-client.ts';
import { fetchMessages, pushMessages, queueMessage } from './messages.ts';
import { type Position, type RemoteCollection, readCollections, readObjects } from './taxii/client.ts';
import { ownCollection } from './taxii/collections.ts';
import { seekCosignature } from './witnessing.ts';

export interface SyncReport {
  readonly peer: string;
  readonly pages: number;
  readonly accepted: number;
  readonly unchanged: number;
  readonly refused: readonly { readonly id: string | null; readonly why: string }[];
  readonly deliveries: readonly string[];
  readonly messages: number;
  /** Leaves of this node's ledger that the peer has cosigned; null when it could not be asked now. */
  readonly cosigned: number | null;
  /** What could not be exchanged now and waits. */
  readonly problems: readonly string[];
}

export async function syncPeer(
  registry: Registry,
  peer: Peer,
  onObjects?: (received: number) => void,
): Promise<SyncReport> {
  const pushed = await pushMessages(registry);
  const fetched = await fetchMessages(registry, messageHandlers(registry), peer);
  const refusal = (answer: Answer) => refusedBy(peer, answer, 'the synchronisation');
  const get = (path: string, accept: string) => callPeer(registry, peer, path, { accept });
  const into = (await ownCollection(registry)).id;
  const total = {
    pages: 0,
    accepted: 0,
    unchanged: 0,
    refused: [] as { id: string | null; why: string }[],
    deliveries: [] as string[],
  };

  for (const collection of await readCollections(get, refusal)) {
    let position = await readPosition(registry, peer, collection);
    for (;;) {
      const page = await readObjects(get, collection, position, refusal);
      if (page.objects.length > 0) {
        const statement = await fetchStatement(
          registry,
          peer,
          page.headers.get('entente-delivery'),
          page.objects,
        );
        const report = await storePage(
          registry,
          peer,
          collection,
          into,
          page.objects,
          statement,
          page.position,
        );
        total.pages++;
        total.accepted += report.accepted;
        total.unchanged += report.unchanged;
        total.refused.push(
          ...report.refused.map((refusal) => ({
            id: refusal.id,
            why: refusal.issues[0]?.message ?? 'refused',
          })),
        );
        total.deliveries.push(statement.statement.id);
        onObjects?.(total.accepted + total.unchanged);
      }
      position = page.position;
      if (!page.more) break;
    }
  }
  const receipts = await pushMessages(registry);
  const witnessing = await witness(registry, peer);
  return {
    peer: peer.name,
    ...total,
    messages: fetched.applied,
    cosigned: witnessing.cosigned,
    problems: [...pushed.problems, ...fetched.problems, ...receipts.problems, ...witnessing.problems],
  };
}

/** Parties to an agreement witness each other. A fork stops everything; a witness that is away is asked again next time. */
async function witness(
  registry: Registry,
  peer: Peer,
): Promise<{ cosigned: number | null; problems: string[] }> {
  try {
    return { cosigned: await seekCosignature(registry, peer), problems: [] };
  } catch (error) {
    if (!isEntenteError(error) || error.exit === 3) throw error;
    return { cosigned: null, problems: [error.message] };
  }
}

interface SignedDelivery {
  readonly statement: DeliveryStatement;
  readonly jws: string;
}

/** The peer's statement about a page, checked against what really came. @throws EntenteError `peer-nonsense`, `signature-invalid` */
async function fetchStatement(
  registry: Registry,
  peer: Peer,
  id: string | null,
  objects: readonly string[],
): Promise<SignedDelivery> {
  if (!id || !/^delivery--[0-9a-f-]{36}$/.test(id))
    throw new EntenteError('peer-nonsense', `${peer.name} delivered objects without stating it`);
  const answer = await callPeer(registry, peer, `/api/v1/exchange/deliveries/${id}`);
  if (answer.status !== 200) throw refusedBy(peer, answer, 'the statement of a delivery');
  const { statement: jws } = (answer.json() ?? {}) as { statement?: unknown };
  if (typeof jws !== 'string') throw new EntenteError('peer-nonsense', `${peer.name} answered no statement`);
  const statement = await parseDeliveryStatement(registry, peer, jws);
  if (statement.id !== id)
    throw new EntenteError('peer-nonsense', `${peer.name} answered another statement than ${id}`);
  await assertStatedRightly(registry, peer, statement, objects);
  return { statement, jws };
}

/** Everything about one page in one transaction per batch; position, delivery and receipt go with the last. */
async function storePage(
  registry: Registry,
  peer: Peer,
  collection: RemoteCollection,
  into: string,
  objects: readonly string[],
  { statement, jws }: SignedDelivery,
  position: Position,
): Promise<ImportReport> {
  const whole: ImportReport = { accepted: 0, unchanged: 0, refused: [], held: [] };
  for (let start = 0; start < objects.length; start += IMPORT_BATCH) {
    const batch = objects.slice(start, start + IMPORT_BATCH).map((text, i) => ({
      text,
      index: start + i,
      agreementId: statement.objects[start + i]!.under.split('#')[0]!,
      unmarked: statement.objects[start + i]!.tlp,
    }));
    const isLast = start + IMPORT_BATCH >= objects.length;
    await importBatch(registry, into, peer.kid, batch, {
      alongside: async (tx, report) => {
        whole.accepted += report.accepted;
        whole.unchanged += report.unchanged;
        whole.refused.push(...report.refused);
        whole.held.push(...report.held);
        if (!isLast) return;
        await storeDelivery(tx, registry, 'in', peer.kid, statement, jws);
        await writePosition(tx, registry, peer, collection, position);
        await queueMessage(tx, registry, peer.kid, 'receipt', {
          delivery: statement.id,
          statement: statementDigest(jws),
          held: whole.held.length,
          refused: whole.refused.map((refusal) => ({
            index: refusal.index,
            why: refusal.issues[0]?.message ?? 'refused',
          })),
        });
      },
    });
  }
  return whole;
}

async function readPosition(registry: Registry, peer: Peer, collection: RemoteCollection): Promise<Position> {
  const row = await registry.db.get<{ added_after: string | null; next: string | null }>(
    'SELECT added_after, next FROM sync_state WHERE peer = ? AND collection_id = ?',
    peer.kid,
    collection.id,
  );
  return { addedAfter: row?.added_after ?? null, next: row?.next ?? null };
}

async function writePosition(
  tx: Queries,
  registry: Registry,
  peer: Peer,
  collection: RemoteCollection,
  position: Position,
): Promise<void> {
  await tx.run(
    `INSERT INTO sync_state (peer, collection_id, added_after, next, synced_at) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (peer, collection_id) DO UPDATE SET added_after = excluded.added_after, next = excluded.next, synced_at = excluded.synced_at`,
    peer.kid,
    collection.id,
    position.addedAfter,
    position.next,
    registry.clock().toISOString(),
  );
}

export interface SyncFailure {
  readonly peer: string;
  readonly error: EntenteError;
}

/** Synchronises with several peers; one that fails does not keep the others from theirs. */
export async function syncPeers(
  registry: Registry,
  peers: readonly Peer[],
): Promise<{ reports: SyncReport[]; failures: SyncFailure[] }> {
  const reports: SyncReport[] = [];
  const failures: SyncFailure[] = [];
  for (const peer of peers) {
    try {
      reports.push(await syncPeer(registry, peer));
    } catch (error) {
      if (!isEntenteError(error) || error.exit === 3) throw error;
      failures.push({ peer: peer.name, error });
    }
  }
  return { reports, failures };
}
