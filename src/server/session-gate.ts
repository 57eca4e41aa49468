/** Who is signed in, from the session cookie. */
import type { FastifyRequest } from 'fastify';
import { EntenteError } from '../base/index.ts';
import type { Registry } from '../registry/index.ts';
import { findSession, type Session } from './sign-in.ts';

export const SESSION_COOKIE = 'entente_session';

/** The session of a request, or null for a stranger. */
export async function sessionOf(registry: Registry, request: FastifyRequest): Promise<Session | null> {
  const token = new RegExp(`(?:^|;\\s*)${SESSION_COOKIE}=([\\w-]{43})(?:;|$)`).exec(
    request.headers.cookie ?? '',
  )?.[1];
  return findSession(registry, token);
}

/** @throws EntenteError `unauthenticated` */
export async function requireSession(registry: Registry, request: FastifyRequest): Promise<Session> {
  const session = await sessionOf(registry, request);
  if (!session) throw new EntenteError('unauthenticated', 'sign in first');
  return session;
}
