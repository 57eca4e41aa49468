import { readQueue } from '../../operations/index.ts';
import { operationCommand } from '../operation.ts';
import { formatCount } from '../terminal.ts';

const SHOWN = 50;

export const command = operationCommand(
  {
    name: 'operation queue',
    usage: 'OPERATION',
    details: 'Decide with `operation route`, `operation hold`, `operation mark`.',
    options: {},
  },
  async ({ registry, operation }) => {
    const waiting = await readQueue(registry.db, operation);
    const lines = waiting
      .slice(0, SHOWN)
      .flatMap(({ value, queue, decision, mark, placement }) => [
        `${value}  ${mark}  ${decision === 'hold' ? 'held' : queue}`,
        ...(placement?.candidates ?? []).map(
          ({ country, confidence, grounds }) =>
            `    ${country} ${confidence} %: ${grounds.map(({ reason, from }) => `${reason} (${from})`).join(', ')}`,
        ),
        ...(placement?.notes ?? []).map((note) => `    ${note}`),
      ]);
    const more =
      waiting.length > SHOWN ? [`… ${formatCount(waiting.length - SHOWN)} more; --json has all`] : [];
    return { value: waiting, lines: waiting.length === 0 ? ['nothing waits'] : [...lines, ...more] };
  },
);
