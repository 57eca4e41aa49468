import { summariseRelease } from '../../intel/index.ts';
import { requirePeer } from '../../registry/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { table } from '../table.ts';
import { formatCount } from '../terminal.ts';

export const command: Command = {
  name: 'verdicts',
  usage: '--to PEER',
  options: { to: { type: 'string', value: 'PEER', help: 'the peer’s name or key' } },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const peer = await requirePeer(registry.db, invocation.required('to'));
      const summary = await summariseRelease(registry, peer);
      if (invocation.json) {
        terminal.out(JSON.stringify(summary));
        return 0;
      }
      if (summary.refusal)
        terminal.out(
          `${terminal.style.red('nothing crosses')}: ${summary.refusal.words} (${summary.refusal.path})`,
        );
      const rows = summary.classes.map((entry) => [
        entry.verdict,
        formatCount(entry.objects),
        entry.words,
        entry.clauses.map((clause) => clause.path).join(', '),
        entry.clauses[0]?.words ?? '',
      ]);
      for (const line of table(['verdict', 'objects', 'release class', 'clause', 'words'], rows))
        terminal.out(line);
      terminal.out('');
      terminal.out(
        `${formatCount(summary.released)} would cross to ${peer.name}, ${formatCount(summary.withheldCount)} stay`,
      );
      for (const withheld of summary.withheld.slice(0, 20))
        terminal.out(`  ${withheld.id}  ${withheld.words}`);
      return 0;
    }),
};
