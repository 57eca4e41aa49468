/** The people of this node, for its administrators: invite, give roles, let go. */
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { Registry } from '../../registry/index.ts';
import { changeRoles, listPeople, NAME_LENGTH_MAX, removePerson } from '../people.ts';
import { ROLES, type Role } from '../roles.ts';
import { invite, inviteAgain } from '../sessions.ts';

export const RoleSchema = Type.Union(ROLES.map((role) => Type.Literal(role)));
const RolesSchema = Type.Array(RoleSchema, { minItems: 1, maxItems: ROLES.length });

const PersonSchema = Type.Object({
  id: Type.String(),
  name: Type.String(),
  roles: Type.Array(RoleSchema),
  addedAt: Type.String(),
  leftAt: Type.Union([Type.String(), Type.Null()]),
});

const InvitedSchema = Type.Object({
  person: Type.String(),
  invitation: Type.String({
    description: 'For /sign-in?invitation=…; shown this once, works once, for a week',
  }),
});

const ById = Type.Object({ id: Type.String({ maxLength: 100 }) });

export async function peopleRoutes(
  app: FastifyInstance,
  { registry }: { registry: Registry },
): Promise<void> {
  const tags = ['people'];
  const config = { access: ['administrator'] } as const;

  app.get(
    '/people',
    {
      config: { access: ['administrator', 'data-protection-officer', 'auditor'] },
      schema: {
        summary: 'Who works here, in which roles',
        tags,
        response: { 200: Type.Object({ people: Type.Array(PersonSchema) }) },
      },
    },
    async () => ({ people: await listPeople(registry.db) }),
  );

  app.post<{ Body: { name: string; roles: Role[] } }>(
    '/people',
    {
      config,
      schema: {
        summary: 'Invite a person',
        tags,
        body: Type.Object({
          name: Type.String({ minLength: 1, maxLength: NAME_LENGTH_MAX }),
          roles: RolesSchema,
        }),
        response: { 201: InvitedSchema },
      },
    },
    async (request, reply) => reply.code(201).send(await invite(registry, request.body)),
  );

  app.post<{ Params: { id: string } }>(
    '/people/:id/invitations',
    {
      config,
      schema: {
        summary: 'Another one-time link for a person who is known here',
        tags,
        params: ById,
        response: { 201: InvitedSchema },
      },
    },
    async (request, reply) => {
      const person = request.params.id;
      return reply.code(201).send({ person, invitation: await inviteAgain(registry, person) });
    },
  );

  app.put<{ Params: { id: string }; Body: { roles: Role[] } }>(
    '/people/:id/roles',
    {
      config,
      schema: {
        summary: 'Give a person other roles',
        tags,
        params: ById,
        body: Type.Object({ roles: RolesSchema }),
        response: { 200: PersonSchema },
      },
    },
    async (request) => changeRoles(registry, request.params.id, request.body.roles),
  );

  app.delete<{ Params: { id: string } }>(
    '/people/:id',
    {
      config,
      schema: {
        summary: 'A person leaves: sessions and passkeys end at once, the name stays with what was done',
        tags,
        params: ById,
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      await removePerson(registry, request.params.id);
      return reply.code(204).send(null);
    },
  );
}
