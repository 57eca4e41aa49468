/**
 * Seats: an expert of a peer works in one case, on named exhibits and runs, for a time and a purpose. A seat ends by itself, with its agreement, or
 * at once when it is withdrawn. It is asked at every use, and everything seen, done and refused is a signed act, chained to the one before and
 * entered in the ledger, like custody.
 *
 * The holder shows a token that is given out once; here only its digest is kept.
 */
import { createHash, randomBytes } from 'node:crypto';
import { EntenteError, isTimestamp, newId } from '../../base/index.ts';
import {
  appendLeaf,
  assertServiceAllowed,
  decideService,
  findPeer,
  type Registry,
  signStatement,
  verifyStatement,
} from '../../registry/index.ts';
import type { Queries } from '../../store/index.ts';
import { requireRequest } from '../requests/requests.ts';
import { stepOf } from '../requests/state.ts';
import { stepDigest } from '../requests/step.ts';
import { countUse } from '../service-use.ts';

export interface Seat {
  readonly id: string;
  readonly case: string;
  readonly request: string;
  /** The expert, as the giving side named it: an identifier. */
  readonly expert: string;
  readonly exhibits: readonly { readonly id: string; readonly number: number }[];
  /** Runs whose results may be seen. */
  readonly runs: readonly string[];
  readonly purpose: string;
  readonly grantedAt: string;
  readonly until: string;
  /** Each run is approved by the owner before it executes. */
  readonly supervised: boolean;
  /** `services[0]` of the agreement. */
  readonly clause: string;
  readonly withdrawn: { readonly at: string; readonly reason: string } | null;
}

export type SeatActKind =
  | 'granted'
  | 'withdrawn'
  | 'refused'
  | 'read'
  | 'run-seen'
  | 'run-asked'
  | 'run-approved'
  | 'run-denied'
  | 'run-done'
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

export type SeatGrant = Pick<
  Seat,
  'case' | 'request' | 'exhibits' | 'runs' | 'purpose' | 'until' | 'supervised'
>;

const NAMED_MAX = 1_000;
const PURPOSE_MAX = 500;
const YEAR_MS = 366 * 86_400_000;

const digestOf = (token: string) => createHash('sha256').update(token).digest('hex');

/** @throws EntenteError `conflict` before the request is accepted, `usage`, `agreement-denied` */
export async function grantSeat(
  registry: Registry,
  grant: SeatGrant,
  person: string,
): Promise<{ seat: Seat; token: string }> {
  const now = registry.clock();
  const token = randomBytes(32).toString('base64url');
  const seat = await registry.db.transaction(async (tx) => {
    const request = await requireRequest(tx, grant.request);
    const expert = stepOf(request, 'accepted')?.step.body.expert;
    if (
      request.direction !== 'out' ||
      request.kind !== 'expert' ||
      !expert ||
      !['accepted', 'working'].includes(request.state)
    )
      throw new EntenteError(
        'conflict',
        `a seat is granted for a request for an expert that the other side has accepted; this one is ${request.state}`,
      );
    const until = Date.parse(grant.until);
    if (!isTimestamp(grant.until) || until <= now.getTime() || until > now.getTime() + YEAR_MS)
      throw new EntenteError(
        'usage',
        'a seat ends at a time within a year from now, as 2026-12-31T17:00:00Z',
      );
    if (grant.exhibits.length === 0 || grant.exhibits.length + grant.runs.length > NAMED_MAX)
      throw new EntenteError('usage', `a seat names 1 to ${NAMED_MAX} exhibits and runs`);
    if (grant.purpose.trim() === '' || grant.purpose.length > PURPOSE_MAX)
      throw new EntenteError('usage', `a seat has a purpose of up to ${PURPOSE_MAX} characters`);
    const made: Seat = {
      ...grant,
      id: newId('seat'),
      request: request.id,
      expert: expert.id,
      grantedAt: now.toISOString(),
      clause: stepOf(request, 'sent')!.step.body.clause.path,
      withdrawn: null,
    };
    await assertSeatAllowed(registry, tx, made);
    await tx.run(
      'INSERT INTO seat (id, case_id, request_id, holder_hash, grant_body) VALUES (?, ?, ?, ?, ?)',
      made.id,
      made.case,
      made.request,
      digestOf(token),
      JSON.stringify(made),
    );
    const { exhibits, runs, until: end, supervised, purpose } = made;
    await recordSeatAct(tx, registry, made.id, 'granted', person, {
      exhibits,
      runs,
      until: end,
      supervised,
      purpose,
    });
    return made;
  });
  return { seat, token };
}

