/**
 * Handing an exhibit to another node. A transfer has two sides: the giver's offer and the receiver's acceptance, each a custody event in
 * its own ledger, each naming the other. Until the acceptance has come, the giver has the exhibit in hand.
 *
 *     giver: transfer-offer ──message──▶ receiver: fetches chain and bytes, checks both, transfer-accept
 *     giver: transfer-accept (names it) ◀──message── the signed acceptance
 *
 * Bytes cross only while an agreement in force allows this exhibit to be released to that peer; it is asked at the offer and
 * again for every piece. What the receiver is told is hostile until checked; this file decides, the exchange carries.
 */
import type { DecidingClause, ReleaseClass } from '../agreement/index.ts';
import { EntenteError, isExercise, isId, newId } from '../base/index.ts';
import {
  ledgerOrigin,
  openVerdicts,
  type Peer,
  type Registry,
  verifyEd25519,
  verifyStatement,
} from '../registry/index.ts';
import type { Queries } from '../store/index.ts';
import { assertNotDisposed } from './access.ts';
import type { CarriedChain } from './bundle/contents.ts';
import { checkCarried } from './bundle/custody-check.ts';
import { keepCarried } from './carried.ts';
import { type Case, requireCase } from './cases.ts';
import { appendCustodyEvent, decodeEvent } from './custody.ts';
import { type Circumstances, type CustodyEvent, eventDigest, parseCustodyEvent } from './custody-event.ts';
import { digestsOf, type Exhibit, findExhibit, registerExhibit } from './exhibits.ts';
import { thisTool } from './tool.ts';
import type { Vault } from './vault.ts';

/** What the giver's message says. */
export interface Offer {
  readonly transfer: string;
  readonly exhibit: Exhibit;
  /** The signed custody event, and where it is in the giver's ledger. */
  readonly event: string;
  readonly leaf: number;
}

/** What the receiver's message says. `event` is null when it refuses. */
export interface Answer {
  readonly transfer: string;
  readonly event: string | null;
  readonly leaf: number | null;
  readonly why: string | null;
}

export interface Transfer {
  readonly id: string;
  readonly direction: 'in' | 'out';
  /** The key of the peer's node. */
  readonly peer: string;
  readonly exhibit: string | null;
  readonly state: 'offered' | 'accepted' | 'refused';
  readonly offer: Offer;
  /** What an agreement was asked about; null for offers of peers, who ask theirs. */
  readonly releaseClass: ReleaseClass | null;
  readonly at: string;
  readonly answeredAt: string | null;
}

/** Sends a message in the transaction of the act; given by the exchange. */
export type Send = (
  tx: Queries,
  to: string,
  kind: 'evidence-offer' | 'evidence-answer',
  body: object,
) => Promise<unknown>;

/** @throws EntenteError `agreement-denied`, `conflict` (disposed of, or already offered), `usage` for a return to somebody else */
export async function offerExhibit(
  registry: Registry,
  exhibit: Exhibit,
  peer: Peer,
  releaseClass: ReleaseClass,
  said: Circumstances,
  send: Send,
  options: { isReturn?: boolean } = {},
): Promise<Transfer> {
  await assertNotDisposed(registry, exhibit);
  if (isExercise((await requireCase(registry, exhibit.caseId)).name))
    throw new EntenteError(
      'conflict',
      'what an exercise consists of is handed to nobody, as there it would be in a case that is real; begun there, the exercise has the same evidence',
    );
  if (options.isReturn && exhibit.origin?.node !== peer.kid)
    throw new EntenteError('usage', `exhibit ${exhibit.number} did not come from ${peer.name}`);
  const clauses = await assertMayCross(registry, peer, releaseClass, said.authority !== undefined);
  const id = newId('transfer');
  return registry.db.transaction(async (tx) => {
    const pending = await tx.get(
      `SELECT 1 FROM evidence_transfer WHERE exhibit_id = ? AND direction = 'out' AND state = 'offered'`,
      exhibit.id,
    );
    if (pending) throw new EntenteError('conflict', `exhibit ${exhibit.number} is already offered to a peer`);
    const stored = await appendCustodyEvent(tx, registry, exhibit, {
      type: options.isReturn ? 'return' : 'transfer-offer',
      said,
      counterparty: { organisation: peer.name, person: null, key: peer.kid },
      before: digestsOf(exhibit),
      after: digestsOf(exhibit),
      tool: thisTool('evidence transfer'),
      inputs: [exhibit.sha256],
      details: { transfer: id, to: peer.kid, clauses: clauses.map(({ path }) => path) },
    });
    const offer: Offer = { transfer: id, exhibit, event: stored.jws, leaf: stored.leafIndex };
    await tx.run(
      `INSERT INTO evidence_transfer (id, direction, peer, exhibit_id, state, offer, at) VALUES (?, 'out', ?, ?, 'offered', ?, ?)`,
      id,
      peer.kid,
      exhibit.id,
      JSON.stringify({ offer, releaseClass }),
      stored.event.at,
    );
    await send(tx, peer.kid, 'evidence-offer', offer);
    return requireTransfer(tx, id);
  });
}

