/** Experts: the roster of this organisation, seats granted here, and the work of an expert who holds one. */
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { EntenteError } from '../../base/index.ts';
import { requireCase, requireExhibit } from '../../cases/index.ts';
import {
  addExpert,
  calendarOf,
  grantSeat,
  listExperts,
  listSeats,
  matchExperts,
  parseProfile,
  removeExpert,
  requireRequest,
  withdrawSeat,
} from '../../desk/index.ts';
import {
  askRunThroughSeat,
  decideSeatRun,
  readThroughSeat,
  replaySeat,
  SEAT_TOOLS,
  seeRunThroughSeat,
} from '../../exchange/index.ts';
import type { Registry } from '../../registry/index.ts';
import { personOf } from '../access.ts';
import type { Role } from '../roles.ts';

const ROSTER: readonly Role[] = ['administrator', 'liaison'];
const OWNERS: readonly Role[] = ['investigator'];
const OVERSEERS: readonly Role[] = ['investigator', 'data-protection-officer', 'auditor'];
/** An expert shows the token of the seat besides being signed in. */
const EXPERT: readonly Role[] = ['expert'];

const Id = Type.String({ maxLength: 100 });
const ById = Type.Object({ id: Id });
const ByNumber = Type.Object({ number: Type.Integer({ minimum: 1, maximum: 999_999_999 }) });
const SeatHeaders = Type.Object({
  'x-entente-seat': Type.String({ minLength: 43, maxLength: 43, description: 'the token of the seat' }),
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

const SeatSchema = Type.Object({
  id: Type.String(),
  case: Type.String(),
  request: Type.String(),
  expert: Type.String(),
  exhibits: Type.Array(Type.Object({ id: Type.String(), number: Type.Number() })),
  runs: Type.Array(Type.String()),
  purpose: Type.String(),
  grantedAt: Type.String(),
  until: Type.String(),
  supervised: Type.Boolean(),
  clause: Type.String(),
  withdrawn: Type.Union([Type.Object({ at: Type.String(), reason: Type.String() }), Type.Null()]),
});

const tokenOf = (request: FastifyRequest): string => {
  const token = request.headers['x-entente-seat'];
  if (typeof token !== 'string')
    throw new EntenteError('unauthenticated', 'the token of the seat is missing');
  return token;
};

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
      schema: { summary: 'Who fits a request, and why others do not', tags, params: ById },
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
    '/seats',
    {
      config: { access: OVERSEERS },
      schema: {
        summary: 'Seats granted here',
        tags,
        response: { 200: Type.Object({ seats: Type.Array(SeatSchema) }) },
      },
    },
    async () => ({
      seats: await listSeats(registry.db),
    }),
  );

  app.post<{
    Body: {
      case: string;
      request: string;
      exhibits: number[];
      runs?: string[];
      purpose: string;
      until: string;
      supervised: boolean;
    };
  }>(
    '/seats',
    {
      config: { access: OWNERS },
      schema: {
        summary: 'Give the expert of an accepted request a seat; the token is shown once',
        tags,
        body: Type.Object({
          case: Type.String({ maxLength: 200 }),
          request: Id,
          exhibits: Type.Array(Type.Integer({ minimum: 1 }), { minItems: 1, maxItems: 1_000 }),
          runs: Type.Optional(Type.Array(Id, { maxItems: 1_000 })),
          purpose: Type.String({ minLength: 1, maxLength: 500 }),
          until: Type.String({ maxLength: 40 }),
          supervised: Type.Boolean(),
        }),
      },
    },
    async (request, reply) => {
      const { exhibits: numbers, runs = [], ...grant } = request.body;
      const file = await requireCase(registry, grant.case);
      const exhibits = [];
      for (const number of numbers) {
        const { id } = await requireExhibit(registry, file.id, String(number));
        exhibits.push({ id, number });
      }
      const granted = await grantSeat(
        registry,
        { ...grant, case: file.id, exhibits, runs },
        personOf(request).name,
      );
      return reply.code(201).send(granted);
    },
  );

  app.post<{ Params: { id: string }; Body: { reason: string } }>(
    '/seats/:id/withdrawal',
    {
      config: { access: OWNERS },
      schema: {
        summary: 'End a seat at once',
        tags,
        params: ById,
        body: Type.Object({ reason: Type.String({ minLength: 1, maxLength: 500 }) }),
      },
    },
    async (request) => withdrawSeat(registry, request.params.id, request.body.reason, personOf(request).name),
  );

  app.post<{ Params: { id: string; act: string }; Body: { approve: boolean } }>(
    '/seats/:id/acts/:act/decision',
    {
      config: { access: OWNERS },
      schema: {
        summary: 'Let a run from a supervised seat execute, or not',
        tags,
        params: Type.Object({ id: Id, act: Id }),
        body: Type.Object({ approve: Type.Boolean() }),
      },
    },
    async (request) => ({
      run: await decideSeatRun(
        registry,
        request.params.id,
        request.params.act,
        request.body.approve,
        personOf(request).name,
      ),
    }),
  );

  app.post<{ Params: { id: string } }>(
    '/seats/:id/replay',
    {
      config: { access: OVERSEERS },
      schema: {
        summary: 'Everything seen, done and refused from a seat; its runs are executed again',
        tags,
        params: ById,
      },
    },
    async (request) => ({ acts: await replaySeat(registry, request.params.id, personOf(request).name) }),
  );

  app.get<{ Params: { number: number }; Querystring: { file?: string } }>(
    '/seat/exhibits/:number',
    {
      config: { access: EXPERT },
      schema: {
        summary: 'Read an exhibit from a seat',
        tags,
        params: ByNumber,
        querystring: Type.Object({ file: Type.Optional(Type.String({ maxLength: 4_096 })) }),
        headers: SeatHeaders,
      },
    },
    async (request, reply) => {
      const { file } = request.query;
      const range = file === undefined ? {} : { path: file };
      const reading = await readThroughSeat(registry, tokenOf(request), request.params.number, range);
      return reply
        .type('application/octet-stream')
        .header('content-disposition', 'attachment')
        .header('repr-digest', `sha-256=:${Buffer.from(reading.sha256, 'hex').toString('base64')}:`)
        .send(Readable.from(reading.bytes));
    },
  );

  app.get<{ Params: { id: string } }>(
    '/seat/runs/:id',
    {
      config: { access: EXPERT },
      schema: { summary: 'See a run that the seat names', tags, params: ById, headers: SeatHeaders },
    },
    async (request) => seeRunThroughSeat(registry, tokenOf(request), request.params.id),
  );

  app.post<{ Body: { exhibit: number; tool: string } }>(
    '/seat/runs',
    {
      config: { access: EXPERT },
      schema: {
        summary: 'Run a tool from a seat; a supervised one waits for the owner',
        tags,
        headers: SeatHeaders,
        body: Type.Object({
          exhibit: Type.Integer({ minimum: 1 }),
          tool: Type.Union(SEAT_TOOLS.map((tool) => Type.Literal(tool))),
        }),
      },
    },
    async (request, reply) => {
      const { exhibit, tool } = request.body;
      return reply.code(202).send(await askRunThroughSeat(registry, tokenOf(request), exhibit, tool));
    },
  );
}
