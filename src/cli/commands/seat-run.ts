import { EntenteError } from '../../base/index.ts';
import { askRunThroughSeat, SEAT_TOOLS } from '../../exchange/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';

export const command: Command = {
  name: 'seat run',
  usage: 'EXHIBIT --token TOKEN --tool TOOL',
  options: {
    token: { type: 'string', value: 'TOKEN', help: 'the token of the seat' },
    tool: { type: 'string', value: 'TOOL', help: SEAT_TOOLS.join(', ') },
  },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const number = Number(invocation.positionals[0]);
      if (!Number.isInteger(number)) throw new EntenteError('usage', 'name the exhibit by its number');
      const { act, run } = await askRunThroughSeat(
        registry,
        invocation.required('token'),
        number,
        invocation.required('tool'),
      );
      if (invocation.json) terminal.out(JSON.stringify({ act: act.id, run }));
      else
        terminal.out(
          run ? `${run.id}: ${run.output.findings} findings` : `asked: ${act.id}; the owner decides`,
        );
      return 0;
    }),
};
