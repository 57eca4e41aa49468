import { listDue, listErasures } from '../../intel/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { table } from '../table.ts';
import { formatCount } from '../terminal.ts';

export const command: Command = {
  name: 'retention list',
  usage: '[--days N]',
  options: { days: { type: 'string', value: 'N', help: 'how far to look ahead (default 30)' } },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const due = await listDue(registry, invocation.integer('days', { min: 0, max: 3_660, default: 30 }));
      const erasures = await listErasures(registry);
      if (invocation.json) {
        terminal.out(JSON.stringify({ due, erasures }));
        return 0;
      }
      const now = registry.clock().toISOString();
      if (due.length === 0) terminal.out('nothing is due');
      else
        for (const line of table(
          ['due', 'what', 'objects', 'from', 'came on', 'class', 'clause'],
          due.map((one) => [
            one.dueAt <= now ? 'now' : one.dueAt.slice(0, 10),
            one.what,
            `${formatCount(one.objects)}${one.inOpenCases > 0 ? ` (${one.inOpenCases} stay for open cases)` : ''}`,
            one.contributorName,
            one.day,
            one.words,
            one.clause,
          ]),
        ))
          terminal.out(line);
      for (const one of erasures)
        terminal.out(
          `${one.at.slice(0, 10)}  ${formatCount(one.objects)} objects erased ${one.direction === 'in' ? `at ${one.peerName}` : `here, of ${one.peerName}`}: ${one.words} (${one.clause})`,
        );
      return 0;
    }),
};
