/**
 * Requests as this node keeps them: every step is decided by a service clause, signed, stored, entered in the ledger and queued for the
 * peer in one transaction. The state is computed from the steps whenever it is asked for.
 */
import { CLEARANCES } from '../../agreement/index.ts';
import { EntenteError, newId } from '../../base/index.ts';
import {
  appendLeaf,
  assertServiceAllowed,
  decideService,
  findPeer,
  openVerdicts,
  type Peer,
  type Registry,
  type ServiceVerdict,
  signStatement,
  verifyStatement,
} from '../../registry/index.ts';
import type { Queries } from '../../store/index.ts';
import { calendarOf, keepCalendar } from '../calendars.ts';
import { countUse, recordUse } from '../service-use.ts';
import type { Attachment } from './attachment.ts';
import { foldText } from './fold-text.ts';
import { type KeptStep, lastCrossing, nextState, type Progress, stepOf } from './state.ts';
import {
  ACT_OF_KIND,
  type Ask,
  type Clause,
  ENDING_STEPS,
  LOCAL_STEPS,
  parseBody,
  parseStep,
  type RequestKind,
  type Step,
  type StepBodies,
  type StepKind,
  stepDigest,
} from './step.ts';

export interface DeskRequest extends Progress {
  readonly id: string;
  /** `out`: this organisation asks. */
  readonly direction: 'in' | 'out';
  /** Key of the other node. */
  readonly peer: string;
  readonly kind: RequestKind;
  readonly openedAt: string;
}

/** Queues what crosses, in the transaction of the act. */
export type QueueStep = (tx: Queries, peer: string, body: { readonly step: string }) => Promise<unknown>;

/** Steps from a clock that is ahead of ours by more are refused; nodes keep time by NTP. */
const AHEAD_MS = 10 * 60_000;
/** A conversation with more steps is no request any more; bounds what one peer can make this node read at once. */
const STEPS_MAX = 500;

/** Begins a request. @throws EntenteError `usage`, `active-content` */
export async function draftRequest(
  registry: Registry,
  peer: Peer,
  ask: unknown,
  person: string,
): Promise<DeskRequest> {
  const body = parseBody('drafted', { ask });
  const id = newId('request');
  await registry.db.transaction(async (tx) => {
    await insertRequest(tx, registry, id, 'out', peer.kid, body.ask.kind);
    await take(tx, registry, await requireRequest(tx, id), 'drafted', body, person);
  });
  return requireRequest(registry.db, id);
}

/** The legal review of this side; whoever drafts or accepts is somebody else. */
export function reviewRequest(
  registry: Registry,
  id: string,
  review: StepBodies['reviewed'],
  person: string,
): Promise<DeskRequest> {
  return act(registry, id, 'reviewed', () => review, person, null);
}

/** @throws EntenteError `agreement-denied` with the clause; `conflict` before the legal review */
export function sendRequest(
  registry: Registry,
  id: string,
  person: string,
  queue: QueueStep,
): Promise<DeskRequest> {
  return act(
    registry,
    id,
    'sent',
    async (request, tx) => ({
      ask: request.ask,
      review: requireReview(request, person),
      calendar: await calendarOf(tx, registry.identity.kid),
      clause: clauseSaid(await decide(registry, tx, request, 'sent'), request.ask),
    }),
    person,
    queue,
  );
}

/** Steps about a seat are taken by granting and withdrawing it. */
export type PersonalStep = Exclude<
  StepKind,
  'drafted' | 'reviewed' | 'sent' | 'acknowledged' | 'seated' | 'unseated'
>;

/** Any further step of this organisation. @throws EntenteError `agreement-denied`, `conflict`, `usage`, `active-content` */
export function takeStep<K extends PersonalStep>(
  registry: Registry,
  id: string,
  kind: K,
  body: Omit<StepBodies[K], 'review'>,
  person: string,
  queue: QueueStep,
): Promise<DeskRequest> {
  return act(
    registry,
    id,
    kind,
    (request) =>
      (kind === 'accepted'
        ? { ...body, review: requireReview(request, person) }
        : body) as unknown as StepBodies[K],
    person,
    queue,
  );
}

