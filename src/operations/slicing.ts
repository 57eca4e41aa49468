/**
 * Cutting a target set by country. Where everything agrees a target is routed; what conflicts, is nowhere, or lies in no country waits for a person,
 * who routes, re-routes or holds it with a reason. A person's decision is never changed by slicing again.
 */
import { EntenteError } from '../base/index.ts';
import {
  type GeoSource,
  type Placement,
  type PlaceQuestion,
  place,
  type Reason,
  readCountryCode,
} from '../geography/index.ts';
import { appendLeaf, type Registry } from '../registry/index.ts';
import type { Queries } from '../store/index.ts';
import { assertLeads, listParties, type Operation, type Send, saveFacts } from './operations.ts';
import { recallFromHolders } from './recalls.ts';
import { addressBytes } from './target-line.ts';
import { readTargets, recordDecision, standing, type Target } from './targets.ts';
import { isAsn } from './view.ts';
import type { Queue } from './vocabulary.ts';

export interface SlicingReport {
  readonly targets: number;
  /** Routed, by country. */
  readonly countries: Readonly<Record<string, number>>;
  /** Waiting, by reason. */
  readonly waiting: Readonly<Record<string, number>>;
  readonly databases: readonly string[];
  /** Victims that no party covering autonomous systems can get, since nobody knows who announces them; 0 when no party covers any. */
  readonly withoutNetwork: number;
}

/** Targets placed in one transaction: a few hundred milliseconds, between which others write. */
const CHUNK = 2_000;

/** What is asked about a target: the newest sighting counts, and a victim's seat as its contributors gave it. */
export function questionOf(target: Target): PlaceQuestion {
  const said = standing(target);
  const host =
    target.kind === 'domain'
      ? target.value
      : target.kind === 'url'
        ? hostOf(target.value)
        : target.kind === 'email'
          ? target.value.slice(target.value.lastIndexOf('@') + 1)
          : null;
  const seats = [...new Set(said.flatMap(({ seat }) => (seat === null ? [] : [seat])))];
  const seen = said.flatMap(({ seenAt }) => (seenAt === null ? [] : [seenAt])).sort();
  const bytes = host === null ? addressBytes(target.value) : addressBytes(host);
  return {
    address: bytes,
    host: bytes === null ? host : null,
    hosting: [...new Set(said.flatMap(({ hosting }) => hosting))].flatMap((one) => addressBytes(one) ?? []),
    seat: seats[0] ?? null,
    seenAt: seen.at(-1) ?? null,
  };
}

function hostOf(url: string): string | null {
  const text = url.includes('://') ? url : `http://${url}`;
  return URL.canParse(text) ? new URL(text).hostname.replace(/^\[|\]$/g, '') : null;
}

/** Where a target is. Contributors who name different seats contradict each other, and that is a conflict like any other. */
export function placeTarget(target: Target, sources: readonly GeoSource[]): Placement {
  const question = questionOf(target);
  const first = place(question, sources);
  const others = [...new Set(standing(target).flatMap(({ seat }) => seat ?? []))]
    .filter((seat) => seat !== question.seat)
    .map((seat) => place({ address: null, host: null, hosting: [], seat, seenAt: null }, []));
  const differing = others
    .flatMap(({ candidates }) => candidates)
    .filter(({ country }) => !first.candidates.some((one) => one.country === country));
  if (differing.length === 0) return first;
  const candidates = [...first.candidates, ...differing];
  return {
    ...first,
    candidates,
    ...(candidates.length > 1 && first.state !== 'special' ? { state: 'conflict', country: null } : {}),
  };
}

/**
 * What is placed elsewhere than before is recalled from whoever has it and is not to have it now.
 * @throws EntenteError `forbidden`, `conflict`, `index-invalid` for a damaged database
 */
export async function sliceOperation(
  registry: Registry,
  operation: Operation,
  sources: readonly GeoSource[],
  send: Send,
  onProgress?: (done: number, total: number) => void,
): Promise<SlicingReport> {
  assertLeads(operation);
  const targets = await readTargets(registry.db, operation);
  const countries: Record<string, number> = {};
  const waiting: Record<string, number> = {};
  const databases = sources.map(({ name }) => name);
  const byNetwork = (await listParties(registry.db, operation)).some(({ covers }) => covers.some(isAsn));
  let withoutNetwork = 0;
  for (let i = 0; i < targets.length; i += CHUNK) {
    const placed = targets
      .slice(i, i + CHUNK)
      .map((target) => ({ target, placement: placeTarget(target, sources) }));
    await registry.db.transaction(async (tx) => {
      for (const { target, placement } of placed) {
        const decided = target.decision !== null;
        const country = decided ? target.country : placement.country;
        const queue: Queue | null =
          target.queue === 'mark' ? 'mark' : decided || placement.state === 'placed' ? null : placement.state;
        await tx.run(
          'UPDATE operation_target SET country = ?, queue = ?, placement = ? WHERE id = ?',
          country,
          queue,
          JSON.stringify(placement),
          target.id,
        );
        if (
          target.country !== null &&
          (country !== target.country || queue !== null || movedNetwork(target, placement))
        )
          await recallFromHolders(tx, registry, operation, { ...target, country, queue, placement }, send);
        if (byNetwork && target.mark === 'victim' && target.kind !== 'asn' && placement.network === null)
          withoutNetwork++;
        if (target.decision === 'hold') waiting['held'] = (waiting['held'] ?? 0) + 1;
        else if (queue !== null) waiting[queue] = (waiting[queue] ?? 0) + 1;
        else if (country !== null) countries[country] = (countries[country] ?? 0) + 1;
      }
      if (i + CHUNK >= targets.length) {
        await saveFacts(tx, { ...operation, databases });
        await appendLeaf(tx, registry.clock, 'operation', {
          act: 'sliced',
          id: operation.id,
          targets: targets.length,
          countries,
          waiting,
          databases,
        });
      }
    });
    onProgress?.(Math.min(targets.length, i + CHUNK), targets.length);
  }
  return {
    targets: targets.length,
    countries: sorted(countries),
    waiting: sorted(waiting),
    databases,
    withoutNetwork,
  };
}

