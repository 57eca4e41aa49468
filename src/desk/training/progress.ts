/** How far a person is: the lessons whose questions were all answered rightly, and the exercises that a team with the person passed. */
import { createHash } from 'node:crypto';
import { EntenteError } from '../../base/index.ts';
import { appendLeaf, type Registry } from '../../registry/index.ts';
import type { Queries } from '../../store/index.ts';
import { assertTeam } from './attempts.ts';
import { COURSES, type Course, type Step } from './courses.ts';
import { requireLesson } from './lesson.ts';

interface LessonEvent {
  readonly kind: 'lesson';
  readonly lesson: string;
  readonly right: number;
  readonly of: number;
  readonly by: string;
}

/** Tries at lessons that are kept of one person: a course has five lessons, so nobody who learns meets it. */
const TRIES_MAX = 1_000;

/** A person's tries stand among the events of attempts, under a record of their own. */
const recordOf = (person: string) =>
  `trainee--${createHash('sha256').update(person.normalize('NFC')).digest('hex').slice(0, 32)}`;

export interface LessonResult {
  readonly passed: boolean;
  /** By question; why it is right is told to who knew. */
  readonly answers: readonly { readonly right: boolean; readonly why: string | null }[];
}

/** One choice for each question, from 1. Wrong ones are named, and may be answered again. @throws EntenteError `not-found`, `usage`, `input-limit` */
export async function answerLesson(
  registry: Registry,
  id: string,
  choices: readonly number[],
  person: string,
  language: Parameters<typeof requireLesson>[1],
): Promise<LessonResult> {
  const { questions } = requireLesson(id, language);
  assertTeam('lesson', [person]);
  if (
    choices.length !== questions.length ||
    questions.some(({ choices: offered }, i) => offered[choices[i]! - 1] === undefined)
  )
    throw new EntenteError(
      'usage',
      `the lesson has ${questions.length} questions; each takes the number of a choice: ${questions.map((one) => `1-${one.choices.length}`).join(', ')}`,
    );
  const answers = questions.map(({ right, why }, i) =>
    right === choices[i] ? { right: true, why } : { right: false, why: null },
  );
  const passed = answers.every(({ right }) => right);
  await registry.db.transaction(async (tx) => {
    const record = recordOf(person);
    const before = await lessonEvents(tx, person);
    if (before.length >= TRIES_MAX)
      throw new EntenteError('input-limit', `a person has up to ${TRIES_MAX} tries at lessons`);
    const right = answers.filter((one) => one.right).length;
    const event: LessonEvent = { kind: 'lesson', lesson: id, right, of: answers.length, by: person };
    await tx.run(
      'INSERT INTO exercise_event (attempt_id, seq, kind, at, body) VALUES (?, ?, ?, ?, ?)',
      record,
      before.length + 1,
      event.kind,
      registry.clock().toISOString(),
      JSON.stringify(event),
    );
    if (passed && !before.some((one) => one.lesson === id && one.right === one.of))
      await appendLeaf(tx, registry.clock, 'exercise', { lesson: id, what: 'lesson-passed' });
  });
  return { passed, answers };
}

/** A person's tries at lessons, oldest first. */
export async function lessonEvents(
  queries: Queries,
  person: string,
): Promise<(LessonEvent & { readonly at: string })[]> {
  const rows = await queries.all<{ at: string; body: string }>(
    'SELECT at, body FROM exercise_event WHERE attempt_id = ? ORDER BY seq',
    recordOf(person),
  );
  return rows.map(({ at, body }) => ({ ...(JSON.parse(body) as LessonEvent), at }));
}

export interface CourseProgress {
  readonly course: Course;
  readonly steps: readonly { readonly step: Step; readonly done: boolean }[];
  readonly finished: boolean;
}

/** Every course, as far as the person is. */
export async function progressOf(queries: Queries, person: string): Promise<CourseProgress[]> {
  const done = new Set<string>();
  for (const { lesson, right, of } of await lessonEvents(queries, person))
    if (right === of) done.add(`lesson ${lesson}`);
  const graded = await queries.all<{ exercise: string; team: string; event: string }>(
    `SELECT a.exercise, a.body AS team, e.body AS event
     FROM exercise_event e JOIN exercise_attempt a ON a.id = e.attempt_id WHERE e.kind = 'graded'`,
  );
  for (const { exercise, team, event } of graded) {
    const { members } = JSON.parse(team) as { members: string[] };
    const { grade } = JSON.parse(event) as { grade: { passed: boolean } };
    if (grade.passed && members.includes(person)) done.add(`exercise ${exercise}`);
  }
  return COURSES.map((course) => {
    const steps = course.steps.map((step) => ({ step, done: done.has(`${step.kind} ${step.id}`) }));
    return { course, steps, finished: steps.every((one) => one.done) };
  });
}
