import { EntenteError, exerciseName } from '../../base/index.ts';
import { createOperation } from '../../operations/index.ts';
import { markExercise } from '../case-named.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';

export const command: Command = {
  name: 'operation new',
  usage: 'NAME [--title TEXT] [--purpose TEXT] [--tlp LEVEL] [--action-day TIME] [--exercise]',
  details: `
Clauses of agreements can be limited to operations by NAME. Parties join under their own agreements with this node: invite them, take in
targets, slice them by country, package, send, and see what came of it.`,
  options: {
    exercise: {
      type: 'boolean',
      help: 'nothing of it is real: its title says so, and so does all that comes of it',
    },
    title: { type: 'string', value: 'TEXT', help: 'what people call it (default NAME)' },
    purpose: { type: 'string', value: 'TEXT', help: 'what it is for; every party reads this' },
    tlp: {
      type: 'string',
      value: 'LEVEL',
      help: 'marking of what it sends: clear, green, amber (default), amber+strict, red',
    },
    'action-day': {
      type: 'string',
      value: 'TIME',
      help: 'the one instant of the action day, RFC 3339 in UTC',
    },
  },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const [name] = invocation.positionals;
      if (!name) throw new EntenteError('usage', 'name the operation (entente operation new --help)');
      const text = (option: string) => {
        const value = invocation.string(option);
        return value === undefined ? {} : { [option]: value };
      };
      const title = invocation.string('title') ?? name;
      const made = await createOperation(registry, {
        name,
        title: invocation.flag('exercise') ? exerciseName(title) : title,
        ...text('purpose'),
        ...text('tlp'),
        actionDay: invocation.string('action-day') ?? null,
      });
      markExercise(made.title, invocation, terminal);
      const { lookUpKey: _secret, ...shown } = made;
      terminal.out(
        invocation.json
          ? JSON.stringify(shown)
          : `operation "${made.name}" is open; invite its parties with \`entente operation invite\``,
      );
      return 0;
    }),
};
