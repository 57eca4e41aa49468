import { EntenteError } from '../../base/index.ts';
import { sendInOperation } from '../../exchange/index.ts';
import { blockedBy, createTask, endTask, listTasks } from '../../operations/index.ts';
import { listPeers, requirePeer } from '../../registry/index.ts';
import { operationCommand } from '../operation.ts';
import { table } from '../table.ts';

export const command = operationCommand(
  {
    name: 'operation task',
    usage:
      'OPERATION [TITLE --due TIME [--owner PEER] [--after TASK …]] | OPERATION --done TASK | --cancel TASK',
    options: {
      due: { type: 'string', value: 'TIME', help: 'by when, RFC 3339 in UTC' },
      owner: { type: 'string', value: 'PEER', help: 'who does it (default this organisation)' },
      after: { type: 'string', many: true, value: 'TASK', help: 'what has to be done first' },
      done: { type: 'string', value: 'TASK', help: 'this organisation has done it' },
      cancel: { type: 'string', value: 'TASK', help: 'it is not to be done any more' },
    },
  },
  async ({ registry, operation, invocation, rest }) => {
    const send = sendInOperation(registry);
    for (const state of ['done', 'cancelled'] as const) {
      const id = invocation.string(state === 'done' ? 'done' : 'cancel');
      if (id === undefined) continue;
      const ended = await endTask(registry, operation, id, state, send);
      return { value: ended, lines: [`"${ended.title}" is ${state}`] };
    }
    if (rest.length > 0) {
      const owner = invocation.string('owner');
      const due = invocation.string('due');
      if (due === undefined) throw new EntenteError('usage', '--due is missing');
      const kid = owner === undefined ? '' : (await requirePeer(registry.db, owner)).kid;
      const task = await createTask(
        registry,
        operation,
        { title: rest.join(' '), owner: kid, due, after: invocation.strings('after') },
        send,
      );
      return { value: task, lines: [`${task.id}: "${task.title}", due ${task.due}`] };
    }
    const names = new Map((await listPeers(registry.db)).map(({ kid, name }) => [kid, name]));
    const tasks = await listTasks(registry.db, operation);
    const now = registry.clock().toISOString();
    const rows = tasks.map((task) => [
      task.id,
      task.title,
      task.owner === '' ? registry.name : (names.get(task.owner) ?? task.owner),
      task.state === 'open' && task.due < now ? 'late' : task.state,
      task.due,
      blockedBy(task, tasks)
        .map(({ title }) => title)
        .join(', '),
    ]);
    return {
      value: tasks,
      lines:
        rows.length === 0
          ? ['no tasks yet']
          : table(['task', 'what', 'owner', 'state', 'due', 'waits for'], rows),
    };
  },
);
