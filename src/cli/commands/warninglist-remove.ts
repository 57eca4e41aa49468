import { EntenteError } from '../../base/index.ts';
import { removeWarninglist } from '../../intel/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { printable } from '../terminal.ts';

export const command: Command = {
  name: 'warninglist remove',
  usage: 'NAME',
  options: {},
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const name = invocation.positionals[0];
      if (!name) throw new EntenteError('usage', 'name the list, as `entente warninglist list` does');
      await removeWarninglist(registry, name);
      if (invocation.json) terminal.out(JSON.stringify({ removed: name }));
      else terminal.out(`${printable(name)} is kept no longer`);
      return 0;
    }),
};
