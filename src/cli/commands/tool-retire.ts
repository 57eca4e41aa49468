import { EntenteError } from '../../base/index.ts';
import { withdrawPublished } from '../../desk/index.ts';
import { pushMessages } from '../../exchange/index.ts';
import { retireTool } from '../../exchange/tools/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { PERSON, personOf } from '../request-step-command.ts';
import { heldView } from '../tool-view.ts';

export const command: Command = {
  name: 'tool retire',
  usage: 'TOOL | TOOL@VERSION --published  --reason TEXT [--person NAME]',
  details: 'What is taken back is retired at every peer with its next fetch.',
  options: {
    reason: { type: 'string', value: 'TEXT', help: 'why; kept with it' },
    published: { type: 'boolean', help: 'take back what this node gives to others' },
    ...PERSON,
  },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const asked = invocation.positionals[0];
      if (!asked) throw new EntenteError('usage', 'name the tool (`entente tool list`)');
      const reason = invocation.required('reason');
      if (invocation.flag('published')) {
        const [tool, version] = asked.split('@');
        if (!version) throw new EntenteError('usage', 'name the version too, as marks@1.2.0');
        await withdrawPublished(registry, tool!, version, reason, personOf(invocation));
        terminal.out(invocation.json ? JSON.stringify({ tool, version }) : `taken back: ${tool} ${version}`);
        return 0;
      }
      const held = await retireTool(registry, asked, personOf(invocation), reason);
      await pushMessages(registry);
      terminal.out(
        invocation.json ? JSON.stringify(heldView(held)) : `retired: ${held.tool} ${held.version}`,
      );
      return 0;
    }),
};