/** A step of the peer. The node acknowledges a request by itself: that it has it, and when its people work. */
export async function receiveStep(
  tx: Queries,
  registry: Registry,
  peer: Peer,
  body: Record<string, unknown>,
  queue: QueueStep,
): Promise<void> {
  const jws = body['step'];
  if (typeof jws !== 'string')
    throw new EntenteError('message-invalid', 'the message holds no step of a request');
  const step = parseStep(await verifyStatement(jws, 'request-step', peer.jwk));
  if (step.by !== peer.kid || LOCAL_STEPS.has(step.kind))
    throw new EntenteError('message-invalid', 'the step is not one that its sender may take across');
  if (Date.parse(step.at) > registry.clock().getTime() + AHEAD_MS)
    throw new EntenteError(
      'message-invalid',
      `the step says it was taken at ${step.at}, which is ahead of this node’s clock`,
    );
  const known = await tx.get<{ peer: string }>('SELECT peer FROM desk_request WHERE id = ?', step.request);
  if (known && known.peer !== peer.kid)
    throw new EntenteError('forbidden', 'the request is between other nodes');
  if (!known) {
    if (step.kind !== 'sent')
      throw new EntenteError('conflict', 'the request that the step belongs to has not arrived yet');
    await insertRequest(tx, registry, step.request, 'in', peer.kid, step.body.ask.kind);
  }
  const request = await requireRequest(tx, step.request);
  if (step.after !== null && !request.steps.some(({ digest }) => digest === step.after))
    throw new EntenteError('conflict', 'a step before this one has not arrived yet');
  const before = request.steps.find(({ digest }) => digest === step.after)?.step.at;
  if (before !== undefined && Date.parse(step.at) < Date.parse(before) - AHEAD_MS)
    throw new EntenteError(
      'message-invalid',
      `the step says it was taken at ${step.at}, before the one it follows (${before})`,
    );
  const { counts } = nextState(known ? request : null, step, askerOf(registry, request), true);
  if (counts) await assertAllowed(registry, tx, request, step);
  await keep(tx, registry, request, step, jws, null);
  if (step.kind === 'sent' || step.kind === 'acknowledged')
    await keepCalendar(tx, registry, peer.kid, step.body.calendar);
  if (counts && step.kind === 'accepted') await countAcceptance(tx, registry, request);
  if (step.kind === 'sent') {
    const calendar = await calendarOf(tx, registry.identity.kid);
    await take(tx, registry, await requireRequest(tx, request.id), 'acknowledged', { calendar }, null, queue);
  }
}

async function act<K extends StepKind>(
  registry: Registry,
  id: string,
  kind: K,
  body: (request: DeskRequest, tx: Queries) => StepBodies[K] | Promise<StepBodies[K]>,
  person: string,
  queue: QueueStep | null,
): Promise<DeskRequest> {
  await registry.db.transaction(async (tx) => {
    const request = await requireRequest(tx, id);
    await take(
      tx,
      registry,
      request,
      kind,
      parseBody(kind, await body(request, tx)),
      person,
      queue ?? undefined,
    );
  });
  return requireRequest(registry.db, id);
}

/** Takes a step of this node, in the transaction of the act that it tells of. What crosses is decided by the agreement before it is signed. */
export async function take<K extends StepKind>(
  tx: Queries,
  registry: Registry,
  request: DeskRequest,
  kind: K,
  body: StepBodies[K],
  person: string | null,
  queue?: QueueStep,
): Promise<void> {
  const isFirst = request.steps.length === 0;
  const step = {
    v: 1,
    id: newId('step'),
    request: request.id,
    kind,
    by: registry.identity.kid,
    at: registry.clock().toISOString(),
    after: lastCrossing(request.steps),
    body,
  } as unknown as Step;
  nextState(isFirst ? null : request, step, askerOf(registry, request), false);
  // A draft that was never sent is withdrawn here alone.
  const crosses = !LOCAL_STEPS.has(kind) && (kind === 'sent' || step.after !== null);
  if (crosses) await assertAllowed(registry, tx, request, step);
  const jws = await signStatement(registry.identity, 'request-step', step);
  await keep(tx, registry, request, step, jws, person);
  if (kind === 'accepted') await countAcceptance(tx, registry, request);
  if (!crosses) return;
  if (!queue) throw new EntenteError('internal', 'a step that crosses needs a way across');
  await queue(tx, request.peer, { step: jws });
}

async function insertRequest(
  tx: Queries,
  registry: Registry,
  id: string,
  direction: 'in' | 'out',
  peer: string,
  kind: RequestKind,
): Promise<void> {
  const at = registry.clock().toISOString();
  await tx.run(
    'INSERT INTO desk_request (id, direction, peer, kind, opened_at) VALUES (?, ?, ?, ?, ?)',
    id,
    direction,
    peer,
    kind,
    at,
  );
}

