/** Who I am here, where I am signed in, and how that ends. */
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { Registry } from '../../registry/index.ts';
import { personOf, SIGNED_IN, sessionCookie } from '../access.ts';
import { endSession, listSessions } from '../sessions.ts';
import { RoleSchema } from './people.ts';

const SessionSchema = Type.Object({
  id: Type.String(),
  way: Type.Union([Type.Literal('invitation'), Type.Literal('passkey'), Type.Literal('openid')]),
  device: Type.String(),
  createdAt: Type.String(),
  expiresAt: Type.String(),
  current: Type.Boolean(),
});

export async function sessionRoutes(
  app: FastifyInstance,
  { registry }: { registry: Registry },
): Promise<void> {
  const tags = ['sign-in'];
  const config = { access: SIGNED_IN };

  app.get(
    '/me',
    {
      config,
      schema: {
        summary: 'Who is signed in, with which roles, and until when',
        tags,
        response: {
          200: Type.Object({
            id: Type.String(),
            name: Type.String(),
            roles: Type.Array(RoleSchema),
            expiresAt: Type.String(),
            organisation: Type.String(),
            /** So that the page shows what can be done, and nothing else. */
            may: Type.Array(Type.String()),
          }),
        },
      },
    },
    async (request) => {
      const { id, name, roles, expiresAt } = personOf(request);
      return {
        id,
        name,
        roles: [...roles],
        expiresAt,
        organisation: registry.name,
        may: app.routesFor(roles),
      };
    },
  );

  app.get(
    '/sessions',
    {
      config,
      schema: {
        summary: 'Where I am signed in',
        tags,
        response: { 200: Type.Object({ sessions: Type.Array(SessionSchema) }) },
      },
    },
    async (request) => {
      const me = personOf(request);
      const sessions = await listSessions(registry, me.id);
      return {
        sessions: sessions.map(({ person: _me, ...session }) => ({
          ...session,
          current: session.id === me.session,
        })),
      };
    },
  );

  app.delete<{ Params: { id: string } }>(
    '/sessions/:id',
    {
      config,
      schema: {
        summary: 'End one of my sessions',
        tags,
        params: Type.Object({ id: Type.String({ maxLength: 100 }) }),
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const me = personOf(request);
      await endSession(registry, me.id, request.params.id);
      if (request.params.id === me.session) reply.header('set-cookie', sessionCookie(request, '', 0));
      return reply.code(204).send(null);
    },
  );
}
