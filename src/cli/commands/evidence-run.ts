import { EntenteError } from '../../base/index.ts';
import type { RejectedSource } from '../../cases/examine/index.ts';
import { byPlace, type Case, concernedExhibits, type Finding, type ToolRun } from '../../cases/index.ts';
import {
  executeRun,
  exhibitsFor,
  isRunTool,
  type MadeRun,
  type OrderOptions,
  orderRun,
  purposeOf,
  RUN_TOOLS,
} from '../../exchange/index.ts';
import { usableIndicators } from '../../intel/index.ts';
import type { Registry } from '../../registry/index.ts';
import { caseNamed } from '../case-named.ts';
import { CIRCUMSTANCES, circumstancesOf } from '../circumstances.ts';
import type { Command, Invocation } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { WISH_OPTIONS, wishOf } from '../run-wish.ts';
import { table } from '../table.ts';
import { formatCount, printable, type Terminal } from '../terminal.ts';

/** Shown at once; the account of the run has all. */
const ISSUES_SHOWN = 20;

export const command: Command = {
  name: 'evidence run',
  usage:
    'CASE --tool match | patterns | observables | retro | parse | timeline | sigma | yara [--rules PATH…]',
  details: `
\`match\` looks for every indicator that this node holds and may use: its own, and those that an agreement in force allows to be used in
evidence. Each finding names its place, its contributor and the clause.
\`patterns\` decides on the events of the evidence what text cannot show: the patterns of those indicators that ask for two things at once, an order,
a time or a likeness. The account says what could not be decided.
\`observables\` keeps every name, address, digest and URL of each exhibit as fingerprints, in an exhibit derived from it. \`retro\` is \`match\` for
intelligence that came later: it compares the indicators with those first, and reads only the exhibits that hold something of them.
\`parse\` reads the events of all exhibits into derived exhibits, one for each, which \`entente timeline\` shows together.
\`timeline\` does the same for those exhibits whose events no run has read yet.
\`sigma\` and \`yara\` look for what the rules in \`--rules\` describe; hits are findings, and a derived exhibit with all they say.
Each run records what could not be read.`,
  options: {
    tool: {
      type: 'string',
      value: 'TOOL',
      help: 'match, patterns, observables, retro, parse, timeline, sigma or yara',
    },
    ...WISH_OPTIONS,
    ...CIRCUMSTANCES,
  },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const name = invocation.positionals[0];
      if (!name) throw new EntenteError('usage', 'name the case');
      const run = await make(
        registry,
        await caseNamed(registry, name, invocation, terminal),
        invocation,
        terminal,
      );
      if (run !== null) tell(run, invocation, terminal);
      return 0;
    }),
};

/** What is read and with what; null when there is nothing to do. */
async function make(
  registry: Registry,
  file: Case,
  invocation: Invocation,
  terminal: Terminal,
): Promise<MadeRun | null> {
  const asked = invocation.required('tool');
  if (asked === 'retro') return compareLater(registry, file, invocation, terminal);
  if (!isRunTool(asked))
    throw new EntenteError('usage', `--tool takes one of: ${[...RUN_TOOLS, 'retro'].join(', ')}`);
  const order = await orderRun(registry, await wishOf(invocation, terminal));
  const exhibits = await exhibitsFor(registry, file, asked);
  if (asked === 'timeline' && exhibits.length === 0) {
    terminal.note('there is nothing to do: the events of all exhibits are read');
    return null;
  }
  const run = await withProgress(invocation, terminal, purposeOf(asked), (options) =>
    executeRun(registry, file, exhibits, order, options),
  );
  tellUnusable(run.unusable, terminal);
  if (asked === 'match' && run.onEvents > 0)
    terminal.note(`${run.onEvents} indicators have patterns that --tool patterns decides on events`);
  return run;
}

/** Intelligence that came later, against observables first: only the exhibits that hold something of it are read. */
async function compareLater(
  registry: Registry,
  file: Case,
  invocation: Invocation,
  terminal: Terminal,
): Promise<MadeRun | null> {
  const indicators = await usableIndicators(registry, file.openedAt);
  tellUnusable(indicators.unusable, terminal);
  const { exhibits, unknown, clear, isServed } = await concernedExhibits(registry, file, indicators.sources);
  if (!isServed) {
    terminal.note(
      'some indicators are names, paths, strings or beginnings of URLs, which observables do not show: all exhibits are read',
    );
  } else terminal.note(`${clear} exhibits hold nothing of the indicators and are not read`);
  if (unknown > 0)
    terminal.note(`${unknown} exhibits have no observables and are read (run --tool observables once)`);
  if (exhibits.length === 0) return null;
  return withProgress(invocation, terminal, 'compare later intelligence with evidence', (options) =>
    executeRun(registry, file, exhibits, { tool: 'match' }, { ...options, indicators }),
  );
}

