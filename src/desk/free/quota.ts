/**
 * How much an agency may look up. One under an agreement has the quota of the service clause for look-ups, in the clause's period; every other has this
 * organisation's terms for a day, of which few may be unknown here: that bounds whoever tries to list what is held. Each value of a file counts as one.
 * It is counted how much was asked, never what; unless the agency itself wants its questions kept.
 */
import { EntenteError } from '../../base/index.ts';
import {
  appendLeaf,
  assertServiceAllowed,
  decideService,
  findPeer,
  type Registry,
} from '../../registry/index.ts';
import type { Queries } from '../../store/index.ts';
import { addUse, countUse } from '../service-use.ts';
import { type Agency, assertOpen, refusedBy, type Under } from './agencies.ts';

export interface Quota {
  /** What sets it: `free.perDay`, or the clause, as `services[4].quota`. */
  readonly path: string;
  readonly left: number;
  /** When it begins anew. */
  readonly until: string;
}

export interface Charge extends Quota {
  /** Gives back what was known, where unknown values have a limit; keeps the questions of an agency that wants it. */
  settle(known: number, asked: readonly string[]): Promise<void>;
}

const DAY_MS = 86_400_000;

/**
 * Takes `count` values from the quota before anything is looked up, each as if it were unknown. So asking in parallel, or breaking off, gains nothing.
 * @throws EntenteError `quota-used` with the term or clause; `agreement-denied` with the clause
 */
export async function charge(registry: Registry, agency: Agency, count: number): Promise<Charge> {
  const day = registry.clock().toISOString().slice(0, 10);
  const { under } = agency;
  const quota = await registry.db.transaction(async (tx) => {
    const terms = await assertOpen(tx);
    if (under) return takeOfClause(tx, registry, agency.id, under, count);
    return takeOfTerms(tx, agency.id, terms, day, count);
  });
  return {
    ...quota,
    async settle(known, asked) {
      await registry.db.transaction(async (tx) => {
        if (!under)
          await tx.run(
            'UPDATE free_use SET missed = missed - ? WHERE agency_id = ? AND period = ?',
            known,
            agency.id,
            day,
          );
        if (agency.keepQuestions) await keepAsked(tx, registry, agency.id, asked);
      });
    },
  };
}

async function takeOfTerms(
  tx: Queries,
  agency: string,
  terms: Awaited<ReturnType<typeof assertOpen>>,
  day: string,
  count: number,
): Promise<Quota> {
  const row = await tx.get<{ used: number; missed: number }>(
    'SELECT used, missed FROM free_use WHERE agency_id = ? AND period = ?',
    agency,
    day,
  );
  const [used, missed] = [Number(row?.used ?? 0), Number(row?.missed ?? 0)];
  if (used + count > terms.perDay)
    throw refusedBy(
      'quota-used',
      'free.perDay',
      `${terms.perDay} values a day may be looked up, and ${used} were`,
    );
  if (missed + count > terms.missesPerDay)
    throw refusedBy(
      'quota-used',
      'free.missesPerDay',
      `${terms.missesPerDay} values a day may be unknown here, and ${missed} were; ${terms.missesPerDay - missed} more may be asked at once`,
    );
  await tx.run(
    'INSERT INTO free_use (agency_id, period, used, missed) VALUES (?, ?, ?, ?) ON CONFLICT (agency_id, period) DO UPDATE SET used = excluded.used, missed = excluded.missed',
    agency,
    day,
    used + count,
    missed + count,
  );
  const until = new Date(Date.parse(`${day}T00:00:00Z`) + DAY_MS).toISOString();
  return { path: 'free.perDay', left: terms.perDay - used - count, until };
}

/** All agencies of the peer share the clause. A leaf says how much was taken, and under which clause. */
async function takeOfClause(
  tx: Queries,
  registry: Registry,
  agency: string,
  { peer: kid, purpose }: Under,
  count: number,
): Promise<Quota> {
  const peer = await findPeer(tx, kid);
  if (!peer)
    throw refusedBy('agreement-denied', 'free.agencies', 'the agency’s node is no longer known here');
  const { verdict, clause, used } = await decideService(
    registry,
    peer,
    { act: 'free-look-up', giver: 'here', purpose, amount: count },
    countUse(tx),
  );
  try {
    assertServiceAllowed(verdict, { asked: false });
  } catch (error) {
    const [first] = verdict.clauses;
    if (clause && first?.path === `${clause.path}.quota` && error instanceof EntenteError)
      throw new EntenteError('quota-used', error.message, { clauses: verdict.clauses });
    throw error;
  }
  const { agreement, path, service, period } = clause!;
  // A period can begin in the middle of a day.
  const when = [period.from, registry.clock().toISOString().slice(0, 10)].map((text) =>
    text.replace(/\D/g, ''),
  );
  await addUse(tx, registry, {
    about: ['look-ups', agency, path, ...when].join(' '),
    agreement,
    service: path,
    amount: count,
  });
  await appendLeaf(tx, registry.clock, 'access', {
    what: 'free-look-ups',
    agency,
    agreement,
    clause: path,
    values: count,
  });
  return { path: `${path}.quota`, left: service.quota.amount - used - count, until: period.until };
}

async function keepAsked(
  tx: Queries,
  registry: Registry,
  agency: string,
  asked: readonly string[],
): Promise<void> {
  const at = registry.clock().toISOString();
  const row = await tx.get<{ n: number }>(
    'SELECT count(*) AS n FROM free_kept WHERE agency_id = ? AND at = ?',
    agency,
    at,
  );
  for (const [i, text] of asked.entries())
    await tx.run(
      'INSERT INTO free_kept (agency_id, at, seq, asked) VALUES (?, ?, ?, ?)',
      agency,
      at,
      Number(row?.n ?? 0) + i,
      text,
    );
}
