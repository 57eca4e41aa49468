import { sendInOperation } from '../../exchange/index.ts';
import { listReminders, remindSilent } from '../../operations/index.ts';
import { operationCommand } from '../operation.ts';

export const command = operationCommand(
  {
    name: 'operation remind',
    summary: 'ask recipients that have been silent; at a party, show what the lead asks about',
    usage: 'OPERATION [--days N]',
    details:
      'A package that was not read, or whose items have no outcome, is asked about once in N days. Run it from the system’s timer.',
    options: { days: { type: 'string', value: 'N', help: 'silence of so many days (default 7)' } },
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
                  `${one.at} ${one.package}: ${one.about === 'unread' ? 'please read it' : 'please report outcomes'}`,
              ),
      };
    }
    const days = invocation.integer('days', { min: 1, max: 365, default: 7 });
    const sent = await remindSilent(registry, operation, days, sendInOperation(registry));
    return { value: sent, lines: [`${sent.length} reminded`] };
  },
);
