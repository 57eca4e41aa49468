/** Attempts at exercises: a team, its case, and everything it answered, was told and was helped with, in order. A graded attempt takes no more. */
import { EntenteError, newId } from '../../base/index.ts';
import { appendLeaf, type Registry } from '../../registry/index.ts';
import type { Queries } from '../../store/index.ts';
import type { Exercise, Words } from './exercise.ts';
import { requireExercise } from './exercises/index.ts';
import { type AttemptRecord, type CaseActions, type Grade, gradeAttempt, openTasks } from './grade.ts';

export type AttemptEvent =
  | { readonly kind: 'answered'; readonly task: string; readonly answer: string; readonly by: string }
  | { readonly kind: 'hint'; readonly task: string; readonly by: string }
  | { readonly kind: 'inject'; readonly inject: string; readonly by: string }
  | { readonly kind: 'graded'; readonly grade: Grade; readonly by: string };

export interface Attempt {
  readonly id: string;
  readonly exercise: string;
  readonly case: string;
  readonly startedAt: string;
  readonly team: string;
  readonly members: readonly string[];
  readonly events: readonly (AttemptEvent & { readonly at: string })[];
  readonly grade: Grade | null;
}

/** What the agreement engine says. */
const VERDICTS: readonly string[] = ['allow', 'deny', 'ask'];

const NAME_MAX = 120;
const MEMBERS_MAX = 30;
const ANSWER_MAX = 500;
const EVENTS_MAX = 1_000;

const isName = (name: string) =>
  name.trim() !== '' && name.length <= NAME_MAX && !/[\p{Cc}\p{Cf}]/u.test(name);

/** The case is opened and filled before, by whoever has the case room. @throws EntenteError `usage` */
export async function startAttempt(
  registry: Registry,
  exercise: Exercise,
  made: { readonly case: string; readonly team: string; readonly members: readonly string[] },
): Promise<Attempt> {
  assertTeam(made.team, made.members);
  const id = newId('attempt');
  const body = { team: made.team, members: [...new Set(made.members)] };
  await registry.db.transaction(async (tx) => {
    await tx.run(
      'INSERT INTO exercise_attempt (id, exercise, case_id, started_at, body) VALUES (?, ?, ?, ?, ?)',
      id,
      exercise.id,
      made.case,
      registry.clock().toISOString(),
      JSON.stringify(body),
    );
    await appendLeaf(tx, registry.clock, 'exercise', {
      attempt: id,
      exercise: exercise.id,
      version: exercise.version,
      what: 'started',
    });
  });
  return requireAttempt(registry.db, id);
}

/** @throws EntenteError `usage` */
export function assertTeam(team: string, members: readonly string[]): void {
  if (!isName(team) || members.length === 0 || members.length > MEMBERS_MAX || !members.every(isName))
    throw new EntenteError(
      'usage',
      `a team has a name and 1 to ${MEMBERS_MAX} members, each named in up to ${NAME_MAX} characters`,
    );
}

/** The last answer to a task counts. @throws EntenteError `not-found`, `conflict` after grading */
export function answerTask(
  registry: Registry,
  id: string,
  task: string,
  answer: string,
  by: string,
): Promise<Attempt> {
  return append(registry, id, (attempt, exercise) => {
    const found = taskOf(attempt, exercise, task);
    if (found.kind === 'action')
      throw new EntenteError('usage', 'this is done in the case, and seen there; it takes no answer');
    if (found.kind === 'handling' && !VERDICTS.includes(answer.trim().toLowerCase()))
      throw new EntenteError('usage', `this is answered with one of: ${VERDICTS.join(', ')}`);
    if (answer.length > ANSWER_MAX)
      throw new EntenteError('usage', `an answer has up to ${ANSWER_MAX} characters`);
    return { kind: 'answered', task, answer, by };
  });
}

/** Costs points once, however often it is read. @throws EntenteError `not-found` when the task has none */
export async function takeHint(
  registry: Registry,
  id: string,
  task: string,
  by: string,
): Promise<{ cost: number; words: Words }> {
  const { exercise } = await requireAttempt(registry.db, id);
  const hint = requireExercise(exercise).tasks.find((one) => one.id === task)?.hint;
  await append(registry, id, (attempt, found) => {
    taskOf(attempt, found, task);
    if (!hint) throw new EntenteError('not-found', `there is no hint for "${task}"`);
    return { kind: 'hint', task, by };
  });
  return hint!;
}

/** The instructor brings something in. @throws EntenteError `not-found` */
export async function inject(registry: Registry, id: string, injectId: string, by: string): Promise<Words> {
  const { exercise } = await requireAttempt(registry.db, id);
  const found = requireExercise(exercise).injects.find((one) => one.id === injectId);
  await append(registry, id, () => {
    if (!found)
      throw new EntenteError(
        'not-found',
        `the exercise has no inject "${injectId.slice(0, 60)}"; it has: ${requireExercise(exercise)
          .injects.map((one) => one.id)
          .join(', ')}`,
      );
    return { kind: 'inject', inject: injectId, by };
  });
  return found!.words;
}