/**
 * Where the agreement wants a decision each time, somebody must have made one and named the authority for it.
 * Returns the clauses that were decided on. @throws EntenteError `agreement-denied` with the clauses
 */
async function assertMayCross(
  registry: Registry,
  peer: Peer,
  releaseClass: ReleaseClass,
  isDecided: boolean,
): Promise<readonly DecidingClause[]> {
  const { verdict, clauses } = (await openVerdicts(registry, peer)).decide({
    act: 'release',
    contributor: 'here',
    purpose: 'investigation',
    releaseClass,
  });
  if (verdict === 'allow' || (verdict === 'ask' && isDecided)) return clauses;
  const words = clauses.map((clause) => `${clause.words} (${clause.path})`).join('; ');
  const remedy = verdict === 'ask' ? '; whoever decided it is named with --authority' : '';
  throw new EntenteError('agreement-denied', `the exhibit may not go to ${peer.name}: ${words}${remedy}`, {
    clauses,
  });
}

/** A peer's offer has come; nothing of it is believed yet but that the peer said it. @throws EntenteError `message-invalid`, `conflict` */
export async function receiveOffer(
  tx: Queries,
  registry: Registry,
  peer: Peer,
  body: Record<string, unknown>,
): Promise<void> {
  const offer = await parseOffer(body, registry, peer);
  const known = await tx.get('SELECT 1 FROM evidence_transfer WHERE id = ?', offer.transfer);
  if (known) throw new EntenteError('conflict', 'this transfer was offered before');
  await tx.run(
    `INSERT INTO evidence_transfer (id, direction, peer, exhibit_id, state, offer, at) VALUES (?, 'in', ?, NULL, 'offered', ?, ?)`,
    offer.transfer,
    peer.kid,
    JSON.stringify({ offer, releaseClass: null }),
    registry.clock().toISOString(),
  );
}

/** Names are shown to people and end up in reports. */
const NAME_LENGTH_MAX = 1_000;

async function parseOffer(body: Record<string, unknown>, registry: Registry, peer: Peer): Promise<Offer> {
  const { transfer, event, leaf } = body as Partial<Offer>;
  const exhibit = body['exhibit'] as Partial<Exhibit> | undefined;
  const isDigest = (text: unknown) => typeof text === 'string' && /^[0-9a-f]{64}$/.test(text);
  if (
    typeof transfer !== 'string' ||
    !isId(transfer, 'transfer') ||
    typeof event !== 'string' ||
    !Number.isSafeInteger(leaf) ||
    typeof exhibit?.id !== 'string' ||
    !isId(exhibit.id, 'exhibit') ||
    !Number.isSafeInteger(exhibit.number) ||
    typeof exhibit.name !== 'string' ||
    exhibit.name.length > NAME_LENGTH_MAX ||
    (exhibit.media !== 'file' && exhibit.media !== 'folder') ||
    !Number.isSafeInteger(exhibit.sizeBytes) ||
    exhibit.sizeBytes! < 0 ||
    !isDigest(exhibit.sha256) ||
    !isDigest(exhibit.blake3)
  )
    throw new EntenteError('message-invalid', 'the message is no offer of an exhibit');
  const said = parseCustodyEvent(await verifyStatement(event, 'custody', peer.jwk));
  if (
    (said.type !== 'transfer-offer' && said.type !== 'return') ||
    said.exhibit !== exhibit.id ||
    said.after?.sha256 !== exhibit.sha256 ||
    said.details['transfer'] !== transfer ||
    said.details['to'] !== registry.identity.kid
  )
    throw new EntenteError(
      'message-invalid',
      'the signed offer is about another exhibit, transfer or receiver',
    );
  return { transfer, exhibit: exhibit as Exhibit, event, leaf: leaf! };
}

/**
 * The giver's chain of custody, checked: it is the peer's, about the offered exhibit, proven in the peer's ledger, and leads to the
 * offer. @throws EntenteError `verification-failed`, `signature-invalid`, `peer-nonsense`
 */