function tellUnusable(unusable: MadeRun['unusable'], terminal: Terminal): void {
  for (const { words, count } of unusable) terminal.note(`${count} indicators are not used: ${words}`);
}

async function withProgress(
  invocation: Invocation,
  terminal: Terminal,
  purpose: string,
  run: (options: OrderOptions) => Promise<MadeRun>,
): Promise<MadeRun> {
  const progress = terminal.progress(invocation.required('tool'), { unit: 'bytes' });
  const onProgress = (done: number, total: number) => progress.update(done, total);
  return run({ ...circumstancesOf(invocation, purpose), onProgress }).finally(() => progress.end());
}

/** The accounts of all tools have these. */
interface Account {
  readonly issues: readonly {
    readonly file: string;
    readonly container?: string;
    readonly message: string;
  }[];
  readonly issueCount: number;
  readonly events?: number;
  readonly errors?: number;
  readonly skippedBytes?: number;
}

function tell({ record, findings, derived }: ToolRun, invocation: Invocation, terminal: Terminal): void {
  const { issues, issueCount, events, errors, skippedBytes } = record.account as unknown as Account;
  for (const { file, container, message } of issues.slice(0, ISSUES_SHOWN))
    terminal.note(`not wholly read: ${printable(`${file}${container ? ` › ${container}` : ''} ${message}`)}`);
  if (issueCount > ISSUES_SHOWN)
    terminal.note(`and ${issueCount - ISSUES_SHOWN} more; the run's account has them`);
  const { rulesNotLoaded = [], undecidedCount = 0 } = record.account as {
    rulesNotLoaded?: readonly RejectedSource[];
    undecidedCount?: number;
  };
  if (undecidedCount > 0)
    terminal.note(
      `${undecidedCount} patterns could not be decided on an exhibit; the run's account names them`,
    );
  for (const { path, rule, reason } of rulesNotLoaded)
    terminal.note(printable(`rule not loaded: ${path}${rule === null ? '' : ` (${rule})`}: ${reason}`));
  if (invocation.json) {
    const finds = record.tool.name !== 'entente parse' && record.tool.name !== 'entente timeline';
    for (const line of finds ? findings : [record]) terminal.out(JSON.stringify(line));
    return;
  }
  const finds = byPlace(findings);
  if (finds.length > 0) {
    const rows = finds.map(({ finding: one, contributors, clauses }) => [
      one.kind,
      one.value,
      `${one.file}${one.container ? ` › ${one.container}` : ''}`,
      String(one.line ?? ''),
      String(one.offset ?? ''),
      contributors.join(', '),
      clauses.join(', '),
      marksOf(one, record.at),
    ]);
    const heads = ['kind', 'value', 'file', 'line', 'byte', 'contributor', 'clause', 'mark'];
    const isMarked = rows.some((row) => row.at(-1) !== '');
    const shown = isMarked ? rows : rows.map((row) => row.slice(0, -1));
    for (const line of table(isMarked ? heads : heads.slice(0, -1), shown)) terminal.out(line);
  }
  for (const exhibit of derived)
    terminal.out(
      `exhibit ${exhibit.number}  ${exhibit.name}, derived from ${exhibit.parent!.number}  ${exhibit.sha256}`,
    );
  const read =
    events === undefined || record.tool.name === 'entente yara'
      ? ''
      : `, ${formatCount(events)} events, ${formatCount(errors ?? 0)} errors, ${formatCount(skippedBytes ?? 0)} bytes not read`;
  const used =
    record.parameters['indicators'] === undefined
      ? ''
      : ` with ${record.parameters['indicators']} indicators`;
  const several = finds.filter(({ contributors }) => contributors.length > 1).length;
  const places =
    finds.length === findings.length
      ? ''
      : ` at ${finds.length} places${several > 0 ? `, ${several} of them by several contributors` : ''}`;
  terminal.out(`${findings.length} findings${places}${used}${read}; run ${record.id}`);
}

/** What whoever reads a finding should know of its indicator: warninglists that have the value, and whether it had expired. */
function marksOf({ warninglists = [], validUntil, confidence }: Finding, at: string): string {
  return [
    ...warninglists.map((name) => `on ${name}`),
    ...(validUntil !== undefined && validUntil <= at ? [`expired ${validUntil.slice(0, 10)}`] : []),
    ...(confidence === undefined ? [] : [`confidence ${confidence}`]),
  ].join('; ');
}
