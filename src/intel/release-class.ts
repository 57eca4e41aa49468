/** The release class of one held object, for rooms that ask an agreement about it. */
import type { ReleaseClass } from '../agreement/index.ts';
import type { Registry } from '../registry/index.ts';
import { WITHDRAWN } from './classes.ts';

/** `releaseClass` is null when the contributor has recalled the object; the whole answer is null when it is not held. */
export async function releaseClassOf(
  registry: Registry,
  objectId: string,
): Promise<{ releaseClass: ReleaseClass | null; receivedAt: string } | null> {
  const row = await registry.db.get<{ class: string; added_at: string }>(
    `SELECT c.class, o.added_at FROM object o JOIN release_class c ON c.id = o.class_id WHERE o.id_key = id_key(?) AND o.id = ? AND o.latest = 1`,
    objectId,
    objectId,
  );
  if (!row) return null;
  const releaseClass = JSON.parse(row.class) as ReleaseClass | typeof WITHDRAWN;
  return { releaseClass: releaseClass === WITHDRAWN ? null : releaseClass, receivedAt: row.added_at };
}