/** Stores a step with its leaf and what it is found by. */
async function keep(
  tx: Queries,
  registry: Registry,
  request: DeskRequest,
  step: Step,
  jws: string,
  person: string | null,
): Promise<void> {
  const digest = stepDigest(jws);
  const seq = (request.steps.at(-1)?.seq ?? 0) + 1;
  if (seq > STEPS_MAX)
    throw new EntenteError('input-limit', `a request has up to ${STEPS_MAX} steps; open another`);
  await tx.run(
    'INSERT INTO desk_step (request_id, seq, digest, kind, step, person, received_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
    request.id,
    seq,
    digest,
    step.kind,
    jws,
    person,
    registry.clock().toISOString(),
  );
  const text = foldText(textOf(step));
  if (text)
    await tx.run('INSERT INTO desk_text (request_id, seq, folded) VALUES (?, ?, ?)', request.id, seq, text);
  await appendLeaf(tx, registry.clock, 'request', {
    request: request.id,
    step: step.kind,
    digest,
    by: step.by,
    peer: request.peer,
  });
}

/** Everything that people wrote in a step, for searching. */
function textOf({ body }: Step): string {
  const words: (string | undefined)[] = [];
  if ('ask' in body) words.push(body.ask.subject, body.ask.text, body.ask.tool, ...body.ask.skills);
  if ('text' in body) words.push(body.text);
  if ('basis' in body) words.push(body.basis);
  if ('seat' in body && 'reason' in body) words.push(body.reason);
  words.push(...attachmentsIn(body).map(({ name }) => name));
  return words.filter((word) => word !== undefined).join('\n');
}

export function attachmentsIn(body: Step['body']): readonly Attachment[] {
  return 'ask' in body ? body.ask.attachments : 'attachments' in body ? body.attachments : [];
}

/** The review of this side that let it go on. @throws EntenteError `conflict`, `forbidden` when one person would do both */
function requireReview(request: DeskRequest, person: string): string {
  const review = stepOf(request, 'reviewed');
  if (review?.step.body.decision !== 'clear')
    throw new EntenteError(
      'conflict',
      `the request is ${request.state}${request.held ? ` and held: ${request.held}` : ''}; its legal review comes first (\`entente request review\`)`,
    );
  const other = request.direction === 'out' ? stepOf(request, 'drafted')?.person : person;
  if (review.person === other)
    throw new EntenteError(
      'forbidden',
      `${review.person} made the legal review; somebody else ${request.direction === 'out' ? 'drafts' : 'accepts'} the request`,
    );
  return review.digest;
}

/** What the agreement says to a step now. Only sending and accepting take up something new. */
async function decide(
  registry: Registry,
  tx: Queries,
  request: DeskRequest,
  kind: StepKind,
  ask: Ask = request.ask,
): Promise<ServiceVerdict> {
  const peer = await findPeer(tx, request.peer);
  if (!peer) throw new EntenteError('not-found', 'the other node is no longer known here');
  const counted = kind === 'sent' || kind === 'accepted';
  return decideService(
    registry,
    peer,
    {
      act: ACT_OF_KIND[ask.kind],
      giver: request.direction === 'out' ? 'peer' : 'here',
      purpose: ask.purpose,
      amount: counted ? ask.amount : 0,
      priority: ask.priority,
      // An expert is asked for with the clearance that is needed; a higher one is no fault.
      clearance: ask.clearance,
      ...(ask.tool === undefined ? {} : { tool: ask.tool }),
      ...(ask.level === undefined ? {} : { level: ask.level }),
    },
    countUse(tx),
  );
}

async function assertAllowed(
  registry: Registry,
  tx: Queries,
  request: DeskRequest,
  step: Step,
): Promise<void> {
  if (ENDING_STEPS.has(step.kind)) return;
  const ask = step.kind === 'sent' ? step.body.ask : withExpert(request.ask, step);
  const answer = await decide(registry, tx, request, step.kind, ask);
  // Where the clause says "ask", the request is the asking, and the acceptance the yes.
  assertServiceAllowed(answer.verdict, { asked: true });
  if (step.kind === 'sent') assertSameClause(step.body.clause, clauseSaid(answer, ask));
  const attachments = attachmentsIn(step.body);
  if (attachments.length === 0) return;
  const peer = (await findPeer(tx, request.peer))!;
  const verdicts = await openVerdicts(registry, peer);
  for (const { name, releaseClass } of attachments) {
    const { verdict, clauses } = verdicts.decide({
      act: 'release',
      contributor: step.by === registry.identity.kid ? 'here' : 'peer',
      purpose: ask.purpose,
      releaseClass,
    });
    if (verdict === 'allow') continue;
    const { path, words } = clauses[0]!;
    throw new EntenteError('agreement-denied', `the attachment "${name}" may not cross: ${path}: ${words}`, {
      clauses,
    });
  }
}

