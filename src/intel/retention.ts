/**
 * What was received is kept for a time: as long as the flow says under which it came, and after the agreement's end no longer than its clauses on the
 * end allow. Whoever runs the node's retention looks at what is due, reviews it, or has it erased; the ledger then holds what was erased, by
 * which clause, and the contributor is told.
 *
 * Objects are decided by the day on which they came and their release class, never one by one. An object in findings of a case that was open at the end may
 * stay until that case's time is over. Digests and identifiers of what was delivered stay with the delivery, which proves what crossed.
 */
import { createHash } from 'node:crypto';
import {
  type Agreement,
  agreementEnd,
  coveringFlows,
  dutiesAtEnd,
  type Party,
  type ReleaseClass,
  retentionDates,
  type State,
} from '../agreement/index.ts';
import { EntenteError, isId, isTimestamp, newId } from '../base/index.ts';
import {
  allAgreements,
  appendLeaf,
  findPeer,
  type Peer,
  partyOfNode,
  type Registry,
  statesAt,
} from '../registry/index.ts';
import type { Queries } from '../store/index.ts';
import { WITHDRAWN } from './classes.ts';
import { describeClass } from './release.ts';

export interface Due {
  readonly agreement: string;
  readonly contributor: string;
  readonly contributorName: string;
  readonly classId: number;
  readonly words: string;
  /** The day on which the objects came, UTC. */
  readonly day: string;
  readonly objects: number;
  /** What is due: to look whether they are still needed, or to erase them. */
  readonly what: 'review' | 'erase';
  readonly clause: string;
  readonly why: string;
  readonly dueAt: string;
  /** Of those due for erasure, how many stay for now, since a case that was open at the end uses them. */
  readonly inOpenCases: number;
  /** Only those that were forwarded to somebody who has confirmed them. */
  readonly forwardedOnly: boolean;
}

interface Group {
  agreement_id: string;
  contributor: string;
  class_id: number;
  class: string;
  day: string;
  last: string;
  n: number;
}

/** Everything that is due at the present time, soonest first. `aheadDays` also tells what comes within so many days. */
export async function listDue(registry: Registry, aheadDays = 0): Promise<Due[]> {
  const now = registry.clock();
  const at = now.toISOString();
  const horizon = new Date(now.getTime() + aheadDays * 86_400_000).toISOString();
  const all = await allAgreements(registry.db, at);
  const states = statesAt(all, at);
  const groups = await registry.db.all<Group>(
    `SELECT o.agreement_id, o.contributor, o.class_id, c.class, substr(o.added_at, 1, 10) AS day, max(o.added_at) AS last, count(*) AS n
     FROM object o JOIN release_class c ON c.id = o.class_id WHERE o.agreement_id LIKE 'agreement--%' AND o.agreement_id <> ''
     GROUP BY o.agreement_id, o.contributor, o.class_id, c.class, substr(o.added_at, 1, 10)`,
  );
  const reviews = new Map(
    (
      await registry.db.all<{ agreement_id: string; class_id: number; day: string; reviewed_at: string }>(
        'SELECT agreement_id, class_id, day, reviewed_at FROM retention_review',
      )
    ).map((row) => [`${row.agreement_id} ${row.class_id} ${row.day}`, row.reviewed_at]),
  );
  const due: Due[] = [];
  for (const group of groups) {
    const held = all.find(({ verified }) => verified.agreement.id === group.agreement_id);
    if (!held) continue;
    const { agreement } = held.verified;
    const here = partyOfNode(agreement, registry.identity.kid, held.notices, at);
    const giver = partyOfNode(agreement, group.contributor, held.notices, at);
    if (!here || !giver) continue;
    const releaseClass = JSON.parse(group.class) as ReleaseClass | typeof WITHDRAWN;
    const common = {
      agreement: group.agreement_id,
      contributor: group.contributor,
      contributorName: (await findPeer(registry.db, group.contributor))?.name ?? giver.name,
      classId: group.class_id,
      words: describeClass(releaseClass),
      day: group.day,
      objects: Number(group.n),
    };
    const reviewedAt = reviews.get(`${group.agreement_id} ${group.class_id} ${group.day}`);
    const state = states.get(group.agreement_id)!;
    for (const one of [
      ...duesOfFlow(agreement, here, giver, releaseClass, group.last, reviewedAt),
      ...duesAtEnd(agreement, state, releaseClass),
    ]) {
      if (one.dueAt > horizon) continue;
      const inOpenCases =
        one.what === 'erase' && one.clause.startsWith('term.atEnd')
          ? await keptForCases(registry, agreement, state, group, at)
          : 0;
      due.push({ ...common, ...one, inOpenCases, forwardedOnly: false });
    }
    const routing = routingClause(agreement, here, giver, releaseClass);
    if (routing === null) continue;
    const forwarded = await registry.db.get<{ n: number }>(
      `SELECT count(*) AS n FROM object o WHERE ${OF_AGREEMENT} AND o.class_id = ? AND substr(o.added_at, 1, 10) = ? AND ${FORWARDED}`,
      group.agreement_id,
      group.class_id,
      group.day,
    );
    if (Number(forwarded!.n) === 0) continue;
    due.push({
      ...common,
      objects: Number(forwarded!.n),
      what: 'erase',
      clause: routing,
      why: 'personal data for routing only: the competent unit has it',
      dueAt: at,
      inOpenCases: 0,
      forwardedOnly: true,
    });
  }
  return due.sort((a, b) =>
    a.dueAt < b.dueAt ? -1 : a.dueAt > b.dueAt ? 1 : a.agreement < b.agreement ? -1 : a.classId - b.classId,
  );
}

