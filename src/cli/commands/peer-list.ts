import { listPeers } from '../../registry/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { table } from '../table.ts';

export const command: Command = {
  name: 'peer list',
  usage: '',
  options: {},
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const peers = await listPeers(registry.db);
      if (invocation.json)
        for (const { kid, name, url } of peers) terminal.out(JSON.stringify({ kid, name, url }));
      else if (peers.length === 0) terminal.out('no peers yet; `entente peer add URL` adds one');
      else
        for (const line of table(
          ['name', 'address', 'key'],
          peers.map((peer) => [peer.name, peer.url, peer.kid]),
        ))
          terminal.out(line);
      return 0;
    }),
};
