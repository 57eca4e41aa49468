import { EntenteError } from '../../base/index.ts';
import { explainRelease } from '../../intel/index.ts';
import { requirePeer } from '../../registry/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';

export const command: Command = {
  name: 'agreement explain',
  usage: 'OBJECT-ID --to PEER',
  options: { to: { type: 'string', value: 'PEER', help: 'the peer’s name or key' } },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const id = invocation.positionals[0];
      if (!id) throw new EntenteError('usage', 'name the object');
      const peer = await requirePeer(registry.db, invocation.required('to'));
      const explained = await explainRelease(registry, peer, id);
      if (invocation.json) {
        terminal.out(JSON.stringify(explained));
        return 0;
      }
      const { style } = terminal;
      terminal.out(
        `${explained.crosses ? style.green('crosses') : style.red('stays')}  ${id}  to ${peer.name}`,
      );
      for (const { about, words, verdict } of explained.classes) {
        const colour = verdict.verdict === 'allow' ? style.green : style.red;
        terminal.out(`  ${about}: ${words}: ${colour(verdict.verdict)}`);
        for (const clause of verdict.clauses) terminal.out(`    ${style.cyan(clause.path)}  ${clause.words}`);
        for (const remedy of ('toAllow' in verdict && verdict.toAllow) || [])
          terminal.out(`    to allow it: ${remedy}`);
      }
      return 0;
    }),
};
