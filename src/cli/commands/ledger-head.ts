import { currentCheckpoint, ledgerSize } from '../../registry/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';

export const command: Command = {
  name: 'ledger head',
  usage: '',
  options: {},
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const checkpoint = await currentCheckpoint(registry);
      terminal.out(
        invocation.json
          ? JSON.stringify({ size: await ledgerSize(registry.db), checkpoint })
          : checkpoint.trimEnd(),
      );
      return 0;
    }),
};
