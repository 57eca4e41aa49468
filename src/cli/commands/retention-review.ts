import { listDue, recordReview } from '../../intel/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';

export const command: Command = {
  name: 'retention review',
  usage: '--by NAME',
  details: `
What is not needed any more is better recalled by its contributor or left to \`entente retention run\` on its day. The ledger keeps who reviewed what.`,
  options: { by: { type: 'string', value: 'NAME', help: 'who looked' } },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const by = invocation.required('by');
      const due = (await listDue(registry)).filter(({ what }) => what === 'review');
      for (const one of due) await recordReview(registry, one, by);
      if (invocation.json) terminal.out(JSON.stringify({ reviewed: due.length }));
      else terminal.out(`${due.length} reviews noted`);
      return 0;
    }),
};
