import { listSeats } from '../../desk/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { table } from '../table.ts';

export const command: Command = {
  name: 'seat list',
  usage: '',
  options: {},
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const seats = await listSeats(registry.db);
      const now = registry.clock().toISOString();
      if (invocation.json) for (const seat of seats) terminal.out(JSON.stringify(seat));
      else if (seats.length === 0) terminal.out('no seats');
      else {
        const rows = seats.map((seat) => [
          seat.id.slice(6, 14),
          seat.withdrawn ? 'withdrawn' : now >= seat.until ? 'ended' : 'open',
          seat.until,
          seat.exhibits.map(({ number }) => number).join(', '),
          seat.supervised ? 'supervised' : '',
          seat.purpose,
        ]);
        for (const line of table(['seat', '', 'until', 'exhibits', '', 'purpose'], rows)) terminal.out(line);
      }
      return 0;
    }),
};
