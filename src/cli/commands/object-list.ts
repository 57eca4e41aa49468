import { assess, describeAssessment, heldWarninglists, valuesOf, walkObjects } from '../../intel/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { printable } from '../terminal.ts';

export const command: Command = {
  name: 'object list',
  usage: '[--type TYPE]',
  details: `
Beside each indicator: its contributor's confidence, whether it has expired, its score by age (see object show), and whether a warninglist has its
value.`,
  options: { type: { type: 'string', value: 'TYPE', help: 'only this type, e.g. indicator' } },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const now = registry.clock().toISOString();
      const lists = await heldWarninglists(registry);
      for await (const held of walkObjects(registry, invocation.string('type'))) {
        const assessment = assess(held.object, now);
        const warninglists =
          lists.lists === 0
            ? []
            : [...new Set(valuesOf(held.object).flatMap(({ kind, value }) => lists.of(kind, value)))];
        if (invocation.json) terminal.out(JSON.stringify({ ...held, assessment, warninglists }));
        else {
          const words = [
            ...(held.contributor ? ['received'] : []),
            ...(held.withdrawnAt ? [`recalled ${held.withdrawnAt}`] : []),
            ...(assessment ? [describeAssessment(assessment)] : []),
            ...(warninglists.length > 0 ? [`on ${warninglists.join('; ')}`] : []),
          ].filter((part) => part !== '');
          const name = String(held.object['name'] ?? held.object['relationship_type'] ?? '');
          terminal.out(
            `${held.id}  ${printable(name)}${words.length > 0 ? `  (${printable(words.join(', '))})` : ''}`,
          );
        }
      }
      return 0;
    }),
};
