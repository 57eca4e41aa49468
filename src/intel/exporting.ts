/**
 * Objects on their way into a file. A file for a peer holds what a delivery to that peer could hold, decided in the same way, before the
 * first byte; a file for the organisation's own tools holds what it has of its own. Either way the ledger says that it was made.
 */
import { createHash } from 'node:crypto';
import { EntenteError } from '../base/index.ts';
import { appendLeaf, type Peer, type Registry } from '../registry/index.ts';
import { stableUuid } from './convert/indicator.ts';
import { OWN } from './holdings.ts';
import { decideRelease } from './release.ts';

/** For whom: a peer, or this organisation's own tools. */
export type ExportScope = { readonly to: Peer } | { readonly to: null };

export interface Exported {
  /** Over identifiers, versions and digests, in order. */
  readonly digest: string;
  /** The objects as they were written. */
  readonly texts: readonly string[];
}

/** A bundle of objects as they were written. The same objects give the same bundle. */
export function bundleText({ digest, texts }: Exported): string {
  return `{"type":"bundle","id":"bundle--${stableUuid('bundle', digest)}","objects":[${texts.join(',')}]}`;
}

/** A file is made in memory of what it holds; more goes by synchronisation. */
const OBJECTS_MAX = 200_000;
const PAGE = 1_000;

/**
 * The latest versions, in the order they came. @throws EntenteError `agreement-denied` when no agreement with the peer is in force,
 * `input-limit` when there are too many for one file
 */
export async function exportObjects(registry: Registry, scope: ExportScope): Promise<Exported> {
  let condition = `contributor = '${OWN}' AND withdrawn_at IS NULL`;
  if (scope.to) {
    const { inForce, refusal, allowedReveals } = await decideRelease(registry, scope.to);
    if (!inForce)
      throw new EntenteError(
        'agreement-denied',
        `nothing may go to ${scope.to.name}: ${refusal?.words ?? 'no agreement is in force'}`,
        {
          clauses: refusal ? [refusal] : [],
        },
      );
    condition = `reveal_id IN (${allowedReveals.length > 0 ? allowedReveals.join(',') : '-1'})`;
  }
  const texts: string[] = [];
  const digest = createHash('sha256');
  for (let after = 0; ; ) {
    const rows = await registry.db.all<{
      seq: number;
      id: string;
      version: string;
      digest: string;
      body: string;
    }>(
      `SELECT seq, id, version, digest, body FROM object WHERE seq > ? AND latest = 1 AND ${condition} ORDER BY seq LIMIT ${PAGE}`,
      after,
    );
    for (const row of rows) {
      digest.update(`${row.id} ${row.version} ${row.digest}\n`);
      texts.push(row.body);
    }
    if (texts.length > OBJECTS_MAX)
      throw new EntenteError(
        'input-limit',
        `more than ${OBJECTS_MAX} objects do not go into one file; synchronise instead`,
      );
    if (rows.length < PAGE) break;
    after = rows.at(-1)!.seq;
  }
  const sum = digest.digest('hex');
  await registry.db.transaction((tx) =>
    appendLeaf(tx, registry.clock, 'delivery', {
      direction: 'file',
      peer: scope.to?.kid ?? '',
      objects: texts.length,
      digest: sum,
    }),
  );
  return { digest: sum, texts };
}
