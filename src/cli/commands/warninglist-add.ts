import { EntenteError } from '../../base/index.ts';
import { addWarninglist, readWarninglist } from '../../intel/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { formatCount, printable } from '../terminal.ts';

export const command: Command = {
  name: 'warninglist add',
  usage: 'FILE…',
  details: `
Values on a kept list are marked wherever this node shows or finds them; nothing is hidden. A list of the same name is replaced.`,
  options: {},
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      if (invocation.positionals.length === 0) throw new EntenteError('usage', 'name at least one file');
      for (const file of invocation.positionals) {
        const added = await addWarninglist(registry, await readWarninglist(file), file);
        if (invocation.json) terminal.out(JSON.stringify(added));
        else terminal.out(`${printable(added.name)}: ${formatCount(added.entries)} entries`);
      }
      return 0;
    }),
};
