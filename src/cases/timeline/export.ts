/** A timeline for other tools. Rows are in the timeline's order; what is written follows from the selection alone. */
import { COLUMNS } from '../../forensics/timeline/index.ts';
import type { Selection, Timeline, TimelineEvent } from './timeline.ts';

export const EXPORT_FORMATS = ['jsonl', 'csv', 'timesketch', 'parquet'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export interface ExportCount {
  events: number;
  /** Events that the format cannot hold: Timesketch takes none without a time. */
  left: number;
}

/** Text formats, in pieces. `count` is complete when the last piece was taken. */
export async function* exportText(
  timeline: Timeline,
  selection: Selection,
  format: Exclude<ExportFormat, 'parquet'>,
  count: ExportCount,
): AsyncGenerator<string> {
  const { mark } = timeline;
  if (format === 'csv') yield `${[...COLUMNS.map(({ name }) => name), ...Object.keys(mark)].join(',')}\r\n`;
  for await (const events of timeline.all(selection)) {
    const lines = events.map((event) => LINES[format](event, mark));
    const written = lines.filter((line) => line !== null);
    count.events += written.length;
    count.left += lines.length - written.length;
    yield written.join('');
  }
}

type Mark = Timeline['mark'];

const LINES: Readonly<
  Record<Exclude<ExportFormat, 'parquet'>, (event: TimelineEvent, mark: Mark) => string | null>
> = {
  jsonl: (event, mark) => `${JSON.stringify({ ...event, ...mark })}\n`,
  csv: (event, mark) => `${[csvRow(event), ...Object.values(mark)].join(',')}\r\n`,
  timesketch: (event, mark) => timesketchLine(event, mark),
};

/** RFC 4180. Values are the evidence's, letter for letter; a spreadsheet that computes them is opened with care. */
function csvRow(event: TimelineEvent): string {
  const values = {
    ...event,
    time_source: event.timeSource,
    time_zone: event.timeZone,
    fields: JSON.stringify(event.fields),
  };
  return COLUMNS.map(({ name }) => {
    const text = String(values[name] ?? '');
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }).join(',');
}

/** What Timesketch asks of a line (message, datetime, timestamp_desc), and the rest as attributes. */
function timesketchLine(event: TimelineEvent, mark: Mark): string | null {
  const { time, message, timeSource, kind, fields, id, precision, timeZone, recovered, seq, ...rest } = event;
  if (time === null) return null;
  return `${JSON.stringify({
    message,
    datetime: time.replace('Z', '+00:00'),
    timestamp_desc: timeSource,
    data_type: `entente:${kind}`,
    ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null)),
    event: id,
    fields: JSON.stringify(fields),
    ...mark,
  })}\n`;
}
