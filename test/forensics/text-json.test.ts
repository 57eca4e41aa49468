/** JSON logs: what is written is what is kept. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatEventTime } from '../../src/forensics/index.ts';
import { parseText } from './parse-text.ts';

const jsonLines = (...lines: string[]) => parseText('json-lines', `${lines.join('\n')}\n`);

test('a number that floating point does not hold keeps its text, at any depth and in every form of JSON', () => {
  const record =
    '{"id":12345678901234567891,"n":{"of":[9007199254740993,-9007199254740993]},"big":1e400,"small":1e-400,"ns":1700000000.123456789}';
  const want = {
    id: '12345678901234567891',
    'n.of': ['9007199254740993', '-9007199254740993'],
    big: '1e400',
    small: '1e-400',
    ns: '1700000000.123456789',
  };
  assert.deepEqual(jsonLines(record).events[0]!.fields, want);
  assert.deepEqual(parseText('json', `{"Records":[${record}]}`).events[0]!.fields, want);
  const inner = JSON.stringify({ CloudTrailEvent: record });
  assert.equal(jsonLines(inner).events[0]!.field('id'), '12345678901234567891');
  const windows = '{"Event":{"System":{"EventID":1,"Channel":"x"},"EventData":{"LogonId":9007199254740993}}}';
  assert.equal(jsonLines(windows).events[0]!.field('LogonId'), '9007199254740993');
});

test('a number that floating point holds stays a number, however it is written', () => {
  const record =
    '{"a":9007199254740991,"b":0.30000000000000004,"c":1.5E3,"d":-0.10,"e":1e22,"f":0e5,"g":123456789012345.5}';
  assert.deepEqual(jsonLines(record).events[0]!.fields, JSON.parse(record));
});

test('text between quotes is never taken for numbers, members or depth', () => {
  const { account, events } = jsonLines(
    `{"m":"${'{['.repeat(2_000)}","e":"\\"a\\":1,\\\\","n":"12345678901234567891","big":18446744073709551615}`,
    '{"a\\"b":{"c":1},"__proto__":12345678901234567891}',
  );
  assert.deepEqual([account.records, account.errors, account.warnings], [2, 0, 0]);
  assert.equal(events[0]!.field('e'), '"a":1,\\');
  assert.equal(events[0]!.field('n'), '12345678901234567891');
  assert.equal(events[1]!.field('a"b.c'), 1);
  assert.equal(events[1]!.field('__proto__'), '12345678901234567891');
});

test('text that is nested too deep is an error of its own line', () => {
  const deep = `{"a":${'['.repeat(5_000)}${']'.repeat(5_000)}}`;
  const { account } = jsonLines('{"a":1}', deep, '{"a":2}');
  assert.deepEqual([account.records, account.errors], [2, 1]);
});

test('a member that is named twice keeps all its values, and the account says so', () => {
  const { account, events } = jsonLines(
    '{"a":1,"b":{"c":"x","c":"y","c":["z"]},"a":"2"}',
    '{"a":1,"b" : 2,"c":"\\":"}',
  );
  assert.deepEqual(events[0]!.fields, { a: [1, '2'], 'b.c': ['x', 'y', 'z'] });
  assert.deepEqual(events[1]!.fields, { a: 1, b: 2, c: '":' });
  assert.deepEqual(
    account.issues.map(({ code, offset }) => [code, offset]),
    [['json-repeated-member', 0]],
  );
});

test('of several times of a flat Windows record the one whose zone is known counts; else the given zone, or a warning', () => {
  const flat = (more: object) => JSON.stringify({ Channel: 'Security', EventID: 4624, ...more });
  const local = { EventTime: '2020-05-02 02:55:26' };
  const at = (line: string, options = {}) => {
    const { events, account } = parseText('json-lines', `${line}\n`, options);
    const { time } = events[0]!;
    return [formatEventTime(time!), time!.zone, time!.source, account.warnings];
  };
  const stamped = flat({ ...local, '@timestamp': '2020-05-02T06:55:26.493Z' });
  assert.deepEqual(at(stamped), ['2020-05-02T06:55:26.493Z', 'stated', '@timestamp', 0]);
  assert.deepEqual(at(flat(local), { zoneOffsetMinutes: -240 }), [
    '2020-05-02T06:55:26Z',
    'given',
    'EventTime',
    0,
  ]);
  assert.deepEqual(at(flat(local)), ['2020-05-02T02:55:26Z', 'assumed', 'EventTime', 1]);
  const sysmon = flat({ ...local, UtcTime: '2020-05-02 06:55:26.493' });
  assert.deepEqual(at(sysmon), ['2020-05-02T06:55:26.493Z', 'utc', 'UtcTime', 0]);
});

test('nanoseconds since 1970 are read to the last one, as a number or as text, and so are long fractions', () => {
  const { events, account } = jsonLines(
    '{"time":1700000000123456789}',
    '{"time":"1700000000123456789"}',
    '{"time":1700000000.123456789}',
  );
  for (const { time } of events) assert.equal(formatEventTime(time!), '2023-11-14T22:13:20.123456789Z');
  assert.equal(account.warnings, 0);
});
