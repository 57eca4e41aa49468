import { EntenteError } from '../../base/index.ts';
import { custodyBefore, custodyOf, listExhibits, requireExhibit } from '../../cases/index.ts';
import { caseNamed } from '../case-named.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { table } from '../table.ts';

export const command: Command = {
  name: 'evidence custody',
  usage: 'CASE [NUMBER]',
  details: `
Every event with who acted, in which role, why, under which authority, and whether the bytes were the same afterwards. \`--json\` prints
all fields of each event and the signed form. Of an exhibit that came from another node, its custody there is shown too; that is in that node's ledger.`,
  options: {},
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const [name, number] = invocation.positionals;
      if (!name) throw new EntenteError('usage', 'name the case');
      const file = await caseNamed(registry, name, invocation, terminal);
      const wanted =
        number === undefined
          ? await listExhibits(registry, file.id)
          : [await requireExhibit(registry, file.id, number)];
      const rows: string[][] = [];
      for (const exhibit of wanted) {
        const here = (await custodyOf(registry, exhibit.id)).map((stored) => ({ ...stored, node: null }));
        for (const { event, leafIndex, jws, node } of [
          ...(await custodyBefore(registry, exhibit.id)),
          ...here,
        ]) {
          if (invocation.json)
            terminal.out(
              JSON.stringify({ number: exhibit.number, node, leaf: leafIndex, ...event, signed: jws }),
            );
          const { comparison, actor, counterparty } = event;
          rows.push([
            `${exhibit.number} ${exhibit.name}`,
            event.at,
            event.type,
            actor.role === null ? actor.person : `${actor.person} (${actor.role})`,
            counterparty?.organisation ?? '',
            event.purpose,
            event.authority ?? '',
            comparison === 'changed' ? 'CHANGED' : comparison,
            String(leafIndex),
            node ?? registry.name,
          ]);
        }
      }
      if (!invocation.json)
        for (const line of table(
          ['exhibit', 'when', 'event', 'who', 'with', 'why', 'authority', 'digest', 'leaf', 'ledger of'],
          rows,
        ))
          terminal.out(line);
      return 0;
    }),
};
