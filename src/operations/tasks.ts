/**
 * Tasks of an operation: who does what by when, and what has to be done before. Times are instants in UTC, so
 * that there is one clock for every time zone; each party's own zone is only how it is shown.
 */
import { EntenteError, isId, isTimestamp, newId } from '../base/index.ts';
import { appendLeaf, type Registry } from '../registry/index.ts';
import type { Queries } from '../store/index.ts';
import { assertLeads, type Operation, requireJoined, type Send } from './operations.ts';

export interface Task {
  readonly id: string;
  readonly title: string;
  /** Key of the owner's node; empty for this one. */
  readonly owner: string;
  readonly state: 'open' | 'done' | 'cancelled';
  readonly due: string;
  /** Tasks that have to be done first. */
  readonly after: readonly string[];
  readonly doneAt: string | null;
}

const TITLE_MAX = 300;
const AFTER_MAX = 100;

interface TaskRow {
  id: string;
  owner: string;
  state: Task['state'];
  due: string;
  body: string;
}

export async function listTasks(queries: Queries, operation: Operation): Promise<Task[]> {
  const rows = await queries.all<TaskRow>(
    'SELECT id, owner, state, due, body FROM operation_task WHERE operation_id = ? ORDER BY due, id',
    operation.id,
  );
  return rows.map(({ body, ...row }) => ({
    ...row,
    ...(JSON.parse(body) as Pick<Task, 'title' | 'after' | 'doneAt'>),
  }));
}

async function saveTask(
  tx: Queries,
  operation: Operation,
  { id, owner, state, due, ...body }: Task,
): Promise<void> {
  await tx.run(
    `INSERT INTO operation_task (id, operation_id, owner, state, due, body) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET state = excluded.state, due = excluded.due, body = excluded.body`,
    id,
    operation.id,
    owner,
    state,
    due,
    JSON.stringify(body),
  );
}

/** @throws EntenteError `usage`, `forbidden` when the owner takes no part, `not-found` for a task that would have to come first */
export async function createTask(
  registry: Registry,
  operation: Operation,
  given: {
    readonly title: string;
    readonly owner: string;
    readonly due: string;
    readonly after?: readonly string[];
  },
  send: Send,
): Promise<Task> {
  assertLeads(operation);
  const task = parseTask({ id: newId('task'), after: [], ...given, state: 'open', doneAt: null }, 'usage');
  if (task.owner !== '') await requireJoined(registry.db, operation, task.owner);
  const known = new Set((await listTasks(registry.db, operation)).map(({ id }) => id));
  const missing = task.after.find((id) => !known.has(id)); // only tasks that are there already: no circle can come about
  if (missing) throw new EntenteError('not-found', `there is no task ${missing} to be done first`);
  await registry.db.transaction(async (tx) => {
    await saveTask(tx, operation, task);
    if (task.owner !== '')
      await send(tx, task.owner, { act: 'task', operation: operation.id, task: { ...task, owner: '' } });
    await appendLeaf(tx, registry.clock, 'operation', {
      act: 'task',
      id: operation.id,
      task: task.id,
      owner: task.owner,
      due: task.due,
    });
  });
  return task;
}

function parseTask(value: unknown, code: 'usage' | 'message-invalid'): Task {
  const task = value as Partial<Task> | null;
  const wrong = (what: string) => new EntenteError(code, what);
  if (typeof task?.title !== 'string' || task.title.trim() === '' || task.title.length > TITLE_MAX)
    throw wrong(`a task has a title of up to ${TITLE_MAX} characters`);
  if (typeof task.due !== 'string' || !isTimestamp(task.due))
    throw wrong('a task is due at an instant in UTC, like 2026-12-03T05:00:00Z');
  if (typeof task.id !== 'string' || !isId(task.id, 'task') || typeof task.owner !== 'string')
    throw wrong('a task has an identifier and an owner');
  if (
    !Array.isArray(task.after) ||
    task.after.length > AFTER_MAX ||
    !task.after.every((id) => typeof id === 'string' && isId(id, 'task'))
  )
    throw wrong(`a task comes after up to ${AFTER_MAX} others`);
  if (!['open', 'done', 'cancelled'].includes(task.state ?? ''))
    throw wrong('a task is open, done or cancelled');
  const { id, title, owner, state, due, after } = task as Task;
  return { id, title, owner, state, due, after, doneAt: null };
}

/** What a task still waits for. */
export const blockedBy = (task: Task, tasks: readonly Task[]): Task[] =>
  tasks.filter((other) => task.after.includes(other.id) && other.state === 'open');

/** Its owner has done it, or the lead cancels it. @throws EntenteError `not-found`, `conflict`, `forbidden` */
export async function endTask(
  registry: Registry,
  operation: Operation,
  id: string,
  state: 'done' | 'cancelled',
  send: Send,
): Promise<Task> {
  const tasks = await listTasks(registry.db, operation);
  const task = tasks.find((one) => one.id === id);
  if (!task) throw new EntenteError('not-found', `there is no task ${id.slice(0, 100)} here`);
  if (task.state !== 'open') throw new EntenteError('conflict', `the task is ${task.state} already`);
  if (state === 'done' && task.owner !== '')
    throw new EntenteError('forbidden', 'only its owner says that a task is done');
  if (state === 'cancelled') assertLeads(operation);
  const waits = state === 'done' ? blockedBy(task, tasks) : [];
  if (waits.length > 0) throw new EntenteError('conflict', `"${waits[0]!.title}" has to be done first`);
  const ended: Task = { ...task, state, doneAt: registry.clock().toISOString() };
  await registry.db.transaction(async (tx) => {
    await saveTask(tx, operation, ended);
    if (operation.lead !== '')
      await send(tx, operation.lead, { act: 'task-done', operation: operation.id, task: id });
    else if (task.owner !== '')
      await send(tx, task.owner, { act: 'task', operation: operation.id, task: { ...ended, owner: '' } });
    await appendLeaf(tx, registry.clock, 'operation', { act: 'task', id: operation.id, task: id, state });
  });
  return ended;
}

export async function receiveTask(
  tx: Queries,
  registry: Registry,
  operation: Operation,
  body: Record<string, unknown>,
): Promise<void> {
  const task = parseTask(body['task'], 'message-invalid');
  await saveTask(tx, operation, { ...task, owner: '', after: [] }); // what other parties do first is not this one's to know
  await appendLeaf(tx, registry.clock, 'operation', {
    act: 'task',
    id: operation.id,
    task: task.id,
    state: task.state,
  });
}

export async function receiveTaskDone(
  tx: Queries,
  registry: Registry,
  operation: Operation,
  peer: string,
  body: Record<string, unknown>,
): Promise<void> {
  const task = (await listTasks(tx, operation)).find(
    ({ id, owner }) => id === body['task'] && owner === peer,
  );
  if (!task) throw new EntenteError('forbidden', 'the task is not one of the sender’s');
  await saveTask(tx, operation, { ...task, state: 'done', doneAt: registry.clock().toISOString() });
  await appendLeaf(tx, registry.clock, 'operation', {
    act: 'task',
    id: operation.id,
    task: task.id,
    state: 'done',
    peer,
  });
}
