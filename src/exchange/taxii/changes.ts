/** Writing through TAXII: adding objects to a collection (TAXII 2.1 §5.5) and deleting from it (§5.7). For service accounts only. */
import { randomUUID } from 'node:crypto';
import { formatMicros, type Issue, newId } from '../../base/index.ts';
import {
  type Held,
  IMPORT_BATCH,
  type Incoming,
  importBatch,
  OWN,
  publish,
  type Refusal,
  withdraw,
} from '../../intel/index.ts';
import { appendLeaf, type Registry } from '../../registry/index.ts';
import { queueRecall } from '../recalls.ts';
import type { OpenCollection } from './callers.ts';
import type { EnvelopeObject } from './envelope.ts';
import { dateAdded, type ObjectQuery, pageOfMembers } from './queries.ts';
import { keepStatus, type Status, type StatusDetails } from './statuses.ts';

/** Details in each list of a status; the counts are complete. */
const DETAILS_MAX = 10_000;

/** Adds what can be added. Everything that the status calls a success is durable when this resolves. */
export async function addObjects(
  registry: Registry,
  account: string,
  collection: OpenCollection,
  objects: readonly EnvelopeObject[],
): Promise<Status> {
  const requested = formatMicros(BigInt(registry.clock().getTime()) * 1000n);
  const id = randomUUID();
  const outcomes: { readonly success: boolean; readonly details: StatusDetails }[] = new Array(
    objects.length,
  );

  const fail = (index: number, message: string) => {
    const { id: named, modified, created } = (objects[index]!.json ?? {}) as Record<string, unknown>;
    const version = [modified, created].find((text) => typeof text === 'string') as string | undefined;
    const details = {
      id: typeof named === 'string' ? named.slice(0, 300) : `objects[${index}]`,
      version: version?.slice(0, 60) ?? requested,
      message,
    };
    outcomes[index] = { success: false, details };
  };
  const succeed = (held: Held) => {
    if (held.withdrawnAt !== null)
      return fail(held.index, `it was recalled at ${held.withdrawnAt} and is served to nobody`);
    const notes = [
      ...(held.known ? ['Object already added'] : []),
      ...(held.issues.length > 0 && !held.known
        ? [`held here only, since it breaks a rule of STIX: ${wordsOf(held.issues)}`]
        : []),
    ];
    const details = {
      id: held.id,
      version: held.version || dateAdded({ added_us: held.addedUs }),
      ...(notes.length > 0 ? { message: notes.join('; ') } : {}),
    };
    outcomes[held.index] = { success: true, details };
  };
  const statusNow = (): Status => {
    const of = (success: boolean) =>
      outcomes.filter((one) => one.success === success).map((one) => one.details);
    const successes = of(true);
    const failures = of(false);
    return {
      id,
      status: 'complete',
      request_timestamp: requested,
      total_count: objects.length,
      success_count: successes.length,
      ...(successes.length > 0 ? { successes: successes.slice(0, DETAILS_MAX) } : {}),
      failure_count: failures.length,
      ...(failures.length > 0 ? { failures: failures.slice(0, DETAILS_MAX) } : {}),
      pending_count: 0,
    };
  };

  const incoming = objects.map(
    ({ text, ambiguous }, index): Incoming => ({ text, ambiguous, index, agreementId: '', by: 'account' }),
  );
  const refuse = (refused: readonly Refusal[]) => {
    for (const { index, issues } of refused) fail(index, wordsOf(issues));
  };
  if (incoming.length <= IMPORT_BATCH) {
    await importBatch(registry, collection.id, OWN, incoming, {
      account,
      async alongside(tx, { held, refused }) {
        held.forEach(succeed);
        refuse(refused);
        await keepStatus(tx, registry, account, collection.root, statusNow());
      },
    });
    return statusNow();
  }
  // An object of an early batch may refer to one of a later batch that must not be seen: they are shown when all of them are here.
  const held: Held[] = [];
  for (let start = 0; start < incoming.length; start += IMPORT_BATCH) {
    const batch = incoming.slice(start, start + IMPORT_BATCH);
    const report = await importBatch(registry, null, OWN, batch, { account, flush: 'later' });
    held.push(...report.held);
    refuse(report.refused);
  }
  await publish(registry, collection.id, held, async (tx, published) => {
    published.forEach(succeed);
    await keepStatus(tx, registry, account, collection.root, statusNow());
  });
  return statusNow();
}

const MESSAGE_LENGTH_MAX = 500;

function wordsOf(issues: readonly Issue[]): string {
  const words = issues.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join('; ');
  return words.slice(0, MESSAGE_LENGTH_MAX) || 'it could not be processed';
}

/**
 * Takes versions of an object out of a collection. What of this organisation's own is then in no collection any more is withdrawn: copies
 * that were delivered are recalled. Returns how many versions were taken out.
 */
export function deleteObject(
  registry: Registry,
  account: string,
  collection: OpenCollection,
  object: string,
  query: ObjectQuery,
): Promise<number> {
  return registry.db.transaction(async (tx) => {
    const versions: string[] = [];
    let after = query.afterUs;
    for (;;) {
      const { rows, more } = await pageOfMembers(tx, { ...query, afterUs: after });
      for (const { seq, version } of rows) {
        await tx.run(
          'DELETE FROM collection_object WHERE object_seq = ? AND collection = ?',
          seq,
          collection.place,
        );
        versions.push(version);
      }
      const last = rows.at(-1);
      if (!more || !last) break;
      after = BigInt(last.added_us);
    }
    if (versions.length === 0) return 0;
    await appendLeaf(tx, registry.clock, 'erasure', {
      what: 'collection',
      collection: collection.id,
      object,
      versions,
      account,
    });
    const held = await tx.get<{ contributor: string; withdrawn_at: string | null; places: number }>(
      `SELECT min(o.contributor) AS contributor, max(o.withdrawn_at) AS withdrawn_at, count(m.collection) AS places
       FROM object o LEFT JOIN collection_object m ON m.object_seq = o.seq WHERE o.id_key = id_key(?) AND o.id = ?`,
      object,
      object,
    );
    const delivered = await tx.get(
      `SELECT 1 FROM delivery_object o JOIN delivery d ON d.id = o.delivery_id WHERE o.object_id = ? AND d.direction = 'out' LIMIT 1`,
      object,
    );
    if (delivered && held!.contributor === OWN && held!.withdrawn_at === null && Number(held!.places) === 0) {
      const recall = {
        id: newId('recall'),
        object,
        reason: 'deleted from the last collection that had it',
        at: registry.clock().toISOString(),
      };
      await withdraw(tx, registry, 'out', recall, queueRecall(registry));
    }
    return versions.length;
  });
}
