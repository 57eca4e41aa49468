/** An attempt, or a person's lessons, as xAPI 1.0.3 statements, for a learning record store. Actors are accounts at this node, not mail addresses. */
import { createHash } from 'node:crypto';
import { LANGUAGES } from '../../agreement/index.ts';
import type { Queries } from '../../store/index.ts';
import type { Attempt } from './attempts.ts';
import { requireCourse } from './courses.ts';
import { requireExercise } from './exercises/index.ts';
import { requireLesson } from './lesson.ts';
import { lessonEvents } from './progress.ts';

const VERBS = {
  started: 'http://adlnet.gov/expapi/verbs/initialized',
  answered: 'http://adlnet.gov/expapi/verbs/answered',
  hint: 'http://id.tincanapi.com/verb/requested',
  inject: 'http://adlnet.gov/expapi/verbs/experienced',
  passed: 'http://adlnet.gov/expapi/verbs/passed',
  failed: 'http://adlnet.gov/expapi/verbs/failed',
} as const;

const accountAt = (home: string) => (name: string) => ({
  objectType: 'Agent',
  account: { homePage: home, name },
});

/** `home`: what identifies this node, such as `urn:entente:KEY`. */
export function xapiStatements(attempt: Attempt, home: string): Record<string, unknown>[] {
  const exercise = requireExercise(attempt.exercise);
  const activity = (part?: string) => ({
    objectType: 'Activity',
    id: `urn:entente:exercise:${exercise.id}:${exercise.version}${part === undefined ? '' : `:${part}`}`,
    definition: { name: exercise.title, type: 'http://adlnet.gov/expapi/activities/assessment' },
  });
  const account = accountAt(home);
  const team = {
    objectType: 'Group',
    name: attempt.team,
    account: { homePage: home, name: attempt.id },
    member: attempt.members.map(account),
  };
  const statements: Record<string, unknown>[] = [];
  const say = (
    verb: keyof typeof VERBS,
    timestamp: string,
    object: unknown,
    actor: unknown,
    more: object = {},
  ) =>
    statements.push({
      id: uuidOf(`${attempt.id} ${statements.length}`),
      actor,
      verb: { id: VERBS[verb], display: { en: verb } },
      object,
      timestamp,
      ...more,
    });
  say('started', attempt.startedAt, activity(), team);
  for (const event of attempt.events) {
    if (event.kind === 'answered')
      say('answered', event.at, activity(event.task), account(event.by), {
        result: { response: event.answer },
      });
    else if (event.kind === 'hint') say('hint', event.at, activity(event.task), account(event.by));
    else if (event.kind === 'inject') say('inject', event.at, activity(event.inject), team);
    else {
      const { points, of, passed } = event.grade;
      const result = {
        score: { raw: points, min: 0, max: of, scaled: points / of },
        success: passed,
        completion: true,
      };
      say(passed ? 'passed' : 'failed', event.at, activity(), team, { result });
    }
  }
  return statements;
}

/** A person's tries at the lessons of a course. */
export async function courseStatements(
  queries: Queries,
  path: string,
  person: string,
  home: string,
): Promise<Record<string, unknown>[]> {
  const { steps } = requireCourse(path);
  const tries = (await lessonEvents(queries, person)).map(({ lesson, right, of, at }, i) => ({
    lesson,
    statement: {
      id: uuidOf(`${home} ${person} lesson ${i}`),
      actor: accountAt(home)(person),
      verb: {
        id: VERBS[right === of ? 'passed' : 'failed'],
        display: { en: right === of ? 'passed' : 'failed' },
      },
      object: {
        objectType: 'Activity',
        id: `urn:entente:lesson:${lesson}`,
        definition: {
          name: Object.fromEntries(LANGUAGES.map((one) => [one, requireLesson(lesson, one).title])),
          type: 'http://adlnet.gov/expapi/activities/lesson',
        },
      },
      timestamp: at,
      result: {
        score: { raw: right, min: 0, max: of, scaled: right / of },
        success: right === of,
        completion: true,
      },
    },
  }));
  return tries
    .filter(({ lesson }) => steps.some(({ kind, id }) => kind === 'lesson' && id === lesson))
    .map(({ statement }) => statement);
}

/** The same statement has the same identifier whenever it is written, so that a store takes it once (RFC 9562 §5.8). */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
