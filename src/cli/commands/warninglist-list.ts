import { listWarninglists } from '../../intel/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { table } from '../table.ts';
import { formatCount } from '../terminal.ts';

export const command: Command = {
  name: 'warninglist list',
  usage: '',
  options: {},
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const lists = await listWarninglists(registry);
      if (invocation.json) for (const list of lists) terminal.out(JSON.stringify(list));
      else if (lists.length === 0)
        terminal.out('no warninglists; `entente warninglist add FILE…` keeps some');
      else {
        const rows = lists.map(({ name, version, entries, addedAt }) => [
          name,
          version,
          formatCount(entries),
          addedAt,
        ]);
        for (const line of table(['name', 'version', 'entries', 'since'], rows)) terminal.out(line);
      }
      return 0;
    }),
};
