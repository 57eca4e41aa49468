/** Training: courses for everybody, exercises for trainees, injects and grades for trainers, and the public list of revoked credentials. */
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { LANGUAGES, type Language } from '../../agreement/index.ts';
import { EXERCISE_MARK } from '../../base/index.ts';
import {
  type Attempt,
  answerLesson,
  answerTask,
  EXERCISES,
  inject,
  isDone,
  issueCourseCredential,
  issueCredential,
  listAttempts,
  openTasks,
  PATHS,
  progressOf,
  recordOf,
  requireAttempt,
  requireExercise,
  requireLesson,
  statusList,
  takeHint,
  titleOf,
  xapiStatements,
} from '../../desk/index.ts';
import { actionsIn, beginExercise, gradeExercise, operationOf } from '../../exchange/index.ts';
import type { Registry } from '../../registry/index.ts';
import { personOf, SIGNED_IN } from '../access.ts';
import type { Role } from '../roles.ts';

const TRAINEES: readonly Role[] = ['trainer', 'trainee'];
const TRAINERS: readonly Role[] = ['trainer'];

const text = (maxLength: number) => Type.String({ minLength: 1, maxLength });
const ById = Type.Object({ id: text(100) });
const InLanguage = Type.Object({
  lang: Type.Optional(Type.Union(LANGUAGES.map((one) => Type.Literal(one)))),
});

const AttemptSchema = Type.Object({
  watermark: Type.String(),
  id: Type.String(),
  exercise: Type.String(),
  title: Type.String(),
  briefing: Type.String(),
  indicators: Type.Array(Type.String()),
  case: Type.String(),
  operation: Type.Union([Type.String(), Type.Null()], { description: 'the name of the one beside the case' }),
  team: Type.String(),
  members: Type.Array(Type.String()),
  injects: Type.Array(Type.Object({ id: Type.String(), text: Type.String() })),
  tasks: Type.Array(
    Type.Object({
      id: Type.String(),
      kind: Type.String(),
      points: Type.Number(),
      text: Type.String(),
      hintCosts: Type.Union([Type.Number(), Type.Null()]),
      answer: Type.Union([Type.String(), Type.Null()], { description: 'the last one given' }),
      done: Type.Boolean({ description: 'answered, or seen to be done' }),
    }),
  ),
  grade: Type.Union([
    Type.Object({
      points: Type.Number(),
      of: Type.Number(),
      percent: Type.Number(),
      passed: Type.Boolean(),
      tasks: Type.Array(Type.Unknown()),
    }),
    Type.Null(),
  ]),
});

/** What a trainee may see: no answers, and no injects that are still to come. */
async function view(registry: Registry, attempt: Attempt, lang: Language) {
  const exercise = requireExercise(attempt.exercise);
  const { answers, injects } = recordOf(attempt);
  const actions = await actionsIn(registry, attempt);
  return {
    watermark: EXERCISE_MARK,
    id: attempt.id,
    exercise: exercise.id,
    title: exercise.title[lang],
    briefing: exercise.briefing[lang],
    indicators: [...exercise.indicators],
    case: attempt.case,
    operation: exercise.operation ? operationOf(attempt.case) : null,
    team: attempt.team,
    members: attempt.members,
    injects: exercise.injects
      .filter(({ id }) => injects.has(id))
      .map(({ id, words }) => ({ id, text: words[lang] })),
    tasks: openTasks(exercise, injects).map((task) => ({
      id: task.id,
      kind: task.kind,
      points: task.points,
      text: task.words[lang],
      hintCosts: task.hint?.cost ?? null,
      answer: answers.get(task.id) ?? null,
      done: task.kind === 'action' ? isDone(task, actions) : answers.has(task.id),
    })),
    grade: attempt.grade,
  };
}

