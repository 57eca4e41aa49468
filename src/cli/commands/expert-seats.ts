import { seatsAway } from '../../desk/index.ts';
import { listPeers } from '../../registry/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { table } from '../table.ts';
import { printable } from '../terminal.ts';

export const command: Command = {
  name: 'expert seats',
  usage: '',
  details: `
Peers tell when they grant a seat and when they withdraw one. That a seat ended at its time, with its request or with the agreement follows from what is
here, so it is said also while the peer is away.`,
  options: {},
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const seats = await seatsAway(registry);
      if (invocation.json) for (const seat of seats) terminal.out(JSON.stringify(seat));
      else if (seats.length === 0) terminal.out('no seats');
      else {
        const peers = new Map((await listPeers(registry.db)).map(({ kid, name }) => [kid, name]));
        const rows = seats.map((one) => [
          one.id.slice(6, 14),
          one.over ? 'over' : 'open',
          one.until,
          one.expert,
          printable(peers.get(one.peer) ?? one.peer),
          one.request.slice(9, 17),
          one.over ? printable(`${one.over.path}: ${one.over.words}`) : '',
        ]);
        for (const line of table(['seat', '', 'until', 'expert', 'granted by', 'request', 'why'], rows))
          terminal.out(line);
      }
      return 0;
    }),
};
