import { EntenteError } from '../../base/index.ts';
import { findRun, rerunTool } from '../../cases/index.ts';
import { caseNamed } from '../case-named.ts';
import { CIRCUMSTANCES, circumstancesOf } from '../circumstances.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';

export const command: Command = {
  name: 'evidence rerun',
  usage: 'RUN',
  details: `
The same exhibits and exactly the parameters that the run was given, indicators included. Exit 0: identical; 1: not, with every difference:
findings one by one, derived files with the first byte that differs. That another version of the program runs is said, and is no
difference by itself.`,
  options: CIRCUMSTANCES,
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const run = invocation.positionals[0];
      if (!run) throw new EntenteError('usage', 'name the run (`entente case show` lists them)');
      await caseNamed(registry, (await findRun(registry, run)).record.case, invocation, terminal);
      const progress = terminal.progress('running again', { unit: 'bytes' });
      const report = await rerunTool(registry, run, {
        ...circumstancesOf(invocation, 'to see whether a run can be repeated'),
        onProgress: (done, total) => progress.update(done, total),
      }).finally(() => progress.end());
      if (invocation.json) terminal.out(JSON.stringify(report));
      else {
        if (!report.sameTool)
          terminal.note(
            `the run was made with ${report.tool.recorded.version} (${report.tool.recorded.sha256.slice(0, 16)}), this is ${report.tool.now.version} (${report.tool.now.sha256.slice(0, 16)})`,
          );
        for (const { what, recorded, now } of report.differences)
          terminal.out(`${what}: was ${JSON.stringify(recorded)}, is ${JSON.stringify(now)}`);
        terminal.out(
          report.identical
            ? `${terminal.style.green('identical')}  ${report.findings.now} findings and ${report.derived.now} derived exhibits, the same in every byte`
            : `${terminal.style.red('DIFFERENT')}  ${report.differenceCount} differences`,
        );
      }
      return report.identical ? 0 : 1;
    }),
};
