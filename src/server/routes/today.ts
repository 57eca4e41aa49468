/** What needs a person now, from every room that the person may enter. */
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { clockOf, listRequests, listSeats, PAGE_MAX, runsFrom, seatsAway } from '../../desk/index.ts';
import { listDeliveries } from '../../exchange/index.ts';
import { listRecalls } from '../../intel/index.ts';
import { listOutcomes } from '../../operations/index.ts';
import { ledgerSize, listAgreements, listPeers, type Registry } from '../../registry/index.ts';
import { personOf, SIGNED_IN } from '../access.ts';
import type { Role } from '../roles.ts';

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
/** An agreement that ends within a quarter wants a decision about its successor. */
const ENDING_MS = 90 * DAY_MS;
/** A receipt or an answer to a recall that has not come after a day is asked for. */
const OVERDUE_MS = DAY_MS;
const RECENT_MS = 14 * DAY_MS;
/** Time to grant an expert's seat anew, or to have the work finished. */
const SEAT_ENDING_MS = 3 * DAY_MS;
const LIST_MAX = 50;

const ITEM_KINDS = [
  'agreement-to-sign',
  'agreement-ending',
  'agreement-suspended',
  'receipt-missing',
  'recall-unanswered',
  'recall-received',
  'findings',
  'seat-ending',
  'seat-run-waiting',
  'seat-over',
  'request-received',
  'request-late',
  'outcome',
] as const;

const ItemSchema = Type.Object({
  kind: Type.Union(ITEM_KINDS.map((kind) => Type.Literal(kind))),
  /** What it is about: an agreement, a case, an object, a delivery; a recall whose object has no name. */
  id: Type.String(),
  subject: Type.String(),
  /** What has no name: what kind of thing it is, and whose; empty for this organisation. */
  unnamed: Type.Optional(Type.Object({ type: Type.String(), from: Type.String() })),
  at: Type.String(),
  count: Type.Number(),
});
interface Item {
  kind: (typeof ITEM_KINDS)[number];
  id: string;
  subject: string;
  unnamed?: { type: string; from: string };
  at: string;
  count: number;
}

const EXCHANGE: readonly Role[] = ['administrator', 'liaison', 'analyst', 'cert-analyst'];
/** Who asks and answers requests. */
const DESK: readonly Role[] = ['liaison', 'analyst', 'investigator', 'cert-analyst'];
/** Who sends experts of this organisation, and calls them back. */
const SENDERS: readonly Role[] = ['administrator', 'liaison'];
const EVIDENCE: readonly Role[] = ['investigator', 'analyst'];

export async function todayRoutes(app: FastifyInstance, { registry }: { registry: Registry }): Promise<void> {
  app.get(
    '/today',
    {
      config: { access: SIGNED_IN },
      schema: {
        summary: 'What needs me, and a few figures',
        tags: ['today'],
        response: {
          200: Type.Object({
            figures: Type.Object({
              objects: Type.Number(),
              findings: Type.Number(),
              cases: Type.Number(),
              peers: Type.Number(),
              agreements: Type.Number(),
              leaves: Type.Number(),
            }),
            items: Type.Array(ItemSchema),
          }),
        },
      },
    },
    async (request) => {
      const { roles } = personOf(request);
      const is = (wanted: readonly Role[]) => wanted.some((role) => roles.includes(role));
      const agreements = await listAgreements(registry);
      const items = [
        ...(is(EXCHANGE) ? await exchangeItems(registry, agreements) : []),
        ...(is(DESK) ? await requestItems(registry) : []),
        ...(is(SENDERS) ? await seatOverItems(registry) : []),
        ...(is(EVIDENCE) ? [...(await findingItems(registry)), ...(await seatItems(registry))] : []),
      ].sort((a, b) => (a.at < b.at ? 1 : -1));
      const count = async (table: string) =>
        Number((await registry.db.get<{ n: number }>(`SELECT count(*) AS n FROM ${table}`))?.n ?? 0);
      return {
        figures: {
          objects: await count('object'),
          findings: await count('finding'),
          cases: await count('case_file'),
          peers: (await listPeers(registry.db)).length,
          agreements: agreements.filter(({ state }) => state === 'in-force').length,
          leaves: await ledgerSize(registry.db),
        },
        items: items.slice(0, LIST_MAX),
      };
    },
  );
}

