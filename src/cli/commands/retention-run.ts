import { pushMessages, queueMessage } from '../../exchange/index.ts';
import { eraseDue, listDue } from '../../intel/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { formatCount } from '../terminal.ts';

export const command: Command = {
  name: 'retention run',
  usage: '',
  details: `
Erases what a flow's retention or the clauses on an agreement's end say is over: \`entente retention list\` shows it before. The ledger keeps how much was erased, by
which clause, and a digest; the contributor gets the same.`,
  options: {},
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const now = registry.clock().toISOString();
      let objects = 0;
      const erasures = [];
      for (const due of await listDue(registry)) {
        if (due.what !== 'erase' || due.dueAt > now) continue;
        const erased = await eraseDue(registry, due, (tx, peer, body) =>
          queueMessage(tx, registry, peer, 'erasure', body),
        );
        erasures.push(...erased);
        objects += erased.reduce((sum, one) => sum + one.objects, 0);
      }
      const pushed = await pushMessages(registry);
      if (invocation.json) terminal.out(JSON.stringify({ objects, erasures, waiting: pushed.waiting }));
      else
        terminal.out(
          objects === 0
            ? 'nothing is due'
            : `${formatCount(objects)} objects erased; their contributors are told`,
        );
      for (const problem of pushed.problems) terminal.note(problem);
      return 0;
    }),
};
