import { EntenteError } from '../../base/index.ts';
import { removeExpert, requireExpert } from '../../desk/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';

export const command: Command = {
  name: 'expert remove',
  usage: 'NAME',
  options: {},
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const name = invocation.positionals[0];
      if (!name) throw new EntenteError('usage', 'name the person');
      const { id } = await requireExpert(registry.db, name);
      await removeExpert(registry, id);
      terminal.out(invocation.json ? JSON.stringify({ removed: id }) : `removed ${id}`);
      return 0;
    }),
};
