/**
 * CSV with a header (RFC 4180; also with semicolons or tabs). Columns are mapped by the investigator, or by the names that
 * common exports use, among them Windows' own: the Event Viewer's and `Get-WinEvent | Export-Csv`.
 */
import { Account } from '../account.ts';
import { type EventInit, type FieldValue, plainEvent, type Scalar } from '../event.ts';
import { type FormatParser, HEAD_BYTES, type ParserOptions } from '../parser.ts';
import { COLUMNS_MAX, type Row, RowAssembler, separatorOf, valuesOf, wholeRows } from './csv-rows.ts';
import { ColumnTimes, type TimeWarning } from './csv-time.ts';
import { eachLine, headLines } from './lines.ts';

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

/** PowerShell writes the type of its objects before the header. */
const isBeforeHeader = (line: string) => line.trim() === '' || line.startsWith('#TYPE');

export const csv: FormatParser = {
  name: 'csv',
  title: 'CSV with a header (also Windows event exports)',

  recognise(head) {
    const lines = headLines(head, 20).filter((line) => !isBeforeHeader(line));
    const header = lines[0];
    if (header === undefined || header.length > 10_000 || lines.length < 2) return 0;
    const separator = separatorOf(header);
    if (separator === null) return 0;
    const names = valuesOf(header, separator);
    if (names === null || names.length < 3) return 0;
    if (!names.every((name) => /^[\p{L}_@(][\p{L}\d _.@()/:#-]{0,63}$/u.test(name))) return 0;
    const known = names.some((name) => TIME_COLUMNS.includes(name.toLowerCase()));
    if (!known && new Set(names).size !== names.length) return 0;
    const rows = wholeRows(lines.slice(1), separator).map((row) => valuesOf(row, separator));
    const regular = rows.filter((row) => row !== null && Math.abs(row.length - names.length) <= 1).length;
    return 2 * regular < rows.length ? 0 : known ? 2 : 1;
  },

  parse(reader, sink, options = {}) {
    const account = new Account('csv', sink);
    let rows: RowAssembler | null = null;
    let separator = ',';
    let columns: Columns | null = null;
    let count = 0;
    /** Behind a quoted value that never ended, until a line is a row again. */
    let isLost = false;
    const warned = new Set<string>();
    const unread = ({ offset, sizeBytes }: Row, why: string): void => {
      account.error('csv-row', why, offset, sizeBytes);
      account.skip(sizeBytes);
    };
    const take = (row: Row): void => {
      if (account.stopped) return;
      const warn: TimeWarning = (code, message) => {
        if (!warned.has(code)) account.warn(code, message, row.offset);
        warned.add(code);
      };
      const values = valuesOf(row.text, separator);
      if (row.isTorn) isLost = true;
      if (values === null) unread(row, 'a quoted value that is never closed');
      else if (values.length > COLUMNS_MAX) unread(row, `a row with more than ${COLUMNS_MAX} values`);
      else if (columns === null) {
        const head = () => wholeRows(headLines(reader.read(0, HEAD_BYTES), 2_000), separator);
        columns = namedColumns(values, separator, head, options);
      } else if (isLost && values.length !== columns.names.length) {
        unread(row, 'a line behind a quoted value that is never closed, and no row');
      } else {
        isLost = false;
        if (values.length > columns.names.length + 1)
          warn('csv-columns', 'a row has more values than columns: they are kept as column_N');
        account.emit(plainEvent(eventOf(values, columns, row.offset, ++count, warn)));
      }
    };
    eachLine(reader, account, (line) => {
      if (rows === null) {
        if (isBeforeHeader(line.text)) return;
        separator = separatorOf(line.text) ?? ',';
        rows = new RowAssembler(separator);
      }
      if (!rows.isOpen && line.text.trim() === '') return;
      for (const row of rows.push(line)) take(row);
    });
    for (const row of (rows as RowAssembler | null)?.end() ?? []) take(row);
    return account.finish();
  },
};

interface Columns {
  readonly names: readonly string[];
  /** What the fields of an event are called. */
  readonly fields: readonly string[];
  /** Some columns share a name: theirs are lists. */
  readonly repeats: boolean;
  readonly isWindows: boolean;
  readonly time: number;
  readonly times: ColumnTimes | null;
  readonly host: number;
  readonly user: number;
  readonly message: number;
}

function namedColumns(
  names: readonly string[],
  separator: string,
  headRows: () => readonly string[],
  options: ParserOptions,
): Columns {
  const lower = names.map((name) => name.toLowerCase());
  const find = (given: string | undefined, known: readonly string[]) =>
    given !== undefined
      ? names.indexOf(given)
      : (known.map((name) => lower.indexOf(name)).find((index) => index >= 0) ?? -1);
  const isWindows =
    (lower.includes('event id') && lower.includes('source')) ||
    (lower.includes('id') && lower.includes('providername'));
  const fields = names.map((name, i) => {
    if (name === '') return `column_${i + 1}`;
    if (name === '__proto__') return 'proto';
    return isWindows ? (WINDOWS_COLUMNS[name.toLowerCase()] ?? name) : name;
  });
  // The Event Viewer writes the message behind the last named column.
  if (isWindows && !fields.includes('Message')) fields.push('Message');
  const time = find(options.csv?.time, TIME_COLUMNS);
  const dates = () => headRows().map((row) => valuesOf(row, separator)?.[time] ?? '');
  return {
    names,
    fields,
    repeats: new Set(fields).size !== fields.length,
    isWindows,
    time,
    times: time < 0 ? null : new ColumnTimes(names[time]!, options.zoneOffsetMinutes, dates()),
    host: find(options.csv?.host, HOST_COLUMNS),
    user: find(options.csv?.user, USER_COLUMNS),
    message: find(options.csv?.message, MESSAGE_COLUMNS),
  };
}

function eventOf(
  values: readonly string[],
  columns: Columns,
  offset: number,
  row: number,
  warn: TimeWarning,
): EventInit {
  const fields: Record<string, FieldValue> = {};
  for (let i = 0; i < values.length; i++) {
    const name = columns.fields[i] ?? freeName(fields, `column_${i + 1}`);
    const before = columns.repeats && Object.hasOwn(fields, name) ? fields[name] : undefined;
    fields[name] =
      before === undefined
        ? values[i]!
        : [...(Array.isArray(before) ? before : [before as Scalar]), values[i]!];
  }
  const at = (index: number) =>
    index >= 0 && values[index] !== undefined && values[index] !== '' ? values[index]! : null;
  const stamp = at(columns.time);
  const message = at(columns.message) ?? (columns.isWindows ? (values[columns.names.length] ?? null) : null);
  const record = Number(fields['EventRecordID']);
  return {
    kind: columns.isWindows ? 'windows-event' : 'csv-row',
    time: stamp === null ? null : columns.times!.read(stamp, warn),
    host: at(columns.host),
    user: at(columns.user),
    message: message ?? values.join(' ').slice(0, 1_000),
    fields,
    offset,
    recordId: columns.isWindows && Number.isSafeInteger(record) ? record : row,
  };
}

/** A header may itself name a column so. */
function freeName(fields: Readonly<Record<string, FieldValue>>, name: string): string {
  return Object.hasOwn(fields, name) ? freeName(fields, `${name}_`) : name;
}
