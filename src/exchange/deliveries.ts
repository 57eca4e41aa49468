/**
 * Deliveries: what crossed to a peer, stated and signed before its first byte leaves, and the signed receipt that comes back.
 *
 * The statement lists every object version by digest and the agreement that allowed it. It and its ledger leaf are durable
 * before the page is sent, so nothing can cross unrecorded; a page that then fails on the way shows as a delivery without a receipt.
 */
import { createHash } from 'node:crypto';
import { TLP_LEVELS, type Tlp } from '../agreement/index.ts';
import { EntenteError, isEntenteError, isTimestamp, newId } from '../base/index.ts';
import {
  appendLeaf,
  findAgreement,
  type Peer,
  partyOfNode,
  type Registry,
  signStatement,
  unverifiedSigner,
  verifyStatement,
} from '../registry/index.ts';
import { type StixObject, versionOf } from '../stix/index.ts';
import type { Queries } from '../store/index.ts';
import type { Message } from './messages.ts';

export interface DeliveredObject {
  readonly id: string;
  readonly version: string;
  /** SHA-256 of the object's bytes as sent, hexadecimal. */
  readonly digest: string;
  /** The agreement that allowed it: `agreement--…#2`, its identifier and version. */
  readonly under: string;
  /** What it crosses as. An object without a marking of its own is bound by it at the recipient too. */
  readonly tlp: Tlp;
}

export interface DeliveryStatement {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly at: string;
  readonly collection: string;
  readonly objects: readonly DeliveredObject[];
}

export async function recordDelivery(
  registry: Registry,
  peer: Peer,
  collection: string,
  objects: readonly DeliveredObject[],
): Promise<string> {
  const statement: DeliveryStatement = {
    id: newId('delivery'),
    from: registry.identity.kid,
    to: peer.kid,
    at: registry.clock().toISOString(),
    collection,
    objects,
  };
  const jws = await signStatement(registry.identity, 'delivery', statement);
  await registry.db.transaction((tx) => storeDelivery(tx, registry, 'out', peer.kid, statement, jws));
  return statement.id;
}

/** Stores a delivery with its objects and its leaf, within the caller's transaction. */
export async function storeDelivery(
  tx: Queries,
  registry: Registry,
  direction: 'in' | 'out',
  peer: string,
  statement: DeliveryStatement,
  jws: string,
): Promise<void> {
  if (await tx.get('SELECT 1 FROM delivery WHERE id = ?', statement.id))
    throw new EntenteError('peer-nonsense', `the delivery ${statement.id} came before`);
  await tx.run(
    'INSERT INTO delivery (id, direction, peer, at, statement) VALUES (?, ?, ?, ?, ?)',
    statement.id,
    direction,
    peer,
    statement.at,
    jws,
  );
  for (const object of statement.objects) {
    await tx.run(
      'INSERT INTO delivery_object (delivery_id, object_id, version, digest, under) VALUES (?, ?, ?, ?, ?)',
      statement.id,
      object.id,
      object.version,
      object.digest,
      object.under,
    );
  }
  await appendLeaf(tx, registry.clock, 'delivery', {
    direction,
    peer,
    id: statement.id,
    statement: statementDigest(jws),
    objects: statement.objects.length,
  });
}

export function statementDigest(jws: string): string {
  return createHash('sha256').update(jws).digest('hex');
}

/** @throws EntenteError `signature-invalid`, `peer-nonsense` */
export async function parseDeliveryStatement(
  registry: Registry,
  peer: Peer,
  jws: string,
): Promise<DeliveryStatement> {
  if (unverifiedSigner(jws) !== peer.kid)
    throw new EntenteError('signature-invalid', `the delivery is not signed by ${peer.name}`);
  const value = (await verifyStatement(jws, 'delivery', peer.jwk)) as unknown as DeliveryStatement;
  const sound =
    typeof value.id === 'string' &&
    value.from === peer.kid &&
    value.to === registry.identity.kid &&
    typeof value.collection === 'string' &&
    typeof value.at === 'string' &&
    isTimestamp(value.at) &&
    Array.isArray(value.objects) &&
    value.objects.every((object) => isDeliveredObject(object)) &&
    new Set(value.objects.map(({ id, version }) => `${id} ${version}`)).size === value.objects.length;
  if (!sound)
    throw new EntenteError(
      'peer-nonsense',
      `${peer.name} signed a delivery that is not addressed to this node or is incomplete`,
    );
  return value;
}

/**
 * A statement must say of each object what the object says of itself, and name agreements between the two nodes.
 * @throws EntenteError `peer-nonsense`
 */
