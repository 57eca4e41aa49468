/**
 * The values that an object is about: what an indicator's pattern compares with, or an observable's own. Two objects of different
 * contributors about one value corroborate each other; whoever asks about a value finds both.
 *
 * Values are kept by fingerprint (`object_value`), since people and rules write them in many forms. A fingerprint only leads to
 * candidates: the values themselves are compared before anything is said.
 */
import { hash } from 'node:crypto';
import { isRefused, type Kind, normaliseIndicator, recogniseKind } from '../match/index.ts';
import type { Registry } from '../registry/index.ts';
import { isAlive, type Queries } from '../store/index.ts';
import { type StixValue, stixIndicator } from './indicators/index.ts';
import { likelyKind } from './indicators/likely-kind.ts';

/** Values entered of one object: a pattern may have tens of thousands. */
const VALUES_MAX = 1_000;

type Fields = Readonly<Record<string, unknown>>;

const HASH_KINDS: Readonly<Record<string, Kind>> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-512': 'sha512',
};

/** What the object is about, each value once, in one form; in the order in which the object says it. */
export function valuesOf(object: Fields): StixValue[] {
  const canonical = new Map<string, StixValue>();
  for (const { kind, value } of statedValues(object)) {
    const form = canonicalValue(kind, value);
    if (form && canonical.size < VALUES_MAX) canonical.set(`${form.kind} ${form.value}`, form);
  }
  return [...canonical.values()];
}

/** A value in its one form; null when it cannot be one of its kind. */
export function canonicalValue(kind: Kind, value: string): StixValue | null {
  const normalised = normaliseIndicator(kind, value);
  return isRefused(normalised) ? null : { kind: normalised.kind, value: normalised.canonical };
}

function statedValues(object: Fields): readonly StixValue[] {
  const { type, value } = object;
  if (type === 'indicator') return stixIndicator(object)?.values ?? [];
  const text = (name: string, kind: Kind): StixValue[] =>
    typeof object[name] === 'string' ? [{ kind, value: object[name] }] : [];
  switch (type) {
    case 'domain-name':
      return text('value', 'domain');
    case 'ipv4-addr':
    case 'ipv6-addr': {
      const kind = typeof value === 'string' ? recogniseKind(value) : null;
      return kind === 'ipv4' || kind === 'ipv6' || kind === 'cidr' ? text('value', kind) : [];
    }
    case 'url':
      return text('value', 'url');
    case 'email-addr':
      return text('value', 'email');
    case 'mutex':
      return text('name', 'mutex');
    case 'windows-registry-key':
      return text('key', 'registry-key');
    case 'autonomous-system':
      return typeof object['number'] === 'number' ? [{ kind: 'asn', value: `AS${object['number']}` }] : [];
    case 'file':
    case 'artifact':
    case 'x509-certificate': {
      const hashes = typeof object['hashes'] === 'object' ? Object.entries(object['hashes'] ?? {}) : [];
      return [
        ...hashes.flatMap(([name, hash]): StixValue[] => {
          const kind = type === 'x509-certificate' ? 'certificate' : HASH_KINDS[name];
          return kind && typeof hash === 'string' ? [{ kind, value: hash }] : [];
        }),
        ...(type === 'file' ? text('name', 'file-name') : []),
      ];
    }
    default:
      return [];
  }
}

/** 53 bits of SHA-256, a number that every store and JSON can carry. */
export function valueKey({ kind, value }: StixValue): number {
  const digest = hash('sha256', `${kind} ${value}`, 'buffer');
  return (digest.readUInt32BE(0) & 0x1fffff) * 2 ** 32 + digest.readUInt32BE(4);
}

/** What a text that a person typed may be: some forms have two readings (32 hexadecimal digits are MD5 or JA3). */
export function readingsOf(text: string): StixValue[] {
  const kind = recogniseKind(text.trim());
  if (kind === null) return [];
  const readings = [{ kind, value: text.trim() }, likelyKind(kind, text.trim())];
  if (kind === 'md5' || kind === 'ja3')
    readings.push({ kind: kind === 'md5' ? 'ja3' : 'md5', value: text.trim() });
  if (/^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128})$/i.test(text.trim()))
    readings.push({ kind: 'certificate', value: text.trim() });
  const forms = readings.flatMap((reading) => canonicalValue(reading.kind, reading.value) ?? []);
  return [...new Map(forms.map((form) => [`${form.kind} ${form.value}`, form])).values()];
}

export interface HeldAbout {
  readonly seq: number;
  readonly id: string;
  readonly type: string;
  readonly contributor: string;
  readonly agreementId: string;
  readonly addedAt: string;
  readonly withdrawnAt: string | null;
  readonly classId: number;
  readonly revealId: number;
  readonly body: string;
}

/** Objects told about one value. A value that more than this many objects name is named by a list, not by intelligence. */
const ABOUT_MAX = 1_000;

