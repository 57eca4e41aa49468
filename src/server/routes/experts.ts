/** Experts of this organisation: who they are, whom a request fits, and the seats that peers gave them. */
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import {
  addExpert,
  calendarOf,
  listExperts,
  matchExperts,
  parseProfile,
  removeExpert,
  requireRequest,
  seatsAway,
} from '../../desk/index.ts';
import type { Registry } from '../../registry/index.ts';
import type { Role } from '../roles.ts';
import { ClauseSchema } from './agreement-schemas.ts';

const ROSTER: readonly Role[] = ['administrator', 'liaison'];

const Id = Type.String({ maxLength: 100 });
const ById = Type.Object({ id: Id });

const Nullable = <T extends Parameters<typeof Type.Union>[0][number]>(type: T) =>
  Type.Union([type, Type.Null()]);

const SeatAwaySchema = Type.Object({
  id: Type.String(),
  request: Type.String(),
  peer: Type.String({ description: 'key of the node that granted it' }),
  expert: Type.String(),
  grantedAt: Type.String(),
  until: Type.String(),
  supervised: Type.Boolean(),
  withdrawn: Nullable(Type.Object({ at: Type.String(), reason: Type.String() })),
  over: Nullable(ClauseSchema),
});

const ExpertSchema = Type.Object({
  id: Type.String(),
  name: Type.String(),
  skills: Type.Array(Type.String()),
  languages: Type.Array(Type.String()),
  clearance: Type.String(),
  calendar: Type.Unknown(),
  away: Type.Array(Type.Object({ from: Type.String(), until: Type.String() })),
});

const FitSchema = Type.Object({
  expert: ExpertSchema,
  lacks: Type.Array(
    Type.Object({
      what: Type.Enum(['clearance', 'skill', 'language', 'free-days']),
      needed: Type.Union([Type.String(), Type.Number()]),
      has: Type.Optional(Type.Union([Type.String(), Type.Number()])),
    }),
  ),
  sharedHours: Type.Number(),
});

export async function expertRoutes(
  app: FastifyInstance,
  { registry }: { registry: Registry },
): Promise<void> {
  const tags = ['experts'];

  app.get(
    '/experts',
    {
      config: { access: ROSTER },
      schema: {
        summary: 'People who can be sent',
        tags,
        response: { 200: Type.Object({ experts: Type.Array(ExpertSchema) }) },
      },
    },
    async () => ({
      experts: await listExperts(registry.db),
    }),
  );

  app.post<{ Body: unknown }>(
    '/experts',
    {
      config: { access: ROSTER },
      schema: {
        summary: 'Add a person who can be sent',
        tags,
        body: Type.Record(Type.String(), Type.Unknown()),
        response: { 201: ExpertSchema },
      },
    },
    async ({ body }, reply) => reply.code(201).send(await addExpert(registry, parseProfile(body))),
  );

  app.delete<{ Params: { id: string } }>(
    '/experts/:id',
    {
      config: { access: ROSTER },
      schema: { summary: 'Remove a person; the profile is erased', tags, params: ById },
    },
    async ({ params }, reply) => {
      await removeExpert(registry, params.id);
      return reply.code(204).send();
    },
  );

  app.get<{ Params: { id: string } }>(
    '/requests/:id/experts',
    {
      config: { access: ROSTER },
      schema: {
        summary: 'Who fits a request, and why others do not',
        tags,
        params: ById,
        response: { 200: Type.Object({ fits: Type.Array(FitSchema) }) },
      },
    },
    async ({ params }) => {
      const { ask, peer } = await requireRequest(registry.db, params.id);
      const want = { ...ask, days: ask.amount, from: registry.clock() };
      return {
        fits: matchExperts(await listExperts(registry.db), want, await calendarOf(registry.db, peer)),
      };
    },
  );

  app.get(
    '/experts/seats',
    {
      config: { access: ROSTER },
      schema: {
        summary: 'Seats that peers gave experts of this organisation, and what ended them',
        tags,
        response: { 200: Type.Object({ seats: Type.Array(SeatAwaySchema) }) },
      },
    },
    async () => ({ seats: await seatsAway(registry) }),
  );
}
