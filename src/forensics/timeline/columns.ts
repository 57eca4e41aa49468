/**
 * The one schema in which events of every format stand beside each other. A row is an event; `seq` counts the events of an exhibit
 * in the order in which its parser gives them, so an event is named for good by its exhibit's number and its `seq`.
 */
export type ColumnType = 'time' | 'text' | 'integer' | 'boolean';

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly meaning: string;
}

export const COLUMNS = [
  {
    name: 'time',
    type: 'time',
    meaning: 'the instant in UTC, to the nanosecond; none where the record names none',
  },
  { name: 'precision', type: 'text', meaning: 'how exact the record is: day to nanosecond' },
  { name: 'time_source', type: 'text', meaning: 'the field of the record that says the time' },
  { name: 'time_zone', type: 'text', meaning: 'how the instant is known: utc, stated, given, assumed' },
  { name: 'kind', type: 'text', meaning: 'what kind of thing happened' },
  { name: 'host', type: 'text', meaning: 'where, as the record says' },
  { name: 'user', type: 'text', meaning: 'who, as the record says' },
  { name: 'message', type: 'text', meaning: 'the event in one line' },
  { name: 'fields', type: 'text', meaning: 'all fields of the record, a JSON object' },
  { name: 'exhibit', type: 'integer', meaning: 'the number of the exhibit in its case' },
  { name: 'file', type: 'text', meaning: 'the file in the exhibit, and the member where it is an archive' },
  { name: 'format', type: 'text', meaning: 'the format that was parsed' },
  { name: 'record', type: 'text', meaning: 'the record’s own number or name' },
  { name: 'offset', type: 'integer', meaning: 'where the record begins in its file, in bytes' },
  { name: 'recovered', type: 'boolean', meaning: 'found in slack or behind damage' },
  { name: 'seq', type: 'integer', meaning: 'which event of the exhibit it is, from 0' },
] as const satisfies readonly Column[];

export type ColumnName = (typeof COLUMNS)[number]['name'];

export const TEXT_COLUMNS = COLUMNS.filter(({ type }) => type === 'text').map(({ name }) => name);
