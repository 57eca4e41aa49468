/**
 * Lists of values that are found for innocent reasons, kept in the node: public resolvers, large providers, hashes of empty files. A value on one
 * is marked wherever it is shown or found, and nothing is hidden.
 */
import { EntenteError } from '../base/index.ts';
import { appendLeaf, type Registry } from '../registry/index.ts';
import { buildWarninglists, parseWarninglist, type Warninglists } from './indicators/index.ts';
import { sha256 } from './judging.ts';

/** The names and contents of all lists have room in memory. */
const LISTS_MAX = 1_000;

export interface WarninglistSummary {
  readonly name: string;
  readonly version: string;
  readonly entries: number;
  readonly addedAt: string;
}

/** Keeps a list under its name; a list of that name is replaced. @throws EntenteError `intelligence-format`, `input-limit` */
export async function addWarninglist(
  registry: Registry,
  text: string,
  where: string,
): Promise<WarninglistSummary> {
  const { name, version, list } = parseWarninglist(text, where);
  const addedAt = registry.clock().toISOString();
  await registry.db.transaction(async (tx) => {
    const { n } = (await tx.get<{ n: number }>(
      'SELECT count(*) AS n FROM warninglist WHERE name <> ?',
      name,
    ))!;
    if (Number(n) >= LISTS_MAX)
      throw new EntenteError('input-limit', `a node keeps ${LISTS_MAX} warninglists at most`);
    await tx.run(
      `INSERT INTO warninglist (name, version, entries, list, added_at) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET version = excluded.version, entries = excluded.entries, list = excluded.list, added_at = excluded.added_at`,
      name,
      version,
      list.length,
      text,
      addedAt,
    );
    await appendLeaf(tx, registry.clock, 'administration', {
      what: 'warninglist-added',
      name,
      version,
      digest: sha256(text),
    });
  });
  return { name, version, entries: list.length, addedAt };
}

export function listWarninglists(registry: Registry): Promise<WarninglistSummary[]> {
  return registry.db.all<WarninglistSummary & Record<string, never>>(
    'SELECT name, version, entries, added_at AS "addedAt" FROM warninglist ORDER BY name',
  );
}

/** @throws EntenteError `not-found` */
export async function removeWarninglist(registry: Registry, name: string): Promise<void> {
  await registry.db.transaction(async (tx) => {
    if ((await tx.run('DELETE FROM warninglist WHERE name = ?', name)) === 0)
      throw new EntenteError('not-found', `there is no warninglist "${name.slice(0, 100)}" here`);
    await appendLeaf(tx, registry.clock, 'administration', { what: 'warninglist-removed', name });
  });
}

/** The lists that the node keeps, ready to be asked. */
export async function heldWarninglists(registry: Registry): Promise<Warninglists> {
  const rows = await registry.db.all<{ name: string; list: string }>(
    'SELECT name, list FROM warninglist ORDER BY name',
  );
  return buildWarninglists(rows.map(({ name, list }) => parseWarninglist(list, name)));
}
