import { EntenteError } from '../../base/index.ts';
import { requireSeat } from '../../desk/index.ts';
import { replaySeat } from '../../exchange/index.ts';
import { caseNamed } from '../case-named.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { PERSON, personOf } from '../request-step-command.ts';

export const command: Command = {
  name: 'seat replay',
  usage: 'SEAT',
  options: PERSON,
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const id = invocation.positionals[0];
      if (!id) throw new EntenteError('usage', 'name the seat');
      await caseNamed(registry, (await requireSeat(registry.db, id)).case, invocation, terminal);
      const acts = await replaySeat(registry, id, personOf(invocation));
      for (const act of acts) {
        if (invocation.json) terminal.out(JSON.stringify(act));
        else {
          terminal.out(`${act.at}  ${act.kind}  ${act.by}  ${act.id}  leaf ${act.leafIndex}`);
          terminal.out(`    ${JSON.stringify(act.details)}`);
          if (act.again)
            terminal.out(
              `    again: ${act.again.identical ? 'the same' : `${act.again.differenceCount} differences`}`,
            );
        }
      }
      return acts.every(({ again }) => again === undefined || again.identical) ? 0 : 1;
    }),
};
