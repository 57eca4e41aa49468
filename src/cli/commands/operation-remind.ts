import { sendInOperation } from '../../exchange/index.ts';
import { changeOperation, listReminders, REMIND_DAYS_MAX, remindSilent } from '../../operations/index.ts';
import { operationCommand } from '../operation.ts';

export const command = operationCommand(
  {
    name: 'operation remind',
    usage: 'OPERATION [--days N] [--every N]',
    details:
      'A package that was not read, items without an outcome and a task past its time are asked about once in N days. The running node does so by itself, after 7 days unless --every says otherwise; without --every this command asks at once.',
    options: {
      days: { type: 'string', value: 'N', help: 'ask now about silence of so many days (default 7)' },
      every: {
        type: 'string',
        value: 'N',
        help: 'the node asks by itself every N days from now on; 0: never',
      },
    },
  },
  async ({ registry, operation, invocation }) => {
    if (operation.lead !== '') {
      const asked = await listReminders(registry.db, operation);
      return {
        value: asked,
        lines:
          asked.length === 0
            ? ['nothing is asked']
            : asked.map(
                (one) =>
                  `${one.at} ${one.id}: ${{ unread: 'please read it', outcomes: 'please report outcomes', task: 'the task is past its time' }[one.about]}`,
              ),
      };
    }
    if (invocation.string('every') !== undefined) {
      const every = invocation.integer('every', { min: 0, max: REMIND_DAYS_MAX, default: 0 });
      await changeOperation(registry, operation, { remindDays: every }, sendInOperation(registry));
      return {
        value: { every },
        lines: [
          every === 0 ? 'the node asks nobody by itself' : `the node asks by itself every ${every} days`,
        ],
      };
    }
    const days = invocation.integer('days', { min: 1, max: REMIND_DAYS_MAX, default: 7 });
    const sent = await remindSilent(registry, operation, days, sendInOperation(registry));
    return { value: sent, lines: [`${sent.length} reminded`] };
  },
);
