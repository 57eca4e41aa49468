/**
 * What the node holds: STIX objects verbatim, every version, each with the class that releases are decided on.
 *
 * An object reveals what it refers to. So each carries a *reveal set*: the classes of itself and of everything it refers
 * to, however far. It may cross only when every class of that set may. The sets are few, are kept by the import, and let
 * a query decide for a million objects by comparing one number (see docs/decisions/003-reveal-sets.md).
 */
import { canonicalJson, EntenteError, type Issue } from '../base/index.ts';
import { appendLeaf, type Registry } from '../registry/index.ts';
import { compareStixTimestamps } from '../stix/index.ts';
import type { Queries, TransactionOptions } from '../store/index.ts';
import { openClasses, WITHDRAWN } from './classes.ts';
import { type Breathe, type Incoming, type Judged, judgeAll, openBreath, sha256 } from './judging.ts';
import { beginEpochs } from './release-epoch.ts';
import { enterValues } from './values.ts';

/** The contributor of what this node's own organisation brings. */
export const OWN = '';

export interface Refusal {
  readonly index: number;
  readonly id: string | null;
  readonly issues: readonly Issue[];
}

/** One object of a batch that is held now. */
export interface Held {
  /** The version's number in the store. */
  readonly seq: number;
  readonly id: string;
  readonly version: string;
  /** SHA-256 of the object as it came. */
  readonly digest: string;
  readonly index: number;
  /** Whether this version was here before. */
  readonly known: boolean;
  /** When it was recalled; a recalled object is served to nobody. */
  readonly withdrawnAt: string | null;
  /** Its time in the collection, microseconds since 1970. */
  readonly addedUs: number;
  /** Rules of STIX that it breaks nevertheless. */
  readonly issues: readonly Issue[];
}

export interface ImportReport {
  accepted: number;
  unchanged: number;
  /** Of those accepted, how many carry no TLP marking. */
  unmarked: number;
  /** Of those unchanged, how many count as something else now, because whoever brings them says so. */
  reclassified: number;
  refused: Refusal[];
  /** What was accepted or already here, for a receipt. */
  held: Held[];
}

/** Objects of one transaction: small enough that other writers wait well under a second. */
export const IMPORT_BATCH = 500;

export interface BatchOptions {
  /** What else belongs into the same transaction. */
  readonly alongside?: (tx: Queries, report: ImportReport) => Promise<void>;
  /** The service account that brought it; goes into the ledger. */
  readonly account?: string;
  /** `later` for a batch that is not acknowledged by itself. */
  readonly flush?: TransactionOptions['flush'];
  /** Takes the values of new objects, to be entered later (`ValueQueue`). */
  readonly values?: { readonly key: number; readonly seq: number }[];
}

/**
 * Imports one batch, durable when it resolves. Without a collection the objects are held and shown to nobody yet (`publishing.ts`).
 * Refused objects are named; the others are kept.
 */
export async function importBatch(
  registry: Registry,
  collectionId: string | null,
  contributor: string,
  batch: readonly Incoming[],
  options: BatchOptions = {},
): Promise<ImportReport> {
  return holdJudged(registry, collectionId, contributor, batch, await judgeAll(batch), options);
}

