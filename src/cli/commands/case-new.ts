import { openCase } from '../../cases/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';

export const command: Command = {
  name: 'case new',
  usage: 'NAME [--encrypted]',
  details: `
In an encrypted case every exhibit, and whatever is derived from it, is encrypted on disk under a key of its own. Disposing of an exhibit
destroys the key, and the ledger says which.`,
  options: { encrypted: { type: 'boolean', help: 'encrypt its evidence at rest' } },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const opened = await openCase(registry, invocation.positionals.join(' '), {
        encrypted: invocation.flag('encrypted'),
      });
      terminal.out(invocation.json ? JSON.stringify(opened) : `${opened.name} is open: ${opened.id}`);
      return 0;
    }),
};