export async function trainingRoutes(
  app: FastifyInstance,
  { registry }: { registry: Registry },
): Promise<void> {
  const tags = ['training'];
  type Lang = { lang?: Language };

  app.get<{ Querystring: Lang }>(
    '/courses',
    {
      config: { access: SIGNED_IN },
      schema: {
        summary: 'Courses for each role, as far as the caller is',
        tags,
        querystring: InLanguage,
        response: {
          200: Type.Object({
            courses: Type.Array(
              Type.Object({
                path: Type.Union(PATHS.map((one) => Type.Literal(one))),
                title: Type.String(),
                about: Type.String(),
                finished: Type.Boolean(),
                steps: Type.Array(
                  Type.Object({
                    kind: Type.Union([Type.Literal('lesson'), Type.Literal('exercise')]),
                    id: Type.String(),
                    title: Type.String(),
                    done: Type.Boolean(),
                  }),
                ),
              }),
            ),
          }),
        },
      },
    },
    async (request) => {
      const { lang = 'en' } = request.query;
      const courses = await progressOf(registry.db, personOf(request).name);
      return {
        courses: courses.map(({ course: { path, title, about }, steps, finished }) => ({
          path,
          title: title[lang],
          about: about[lang],
          finished,
          steps: steps.map(({ step, done }) => ({ ...step, title: titleOf(step, lang), done })),
        })),
      };
    },
  );

  app.get<{ Params: { id: string }; Querystring: Lang }>(
    '/lessons/:id',
    {
      config: { access: SIGNED_IN },
      schema: {
        summary: 'A lesson and its questions',
        tags,
        params: ById,
        querystring: InLanguage,
        response: {
          200: Type.Object({
            id: Type.String(),
            title: Type.String(),
            blocks: Type.Array(
              Type.Object({
                kind: Type.Union(
                  (['heading', 'text', 'point', 'command'] as const).map((one) => Type.Literal(one)),
                ),
                text: Type.String(),
              }),
            ),
            questions: Type.Array(Type.Object({ text: Type.String(), choices: Type.Array(Type.String()) })),
          }),
        },
      },
    },
    async ({ params, query: { lang = 'en' } }) => requireLesson(params.id, lang),
  );

  app.post<{ Params: { id: string }; Querystring: Lang; Body: { choices: number[] } }>(
    '/lessons/:id/answers',
    {
      config: { access: SIGNED_IN },
      schema: {
        summary: 'Answer the questions of a lesson; each takes the number of a choice, from 1',
        tags,
        params: ById,
        querystring: InLanguage,
        body: Type.Object({ choices: Type.Array(Type.Integer(), { minItems: 1, maxItems: 20 }) }),
        response: {
          200: Type.Object({
            passed: Type.Boolean(),
            answers: Type.Array(
              Type.Object({ right: Type.Boolean(), why: Type.Union([Type.String(), Type.Null()]) }),
            ),
          }),
        },
      },
    },
    async (request) =>
      answerLesson(
        registry,
        request.params.id,
        request.body.choices,
        personOf(request).name,
        request.query.lang ?? 'en',
      ),
  );

  app.post<{ Params: { id: string }; Body: { person: string; mail: string } }>(
    '/courses/:id/credentials',
    {
      config: { access: TRAINERS },
      schema: {
        summary: 'Give who finished a course an Open Badges 3.0 credential',
        tags,
        params: ById,
        body: Type.Object({ person: text(120), mail: text(320) }),
        response: { 201: Type.Object({ credential: Type.String() }) },
      },
    },
    async ({ params, body }, reply) => {
      const credential = await issueCourseCredential(registry, params.id, body.person, body.mail);
      return reply.code(201).send({ credential });
    },
  );

  app.get<{ Querystring: Lang }>(
    '/exercises',
    {
      config: { access: TRAINEES },
      schema: {
        summary: 'Exercises',
        tags,
        querystring: InLanguage,
        response: {
          200: Type.Object({
            exercises: Type.Array(
              Type.Object({
                id: Type.String(),
                version: Type.Unknown(),
                paths: Type.Unknown(),
                title: Type.String(),
                briefing: Type.String(),
              }),
            ),
          }),
        },
      },
    },
    async ({ query: { lang = 'en' } }) => ({
      exercises: EXERCISES.map(({ id, version, paths, title, briefing }) => ({
        id,
        version,
        paths,
        title: title[lang],
        briefing: briefing[lang],
      })),
    }),
  );

  app.post<{ Params: { id: string }; Querystring: Lang; Body: { team: string; members: string[] } }>(
    '/exercises/:id/attempts',
    {
      config: { access: TRAINEES },
      schema: {
        summary: 'Start an exercise; a case is opened with its evidence',
        tags,
        params: ById,
        querystring: InLanguage,
        body: Type.Object({ team: text(120), members: Type.Array(text(120), { minItems: 1, maxItems: 30 }) }),
        response: { 201: AttemptSchema },
      },
    },
    async ({ params, query: { lang = 'en' }, body }, reply) => {
      const attempt = await beginExercise(registry, requireExercise(params.id), body.team, body.members);
      return reply.code(201).send(await view(registry, attempt, lang));
    },
  );

  app.get<{ Querystring: Lang }>(
    '/attempts',
    {
      config: { access: TRAINEES },
      schema: {
        summary: 'Attempts, the newest first: for trainers all, for trainees those of their teams',
        tags,
        querystring: InLanguage,
        response: {
          200: Type.Object({
            attempts: Type.Array(
              Type.Object({
                id: Type.String(),
                title: Type.String(),
                team: Type.String(),
                startedAt: Type.String(),
                passed: Type.Union([Type.Boolean(), Type.Null()], { description: 'null: still open' }),
              }),
            ),
          }),
        },
      },
    },
    async (request) => {
      const { name, roles } = personOf(request);
      const mine = roles.includes('trainer') ? undefined : name;
      return {
        attempts: (await listAttempts(registry.db, mine)).map(({ id, exercise, team, startedAt, grade }) => ({
          id,
          title: requireExercise(exercise).title[request.query.lang ?? 'en'],
          team,
          startedAt,
          passed: grade?.passed ?? null,
        })),
      };
    },
  );

  app.get<{ Params: { id: string }; Querystring: Lang }>(
    '/attempts/:id',
    {
      config: { access: TRAINEES },
      schema: {
        summary: 'An attempt and what is asked now',
        tags,
        params: ById,
        querystring: InLanguage,
        response: { 200: AttemptSchema },
      },
    },
    async ({ params, query: { lang = 'en' } }) =>
      view(registry, await requireAttempt(registry.db, params.id), lang),
  );

  app.post<{ Params: { id: string }; Querystring: Lang; Body: { task: string; answer: string } }>(
    '/attempts/:id/answers',
    {
      config: { access: TRAINEES },
      schema: {
        summary: 'Answer a task; the last answer counts',
        tags,
        params: ById,
        querystring: InLanguage,
        body: Type.Object({ task: text(60), answer: Type.String({ maxLength: 500 }) }),
        response: { 200: AttemptSchema },
      },
    },
    async (request) => {
      const { task, answer } = request.body;
      const attempt = await answerTask(registry, request.params.id, task, answer, personOf(request).name);
      return view(registry, attempt, request.query.lang ?? 'en');
    },
  );

  app.post<{ Params: { id: string }; Querystring: Lang; Body: { task: string } }>(
    '/attempts/:id/hints',
    {
      config: { access: TRAINEES },
      schema: {
        summary: 'A hint; it costs points',
        tags,
        params: ById,
        querystring: InLanguage,
        body: Type.Object({ task: text(60) }),
        response: { 200: Type.Object({ cost: Type.Number(), text: Type.String() }) },
      },
    },
    async (request) => {
      const { cost, words } = await takeHint(
        registry,
        request.params.id,
        request.body.task,
        personOf(request).name,
      );
      return { cost, text: words[request.query.lang ?? 'en'] };
    },
  );

  app.post<{ Params: { id: string }; Querystring: Lang; Body: { inject: string } }>(
    '/attempts/:id/injects',
    {
      config: { access: TRAINERS },
      schema: {
        summary: 'Bring something into a running exercise',
        tags,
        params: ById,
        querystring: InLanguage,
        body: Type.Object({ inject: text(60) }),
      },
    },
    async (request) => {
      const words = await inject(registry, request.params.id, request.body.inject, personOf(request).name);
      return { text: words[request.query.lang ?? 'en'] };
    },
  );

  app.post<{ Params: { id: string } }>(
    '/attempts/:id/grade',
    { config: { access: TRAINERS }, schema: { summary: 'Grade an attempt; it ends it', tags, params: ById } },
    async (request) => ({
      grade: (await gradeExercise(registry, request.params.id, personOf(request).name)).grade,
    }),
  );

  app.get<{ Params: { id: string } }>(
    '/attempts/:id/xapi',
    {
      config: { access: TRAINERS },
      schema: { summary: 'An attempt as xAPI statements', tags, params: ById },
    },
    async ({ params }) =>
      xapiStatements(await requireAttempt(registry.db, params.id), `urn:entente:${registry.identity.kid}`),
  );

  app.post<{ Params: { id: string }; Body: { member: string; mail: string } }>(
    '/attempts/:id/credentials',
    {
      config: { access: TRAINERS },
      schema: {
        summary: 'Give a member of a team that passed an Open Badges 3.0 credential',
        tags,
        params: ById,
        body: Type.Object({ member: text(120), mail: text(320) }),
      },
    },
    async ({ params, body }, reply) => {
      const attempt = await requireAttempt(registry.db, params.id);
      return reply
        .code(201)
        .send({ credential: await issueCredential(registry, attempt, body.member, body.mail) });
    },
  );

  app.get(
    '/credentials/status-list',
    { config: { access: 'anyone' }, schema: { summary: 'The signed list of revoked credentials', tags } },
    async (_request, reply) => reply.type('application/vc+jwt').send(await statusList(registry)),
  );
}