/** The second half of an import: what was judged is held. `judged` stands in the order of `batch`. */
export async function holdJudged(
  registry: Registry,
  collectionId: string | null,
  contributor: string,
  batch: readonly Incoming[],
  judged: readonly Judged[],
  options: BatchOptions = {},
): Promise<ImportReport> {
  const report: ImportReport = {
    accepted: 0,
    unchanged: 0,
    unmarked: 0,
    reclassified: 0,
    refused: [],
    held: [],
  };
  const breathe = openBreath();
  await registry.db.transaction(
    async (tx) => {
      const classes = openClasses(tx);
      const collection = await openCollection(tx, registry, collectionId);
      const known = await versionsOf(
        tx,
        judged.flatMap(({ object }) => (object ? [object.id] : [])),
      );
      const referredTo = await targetsAmong(tx, [...known.keys()]);
      const revealedBy = await revealsOf(
        tx,
        judged.flatMap(({ object }) => object?.references ?? []),
      );
      const at = registry.clock().toISOString();
      const changed = new Set<string>();
      let seq = Number(
        (await tx.get<{ last: number }>('SELECT coalesce(max(seq), 0) AS last FROM object'))!.last,
      );
      for (const [i, incoming] of batch.entries()) {
        const { object, digest, issues } = judged[i]!;
        const { index, text } = incoming;
        await breathe();
        if (!object) {
          const held = incoming.ambiguous ? null : await heldInFull(tx, text);
          if (!held) {
            report.refused.push({ index, id: null, issues });
            continue;
          }
          report.unchanged++;
          const addedUs = await collection.add(held.seq, held.type, held.spec);
          report.held.push({ ...held, index, known: true, addedUs, issues });
          continue;
        }
        const { version, spec, references } = object;
        const versions = known.get(object.id)!;
        const same = versions.find((one) => one.version === version);
        if (same) {
          if (same.digest !== digest && !sameContent(await bodyOf(tx, same.seq), text)) {
            report.refused.push({ index, id: object.id, issues: [conflict(object.id, version)] });
            continue;
          }
          report.unchanged++;
          if (same.contributor !== contributor)
            await corroborate(tx, object.id, contributor, incoming.agreementId, version, at);
          else if (incoming.unmarked !== undefined && object.isUnmarked && same.withdrawnAt === null) {
            const classId = await classes.idOf(object.classKey);
            if (classId !== same.classId) {
              await tx.run('UPDATE object SET class_id = ? WHERE seq = ?', classId, same.seq);
              if (same.latest === 1) await noteClassChanged(tx, object.id);
              changed.add(object.id);
              report.reclassified++;
            }
          }
          const addedUs = await collection.add(same.seq, object.type, same.spec);
          const { withdrawnAt } = same;
          report.held.push({
            seq: same.seq,
            id: object.id,
            version,
            digest,
            index,
            known: true,
            withdrawnAt,
            addedUs,
            issues,
          });
          continue;
        }
        // Otherwise any peer could put its own version in the place of another's object, or recall it.
        if (versions.some((one) => one.contributor !== contributor)) {
          report.refused.push({ index, id: object.id, issues: [foreign(object.id)] });
          continue;
        }
        const withdrawnAt = versions[0]?.withdrawnAt ?? null; // what was recalled stays recalled in every version
        const classId = await classes.idOf(withdrawnAt === null ? object.classKey : WITHDRAWN);
        const latest = versions.find((one) => one.latest === 1);
        const isLatest = !latest || isNewer(version, latest.version);
        if (latest && isLatest) {
          await tx.run('UPDATE object SET latest = 0 WHERE seq = ?', latest.seq);
          latest.latest = 0;
          if (latest.classId !== classId && withdrawnAt === null)
            await tx.run(
              'INSERT INTO class_changed (object_id) VALUES (?) ON CONFLICT DO NOTHING',
              object.id,
            );
        }
        const revealed = [classId, ...references.flatMap((to) => revealedBy.get(to) ?? [])];
        seq++;
        await tx.run(
          `INSERT INTO object (seq, id, version, latest, type, class_id, reveal_id, contributor, agreement_id, digest, body, added_at, withdrawn_at, spec)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
          seq,
          object.id,
          version,
          isLatest ? 1 : 0,
          object.type,
          classId,
          await classes.revealIdOf(revealed),
          contributor,
          incoming.agreementId,
          digest,
          text,
          at,
          withdrawnAt,
          spec,
        );
        const addedUs = await collection.addNew(seq, object.type, spec);
        for (const to of references) {
          await tx.run('INSERT INTO object_reference (from_seq, to_id) VALUES (?, ?)', seq, to);
        }
        if (options.values) for (const key of object.values) options.values.push({ key, seq });
        else await enterValues(tx, seq, object.values);
        // What is first of its name, named by nothing, and names nothing that changes in this batch, reveals what was just found.
        if (versions.length > 0 || referredTo.has(object.id) || references.some((to) => known.has(to)))
          changed.add(object.id);
        versions.push({
          seq,
          version,
          latest: isLatest ? 1 : 0,
          digest,
          contributor,
          spec,
          withdrawnAt,
          classId,
        });
        report.accepted++;
        if (object.isUnmarked && incoming.unmarked === undefined) report.unmarked++;
        report.held.push({
          seq,
          id: object.id,
          version,
          digest,
          index,
          known: false,
          withdrawnAt: null,
          addedUs,
          issues,
        });
      }
      await spreadReveals(tx, changed, breathe);
      await collection.close();
      if (report.accepted > 0) {
        await appendLeaf(tx, registry.clock, 'import', {
          contributor,
          ...(options.account === undefined ? {} : { account: options.account }),
          accepted: report.accepted,
          digest: sha256(report.held.map((held) => `${held.id} ${held.version} ${held.digest}\n`).join('')),
        });
      }
      await options.alongside?.(tx, report);
    },
    options.flush ? { flush: options.flush } : {},
  );
  return report;
}

/** Copies of the object may be where they may not be any more (`recallNarrowed`). */
async function noteClassChanged(tx: Queries, id: string): Promise<void> {
  await tx.run('INSERT INTO class_changed (object_id) VALUES (?) ON CONFLICT DO NOTHING', id);
}

/** Another contributor sent what is here already: it vouches for it too. */
async function corroborate(
  tx: Queries,
  id: string,
  contributor: string,
  agreementId: string,
  version: string,
  at: string,
): Promise<void> {
  await tx.run(
    `INSERT INTO object_corroboration (object_id, contributor, agreement_id, version, at) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (object_id, contributor) DO UPDATE SET agreement_id = excluded.agreement_id, version = excluded.version, at = excluded.at`,
    id,
    contributor,
    agreementId,
    version,
    at,
  );
}

function conflict(id: string, version: string): Issue {
  return {
    code: 'version-conflict',
    path: 'modified',
    message: `version ${version} of ${id} is already here with other content`,
  };
}

function foreign(id: string): Issue {
  return {
    code: 'contributor-conflict',
    path: 'id',
    message: `${id} is here from another contributor, who alone gives new versions of it`,
  };
}

interface KnownVersion {
  readonly seq: number;
  readonly version: string;
  latest: number;
  readonly digest: string;
  readonly contributor: string;
  readonly spec: string;
  readonly withdrawnAt: string | null;
  readonly classId: number;
}

/** Identifiers asked for in one statement. */
const IDS_AT_ONCE = 100;

/** Calls `ask` with lists of exactly one length, so that its statement is prepared once; the last list repeats an identifier. */
async function inLists<T>(ids: readonly string[], ask: (list: string[]) => Promise<T[]>): Promise<T[]> {
  const found: T[] = [];
  for (let start = 0; start < ids.length; start += IDS_AT_ONCE) {
    const list = ids.slice(start, start + IDS_AT_ONCE);
    while (list.length < IDS_AT_ONCE) list.push(list[0]!);
    found.push(...(await ask(list)));
  }
  return found;
}

const PLACEHOLDERS = Array.from({ length: IDS_AT_ONCE }, () => '?').join(',');

/** Every version held of the objects named; an empty list for one that is new. */
async function versionsOf(tx: Queries, ids: readonly string[]): Promise<Map<string, KnownVersion[]>> {
  const known = new Map<string, KnownVersion[]>(ids.map((id) => [id, []]));
  const rows = await inLists([...known.keys()], (list) =>
    tx.all<KnownVersion & { id: string }>(
      `SELECT id, seq, version, latest, digest, contributor, spec, withdrawn_at AS "withdrawnAt", class_id AS "classId" FROM object WHERE id IN (${PLACEHOLDERS})`,
      ...list,
    ),
  );
  for (const { id, ...version } of rows) known.get(id)!.push(version);
  return known;
}

/** Those of the identifiers that some object held refers to. */
async function targetsAmong(tx: Queries, ids: readonly string[]): Promise<Set<string>> {
  const rows = await inLists(ids, (list) =>
    tx.all<{ id: string }>(
      `SELECT DISTINCT to_id AS id FROM object_reference WHERE to_id IN (${PLACEHOLDERS})`,
      ...list,
    ),
  );
  return new Set(rows.map((row) => row.id));
}

/** The classes that each of the objects named reveals now, of those that are held. */
async function revealsOf(tx: Queries, ids: readonly string[]): Promise<Map<string, number[]>> {
  const rows = await inLists([...new Set(ids)], (list) =>
    tx.all<{ id: string; classes: string }>(
      `SELECT o.id, s.classes FROM object o JOIN reveal_set s ON s.id = o.reveal_id WHERE o.latest = 1 AND o.id IN (${PLACEHOLDERS})`,
      ...list,
    ),
  );
  return new Map(rows.map(({ id, classes }) => [id, classes.split(',').map(Number)]));
}

/**
 * A text that is no sound object may still say nothing but what is held (an older tool leaves `modified` out when it sends an object
 * again); then there is nothing to refuse.
 */
async function heldInFull(
  tx: Queries,
  text: string,
): Promise<(Omit<Held, 'index' | 'known' | 'addedUs' | 'issues'> & { type: string; spec: string }) | null> {
  const object = parseRecord(text);
  const { id, modified, created } = object ?? {};
  const version = modified ?? created;
  if (!object || typeof id !== 'string' || typeof version !== 'string') return null;
  const row = await tx.get<{
    seq: number;
    type: string;
    spec: string;
    digest: string;
    body: string;
    withdrawnAt: string | null;
  }>(
    'SELECT seq, type, spec, digest, body, withdrawn_at AS "withdrawnAt" FROM object WHERE id = ? AND version = ?',
    id,
    version,
  );
  if (!row) return null;
  const { body, ...held } = row;
  const kept = parseRecord(body)!;
  const saysNothingElse = Object.entries(object).every(
    ([name, value]) => Object.hasOwn(kept, name) && canonicalJson(kept[name]) === canonicalJson(value),
  );
  return saysNothingElse ? { id, version, ...held } : null;
}

function parseRecord(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

interface OpenCollection {
  /** The object's time in the collection, which it gets now unless it has one. */
  add(seq: number, type: string, spec: string): Promise<number>;
  addNew(seq: number, type: string, spec: string): Promise<number>;
  /** Adds a contributor's objects that came after one and are in no collection: `max` at most. `last` is where to go on. */
  addUnplaced(contributor: string, after: number, max: number): Promise<{ count: number; last: number }>;
  /** Writes down which times were given out. */
  close(): Promise<void>;
}

/**
 * TAXII 2.1 §3.4: `added_after` pages by the time of adding, so it is unique in the collection, grows in the order of commits, and is
 * never given twice, also when what had it was deleted.
 */
export async function openCollection(
  tx: Queries,
  registry: Registry,
  id: string | null,
): Promise<OpenCollection> {
  if (id === null)
    return {
      addNew: async () => 0,
      add: async () => 0,
      addUnplaced: async (_, last) => ({ count: 0, last }),
      close: async () => {},
    };
  const row = await tx.get<{ place: number; last: number; has20: number }>(
    'SELECT place, last_added_us AS last, has_stix20 AS has20 FROM collection WHERE id = ?',
    id,
  );
  if (!row) throw new EntenteError('not-found', `there is no collection ${id.slice(0, 100)}`);
  const now = registry.clock().getTime() * 1000;
  let last = Number(row.last);
  let has20 = row.has20;

  async function addNew(seq: number, type: string, spec: string): Promise<number> {
    last = Math.max(now, last + 1);
    await tx.run(
      'INSERT INTO collection_object (collection, added_us, object_seq, type) VALUES (?, ?, ?, ?)',
      row!.place,
      last,
      seq,
      type,
    );
    if (spec === '2.0') has20 = 1;
    return last;
  }

  return {
    addNew,
    async addUnplaced(contributor, after, max) {
      const first = Math.max(now, last + 1);
      const count = await tx.run(
        `INSERT INTO collection_object (collection, added_us, object_seq, type)
         SELECT ?, ? + row_number() OVER (ORDER BY o.seq), o.seq, o.type
         FROM (SELECT o.seq, o.type FROM object o WHERE o.seq > ? AND o.contributor = ?
           AND NOT EXISTS (SELECT 1 FROM collection_object c WHERE c.object_seq = o.seq) ORDER BY o.seq LIMIT ?) o`,
        row.place,
        first - 1,
        after,
        contributor,
        max,
      );
      if (count === 0) return { count, last: after };
      last = first - 1 + count;
      const added = await tx.get<{ last: number; has20: number }>(
        `SELECT max(o.seq) AS last, max(CASE WHEN o.spec = '2.0' THEN 1 ELSE 0 END) AS has20
         FROM collection_object c JOIN object o ON o.seq = c.object_seq WHERE c.collection = ? AND c.added_us >= ?`,
        row.place,
        first,
      );
      has20 = Math.max(has20, Number(added!.has20));
      return { count, last: Number(added!.last) };
    },
    async add(seq, type, spec) {
      const member = await tx.get<{ at: number }>(
        'SELECT added_us AS at FROM collection_object WHERE object_seq = ? AND collection = ?',
        seq,
        row.place,
      );
      return member ? Number(member.at) : addNew(seq, type, spec);
    },
    async close() {
      if (last === Number(row.last)) return;
      await tx.run(
        'UPDATE collection SET last_added_us = ?, has_stix20 = ? WHERE place = ?',
        last,
        has20,
        row.place,
      );
    },
  };
}

/**
 * Brings the reveal sets of `ids`, and of everything that refers to them, up to date. Sets only grow through a cycle of
 * references, so this ends; a marking that is relaxed inside a cycle stays withheld, which errs on the safe side.
 */
export async function spreadReveals(
  tx: Queries,
  ids: Iterable<string>,
  breathe: Breathe = () => undefined,
): Promise<void> {
  const classes = openClasses(tx);
  const waiting = new Set(ids);
  let opens = false;
  for (const id of waiting) {
    waiting.delete(id);
    await breathe();
    const versions = await tx.all<{ seq: number; class_id: number; reveal_id: number; latest: number }>(
      'SELECT seq, class_id, reveal_id, latest FROM object WHERE id = ?',
      id,
    );
    const current = versions.find((version) => version.latest === 1);
    if (!current) continue;
    const revealed = new Set([current.class_id]);
    const references = await tx.all<{ classes: string }>(
      `SELECT DISTINCT s.classes FROM object v JOIN object_reference r ON r.from_seq = v.seq
       JOIN object o ON o.id = r.to_id AND o.latest = 1 JOIN reveal_set s ON s.id = o.reveal_id WHERE v.id = ? AND r.to_id <> ?`,
      id,
      id,
    );
    for (const { classes: list } of references)
      for (const classId of list.split(',')) revealed.add(Number(classId));
    let changed = false;
    for (const version of versions) {
      const classIds = [...revealed, version.class_id];
      const revealId = await classes.revealIdOf(classIds);
      if (revealId === version.reveal_id) continue;
      const before = await tx.get<{ classes: string }>(
        'SELECT classes FROM reveal_set WHERE id = ?',
        version.reveal_id,
      );
      opens ||= before!.classes.split(',').some((classId) => !classIds.includes(Number(classId)));
      await tx.run('UPDATE object SET reveal_id = ? WHERE seq = ?', revealId, version.seq);
      changed = true;
    }
    // A new object's referrers may have come first, so they are looked at even when this set did not change.
    const mine = [...revealed];
    let after = 0;
    for (;;) {
      const referrers = await tx.all<{ seq: number; id: string; classes: string }>(
        `SELECT r.from_seq AS seq, o.id, s.classes FROM object_reference r JOIN object v ON v.seq = r.from_seq
         JOIN object o ON o.id = v.id AND o.latest = 1 JOIN reveal_set s ON s.id = o.reveal_id
         WHERE r.to_id = ? AND r.from_seq > ? ORDER BY r.from_seq LIMIT ${REFERRERS_AT_ONCE}`,
        id,
        after,
      );
      for (const { id: referrer, classes: list } of referrers) {
        const theirs = new Set(list.split(',').map(Number));
        if (changed || mine.some((classId) => !theirs.has(classId))) waiting.add(referrer);
      }
      if (referrers.length < REFERRERS_AT_ONCE) break;
      after = referrers.at(-1)!.seq;
      await breathe();
    }
  }
  if (opens) await beginEpochs(tx);
}

/** An author may be referred to by a million objects. */
const REFERRERS_AT_ONCE = 1_000;

async function bodyOf(tx: Queries, seq: number): Promise<string> {
  return (await tx.get<{ body: string }>('SELECT body FROM object WHERE seq = ?', seq))!.body;
}

/** The class of recalled objects; null when there are none. */
export async function withdrawnClass(queries: Queries): Promise<number | null> {
  const row = await queries.get<{ id: number }>('SELECT id FROM release_class WHERE key = ?', WITHDRAWN);
  return row ? Number(row.id) : null;
}

function isNewer(version: string, other: string): boolean {
  return version !== '' && (other === '' || compareStixTimestamps(version, other) > 0);
}

function sameContent(a: string, b: string): boolean {
  return canonicalJson(JSON.parse(a)) === canonicalJson(JSON.parse(b));
}
