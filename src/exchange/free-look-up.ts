/**
 * Looking a value up for the free service: a label, why, what is related, how long it holds. Only what this organisation contributes itself, up to
 * TLP:GREEN and without personal data. What may not be shown is answered exactly like what was never seen.
 */
import type { ReleaseClass } from '../agreement/index.ts';
import { EntenteError } from '../base/index.ts';
import {
  assess,
  contributorName,
  type HeldAbout,
  heldWarninglists,
  OWN,
  objectsAbout,
  readingsOf,
  releaseClassOf,
} from '../intel/index.ts';
import { stixIndicator } from '../intel/indicators/index.ts';
import type { Registry } from '../registry/index.ts';

export const FREE_LABELS = [
  'malicious',
  'was-malicious',
  'not-yet-valid',
  'seen-and-clean',
  'never-seen',
] as const;
export type FreeLabel = (typeof FREE_LABELS)[number];

export interface FreeAnswer {
  readonly asked: string;
  readonly label: FreeLabel;
  readonly why: readonly {
    readonly object: string;
    readonly name: string;
    readonly contributor: string;
    readonly since: string;
    readonly validUntil: string | null;
    /** 0 to 100; null when the contributor gives none. */
    readonly confidence: number | null;
    readonly state: string;
  }[];
  /** Lists of values that are found for innocent reasons. */
  readonly innocentLists: readonly string[];
  readonly related: readonly { readonly id: string; readonly type: string; readonly title: string }[];
  /** After this the value should be asked again; a day for what is not known. */
  readonly validUntil: string;
}

/** Kinds that are looked up: hashes, addresses, names and URLs. */
const KINDS: ReadonlySet<string> = new Set([
  'md5',
  'sha1',
  'sha256',
  'sha512',
  'ipv4',
  'ipv6',
  'domain',
  'url',
]);
const VALUE_MAX = 2_048;
const WHY_MAX = 20;
const RELATED_MAX = 20;
/** Ties looked at of one object. */
const TIES_MAX = 200;
const DAY_MS = 86_400_000;

/** @throws EntenteError `usage` for a text that is no value of these kinds */
export async function lookUpForFree(registry: Registry, values: readonly string[]): Promise<FreeAnswer[]> {
  const warninglists = await heldWarninglists(registry);
  const answers: FreeAnswer[] = [];
  for (const asked of values) {
    const readings = readingsFor(asked);
    const now = registry.clock();
    const why: FreeAnswer['why'][number][] = [];
    for (const reading of readings)
      for (const held of await objectsAbout(registry, reading)) {
        if (why.length >= WHY_MAX || !(await mayShow(registry, held))) continue;
        const object = JSON.parse(held.body) as Record<string, unknown>;
        const assessment = assess(object, now.toISOString());
        if (!assessment || why.some((one) => one.object === held.id)) continue;
        why.push({
          object: held.id,
          name: String(object['name'] ?? held.id).slice(0, 300),
          contributor: await contributorName(registry, held.contributor),
          since: assessment.validFrom ?? held.addedAt,
          validUntil: assessment.validUntil,
          confidence: assessment.confidence,
          state: assessment.state,
        });
      }
    const innocentLists = [
      ...new Set(readings.flatMap(({ kind, value }) => warninglists.of(kind, value))),
    ].sort();
    const inForce = why.filter(({ state }) => state === 'valid');
    const tomorrow = new Date(now.getTime() + DAY_MS).toISOString();
    // What begins changes the answer as what ends does.
    const ends = [
      ...inForce.flatMap(({ validUntil }) => validUntil ?? []),
      ...why.flatMap(({ state, since }) => (state === 'not-yet-valid' ? [since] : [])),
    ].sort();
    answers.push({
      asked,
      label: labelOf(why, innocentLists),
      why,
      innocentLists,
      related: await relatedTo(
        registry,
        why.map(({ object }) => object),
      ),
      validUntil: ends[0] !== undefined && ends[0] < tomorrow ? ends[0] : tomorrow,
    });
  }
  return answers;
}

/** A reserved name: nobody's, and the same everywhere. */
const EXAMPLE_UNKNOWN = 'nobody.example';
/** Own indicators looked at for one that can be shown to anyone. */
const EXAMPLES_TRIED = 50;

/**
 * Real answers for whoever has not come in yet: of a reserved name, and of the newest value of this organisation's own that is marked TLP:CLEAR,
 * when there is one. Nothing else is said of it than that it is known.
 */
