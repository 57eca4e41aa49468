import { listCollections, ownCollection } from '../../exchange/index.ts';
import { listPeers } from '../../registry/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { table } from '../table.ts';

export const command: Command = {
  name: 'collection list',
  usage: '',
  options: {},
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      await ownCollection(registry);
      const collections = await listCollections(registry.db);
      if (invocation.json) {
        for (const { id, root, alias, title, description, peer } of collections)
          terminal.out(JSON.stringify({ id, root, alias, title, description, peer }));
        return 0;
      }
      const names = new Map((await listPeers(registry.db)).map((peer) => [peer.kid, peer.name]));
      const rows = collections.map(({ root, alias, id, title, peer }) => [
        `${root}/${alias ?? id}`,
        title,
        peer === null ? 'every peer, by agreement' : (names.get(peer) ?? peer),
      ]);
      for (const line of table(['collection', 'title', 'open to'], rows)) terminal.out(line);
      return 0;
    }),
};
