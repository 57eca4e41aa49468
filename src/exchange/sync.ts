/**
 * Synchronising with a peer: first the messages, both ways, then its collections over TAXII.
 *
 * Each page is stored together with how far we are, the delivery's statement, its ledger leaf, and the receipt that is owed, in
 * one transaction: after a crash the walk goes on where it was, and no page is received without its receipt being on its way.
 */
import { EntenteError, isEntenteError } from '../base/index.ts';
import { IMPORT_BATCH, type ImportReport, type Incoming, importBatch } from '../intel/index.ts';
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
import { fetchPackages } from './operations.ts';
import { recallNarrowedCopies } from './recalls.ts';
import { objectPages, type RemoteCollection, readCollections } from './taxii/client.ts';
import { ownCollection } from './taxii/collections.ts';
import { CATCH_UP, RELEASE_EPOCH } from './taxii/server.ts';
import { discover, passwordOf, refusal, sourceOf, type TaxiiServer } from './taxii/servers.ts';
import { type Position, type WalkEnd, type WalkedPage, walkCollection } from './taxii/walk.ts';
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
  await recallNarrowedCopies(registry);
  const pushed = await pushMessages(registry);
  const fetched = await fetchMessages(registry, messageHandlers(registry), peer);
  const packages = await fetchPackages(registry, peer);
  const refused = (answer: Answer) => refusedBy(peer, answer, 'the synchronisation');
  const get = (path: string, accept: string) => callPeer(registry, peer, path, { accept });
  const into = (await ownCollection(registry)).id;
  const total = newTotal();
  for (const collection of await readCollections(get, refused)) {
    const walk = (key: string, position: Position, catchUp: boolean) =>
      readObjects(registry, peer, collection, into, { key, position, catchUp }, total, onObjects);
    const start = await readState(registry, peer.kid, collection.id);
    const isFresh = start.addedAfter === null && start.next === null;
    const seen = await walk(collection.id, start, false);
    if (seen.epoch === null || seen.epoch === start.epoch) continue;
    if (isFresh) await writeEpoch(registry, peer.kid, collection.id, seen.epoch);
    else {
      // Something was opened to this node that lies behind where it has read to.
      await pushMessages(registry); // what has a receipt is not sent again
      const key = `${collection.id} catch-up`;
      const begun = await readState(registry, peer.kid, key);
      const caught = await walk(key, begun, true);
      const since = begun.epoch ?? caught.epoch;
      if (caught.isComplete && since !== null)
        await registry.db.transaction(async (tx) => {
          await tx.run('DELETE FROM sync_state WHERE peer = ? AND collection_id = ?', peer.kid, key);
          await tx.run(SET_EPOCH, since, peer.kid, collection.id);
        });
    }
  }
  const receipts = await pushMessages(registry);
  const witnessing = await witness(registry, peer);
  return {
    peer: peer.name,
    ...total,
    messages: fetched.applied,
    cosigned: witnessing.cosigned,
    problems: [
      ...pushed.problems,
      ...fetched.problems,
      ...packages.problems,
      ...total.problems,
      ...receipts.problems,
      ...witnessing.problems,
    ],
  };
}

interface Reading {
  /** Where the position is kept. */
  readonly key: string;
  readonly position: Position;
  /** Only what this node has given no receipt for. */
  readonly catchUp: boolean;
}

