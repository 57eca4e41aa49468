/**
 * The record of a seat: every act is signed, chained by digest to the one before, and has its leaf, like custody. What is waiting, what was decided
 * and what a seat's own runs gave follow from it.
 */
import { EntenteError, newId } from '../../base/index.ts';
import { appendLeaf, type Registry, signStatement, verifyStatement } from '../../registry/index.ts';
import type { Queries } from '../../store/index.ts';
import { stepDigest } from '../requests/step.ts';

export type SeatActKind =
  | 'granted'
  | 'withdrawn'
  | 'taken-up'
  | 'refused'
  | 'read'
  | 'run-seen'
  | 'run-asked'
  | 'run-approved'
  | 'run-denied'
  | 'run-done'
  | 'run-failed'
  | 'replayed';

export interface SeatAct {
  readonly v: 1;
  readonly id: string;
  readonly seat: string;
  readonly kind: SeatActKind;
  readonly at: string;
  /** The expert's identifier, or a person of the owner. */
  readonly by: string;
  readonly details: Readonly<Record<string, unknown>>;
  /** Digest of the signed act before; null for the first. */
  readonly previous: string | null;
}

/** Appends to a seat's record: signed, chained, with its leaf. */
export async function recordSeatAct(
  tx: Queries,
  registry: Registry,
  seat: string,
  kind: SeatActKind,
  by: string,
  details: Readonly<Record<string, unknown>>,
): Promise<SeatAct> {
  const last = await tx.get<{ seq: number; act: string }>(
    'SELECT seq, act FROM seat_act WHERE seat_id = ? ORDER BY seq DESC LIMIT 1',
    seat,
  );
  const act: SeatAct = {
    v: 1,
    id: newId('seat-act'),
    seat,
    kind,
    at: registry.clock().toISOString(),
    by,
    details,
    previous: last ? stepDigest(last.act) : null,
  };
  const jws = await signStatement(registry.identity, 'seat-act', act);
  const leaf = await appendLeaf(tx, registry.clock, 'access', { seat, act: stepDigest(jws) });
  await tx.run(
    'INSERT INTO seat_act (seat_id, seq, kind, at, act, leaf_idx) VALUES (?, ?, ?, ?, ?, ?)',
    seat,
    (last?.seq ?? 0) + 1,
    kind,
    act.at,
    jws,
    leaf,
  );
  return act;
}

export interface KeptSeatAct extends SeatAct {
  readonly leafIndex: number;
}

/** The whole record of a seat, each signature and the chain verified. @throws EntenteError `store-damaged` */
export async function seatRecord(registry: Registry, seat: string): Promise<KeptSeatAct[]> {
  const rows = await registry.db.all<{ act: string; leaf_idx: number }>(
    'SELECT act, leaf_idx FROM seat_act WHERE seat_id = ? ORDER BY seq',
    seat,
  );
  const acts: KeptSeatAct[] = [];
  let previous: string | null = null;
  for (const { act: jws, leaf_idx } of rows) {
    const act = (await verifyStatement(jws, 'seat-act', registry.identity.publicJwk)) as unknown as SeatAct;
    if (act.previous !== previous)
      throw new EntenteError('store-damaged', `the record of ${seat} lacks an act before ${act.id}`);
    previous = stepDigest(jws);
    acts.push({ ...act, leafIndex: leaf_idx });
  }
  return acts;
}

/** A run that was asked for from a seat, and what became of it. */
export interface SeatRun {
  readonly asked: SeatAct;
  readonly state: 'waiting' | 'denied' | 'approved' | 'done' | 'failed';
  /** Of a run that is done. */
  readonly run: string | null;
  /** What the run derived and the holder may read. */
  readonly derived: readonly { readonly id: string; readonly number: number; readonly name: string }[];
  /** Why it failed. */
  readonly why: string | null;
}

/** Signatures are not verified here; `seatRecord` does. Without supervision no run waits: one that has not ended is under way, or its node ended. */
export async function runsFrom(
  queries: Queries,
  { id, supervised }: { readonly id: string; readonly supervised: boolean },
): Promise<SeatRun[]> {
  const rows = await queries.all<{ act: string }>(
    "SELECT act FROM seat_act WHERE seat_id = ? AND kind LIKE 'run-%' AND kind <> 'run-seen' ORDER BY seq",
    id,
  );
  const runs = new Map<string, SeatRun>();
  for (const { act: jws } of rows) {
    const act = unverified(jws);
    if (act.kind === 'run-asked') {
      runs.set(act.id, {
        asked: act,
        state: supervised ? 'waiting' : 'approved',
        run: null,
        derived: [],
        why: null,
      });
      continue;
    }
    const known = runs.get(String(act.details['asked']));
    if (!known) continue;
    const { run = null, derived = [], why = null } = act.details as Partial<SeatRun>;
    const state = act.kind.slice('run-'.length) as SeatRun['state'];
    runs.set(known.asked.id, { ...known, state, run, derived, why });
  }
  return [...runs.values()];
}

/** The person who took the seat up; null before. */
export async function holderFrom(queries: Queries, seat: string): Promise<string | null> {
  const row = await queries.get<{ act: string }>(
    "SELECT act FROM seat_act WHERE seat_id = ? AND kind = 'taken-up' ORDER BY seq LIMIT 1",
    seat,
  );
  return row ? String(unverified(row.act).details['person']) : null;
}

const unverified = (jws: string): SeatAct =>
  JSON.parse(Buffer.from(jws.split('.')[1]!, 'base64url').toString('utf8')) as SeatAct;
