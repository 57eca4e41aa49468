/**
 * Signing in: a one-time invitation, printed where the node runs, becomes a session. Only digests of the two secrets are kept,
 * so that a stolen store opens no session.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { Registry } from '../registry/index.ts';

/** A working day. */
const SESSION_MS = 12 * 60 * 60 * 1000;
/** An invitation that nobody used is void after a week. */
const INVITATION_MS = 7 * 24 * 60 * 60 * 1000;

export type Role = 'administrator';

export interface Session {
  readonly role: Role;
}

const digest = (secret: string) => createHash('sha256').update(secret).digest('hex');
const secret = () => randomBytes(32).toString('base64url');

/** Returns the secret to be given to the invited person. It is not stored and cannot be shown again. */
export async function invite(registry: Registry, role: Role): Promise<string> {
  const invitation = secret();
  await registry.db.transaction((tx) =>
    tx.run(
      'INSERT INTO invitation (digest, role, created_at) VALUES (?, ?, ?)',
      digest(invitation),
      role,
      registry.clock().toISOString(),
    ),
  );
  return invitation;
}

export async function wasEverInvited(registry: Registry): Promise<boolean> {
  return (await registry.db.get('SELECT 1 FROM invitation LIMIT 1')) !== undefined;
}

/** Uses up an invitation. Returns the session's secret for the cookie, or null when the invitation is unknown, used or void. */
export async function redeem(
  registry: Registry,
  invitation: string,
): Promise<{ token: string; maxAgeS: number } | null> {
  const now = registry.clock();
  const token = secret();
  const redeemed = await registry.db.transaction(async (tx) => {
    const used = await tx.get<{ role: string }>(
      'UPDATE invitation SET used_at = ? WHERE digest = ? AND used_at IS NULL AND created_at > ? RETURNING role',
      now.toISOString(),
      digest(invitation),
      new Date(now.getTime() - INVITATION_MS).toISOString(),
    );
    if (!used) return false;
    await tx.run('DELETE FROM session WHERE expires_at <= ?', now.toISOString());
    await tx.run(
      'INSERT INTO session (digest, role, created_at, expires_at) VALUES (?, ?, ?, ?)',
      digest(token),
      used.role,
      now.toISOString(),
      new Date(now.getTime() + SESSION_MS).toISOString(),
    );
    return true;
  });
  return redeemed ? { token, maxAgeS: SESSION_MS / 1000 } : null;
}

export async function findSession(registry: Registry, token: string | undefined): Promise<Session | null> {
  if (!token) return null;
  const row = await registry.db.get<{ role: Role }>(
    'SELECT role FROM session WHERE digest = ? AND expires_at > ?',
    digest(token),
    registry.clock().toISOString(),
  );
  return row ? { role: row.role } : null;
}
