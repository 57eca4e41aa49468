import { EntenteError } from '../../base/index.ts';
import { custodyOf, listExhibits, requireCase } from '../../cases/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { table } from '../table.ts';

export const command: Command = {
  name: 'evidence custody',
  summary: 'the chain of custody of a case’s exhibits',
  usage: 'CASE [NUMBER]',
  options: {},
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const [name, number] = invocation.positionals;
      if (!name) throw new EntenteError('usage', 'name the case');
      const exhibits = await listExhibits(registry, (await requireCase(registry, name)).id);
      const wanted =
        number === undefined ? exhibits : exhibits.filter((exhibit) => String(exhibit.number) === number);
      if (number !== undefined && wanted.length === 0)
        throw new EntenteError('not-found', `the case has no exhibit ${number}`);
      const rows: string[][] = [];
      for (const exhibit of wanted) {
        for (const stored of await custodyOf(registry, exhibit.id)) {
          if (invocation.json)
            terminal.out(
              JSON.stringify({
                number: exhibit.number,
                leaf: stored.leafIndex,
                ...stored.event,
                signed: stored.jws,
              }),
            );
          const { event } = stored;
          const unchanged =
            event.before === null
              ? 'first seen'
              : event.before.sha256 === event.after.sha256
                ? 'unchanged'
                : 'CHANGED';
          rows.push([
            `${exhibit.number} ${exhibit.name}`,
            event.at,
            event.type,
            event.actor.person,
            event.purpose,
            unchanged,
            String(stored.leafIndex),
          ]);
        }
      }
      if (!invocation.json)
        for (const line of table(['exhibit', 'when', 'event', 'who', 'why', 'digest', 'leaf'], rows))
          terminal.out(line);
      return 0;
    }),
};