type What = Pick<Due, 'what' | 'clause' | 'why' | 'dueAt'>;

function duesOfFlow(
  agreement: Agreement,
  here: Party,
  giver: Party,
  releaseClass: ReleaseClass | typeof WITHDRAWN,
  receivedAt: string,
  reviewedAt: string | undefined,
): What[] {
  if (releaseClass === WITHDRAWN) return [];
  const flows = coveringFlows(agreement, giver.id, here.id, releaseClass);
  // Where several flows cover a class the most generous one decides, as it does for a verdict.
  const last = flows
    .map(({ flow, path }) => ({ flow, path, dates: retentionDates(flow, receivedAt) }))
    .reduce<{
      path: string;
      dates: ReturnType<typeof retentionDates>;
      reviewDays: number;
      routing: boolean;
    } | null>(
      (best, { flow, path, dates }) =>
        best && best.dates.deleteAt >= dates.deleteAt
          ? best
          : {
              path,
              dates,
              reviewDays: flow.retention.reviewDays,
              routing: flow.routingOnly && releaseClass.personalData !== 'none',
            },
      null,
    );
  if (!last) return [];
  const { path, dates, reviewDays, routing } = last;
  const nextReview = reviewedAt === undefined ? dates.reviewAt : plusDays(reviewedAt, reviewDays);
  const erase: What = {
    what: 'erase',
    clause: routing ? `${path}.routingOnly` : `${path}.retention`,
    why: routing
      ? 'personal data for routing only is forwarded to the competent unit and erased'
      : `kept until ${dates.deleteAt}`,
    dueAt: dates.deleteAt,
  };
  return nextReview < dates.deleteAt
    ? [
        {
          what: 'review',
          clause: `${path}.retention.reviewDays`,
          why: `reviewed every ${reviewDays} days`,
          dueAt: nextReview,
        },
        erase,
      ]
    : [erase];
}

function duesAtEnd(
  agreement: Agreement,
  state: State,
  releaseClass: ReleaseClass | typeof WITHDRAWN,
): What[] {
  const personal = releaseClass !== WITHDRAWN && releaseClass.personalData !== 'none';
  const field = `term.atEnd.${personal ? 'personalData' : 'objects'}`;
  return dutiesAtEnd(agreement, state)
    .filter(({ path }) => path === field)
    .map(({ path, words, dueAt }) => ({ what: 'erase' as const, clause: path, why: words, dueAt }));
}

const plusDays = (at: string, days: number) => new Date(Date.parse(at) + days * 86_400_000).toISOString();

/** The clause of a flow that lets personal data of a class be forwarded and nothing else; null where another flow lets it be used. */
function routingClause(
  agreement: Agreement,
  here: Party,
  giver: Party,
  releaseClass: ReleaseClass | typeof WITHDRAWN,
): string | null {
  if (releaseClass === WITHDRAWN || releaseClass.personalData === 'none') return null;
  const flows = coveringFlows(agreement, giver.id, here.id, releaseClass);
  return flows.length > 0 && flows.every(({ flow }) => flow.routingOnly)
    ? `${flows[0]!.path}.routingOnly`
    : null;
}

