/**
 * The questions that silence raises: a package that was not read, items without an outcome, a task past its time. Each is asked once in a period, by the
 * running node or by command, and what was asked is stored with the asking, so that a restart neither forgets nor asks again.
 */
import { EntenteError, isId } from '../base/index.ts';
import { appendLeaf, type Registry } from '../registry/index.ts';
import type { Queries } from '../store/index.ts';
import { assertLeads, listOperations, type Operation, type Send } from './operations.ts';
import { listTasks } from './tasks.ts';

export interface Reminder {
  /** Identifier of the package or task. */
  readonly id: string;
  readonly peer: string;
  readonly about: 'unread' | 'outcomes' | 'task';
  /** Items of the package without an outcome; 1 for a task. */
  readonly open: number;
}

const DAY_MS = 86_400_000;
const ABOUT: readonly unknown[] = ['unread', 'outcomes', 'task'] satisfies Reminder['about'][];

/** Asks everybody who has been silent for `days`, once in that time. @throws EntenteError `forbidden`, `conflict` */
export async function remindSilent(
  registry: Registry,
  operation: Operation,
  days: number,
  send: Send,
): Promise<Reminder[]> {
  assertLeads(operation);
  return registry.db.transaction(async (tx) => {
    const now = registry.clock();
    const at = now.toISOString();
    const reminders = await findSilent(tx, operation, now, days);
    for (const { id, peer, about, open } of reminders) {
      await tx.run(
        `INSERT INTO operation_reminder (package_id, at, direction, about) VALUES (?, ?, 'out', ?)`,
        id,
        at,
        about,
      );
      await send(tx, peer, { act: 'remind', operation: operation.id, id, about, open });
    }
    if (reminders.length > 0)
      await appendLeaf(tx, registry.clock, 'operation', {
        act: 'reminded',
        id: operation.id,
        about: reminders.map((one) => one.id),
      });
    return reminders;
  });
}

/** Read in the transaction that asks: a command and the node beside it do not both ask. */
async function findSilent(tx: Queries, operation: Operation, now: Date, days: number): Promise<Reminder[]> {
  const before = new Date(now.getTime() - days * DAY_MS).toISOString();
  const rows = await tx.all<{ id: string; peer: string; read_at: string | null; open: number }>(
    `SELECT p.id, p.peer, p.read_at, (SELECT count(*) FROM operation_package_item i WHERE i.package_id = p.id AND i.recalled_at IS NULL AND NOT EXISTS
       (SELECT 1 FROM operation_outcome o WHERE o.target_id = i.target_id AND o.peer = p.peer)) AS open
     FROM operation_package p JOIN operation_party y ON y.operation_id = p.operation_id AND y.peer = p.peer AND y.state = 'joined'
     WHERE p.operation_id = ? AND p.direction = 'out' AND p.at <= ? AND NOT EXISTS
       (SELECT 1 FROM operation_reminder r WHERE r.package_id = p.id AND r.at > ?) ORDER BY p.at, p.id`,
    operation.id,
    before,
    before,
  );
  const reminders = rows
    .map(
      ({ id, peer, read_at, open }): Reminder => ({
        id,
        peer,
        about: read_at === null ? 'unread' : 'outcomes',
        open: Number(open),
      }),
    )
    .filter(({ about, open }) => about === 'unread' || open > 0);
  for (const { id, owner, state, due } of await listTasks(tx, operation)) {
    if (state !== 'open' || owner === '' || due > now.toISOString()) continue;
    const asked = await tx.get(
      'SELECT 1 FROM operation_reminder WHERE package_id = ? AND at > ?',
      id,
      before,
    );
    if (!asked) reminders.push({ id, peer: owner, about: 'task', open: 1 });
  }
  return reminders;
}

/** What is due in every operation that this node leads; the running node calls it. Returns how many were asked. */
export async function remindDue(registry: Registry, send: Send): Promise<number> {
  let asked = 0;
  for (const operation of await listOperations(registry.db)) {
    if (operation.lead !== '' || operation.state !== 'open' || operation.remindDays === 0) continue;
    asked += (await remindSilent(registry, operation, operation.remindDays, send)).length;
  }
  return asked;
}

/** @throws EntenteError `message-invalid`, `forbidden` for something that is not here */
export async function receiveReminder(
  tx: Queries,
  registry: Registry,
  operation: Operation,
  body: Record<string, unknown>,
): Promise<void> {
  const { id, about } = body;
  const isTask = about === 'task';
  if (typeof id !== 'string' || !isId(id, isTask ? 'task' : 'package') || !ABOUT.includes(about))
    throw new EntenteError('message-invalid', 'the message is no reminder');
  const known = await tx.get(
    isTask
      ? 'SELECT 1 FROM operation_task WHERE id = ? AND operation_id = ?'
      : `SELECT 1 FROM operation_package WHERE id = ? AND operation_id = ? AND direction = 'in'`,
    id,
    operation.id,
  );
  if (!known) throw new EntenteError('forbidden', 'the reminder is about something that is not here');
  await tx.run(
    `INSERT INTO operation_reminder (package_id, at, direction, about) VALUES (?, ?, 'in', ?) ON CONFLICT DO NOTHING`,
    id,
    registry.clock().toISOString(),
    about as string,
  );
}

/** Reminders that came, newest last. */
export function listReminders(
  queries: Queries,
  operation: Operation,
): Promise<{ id: string; at: string; about: Reminder['about'] }[]> {
  return queries.all(
    `SELECT r.package_id AS id, r.at, r.about FROM operation_reminder r WHERE r.direction = 'in' AND r.package_id IN
       (SELECT id FROM operation_package WHERE operation_id = ? UNION SELECT id FROM operation_task WHERE operation_id = ?) ORDER BY r.at`,
    operation.id,
    operation.id,
  );
}
