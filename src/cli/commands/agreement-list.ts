import { listAgreements } from '../../registry/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { table } from '../table.ts';

export const command: Command = {
  name: 'agreement list',
  usage: '',
  options: {},
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const views = await listAgreements(registry);
      if (invocation.json) for (const view of views) terminal.out(JSON.stringify(view));
      else if (views.length === 0) terminal.out('no agreements yet; `entente agreement new` drafts one');
      else {
        const rows = views.map((view) => [
          view.state,
          view.title,
          view.from.slice(0, 10),
          view.until.slice(0, 10),
          view.parties.join(', '),
          view.id,
        ]);
        for (const line of table(['state', 'title', 'from', 'until', 'parties', 'identifier'], rows))
          terminal.out(line);
      }
      return 0;
    }),
};
