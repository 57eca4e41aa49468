import { walkObjects } from '../../intel/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';

export const command: Command = {
  name: 'object list',
  summary: 'the STIX objects that this node holds',
  usage: '[--type TYPE]',
  options: { type: { type: 'string', value: 'TYPE', help: 'only this type, e.g. indicator' } },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      for await (const held of walkObjects(registry, invocation.string('type'))) {
        if (invocation.json) terminal.out(JSON.stringify(held));
        else {
          const name = String(held.object['name'] ?? held.object['relationship_type'] ?? '');
          terminal.out(
            `${held.id}  ${name}${held.contributor ? '  (received)' : ''}${held.withdrawnAt ? `  withdrawn ${held.withdrawnAt}` : ''}`,
          );
        }
      }
      return 0;
    }),
};
