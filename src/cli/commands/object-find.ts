import { EntenteError } from '../../base/index.ts';
import { type AboutValue, aboutValue, readingsOf } from '../../intel/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { printable } from '../terminal.ts';

export const command: Command = {
  name: 'object find',
  usage: 'VALUE…',
  details: `
Finds indicators and observables about a value, however it is written, and says who contributed each: several contributors about one value
corroborate each other. Exit code 1 when nothing is held about any of the values.`,
  options: {},
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      if (invocation.positionals.length === 0) throw new EntenteError('usage', 'name at least one value');
      let isFound = false;
      for (const text of invocation.positionals) {
        const readings = readingsOf(text);
        if (readings.length === 0)
          throw new EntenteError('usage', `"${text.slice(0, 100)}" is no value of a kind that is looked for`);
        const held: AboutValue[] = [];
        for (const reading of readings) held.push(await aboutValue(registry, reading));
        const about = held.filter(({ objects }) => objects.length > 0);
        isFound ||= about.length > 0;
        if (invocation.json) {
          for (const one of about) terminal.out(JSON.stringify({ asked: text, ...one }));
          continue;
        }
        if (about.length === 0) terminal.out(`${printable(text)}: nothing is held about it`);
        for (const { value, objects } of about) {
          const contributors = new Set(objects.map(({ contributor }) => contributor));
          terminal.out(
            `${terminal.style.bold(printable(value.value))} (${value.kind}): ${objects.length} objects of ${contributors.size} contributors`,
          );
          for (const one of objects)
            terminal.out(
              `  ${one.id}  ${printable(String(one.object['name'] ?? ''))}  from ${printable(one.contributorName)}, ${one.addedAt}${one.withdrawnAt ? `, recalled ${one.withdrawnAt}` : ''}`,
            );
        }
      }
      return isFound ? 0 : 1;
    }),
};