/** Reads a peer's collection to its end. `epoch` is the peer's when the first page was asked for; null when it tells none. */
async function readObjects(
  registry: Registry,
  peer: Peer,
  collection: RemoteCollection,
  into: string,
  { key, position, catchUp }: Reading,
  total: Total,
  onObjects?: (received: number) => void,
): Promise<{ epoch: number | null; isComplete: boolean }> {
  let epoch: number | null = null;
  const refused = (answer: Answer) => refusedBy(peer, answer, 'the synchronisation');
  const get = async (path: string, accept: string) => {
    const headers: Record<string, string> = catchUp ? { [CATCH_UP]: '1' } : {};
    const answer = await callPeer(registry, peer, path, { accept, headers });
    const told = Number(answer.headers.get(RELEASE_EPOCH) ?? Number.NaN);
    if (epoch === null && Number.isSafeInteger(told)) epoch = told;
    return answer;
  };
  const walk = walkCollection(objectPages(get, collection, '2.0,2.1', refused), position, {
    limit: null,
    uniqueTimes: true,
  });
  const end = await followWalk(walk, async (page) => {
    const texts = page.objects.map(({ text }) => text);
    const statement = await fetchStatement(registry, peer, page.headers.get('entente-delivery'), texts);
    const report = await storePage(registry, peer, key, into, page, statement, catchUp ? epoch : null);
    total.deliveries.push(statement.statement.id);
    count(total, report);
    onObjects?.(total.accepted + total.unchanged);
    return report.accepted > 0;
  });
  if (end.problem !== null) total.problems.push(`${peer.name}, ${collection.title}: ${end.problem}`);
  return { epoch, isComplete: end.problem === null };
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
  key: string,
  into: string,
  page: WalkedPage,
  { statement, jws }: SignedDelivery,
  epoch: number | null,
): Promise<ImportReport> {
  const incoming = page.objects.map(
    (object, index): Incoming => ({
      text: object.text,
      ambiguous: object.ambiguous,
      index,
      agreementId: statement.objects[index]!.under.split('#')[0]!,
      unmarked: statement.objects[index]!.tlp,
      by: 'taxii',
    }),
  );
  return importPage(registry, into, peer.kid, incoming, async (tx, whole) => {
    await storeDelivery(tx, registry, 'in', peer.kid, statement, jws);
    await writePosition(tx, registry, peer.kid, key, page.position);
    // The first page of a catch-up says which epoch is caught up with; what is opened later needs another.
    if (epoch !== null) await tx.run(`${SET_EPOCH} AND epoch IS NULL`, epoch, peer.kid, key);
    await queueMessage(tx, registry, peer.kid, 'receipt', {
      delivery: statement.id,
      statement: statementDigest(jws),
      held: whole.held.length,
      refused: whole.refused.map((refusal) => ({
        index: refusal.index,
        why: refusal.issues[0]?.message ?? 'refused',
      })),
    });
  });
}

/** `last` belongs to the transaction of the last batch and sees what came of all. */
async function importPage(
  registry: Registry,
  into: string,
  contributor: string,
  incoming: readonly Incoming[],
  last: (tx: Queries, whole: ImportReport) => Promise<void>,
): Promise<ImportReport> {
  const whole: ImportReport = {
    accepted: 0,
    unchanged: 0,
    unmarked: 0,
    reclassified: 0,
    refused: [],
    held: [],
  };
  for (let start = 0; start < incoming.length; start += IMPORT_BATCH) {
    await importBatch(registry, into, contributor, incoming.slice(start, start + IMPORT_BATCH), {
      alongside: async (tx, report) => {
        whole.accepted += report.accepted;
        whole.unchanged += report.unchanged;
        whole.refused.push(...report.refused);
        whole.held.push(...report.held);
        if (start + IMPORT_BATCH >= incoming.length) await last(tx, whole);
      },
    });
  }
  return whole;
}

/** Hands every page to `take`, which stores it and says whether it had anything new. */
async function followWalk(
  walk: ReturnType<typeof walkCollection>,
  take: (page: WalkedPage) => Promise<boolean>,
): Promise<WalkEnd> {
  let step = await walk.next(false);
  while (!step.done) step = await walk.next(await take(step.value));
  return step.value;
}

interface Total {
  pages: number;
  accepted: number;
  unchanged: number;
  refused: { id: string | null; why: string }[];
  deliveries: string[];
  problems: string[];
}

/** Refusals named in one report. */
const REFUSED_MAX = 1_000;

function newTotal(): Total {
  return { pages: 0, accepted: 0, unchanged: 0, refused: [], deliveries: [], problems: [] };
}

function count(total: Total, report: ImportReport): void {
  total.pages++;
  total.accepted += report.accepted;
  total.unchanged += report.unchanged;
  for (const { id, issues } of report.refused) {
    if (total.refused.length < REFUSED_MAX) total.refused.push({ id, why: issues[0]?.message ?? 'refused' });
  }
}

/**
 * Reads the collections of a TAXII server that is no node. There are no messages, statements or receipts; each page is stored together
 * with how far we are.
 */