/** Ends the attempt. */
export function grade(registry: Registry, id: string, actions: CaseActions, by: string): Promise<Attempt> {
  return append(registry, id, (attempt, exercise) => ({
    kind: 'graded',
    grade: gradeAttempt(exercise, recordOf(attempt), actions),
    by,
  }));
}

export function recordOf({ events }: Attempt): AttemptRecord {
  const answers = new Map<string, string>();
  const hints = new Set<string>();
  const injects = new Set<string>();
  for (const event of events) {
    if (event.kind === 'answered') answers.set(event.task, event.answer);
    if (event.kind === 'hint') hints.add(event.task);
    if (event.kind === 'inject') injects.add(event.inject);
  }
  return { answers, hints, injects };
}

function taskOf(attempt: Attempt, exercise: Exercise, task: string) {
  const open = openTasks(exercise, recordOf(attempt).injects);
  const found = open.find(({ id }) => id === task);
  if (!found)
    throw new EntenteError(
      'not-found',
      `there is no task "${task.slice(0, 60)}" now; there are: ${open.map(({ id }) => id).join(', ')}`,
    );
  return found;
}

async function append(
  registry: Registry,
  id: string,
  make: (attempt: Attempt, exercise: Exercise) => AttemptEvent,
): Promise<Attempt> {
  await registry.db.transaction(async (tx) => {
    const attempt = await requireAttempt(tx, id);
    if (attempt.grade) throw new EntenteError('conflict', 'the attempt was graded; start another');
    if (attempt.events.length >= EVENTS_MAX)
      throw new EntenteError('input-limit', `an attempt has up to ${EVENTS_MAX} answers and hints`);
    const event = make(attempt, requireExercise(attempt.exercise));
    await tx.run(
      'INSERT INTO exercise_event (attempt_id, seq, kind, at, body) VALUES (?, ?, ?, ?, ?)',
      attempt.id,
      attempt.events.length + 1,
      event.kind,
      registry.clock().toISOString(),
      JSON.stringify(event),
    );
    if (event.kind === 'graded')
      await appendLeaf(tx, registry.clock, 'exercise', {
        attempt: attempt.id,
        what: 'graded',
        percent: event.grade.percent,
      });
  });
  return requireAttempt(registry.db, id);
}

/** @throws EntenteError `not-found` */
export async function requireAttempt(queries: Queries, id: string): Promise<Attempt> {
  const row = await queries.get<{
    id: string;
    exercise: string;
    case_id: string;
    started_at: string;
    body: string;
  }>(
    'SELECT id, exercise, case_id, started_at, body FROM exercise_attempt WHERE id = ?',
    id.startsWith('attempt--') ? id : `attempt--${id}`,
  );
  if (!row) throw new EntenteError('not-found', `there is no attempt ${id.slice(0, 60)}`);
  const rows = await queries.all<{ at: string; body: string }>(
    'SELECT at, body FROM exercise_event WHERE attempt_id = ? ORDER BY seq',
    row.id,
  );
  const events = rows.map(({ at, body }) => ({ ...(JSON.parse(body) as AttemptEvent), at }));
  const graded = events.find((event) => event.kind === 'graded');
  return {
    id: row.id,
    exercise: row.exercise,
    case: row.case_id,
    startedAt: row.started_at,
    ...(JSON.parse(row.body) as { team: string; members: string[] }),
    events,
    grade: graded?.grade ?? null,
  };
}

/** Shown at once; a trainer who has more looks for one by its case. */
const LISTED_MAX = 500;

/** Attempts, the newest first; `member` limits them to those of teams with this person. */
export async function listAttempts(queries: Queries, member?: string): Promise<Attempt[]> {
  const rows = await queries.all<{ id: string; body: string }>(
    'SELECT id, body FROM exercise_attempt ORDER BY started_at DESC, id',
  );
  const found = rows.filter(
    ({ body }) =>
      member === undefined || (JSON.parse(body) as { members: string[] }).members.includes(member),
  );
  return Promise.all(found.slice(0, LISTED_MAX).map(({ id }) => requireAttempt(queries, id)));
}

/** The team whose attempt at an exercise a case is; null for a case that is none. */
export async function membersIn(queries: Queries, caseId: string): Promise<readonly string[] | null> {
  const row = await queries.get<{ body: string }>(
    'SELECT body FROM exercise_attempt WHERE case_id = ?',
    caseId,
  );
  return row ? (JSON.parse(row.body) as { members: string[] }).members : null;
}
