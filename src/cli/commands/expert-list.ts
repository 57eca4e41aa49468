import { listExperts } from '../../desk/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { table } from '../table.ts';

export const command: Command = {
  name: 'expert list',
  usage: '',
  options: {},
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const experts = await listExperts(registry.db);
      if (invocation.json) for (const expert of experts) terminal.out(JSON.stringify(expert));
      else if (experts.length === 0) terminal.out('nobody yet; `entente expert add FILE`');
      else {
        const rows = experts.map((one) => [
          one.name,
          one.clearance,
          one.calendar.timeZone,
          one.skills.join(', '),
          one.languages.join(', '),
          one.id,
        ]);
        for (const line of table(['name', 'clearance', 'time zone', 'skills', 'languages', 'id'], rows))
          terminal.out(line);
      }
      return 0;
    }),
};
