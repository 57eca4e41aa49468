/**
 * CSV with a header (RFC 4180; also with semicolons or tabs). Columns are mapped by the investigator, or by the names that
 * common exports use, among them Windows' own: the Event Viewer's and `Get-WinEvent | Export-Csv`.
 *
 * A date like 03/04/2026 can be two days. Which it is follows from the whole beginning of the file, if some date there can be read
 * in one way only; otherwise such times are left out and the account warns.
 */
import { Account } from '../account.ts';
import { type EventInit, type EventTime, type FieldValue, plainEvent } from '../event.ts';
import { type FormatParser, HEAD_BYTES, type ParserOptions } from '../parser.ts';
import { timeOf, writtenTime } from '../time-text.ts';
import { eachLine, headLines } from './lines.ts';

const COLUMNS_MAX = 1_000;
/** A quote that is never closed would take the rest of the file into one value. */
const ROW_LINES_MAX = 2_000;

const TIME_COLUMNS = [
  ...[
    'timecreated',
    'date and time',
    '@timestamp',
    'timestamp',
    'datetime',
    'utctime',
    'time',
    'date',
    'eventtime',
    'time generated',
  ],
];
const HOST_COLUMNS = ['machinename', 'computer', 'hostname', 'host'];
const USER_COLUMNS = ['user', 'username', 'userid', 'account'];
const MESSAGE_COLUMNS = ['message', 'description', 'msg', 'event'];

/** Columns of Windows exports to the names that event logs have. */
const WINDOWS_COLUMNS: Readonly<Record<string, string>> = {
  id: 'EventID',
  'event id': 'EventID',
  eventid: 'EventID',
  providername: 'Provider_Name',
  source: 'Provider_Name',
  providerid: 'Provider_Guid',
  logname: 'Channel',
  log: 'Channel',
  machinename: 'Computer',
  computer: 'Computer',
  recordid: 'EventRecordID',
  processid: 'Execution_ProcessID',
  threadid: 'Execution_ThreadID',
  level: 'Level',
  keywords: 'Keywords',
  opcode: 'Opcode',
  task: 'Task',
};

