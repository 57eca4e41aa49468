import { readFile } from 'node:fs/promises';
import { EntenteError } from '../../base/index.ts';
import { sendInOperation } from '../../exchange/index.ts';
import { contributeTargets, readTargetFile, readTargets, withdrawTargets } from '../../operations/index.ts';
import { operationCommand } from '../operation.ts';
import { table } from '../table.ts';
import { formatCount } from '../terminal.ts';

const SHOWN = 50;

export const command = operationCommand(
  {
    name: 'operation targets',
    usage: 'OPERATION [FILE…] [--mark M] [--source G] [--information G]',
    details: `
FILE is CSV with a head line (value, mark, source, information, tlp, seen, seat, hosting, threat, note), a JSON list, or one value a line.
The options say what a line does not. Grading: source A-D or X, information 1-4. Without FILE, the targets here are listed.`,
    options: {
      mark: { type: 'string', value: 'M', help: 'suspect, victim, undetermined (default)' },
      source: {
        type: 'string',
        value: 'G',
        help: 'A always reliable, B mostly, C not mostly, D or X not to be judged (default X)',
      },
      information: {
        type: 'string',
        value: 'G',
        help: '1 sure, 2 known to the source, 3 hearsay corroborated, 4 not to be judged (default)',
      },
      tlp: { type: 'string', value: 'LEVEL', help: 'marking (default amber)' },
      seen: { type: 'string', value: 'TIME', help: 'when they were last seen, RFC 3339' },
      threat: { type: 'string', value: 'WORD', help: 'c2, phishing, scam, infected-host …' },
      withdraw: {
        type: 'string',
        many: true,
        value: 'VALUE',
        help: 'take these back; every package that has them is recalled',
      },
      reason: { type: 'string', value: 'TEXT', help: 'why they are withdrawn' },
    },
  },
  async ({ registry, operation, invocation, terminal, rest }) => {
    const send = sendInOperation(registry);
    const withdrawn = invocation.strings('withdraw');
    if (withdrawn.length > 0) {
      await withdrawTargets(registry, operation, withdrawn, invocation.required('reason'), send);
      return {
        value: { withdrawn: withdrawn.length },
        lines: [`${withdrawn.length} withdrawn; who has them is told`],
      };
    }
    if (rest.length === 0) {
      const targets = await readTargets(registry.db, operation);
      const rows = targets
        .slice(0, SHOWN)
        .map(({ value, kind, mark, country, queue, decision, contributions }) => [
          value.slice(0, 60),
          kind,
          mark,
          country ?? '?',
          decision === 'hold' ? 'held' : (queue ?? ''),
          contributions
            .map(
              ({ source, information, withdrawnAt }) =>
                `${source}${information}${withdrawnAt ? ' withdrawn' : ''}`,
            )
            .join(' '),
        ]);
      const more =
        targets.length > SHOWN ? [`… ${formatCount(targets.length - SHOWN)} more; --json has all`] : [];
      return {
        value: targets,
        lines: [...table(['target', 'kind', 'mark', 'country', 'waits', 'graded'], rows), ...more],
      };
    }
    const given = (option: string, name = option) => {
      const value = invocation.string(option);
      return value === undefined ? {} : { [name]: value };
    };
    const defaults = {
      ...given('mark'),
      ...given('source'),
      ...given('information'),
      ...given('tlp'),
      ...given('seen', 'seenAt'),
      ...given('threat'),
    };
    const lines: string[] = [];
    const reports = [];
    let refusedAny = false;
    for (const file of rest) {
      const content = await readFile(file, 'utf8').catch((cause) => {
        throw new EntenteError('file-unreadable', `${file} cannot be read`, { where: file, cause });
      });
      const read = readTargetFile(content, defaults, file);
      const report = await contributeTargets(registry, operation, read.lines, send);
      refusedAny ||= read.refused.length > 0;
      reports.push({ file, ...report, refused: read.refused });
      lines.push(
        `${file}: ${formatCount(report.added)} new, ${formatCount(report.corroborated + report.repeated)} known already, ${formatCount(read.refused.length)} refused${operation.lead === '' ? '' : `, ${formatCount(report.crossing)} sent to the lead`}`,
      );
      for (const { count, clauses } of report.kept)
        lines.push(
          `  ${formatCount(count)} stay here: ${clauses.map(({ words, path }) => `${words} (${path})`).join('; ')}`,
        );
      for (const { path, message } of read.refused.slice(0, 20)) terminal.note(`${file} ${path}: ${message}`);
    }
    return { value: reports.length === 1 ? reports[0] : reports, lines, exit: refusedAny ? 1 : 0 };
  },
);
