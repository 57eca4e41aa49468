import { type Agreement, diffAgreements } from '../../agreement/index.ts';
import { EntenteError } from '../../base/index.ts';
import { findAgreement } from '../../registry/index.ts';
import { readAgreementDocument } from '../agreement-file.ts';
import type { Command, Invocation } from '../command.ts';
import { withRegistry } from '../data-folder.ts';

export const command: Command = {
  name: 'agreement diff',
  usage: 'ID | OLD-FILE NEW-FILE',
  details:
    'With an identifier: the version in force against the one that waits for signatures. Two files need no node.',
  options: {},
  async run(invocation, terminal) {
    const [before, after] = await versionsOf(invocation);
    const changes = diffAgreements(before, after);
    if (invocation.json) for (const change of changes) terminal.out(JSON.stringify(change));
    else {
      const { style } = terminal;
      const colour = { widens: style.yellow, narrows: style.cyan, changes: style.dim };
      for (const { effect, path, words } of changes)
        terminal.out(`${colour[effect](effect.padEnd(7))}  ${path}  ${words}`);
      if (changes.length === 0) terminal.out('nothing changes');
    }
    return 0;
  },
};

async function versionsOf(invocation: Invocation): Promise<[Agreement, Agreement]> {
  const [first, second] = invocation.positionals;
  if (!first) throw new EntenteError('usage', 'name the agreement, or two files');
  if (second) return [await readAgreementDocument(first), await readAgreementDocument(second)];
  return withRegistry(invocation, async (registry) => {
    const { verified, next } = await findAgreement(registry.db, first, registry.clock().toISOString());
    if (!next)
      throw new EntenteError(
        'agreement-state',
        'no later version of it is here; `entente agreement amend` drafts one',
      );
    return [verified.agreement, next.agreement];
  });
}
