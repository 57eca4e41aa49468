import { stat } from 'node:fs/promises';
import { setFlagsFromString } from 'node:v8';
import { TLP_LEVELS, type Tlp } from '../../agreement/index.ts';
import { EntenteError } from '../../base/index.ts';
import { importFeed, openFeed, ownCollection, recallNarrowedCopies } from '../../exchange/index.ts';
import {
  COLUMN_FIELDS,
  type Counts,
  type FileImportOptions,
  importFile,
  newCounts,
  parseColumns,
} from '../../intel/index.ts';
import type { Registry } from '../../registry/index.ts';
import type { Command } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { formatCount, printable, type Terminal } from '../terminal.ts';

/** Problems of a feed told on the terminal; `--json` has them all. */
const PROBLEMS_SHOWN = 20;

export const command: Command = {
  name: 'import',
  usage: 'FILE|FOLDER|URL… [--unmarked LEVEL] [--columns FIELD=COLUMN,…]',
  details: `
Files are streamed. Every object is checked, kept byte for byte, and classified for release; those that break a rule are refused by name,
the others are kept. MISP events and lists (one value a line, or CSV) become STIX indicators; what STIX cannot say is counted and named.
A folder or an address with a manifest.json is a MISP feed: only events that are new or changed are read.
Importing the same again changes nothing, so an interrupted import is simply repeated.

Of a table, --columns says which column holds what, by number (from 1) or by heading: --columns value=Indicator,type=2,comment=Note
Exit code 1 when something was refused; what was accepted is kept.`,
  options: {
    unmarked: {
      type: 'string',
      value: 'LEVEL',
      help: `what objects without a TLP marking count as: ${TLP_LEVELS.join(', ')} (default red: nobody said they may leave)`,
    },
    columns: {
      type: 'string',
      value: 'FIELD=COLUMN,…',
      help: `the columns of a table: ${COLUMN_FIELDS.join(', ')}`,
    },
  },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      // Nearly everything that an import allocates is garbage soon: collecting it earlier takes no longer, and saves 100 MB.
      setFlagsFromString('--heap-growing-percent=30');
      if (invocation.positionals.length === 0) throw new EntenteError('usage', 'name at least one file');
      const unmarked = invocation.string('unmarked');
      if (unmarked !== undefined && !(TLP_LEVELS as readonly string[]).includes(unmarked)) {
        throw new EntenteError('usage', `--unmarked takes one of: ${TLP_LEVELS.join(', ')}`);
      }
      const columns = invocation.string('columns');
      const options: FileImportOptions = {
        ...(unmarked === undefined ? {} : { unmarked: unmarked as Tlp }),
        ...(columns === undefined ? {} : { columns: parseColumns(columns) }),
      };
      const total = newTotal();
      for (const source of invocation.positionals)
        await importSource(registry, source, options, terminal, total);
      const takenBack = await recallNarrowedCopies(registry);
      if (invocation.json) {
        const { changes, dropped, ...counts } = total;
        terminal.out(
          JSON.stringify({
            ...counts,
            takenBack,
            changes: Object.fromEntries(changes),
            dropped: Object.fromEntries(dropped),
          }),
        );
      } else print(total, terminal);
      if (takenBack > 0)
        terminal.note(
          `${formatCount(takenBack)} copies at peers are recalled: newer versions have markings under which they may not be held there`,
        );
      if (total.unmarked > 0)
        terminal.note(
          `${formatCount(total.unmarked)} objects carry no TLP marking and count as TLP:RED, which never leaves; if their author allows more, import them again with --unmarked LEVEL`,
        );
      return total.refused > 0 ? 1 : 0;
    }),
};

interface Total extends Counts {
  events: number;
  unchangedEvents: number;
  readonly problems: string[];
  readonly changes: Map<string, number>;
  readonly dropped: Map<string, number>;
}

const newTotal = (): Total => ({
  ...newCounts(),
  events: 0,
  unchangedEvents: 0,
  problems: [],
  changes: new Map(),
  dropped: new Map(),
});

