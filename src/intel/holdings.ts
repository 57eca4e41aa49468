/**
 * What the node holds: STIX objects verbatim, every version, each with the class that releases are decided on.
 *
 * An object reveals what it refers to. So each carries a *reveal set*: the classes of itself and of everything it refers
 * to, however far. It may cross only when every class of that set may. The sets are few, are kept by the import, and let
 * a query decide for a million objects by comparing one number (see docs/decisions/003-reveal-sets.md).
 */
import { canonicalJson, type Issue } from '../base/index.ts';
import { appendLeaf, type Registry } from '../registry/index.ts';
import { compareStixTimestamps } from '../stix/index.ts';
import { idKey, insertRows, type Queries, type SqlValue, type TransactionOptions } from '../store/index.ts';
import { openClasses, WITHDRAWN } from './classes.ts';
import { openCollection } from './collection-times.ts';
import { type Incoming, type Judged, judgeAll, openBreath, sha256 } from './judging.ts';
import { spreadReveals } from './reveals.ts';
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
        judged.flatMap(({ object }) => object ?? []),
      );
      const referredTo = await targetsAmong(tx, [...known.keys()]);
      const revealedBy = await revealsOf(
        tx,
        judged.flatMap(({ object }) => object?.references ?? []),
      );
      const at = registry.clock().toISOString();
      const changed = new Set<string>();
      const named: SqlValue[] = [];
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
          `INSERT INTO object (seq, id, version, latest, type, class_id, reveal_id, contributor, agreement_id, digest, body, added_at, withdrawn_at, spec, id_key)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
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
          object.key,
        );
        const addedUs = await collection.addNew(seq, object.type, spec);
        for (const to of references) named.push(seq, to);
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
      await insertRows(tx, 'object_reference (from_seq, to_id)', 2, named);
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

/** Calls `ask` with lists of exactly one length, so that its statement is prepared once; the last list repeats an element. */
async function inLists<T extends SqlValue, R>(
  all: readonly T[],
  ask: (list: T[]) => Promise<R[]>,
): Promise<R[]> {
  const found: R[] = [];
  for (let start = 0; start < all.length; start += IDS_AT_ONCE) {
    const list = all.slice(start, start + IDS_AT_ONCE);
    while (list.length < IDS_AT_ONCE) list.push(list[0]!);
    found.push(...(await ask(list)));
  }
  return found;
}

const PLACEHOLDERS = Array.from({ length: IDS_AT_ONCE }, () => '?').join(',');

/** In the order of their index, so that its pages are gone through once. */
const inOrder = (keys: Iterable<number>) => [...new Set(keys)].sort((a, b) => a - b);

/** Every version held of the objects named; an empty list for one that is new. */
async function versionsOf(
  tx: Queries,
  objects: readonly { readonly id: string; readonly key: number }[],
): Promise<Map<string, KnownVersion[]>> {
  const known = new Map<string, KnownVersion[]>(objects.map(({ id }) => [id, []]));
  const rows = await inLists(inOrder(objects.map(({ key }) => key)), (list) =>
    tx.all<KnownVersion & { id: string }>(
      `SELECT id, seq, version, latest, digest, contributor, spec, withdrawn_at AS "withdrawnAt", class_id AS "classId" FROM object WHERE id_key IN (${PLACEHOLDERS})`,
      ...list,
    ),
  );
  for (const { id, ...version } of rows) known.get(id)?.push(version);
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
  const rows = await inLists(inOrder([...new Set(ids)].map(idKey)), (list) =>
    tx.all<{ id: string; classes: string }>(
      `SELECT o.id, s.classes FROM object o JOIN reveal_set s ON s.id = o.reveal_id WHERE o.latest = 1 AND o.id_key IN (${PLACEHOLDERS})`,
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
    'SELECT seq, type, spec, digest, body, withdrawn_at AS "withdrawnAt" FROM object WHERE id_key = id_key(?) AND id = ? AND version = ?',
    id,
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
