/** Signing in with a passkey, and the passkeys of whoever is signed in. */
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { EntenteError } from '../../base/index.ts';
import type { Registry } from '../../registry/index.ts';
import { personOf, SIGNED_IN, sessionCookie } from '../access.ts';
import { openPasskeys, type Site } from '../passkeys.ts';

/** An answer of an authenticator, with an attestation, in base64url. */
const ANSWER_BYTES_MAX = 64 * 1024;

/** WebAuthn's own objects: their shape is its specification's, checked by the library that verifies them. */
const Answer = Type.Object({ id: Type.String({ maxLength: 2_048 }) }, { additionalProperties: true });
const Options = Type.Object({ challenge: Type.String() }, { additionalProperties: true });

export async function signInRoutes(
  app: FastifyInstance,
  { registry }: { registry: Registry },
): Promise<void> {
  const tags = ['sign-in'];
  const passkeys = openPasskeys(registry);

  app.post(
    '/sign-in/passkey/options',
    {
      config: { access: 'anyone' },
      schema: { summary: 'Begin to sign in with a passkey', tags, response: { 200: Options } },
    },
    async (request) => passkeys.signInOptions(siteOf(request)),
  );

  app.post<{ Body: AuthenticationResponseJSON }>(
    '/sign-in/passkey',
    {
      bodyLimit: ANSWER_BYTES_MAX,
      config: { access: 'anyone' },
      schema: { summary: 'Sign in with a passkey', tags, body: Answer, response: { 204: Type.Null() } },
    },
    async (request, reply) => {
      const device = request.headers['user-agent'] ?? '';
      const session = await passkeys.signIn(siteOf(request), request.body, device);
      return reply
        .header('set-cookie', sessionCookie(request, session.token, session.maxAgeS))
        .code(204)
        .send(null);
    },
  );

  app.get(
    '/passkeys',
    {
      config: { access: SIGNED_IN },
      schema: {
        summary: 'My passkeys',
        tags,
        response: {
          200: Type.Object({
            passkeys: Type.Array(
              Type.Object({
                id: Type.String(),
                name: Type.String(),
                addedAt: Type.String(),
                usedAt: Type.Union([Type.String(), Type.Null()]),
              }),
            ),
          }),
        },
      },
    },
    async (request) => ({ passkeys: await passkeys.list(personOf(request).id) }),
  );

  app.post(
    '/passkeys/options',
    {
      config: { access: SIGNED_IN },
      schema: { summary: 'Begin to add a passkey', tags, response: { 200: Options } },
    },
    async (request) => passkeys.registration(personOf(request), siteOf(request)),
  );

  app.post<{ Body: { name: string; response: RegistrationResponseJSON } }>(
    '/passkeys',
    {
      bodyLimit: ANSWER_BYTES_MAX,
      config: { access: SIGNED_IN },
      schema: {
        summary: 'Add a passkey',
        tags,
        body: Type.Object({ name: Type.String({ maxLength: 80 }), response: Answer }),
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const { name, response } = request.body;
      await passkeys.register(personOf(request), siteOf(request), name, response);
      return reply.code(204).send(null);
    },
  );

  app.delete<{ Params: { id: string } }>(
    '/passkeys/:id',
    {
      config: { access: SIGNED_IN },
      schema: {
        summary: 'Remove one of my passkeys',
        tags,
        params: Type.Object({ id: Type.String({ maxLength: 400 }) }),
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      await passkeys.remove(personOf(request).id, request.params.id);
      return reply.code(204).send(null);
    },
  );
}

/** Requests that change something have passed the check that they come from the node's own origin. */
function siteOf(request: FastifyRequest): Site {
  const { origin } = request.headers;
  if (origin === undefined || !URL.canParse(origin))
    throw new EntenteError('usage', 'passkeys are for browsers: the request has no origin');
  return { origin, host: new URL(origin).hostname };
}
