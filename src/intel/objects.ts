/** Looking at what the node holds. */
import { EntenteError } from '../base/index.ts';
import type { Registry } from '../registry/index.ts';

export interface HeldObject {
  readonly id: string;
  readonly version: string;
  readonly type: string;
  /** The peer it came from; empty for the node's own. */
  readonly contributor: string;
  readonly agreementId: string;
  readonly addedAt: string;
  readonly withdrawnAt: string | null;
  readonly object: Record<string, unknown>;
}

interface Row {
  seq: number;
  id: string;
  version: string;
  type: string;
  contributor: string;
  agreement_id: string;
  added_at: string;
  withdrawn_at: string | null;
  body: string;
}

const COLUMNS = 'seq, id, version, type, contributor, agreement_id, added_at, withdrawn_at, body';

const fromRow = (row: Row): HeldObject => ({
  id: row.id,
  version: row.version,
  type: row.type,
  contributor: row.contributor,
  agreementId: row.agreement_id,
  addedAt: row.added_at,
  withdrawnAt: row.withdrawn_at,
  object: JSON.parse(row.body) as Record<string, unknown>,
});

/** The latest version. @throws EntenteError `not-found` */
export async function findObject(registry: Registry, id: string): Promise<HeldObject> {
  const row = await registry.db.get<Row>(
    `SELECT ${COLUMNS} FROM object WHERE id_key = id_key(?) AND id = ? AND latest = 1`,
    id,
    id,
  );
  if (!row) throw new EntenteError('not-found', `there is no object ${id.slice(0, 100)} here`);
  return fromRow(row);
}

/** Rows read at once while walking: a few megabytes. */
const PAGE = 1_000;

/** The latest versions, in the order they came, optionally of one type. Never more than a page in memory. */
export async function* walkObjects(registry: Registry, type?: string): AsyncGenerator<HeldObject> {
  let after = 0;
  for (;;) {
    const rows = await registry.db.all<Row>(
      `SELECT ${COLUMNS} FROM object WHERE seq > ? AND latest = 1 ${type === undefined ? '' : 'AND type = ?'} ORDER BY seq LIMIT ?`,
      after,
      ...(type === undefined ? [] : [type]),
      PAGE,
    );
    for (const row of rows) yield fromRow(row);
    if (rows.length < PAGE) return;
    after = rows.at(-1)!.seq;
  }
}

export interface HeldVersion {
  readonly version: string;
  readonly addedAt: string;
  readonly digest: string;
  readonly latest: boolean;
}

/** Every version held, in the order in which they came. */
export async function versionsOfObject(registry: Registry, id: string): Promise<HeldVersion[]> {
  const rows = await registry.db.all<{ version: string; addedAt: string; digest: string; latest: number }>(
    'SELECT version, added_at AS "addedAt", digest, latest FROM object WHERE id_key = id_key(?) AND id = ? ORDER BY seq',
    id,
    id,
  );
  return rows.map((row) => ({ ...row, latest: row.latest === 1 }));
}
