/** When each object was added to a TAXII collection: the time that clients page by. */
import { EntenteError } from '../base/index.ts';
import type { Registry } from '../registry/index.ts';
import { insertRows, type Queries, type SqlValue } from '../store/index.ts';

interface OpenCollection {
  /** The object's time in the collection, which it gets now unless it has one. */
  add(seq: number, type: string, spec: string): Promise<number>;
  addNew(seq: number, type: string, spec: string): Promise<number>;
  /** Adds a contributor's objects that came after one and are in no collection: `max` at most. `last` is where to go on. */
  addUnplaced(contributor: string, after: number, max: number): Promise<{ count: number; last: number }>;
  /** Writes what was added, and which times were given out. */
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

  /** Added but not written yet: the time of each, and its row. */
  const adding = new Map<number, number>();
  const rows: SqlValue[] = [];

  async function write(): Promise<void> {
    await insertRows(tx, 'collection_object (collection, added_us, object_seq, type)', 4, rows.splice(0));
    adding.clear();
  }

  async function addNew(seq: number, type: string, spec: string): Promise<number> {
    last = Math.max(now, last + 1);
    adding.set(seq, last);
    rows.push(row!.place, last, seq, type);
    if (spec === '2.0') has20 = 1;
    return last;
  }

  return {
    addNew,
    async addUnplaced(contributor, after, max) {
      await write();
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
      const added = adding.get(seq);
      if (added !== undefined) return added;
      const member = await tx.get<{ at: number }>(
        'SELECT added_us AS at FROM collection_object WHERE object_seq = ? AND collection = ?',
        seq,
        row.place,
      );
      return member ? Number(member.at) : addNew(seq, type, spec);
    },
    async close() {
      await write();
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
