/**
 * What the node holds: STIX objects verbatim, every version, each with the class that releases are decided on.
 *
 * An object reveals what it refers to. So each carries a *reveal set*: the classes of itself and of everything it refers
 * to, however far. It may cross only when every class of that set may. The sets are few, are kept by the import, and let
 * a query decide for a million objects by comparing one number (see docs/decisions/003-reveal-sets.md).
 */
import { createHash } from 'node:crypto';
import type { Tlp } from '../agreement/index.ts';
import { canonicalJson, type Issue } from '../base/index.ts';
import { appendLeaf, type Registry } from '../registry/index.ts';
import {
  compareStixTimestamps,
  referencesOf,
  type StixObject,
  validateObject,
  versionOf,
} from '../stix/index.ts';
import type { Queries } from '../store/index.ts';
import { type Classes, openClasses, WITHDRAWN } from './classes.ts';
import { classifyObject } from './classify.ts';

/** The contributor of what this node's own organisation brings. */
export const OWN = '';

export interface Incoming {
  /** The object's bytes as they came, decoded. */
  readonly text: string;
  /** Position in the source, for messages. */
  readonly index: number;
  /** The agreement under which it came; empty for the node's own. */
  readonly agreementId: string;
  /** What it counts as when it has no TLP marking. */
  readonly unmarked?: Tlp;
}

export interface Refusal {
  readonly index: number;
  readonly id: string | null;
  readonly issues: readonly Issue[];
}

export interface ImportReport {
  accepted: number;
  unchanged: number;
  refused: Refusal[];
  /** Identifier, version and SHA-256 of what was accepted or already here, for a receipt. */
  held: { id: string; version: string; digest: string }[];
}

/** Objects of one transaction: small enough that other writers wait well under a second. */
export const IMPORT_BATCH = 500;

export interface BatchOptions {
  /** What else belongs into the same transaction. */
  readonly alongside?: (tx: Queries, report: ImportReport) => Promise<void>;
}

/** Imports one batch, durable when it resolves. Refused objects are named; the others are kept. */
export async function importBatch(
  registry: Registry,
  collectionId: string,
  contributor: string,
  batch: readonly Incoming[],
  options: BatchOptions = {},
): Promise<ImportReport> {
  const report: ImportReport = { accepted: 0, unchanged: 0, refused: [], held: [] };
  const parsed = batch.map((incoming) => ({ incoming, ...parseOne(incoming) }));
  await registry.db.transaction(async (tx) => {
    const classes = openClasses(tx);
    const changed = new Set<string>();
    for (const { incoming, object, issues } of parsed) {
      if (!object) {
        report.refused.push({ index: incoming.index, id: null, issues });
        continue;
      }
      const digest = sha256(incoming.text);
      const version = versionOf(object) ?? ''; // observables have none
      const known = await tx.get<{ digest: string; contributor: string }>(
        'SELECT digest, contributor FROM object WHERE id = ? AND version = ?',
        object.id,
        version,
      );
      if (
        known &&
        known.digest !== digest &&
        !sameContent(await bodyOf(tx, object.id, version), incoming.text)
      ) {
        report.refused.push({
          index: incoming.index,
          id: object.id,
          issues: [
            {
              code: 'version-conflict',
              path: 'modified',
              message: `version ${version} of ${object.id} is already here with other content`,
            },
          ],
        });
        continue;
      }
      const first = await tx.get<{ contributor: string; withdrawn_at: string | null }>(
        'SELECT contributor, withdrawn_at FROM object WHERE id = ? LIMIT 1',
        object.id,
      );
      // Otherwise any peer could put its own version in the place of another's object, or recall it.
      if (!known && first && first.contributor !== contributor) {
        report.refused.push({
          index: incoming.index,
          id: object.id,
          issues: [
            {
              code: 'contributor-conflict',
              path: 'id',
              message: `${object.id} is here from another contributor, who alone gives new versions of it`,
            },
          ],
        });
        continue;
      }
      report.held.push({ id: object.id, version, digest });
      if (known) {
        report.unchanged++;
        continue;
      }
      const withdrawnAt = first?.withdrawn_at ?? null; // what was recalled stays recalled in every version
      const classId = await classes.idOf(
        withdrawnAt !== null
          ? WITHDRAWN
          : classifyObject(object, {
              origin: incoming.agreementId,
              ...(incoming.unmarked ? { unmarked: incoming.unmarked } : {}),
            }),
      );
      await insertObject(tx, registry, {
        classes,
        collectionId,
        contributor,
        agreementId: incoming.agreementId,
        object,
        version,
        digest,
        classId,
        body: incoming.text,
        withdrawnAt,
      });
      changed.add(object.id);
      report.accepted++;
    }
    await spreadReveals(tx, changed);
    if (report.accepted > 0) {
      await appendLeaf(tx, registry.clock, 'import', {
        contributor,
        accepted: report.accepted,
        digest: sha256(report.held.map((held) => `${held.id} ${held.version} ${held.digest}\n`).join('')),
      });
    }
    await options.alongside?.(tx, report);
  });
  return report;
}

function parseOne(incoming: Incoming): { object?: StixObject; issues: readonly Issue[] } {
  let json: unknown;
  try {
    json = JSON.parse(incoming.text);
  } catch (error) {
    return { issues: [{ code: 'json-syntax', path: '', message: (error as Error).message }] };
  }
  const { object, issues } = validateObject(json);
  return object && !issues.some((issue) => issue.severity !== 'warning') ? { object, issues } : { issues };
}

