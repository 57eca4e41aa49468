/** `entente yara run`: YARA rules over evidence on one machine, without a node. */
import { EntenteError } from '../../base/index.ts';
import { ExamineAccounts, examine } from '../../cases/examine/index.ts';
import type { YaraFinding } from '../../cases/examine/yara-job.ts';
import type { Command, Invocation } from '../command.ts';
import { filesAt, LineBuffer, locationOf } from '../exhibits.ts';
import { readRuleFiles, YARA_ENDING } from '../rule-files.ts';
import { formatBytes, formatCount, printable, type Terminal } from '../terminal.ts';

export const command: Command = {
  name: 'yara run',
  usage: '--rules PATH… --evidence PATH… [--json]',
  details: [
    'Rules: a file, a folder or an archive of .yar files. Evidence: files and folders; archives are opened and each member is scanned.',
    'Rules that could not be compiled are named on standard error with the reason; `include` is not followed.',
    '',
    '  entente yara run --rules rules/ --evidence /mnt/case --json',
  ].join('\n'),
  options: {
    rules: { type: 'string', many: true, value: 'PATH', help: 'files, folders or archives with YARA rules' },
    evidence: {
      type: 'string',
      many: true,
      value: 'PATH',
      help: 'files, folders or archives to look through',
    },
  },
  run,
};

async function run(invocation: Invocation, terminal: Terminal): Promise<number> {
  const paths = invocation.strings('rules');
  const evidence = [...invocation.strings('evidence'), ...invocation.positionals];
  if (paths.length === 0) throw new EntenteError('usage', '--rules is missing (entente yara run --help)');
  if (evidence.length === 0)
    throw new EntenteError('usage', '--evidence is missing (entente yara run --help)');
  const rules = await readRuleFiles(paths, YARA_ENDING, terminal);
  const note = (name: string, message: string) => terminal.note(printable(`${name}: ${message}`));
  const files = [];
  for (const path of evidence)
    for (const name of await filesAt(path, note)) files.push({ name, location: locationOf(name) });
  const lines = new LineBuffer((text) => terminal.out(text));
  const accounts = new ExamineAccounts();
  const progress = terminal.progress('scanning', { unit: 'items' });
  let findings = 0;
  let loaded = 0;
  try {
    await examine<YaraFinding>({
      files,
      job: { kind: 'yara', rules },
      accounts,
      onReady(ready) {
        loaded = ready.rules;
        for (const { path, rule, reason } of ready.rejected)
          terminal.note(printable(`rule not loaded: ${path}${rule === null ? '' : ` (${rule})`}: ${reason}`));
        if (loaded === 0)
          throw new EntenteError('usage', `no YARA rule could be loaded from ${paths.join(', ')}`);
      },
      onFile: (done) => progress.update(done, files.length),
      take(message) {
        if (message.type !== 'hits') return;
        findings += message.hits.length;
        for (const hit of message.hits)
          lines.add(invocation.json ? JSON.stringify(hit) : lineOf(hit, terminal));
      },
    });
  } finally {
    progress.end();
    lines.flush();
  }
  const { files: count, bytes, issues, issueCount } = accounts.finish();
  for (const { file, message } of issues.slice(0, NOTES_MAX)) note(file, message);
  if (issueCount > NOTES_MAX) terminal.note(`… and ${formatCount(issueCount - NOTES_MAX)} more issues`);
  terminal.note(
    `${formatCount(loaded)} rules, ${formatCount(count)} files, ${formatBytes(bytes)}, ${formatCount(findings)} findings`,
  );
  return 0;
}

/** Notes on the terminal; the count tells of all. */
const NOTES_MAX = 20;

function lineOf({ rule, file, matches, matchCount, tags }: YaraFinding, { style }: Terminal): string {
  const [first] = matches;
  const where =
    first === undefined
      ? ''
      : `byte ${first.offset} ${first.pattern}${matchCount > 1 ? ` and ${matchCount - 1} more` : ''}`;
  return `${style.bold(printable(rule))}${tags.length > 0 ? ` [${printable(tags.join(' '))}]` : ''}  ${printable(file)}  ${style.dim(where)}`;
}
