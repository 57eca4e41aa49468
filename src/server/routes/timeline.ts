/** The timeline of a case for people: pages by key, histograms, facets, tags. Every question goes into the ledger before it is answered. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { EntenteError } from '../../base/index.ts';
import { type Case, requireCase } from '../../cases/index.ts';
import {
  addTags,
  BINS,
  type Bin,
  type CaseTimeline,
  isColumn,
  listTags,
  PAGE_MAX,
  parseFilter,
  parseTime,
  recordQuestion,
  removeTag,
  type Selection,
  TimelineShelf,
  taggedEvents,
  tagsOn,
} from '../../cases/timeline/index.ts';
import type { Registry } from '../../registry/index.ts';
import { personOf } from '../access.ts';
import type { Role } from '../roles.ts';

/** Evidence is seen by those who work on it, and by nobody for being an administrator. */
const WORKERS: readonly Role[] = ['investigator', 'analyst'];
const READERS: readonly Role[] = [...WORKERS, 'data-protection-officer', 'auditor'];

const NullableText = Type.Union([Type.String(), Type.Null()]);
const Text = (maxLength: number) => Type.Optional(Type.String({ maxLength }));
const ByCase = Type.Object({ id: Type.String({ maxLength: 200 }) });

const SELECTION = { from: Text(40), to: Text(40), where: Text(4_000) };

interface Asked {
  readonly from?: string;
  readonly to?: string;
  readonly where?: string;
}

const TagSchema = Type.Object({
  id: Type.String(),
  event: Type.String(),
  tag: Type.String(),
  comment: Type.String(),
  person: Type.String(),
  at: Type.String(),
});

const EventSchema = Type.Object({
  id: Type.String(),
  time: NullableText,
  precision: NullableText,
  timeSource: NullableText,
  timeZone: NullableText,
  kind: Type.String(),
  host: NullableText,
  user: NullableText,
  message: Type.String(),
  fields: Type.Record(Type.String(), Type.Unknown()),
  exhibit: Type.Number(),
  file: Type.String(),
  format: Type.String(),
  record: NullableText,
  offset: Type.Number(),
  recovered: Type.Boolean(),
  seq: Type.Number(),
  tags: Type.Array(Type.Intersect([TagSchema, Type.Object({ isStale: Type.Boolean() })])),
});

