/**
 * Sessions and the one-time invitations that begin the first of them. Only digests of secrets are kept, so that a stolen store opens no
 * session.
 */
import { createHash, randomBytes } from 'node:crypto';
import { EntenteError, newId } from '../base/index.ts';
import { appendLeaf, type Registry } from '../registry/index.ts';
import type { Queries } from '../store/index.ts';
import { addPerson, assertNameAndRoles, requirePerson } from './people.ts';
import type { Role } from './roles.ts';

/** A working day. */
const SESSION_MS = 12 * 60 * 60 * 1000;
/** An invitation that nobody used is void after a week. */
const INVITATION_MS = 7 * 24 * 60 * 60 * 1000;
/** Of what a browser says of itself: enough to tell one's devices apart. */
const DEVICE_LENGTH_MAX = 200;

const digest = (secret: string) => createHash('sha256').update(secret).digest('hex');
const secret = () => randomBytes(32).toString('base64url');

/** How a session began. */
export type Way = 'invitation' | 'passkey' | 'openid';

/** A session's secret, for the cookie alone. */
export interface NewSession {
  readonly token: string;
  readonly maxAgeS: number;
}

/** Who is signed in. */
export interface SignedIn {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly Role[];
  readonly session: string;
  readonly expiresAt: string;
}

export interface SessionView {
  readonly id: string;
  readonly person: string;
  readonly way: Way;
  /** What the browser called itself. */
  readonly device: string;
  readonly createdAt: string;
  readonly expiresAt: string;
}

/**
 * Makes a new person, and a link's secret by which that person signs in once. It is not stored and cannot be shown again.
 * @throws EntenteError `usage`
 */
export async function invite(
  registry: Registry,
  who: { readonly name: string; readonly roles: readonly Role[] },
): Promise<{ person: string; invitation: string }> {
  assertNameAndRoles(who.name, who.roles);
  return registry.db.transaction(async (tx) => {
    const person = await addPerson(tx, registry, who.name, who.roles);
    return { person, invitation: await newInvitation(tx, registry, person) };
  });
}

/** Another link for somebody who is known here: a lost passkey, a new machine. @throws EntenteError `not-found`, `conflict` */
export async function inviteAgain(registry: Registry, person: string): Promise<string> {
  return registry.db.transaction(async (tx) => {
    if ((await requirePerson(tx, person)).leftAt)
      throw new EntenteError('conflict', 'this person has left; invite a new one');
    return newInvitation(tx, registry, person);
  });
}

async function newInvitation(tx: Queries, registry: Registry, person: string): Promise<string> {
  const invitation = secret();
  await tx.run(
    'INSERT INTO invitation (digest, person, created_at) VALUES (?, ?, ?)',
    digest(invitation),
    person,
    registry.clock().toISOString(),
  );
  return invitation;
}

export async function wasEverInvited(registry: Registry): Promise<boolean> {
  return (await registry.db.get('SELECT 1 FROM person LIMIT 1')) !== undefined;
}

/** Uses up an invitation. Null when it is unknown, used or void. */
export async function redeem(
  registry: Registry,
  invitation: string,
  device: string,
): Promise<NewSession | null> {
  const now = registry.clock();
  return registry.db.transaction(async (tx) => {
    const used = await tx.get<{ person: string }>(
      'UPDATE invitation SET used_at = ? WHERE digest = ? AND used_at IS NULL AND created_at > ? RETURNING person',
      now.toISOString(),
      digest(invitation),
      new Date(now.getTime() - INVITATION_MS).toISOString(),
    );
    return used ? beginSession(tx, registry, used.person, 'invitation', device) : null;
  });
}

/** In the transaction of what proved who it is. */
export async function beginSession(
  tx: Queries,
  registry: Registry,
  person: string,
  way: Way,
  device: string,
): Promise<NewSession> {
  const now = registry.clock();
  const token = secret();
  await tx.run('DELETE FROM session WHERE expires_at <= ?', now.toISOString());
  await tx.run(
    'INSERT INTO session (id, digest, person, way, device, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
    newId('session'),
    digest(token),
    person,
    way,
    device.slice(0, DEVICE_LENGTH_MAX),
    now.toISOString(),
    new Date(now.getTime() + SESSION_MS).toISOString(),
  );
  await appendLeaf(tx, registry.clock, 'administration', { what: 'signed-in', person, way });
  return { token, maxAgeS: SESSION_MS / 1000 };
}

export async function findSession(registry: Registry, token: string | undefined): Promise<SignedIn | null> {
  if (!token) return null;
  const rows = await registry.db.all<{
    id: string;
    name: string;
    session: string;
    expires_at: string;
    role: Role | null;
  }>(
    `SELECT p.id, p.name, s.id AS session, s.expires_at, r.role
     FROM session s JOIN person p ON p.id = s.person LEFT JOIN person_role r ON r.person = p.id
     WHERE s.digest = ? AND s.expires_at > ? AND p.left_at IS NULL`,
    digest(token),
    registry.clock().toISOString(),
  );
  const [first] = rows;
  if (!first) return null;
  return {
    id: first.id,
    name: first.name,
    roles: rows.flatMap(({ role }) => (role === null ? [] : [role])),
    session: first.session,
    expiresAt: first.expires_at,
  };
}

export async function listSessions(registry: Registry, person: string): Promise<SessionView[]> {
  return registry.db.all<SessionView>(
    `SELECT id, person, way, device, created_at AS "createdAt", expires_at AS "expiresAt"
     FROM session WHERE person = ? AND expires_at > ? ORDER BY created_at DESC`,
    person,
    registry.clock().toISOString(),
  );
}

/** Ends a person's session; of nobody else. @throws EntenteError `not-found` */
export async function endSession(registry: Registry, person: string, session: string): Promise<void> {
  const ended = await registry.db.transaction((tx) =>
    tx.run('DELETE FROM session WHERE id = ? AND person = ?', session, person),
  );
  if (ended === 0) throw new EntenteError('not-found', 'there is no such session of yours');
}