export async function liveExamples(registry: Registry): Promise<Pick<FreeAnswer, 'asked' | 'label'>[]> {
  const rows = await registry.db.all<{ body: string; class: string }>(
    `SELECT o.body, c.class FROM object o JOIN release_class c ON c.id = o.class_id
     WHERE o.type = 'indicator' AND o.latest = 1 AND o.contributor = ? AND o.withdrawn_at IS NULL ORDER BY o.seq DESC LIMIT ?`,
    OWN,
    EXAMPLES_TRIED,
  );
  const isClear = ({ class: text }: { class: string }) => {
    const { tlp, personalData } = JSON.parse(text) as Partial<ReleaseClass>;
    return tlp === 'clear' && personalData === 'none';
  };
  const values = rows
    .filter(isClear)
    .flatMap(({ body }) => stixIndicator(JSON.parse(body))?.values ?? [])
    .filter(({ kind }) => KINDS.has(kind))
    .map(({ value }) => value);
  const answers = await lookUpForFree(registry, [...values.slice(0, 1), EXAMPLE_UNKNOWN]);
  return answers.map(({ asked, label }) => ({ asked, label }));
}

/** Clean is only what lists of innocent values have; what somebody will call malicious is no such thing. What its contributor revoked is not spoken of. */
function labelOf(why: FreeAnswer['why'], innocentLists: readonly string[]): FreeLabel {
  const has = (wanted: string) => why.some(({ state }) => state === wanted);
  if (has('valid')) return 'malicious';
  if (has('expired')) return 'was-malicious';
  if (has('not-yet-valid')) return 'not-yet-valid';
  if (innocentLists.length > 0) return 'seen-and-clean';
  return 'never-seen';
}

/** Every text is read before any is looked up. */
export function readingsFor(asked: string) {
  const text = asked
    .trim()
    .replace(/\[\.\]|\(\.\)/g, '.')
    .replace(/^hxxp/i, 'http');
  const readings = text.length > VALUE_MAX ? [] : readingsOf(text).filter(({ kind }) => KINDS.has(kind));
  if (readings.length === 0)
    throw new EntenteError('usage', `"${asked.slice(0, 80)}" is no hash, address, domain or URL`);
  return readings;
}

/**
 * Only what is this organisation's own: what others contributed was given to this node under an agreement or the terms of a feed, whatever its marking, and
 * strangers are no party to those.
 */
async function mayShow(
  registry: Registry,
  held: Pick<HeldAbout, 'id' | 'contributor' | 'withdrawnAt'>,
): Promise<boolean> {
  if (held.withdrawnAt || held.contributor !== OWN) return false;
  const releaseClass: ReleaseClass | null | undefined = (await releaseClassOf(registry, held.id))
    ?.releaseClass;
  if (releaseClass?.personalData !== 'none') return false;
  return releaseClass.tlp === 'clear' || releaseClass.tlp === 'green';
}

interface Tied {
  id: string;
  type: string;
  contributor: string;
  withdrawnAt: string | null;
  body: string;
}

const TIED = 'o.id, o.type, o.contributor, o.withdrawn_at AS "withdrawnAt", o.body';

/** What may be shown of what names the objects: reports, and the other ends of relationships. A tie that may not be shown shows nothing. */
async function relatedTo(registry: Registry, ids: readonly string[]): Promise<FreeAnswer['related']> {
  const related = new Map<string, FreeAnswer['related'][number]>();
  const enter = async (one: Tied | undefined) => {
    if (!one || related.size >= RELATED_MAX || ids.includes(one.id) || !(await mayShow(registry, one)))
      return;
    const { name } = JSON.parse(one.body) as { name?: unknown };
    related.set(one.id, { id: one.id, type: one.type, title: String(name ?? one.id).slice(0, 300) });
  };
  for (const id of ids) {
    const ties = await registry.db.all<Tied>(
      `SELECT ${TIED} FROM object_reference r JOIN object o ON o.seq = r.from_seq AND o.latest = 1 WHERE r.to_id = ? ORDER BY o.seq LIMIT ?`,
      id,
      TIES_MAX,
    );
    for (const tie of ties) {
      if (tie.type !== 'relationship') await enter(tie);
      else if (await mayShow(registry, tie)) {
        const { source_ref: source, target_ref: target } = JSON.parse(tie.body) as Record<string, string>;
        const other = source === id ? target : source;
        await enter(
          await registry.db.get<Tied>(
            `SELECT ${TIED} FROM object o WHERE o.id_key = id_key(?) AND o.id = ? AND o.latest = 1`,
            String(other),
            String(other),
          ),
        );
      }
    }
  }
  return [...related.values()];
}