export async function assertStatedRightly(
  registry: Registry,
  peer: Peer,
  statement: DeliveryStatement,
  objects: readonly string[],
): Promise<void> {
  const wrong = (what: string) =>
    new EntenteError('peer-nonsense', `${peer.name} ${what} in ${statement.id}`, { where: peer.url });
  const fits = objects.every((text, i) => {
    const { digest, id, version } = statement.objects[i] ?? {};
    const object = JSON.parse(text) as Partial<StixObject> | null;
    return (
      createHash('sha256').update(text).digest('hex') === digest &&
      (typeof object?.type !== 'string' || // the import refuses it by itself
        (object.id === id && (versionOf(object as StixObject) ?? '') === version))
    );
  });
  if (!fits || objects.length !== statement.objects.length)
    throw wrong('delivered other objects than it stated');
  const now = registry.clock().toISOString();
  for (const id of new Set(statement.objects.map(({ under }) => under.split('#')[0]!))) {
    const held = await findAgreement(registry.db, id, now).catch((error) => {
      if (isEntenteError(error) && error.code === 'not-found') return null;
      throw error;
    });
    const names = (kid: string) =>
      held && partyOfNode(held.verified.agreement, kid, held.notices, now) !== null;
    if (!names(peer.kid) || !names(registry.identity.kid))
      throw wrong(`states ${id}, which is no agreement between it and this node,`);
  }
}

function isDeliveredObject(object: Partial<DeliveredObject> | null): boolean {
  const { id, version, digest, under, tlp } = object ?? {};
  return (
    [id, version, digest].every((text) => typeof text === 'string') &&
    /^agreement--[0-9a-f-]{36}#\d{1,5}$/.test(under ?? '') &&
    (TLP_LEVELS as readonly unknown[]).includes(tlp)
  );
}

export function underName(agreement: { readonly id: string; readonly version: number }): string {
  return `${agreement.id}#${agreement.version}`;
}

/** The statement of a delivery to this peer, for the peer to keep. */
export async function findStatement(registry: Registry, peer: Peer, id: string): Promise<string> {
  const row = await registry.db.get<{ statement: string }>(
    `SELECT statement FROM delivery WHERE id = ? AND peer = ? AND direction = 'out'`,
    id,
    peer.kid,
  );
  if (!row) throw new EntenteError('not-found', `there is no delivery ${id.slice(0, 80)} to you`);
  return row.statement;
}

/** A receipt arrives: it must name a delivery made to that peer and the digest of its statement. */
export async function acceptReceipt(tx: Queries, registry: Registry, message: Message): Promise<void> {
  const { delivery, statement, held, refused } = message.body;
  if (!Number.isInteger(held) || !Array.isArray(refused))
    throw new EntenteError('message-invalid', 'the message is no receipt');
  const row = await tx.get<{ statement: string; receipt: string | null }>(
    `SELECT statement, receipt FROM delivery WHERE id = ? AND peer = ? AND direction = 'out'`,
    String(delivery),
    message.from,
  );
  if (!row || statementDigest(row.statement) !== statement) {
    throw new EntenteError('conflict', 'the receipt does not name a delivery that was made to its sender');
  }
  if (row.receipt !== null) throw new EntenteError('conflict', 'this delivery already has a receipt');
  await tx.run(
    'UPDATE delivery SET receipt = ?, receipt_at = ? WHERE id = ?',
    JSON.stringify({ held, refused, at: message.at, message: message.id }),
    message.at,
    String(delivery),
  );
  await appendLeaf(tx, registry.clock, 'receipt', {
    delivery: String(delivery),
    from: message.from,
    message: message.id,
  });
}

export interface DeliverySummary {
  readonly id: string;
  readonly direction: 'in' | 'out';
  readonly peer: string;
  /** One of the agreements it crossed under, and how many there are. */
  readonly agreement: string;
  readonly agreements: number;
  readonly at: string;
  readonly objects: number;
  readonly receiptAt: string | null;
}

export async function listDeliveries(registry: Registry): Promise<DeliverySummary[]> {
  return registry.db.all<DeliverySummary & Record<string, never>>(
    `SELECT d.id, d.direction, d.peer, min(o.under) AS agreement, count(DISTINCT o.under) AS agreements, d.at, d.receipt_at AS "receiptAt",
       count(o.object_id) AS objects
     FROM delivery d LEFT JOIN delivery_object o ON o.delivery_id = d.id GROUP BY d.id ORDER BY d.at, d.id`,
  );
}

export interface DeliveryPicture {
  readonly id: string;
  /** As signed by the node that delivered. */
  readonly statement: string;
  readonly receipt: unknown;
  readonly objects: {
    readonly id: string;
    readonly version: string;
    readonly digest: string;
    readonly under: string;
  }[];
}

/** One delivery with what crossed in it. @throws EntenteError `not-found` */
export async function showDelivery(registry: Registry, id: string): Promise<DeliveryPicture> {
  const row = await registry.db.get<{ statement: string; receipt: string | null }>(
    'SELECT statement, receipt FROM delivery WHERE id = ?',
    id,
  );
  if (!row) throw new EntenteError('not-found', `there is no delivery ${id.slice(0, 80)} here`);
  const objects = await registry.db.all<DeliveryPicture['objects'][number] & Record<string, never>>(
    'SELECT object_id AS id, version, digest, under FROM delivery_object WHERE delivery_id = ? ORDER BY object_id, version',
    id,
  );
  return {
    id,
    statement: row.statement,
    receipt: row.receipt === null ? null : JSON.parse(row.receipt),
    objects,
  };
}
