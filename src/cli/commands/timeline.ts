import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { EntenteError } from '../../base/index.ts';
import {
  BINS,
  type Bin,
  type CaseTimeline,
  EXPORT_FORMATS,
  type ExportCount,
  type ExportFormat,
  exportText,
  isColumn,
  openCaseTimeline,
  PAGE_MAX,
  parseFilter,
  parseTime,
  recordQuestion,
  type Selection,
  type TimelineEvent,
  taggedEvents,
  tagsOn,
} from '../../cases/timeline/index.ts';
import { COLUMNS } from '../../forensics/timeline/index.ts';
import { caseNamed } from '../case-named.ts';
import { circumstancesOf } from '../circumstances.ts';
import type { Command, Invocation } from '../command.ts';
import { withRegistry } from '../data-folder.ts';
import { table } from '../table.ts';
import { formatCount, printable, type Terminal } from '../terminal.ts';

export const command: Command = {
  name: 'timeline',
  usage: 'CASE [--from T] [--to T] [--where FILTER] [--histogram | --facet COLUMN | --export FILE]',
  details: `
Events are read by \`entente evidence run CASE --tool timeline\`. Times are UTC. Every question goes into the ledger.

  entente timeline Example --from 2026-11-01 --to 2026-11-02 --where 'fields.EventID = 4688 and message contains "powershell"'
  entente timeline Example --where 'mimikatz' --histogram --by hour
  entente timeline Example --where 'tag = suspicious' --export events.jsonl --format timesketch

Filters: COLUMN = != < <= > >= VALUE, COLUMN contains | startswith | endswith | matches TEXT, COLUMN in (A, B), exists COLUMN, tag = NAME,
joined by and, or, not and ( ). A text alone is looked for in messages and fields. Text is compared without regard to case, save by
\`matches\`, which takes a regular expression (RE2).

Columns: ${COLUMNS.map(({ name }) => name).join(', ')}, fields.NAME`,
  options: {
    from: { type: 'string', value: 'TIME', help: 'events from this time on, such as 2026-11-01T08:00' },
    to: { type: 'string', value: 'TIME', help: 'events before this time' },
    where: { type: 'string', value: 'FILTER', help: 'only events that fit' },
    histogram: { type: 'boolean', help: 'how many events there are in each bin of time' },
    by: { type: 'string', value: 'BIN', help: `of the histogram: ${BINS.join(', ')} (default day)` },
    facet: { type: 'string', value: 'COLUMN', help: 'the most frequent values of a column' },
    limit: {
      type: 'string',
      value: 'N',
      help: `at most so many events or values, up to ${PAGE_MAX} (default 100)`,
    },
    after: { type: 'string', value: 'KEY', help: 'go on behind the page that gave this key' },
    offset: { type: 'string', value: 'N', help: 'begin with event N, from 0' },
    export: { type: 'string', value: 'FILE', help: 'write all selected events to a file' },
    format: {
      type: 'string',
      value: 'FORMAT',
      help: `of the file: ${EXPORT_FORMATS.join(', ')} (default jsonl)`,
    },
    person: { type: 'string', value: 'NAME', help: 'who asks (default: the system’s user name)' },
    purpose: { type: 'string', value: 'TEXT', help: 'why' },
  },
  run: (invocation, terminal) =>
    withRegistry(invocation, async (registry) => {
      const name = invocation.positionals[0];
      if (!name) throw new EntenteError('usage', 'name the case');
      const file = await caseNamed(registry, name, invocation, terminal);
      const asked = questionOf(invocation);
      const selection = selectionOf(invocation, await taggedEvents(registry, file));
      using opened = await openCaseTimeline(registry, file);
      if (opened.unread.length > 0)
        terminal.note(
          `no run has read the events of exhibit ${opened.unread.join(', ')} yet: entente evidence run ${file.name} --tool timeline`,
        );
      const { person, purpose } = circumstancesOf(invocation, 'to look at the timeline');
      await recordQuestion(registry, file, opened.sources, { person, purpose, question: asked });
      if (asked.export !== undefined)
        return await writeExport(opened, selection, asked.export, asked.format, terminal);
      if (asked.histogram)
        return await printHistogram(opened, selection, asked.by, invocation.json, terminal);
      if (asked.facet !== undefined)
        return await printFacet(opened, selection, asked, invocation.json, terminal);
      const page = await opened.timeline.page(selection, asked);
      const tags = await tagsOn(registry, file, page.events);
      for (const event of page.events) {
        const names = (tags.get(event.id) ?? []).map(({ tag, isStale }) =>
          isStale ? `${tag} (stale)` : tag,
        );
        terminal.out(
          invocation.json ? JSON.stringify({ ...event, tags: names }) : lineOf(event, names, terminal),
        );
      }
      if (page.next !== null) terminal.note(`there may be more: --after ${page.next}`);
      return 0;
    }),
};

