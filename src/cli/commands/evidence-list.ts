import { EntenteError } from '../../base/index.ts';
import { listExhibits } from '../../cases/index.ts';
import { caseNamed } from '../case-named.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { table } from '../table.ts';
import { formatBytes } from '../terminal.ts';

export const command: Command = {
  name: 'evidence list',
  usage: 'CASE',
  options: {},
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const name = invocation.positionals[0];
      if (!name) throw new EntenteError('usage', 'name the case');
      const exhibits = await listExhibits(
        registry,
        (await caseNamed(registry, name, invocation, terminal)).id,
      );
      if (invocation.json) for (const exhibit of exhibits) terminal.out(JSON.stringify(exhibit));
      else {
        const rows = exhibits.map((exhibit) => [
          String(exhibit.number),
          exhibit.name,
          [
            exhibit.parent ? `derived from ${exhibit.parent.number}` : exhibit.media,
            ...(exhibit.sealed ? ['encrypted'] : []),
          ].join(', '),
          formatBytes(exhibit.sizeBytes),
          exhibit.sha256,
        ]);
        for (const line of table(['exhibit', 'name', 'kind', 'size', 'SHA-256'], rows)) terminal.out(line);
      }
      return 0;
    }),
};
