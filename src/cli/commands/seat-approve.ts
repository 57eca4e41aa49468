import { EntenteError } from '../../base/index.ts';
import { requireSeat } from '../../desk/index.ts';
import { decideSeatRun } from '../../exchange/index.ts';
import { caseNamed } from '../case-named.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { PERSON, personOf } from '../request-step-command.ts';
import { runView } from '../seat-view.ts';

export const command: Command = {
  name: 'seat approve',
  usage: 'SEAT ACT [--deny]',
  details: `
What is executed is what was asked for: exhibit, tool, and rules or package by digest. \`entente seat show SEAT\` lists what waits,
\`entente seat show SEAT --rules ACT\` prints the rules that came with it.`,
  options: { deny: { type: 'boolean', help: 'it does not execute' }, ...PERSON },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const [seat, act] = invocation.positionals;
      if (!seat || !act)
        throw new EntenteError('usage', 'name the seat and the act; `entente seat show SEAT` lists them');
      await caseNamed(registry, (await requireSeat(registry.db, seat)).case, invocation, terminal);
      const make = await decideSeatRun(registry, seat, act, !invocation.flag('deny'), personOf(invocation));
      const progress = terminal.progress('running', { unit: 'bytes' });
      const run =
        (await make?.((done, total) => progress.update(done, total)).finally(() => progress.end())) ?? null;
      if (invocation.json) terminal.out(JSON.stringify({ run }));
      else terminal.out(run ? runView(run) : 'denied');
      return 0;
    }),
};
