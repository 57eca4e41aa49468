/**
 * Seats: an expert of a peer works in one case, on named exhibits and runs, for a time and a purpose. A seat ends by itself, with its agreement, or
 * at once when it is withdrawn. It is asked at every use, and everything seen, done and refused is a signed act, chained to the one before and
 * entered in the ledger, like custody.
 *
 * The holder shows a token that is given out once; here only its digest is kept.
 */
import { createHash, randomBytes } from 'node:crypto';
import { EntenteError, isTimestamp, newId } from '../../base/index.ts';
import type { Registry } from '../../registry/index.ts';
import type { Queries } from '../../store/index.ts';
import { type QueueStep, requireRequest, take } from '../requests/requests.ts';
import { stepOf } from '../requests/state.ts';
import { REASON_MAX } from '../requests/step.ts';
import { holderFrom, recordSeatAct, runsFrom } from './seat-record.ts';
import { assertStands, denied, isOver } from './seat-term.ts';

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
  queue: QueueStep,
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
    await assertStands(registry, tx, request, made);
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
    const told = { seat: made.id, until: end, supervised };
    await take(tx, registry, request, 'seated', told, person, queue);
    return made;
  });
  return { seat, token };
}

/**
 * Takes effect with the next use, and at once for everybody. The expert's side is told, unless the request is over and the seat with it.
 * @throws EntenteError `conflict` when it was withdrawn before
 */
export async function withdrawSeat(
  registry: Registry,
  id: string,
  reason: string,
  person: string,
  queue: QueueStep,
): Promise<Seat> {
  if (reason.trim() === '' || reason.length > REASON_MAX)
    throw new EntenteError('usage', `the reason has up to ${REASON_MAX} characters`);
  await registry.db.transaction(async (tx) => {
    const seat = await requireSeat(tx, id);
    if (seat.withdrawn) throw new EntenteError('conflict', `the seat was withdrawn at ${seat.withdrawn.at}`);
    const withdrawn = { at: registry.clock().toISOString(), reason };
    await tx.run('UPDATE seat SET withdrawn = ? WHERE id = ?', JSON.stringify(withdrawn), seat.id);
    await recordSeatAct(tx, registry, seat.id, 'withdrawn', person, withdrawn);
    const request = await requireRequest(tx, seat.request);
    const isTold = request.steps.some(({ step }) => step.kind === 'seated' && step.body.seat === seat.id);
    if (isTold && !isOver(request.state))
      await take(tx, registry, request, 'unseated', { seat: seat.id, reason }, person, queue);
  });
  return requireSeat(registry.db, id);
}

/** What a holder wants. */
export type SeatUse = { readonly exhibit: number } | { readonly run: string } | null;

/** Who shows a token: `person` is who is signed in here, where somebody is. */
export interface Holder {
  readonly token: string;
  readonly person?: string;
}

/** The seat of a token, whether it may still be used or not. @throws EntenteError `unauthenticated` for a token of no seat */
export async function seatOf(queries: Queries, token: string): Promise<Seat> {
  const row = await queries.get<SeatRow>(
    'SELECT grant_body, withdrawn FROM seat WHERE holder_hash = ?',
    digestOf(token),
  );
  if (!row) throw new EntenteError('unauthenticated', 'this is the token of no seat here');
  return fromRow(row);
}

/**
 * The seat of a token, for one use. A refusal is an act of the record too.
 * @throws EntenteError `unauthenticated` for a token of no seat; `agreement-denied` with the clause: `seat.until`, `seat.withdrawn`,
 * `seat.exhibits`, `seat.runs`, `seat.holder` for a token in other hands, or what the agreement says
 */
export async function admit(registry: Registry, { token, person }: Holder, use: SeatUse): Promise<Seat> {
  const seat = await seatOf(registry.db, token);
  return recordingRefusal(registry, seat, use, async () => {
    await assertUsableSeat(registry, seat);
    if (person !== undefined) await assertHolder(registry, seat, person);
    if (use) await assertNamed(registry.db, seat, use);
    return seat;
  });
}

/** A seat is of the person who uses it first: a token that somebody else got hold of is worth nothing. */
async function assertHolder(registry: Registry, seat: Seat, person: string): Promise<void> {
  await registry.db.transaction(async (tx) => {
    const holder = await holderFrom(tx, seat.id);
    if (holder === null) await recordSeatAct(tx, registry, seat.id, 'taken-up', seat.expert, { person });
    else if (holder !== person) throw denied('seat.holder', { key: 'seat-holder', values: {} });
  });
}

/** What an agreement, a clause or the seat refuses its holder is in the record. */
export async function recordingRefusal<T>(
  registry: Registry,
  seat: Seat,
  use: SeatUse,
  act: () => Promise<T>,
): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof EntenteError) || error.code !== 'agreement-denied') throw error;
    await registry.db.transaction((tx) =>
      recordSeatAct(tx, registry, seat.id, 'refused', seat.expert, { use, why: error.message }),
    );
    throw error;
  }
}

/** @throws EntenteError `agreement-denied` with what ended it */
export async function assertUsableSeat(registry: Registry, seat: Seat): Promise<void> {
  await assertStands(registry, registry.db, await requireRequest(registry.db, seat.request), seat);
}

/** What the seat's own runs derived, and those runs, are as if they were named: they come from what is. */
async function assertNamed(queries: Queries, seat: Seat, use: NonNullable<SeatUse>): Promise<void> {
  const named =
    'exhibit' in use
      ? seat.exhibits.some(({ number }) => number === use.exhibit)
      : seat.runs.includes(use.run);
  if (named) return;
  const own = await runsFrom(queries, seat);
  if ('run' in use) {
    if (!own.some(({ run }) => run === use.run)) throw denied('seat.runs', { key: 'seat-run', values: {} });
    return;
  }
  const numbers = [...seat.exhibits, ...own.flatMap(({ derived }) => derived)].map(({ number }) => number);
  if (!numbers.includes(use.exhibit))
    throw denied('seat.exhibits', {
      key: 'seat-exhibits',
      values: { exhibits: numbers.map(String), exhibit: String(use.exhibit) },
    });
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
