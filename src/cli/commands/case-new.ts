import { exerciseName } from '../../base/index.ts';
import { openCase } from '../../cases/index.ts';
import { markExercise } from '../case-named.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';

export const command: Command = {
  name: 'case new',
  usage: 'NAME [--encrypted] [--exercise]',
  details: `
In an encrypted case every exhibit, and whatever is derived from it, is encrypted on disk under a key of its own. Disposing of an exhibit
destroys the key, and the ledger says which.`,
  options: {
    encrypted: { type: 'boolean', help: 'encrypt its evidence at rest' },
    exercise: {
      type: 'boolean',
      help: 'nothing of it is real: its name says so, and so does all that comes of it',
    },
  },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const name = invocation.positionals.join(' ');
      const opened = await openCase(registry, invocation.flag('exercise') ? exerciseName(name) : name, {
        encrypted: invocation.flag('encrypted'),
      });
      markExercise(opened.name, invocation, terminal);
      terminal.out(invocation.json ? JSON.stringify(opened) : `${opened.name} is open: ${opened.id}`);
      return 0;
    }),
};
