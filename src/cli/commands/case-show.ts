import { EntenteError } from '../../base/index.ts';
import { custodyOf, disposedExhibits, listExhibits, listFindings, listRuns } from '../../cases/index.ts';
import { caseNamed } from '../case-named.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { table } from '../table.ts';
import { formatBytes } from '../terminal.ts';

export const command: Command = {
  name: 'case show',
  usage: 'CASE',
  options: {},
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const name = invocation.positionals.join(' ');
      if (!name) throw new EntenteError('usage', 'name the case');
      const file = await caseNamed(registry, name, invocation, terminal);
      const disposed = await disposedExhibits(registry, file.id);
      const exhibits = [];
      for (const exhibit of await listExhibits(registry, file.id)) {
        const events = await custodyOf(registry, exhibit.id);
        exhibits.push({
          ...exhibit,
          disposedAt: disposed.get(exhibit.id) ?? null,
          custodyEvents: events.length,
          lastEvent: { type: events.at(-1)!.event.type, at: events.at(-1)!.event.at },
        });
      }
      const runs = (await listRuns(registry, file.id)).map(({ record, leafIndex }) => ({
        ...record,
        leaf: leafIndex,
      }));
      const findings = (await listFindings(registry, file.id)).length;
      if (invocation.json) {
        terminal.out(JSON.stringify({ ...file, exhibits, runs, findings }));
        return 0;
      }
      terminal.out(`${file.name}, opened ${file.openedAt} (${file.id})`);
      if (exhibits.length > 0) {
        terminal.out('');
        const rows = exhibits.map((exhibit) => [
          String(exhibit.number),
          exhibit.name,
          formatBytes(exhibit.sizeBytes),
          exhibit.sha256.slice(0, 16),
          exhibit.disposedAt === null
            ? `${exhibit.lastEvent.type} at ${exhibit.lastEvent.at}`
            : `disposed of at ${exhibit.disposedAt}`,
          String(exhibit.custodyEvents),
        ]);
        for (const line of table(['exhibit', 'name', 'size', 'SHA-256', 'last', 'events'], rows))
          terminal.out(line);
      }
      if (runs.length > 0) {
        terminal.out('');
        const rows = runs.map((run) => [
          run.id,
          run.tool.name,
          run.at,
          String(run.output.findings),
          (run.output.exhibits ?? []).map((one) => one.number).join(', '),
        ]);
        for (const line of table(['run', 'tool', 'when', 'findings', 'derived exhibits'], rows))
          terminal.out(line);
      }
      return 0;
    }),
};
