/** An attempt as xAPI 1.0.3 statements, for a learning record store. Actors are accounts at this node, not mail addresses. */
import { createHash } from 'node:crypto';
import type { Attempt } from './attempts.ts';
import { requireExercise } from './exercises/index.ts';

const VERBS = {
  started: 'http://adlnet.gov/expapi/verbs/initialized',
  answered: 'http://adlnet.gov/expapi/verbs/answered',
  hint: 'http://id.tincanapi.com/verb/requested',
  inject: 'http://adlnet.gov/expapi/verbs/experienced',
  passed: 'http://adlnet.gov/expapi/verbs/passed',
  failed: 'http://adlnet.gov/expapi/verbs/failed',
} as const;

/** `home`: what identifies this node, such as `urn:entente:KEY`. */
export function xapiStatements(attempt: Attempt, home: string): Record<string, unknown>[] {
  const exercise = requireExercise(attempt.exercise);
  const activity = (part?: string) => ({
    objectType: 'Activity',
    id: `urn:entente:exercise:${exercise.id}:${exercise.version}${part === undefined ? '' : `:${part}`}`,
    definition: { name: exercise.title, type: 'http://adlnet.gov/expapi/activities/assessment' },
  });
  const account = (name: string) => ({ objectType: 'Agent', account: { homePage: home, name } });
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

/** The same statement has the same identifier whenever it is written, so that a store takes it once (RFC 9562 §5.8). */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
