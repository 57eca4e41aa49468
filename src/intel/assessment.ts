/**
 * How much an indicator is worth at a moment, in its own words and by its age. It is shown beside what it is about and changes nothing: an indicator
 * that has expired is looked for like any other, and whoever reads a finding sees that it has.
 */
import { timestampNs } from '../base/index.ts';
import type { Registry } from '../registry/index.ts';
import { valuesOf } from './values.ts';

export interface Decay {
  /** 0 to 100: the base, less what its age takes away. */
  readonly score: number;
  /** The contributor's confidence; where it gives none, the model's default. */
  readonly base: number;
  readonly model: 'network' | 'none';
  /** From when its age is counted. */
  readonly since: string;
}

export interface Assessment {
  /** The contributor's own, 0 to 100; null when it gives none. */
  readonly confidence: number | null;
  readonly state: 'valid' | 'not-yet-valid' | 'expired' | 'revoked';
  readonly validFrom: string | null;
  readonly validUntil: string | null;
  readonly decay: Decay | null;
}

/**
 * MISP's "NIDS simple decaying model" (Iklody, Wagener, Dulaunoy et al., "Decaying Indicators of Compromise", 2018; misp-decaying-models):
 * score = base × (1 − (age / lifetime)^(1 / speed)), age and lifetime in days.
 */
const LIFETIME_DAYS = 120;
const SPEED = 2;
const BASE = 80;

/** Names and addresses change hands; a hash is forever of the same file. */
const DECAYING = new Set(['ipv4', 'ipv6', 'cidr', 'domain', 'url', 'email']);

const DAY_NS = 86_400_000_000_000n;

/** `lastSeen`: the last sighting that is known. Null for objects that are no indicators. */
export function assess(
  object: Readonly<Record<string, unknown>>,
  now: string,
  lastSeen?: string,
): Assessment | null {
  if (object['type'] !== 'indicator') return null;
  const instant = (name: string) => {
    const value = object[name];
    return typeof value === 'string' && timestampNs(value) !== null ? value : null;
  };
  const nowNs = timestampNs(now)!;
  const validFrom = instant('valid_from');
  const validUntil = instant('valid_until');
  const confidence = typeof object['confidence'] === 'number' ? object['confidence'] : null;
  const state =
    object['revoked'] === true
      ? 'revoked'
      : validUntil !== null && timestampNs(validUntil)! <= nowNs
        ? 'expired'
        : validFrom !== null && timestampNs(validFrom)! > nowNs
          ? 'not-yet-valid'
          : 'valid';
  const times = [instant('modified'), validFrom, lastSeen ?? null].filter(
    (time): time is string => time !== null && timestampNs(time)! <= nowNs,
  );
  const since = times.reduce<string | null>(
    (a, b) => (a === null || timestampNs(b)! > timestampNs(a)! ? b : a),
    null,
  );
  return {
    confidence,
    state,
    validFrom,
    validUntil,
    decay: since === null ? null : decayOf(object, confidence, since, nowNs),
  };
}

function decayOf(
  object: Readonly<Record<string, unknown>>,
  confidence: number | null,
  since: string,
  nowNs: bigint,
): Decay {
  const base = confidence ?? BASE;
  const values = valuesOf(object);
  const decays = values.length > 0 && values.every(({ kind }) => DECAYING.has(kind));
  if (!decays) return { score: base, base, model: 'none', since };
  const ageDays = Number((nowNs - timestampNs(since)!) / (DAY_NS / 86_400n)) / 86_400;
  const left = ageDays >= LIFETIME_DAYS ? 0 : 1 - (ageDays / LIFETIME_DAYS) ** (1 / SPEED);
  return { score: Math.round(base * left), base, model: 'network', since };
}

/** When an object was last seen, as sightings say that are held. */
export async function lastSighting(registry: Registry, id: string): Promise<string | undefined> {
  const rows = await registry.db.all<{ body: string }>(
    `SELECT o.body FROM object_reference r JOIN object o ON o.seq = r.from_seq
     WHERE r.to_id = ? AND o.type = 'sighting' AND o.latest = 1 AND o.withdrawn_at IS NULL ORDER BY o.seq DESC LIMIT 1000`,
    id,
  );
  let last: string | undefined;
  for (const { body } of rows) {
    const {
      sighting_of_ref: of,
      last_seen: seen,
      created,
    } = JSON.parse(body) as Record<string, string | undefined>;
    const time = seen ?? created;
    if (of === id && time && timestampNs(time) !== null && (!last || timestampNs(time)! > timestampNs(last)!))
      last = time;
  }
  return last;
}

/** In a few words, for a line on a terminal; empty when there is nothing to say. */
export function describeAssessment(assessment: Assessment): string {
  const { confidence, state, validUntil, decay } = assessment;
  return [
    ...(state === 'valid'
      ? []
      : [state === 'expired' ? `expired ${validUntil!.slice(0, 10)}` : state.replaceAll('-', ' ')]),
    ...(confidence === null ? [] : [`confidence ${confidence}`]),
    ...(decay && decay.model !== 'none' ? [`score ${decay.score}`] : []),
  ].join(', ');
}
