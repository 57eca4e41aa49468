/**
 * TAXII collections of this node, in API roots. Every node has a root of its own with one collection, `intelligence`, made when it is
 * first needed; more are added by theme, or for one peer.
 */
import { randomUUID } from 'node:crypto';
import { EntenteError } from '../../base/index.ts';
import { appendLeaf, type Registry } from '../../registry/index.ts';
import type { Queries } from '../../store/index.ts';

/** The API root that every node has: `/taxii2/root/`. */
export const OWN_ROOT = 'root';
export const OWN_COLLECTION = 'intelligence';

export interface ApiRoot {
  readonly name: string;
  readonly title: string;
  readonly description: string | null;
}

export interface Collection {
  /** Its number in the store; collections are listed by it. */
  readonly place: number;
  readonly id: string;
  readonly root: string;
  readonly alias: string | null;
  readonly title: string;
  readonly description: string | null;
  /** The only peer that may see it; null for every peer under an agreement. */
  readonly peer: string | null;
  readonly hasStix20: number;
}

export const COLLECTION_COLUMNS =
  'c.place, c.id, c.root, c.alias, c.title, c.description, c.peer, c.has_stix20 AS "hasStix20"';

export function listCollections(queries: Queries): Promise<Collection[]> {
  return queries.all<Collection>(`SELECT ${COLLECTION_COLUMNS} FROM collection c ORDER BY c.place`);
}

/** By alias, or `ROOT/ALIAS`, or id. @throws EntenteError `not-found` */
export async function requireCollection(queries: Queries, name: string): Promise<Collection> {
  const [root, alias] = name.includes('/') ? name.split('/', 2) : [null, name];
  const found = await queries.all<Collection>(
    `SELECT ${COLLECTION_COLUMNS} FROM collection c WHERE (c.alias = ? OR c.id = ?) ${root === null ? '' : 'AND c.root = ?'} ORDER BY c.place`,
    alias!,
    alias!,
    ...(root === null ? [] : [root!]),
  );
  if (found.length === 1) return found[0]!;
  if (found.length > 1)
    throw new EntenteError('usage', `several API roots have a collection "${name}"; name it as ROOT/ALIAS`);
  throw new EntenteError('not-found', `there is no collection "${name.slice(0, 100)}"`);
}

export async function findRoot(registry: Registry, name: string): Promise<ApiRoot> {
  const row = await registry.db.get<ApiRoot>(
    'SELECT name, title, description FROM api_root WHERE name = ?',
    name,
  );
  return row ?? { name, title: registry.name, description: null };
}

export interface NewCollection {
  readonly alias: string | null;
  readonly title: string;
  readonly description?: string;
  /** The API root; made when it is new. */
  readonly root?: string;
  readonly rootTitle?: string;
  readonly peer?: string;
  /** A UUID that it shall have; a new one when not given. */
  readonly id?: string;
}

/** Part of addresses, so it must need no encoding. */
const NAME = /^[a-z0-9][a-z0-9_-]{0,62}$/;
const TITLE_LENGTH_MAX = 200;

/** @throws EntenteError `usage`, `conflict` when the alias is taken */
export async function addCollection(registry: Registry, asked: NewCollection): Promise<Collection> {
  const root = asked.root ?? OWN_ROOT;
  for (const [what, text] of [
    ['alias', asked.alias ?? 'none'],
    ['API root', root],
  ] as const) {
    if (!NAME.test(text))
      throw new EntenteError(
        'usage',
        `the ${what} of a collection has small letters, digits, hyphens and underscores, 63 at most`,
      );
  }
  const title = asked.title.trim();
  if (title === '' || title.length > TITLE_LENGTH_MAX)
    throw new EntenteError('usage', `a collection needs a title of 1 to ${TITLE_LENGTH_MAX} characters`);
  const id = asked.id ?? randomUUID();
  await registry.db.transaction(async (tx) => {
    const taken = await tx.get(
      'SELECT 1 FROM collection WHERE root = ? AND (alias = ? OR id = ?)',
      root,
      asked.alias,
      id,
    );
    if (taken) throw new EntenteError('conflict', `there is a collection "${asked.alias}" already`);
    if (root !== OWN_ROOT) {
      await tx.run(
        'INSERT INTO api_root (name, title, description) VALUES (?, ?, ?) ON CONFLICT (name) DO NOTHING',
        root,
        asked.rootTitle ?? root,
        null,
      );
    }
    await insertCollection(tx, { ...asked, root, title, id });
    await appendLeaf(tx, registry.clock, 'administration', {
      what: 'collection-added',
      id,
      root,
      alias: asked.alias,
      peer: asked.peer ?? null,
    });
  });
  return requireCollection(registry.db, id);
}

async function insertCollection(tx: Queries, made: NewCollection & { id: string; root: string }) {
  await tx.run(
    'INSERT INTO collection (id, root, alias, title, description, peer) VALUES (?, ?, ?, ?, ?, ?)',
    made.id,
    made.root,
    made.alias,
    made.title,
    made.description ?? null,
    made.peer ?? null,
  );
}

export async function ownCollection(registry: Registry): Promise<Collection> {
  const find = (queries: Queries) =>
    queries.get<Collection>(
      `SELECT ${COLLECTION_COLUMNS} FROM collection c WHERE c.root = ? AND c.alias = ?`,
      OWN_ROOT,
      OWN_COLLECTION,
    );
  const held = await find(registry.db);
  if (held) return held;
  return registry.db.transaction(async (tx) => {
    if (!(await find(tx))) {
      const title = `Intelligence of ${registry.name}`;
      await insertCollection(tx, { id: randomUUID(), root: OWN_ROOT, alias: OWN_COLLECTION, title });
    }
    return (await find(tx))!;
  });
}