/** An expert who comes must have the clearance that was asked for; the clause is then asked about that of the expert. @throws EntenteError `usage` */
function withExpert(ask: Ask, step: Step): Ask {
  if (step.kind !== 'accepted' || ask.kind !== 'expert') return ask;
  const { expert } = step.body;
  if (!expert)
    throw new EntenteError('usage', 'a request for an expert is accepted with the expert who comes');
  if (CLEARANCES.indexOf(expert.clearance) < CLEARANCES.indexOf(ask.clearance))
    throw new EntenteError(
      'usage',
      `the request is for the clearance "${ask.clearance}", and the expert has "${expert.clearance}"`,
    );
  return { ...ask, clearance: expert.clearance };
}

function clauseSaid({ verdict, clause }: ServiceVerdict, ask: Ask): Clause {
  assertServiceAllowed(verdict, { asked: true });
  const target = clause!.service.targets.find(({ priority }) => priority === ask.priority);
  return {
    agreement: clause!.agreement,
    version: verdict.agreement!.version,
    path: clause!.path,
    respondHours: target?.respondHours ?? null,
    resolveHours: target?.resolveHours ?? null,
  };
}

function assertSameClause(said: Clause, found: Clause): void {
  const differs = (Object.keys(found) as (keyof Clause)[]).find((key) => said[key] !== found[key]);
  if (differs)
    throw new EntenteError(
      'message-invalid',
      `the request cites a service clause whose ${differs} is ${String(said[differs])}; here it is ${String(found[differs])}`,
    );
}

async function countAcceptance(tx: Queries, registry: Registry, request: DeskRequest): Promise<void> {
  const { clause, ask } = stepOf(request, 'sent')!.step.body;
  await recordUse(tx, registry, {
    about: request.id,
    agreement: clause.agreement,
    service: clause.path,
    amount: ask.amount,
  });
}

const askerOf = (registry: Registry, { direction, peer }: DeskRequest) =>
  direction === 'out' ? registry.identity.kid : peer;

interface RequestRow {
  id: string;
  direction: 'in' | 'out';
  peer: string;
  kind: RequestKind;
  opened_at: string;
}

/** By identifier, or the beginning of its UUID as a person types it. @throws EntenteError `not-found`, `usage` */
export async function requireRequest(queries: Queries, asked: string): Promise<DeskRequest> {
  const start = asked.startsWith('request--') ? asked : `request--${asked}`;
  if (!/^request--[0-9a-f-]{4,36}$/.test(start))
    throw new EntenteError('usage', `"${asked.slice(0, 60)}" names no request`);
  const rows = await queries.all<RequestRow>(
    'SELECT id, direction, peer, kind, opened_at FROM desk_request WHERE id >= ? AND id < ? ORDER BY id LIMIT 2',
    start,
    `${start}~`,
  );
  if (rows.length === 0) throw new EntenteError('not-found', `there is no request ${asked}`);
  if (rows.length > 1)
    throw new EntenteError('usage', `several requests begin with ${asked}; give more of it`);
  return readRequest(queries, rows[0]!);
}

/** Without steps only while its first is being taken. */
export async function readRequest(queries: Queries, row: RequestRow): Promise<DeskRequest> {
  const rows = await queries.all<{
    seq: number;
    digest: string;
    step: string;
    person: string | null;
    received_at: string;
  }>(
    'SELECT seq, digest, step, person, received_at FROM desk_step WHERE request_id = ? ORDER BY seq',
    row.id,
  );
  let progress: Progress = { state: 'draft', ask: undefined as never, held: null, steps: [] };
  for (const { seq, digest, step: jws, person, received_at } of rows) {
    const step = JSON.parse(Buffer.from(jws.split('.')[1]!, 'base64url').toString('utf8')) as Step;
    const arrived = step.by === row.peer;
    const { steps } = progress;
    const asker = row.direction === 'in' ? row.peer : (steps[0]?.step ?? step).by;
    const next = nextState(steps.length === 0 ? null : progress, step, asker, arrived);
    const kept: KeptStep = { seq, digest, step, receivedAt: received_at, counts: next.counts, person };
    const ask: Ask = 'ask' in step.body ? step.body.ask : progress.ask;
    progress = { state: next.state, held: next.held, ask, steps: [...steps, kept] };
  }
  const { id, direction, peer, kind, opened_at: openedAt } = row;
  return { id, direction, peer, kind, openedAt, ...progress };
}
