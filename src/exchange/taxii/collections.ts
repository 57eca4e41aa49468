/** TAXII collections of this node. Every node has one of its own, `intelligence`, made when it is first needed. */
import { randomUUID } from 'node:crypto';
import { EntenteError } from '../../base/index.ts';
import type { Registry } from '../../registry/index.ts';

export interface Collection {
  readonly id: string;
  readonly alias: string;
  readonly title: string;
}

export const OWN_COLLECTION = 'intelligence';

export function listCollections(registry: Registry): Promise<Collection[]> {
  return registry.db.all<Collection & Record<string, never>>(
    'SELECT id, alias, title FROM collection ORDER BY alias',
  );
}

/** By id or alias (TAXII 2.1 §5.1). @throws EntenteError `not-found` */
export async function findCollection(registry: Registry, name: string): Promise<Collection> {
  const collection = await registry.db.get<Collection & Record<string, never>>(
    'SELECT id, alias, title FROM collection WHERE id = ? OR alias = ?',
    name,
    name,
  );
  if (!collection) throw new EntenteError('not-found', 'there is no such collection for you');
  return collection;
}

export async function ownCollection(registry: Registry): Promise<Collection> {
  await registry.db.transaction((tx) =>
    tx.run(
      'INSERT INTO collection (id, alias, title) VALUES (?, ?, ?) ON CONFLICT (alias) DO NOTHING',
      randomUUID(),
      OWN_COLLECTION,
      `Intelligence of ${registry.name}`,
    ),
  );
  return findCollection(registry, OWN_COLLECTION);
}
