import { EntenteError } from '../../base/index.ts';
import { pushMessages, queueMessage } from '../../exchange/index.ts';
import { showAgreement, signStored } from '../../registry/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';

export const command: Command = {
  name: 'agreement sign',
  summary: 'sign an agreement for this organisation and send it to the other parties',
  usage: 'ID',
  details:
    'Read it first: `entente agreement show ID`. It comes into force when every party has signed and its term has begun.',
  options: {},
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const id = invocation.positionals[0];
      if (!id) throw new EntenteError('usage', 'name the agreement');
      await signStored(registry, id, (tx, to, body) => queueMessage(tx, registry, to, 'agreement', body));
      const pushed = await pushMessages(registry);
      const { document: _document, ...view } = await showAgreement(registry, id);
      if (invocation.json) terminal.out(JSON.stringify({ ...view, waiting: pushed.waiting }));
      else {
        terminal.out(`signed; the agreement is ${terminal.style.bold(view.state)}: ${view.because}`);
        if (view.missing.length > 0) terminal.out(`still to sign: ${view.missing.join(', ')}`);
      }
      for (const problem of pushed.problems) terminal.note(problem);
      return 0;
    }),
};