export async function timelineRoutes(
  app: FastifyInstance,
  { registry }: { registry: Registry },
): Promise<void> {
  const tags = ['timeline'];
  const shelf = new TimelineShelf(registry);
  app.addHook('onClose', async () => shelf.close());

  /** The timeline of a case, once the question is in the ledger. */
  async function answer<T>(
    request: FastifyRequest,
    id: string,
    asked: Asked,
    work: (opened: CaseTimeline, selection: Selection, file: Case) => Promise<T>,
  ): Promise<T> {
    const file = await requireCase(registry, id);
    const selection = selectionOf(asked, await taggedEvents(registry, file));
    return shelf.use(file, async (opened) => {
      await recordQuestion(registry, file, opened.sources, {
        person: personOf(request).name,
        purpose: 'to look at the timeline',
        question: { route: request.routeOptions.url, ...asked },
      });
      return work(opened, selection, file);
    });
  }

  app.get<{
    Params: { id: string };
    Querystring: Asked & { after?: string; offset?: number; limit?: number; count?: boolean };
  }>(
    '/cases/:id/timeline',
    {
      config: { access: READERS },
      schema: {
        summary: 'Events of a case in the order of time, page by page',
        description:
          '`next` continues behind the last event. `where` is a filter such as `kind = windows-event and message contains "powershell"`; see `entente timeline --help`. `offset` goes to the event with that number; `count` asks how many there are, which `total` answers. `unread` are exhibits whose events no run has read.',
        tags,
        params: ByCase,
        querystring: Type.Object({
          ...SELECTION,
          after: Text(100),
          offset: Type.Optional(Type.Integer({ minimum: 0 })),
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: PAGE_MAX })),
          count: Type.Optional(Type.Boolean()),
        }),
        response: {
          200: Type.Object({
            events: Type.Array(EventSchema),
            next: NullableText,
            total: Type.Union([Type.Number(), Type.Null()]),
            unread: Type.Array(Type.Number()),
          }),
        },
      },
    },
    async (request) => {
      const { after, offset, limit = 100, count } = request.query;
      return answer(request, request.params.id, request.query, async (opened, selection, file) => {
        const page = await opened.timeline.page(selection, {
          limit,
          ...(after === undefined ? {} : { after }),
          ...(offset === undefined ? {} : { offset }),
        });
        const found = await tagsOn(registry, file, page.events);
        const events = page.events.map((event) => ({ ...event, tags: found.get(event.id) ?? [] }));
        const total = count ? await opened.timeline.count(selection) : null;
        return { events, next: page.next, total, unread: opened.unread };
      });
    },
  );

  app.get<{ Params: { id: string }; Querystring: Asked & { by?: Bin } }>(
    '/cases/:id/timeline/histogram',
    {
      config: { access: READERS },
      schema: {
        summary: 'How many events there are in each bin of time',
        tags,
        params: ByCase,
        querystring: Type.Object({
          ...SELECTION,
          by: Type.Optional(Type.Union(BINS.map((bin) => Type.Literal(bin)))),
        }),
        response: {
          200: Type.Object({
            bars: Type.Array(Type.Object({ from: Type.String(), events: Type.Number() })),
          }),
        },
      },
    },
    async (request) =>
      answer(request, request.params.id, request.query, async ({ timeline }, selection) => ({
        bars: await timeline.histogram(selection, request.query.by ?? 'day'),
      })),
  );

  app.get<{ Params: { id: string; column: string }; Querystring: Asked & { limit?: number } }>(
    '/cases/:id/timeline/facets/:column',
    {
      config: { access: READERS },
      schema: {
        summary: 'The most frequent values of a column',
        tags,
        params: Type.Object({ ...ByCase.properties, column: Type.String({ maxLength: 40 }) }),
        querystring: Type.Object({
          ...SELECTION,
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
        }),
        response: {
          200: Type.Object({
            values: Type.Array(Type.Object({ value: NullableText, events: Type.Number() })),
          }),
        },
      },
    },
    async (request) => {
      const { column } = request.params;
      if (!isColumn(column)) throw new EntenteError('not-found', `a timeline has no column "${column}"`);
      return answer(request, request.params.id, request.query, async ({ timeline }, selection) => ({
        values: await timeline.facet(selection, column, request.query.limit ?? 50),
      }));
    },
  );

  app.get<{ Params: { id: string }; Querystring: { tag?: string } }>(
    '/cases/:id/timeline/tags',
    {
      config: { access: READERS },
      schema: {
        summary: 'Tags in force on events of a case',
        tags,
        params: ByCase,
        querystring: Type.Object({ tag: Text(64) }),
        response: { 200: Type.Object({ tags: Type.Array(TagSchema) }) },
      },
    },
    async (request) => {
      const file = await requireCase(registry, request.params.id);
      return { tags: await listTags(registry, file, request.query) };
    },
  );

  app.post<{ Params: { id: string }; Body: { events: string[]; tag: string; comment?: string } }>(
    '/cases/:id/timeline/tags',
    {
      config: { access: WORKERS },
      schema: {
        summary: 'Tag events: each tag is a signed record beside the timeline',
        tags,
        params: ByCase,
        body: Type.Object({
          events: Type.Array(Type.String({ maxLength: 40 }), { minItems: 1, maxItems: 1_000 }),
          tag: Type.String({ maxLength: 64 }),
          comment: Text(2_000),
        }),
        response: { 201: Type.Object({ tags: Type.Array(TagSchema) }) },
      },
    },
    async (request, reply) => {
      const file = await requireCase(registry, request.params.id);
      const { events, tag, comment } = request.body;
      const said = { tag, person: personOf(request).name, ...(comment === undefined ? {} : { comment }) };
      const made = await shelf.use(file, (opened) => addTags(registry, file, opened, events, said));
      return reply.code(201).send({ tags: made });
    },
  );

  app.delete<{ Params: { id: string; tag: string } }>(
    '/cases/:id/timeline/tags/:tag',
    {
      config: { access: WORKERS },
      schema: {
        summary: 'Take a tag back; the record of it stays',
        tags,
        params: Type.Object({ ...ByCase.properties, tag: Type.String({ maxLength: 100 }) }),
        response: { 204: Type.Null() },
      },
    },
    async (request, reply) => {
      const file = await requireCase(registry, request.params.id);
      await removeTag(registry, file, request.params.tag, personOf(request).name);
      return reply.code(204).send(null);
    },
  );
}

function selectionOf({ from, to, where }: Asked, tagged: Parameters<typeof parseFilter>[1]): Selection {
  return {
    ...(from === undefined ? {} : { from: parseTime(from) }),
    ...(to === undefined ? {} : { to: parseTime(to) }),
    ...(where === undefined ? {} : { filter: parseFilter(where, tagged) }),
  };
}