const movedNetwork = (target: Target, now: Placement): boolean =>
  target.placement !== null && target.placement.network?.asn !== now.network?.asn;

const sorted = (counts: Record<string, number>) =>
  Object.fromEntries(Object.entries(counts).sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)));

/** What waits for a person, with every ground that is known. */
export async function readQueue(queries: Queries, operation: Operation): Promise<Target[]> {
  return readTargets(queries, operation, `AND (queue IS NOT NULL OR decision = 'hold')`);
}

/**
 * Routes a target to a country, whatever the databases say; packages of other countries that have it are recalled.
 * @throws EntenteError `usage` for a country that does not exist (any more), or without a reason
 */
export async function routeTarget(
  registry: Registry,
  operation: Operation,
  target: Target,
  to: string,
  reason: string,
  person: string,
  send: Send,
): Promise<void> {
  assertLeads(operation);
  const read = readCountryCode(to);
  if (read.state === 'withdrawn')
    throw new EntenteError(
      'usage',
      `${read.code} no longer exists; it is ${read.successors.join(' or ')} now`,
    );
  if (read.state === 'unknown')
    throw new EntenteError('usage', `"${read.code}" is no country code (ISO 3166-1 alpha-2)`);
  await registry.db.transaction(async (tx) => {
    await recordDecision(tx, registry, target.id, {
      kind: 'route',
      was: target.country,
      becomes: read.code,
      reason,
      person,
    });
    await tx.run(
      `UPDATE operation_target SET country = ?, decision = 'route', queue = CASE queue WHEN 'mark' THEN 'mark' ELSE NULL END WHERE id = ?`,
      read.code,
      target.id,
    );
    const routed: Target = {
      ...target,
      country: read.code,
      decision: 'route',
      queue: target.queue === 'mark' ? 'mark' : null,
    };
    if (target.country !== read.code) await recallFromHolders(tx, registry, operation, routed, send);
  });
}

/** Keeps a target back, or lets it go on. @throws EntenteError `usage` without a reason */
export async function holdTarget(
  registry: Registry,
  operation: Operation,
  target: Target,
  hold: boolean,
  reason: string,
  person: string,
): Promise<void> {
  assertLeads(operation);
  await registry.db.transaction(async (tx) => {
    await recordDecision(tx, registry, target.id, {
      kind: hold ? 'hold' : 'release',
      was: target.decision,
      becomes: hold ? 'hold' : null,
      reason,
      person,
    });
    // Let go without a country: it waits for slicing again.
    await tx.run(
      'UPDATE operation_target SET decision = ? WHERE id = ?',
      hold ? 'hold' : target.country === null ? null : 'route',
      target.id,
    );
  });
}

/**
 * Decides every conflict of one kind at once: routes to the country that `prefer` names, where it names exactly one. Each target gets the decision
 * with its reason. Returns how many.
 */
export async function routeConflicts(
  registry: Registry,
  operation: Operation,
  prefer: Reason,
  reason: string,
  person: string,
): Promise<number> {
  assertLeads(operation);
  if (reason.trim() === '') throw new EntenteError('usage', 'a decision needs a reason');
  const waiting = (await readQueue(registry.db, operation)).filter(
    ({ queue, decision }) => queue === 'conflict' && decision !== 'hold',
  );
  let routed = 0;
  for (let i = 0; i < waiting.length; i += CHUNK) {
    await registry.db.transaction(async (tx) => {
      for (const target of waiting.slice(i, i + CHUNK)) {
        const named = (target.placement?.candidates ?? []).filter(({ grounds }) =>
          grounds.some((one) => one.reason === prefer),
        );
        if (named.length !== 1) continue;
        const { country } = named[0]!;
        await tx.run(
          `UPDATE operation_target SET country = ?, decision = 'route', queue = NULL WHERE id = ?`,
          country,
          target.id,
        );
        await tx.run(
          `INSERT INTO operation_decision (target_id, kind, was, becomes, reason, person, at) VALUES (?, 'route', ?, ?, ?, ?, ?)`,
          target.id,
          target.country,
          country,
          reason,
          person,
          registry.clock().toISOString(),
        );
        routed++;
      }
    });
  }
  await registry.db.transaction((tx) =>
    appendLeaf(tx, registry.clock, 'operation', {
      act: 'decided',
      id: operation.id,
      kind: 'route',
      prefer,
      routed,
      reason,
      person,
    }).then(() => {}),
  );
  return routed;
}