/** Takes effect with the next use, and at once for everybody. @throws EntenteError `conflict` when it was withdrawn before */
export async function withdrawSeat(
  registry: Registry,
  id: string,
  reason: string,
  person: string,
): Promise<Seat> {
  await registry.db.transaction(async (tx) => {
    const seat = await requireSeat(tx, id);
    if (seat.withdrawn) throw new EntenteError('conflict', `the seat was withdrawn at ${seat.withdrawn.at}`);
    const withdrawn = { at: registry.clock().toISOString(), reason };
    await tx.run('UPDATE seat SET withdrawn = ? WHERE id = ?', JSON.stringify(withdrawn), seat.id);
    await recordSeatAct(tx, registry, seat.id, 'withdrawn', person, withdrawn);
  });
  return requireSeat(registry.db, id);
}

/** What a holder wants. */
export type SeatUse = { readonly exhibit: number } | { readonly run: string } | null;

/**
 * The seat of a token, for one use. A refusal is an act of the record too.
 * @throws EntenteError `unauthenticated` for a token of no seat; `agreement-denied` with the clause: `seat.until`, `seat.withdrawn`,
 * `seat.exhibits`, `seat.runs`, or what the agreement says
 */
export async function admit(registry: Registry, token: string, use: SeatUse): Promise<Seat> {
  const row = await registry.db.get<SeatRow>(
    'SELECT grant_body, withdrawn FROM seat WHERE holder_hash = ?',
    digestOf(token),
  );
  if (!row) throw new EntenteError('unauthenticated', 'this is the token of no seat here');
  const seat = fromRow(row);
  try {
    assertInForce(seat, registry.clock());
    await assertSeatAllowed(registry, registry.db, seat);
    if (use) assertNamed(seat, use);
  } catch (error) {
    if (!(error instanceof EntenteError) || error.code !== 'agreement-denied') throw error;
    await registry.db.transaction((tx) =>
      recordSeatAct(tx, registry, seat.id, 'refused', seat.expert, { use, why: error.message }),
    );
    throw error;
  }
  return seat;
}

function denied(path: string, words: string): EntenteError {
  return new EntenteError('agreement-denied', `${path}: ${words}`, {
    clauses: [{ path, effect: 'deny', words }],
  });
}

export function assertInForce(seat: Seat, now: Date): void {
  if (seat.withdrawn)
    throw denied(
      'seat.withdrawn',
      `the seat was withdrawn at ${seat.withdrawn.at}: ${seat.withdrawn.reason}`,
    );
  if (now.getTime() >= Date.parse(seat.until)) throw denied('seat.until', `the seat ended at ${seat.until}`);
}

function assertNamed(seat: Seat, use: NonNullable<SeatUse>): void {
  if ('exhibit' in use && !seat.exhibits.some(({ number }) => number === use.exhibit))
    throw denied(
      'seat.exhibits',
      `the seat is for exhibits ${seat.exhibits.map(({ number }) => number).join(', ')}, not for ${use.exhibit}`,
    );
  if ('run' in use && !seat.runs.includes(use.run))
    throw denied('seat.runs', 'the seat does not name this run');
}

/** The agreement still lets the peer's expert sit here. */
async function assertSeatAllowed(registry: Registry, queries: Queries, seat: Seat): Promise<void> {
  const request = await requireRequest(queries, seat.request);
  const peer = await findPeer(queries, request.peer);
  if (!peer) throw new EntenteError('not-found', 'the expert’s node is no longer known here');
  if (['withdrawn', 'closed', 'declined'].includes(request.state))
    throw denied('seat.request', `the request it was granted for is ${request.state}`);
  const { verdict } = await decideService(
    registry,
    peer,
    {
      act: 'expert-seat',
      giver: 'peer',
      purpose: request.ask.purpose,
      amount: 0,
      priority: request.ask.priority,
      clearance: stepOf(request, 'accepted')?.step.body.expert?.clearance ?? 'none',
      seatGrantedAt: seat.grantedAt,
    },
    countUse(queries),
  );
  assertServiceAllowed(verdict, { asked: true });
}

interface SeatRow {
  grant_body: string;
  withdrawn: string | null;
}

const fromRow = ({ grant_body, withdrawn }: SeatRow): Seat => ({
  ...(JSON.parse(grant_body) as Seat),
  withdrawn: withdrawn === null ? null : (JSON.parse(withdrawn) as Seat['withdrawn']),
});

export async function listSeats(queries: Queries): Promise<Seat[]> {
  return (await queries.all<SeatRow>('SELECT grant_body, withdrawn FROM seat'))
    .map(fromRow)
    .sort((a, b) => (a.grantedAt + a.id < b.grantedAt + b.id ? -1 : 1));
}

/** @throws EntenteError `not-found`, `usage` when several begin so */
export async function requireSeat(queries: Queries, asked: string): Promise<Seat> {
  const start = asked.startsWith('seat--') ? asked : `seat--${asked}`;
  const fits = (await listSeats(queries)).filter(({ id }) => id.startsWith(start));
  if (fits.length === 1) return fits[0]!;
  if (fits.length > 1) throw new EntenteError('usage', `several seats begin with ${asked}; give more of it`);
  throw new EntenteError('not-found', `there is no seat ${asked.slice(0, 80)}`);
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
