/** Who works at this node, and in which roles. Every change is entered in the ledger in its transaction, by the person's id. */
import { EntenteError, newId } from '../base/index.ts';
import { appendLeaf, type Registry } from '../registry/index.ts';
import type { Queries } from '../store/index.ts';
import type { Role } from './roles.ts';

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly Role[];
  readonly addedAt: string;
  /** Null while the person works here. */
  readonly leftAt: string | null;
}

/** Longer names are cut by no screen, and no name is. */
export const NAME_LENGTH_MAX = 120;

interface PersonRow {
  id: string;
  name: string;
  added_at: string;
  left_at: string | null;
  roles: string | null;
}

const SELECT = `SELECT p.id, p.name, p.added_at, p.left_at,
  (SELECT string_agg(role, ' ' ORDER BY role) FROM person_role r WHERE r.person = p.id) AS roles
  FROM person p`;

const personOf = (row: PersonRow): Person => ({
  id: row.id,
  name: row.name,
  roles: (row.roles?.split(' ') ?? []) as Role[],
  addedAt: row.added_at,
  leftAt: row.left_at,
});

export async function listPeople(db: Queries): Promise<Person[]> {
  return (await db.all<PersonRow>(`${SELECT} ORDER BY p.name, p.id`)).map(personOf);
}

/** @throws EntenteError `not-found` */
export async function requirePerson(db: Queries, id: string): Promise<Person> {
  const row = await db.get<PersonRow>(`${SELECT} WHERE p.id = ?`, id);
  if (!row) throw new EntenteError('not-found', 'there is no such person here');
  return personOf(row);
}

/** @throws EntenteError `usage` */
export function assertNameAndRoles(name: string, roles: readonly Role[]): void {
  if (name.trim() === '' || name.length > NAME_LENGTH_MAX)
    throw new EntenteError('usage', `a person’s name has 1 to ${NAME_LENGTH_MAX} characters`);
  if (roles.length === 0) throw new EntenteError('usage', 'a person has at least one role');
}

export async function addPerson(
  tx: Queries,
  registry: Registry,
  name: string,
  roles: readonly Role[],
): Promise<string> {
  const id = newId('person');
  await tx.run(
    'INSERT INTO person (id, name, added_at) VALUES (?, ?, ?)',
    id,
    name.trim(),
    registry.clock().toISOString(),
  );
  for (const role of new Set(roles))
    await tx.run('INSERT INTO person_role (person, role) VALUES (?, ?)', id, role);
  await appendLeaf(tx, registry.clock, 'administration', {
    what: 'person-added',
    person: id,
    roles: [...roles],
  });
  return id;
}

/**
 * Gives a person other roles; what is open in their browser follows with its next request.
 * @throws EntenteError `not-found`, `usage`, `conflict` when nobody would be left to administer the node
 */
export async function changeRoles(registry: Registry, id: string, roles: readonly Role[]): Promise<Person> {
  return registry.db.transaction(async (tx) => {
    const person = await requirePerson(tx, id);
    assertNameAndRoles(person.name, roles);
    await tx.run('DELETE FROM person_role WHERE person = ?', id);
    for (const role of new Set(roles))
      await tx.run('INSERT INTO person_role (person, role) VALUES (?, ?)', id, role);
    await assertAdministered(tx);
    await appendLeaf(tx, registry.clock, 'administration', {
      what: 'roles-changed',
      person: id,
      roles: [...roles],
    });
    return requirePerson(tx, id);
  });
}

/**
 * A person leaves: sessions, passkeys and open invitations end at once; the name stays with what was done.
 * @throws EntenteError `not-found`, `conflict`
 */
export async function removePerson(registry: Registry, id: string): Promise<void> {
  await registry.db.transaction(async (tx) => {
    const person = await requirePerson(tx, id);
    if (person.leftAt) throw new EntenteError('conflict', `${person.name} has left already`);
    await tx.run('UPDATE person SET left_at = ? WHERE id = ?', registry.clock().toISOString(), id);
    for (const table of ['session', 'passkey', 'invitation'])
      await tx.run(`DELETE FROM ${table} WHERE person = ?`, id);
    await assertAdministered(tx);
    await appendLeaf(tx, registry.clock, 'administration', { what: 'person-removed', person: id });
  });
}

async function assertAdministered(tx: Queries): Promise<void> {
  const one = await tx.get(
    `SELECT 1 FROM person p JOIN person_role r ON r.person = p.id
     WHERE r.role = 'administrator' AND p.left_at IS NULL LIMIT 1`,
  );
  if (!one) throw new EntenteError('conflict', 'somebody else must be administrator first');
}
