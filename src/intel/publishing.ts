/**
 * From held to published. A file comes in many transactions; an object of an early one may refer to an object of a later one that
 * must not be seen. So what a file brings is held in no collection until all of it is here, and then published with what it
 * reveals known.
 *
 * A crash in between leaves objects held and unpublished; the place where they begin is kept, and the next import, which is the
 * same one repeated as a rule, publishes them too.
 */
import type { Registry } from '../registry/index.ts';
import type { Queries } from '../store/index.ts';
import { openCollection } from './collection-times.ts';
import { type Held, OWN } from './holdings.ts';

const HELD_FROM = 'held-from';

/** Objects published in one transaction: other writers wait well under a second. */
const PUBLISH_BATCH = 5_000;
/** Objects placed one by one, on a thread that serves: some ten milliseconds. */
const PLACED_AT_ONCE = 250;

/** Notes where the objects begin that the import now starting will hold. */
export async function beginHolding(registry: Registry): Promise<void> {
  await registry.db.transaction(async (tx) => {
    const { last } = (await tx.get<{ last: number }>('SELECT coalesce(max(seq), 0) AS last FROM object'))!;
    await tx.run(
      'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO NOTHING',
      HELD_FROM,
      String(last),
    );
  });
}

/** Puts everything of this organisation's own that is held since then, and is in no collection, into one. */
export async function publishHeld(registry: Registry, collectionId: string): Promise<void> {
  const noted = await registry.db.get<{ value: string }>('SELECT value FROM meta WHERE key = ?', HELD_FROM);
  let after = Number(noted?.value ?? Number.MAX_SAFE_INTEGER);
  for (let isLast = false; !isLast; ) {
    await registry.db.transaction(async (tx) => {
      const collection = await openCollection(tx, registry, collectionId);
      const added = await collection.addUnplaced(OWN, after, PUBLISH_BATCH);
      await collection.close();
      after = added.last;
      isLast = added.count < PUBLISH_BATCH;
      if (isLast) await tx.run('DELETE FROM meta WHERE key = ?', HELD_FROM);
    });
  }
}

/**
 * Puts what was held into a collection: everything that belongs together once all of it is here. `alongside` belongs to the last
 * transaction and gets the time of each in the collection, in the order given.
 */
export async function publish(
  registry: Registry,
  collectionId: string,
  held: readonly Held[],
  alongside: (tx: Queries, published: readonly Held[]) => Promise<void>,
): Promise<void> {
  const published: Held[] = [];
  for (let start = 0; start === 0 || start < held.length; start += PLACED_AT_ONCE) {
    // Between two transactions others who are served get their turn.
    await new Promise((resolve) => setImmediate(resolve));
    await registry.db.transaction(async (tx) => {
      const collection = await openCollection(tx, registry, collectionId);
      for (const one of held.slice(start, start + PLACED_AT_ONCE)) {
        const { type, spec } = (await tx.get<{ type: string; spec: string }>(
          'SELECT type, spec FROM object WHERE seq = ?',
          one.seq,
        ))!;
        published.push({ ...one, addedUs: await collection.add(one.seq, type, spec) });
      }
      await collection.close();
      if (start + PLACED_AT_ONCE >= held.length) await alongside(tx, published);
    });
  }
}
