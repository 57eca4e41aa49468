import { exerciseName, isExercise, watermarkOf } from '../../base/index.ts';
import { listCases } from '../../cases/index.ts';
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
      const names = new Map((await listCases(registry)).map(({ id, name }) => [id, name]));
      const nameOf = (seat: { readonly case: string }) => names.get(seat.case) ?? '';
      const now = registry.clock().toISOString();
      if (invocation.json)
        for (const seat of seats) terminal.out(JSON.stringify({ ...seat, ...watermarkOf(nameOf(seat)) }));
      else if (seats.length === 0) terminal.out('no seats');
      else {
        const rows = seats.map((seat) => [
          seat.id.slice(6, 14),
          seat.withdrawn ? 'withdrawn' : now >= seat.until ? 'ended' : 'open',
          seat.until,
          seat.exhibits.map(({ number }) => number).join(', '),
          seat.supervised ? 'supervised' : '',
          isExercise(nameOf(seat)) ? exerciseName(seat.purpose) : seat.purpose,
        ]);
        for (const line of table(['seat', '', 'until', 'exhibits', '', 'purpose'], rows)) terminal.out(line);
      }
      return 0;
    }),
};
