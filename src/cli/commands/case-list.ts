import { watermarkOf } from '../../base/index.ts';
import { listCases } from '../../cases/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { table } from '../table.ts';

export const command: Command = {
  name: 'case list',
  usage: '',
  options: {},
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const cases = await listCases(registry);
      if (invocation.json)
        for (const file of cases) terminal.out(JSON.stringify({ ...watermarkOf(file.name), ...file }));
      else if (cases.length === 0) terminal.out('no cases yet; `entente case new NAME` opens one');
      else
        for (const line of table(
          ['name', 'opened', 'identifier'],
          cases.map((file) => [file.name, file.openedAt, file.id]),
        ))
          terminal.out(line);
      return 0;
    }),
};
