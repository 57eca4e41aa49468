import { EntenteError } from '../../base/index.ts';
import { requireCase, runMatch } from '../../cases/index.ts';
import type { ScanAccount } from '../../cases/scan/index.ts';
import { usableIndicators } from '../../intel/index.ts';
import { CIRCUMSTANCES, circumstancesOf } from '../circumstances.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { table } from '../table.ts';
import { printable } from '../terminal.ts';

/** Shown at once; the account of the run has all. */
const ISSUES_SHOWN = 20;

export const command: Command = {
  name: 'evidence run',
  summary: 'run a tool over the exhibits of a case',
  usage: 'CASE --tool match',
  details: `
\`match\` looks for every indicator that this node holds and may use: its own, and those that an agreement in force allows to be used in
evidence. Each finding names its place, its contributor and the clause.`,
  options: {
    tool: { type: 'string', value: 'TOOL', help: 'match' },
    ...CIRCUMSTANCES,
  },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const name = invocation.positionals[0];
      if (!name) throw new EntenteError('usage', 'name the case');
      if (invocation.required('tool') !== 'match')
        throw new EntenteError('usage', 'the only tool so far is "match"');
      const file = await requireCase(registry, name);
      const { sources, unusable } = await usableIndicators(registry, file.openedAt);
      for (const { words, count } of unusable) terminal.note(`${count} indicators are not used: ${words}`);
      const progress = terminal.progress('matching', { unit: 'bytes' });
      const { record, findings } = await runMatch(registry, file, sources, {
        ...circumstancesOf(invocation, 'search for known indicators'),
        onProgress: (done, total) => progress.update(done, total),
      }).finally(() => progress.end());
      const { issues, issueCount } = record.account as unknown as Pick<ScanAccount, 'issues' | 'issueCount'>;
      for (const { file: name, container, message } of issues.slice(0, ISSUES_SHOWN)) {
        terminal.note(
          `not wholly read: ${printable(`${name}${container ? ` › ${container}` : ''} ${message}`)}`,
        );
      }
      if (issueCount > ISSUES_SHOWN)
        terminal.note(`and ${issueCount - ISSUES_SHOWN} more; the run's account has them`);
      if (invocation.json) for (const finding of findings) terminal.out(JSON.stringify(finding));
      else {
        const rows = findings.map((one) => [
          one.kind,
          one.value,
          `${one.file}${one.container ? ` › ${one.container}` : ''}`,
          String(one.line ?? ''),
          String(one.offset ?? ''),
          one.contributor,
          one.clause,
        ]);
        for (const line of table(['kind', 'value', 'file', 'line', 'byte', 'contributor', 'clause'], rows))
          terminal.out(line);
        terminal.out(`${findings.length} findings with ${sources.length} indicators; run ${record.id}`);
      }
      return 0;
    }),
};
