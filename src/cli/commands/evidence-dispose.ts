import { EntenteError } from '../../base/index.ts';
import { disposeExhibit, requireExhibit } from '../../cases/index.ts';
import { caseNamed } from '../case-named.ts';
import { CIRCUMSTANCES, circumstancesOf } from '../circumstances.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';

export const command: Command = {
  name: 'evidence dispose',
  usage: 'CASE NUMBER --authority TEXT',
  details: `
The disposal is a custody event and an erasure in the ledger. Record, custody, runs and findings stay and verify. Bytes that another
exhibit consists of too are kept, and named.`,
  options: CIRCUMSTANCES,
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const [name, number] = invocation.positionals;
      if (!name || !number) throw new EntenteError('usage', 'name the case and the number of the exhibit');
      invocation.required('authority');
      const file = await caseNamed(registry, name, invocation, terminal);
      const disposal = await disposeExhibit(
        registry,
        await requireExhibit(registry, file.id, number),
        circumstancesOf(invocation, 'disposal'),
      );
      if (invocation.json) terminal.out(JSON.stringify(disposal));
      else {
        terminal.out(`exhibit ${disposal.number} is disposed of under ${disposal.authority}`);
        if (disposal.key)
          terminal.out(
            `its key ${disposal.key.key} is destroyed; SHA-256 commitment ${disposal.key.commitment}`,
          );
        for (const sha256 of disposal.kept)
          terminal.out(`kept, because another exhibit consists of it too: ${sha256}`);
      }
      return 0;
    }),
};
