/** Keeping custody: an event is signed, chained to the one before it, and entered in the ledger, in the transaction of the act it records. */
import { newId } from '../base/index.ts';
import { appendLeaf, type Registry, signStatement } from '../registry/index.ts';
import type { Queries } from '../store/index.ts';
import {
  assertCircumstances,
  type Circumstances,
  type Counterparty,
  type CustodyEvent,
  type CustodyEventType,
  compareDigests,
  type Digests,
  type EventTool,
  eventDigest,
} from './custody-event.ts';

/** The exhibit that an event is about, as far as events name it. */
export interface CustodySubject {
  readonly id: string;
  readonly number: number;
  readonly root: { readonly id: string; readonly number: number };
}

export interface NewCustodyEvent {
  readonly type: CustodyEventType;
  readonly said: Circumstances;
  readonly before: Digests | null;
  readonly after: Digests | null;
  readonly tool: EventTool;
  readonly counterparty?: Counterparty;
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
  readonly details?: Readonly<Record<string, unknown>>;
}

/** How this node's time is kept, when nobody says it better. */
const CLOCK_SOURCE = 'clock of the node’s operating system';

/** Appends one event to an exhibit's chain. @throws EntenteError `usage` for what people may not say in an event */
export async function appendCustodyEvent(
  tx: Queries,
  registry: Registry,
  exhibit: CustodySubject,
  act: NewCustodyEvent,
): Promise<StoredCustodyEvent> {
  const { said } = act;
  assertCircumstances(said);
  const last = await tx.get<{ seq: number; event: string }>(
    'SELECT seq, event FROM custody_event WHERE exhibit_id = ? ORDER BY seq DESC LIMIT 1',
    exhibit.id,
  );
  const event: CustodyEvent = {
    v: 1,
    id: newId('custody-event'),
    exhibit: exhibit.id,
    exhibitNumber: exhibit.number,
    rootExhibit: exhibit.root.id,
    rootNumber: exhibit.root.number,
    type: act.type,
    at: registry.clock().toISOString(),
    clock: { source: said.clockSource ?? CLOCK_SOURCE },
    actor: {
      organisation: registry.name,
      person: said.person,
      role: said.role ?? null,
      key: registry.identity.kid,
    },
    counterparty: act.counterparty ?? null,
    place: said.place ?? null,
    purpose: said.purpose,
    authority: said.authority ?? null,
    before: act.before,
    after: act.after,
    comparison: compareDigests(act.type, act.before, act.after),
    tool: act.tool,
    inputs: act.inputs ?? [],
    outputs: act.outputs ?? [],
    seal: said.seal ?? null,
    storage: said.storage ?? null,
    change: said.change ?? null,
    restrictions: said.restrictions ?? [],
    details: act.details ?? {},
    previous: last ? eventDigest(last.event) : null,
  };
  const jws = await signStatement(registry.identity, 'custody', event);
  const leafIndex = await appendLeaf(tx, registry.clock, 'custody', {
    event: eventDigest(jws),
    exhibit: exhibit.id,
  });
  const seq = (last?.seq ?? 0) + 1;
  await tx.run(
    'INSERT INTO custody_event (exhibit_id, seq, id, event, leaf_idx) VALUES (?, ?, ?, ?, ?)',
    exhibit.id,
    seq,
    event.id,
    jws,
    leafIndex,
  );
  return { seq, jws, leafIndex, event };
}

export interface StoredCustodyEvent {
  readonly seq: number;
  /** The signed event, a compact JWS. */
  readonly jws: string;
  readonly leafIndex: number;
  readonly event: CustodyEvent;
}

export async function custodyOf(registry: Registry, exhibitId: string): Promise<StoredCustodyEvent[]> {
  const rows = await registry.db.all<{ seq: number; event: string; leaf_idx: number }>(
    'SELECT seq, event, leaf_idx FROM custody_event WHERE exhibit_id = ? ORDER BY seq',
    exhibitId,
  );
  return rows.map((row) => ({
    seq: row.seq,
    jws: row.event,
    leafIndex: row.leaf_idx,
    event: decodeEvent(row.event),
  }));
}

/** For events whose signature is known to be right: this node's own, and those that were checked when they came. */
export function decodeEvent(jws: string): CustodyEvent {
  return JSON.parse(Buffer.from(jws.split('.')[1]!, 'base64url').toString('utf8')) as CustodyEvent;
}