async function importSource(
  registry: Registry,
  source: string,
  given: FileImportOptions,
  terminal: Terminal,
  total: Total,
): Promise<void> {
  const collection = await ownCollection(registry);
  const options: FileImportOptions = {
    ...given,
    onRefused: ({ index, id, issues }) => {
      const why = issues.map((issue) => `${issue.path ? `${issue.path} ` : ''}${issue.message}`).join('; ');
      terminal.note(
        `${terminal.style.red('refused')} ${printable(source)}: objects[${index}]${id ? ` ${id}` : ''}: ${printable(why)}`,
      );
    },
  };
  const isFolder = /^https?:\/\//i.test(source) || (await stat(source)).isDirectory();
  if (isFolder) {
    if (given.columns) throw new EntenteError('usage', `${source} is a feed, and --columns is for CSV`);
    const feed = await openFeed(source);
    if (!feed)
      throw new EntenteError(
        'file-unreadable',
        `${source} is a folder without a manifest.json; name the files in it`,
        {
          where: source,
        },
      );
    const progress = terminal.progress(source, { unit: 'items' });
    const report = await importFeed(registry, collection.id, feed, {
      ...options,
      onEvents: (done, all) => progress.update(done, all),
    }).finally(() => progress.end());
    for (const problem of report.problems.slice(0, PROBLEMS_SHOWN))
      terminal.note(printable(`${source}: ${problem}`));
    if (report.problemCount > PROBLEMS_SHOWN)
      terminal.note(
        `and ${formatCount(report.problemCount - PROBLEMS_SHOWN)} more problems (--json names them)`,
      );
    total.events += report.events;
    total.unchangedEvents += report.unchangedEvents;
    total.problems.push(...report.problems);
    add(total, report);
    // A feed of which some events could not be had has not wholly come.
    total.refused += report.problemCount;
    return;
  }
  const progress = terminal.progress(source, { total: (await stat(source)).size, unit: 'bytes' });
  const report = await importFile(registry, collection.id, source, {
    ...options,
    onBytes: (done) => progress.update(done),
  }).finally(() => progress.end());
  if (report.accepted + report.unchanged === 0 && (report.refused > 0 || report.format !== 'stix')) {
    throw new EntenteError(
      report.refused > 0 ? 'stix-invalid' : 'intelligence-format',
      report.refused > 0
        ? `${source}: nothing in it can be kept; all ${report.refused} objects are refused`
        : `${source} holds no intelligence`,
      { where: source },
    );
  }
  add(total, report);
  for (const [words, count] of report.changes)
    total.changes.set(words, (total.changes.get(words) ?? 0) + count);
}

function add(total: Total, report: Counts & { readonly dropped: ReadonlyMap<string, number> }): void {
  total.accepted += report.accepted;
  total.unchanged += report.unchanged;
  total.refused += report.refused;
  total.unmarked += report.unmarked;
  total.reclassified += report.reclassified;
  for (const [what, count] of report.dropped) total.dropped.set(what, (total.dropped.get(what) ?? 0) + count);
}

function print(total: Total, terminal: Terminal): void {
  if (total.events + total.unchangedEvents > 0)
    terminal.out(
      `${formatCount(total.events)} events read, ${formatCount(total.unchangedEvents)} unchanged since the last time`,
    );
  terminal.out(
    `${formatCount(total.accepted)} accepted, ${formatCount(total.unchanged)} unchanged, ${formatCount(total.refused)} refused`,
  );
  if (total.reclassified > 0)
    terminal.out(`${formatCount(total.reclassified)} that were here count as what --unmarked says now`);
  for (const [words, count] of total.changes)
    terminal.out(`STIX 2.0 made 2.1, ${formatCount(count)} times: ${words}`);
  for (const [what, count] of total.dropped)
    terminal.out(`${formatCount(count)} not taken over: ${printable(what)}`);
}
