import { PURPOSES, type Purpose } from '../../agreement/index.ts';
import { EntenteError } from '../../base/index.ts';
import { askForObject, pushMessages } from '../../exchange/index.ts';
import { requirePeer } from '../../registry/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';

const ACTS = ['evidence-use', 'export', 'look-up', 'onward'] as const;

export const command: Command = {
  name: 'permission ask',
  usage: 'OBJECT-ID --act ACT --purpose PURPOSE --reason TEXT [--to PEER]',
  details: `
Where a clause says "ask", the contributor decides. The question goes to it, signed; its answer holds for exactly this act, purpose and class of object,
until the day that it names. \`entente permission list\` shows what waits, and what was answered.`,
  options: {
    act: { type: 'string', value: 'ACT', help: `one of ${ACTS.join(', ')}` },
    purpose: { type: 'string', value: 'PURPOSE', help: `one of ${PURPOSES.join(', ')}` },
    reason: { type: 'string', value: 'TEXT', help: 'why; the contributor reads it' },
    to: { type: 'string', value: 'PEER', help: 'for onward: who would get it' },
  },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const id = invocation.positionals[0];
      if (!id) throw new EntenteError('usage', 'name the object');
      const act = ACTS.find((one) => one === invocation.required('act'));
      if (!act) throw new EntenteError('usage', `--act takes one of ${ACTS.join(', ')}`);
      const purpose = invocation.required('purpose');
      if (!(PURPOSES as readonly string[]).includes(purpose))
        throw new EntenteError('usage', `--purpose takes one of ${PURPOSES.join(', ')}`);
      const to = invocation.string('to');
      if ((act === 'onward') !== (to !== undefined))
        throw new EntenteError('usage', 'onward needs --to PEER, and nothing else has it');
      const asked = await askForObject(registry, id, {
        act,
        purpose: purpose as Purpose,
        reason: invocation.required('reason'),
        ...(to === undefined ? {} : { onwardTo: await requirePeer(registry.db, to) }),
      });
      const pushed = await pushMessages(registry);
      if (invocation.json) terminal.out(JSON.stringify({ ...asked, waiting: pushed.waiting }));
      else
        terminal.out(
          `asked: ${asked.clauses.map(({ words, path }) => `${words} (${path})`).join('; ')}; ${asked.id}`,
        );
      for (const problem of pushed.problems) terminal.note(problem);
      return 0;
    }),
};
