/**
 * Custody: who had an exhibit in hand, when, why, and whether it was still the same. Events are signed, chained to the event before
 * them by digest, and each has a leaf in the ledger; none is ever changed. Fields after ISO/IEC 27037 and NIST SP 800-86.
 */
import { createHash } from 'node:crypto';
import { newId } from '../base/index.ts';
import { appendLeaf, type Registry, signStatement } from '../registry/index.ts';
import type { Queries } from '../store/index.ts';

export type CustodyEventType = 'collect' | 'access' | 'analyse';

export interface Digests {
  readonly sha256: string;
  readonly blake3: string;
  readonly sizeBytes: number;
}

export interface CustodyEvent {
  readonly id: string;
  readonly exhibit: string;
  readonly type: CustodyEventType;
  readonly at: string;
  readonly clock: 'system';
  readonly actor: { readonly organisation: string; readonly key: string; readonly person: string };
  readonly purpose: string;
  readonly before: Digests | null;
  readonly after: Digests;
  /** What was done, with what, and what it produced. */
  readonly tool: { readonly name: string; readonly version: string };
  readonly details: Readonly<Record<string, unknown>>;
  /** SHA-256 of the signed event before this one; null for the first. */
  readonly previous: string | null;
}

export interface NewCustodyEvent {
  readonly type: CustodyEventType;
  readonly person: string;
  readonly purpose: string;
  readonly before: Digests | null;
  readonly after: Digests;
  readonly tool: { readonly name: string; readonly version: string };
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Appends one event to an exhibit's chain, in the transaction of the act it records. */
export async function appendCustodyEvent(
  tx: Queries,
  registry: Registry,
  exhibitId: string,
  act: NewCustodyEvent,
): Promise<CustodyEvent> {
  const last = await tx.get<{ seq: number; event: string }>(
    'SELECT seq, event FROM custody_event WHERE exhibit_id = ? ORDER BY seq DESC LIMIT 1',
    exhibitId,
  );
  const event: CustodyEvent = {
    id: newId('custody-event'),
    exhibit: exhibitId,
    type: act.type,
    at: registry.clock().toISOString(),
    clock: 'system',
    actor: { organisation: registry.name, key: registry.identity.kid, person: act.person },
    purpose: act.purpose,
    before: act.before,
    after: act.after,
    tool: act.tool,
    details: act.details ?? {},
    previous: last ? createHash('sha256').update(last.event).digest('hex') : null,
  };
  const jws = await signStatement(registry.identity, 'custody', event);
  const leaf = await appendLeaf(tx, registry.clock, 'custody', {
    event: createHash('sha256').update(jws).digest('hex'),
    exhibit: exhibitId,
  });
  await tx.run(
    'INSERT INTO custody_event (exhibit_id, seq, id, event, leaf_idx) VALUES (?, ?, ?, ?, ?)',
    exhibitId,
    (last?.seq ?? 0) + 1,
    event.id,
    jws,
    leaf,
  );
  return event;
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
    event: JSON.parse(Buffer.from(row.event.split('.')[1]!, 'base64url').toString('utf8')) as CustodyEvent,
  }));
}
