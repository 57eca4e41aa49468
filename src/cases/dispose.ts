/**
 * Disposal: the bytes of an exhibit are destroyed under an authority; its record, its custody and everything derived stay, and the
 * disposal itself is a custody event and an erasure in the ledger. What another exhibit still consists of is kept, and said so.
 *
 * The event is durable before the first byte goes. A crash in between leaves bytes that the record says are gone;
 * `finishDisposals` removes them when evidence is worked on next.
 */
import { EntenteError } from '../base/index.ts';
import { appendLeaf, type Registry } from '../registry/index.ts';
import type { Queries } from '../store/index.ts';
import { assertNotDisposed } from './access.ts';
import { appendCustodyEvent } from './custody.ts';
import type { Circumstances } from './custody-event.ts';
import { blobsOf, digestsOf, type Exhibit } from './exhibits.ts';
import { thisTool } from './tool.ts';
import { destroyKey, type SealedWith, sealedPlace } from './vault.ts';

export interface Disposal {
  readonly exhibit: string;
  readonly number: number;
  readonly authority: string;
  /** Destroyed, by digest. */
  readonly destroyed: readonly string[];
  /** The key that was destroyed, for an encrypted exhibit: nothing opens its bytes any more, wherever a copy of them may be. */
  readonly key?: SealedWith;
  /** Kept, because another exhibit consists of them too. */
  readonly kept: readonly string[];
  readonly at: string;
}

/** @throws EntenteError `usage` without an authority; `conflict` when it is disposed of already or offered to a peer */
export async function disposeExhibit(
  registry: Registry,
  exhibit: Exhibit,
  said: Circumstances,
): Promise<Disposal> {
  const authority = said.authority?.trim();
  if (!authority)
    throw new EntenteError('usage', 'evidence is disposed of under an authority; name it with --authority');
  await assertNotDisposed(registry, exhibit);
  const disposal = await registry.db.transaction(async (tx) => {
    const pending = await tx.get(
      `SELECT 1 FROM evidence_transfer WHERE exhibit_id = ? AND direction = 'out' AND state = 'offered'`,
      exhibit.id,
    );
    if (pending)
      throw new EntenteError(
        'conflict',
        `exhibit ${exhibit.number} is offered to a peer that has not answered yet`,
      );
    const { sealed } = exhibit;
    const shared = sealed ? new Set() : await sharedBlobs(tx, exhibit);
    const all = await blobsOf(tx, exhibit.id);
    const made: Disposal = {
      exhibit: exhibit.id,
      number: exhibit.number,
      authority,
      destroyed: all.filter((sha256) => !shared.has(sha256)),
      ...(sealed ? { key: sealed } : {}),
      kept: all.filter((sha256) => shared.has(sha256)),
      at: registry.clock().toISOString(),
    };
    if (sealed) await destroyKey(tx, sealed, made.at);
    await tx.run('UPDATE exhibit SET disposed_at = ? WHERE id = ?', made.at, exhibit.id);
    await appendCustodyEvent(tx, registry, exhibit, {
      type: 'dispose',
      said,
      before: digestsOf(exhibit),
      after: null,
      tool: thisTool('evidence dispose'),
      inputs: [exhibit.sha256],
      details: {
        method: sealed
          ? 'destruction of the key, and deletion of the encrypted bytes'
          : 'deletion of the stored bytes',
        ...(sealed ? { key: sealed } : {}),
        destroyed: made.destroyed.length,
        kept: made.kept,
      },
    });
    await appendLeaf(tx, registry.clock, 'erasure', made);
    return made;
  });
  await finishDisposals(registry);
  return disposal;
}

async function sharedBlobs(tx: Queries, exhibit: Exhibit): Promise<Set<string>> {
  const rows = await tx.all<{ sha256: string }>(
    `SELECT DISTINCT other.sha256 FROM exhibit_blob mine JOIN exhibit_blob other ON other.sha256 = mine.sha256 AND other.exhibit_id <> mine.exhibit_id
     JOIN exhibit e ON e.id = other.exhibit_id WHERE mine.exhibit_id = ? AND e.disposed_at IS NULL AND e.key_id IS NULL`,
    exhibit.id,
  );
  return new Set(rows.map((row) => row.sha256));
}

/**
 * Removes what belongs to disposed exhibits only; doing it again does nothing. It is done as the only writer, so that an exhibit that is
 * registered meanwhile either counts here, or notices that its bytes are gone.
 */
export async function finishDisposals(registry: Registry): Promise<void> {
  await registry.db.transaction(async (tx) => {
    const rows = await tx.all<{ sha256: string }>(
      `SELECT DISTINCT b.sha256 FROM exhibit_blob b JOIN exhibit e ON e.id = b.exhibit_id WHERE e.disposed_at IS NOT NULL AND e.key_id IS NULL
       AND NOT EXISTS (SELECT 1 FROM exhibit_blob o JOIN exhibit x ON x.id = o.exhibit_id
         WHERE o.sha256 = b.sha256 AND x.disposed_at IS NULL AND x.key_id IS NULL)`,
    );
    for (const { sha256 } of rows) await registry.blobs.remove(sha256);
    const sealed = await tx.all<{ sha256: string; key_id: string }>(
      `SELECT b.sha256, e.key_id FROM exhibit_blob b JOIN exhibit e ON e.id = b.exhibit_id
       WHERE e.disposed_at IS NOT NULL AND e.key_id IS NOT NULL`,
    );
    for (const { sha256, key_id } of sealed) await sealedPlace(registry, key_id).remove(sha256);
  });
  await registry.db.scrub();
}