function questionOf(invocation: Invocation) {
  const by = invocation.string('by') ?? 'day';
  if (!BINS.includes(by as Bin)) throw new EntenteError('usage', `--by takes one of: ${BINS.join(', ')}`);
  const format = invocation.string('format') ?? 'jsonl';
  if (!EXPORT_FORMATS.includes(format as ExportFormat))
    throw new EntenteError('usage', `--format takes one of: ${EXPORT_FORMATS.join(', ')}`);
  const facet = invocation.string('facet');
  if (facet !== undefined && !isColumn(facet))
    throw new EntenteError(
      'usage',
      `--facet takes one of: ${COLUMNS.map((column) => column.name).join(', ')}`,
    );
  const given = <K extends string>(key: K) => {
    const value = invocation.string(key);
    return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: string };
  };
  return {
    ...given('from'),
    ...given('to'),
    ...given('where'),
    ...given('after'),
    ...given('export'),
    ...(facet === undefined ? {} : { facet }),
    histogram: invocation.flag('histogram'),
    by: by as Bin,
    format: format as ExportFormat,
    limit: invocation.integer('limit', { min: 1, max: PAGE_MAX, default: 100 }),
    offset: invocation.integer('offset', { min: 0, max: Number.MAX_SAFE_INTEGER, default: 0 }),
  };
}

function selectionOf(invocation: Invocation, tagged: Awaited<ReturnType<typeof taggedEvents>>): Selection {
  const from = invocation.string('from');
  const to = invocation.string('to');
  const filter = invocation.string('where');
  return {
    ...(from === undefined ? {} : { from: parseTime(from) }),
    ...(to === undefined ? {} : { to: parseTime(to) }),
    ...(filter === undefined ? {} : { filter: parseFilter(filter, tagged) }),
  };
}

function lineOf(event: TimelineEvent, tags: readonly string[], { style }: Terminal): string {
  const who = [event.host, event.user].filter((part) => part !== null).join(' ');
  return `${(event.time ?? 'no time').padEnd(30)}  ${style.dim(event.id.padEnd(10))}  ${printable(who)}  ${printable(event.message).slice(0, 300)}${
    tags.length > 0 ? style.yellow(`  [${tags.join(', ')}]`) : ''
  }`;
}

async function printHistogram(
  { timeline }: CaseTimeline,
  selection: Selection,
  by: Bin,
  json: boolean,
  terminal: Terminal,
): Promise<number> {
  const bars = await timeline.histogram(selection, by);
  const most = Math.max(1, ...bars.map(({ events }) => events));
  for (const bar of bars)
    terminal.out(
      json
        ? JSON.stringify(bar)
        : `${bar.from}  ${formatCount(bar.events).padStart(12)}  ${'█'.repeat(Math.ceil((bar.events / most) * 40))}`,
    );
  return 0;
}

async function printFacet(
  { timeline }: CaseTimeline,
  selection: Selection,
  { facet, limit }: { readonly facet?: string; readonly limit: number },
  json: boolean,
  terminal: Terminal,
): Promise<number> {
  const values = await timeline.facet(selection, facet as Parameters<typeof timeline.facet>[1], limit);
  if (json) for (const value of values) terminal.out(JSON.stringify(value));
  else {
    const rows = values.map(({ value, events }) => [formatCount(events), printable(value ?? '(none)')]);
    for (const line of table(['events', facet!], rows)) terminal.out(line);
  }
  return 0;
}

async function writeExport(
  { timeline }: CaseTimeline,
  selection: Selection,
  path: string,
  format: ExportFormat,
  terminal: Terminal,
): Promise<number> {
  const count: ExportCount = { events: 0, left: 0 };
  const file = createWriteStream(path, { flags: 'wx', mode: 0o600 });
  const pieces =
    format === 'parquet' ? timeline.parquet(selection) : exportText(timeline, selection, format, count);
  for await (const piece of pieces) if (!file.write(piece)) await once(file, 'drain');
  file.end();
  await once(file, 'close');
  if (format === 'parquet') count.events = await timeline.count(selection);
  terminal.note(`${formatCount(count.events)} events in ${path}`);
  if (count.left > 0)
    terminal.note(`${formatCount(count.left)} events have no time, and this format takes none without`);
  return 0;
}
