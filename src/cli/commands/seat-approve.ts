import { EntenteError } from '../../base/index.ts';
import { decideSeatRun } from '../../exchange/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { PERSON, personOf } from '../request-step-command.ts';

export const command: Command = {
  name: 'seat approve',
  usage: 'SEAT ACT [--deny]',
  options: { deny: { type: 'boolean', help: 'it does not execute' }, ...PERSON },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const [seat, act] = invocation.positionals;
      if (!seat || !act)
        throw new EntenteError('usage', 'name the seat and the act; `entente seat replay SEAT` shows them');
      const run = await decideSeatRun(registry, seat, act, !invocation.flag('deny'), personOf(invocation));
      if (invocation.json) terminal.out(JSON.stringify({ run }));
      else terminal.out(run ? `${run.id}: ${run.output.findings} findings` : 'denied');
      return 0;
    }),
};
