/** `entente parse`: what a file says happened, as events, with an account of what could not be read. */
import { EntenteError } from '../../base/index.ts';
import type { EvidenceContent } from '../../cases/examine/index.ts';
import {
  encodeEvent,
  FORMATS,
  type FormatParser,
  formatEventTime,
  HEAD_BYTES,
  type ParserAccount,
  type ParserOptions,
  recogniseFormat,
} from '../../forensics/index.ts';
import type { Command, Invocation } from '../command.ts';
import { LineBuffer, visitFile } from '../exhibits.ts';
import { PARSER_OPTIONS, parserOptions } from '../parser-options.ts';
import { formatCount, type Terminal } from '../terminal.ts';

export const command: Command = {
  name: 'parse',
  usage: 'FILE [--json | --summary]',
  details: [
    'The format is told by the content, whatever the name. Archives are opened and each member is parsed;',
    'with --json its events name it as "file", and what an archive lost is a line of --summary with the format "archive".',
    '',
    '  entente parse Security.evtx --json > events.jsonl',
    '  entente parse Security.evtx --summary',
    '  entente parse /var/log/syslog --year 2026 --zone +02:00',
    '',
    'Formats:',
    ...FORMATS.map(({ name, title }) => `  ${name.padEnd(18)} ${title}`),
  ].join('\n'),
  options: {
    summary: { type: 'boolean', help: 'print only the account, as one line of JSON' },
    format: { type: 'string', value: 'NAME', help: 'do not recognise the format, use this one' },
    ...PARSER_OPTIONS,
  },
  run,
};

async function run(invocation: Invocation, terminal: Terminal): Promise<number> {
  const [path, ...more] = invocation.positionals;
  if (path === undefined || more.length > 0) {
    throw new EntenteError('usage', 'one FILE is wanted (entente parse --help)');
  }
  const options = parserOptions(invocation);
  const named = invocation.string('format');
  const chosen = named === undefined ? null : FORMATS.find((format) => format.name === named);
  if (chosen === undefined) {
    throw new EntenteError(
      'usage',
      `there is no format "${named}"; formats are ${FORMATS.map(({ name }) => name).join(', ')}`,
    );
  }
  let parsed = 0;
  const unknown: string[] = [];
  /** Errors of an archive itself, by the name of the container or member that could not be read whole. */
  const damaged = new Map<string, number>();
  await visitFile(
    path,
    (exhibit) => {
      const format = chosen ?? recogniseFormat(exhibit.reader.read(0, HEAD_BYTES));
      if (format === null) unknown.push(exhibit.name);
      else {
        parsed++;
        const member = exhibit.name === path ? undefined : exhibit.name;
        parseExhibit(exhibit, member, format, options, invocation, terminal);
      }
    },
    (name, message) => {
      damaged.set(name, (damaged.get(name) ?? 0) + 1);
      terminal.note(`${name}: ${message}`);
    },
  );
  if (invocation.flag('summary')) {
    for (const [file, errors] of damaged) {
      terminal.out(
        JSON.stringify({ file, format: 'archive', records: 0, errors, recovered: 0, skippedBytes: 0 }),
      );
    }
  }
  if (parsed === 0) {
    throw new EntenteError('format-unknown', `${path}: the content is of no format that can be parsed`, {
      where: path,
    });
  }
  for (const name of unknown.slice(0, NOTES_MAX))
    terminal.note(`${name}: the content is of no format that can be parsed`);
  if (unknown.length > NOTES_MAX)
    terminal.note(`… and ${formatCount(unknown.length - NOTES_MAX)} more members of no known format`);
  return 0;
}

/** Notes on the terminal; `--summary` and the counts tell of all. */
const NOTES_MAX = 20;

function parseExhibit(
  exhibit: EvidenceContent,
  member: string | undefined,
  format: FormatParser,
  options: ParserOptions,
  invocation: Invocation,
  terminal: Terminal,
): void {
  const lines = new LineBuffer((text) => terminal.out(text));
  const { style } = terminal;
  const summaryOnly = invocation.flag('summary');
  const account = format.parse(
    exhibit.reader,
    summaryOnly
      ? () => {}
      : invocation.json
        ? (event) => lines.add(encodeEvent(event, member))
        : (event) =>
            lines.add(
              `${event.time === null ? style.dim('no time'.padEnd(28)) : formatEventTime(event.time).padEnd(28)}  ${visible(
                [event.host, event.user].filter((part) => part !== null).join(' '),
              )}  ${visible(event.message).slice(0, 300)}${event.recovered ? style.yellow('  recovered') : ''}`,
            ),
    exhibit.companions === undefined ? options : { ...options, companions: exhibit.companions },
  );
  lines.flush();
  if (summaryOnly) {
    const { records, errors, recovered, skippedBytes } = account;
    terminal.out(
      JSON.stringify({
        file: exhibit.name,
        format: account.format,
        records,
        errors,
        recovered,
        skippedBytes,
      }),
    );
  } else tell(exhibit.name, account, terminal);
}

function tell(name: string, account: ParserAccount, terminal: Terminal): void {
  const { format, records, recovered, errors, warnings, skippedBytes } = account;
  for (const issue of account.issues.slice(0, NOTES_MAX)) {
    terminal.note(`${issue.severity} at byte ${issue.offset}: ${issue.message}`);
  }
  const all = errors + warnings;
  if (all > NOTES_MAX) terminal.note(`… and ${formatCount(all - NOTES_MAX)} more issues`);
  terminal.note(
    `${name}: ${format}, ${formatCount(records)} records, ${formatCount(recovered)} recovered, ${formatCount(errors)} errors, ${formatCount(warnings)} warnings, ${formatCount(skippedBytes)} bytes not read`,
  );
}

/** Evidence must not steer the terminal. */
function visible(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, '\ufffd');
}