/** Objects that came under an agreement; the index of them leaves out the node's own, and has to be told so. */
const OF_AGREEMENT = `o.agreement_id = ? AND o.agreement_id <> ''`;

/** Objects that went on to somebody who gave a receipt. */
const FORWARDED = `EXISTS (SELECT 1 FROM delivery_object x JOIN delivery d ON d.id = x.delivery_id
  WHERE x.object_id = o.id AND x.version = o.version AND d.direction = 'out' AND d.receipt IS NOT NULL)`;

/** Objects of findings in cases that were open when the agreement ended, while those may still be finished. */
const CASE_USE = `o.id IN (SELECT f.indicator_id FROM finding f JOIN case_file c ON c.id = f.case_id WHERE c.opened_at < ?)`;

function casesUntil(agreement: Agreement, state: State): { before: string; until: string } | null {
  const { openCases, openCaseDays } = agreement.term.atEnd;
  const end = agreementEnd(state);
  if (openCases !== 'finish' || end === null) return null;
  return { before: end, until: plusDays(end, openCaseDays) };
}

async function keptForCases(
  registry: Registry,
  agreement: Agreement,
  state: State,
  group: Group,
  at: string,
): Promise<number> {
  const cases = casesUntil(agreement, state);
  if (!cases || cases.until <= at) return 0;
  const row = await registry.db.get<{ n: number }>(
    `SELECT count(*) AS n FROM object o WHERE ${OF_AGREEMENT} AND o.class_id = ? AND o.added_at >= ? AND o.added_at <= ? AND ${CASE_USE}`,
    group.agreement_id,
    group.class_id,
    group.day,
    group.last,
    cases.before,
  );
  return Number(row?.n ?? 0);
}

/** Notes that somebody looked at what came on a day and still needs it. The next review is due after the flow's days. */
export async function recordReview(registry: Registry, due: Due, reviewer: string): Promise<void> {
  const at = registry.clock().toISOString();
  await registry.db.transaction(async (tx) => {
    await tx.run(
      `INSERT INTO retention_review (agreement_id, class_id, day, reviewed_at, reviewer) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (agreement_id, class_id, day) DO UPDATE SET reviewed_at = excluded.reviewed_at, reviewer = excluded.reviewer`,
      due.agreement,
      due.classId,
      due.day,
      at,
      reviewer,
    );
    const { agreement, clause, day, objects } = due;
    await appendLeaf(tx, registry.clock, 'administration', {
      what: 'retention-review',
      agreement,
      clause,
      day,
      objects,
      reviewer,
    });
  });
}

export interface Erasure {
  readonly id: string;
  readonly direction: 'in' | 'out';
  readonly peer: string;
  readonly agreement: string;
  readonly clause: string;
  readonly words: string;
  readonly objects: number;
  /** SHA-256 over identifiers, versions and digests of what was erased, in order. */
  readonly digest: string;
  readonly at: string;
}

/** Erased in one transaction. */
const ERASED_AT_ONCE = 500;

/**
 * Erases what is due, in steps; each step is erased, entered in the ledger and told to the contributor in one transaction.
 * Returns what was erased.
 */
