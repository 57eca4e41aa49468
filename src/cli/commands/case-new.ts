import { openCase } from '../../cases/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';

export const command: Command = {
  name: 'case new',
  summary: 'open a case',
  usage: 'NAME',
  options: {},
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const opened = await openCase(registry, invocation.positionals.join(' '));
      terminal.out(invocation.json ? JSON.stringify(opened) : `${opened.name} is open: ${opened.id}`);
      return 0;
    }),
};