interface NewObject {
  readonly classes: Classes;
  readonly collectionId: string;
  readonly contributor: string;
  readonly agreementId: string;
  readonly object: StixObject;
  readonly version: string;
  readonly digest: string;
  readonly classId: number;
  readonly body: string;
  readonly withdrawnAt: string | null;
}

async function insertObject(tx: Queries, registry: Registry, added: NewObject): Promise<void> {
  const {
    classes,
    collectionId,
    contributor,
    agreementId,
    object,
    version,
    digest,
    classId,
    body,
    withdrawnAt,
  } = added;
  const seq = Number(
    (await tx.get<{ next: number }>('SELECT coalesce(max(seq), 0) + 1 AS next FROM object'))!.next,
  );
  const latest = await tx.get<{ seq: number; version: string; class_id: number }>(
    'SELECT seq, version, class_id FROM object WHERE id = ? AND latest = 1',
    object.id,
  );
  const isLatest = !latest || isNewer(version, latest.version);
  if (latest && isLatest) await tx.run('UPDATE object SET latest = 0 WHERE seq = ?', latest.seq);
  await tx.run(
    `INSERT INTO object (seq, id, version, latest, type, class_id, reveal_id, contributor, agreement_id, digest, body, added_at, withdrawn_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    seq,
    object.id,
    version,
    isLatest ? 1 : 0,
    object.type,
    classId,
    await classes.revealIdOf([classId]),
    contributor,
    agreementId,
    digest,
    body,
    registry.clock().toISOString(),
    withdrawnAt,
  );
  await addToCollection(tx, registry, collectionId, seq);
  for (const to of revealingReferences(object)) {
    await tx.run(
      'INSERT INTO object_reference (from_id, to_id) VALUES (?, ?) ON CONFLICT DO NOTHING',
      object.id,
      to,
    );
  }
}

/** TAXII 2.1 §3.4: `added_after` pages by this time, so it is unique in the collection and grows in the order of commits. */
async function addToCollection(
  tx: Queries,
  registry: Registry,
  collectionId: string,
  seq: number,
): Promise<void> {
  const last = await tx.get<{ last: number | null }>(
    'SELECT max(added_us) AS last FROM collection_object WHERE collection_id = ?',
    collectionId,
  );
  const now = registry.clock().getTime() * 1000;
  await tx.run(
    'INSERT INTO collection_object (collection_id, added_us, object_seq) VALUES (?, ?, ?)',
    collectionId,
    Math.max(now, Number(last?.last ?? 0) + 1),
    seq,
  );
}

/** Everything an object names, but its markings: those are public and say nothing about other objects. */
function revealingReferences(object: StixObject): string[] {
  return referencesOf(object).filter((id) => !id.startsWith('marking-definition--'));
}

/**
 * Brings the reveal sets of `ids`, and of everything that refers to them, up to date. Sets only grow through a cycle of
 * references, so this ends; a marking that is relaxed inside a cycle stays withheld, which errs on the safe side.
 */
export async function spreadReveals(tx: Queries, ids: Iterable<string>): Promise<void> {
  const classes = openClasses(tx);
  const waiting = new Set(ids);
  for (const id of waiting) {
    waiting.delete(id);
    const versions = await tx.all<{ seq: number; class_id: number; reveal_id: number; latest: number }>(
      'SELECT seq, class_id, reveal_id, latest FROM object WHERE id = ?',
      id,
    );
    const current = versions.find((version) => version.latest === 1);
    if (!current) continue;
    const revealed = new Set([current.class_id]);
    const references = await tx.all<{ classes: string }>(
      `SELECT DISTINCT s.classes FROM object_reference r JOIN object o ON o.id = r.to_id AND o.latest = 1
       JOIN reveal_set s ON s.id = o.reveal_id WHERE r.from_id = ? AND r.to_id <> ?`,
      id,
      id,
    );
    for (const { classes: list } of references)
      for (const classId of list.split(',')) revealed.add(Number(classId));
    let changed = false;
    for (const version of versions) {
      const revealId = await classes.revealIdOf([...revealed, version.class_id]);
      if (revealId === version.reveal_id) continue;
      await tx.run('UPDATE object SET reveal_id = ? WHERE seq = ?', revealId, version.seq);
      changed = true;
    }
    // A new object's referrers may have come first, so they are looked at even when this set did not change.
    const referrers = await tx.all<{ from_id: string; classes: string }>(
      `SELECT r.from_id, s.classes FROM object_reference r JOIN object o ON o.id = r.from_id AND o.latest = 1
         JOIN reveal_set s ON s.id = o.reveal_id WHERE r.to_id = ?`,
      id,
    );
    const mine = [...revealed];
    for (const referrer of referrers) {
      const theirs = new Set(referrer.classes.split(',').map(Number));
      if (changed || mine.some((classId) => !theirs.has(classId))) waiting.add(referrer.from_id);
    }
  }
}

async function bodyOf(tx: Queries, id: string, version: string): Promise<string> {
  return (
    (await tx.get<{ body: string }>('SELECT body FROM object WHERE id = ? AND version = ?', id, version))
      ?.body ?? ''
  );
}

function isNewer(version: string, other: string): boolean {
  return version !== '' && (other === '' || compareStixTimestamps(version, other) > 0);
}

function sameContent(a: string, b: string): boolean {
  return canonicalJson(JSON.parse(a)) === canonicalJson(JSON.parse(b));
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