async function exchangeItems(
  registry: Registry,
  agreements: Awaited<ReturnType<typeof listAgreements>>,
): Promise<Item[]> {
  const now = registry.clock();
  const ago = (ms: number) => new Date(now.getTime() - ms).toISOString();
  const items: Item[] = [];
  for (const { id, title, state, until, missing, next, from } of agreements) {
    const wanted = next?.missing ?? missing;
    const common = { id, subject: title };
    const isOver = state === 'expired' || state === 'terminated';
    if (wanted.length > 0 && !isOver)
      items.push({ ...common, kind: 'agreement-to-sign', at: from, count: wanted.length });
    if (state === 'suspended') items.push({ ...common, kind: 'agreement-suspended', at: from, count: 1 });
    const leftMs = Date.parse(until) - now.getTime();
    if (state === 'in-force' && leftMs < ENDING_MS)
      items.push({ ...common, kind: 'agreement-ending', at: until, count: Math.ceil(leftMs / DAY_MS) });
  }
  const names = new Map((await listPeers(registry.db)).map(({ kid, name }) => [kid, name]));
  for (const { id, direction, peer, at, objects, receiptAt } of await listDeliveries(registry))
    if (direction === 'out' && receiptAt === null && at < ago(OVERDUE_MS))
      items.push({ kind: 'receipt-missing', id, subject: names.get(peer) ?? peer, at, count: objects });
  for (const { id, direction, object, title, type, contributor, at, peers } of await listRecalls(registry)) {
    const waiting = peers.filter(({ answeredAt }) => answeredAt === null).length;
    const from = names.get(contributor) ?? contributor;
    const common =
      title === null ? { id, subject: '', unnamed: { type, from }, at } : { id: object, subject: title, at };
    if (waiting > 0) items.push({ ...common, kind: 'recall-unanswered', count: waiting });
    if (direction === 'in' && at > ago(RECENT_MS))
      items.push({ ...common, kind: 'recall-received', count: 1 });
  }
  for (const { direction, object, at, quantity, kind } of await listOutcomes(registry))
    if (direction === 'in' && at > ago(RECENT_MS))
      items.push({ kind: 'outcome', id: object, subject: kind, at, count: quantity });
  return items;
}

async function findingItems(registry: Registry): Promise<Item[]> {
  const since = new Date(registry.clock().getTime() - RECENT_MS).toISOString();
  const rows = await registry.db.all<{ id: string; name: string; at: string; n: number }>(
    `SELECT c.id, c.name, max(r.at) AS at, count(*) AS n FROM finding f JOIN run r ON r.id = f.run_id JOIN case_file c ON c.id = f.case_id
     WHERE r.at > ? GROUP BY c.id, c.name`,
    since,
  );
  return rows.map(({ id, name, at, n }) => ({ kind: 'findings', id, subject: name, at, count: Number(n) }));
}

/** Seats in cases here that end soon, or from which runs wait for a decision; by their case. */
async function seatItems(registry: Registry): Promise<Item[]> {
  const now = registry.clock().getTime();
  const items: Item[] = [];
  for (const seat of await listSeats(registry.db)) {
    const { case: id, purpose: subject, until, withdrawn } = seat;
    const leftMs = Date.parse(until) - now;
    if (withdrawn !== null || leftMs <= 0) continue;
    if (leftMs <= SEAT_ENDING_MS)
      items.push({ kind: 'seat-ending', id, subject, at: until, count: Math.ceil(leftMs / HOUR_MS) });
    const waiting = (await runsFrom(registry.db, seat)).filter(({ state }) => state === 'waiting');
    if (waiting.length > 0)
      items.push({ kind: 'seat-run-waiting', id, subject, at: waiting[0]!.asked.at, count: waiting.length });
  }
  return items;
}

/** Requests that nobody has looked at yet, and those whose target was missed: whom to call is with the request. Of the newest. */
async function requestItems(registry: Registry): Promise<Item[]> {
  const now = registry.clock();
  const { requests } = await listRequests(registry.db, {}, { limit: PAGE_MAX });
  return requests.flatMap((request): Item[] => {
    const { id, ask, direction, state, openedAt } = request;
    const common = { id, subject: ask.subject, at: openedAt };
    const escalation = clockOf(request, now)?.escalation ?? 0;
    if (escalation > 0) return [{ ...common, kind: 'request-late', count: escalation }];
    return direction === 'in' && state === 'acknowledged'
      ? [{ ...common, kind: 'request-received', count: 1 }]
      : [];
  });
}

/** Seats of this organisation's experts that have ended, by their request. */
async function seatOverItems(registry: Registry): Promise<Item[]> {
  const now = registry.clock().toISOString();
  const since = new Date(registry.clock().getTime() - RECENT_MS).toISOString();
  return (await seatsAway(registry)).flatMap(({ request, expert, until, withdrawn, over }): Item[] => {
    if (over === null) return [];
    const at = withdrawn?.at ?? (until < now ? until : now);
    return at < since ? [] : [{ kind: 'seat-over', id: request, subject: expert, at, count: 1 }];
  });
}
