import { EntenteError } from '../../base/index.ts';
import { removeAccount } from '../../exchange/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';

export const command: Command = {
  name: 'account remove',
  usage: 'NAME',
  options: {},
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const name = invocation.positionals[0];
      if (!name) throw new EntenteError('usage', 'name the account');
      await removeAccount(registry, name);
      terminal.out(
        invocation.json ? JSON.stringify({ username: name, removed: true }) : `${name} is removed`,
      );
      return 0;
    }),
};
