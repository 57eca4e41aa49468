import { listHeld, listPublished } from '../../desk/index.ts';
import { listPeers } from '../../registry/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { table } from '../table.ts';
import { printable } from '../terminal.ts';
import { heldRow, heldView, publishedView } from '../tool-view.ts';

export const command: Command = {
  name: 'tool list',
  summary: 'tools held here and their state, or those that this node publishes',
  usage: '[--published]',
  options: { published: { type: 'boolean', help: 'what this node gives to others' } },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      if (invocation.flag('published')) {
        const published = await listPublished(registry.db);
        if (invocation.json) for (const one of published) terminal.out(JSON.stringify(publishedView(one)));
        else if (published.length === 0) terminal.out('nothing yet; `entente tool publish FILE`');
        else {
          const rows = published.map(({ tool, version, manifest, at, retired }) => [
            tool,
            version,
            manifest.kind,
            printable(manifest.title),
            at.slice(0, 10),
            retired ? `taken back: ${printable(retired.reason)}` : 'offered',
          ]);
          for (const line of table(['tool', 'version', 'kind', 'title', 'since', 'state'], rows))
            terminal.out(line);
        }
        return 0;
      }
      const held = await listHeld(registry.db);
      const peers = await listPeers(registry.db);
      if (invocation.json) for (const one of held) terminal.out(JSON.stringify(heldView(one)));
      else if (held.length === 0) terminal.out('nothing yet; `entente tool fetch PEER`');
      else {
        const heads = ['tool', 'version', 'kind', 'title', 'from', 'state', 'seats', 'id'];
        for (const line of table(
          heads,
          held.map((one) => heldRow(one, peers)),
        ))
          terminal.out(line);
      }
      return 0;
    }),
};
