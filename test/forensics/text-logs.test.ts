/** Logs of lines: times, hosts and users that are easily misread, and bytes that are no text. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatEventTime, memoryReader, recogniseFormat } from '../../src/forensics/index.ts';
import { parseText } from './parse-text.ts';

const syslog = (lines: readonly string[], firstYear?: number) =>
  parseText('syslog', `${lines.join('\n')}\n`, firstYear === undefined ? {} : { firstYear });
const times = (events: ReturnType<typeof parseText>['events']) =>
  events.map(({ time }) => (time === null ? null : formatEventTime(time)));
const codes = (account: ReturnType<typeof parseText>['account']) => account.issues.map(({ code }) => code);

test('a host of syslog may be an IPv6 address, and a year may stand before or behind the time', () => {
  const { events, account } = syslog(
    [
      'Oct 11 22:14:15 2001:db8::1 sshd[1]: x',
      'Oct 11 22:14:15 2001:db8:0:0:1:2:3:4 sshd[1]: x',
      'Oct 11 22:14:15 ::ffff:192.0.2.1 sshd: x',
      'Oct 11 22:14:15 fe80::1%eth0 sshd: x',
      'Oct 11 22:14:15 2021 host sshd: x',
      'Oct 11 2022 22:14:15: %ASA-6-106015: Deny',
      'Oct 11 22:14:15 cafe: 1::2 x',
    ],
    2023,
  );
  assert.equal(account.errors, 0);
  assert.deepEqual(
    events.map(({ host, time }) => [host, formatEventTime(time!).slice(0, 4)]),
    [
      ['2001:db8::1', '2023'],
      ['2001:db8:0:0:1:2:3:4', '2023'],
      ['::ffff:192.0.2.1', '2023'],
      ['fe80::1%eth0', '2023'],
      ['host', '2021'],
      [null, '2022'],
      ['cafe', '2023'],
    ],
  );
  assert.equal(events[0]!.field('program'), 'sshd');
  assert.equal(events[5]!.field('program'), '%ASA-6-106015');
});

test('a line that comes late around New Year is of the old year and turns none', () => {
  const { events } = syslog(
    [
      'Dec 31 23:59:58 h a: 1',
      'Jan  1 00:00:01 h a: 2',
      'Dec 31 23:59:59 h a: late',
      'Jan  1 00:00:02 h a: 3',
      'Dec 20 00:00:00 h a: 4',
      'Jan  5 00:00:00 h a: 5',
    ],
    2024,
  );
  assert.deepEqual(
    times(events).map((time) => time!.slice(0, 10)),
    ['2024-12-31', '2025-01-01', '2024-12-31', '2025-01-01', '2025-12-20', '2026-01-05'],
  );
});

test('a repeated parameter of structured data keeps all its values, and a priority above 191 is none', () => {
  const { events } = syslog([
    '<165>1 2003-10-11T22:14:15.003Z h ev - ID47 [origin ip="192.0.2.1" ip="192.0.2.129"] m',
    '<999>1 2003-10-11T22:14:15.003Z h app 12 - - m',
  ]);
  assert.deepEqual(events[0]!.field('origin.ip'), ['192.0.2.1', '192.0.2.129']);
  assert.deepEqual(
    ['severity', 'facility', 'written_priority'].map((name) => events[1]!.field(name)),
    [undefined, undefined, 999],
  );
});

test('a time that there is not is no time: its text is kept and the account warns', () => {
  for (const stamp of ['2003-02-30T22:14:15Z', '2003-10-11T24:30:00Z', '2003-10-11T22:14:15+99:99']) {
    for (const line of [`<34>1 ${stamp} h app 12 - - m`, `${stamp} h app: m`]) {
      const { events, account } = syslog([line]);
      assert.deepEqual([events[0]!.time, events[0]!.field('written_time')], [null, stamp]);
      assert.deepEqual(codes(account), ['time-form']);
    }
    const { account } = parseText('json-lines', `{"time":"${stamp}"}\n{"time":"${stamp}"}\n{"a":1}\n`);
    assert.deepEqual(codes(account), ['time-form']);
  }
  const { events, account } = syslog(['Feb 30 22:14:15 h a: m'], 2024);
  assert.deepEqual([events[0]!.field('written_time'), codes(account)[1]], ['Feb 30 22:14:15', 'time-form']);
});

test('a user of an access log may have blanks, with and without a virtual host', () => {
  const rest = '[10/Oct/2023:13:55:36 -0700] "GET /a HTTP/1.0" 200 23';
  const { events, account } = parseText(
    'access-log',
    [
      `10.0.0.1 - john doe ${rest}`,
      `www.example:443 2001:db8::5 - - ${rest}`,
      `www.example 192.0.2.5 - jane van doe ${rest}`,
      `10.0.0.1 ident bob ${rest}`,
      `10.0.0.1 - - ${rest.replace('-0700', '+9999')}`,
    ].join('\n'),
  );
  assert.deepEqual(
    events.map(({ host, user, fields }) => [host, fields['c-ip'], user]),
    [
      [null, '10.0.0.1', 'john doe'],
      ['www.example', '2001:db8::5', null],
      ['www.example', '192.0.2.5', 'jane van doe'],
      [null, '10.0.0.1', 'bob'],
    ],
  );
  assert.equal(account.errors, 1);
});

test('runs of NULs are passed over and told; the lines around them are read', () => {
  const line = (text: string) => `{"a":"${text}"}`;
  const nul = (count: number) => '\0'.repeat(count);
  const content = Buffer.from(
    `${nul(512)}${line('1')}\n${line('2')}${nul(300)}${line('3')}\n${nul(3)}${line('4')}\n${nul(6_000_000)}${line('5')}${nul(9)}`,
  );
  assert.equal(recogniseFormat(content.subarray(0, 65_536))?.name, 'json-lines');
  const { events, account } = parseText('json-lines', content);
  assert.deepEqual(
    events.map((event) => [event.field('a'), event.offset]),
    ['1', '2', '3', '4', '5'].map((a) => [a, content.indexOf(line(a))]),
  );
  assert.deepEqual([account.errors, account.skippedBytes], [0, 512 + 300 + 3 + 6_000_000 + 9]);
  assert.ok(account.issues.every(({ code }) => code === 'text-nul'));
  assert.equal(account.issues[0]!.lengthBytes, 512);
});

test('a million runs of NULs in a line are bounded work, and binary content is no text', () => {
  const { account } = parseText('syslog', Buffer.from('x\0\0\0\0'.repeat(500_000)));
  assert.equal(account.warnings, 500_000);
  const binary = Buffer.from(Array.from({ length: 4_096 }, (_, i) => (i * 7919) & 255));
  assert.equal(recogniseFormat(binary), null);
  assert.equal(recogniseFormat(memoryReader(Buffer.alloc(65_536)).read(0, 65_536)), null);
});