export async function eraseDue(
  registry: Registry,
  due: Due,
  queue: (tx: Queries, peer: string, body: Record<string, unknown>) => Promise<unknown>,
): Promise<Erasure[]> {
  if (due.what !== 'erase') throw new EntenteError('usage', 'this is due for a review, not for erasure');
  const at = registry.clock().toISOString();
  if (due.dueAt > at) throw new EntenteError('conflict', `this is due on ${due.dueAt}`);
  const all = await allAgreements(registry.db, at);
  const held = all.find(({ verified }) => verified.agreement.id === due.agreement);
  const cases =
    held && due.clause.startsWith('term.atEnd')
      ? casesUntil(held.verified.agreement, statesAt(all, at).get(due.agreement)!)
      : null;
  const spare = cases && cases.until > at ? cases.before : null;
  const erased: Erasure[] = [];
  for (;;) {
    const done = await registry.db.transaction(async (tx) => {
      const rows = await tx.all<{ seq: number; id: string; version: string; digest: string }>(
        `SELECT o.seq, o.id, o.version, o.digest FROM object o
         WHERE ${OF_AGREEMENT} AND o.class_id = ? AND substr(o.added_at, 1, 10) = ? ${spare === null ? '' : `AND NOT ${CASE_USE}`}
           ${due.forwardedOnly ? `AND ${FORWARDED}` : ''}
         ORDER BY o.seq LIMIT ${ERASED_AT_ONCE}`,
        due.agreement,
        due.classId,
        due.day,
        ...(spare === null ? [] : [spare]),
      );
      if (rows.length === 0) return null;
      const digest = createHash('sha256');
      for (const { seq, id, version, digest: sum } of rows) {
        digest.update(`${id} ${version} ${sum}\n`);
        await tx.run('DELETE FROM collection_object WHERE object_seq = ?', seq);
        await tx.run('DELETE FROM object_reference WHERE from_seq = ?', seq);
        await tx.run('DELETE FROM object WHERE seq = ?', seq);
        await tx.run('DELETE FROM class_changed WHERE object_id = ?', id);
        // The newest of the versions that are left, if any, speaks for the object.
        await tx.run(
          'UPDATE object SET latest = 1 WHERE seq = (SELECT max(seq) FROM object WHERE id_key = id_key(?) AND id = ?) AND NOT EXISTS (SELECT 1 FROM object WHERE id_key = id_key(?) AND id = ? AND latest = 1)',
          id,
          id,
          id,
          id,
        );
      }
      const erasure: Erasure = {
        id: newId('erasure'),
        direction: 'out',
        peer: due.contributor,
        agreement: due.agreement,
        clause: due.clause,
        words: due.why,
        objects: rows.length,
        digest: digest.digest('hex'),
        at,
      };
      await storeErasure(tx, registry, erasure);
      const { direction: _direction, peer: _peer, ...body } = erasure;
      await queue(tx, due.contributor, body);
      return erasure;
    });
    if (!done) return erased;
    erased.push(done);
  }
}

async function storeErasure(tx: Queries, registry: Registry, erasure: Erasure): Promise<void> {
  const { id, direction, peer, agreement, clause, words, objects, digest, at } = erasure;
  await tx.run(
    'INSERT INTO erasure (id, direction, peer, agreement_id, clause, words, objects, digest, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
    id,
    direction,
    peer,
    agreement,
    clause,
    words,
    objects,
    digest,
    at,
  );
  await appendLeaf(tx, registry.clock, 'erasure', { what: 'retention', ...erasure });
}

const WORDS_MAX = 1_000;

/** A recipient says what it has erased of what this node gave it. @throws EntenteError `message-invalid`, `conflict` */
export async function receiveErasure(
  tx: Queries,
  registry: Registry,
  body: Record<string, unknown>,
  peer: Peer,
): Promise<void> {
  const { id, agreement, clause, words, objects, digest, at } = body;
  const sound =
    isId(String(id), 'erasure') &&
    isId(String(agreement), 'agreement') &&
    [clause, words].every((text) => typeof text === 'string' && text.length <= WORDS_MAX) &&
    Number.isSafeInteger(objects) &&
    (objects as number) > 0 &&
    /^[0-9a-f]{64}$/.test(String(digest)) &&
    typeof at === 'string' &&
    isTimestamp(at);
  if (!sound) throw new EntenteError('message-invalid', 'the message is no account of an erasure');
  if (await tx.get('SELECT 1 FROM erasure WHERE id = ?', String(id)))
    throw new EntenteError('conflict', `the erasure ${id} is already here`);
  await storeErasure(tx, registry, {
    id: id as string,
    direction: 'in',
    peer: peer.kid,
    agreement: agreement as string,
    clause: clause as string,
    words: words as string,
    objects: objects as number,
    digest: digest as string,
    at: at as string,
  });
}

/** What was erased, here and at peers, in the order of time. */
export async function listErasures(registry: Registry): Promise<(Erasure & { readonly peerName: string })[]> {
  const rows = await registry.db.all<Erasure & Record<string, never>>(
    `SELECT e.id, e.direction, e.peer, e.agreement_id AS agreement, e.clause, e.words, e.objects, e.digest, e.at, coalesce(p.name, e.peer) AS "peerName"
     FROM erasure e LEFT JOIN peer p ON p.kid = e.peer ORDER BY e.at, e.id`,
  );
  return rows as unknown as (Erasure & { peerName: string })[];
}
