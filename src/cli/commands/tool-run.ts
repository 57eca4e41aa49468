import { EntenteError } from '../../base/index.ts';
import { executeRun, exhibitsFor, orderRun } from '../../exchange/index.ts';
import { caseNamed } from '../case-named.ts';
import { CIRCUMSTANCES, circumstancesOf } from '../circumstances.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { printable } from '../terminal.ts';
import { settingsOf } from '../tool-view.ts';

/** Shown at once; the account of the run has all. */
const ISSUES_SHOWN = 20;

export const command: Command = {
  name: 'tool run',
  usage: 'TOOL CASE [--exhibit N…] [--set NAME=VALUE…]',
  details: `
A WASM tool sees the files of one exhibit at a time and nothing else; what it makes are derived exhibits. \`entente evidence rerun\` repeats the run.
Exit 1: the tool was stopped over an exhibit; which, and at which limit, is told.

  entente tool run toy-decryptor "Harbour" --exhibit 3 --set key=harbour-9-lantern`,
  options: {
    exhibit: {
      type: 'string',
      value: 'N',
      multiple: true,
      help: 'exhibits (default: all evidence of the case)',
    },
    set: { type: 'string', value: 'NAME=VALUE', multiple: true, help: 'parameters of the tool' },
    ...CIRCUMSTANCES,
  },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const [tool, name] = invocation.positionals;
      if (!tool || !name) throw new EntenteError('usage', 'name the tool and the case');
      const file = await caseNamed(registry, name, invocation, terminal);
      const exhibits = await exhibitsFor(registry, file, tool, invocation.strings('exhibit'));
      const order = await orderRun(registry, { tool, set: settingsOf(invocation.strings('set')) });
      const progress = terminal.progress(tool, { unit: 'items' });
      const { record, findings, derived } = await executeRun(registry, file, exhibits, order, {
        ...circumstancesOf(invocation, `run of the tool ${tool}`),
        onProgress: (done, total) => progress.update(done, total),
      }).finally(() => progress.end());
      const {
        issues = [],
        issueCount = 0,
        stopped = 0,
      } = record.account as {
        issues?: readonly { readonly file: string; readonly message: string }[];
        issueCount?: number;
        stopped?: number;
      };
      for (const { file: where, message } of issues.slice(0, ISSUES_SHOWN))
        terminal.note(printable(`${where}: ${message}`));
      if (issueCount > ISSUES_SHOWN)
        terminal.note(`and ${issueCount - ISSUES_SHOWN} more; the run's account has them`);
      if (invocation.json) terminal.out(JSON.stringify(record));
      else {
        for (const exhibit of derived)
          terminal.out(
            printable(
              `exhibit ${exhibit.number}  ${exhibit.name}, derived from ${exhibit.parent!.number}  ${exhibit.sha256}`,
            ),
          );
        terminal.out(`${derived.length} derived exhibits, ${findings.length} findings; run ${record.id}`);
      }
      return stopped > 0 ? 1 : 0;
    }),
};
