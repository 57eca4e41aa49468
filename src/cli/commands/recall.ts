import { EntenteError } from '../../base/index.ts';
import { pushMessages, queueRecall } from '../../exchange/index.ts';
import { recallObject } from '../../intel/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';

export const command: Command = {
  name: 'recall',
  usage: 'OBJECT-ID --reason TEXT',
  details: `
From this moment the object, and everything that refers to it, is served to nobody. Every peer it was delivered to is told, acts on it,
and returns a receipt; \`entente recall status\` shows who has answered.`,
  options: { reason: { type: 'string', value: 'TEXT', help: 'why; the recipients read it' } },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const id = invocation.positionals[0];
      if (!id) throw new EntenteError('usage', 'name the object to recall');
      const { recall, peers } = await recallObject(
        registry,
        id,
        invocation.required('reason'),
        queueRecall(registry),
      );
      const pushed = await pushMessages(registry);
      if (invocation.json) terminal.out(JSON.stringify({ ...recall, peers, waiting: pushed.waiting }));
      else
        terminal.out(
          `${id} is withdrawn here; ${peers.length} peer${peers.length === 1 ? ' is' : 's are'} told`,
        );
      for (const problem of pushed.problems) terminal.note(problem);
      return 0;
    }),
};