export async function assertChain(transfer: Transfer, peer: Peer, value: unknown): Promise<CarriedChain> {
  const chain = value as CarriedChain;
  const { exhibit, event } = transfer.offer;
  if (chain?.node?.kid !== peer.kid || chain.node.key?.x !== peer.jwk.x)
    throw new EntenteError('peer-nonsense', `${peer.name} sent the custody of another node`);
  if (chain.exhibit?.id !== exhibit.id || chain.exhibit.sha256 !== exhibit.sha256)
    throw new EntenteError('peer-nonsense', `${peer.name} sent the custody of another exhibit`);
  await checkCarried(chain, eventDigest(event), verifyEd25519);
  return chain;
}

/** The bytes are here and checked: registers the exhibit, and accepts. @throws EntenteError `conflict` when it was answered before */
export async function acceptExhibit(
  registry: Registry,
  transfer: Transfer,
  peer: Peer,
  file: Case,
  taken: { readonly chain: CarriedChain; readonly files: readonly string[]; readonly vault: Vault },
  said: Circumstances,
  send: Send,
): Promise<Exhibit> {
  const { offer } = transfer;
  return registry.db.transaction(async (tx) => {
    await assertOpen(tx, transfer.id, 'in');
    const { name, media, sizeBytes, sha256, blake3 } = offer.exhibit;
    const exhibit = await registerExhibit(tx, registry, {
      caseId: file.id,
      name,
      media,
      digests: { sha256, blake3, size: sizeBytes },
      files: taken.files,
      vault: taken.vault,
      origin: { node: peer.kid, exhibit: offer.exhibit.id, number: offer.exhibit.number },
    });
    const { jws, leafIndex } = await appendCustodyEvent(tx, registry, exhibit, {
      type: 'transfer-accept',
      said,
      counterparty: { organisation: peer.name, person: null, key: peer.kid },
      before: digestsOf(offer.exhibit),
      after: digestsOf(exhibit),
      tool: thisTool('evidence accept'),
      inputs: [sha256],
      outputs: [sha256],
      details: {
        transfer: transfer.id,
        offer: eventDigest(offer.event),
        offerLedger: ledgerOrigin(peer.kid),
        offerLeaf: offer.leaf,
      },
    });
    await keepCarried(tx, exhibit.id, taken.chain);
    await settle(tx, registry, transfer.id, 'accepted', jws, exhibit.id);
    const answer: Answer = { transfer: transfer.id, event: jws, leaf: leafIndex, why: null };
    await send(tx, peer.kid, 'evidence-answer', answer);
    return exhibit;
  });
}

export async function refuseExhibit(
  registry: Registry,
  transfer: Transfer,
  why: string,
  send: Send,
): Promise<void> {
  await registry.db.transaction(async (tx) => {
    await assertOpen(tx, transfer.id, 'in');
    await settle(tx, registry, transfer.id, 'refused', null, null);
    const answer: Answer = { transfer: transfer.id, event: null, leaf: null, why };
    await send(tx, transfer.peer, 'evidence-answer', answer);
  });
}

/** The receiver has answered. @throws EntenteError `message-invalid`, `not-found`, `conflict`, `signature-invalid` */
export async function receiveAnswer(
  tx: Queries,
  registry: Registry,
  peer: Peer,
  body: Record<string, unknown>,
): Promise<void> {
  const { transfer: id, event, leaf, why } = body as Partial<Answer>;
  if (typeof id !== 'string' || (why !== null && typeof why !== 'string'))
    throw new EntenteError('message-invalid', 'the message answers no offer');
  const transfer = await assertOpen(tx, id, 'out');
  if (transfer.peer !== peer.kid)
    throw new EntenteError('not-found', 'no such transfer was offered to the sender');
  const exhibit = await findExhibit(tx, transfer.exhibit!);
  if (event === null) {
    await settle(tx, registry, id, 'refused', null, exhibit.id);
    return;
  }
  if (typeof event !== 'string' || !Number.isSafeInteger(leaf))
    throw new EntenteError('message-invalid', 'the message answers no offer');
  const accepted = parseCustodyEvent(await verifyStatement(event, 'custody', peer.jwk));
  assertAccepts(accepted, transfer, exhibit);
  await settle(tx, registry, id, 'accepted', event, exhibit.id);
  await appendCustodyEvent(tx, registry, exhibit, {
    type: 'transfer-accept',
    said: { person: accepted.actor.person, purpose: `accepted by ${peer.name}` },
    counterparty: { organisation: peer.name, person: accepted.actor.person, key: peer.kid },
    before: digestsOf(exhibit),
    after: accepted.after,
    tool: thisTool('evidence transfer'),
    details: {
      transfer: id,
      acceptance: event,
      acceptanceLedger: ledgerOrigin(peer.kid),
      acceptanceLeaf: leaf,
    },
  });
}

