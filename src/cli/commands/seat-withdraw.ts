import { EntenteError } from '../../base/index.ts';
import { requireSeat, withdrawSeat } from '../../desk/index.ts';
import { pushMessages, queueStep } from '../../exchange/index.ts';
import { caseNamed } from '../case-named.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { PERSON, personOf } from '../request-step-command.ts';

export const command: Command = {
  name: 'seat withdraw',
  usage: 'SEAT --reason TEXT',
  options: { reason: { type: 'string', value: 'TEXT', help: 'why' }, ...PERSON },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const id = invocation.positionals[0];
      if (!id) throw new EntenteError('usage', 'name the seat; `entente seat list` shows them');
      await caseNamed(registry, (await requireSeat(registry.db, id)).case, invocation, terminal);
      const seat = await withdrawSeat(
        registry,
        id,
        invocation.required('reason'),
        personOf(invocation),
        queueStep(registry),
      );
      const { problems } = await pushMessages(registry);
      terminal.out(invocation.json ? JSON.stringify(seat) : `${seat.id} is withdrawn`);
      for (const problem of problems) terminal.note(`${problem}; it is told as soon as it answers`);
      return 0;
    }),
};
