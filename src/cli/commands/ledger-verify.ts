import { verifyLedger } from '../../registry/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { formatCount } from '../terminal.ts';

export const command: Command = {
  name: 'ledger verify',
  usage: '',
  details: 'Works without the network. Exit 0: everything holds; 1: it does not, with the first bad leaf.',
  options: {},
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const progress = terminal.progress('verifying', { unit: 'items' });
      const verdict = await verifyLedger(registry, (done, total) => progress.update(done, total));
      progress.end();
      if (invocation.json) terminal.out(JSON.stringify(verdict));
      else if (verdict.ok)
        terminal.out(
          `${terminal.style.green('valid')}  ${formatCount(verdict.leaves)} leaves${verdict.erased > 0 ? `, the contents of ${verdict.erased} erased` : ''}`,
        );
      else
        terminal.out(
          `${terminal.style.red('NOT VALID')}  leaf ${verdict.firstBad!.index}: ${verdict.firstBad!.why}`,
        );
      return verdict.ok ? 0 : 1;
    }),
};