export const csv: FormatParser = {
  name: 'csv',
  title: 'CSV with a header (also Windows event exports)',

  recognise(head) {
    const lines = headLines(head, 20).filter((line) => line.trim() !== '' && !line.startsWith('#TYPE'));
    const header = lines[0];
    if (header === undefined || header.length > 10_000 || lines.length < 2) return 0;
    const separator = separatorOf(header);
    if (separator === null) return 0;
    const names = rowOf(header, separator).values;
    if (names === null || names.length < 3 || new Set(names).size !== names.length) return 0;
    if (!names.every((name) => /^[\p{L}_@(][\p{L}\d _.@()/:#-]{0,63}$/u.test(name))) return 0;
    const known = names.some((name) => TIME_COLUMNS.includes(name.toLowerCase()));
    const rows = wholeRows(lines.slice(1)).map((row) => rowOf(row, separator).values);
    const regular = rows.filter((row) => row !== null && Math.abs(row.length - names.length) <= 1).length;
    return 2 * regular < rows.length ? 0 : known ? 2 : 1;
  },

  parse(reader, sink, options = {}) {
    const account = new Account('csv', sink);
    const order = dateOrder(headLines(reader.read(0, HEAD_BYTES), 2_000));
    let columns: Columns | null = null;
    let separator = ',';
    let open: { text: string; offset: number; sizeBytes: number; lines: number } | null = null;
    let quoted = false;
    let row = 0;
    const warned = new Set<string>();
    const warnOnce = (code: string, message: string, offset: number): void => {
      if (!warned.has(code)) account.warn(code, message, offset);
      warned.add(code);
    };
    const unread = (offset: number, sizeBytes: number, why: string): void => {
      account.error('csv-row', why, offset, sizeBytes);
      account.skip(sizeBytes);
    };
    eachLine(reader, account, (line) => {
      if (columns === null) {
        if (line.text.trim() === '' || line.text.startsWith('#TYPE')) return;
        separator = separatorOf(line.text) ?? ',';
        const names = rowOf(line.text, separator).values;
        columns = namedColumns((names ?? []).slice(0, COLUMNS_MAX), options);
        return;
      }
      open =
        open === null
          ? { text: line.text, offset: line.offset, sizeBytes: line.sizeBytes, lines: 1 }
          : {
              text: `${open.text}\n${line.text}`,
              offset: open.offset,
              sizeBytes: open.sizeBytes + line.sizeBytes,
              lines: open.lines + 1,
            };
      if (open.lines === 1 && open.text.trim() === '') {
        open = null;
        return;
      }
      // An odd number of quotes: a value goes on in the next line.
      if (hasOpenQuote(line.text)) quoted = !quoted;
      if (quoted && open.lines < ROW_LINES_MAX) return;
      const { text, offset, sizeBytes } = open;
      open = null;
      quoted = false;
      const { values } = rowOf(text, separator);
      if (values === null) {
        unread(offset, sizeBytes, 'a quoted value that is never closed');
        return;
      }
      if (values.length > columns.names.length + 1) {
        unread(offset, sizeBytes, 'a row with more values than columns');
        return;
      }
      account.emit(plainEvent(eventOf(values, columns, order, options, offset, ++row, warnOnce)));
    });
    if (open !== null)
      unread(
        (open as { offset: number }).offset,
        (open as { sizeBytes: number }).sizeBytes,
        'the file ends inside a quoted value',
      );
    return account.finish();
  },
};

interface Columns {
  readonly names: readonly string[];
  readonly isWindows: boolean;
  readonly time: number;
  readonly host: number;
  readonly user: number;
  readonly message: number;
}

function namedColumns(names: readonly string[], options: ParserOptions): Columns {
  const lower = names.map((name) => name.toLowerCase());
  const find = (given: string | undefined, known: readonly string[]) =>
    given !== undefined
      ? names.indexOf(given)
      : (known.map((name) => lower.indexOf(name)).find((index) => index >= 0) ?? -1);
  const isWindows =
    (lower.includes('event id') && lower.includes('source')) ||
    (lower.includes('id') && lower.includes('providername'));
  return {
    names,
    isWindows,
    time: find(options.csv?.time, TIME_COLUMNS),
    host: find(options.csv?.host, HOST_COLUMNS),
    user: find(options.csv?.user, USER_COLUMNS),
    message: find(options.csv?.message, MESSAGE_COLUMNS),
  };
}

function eventOf(
  values: readonly string[],
  columns: Columns,
  order: DateOrder | null,
  options: ParserOptions,
  offset: number,
  row: number,
  warnOnce: (code: string, message: string, offset: number) => void,
): EventInit {
  const fields: Record<string, FieldValue> = {};
  for (const [i, value] of values.entries()) {
    // The Event Viewer writes the message behind the last named column.
    const name = columns.names[i] ?? 'Message';
    fields[
      columns.isWindows
        ? (WINDOWS_COLUMNS[name.toLowerCase()] ?? name)
        : name === '__proto__'
          ? 'proto'
          : name
    ] = value;
  }
  const at = (index: number) =>
    index >= 0 && values[index] !== undefined && values[index] !== '' ? values[index]! : null;
  const stamp = at(columns.time);
  const time = stamp === null ? null : exportedTime(stamp, columns.names[columns.time]!, order, options);
  if (stamp !== null && time === null) {
    const why =
      AMBIGUOUS.test(stamp) && order === null
        ? 'dates like 03/04/2026 can be read in two ways'
        : 'the time cannot be read';
    warnOnce('time-form', `${why}: such events have no time`, offset);
  }
  if (time?.zone === 'assumed')
    warnOnce('time-zone', 'times name no zone, and none was given: UTC is assumed', offset);
  const message = at(columns.message) ?? (columns.isWindows ? (values[columns.names.length] ?? null) : null);
  const record = Number(fields['EventRecordID']);
  return {
    kind: columns.isWindows ? 'windows-event' : 'csv-row',
    time,
    host: at(columns.host),
    user: at(columns.user),
    message: message ?? values.join(' ').slice(0, 1_000),
    fields,
    offset,
    recordId: columns.isWindows && Number.isSafeInteger(record) ? record : row,
  };
}

type DateOrder = 'month-first' | 'day-first';

const AMBIGUOUS =
  /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})[ ,T]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?: ?([AaPp])\.?[Mm]\.?)?$/;

/** What the dates in these lines allow; null when nothing decides. Dots are only used where days come first. */
function dateOrder(lines: readonly string[]): DateOrder | null {
  for (const line of lines) {
    for (const [, first, mark, second] of line.matchAll(/(?<!\d)(\d{1,2})([/.-])(\d{1,2})\2\d{4}(?!\d)/g)) {
      if (mark === '.' || Number(first) > 12) return 'day-first';
      if (Number(second) > 12) return 'month-first';
    }
  }
  return null;
}

function exportedTime(
  text: string,
  source: string,
  order: DateOrder | null,
  options: ParserOptions,
): EventTime | null {
  const written = writtenTime(text.trim(), source, options.zoneOffsetMinutes);
  if (written !== null) return written;
  const match = AMBIGUOUS.exec(text.trim());
  if (match === null || order === null) return null;
  const [, first, second, year, hour, minute, seconds, fraction, half] = match;
  const twelve = Number(hour) % 12;
  return timeOf({
    year: Number(year),
    month: Number(order === 'month-first' ? first : second),
    day: Number(order === 'month-first' ? second : first),
    hour: half === undefined ? Number(hour) : half.toLowerCase() === 'p' ? twelve + 12 : twelve,
    minute: Number(minute),
    second: Number(seconds ?? 0),
    fraction: fraction ?? '',
    coarse: seconds === undefined ? 'minute' : null,
    zone: null,
    zoneOffsetMinutes: options.zoneOffsetMinutes,
    source,
  });
}

function separatorOf(header: string): string | null {
  const plain = header.replace(/"[^"]*"/g, '');
  let best: string | null = null;
  let most = 1;
  for (const separator of [',', ';', '\t', '|']) {
    const count = plain.split(separator).length - 1;
    if (count > most) {
      best = separator;
      most = count;
    }
  }
  return best;
}

/** Rows of the head's lines, those with a value over several lines put together; the last, which may be cut, only if it is whole. */
function wholeRows(lines: readonly string[]): string[] {
  const rows: string[] = [];
  let open = '';
  for (const line of lines) {
    open = open === '' ? line : `${open}\n${line}`;
    if (hasOpenQuote(open)) continue;
    rows.push(open);
    open = '';
  }
  return rows;
}

function hasOpenQuote(text: string): boolean {
  let quotes = 0;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) quotes++;
  return quotes % 2 === 1;
}

/** RFC 4180 §2. `values` null when a quoted value is not closed. */
function rowOf(text: string, separator: string): { values: string[] | null } {
  const values: string[] = [];
  let at = 0;
  for (;;) {
    if (text[at] === '"') {
      let value = '';
      at++;
      for (;;) {
        const end = text.indexOf('"', at);
        if (end < 0) return { values: null };
        value += text.slice(at, end);
        at = end + 1;
        if (text[at] !== '"') break;
        value += '"';
        at++;
      }
      const next = text.indexOf(separator, at);
      value += next < 0 ? text.slice(at) : text.slice(at, next); // text behind a closing quote is kept
      values.push(value);
      if (next < 0) return { values };
      at = next + 1;
    } else {
      const next = text.indexOf(separator, at);
      values.push(next < 0 ? text.slice(at) : text.slice(at, next));
      if (next < 0) return { values };
      at = next + 1;
    }
    if (values.length > COLUMNS_MAX + 1) return { values };
  }
}
