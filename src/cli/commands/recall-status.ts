import { listRecalls } from '../../intel/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { table } from '../table.ts';

export const command: Command = {
  name: 'recall status',
  usage: '',
  options: {},
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const recalls = await listRecalls(registry);
      if (invocation.json) for (const recall of recalls) terminal.out(JSON.stringify(recall));
      else if (recalls.length === 0) terminal.out('nothing was recalled');
      else {
        const rows = recalls.flatMap((recall) =>
          recall.peers.length === 0
            ? [
                [
                  recall.at,
                  recall.object,
                  recall.direction === 'in' ? 'acted on here' : 'had gone nowhere',
                  '',
                ],
              ]
            : recall.peers.map((peer) => [
                recall.at,
                recall.object,
                peer.name,
                peer.answeredAt ?? 'NOT ANSWERED',
              ]),
        );
        for (const line of table(['when', 'object', 'peer', 'answered'], rows)) terminal.out(line);
      }
      return 0;
    }),
};
