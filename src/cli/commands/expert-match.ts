import { EntenteError } from '../../base/index.ts';
import { calendarOf, type Lack, listExperts, matchExperts, requireRequest } from '../../desk/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { table } from '../table.ts';

function words(lack: Lack): string {
  switch (lack.what) {
    case 'clearance':
      return `clearance "${lack.has}", and "${lack.needed}" is needed`;
    case 'free-days':
      return `${lack.needed} free days; there are ${lack.has} in time`;
    default:
      return `${lack.what} "${lack.needed}"`;
  }
}

export const command: Command = {
  name: 'expert match',
  usage: 'REQUEST',
  options: {},
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const id = invocation.positionals[0];
      if (!id) throw new EntenteError('usage', 'name the request');
      const request = await requireRequest(registry.db, id);
      const { skills, languages, clearance, amount } = request.ask;
      const fits = matchExperts(
        await listExperts(registry.db),
        { skills, languages, clearance, days: amount, from: registry.clock() },
        await calendarOf(registry.db, request.peer),
      );
      if (invocation.json) for (const fit of fits) terminal.out(JSON.stringify(fit));
      else {
        const rows = fits.map(({ expert, lacks, sharedHours }) => [
          expert.name,
          lacks.length === 0 ? 'fits' : 'lacks',
          lacks.length === 0 ? `${sharedHours} hours a week in common` : lacks.map(words).join('; '),
        ]);
        for (const line of table(['name', '', 'why'], rows)) terminal.out(line);
      }
      return fits.some(({ lacks }) => lacks.length === 0) ? 0 : 1;
    }),
};
