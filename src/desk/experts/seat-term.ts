/**
 * How long a seat stands: until its time, unless it is withdrawn, its request is over, or the agreement does not give it any more. The node that
 * granted it and the expert's own node ask the same of the same papers, so that a seat's end needs no message but its withdrawal.
 */
import { type DecidingClause, decidingClause, type Reason } from '../../agreement/index.ts';
import { EntenteError } from '../../base/index.ts';
import { assertServiceAllowed, decideService, findPeer, type Registry } from '../../registry/index.ts';
import type { Queries } from '../../store/index.ts';
import { type DeskRequest, requireRequest } from '../requests/requests.ts';
import { stepOf } from '../requests/state.ts';
import { countUse } from '../service-use.ts';

export interface Term {
  readonly grantedAt: string;
  readonly until: string;
  readonly withdrawn: { readonly at: string; readonly reason: string } | null;
}

export function denied(path: string, reason: Reason): EntenteError {
  const clause = decidingClause(path, 'deny', reason);
  return new EntenteError('agreement-denied', `${path}: ${clause.words}`, { clauses: [clause] });
}

/** No seat goes on when its request is over. */
export const isOver = (state: DeskRequest['state']): state is 'withdrawn' | 'closed' | 'declined' =>
  state === 'withdrawn' || state === 'closed' || state === 'declined';

/** @throws EntenteError `agreement-denied` citing `seat.withdrawn`, `seat.until`, `seat.request`, or the clause of the agreement */
export async function assertStands(
  registry: Registry,
  queries: Queries,
  request: DeskRequest,
  { grantedAt, until, withdrawn }: Term,
): Promise<void> {
  if (withdrawn) throw denied('seat.withdrawn', { key: 'seat-withdrawn', values: withdrawn });
  if (registry.clock().getTime() >= Date.parse(until))
    throw denied('seat.until', { key: 'seat-ended', values: { at: until } });
  const { state } = request;
  if (isOver(state)) throw denied('seat.request', { key: 'seat-request', values: { state } });
  const peer = await findPeer(queries, request.peer);
  if (!peer) throw new EntenteError('not-found', 'the other node is no longer known here');
  const { purpose, priority } = request.ask;
  const { verdict } = await decideService(
    registry,
    peer,
    {
      act: 'expert-seat',
      giver: request.direction === 'out' ? 'peer' : 'here',
      purpose,
      amount: 0,
      priority,
      clearance: stepOf(request, 'accepted')?.step.body.expert?.clearance ?? 'none',
      seatGrantedAt: grantedAt,
    },
    countUse(queries),
  );
  assertServiceAllowed(verdict, { asked: true });
}

/** A seat that a peer gave an expert of this organisation. */
export interface SeatAway extends Term {
  readonly id: string;
  readonly request: string;
  /** Key of the node that granted it. */
  readonly peer: string;
  readonly expert: string;
  readonly supervised: boolean;
  /** What ended it; null while it stands. */
  readonly over: Pick<DecidingClause, 'path' | 'words' | 'reason'> | null;
}

/** By the time of their grant. */
export async function seatsAway(registry: Registry): Promise<SeatAway[]> {
  const rows = await registry.db.all<{ id: string }>(
    "SELECT DISTINCT r.id FROM desk_request r JOIN desk_step s ON s.request_id = r.id WHERE r.direction = 'in' AND s.kind = 'seated'",
  );
  const seats: SeatAway[] = [];
  for (const { id } of rows) {
    const request = await requireRequest(registry.db, id);
    for (const { step } of request.steps) {
      if (step.kind !== 'seated') continue;
      const { seat, until, supervised } = step.body;
      const end = request.steps.find(
        (one) => one.step.kind === 'unseated' && one.step.body.seat === seat,
      )?.step;
      const withdrawn = end?.kind === 'unseated' ? { at: end.at, reason: end.body.reason } : null;
      const term = { grantedAt: step.at, until, withdrawn };
      const over = await endOf(assertStands(registry, registry.db, request, term));
      const expert = stepOf(request, 'accepted')?.step.body.expert?.id ?? '';
      seats.push({ id: seat, request: id, peer: request.peer, expert, supervised, ...term, over });
    }
  }
  return seats.sort((a, b) => (a.grantedAt + a.id < b.grantedAt + b.id ? -1 : 1));
}

async function endOf(standing: Promise<void>): Promise<SeatAway['over']> {
  try {
    await standing;
    return null;
  } catch (error) {
    if (!(error instanceof EntenteError)) throw error;
    const [clause] = error.clauses as readonly DecidingClause[];
    return clause ?? { path: error.code, words: error.message };
  }
}
