/** CSV: every value is kept under a name, and no date is guessed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatEventTime, recogniseFormat } from '../../src/forensics/index.ts';
import { parseText } from './parse-text.ts';

const csv = (...lines: string[]) => parseText('csv', `${lines.join('\n')}\n`, { zoneOffsetMinutes: 0 });
const days = (events: ReturnType<typeof parseText>['events']) =>
  events.map(({ time }) => (time === null ? null : formatEventTime(time).slice(0, 10)));
const codes = (account: ReturnType<typeof parseText>['account']) => account.issues.map(({ code }) => code);

test('the order of day and month follows from the time column alone', () => {
  const { events, account } = csv(
    'time,host,version',
    '03/04/2026 10:00:00,h,4.18.2211.5',
    '03/05/2026 10:00:00,h,13/01/2026 10:00:00',
  );
  assert.deepEqual(days(events), [null, null]);
  assert.deepEqual(codes(account), ['time-form']);
});

test('dates of both orders: those that fit one are read, the others told', () => {
  const { events, account } = csv(
    'time,host,message',
    '13/04/2026 10:00:00,h,x',
    '04/25/2026 12:30:00,h,y',
    '05/06/2026 01:00:00,h,z',
  );
  assert.deepEqual(days(events), ['2026-04-13', '2026-04-25', null]);
  assert.deepEqual(codes(account), ['time-form']);
  const late = csv(
    'time,host,message',
    '1/13/2026 3:04:05 PM,h,x',
    ...Array.from({ length: 3_000 }, () => `01/02/2026 10:00:00,h,${'x'.repeat(30)}`),
    '25/04/2026 10:00:00,h,y',
    '05/06/2026 01:00:00,h,z',
  );
  const all = days(late.events);
  assert.deepEqual(
    [all[0], all[3_000], all[3_001], all[3_002]],
    ['2026-01-13', '2026-01-02', '2026-04-25', null],
  );
  assert.deepEqual(codes(late.account), ['time-order', 'time-form']);
});

test('values behind the header, of columns that share a name and of columns without one are all kept', () => {
  const stamp = '2026-01-01T00:00:00Z';
  const extra = csv('time,host,Message', `${stamp},h,real,extra,more`, `${stamp},h`);
  assert.deepEqual(extra.events[0]!.fields, {
    time: stamp,
    host: 'h',
    Message: 'real',
    column_4: 'extra',
    column_5: 'more',
  });
  assert.equal(extra.events[0]!.message, 'real');
  assert.deepEqual(codes(extra.account), ['csv-columns']);
  const twice = ['time,host,message,host', `${stamp},h1,x,h2`];
  assert.deepEqual(csv(...twice).events[0]!.fields, { time: stamp, host: ['h1', 'h2'], message: 'x' });
  assert.equal(recogniseFormat(Buffer.from(`${twice.join('\n')}\n`))?.name, 'csv');
  const unnamed = csv('time,,message,column_2', `${stamp},a,b,c,d`);
  assert.deepEqual(unnamed.events[0]!.fields, {
    time: stamp,
    column_2: ['a', 'c'],
    message: 'b',
    column_5: 'd',
  });
  const viewer = csv(
    'Level,Date and Time,Source,Event ID,Task Category',
    `Error,${stamp},Prov,7,None,"it, ""broke"""`,
  );
  assert.deepEqual(
    [viewer.events[0]!.field('Message'), viewer.events[0]!.message],
    ['it, "broke"', 'it, "broke"'],
  );
});

test('a quote inside a value is a character, and a quoted name may go over lines', () => {
  const rows = Array.from({ length: 28 }, (_, i) => `2026-01-01T00:00:${String(i).padStart(2, '0')}Z;h;good`);
  const { events, account } = csv('time;host;message', '2026-01-01T00:00:00Z;h1;5" disk', ...rows);
  assert.deepEqual([account.records, account.errors], [29, 0]);
  assert.equal(events[0]!.message, '5" disk');
  const two = csv('"Time\nUTC",host,message', '2026-01-01T00:00:00Z,"a\n\nb ""c""" d,""');
  assert.deepEqual(two.events[0]!.fields, {
    'Time\nUTC': '2026-01-01T00:00:00Z',
    host: 'a\n\nb "c" d',
    message: '',
  });
});

test('a quoted value that never ends costs its own lines; the rows behind it are read', () => {
  const row = '2026-01-01T00:00:00Z,h,good';
  const { account, events } = csv('time,host,message', row, '2026-01-01T00:00:00Z,h,"open', row, row);
  assert.deepEqual([account.records, account.errors, account.skippedBytes], [3, 1, 29]);
  assert.ok(events.every(({ message }) => message === 'good'));
  const lines = [
    'time,host,message',
    `${row},"`,
    ...new Array<string>(30).fill('x'.repeat(1_000_000)),
    row,
    row,
  ];
  const long = csv(...lines);
  assert.equal(long.account.records, 2);
  assert.equal(long.account.errors, 31);
  assert.equal(long.account.skippedBytes, row.length + 3 + 30 * 1_000_001);
});