/** The latest versions of objects about a value (in its canonical form), in the order they came. */
export async function objectsAbout(registry: Registry, value: StixValue): Promise<HeldAbout[]> {
  await enterMissingValues(registry);
  const rows = await registry.db.all<HeldAbout & Record<string, never>>(
    `SELECT o.seq, o.id, o.type, o.contributor, o.agreement_id AS "agreementId", o.added_at AS "addedAt", o.withdrawn_at AS "withdrawnAt",
       o.class_id AS "classId", o.reveal_id AS "revealId", o.body
     FROM object_value v JOIN object o ON o.seq = v.object_seq WHERE v.value_key = ? AND o.latest = 1 ORDER BY o.seq LIMIT ${ABOUT_MAX}`,
    valueKey(value),
  );
  return rows.filter((row) =>
    valuesOf(JSON.parse(row.body) as Fields).some(
      (other) => other.kind === value.kind && other.value === value.value,
    ),
  );
}

export async function enterValues(tx: Queries, seq: number, keys: readonly number[]): Promise<void> {
  for (const key of keys)
    await tx.run(
      'INSERT INTO object_value (value_key, object_seq) VALUES (?, ?) ON CONFLICT DO NOTHING',
      key,
      seq,
    );
}

/**
 * Values of many objects, entered in the order of their fingerprints: the table is a tree, and a row in random order costs a page of it.
 * Until they are entered a note in the store says which objects lack theirs; after a crash whoever first looks up makes it good.
 */
export class ValueQueue {
  readonly #registry: Registry;
  readonly #note = `${MISSING_AFTER} ${process.pid}`;
  #entries: { readonly key: number; readonly seq: number }[] = [];

  private constructor(registry: Registry) {
    this.#registry = registry;
  }

  static async open(registry: Registry): Promise<ValueQueue> {
    const queue = new ValueQueue(registry);
    await registry.db.transaction((tx) =>
      tx.run(
        'INSERT INTO meta (key, value) SELECT ?, CAST(coalesce(max(seq), 0) AS TEXT) FROM object WHERE true ON CONFLICT (key) DO NOTHING',
        queue.#note,
      ),
    );
    return queue;
  }

  async add(entries: readonly { readonly key: number; readonly seq: number }[]): Promise<void> {
    this.#entries.push(...entries);
    if (this.#entries.length >= QUEUE_MAX) await this.#enter();
  }

  /** Enters what waits and takes the note away. */
  async end(): Promise<void> {
    await this.#enter();
    await this.#registry.db.transaction((tx) => tx.run('DELETE FROM meta WHERE key = ?', this.#note));
  }

  async #enter(): Promise<void> {
    const sorted = this.#entries.sort((a, b) => a.key - b.key);
    this.#entries = [];
    for (let start = 0; start < sorted.length; start += ENTERED_AT_ONCE)
      await this.#registry.db.transaction(
        async (tx) => {
          for (const { key, seq } of sorted.slice(start, start + ENTERED_AT_ONCE))
            await enterValues(tx, seq, [key]);
        },
        { flush: 'later' },
      );
  }
}

/** Objects with a greater number may lack their values. A process that is about to enter them has its number behind the name. */
const MISSING_AFTER = 'values-missing-after';
const ENTERED_AT_ONCE = 5_000;
/** Some twenty megabytes. */
const QUEUE_MAX = 250_000;

/** Enters the values of objects that lack them: held before there was this table, or by an import that was cut off. */
async function enterMissingValues(registry: Registry): Promise<void> {
  const notes = await registry.db.all<{ key: string; value: string }>(
    'SELECT key, value FROM meta WHERE key = ? OR key LIKE ?',
    MISSING_AFTER,
    `${MISSING_AFTER} %`,
  );
  for (const { key, value } of notes) {
    if (isAlive(Number(key.slice(MISSING_AFTER.length) || 0))) continue;
    for (let after: number | null = Number(value); after !== null; )
      after = await enterSome(registry, key, after);
  }
}

/** Returns where to go on; null when that was all. */
function enterSome(registry: Registry, note: string, after: number): Promise<number | null> {
  return registry.db.transaction(async (tx) => {
    const rows = await tx.all<{ seq: number; body: string }>(
      'SELECT seq, body FROM object WHERE seq > ? ORDER BY seq LIMIT ?',
      after,
      MISSING_AT_ONCE,
    );
    for (const { seq, body } of rows)
      await enterValues(tx, seq, valuesOf(JSON.parse(body) as Fields).map(valueKey));
    if (rows.length < MISSING_AT_ONCE) {
      await tx.run('DELETE FROM meta WHERE key = ?', note);
      return null;
    }
    const last = rows.at(-1)!.seq;
    await tx.run('UPDATE meta SET value = ? WHERE key = ?', String(last), note);
    return last;
  });
}

/** Parsing patterns takes some 20 µs each; the event loop gets its turn in between. */
const MISSING_AT_ONCE = 500;