export async function syncServer(
  registry: Registry,
  server: TaxiiServer,
  onObjects?: (received: number) => void,
): Promise<SyncReport> {
  const source = sourceOf(server);
  const { get, collections, problems } = await discover(server, passwordOf(registry, server));
  const into = (await ownCollection(registry)).id;
  const total = newTotal();
  for (const collection of collections) {
    const key = collection.path; // ids may repeat in the API roots of one server
    const start = await readState(registry, source, key);
    let stored: Position = start;
    const pages = objectPages(get, collection, null, refusal(server));
    const walk = walkCollection(pages, start, { limit: SERVER_PAGE, uniqueTimes: false });
    const end = await followWalk(walk, async (page) => {
      const incoming = page.objects.map(
        (object, index): Incoming => ({
          text: object.text,
          ambiguous: object.ambiguous,
          index,
          agreementId: source,
          unmarked: server.unmarked,
          by: 'taxii',
        }),
      );
      const report = await importPage(registry, into, source, incoming, (tx) =>
        writePosition(tx, registry, source, key, page.position),
      );
      stored = page.position;
      count(total, report);
      onObjects?.(total.accepted + total.unchanged);
      return report.accepted > 0;
    });
    if (end.position.addedAfter !== stored.addedAfter || end.position.next !== stored.next)
      await registry.db.transaction((tx) => writePosition(tx, registry, source, key, end.position));
    if (end.problem !== null) problems.push(`${server.name}, ${collection.title}: ${end.problem}`);
  }
  return {
    peer: server.name,
    ...total,
    messages: 0,
    cosigned: null,
    problems: [...problems, ...total.problems],
  };
}

/** What most servers give at once; one that gives less says so by `more`. */
const SERVER_PAGE = 1_000;

interface SyncState extends Position {
  readonly epoch: number | null;
}

async function readState(registry: Registry, source: string, collection: string): Promise<SyncState> {
  const row = await registry.db.get<{
    added_after: string | null;
    next: string | null;
    epoch: number | null;
  }>(
    'SELECT added_after, next, epoch FROM sync_state WHERE peer = ? AND collection_id = ?',
    source,
    collection,
  );
  return { addedAfter: row?.added_after ?? null, next: row?.next ?? null, epoch: row?.epoch ?? null };
}

const SET_EPOCH = 'UPDATE sync_state SET epoch = ? WHERE peer = ? AND collection_id = ?';

async function writeEpoch(
  registry: Registry,
  source: string,
  collection: string,
  epoch: number,
): Promise<void> {
  await registry.db.transaction((tx) =>
    tx.run(
      `INSERT INTO sync_state (peer, collection_id, epoch) VALUES (?, ?, ?)
       ON CONFLICT (peer, collection_id) DO UPDATE SET epoch = excluded.epoch`,
      source,
      collection,
      epoch,
    ),
  );
}

async function writePosition(
  tx: Queries,
  registry: Registry,
  source: string,
  collection: string,
  position: Position,
): Promise<void> {
  await tx.run(
    `INSERT INTO sync_state (peer, collection_id, added_after, next, synced_at) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (peer, collection_id) DO UPDATE SET added_after = excluded.added_after, next = excluded.next, synced_at = excluded.synced_at`,
    source,
    collection,
    position.addedAfter,
    position.next,
    registry.clock().toISOString(),
  );
}

export interface SyncFailure {
  readonly peer: string;
  readonly error: EntenteError;
}

/** Synchronises with several peers and servers; one that fails does not keep the others from theirs. */
export async function syncPeers(
  registry: Registry,
  peers: readonly Peer[],
  servers: readonly TaxiiServer[] = [],
  onObjects?: (name: string, received: number) => void,
): Promise<{ reports: SyncReport[]; failures: SyncFailure[] }> {
  const reports: SyncReport[] = [];
  const failures: SyncFailure[] = [];
  const works = [
    ...peers.map(({ name }, i) => ({
      name,
      sync: (told: (received: number) => void) => syncPeer(registry, peers[i]!, told),
    })),
    ...servers.map((server) => ({
      name: server.name,
      sync: (told: (received: number) => void) => syncServer(registry, server, told),
    })),
  ];
  for (const { name, sync } of works) {
    try {
      reports.push(await sync((received) => onObjects?.(name, received)));
    } catch (error) {
      // A fork concerns one peer; whatever else is unknown stops everything.
      if (!isEntenteError(error) || (error.exit === 3 && error.code !== 'ledger-fork')) throw error;
      failures.push({ peer: name, error });
    }
  }
  return { reports, failures };
}
