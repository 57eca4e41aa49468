import { PURPOSES } from '../../agreement/index.ts';
import { EntenteError } from '../../base/index.ts';
import { pushMessages } from '../../exchange/index.ts';
import { acceptTool } from '../../exchange/tools/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { PERSON, personOf, word } from '../request-step-command.ts';
import { heldView, PURPOSE } from '../tool-view.ts';

export const command: Command = {
  name: 'tool accept',
  usage: 'TOOL [--seats N] [--purpose WORD] [--person NAME]',
  details:
    'Its seats are taken from the clause that gives it, here and at the peer. An older version in use is retired.',
  options: {
    seats: { type: 'string', value: 'N', help: 'how many people will use it (default 1)' },
    ...PURPOSE,
    ...PERSON,
  },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const tool = invocation.positionals[0];
      if (!tool) throw new EntenteError('usage', 'name the tool (`entente tool list`)');
      const seats = invocation.integer('seats', { min: 1, max: 10_000, default: 1 });
      const purpose = word(invocation, 'purpose', PURPOSES, 'investigation');
      const held = await acceptTool(registry, tool, personOf(invocation), { seats, purpose });
      await pushMessages(registry);
      const { accepted } = held;
      if (invocation.json) terminal.out(JSON.stringify(heldView(held)));
      else
        terminal.out(
          `accepted ${held.tool} ${held.version}: ${accepted!.selfTests.length} self-tests hold${accepted!.clause ? `, ${accepted!.seats} seats under ${accepted!.clause}` : ''}`,
        );
      return 0;
    }),
};