function assertAccepts(accepted: CustodyEvent, { offer, id }: Transfer, exhibit: Exhibit): void {
  if (
    accepted.type !== 'transfer-accept' ||
    accepted.details['transfer'] !== id ||
    accepted.details['offer'] !== eventDigest(offer.event) ||
    accepted.details['offerLeaf'] !== offer.leaf ||
    accepted.after?.sha256 !== exhibit.sha256
  )
    throw new EntenteError('message-invalid', 'the signed acceptance is about another offer or other bytes');
}

async function assertOpen(tx: Queries, id: string, direction: Transfer['direction']): Promise<Transfer> {
  const transfer = await requireTransfer(tx, id);
  if (transfer.direction !== direction) throw new EntenteError('not-found', `there is no such transfer here`);
  if (transfer.state !== 'offered')
    throw new EntenteError('conflict', `the transfer was ${transfer.state} at ${transfer.answeredAt}`);
  return transfer;
}

async function settle(
  tx: Queries,
  registry: Registry,
  id: string,
  state: 'accepted' | 'refused',
  acceptance: string | null,
  exhibit: string | null,
): Promise<void> {
  await tx.run(
    'UPDATE evidence_transfer SET state = ?, answered_at = ?, acceptance = ?, exhibit_id = ? WHERE id = ?',
    state,
    registry.clock().toISOString(),
    acceptance,
    exhibit,
    id,
  );
}

/**
 * What a peer may fetch of an offered exhibit, now. @throws EntenteError `not-found` (also for other peers' transfers), `agreement-denied`
 */
export async function assertFetchable(registry: Registry, peer: Peer, id: string): Promise<Exhibit> {
  const transfer = await findTransfer(registry.db, id);
  if (transfer?.direction !== 'out' || transfer.peer !== peer.kid || transfer.state !== 'offered')
    throw new EntenteError('not-found', 'there is no such transfer to the caller');
  const offered = decodeEvent(transfer.offer.event);
  await assertMayCross(registry, peer, transfer.releaseClass!, offered.authority !== null);
  return findExhibit(registry.db, transfer.exhibit!);
}

/**
 * The bytes are about to leave under an offer: a custody event, once for each transfer and before the first of them, whether the peer accepts
 * afterwards or not.
 */
export async function recordFetch(
  registry: Registry,
  peer: Peer,
  id: string,
  exhibit: Exhibit,
): Promise<void> {
  await registry.db.transaction(async (tx) => {
    const events = await tx.all<{ event: string }>(
      'SELECT event FROM custody_event WHERE exhibit_id = ? ORDER BY seq',
      exhibit.id,
    );
    const decoded = events.map(({ event }) => decodeEvent(event));
    if (decoded.some((event) => event.type === 'copy' && event.details['transfer'] === id)) return;
    const { offer } = await requireTransfer(tx, id);
    await appendCustodyEvent(tx, registry, exhibit, {
      type: 'copy',
      said: {
        person: decodeEvent(offer.event).actor.person,
        purpose: `fetched by ${peer.name} under the offer`,
      },
      counterparty: { organisation: peer.name, person: null, key: peer.kid },
      before: digestsOf(exhibit),
      after: null, // the receiver compares what it gets
      tool: thisTool('evidence transfer'),
      inputs: [exhibit.sha256],
      details: { transfer: id, to: peer.kid },
    });
  });
}

interface Row {
  id: string;
  direction: Transfer['direction'];
  peer: string;
  exhibit_id: string | null;
  state: Transfer['state'];
  offer: string;
  at: string;
  answered_at: string | null;
}

const COLUMNS = 'id, direction, peer, exhibit_id, state, offer, at, answered_at';

const fromRow = (row: Row): Transfer => ({
  id: row.id,
  direction: row.direction,
  peer: row.peer,
  exhibit: row.exhibit_id,
  state: row.state,
  ...(JSON.parse(row.offer) as Pick<Transfer, 'offer' | 'releaseClass'>),
  at: row.at,
  answeredAt: row.answered_at,
});

export async function findTransfer(queries: Queries, id: string): Promise<Transfer | null> {
  const row = await queries.get<Row>(`SELECT ${COLUMNS} FROM evidence_transfer WHERE id = ?`, id);
  return row ? fromRow(row) : null;
}

/** @throws EntenteError `not-found` */
export async function requireTransfer(queries: Queries, id: string): Promise<Transfer> {
  const transfer = await findTransfer(queries, id);
  if (!transfer) throw new EntenteError('not-found', `there is no transfer ${id.slice(0, 100)} here`);
  return transfer;
}

export async function listTransfers(queries: Queries): Promise<Transfer[]> {
  return (await queries.all<Row>(`SELECT ${COLUMNS} FROM evidence_transfer ORDER BY at, id`)).map(fromRow);
}
