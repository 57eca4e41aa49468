/** Event logs made here: values, damage, recovery. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { evtx } from '../../src/forensics/evtx/index.ts';
import { type Event, formatEventTime, memoryReader } from '../../src/forensics/index.ts';
import { buildEvtx, processStart, ticks, utf16 } from './evtx-builder.ts';

function parse(bytes: Uint8Array, options = {}) {
  const events: Event[] = [];
  const account = evtx.parse(memoryReader(bytes), (event) => void events.push(event), options);
  return { account, events };
}

const range = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => processStart(from + i, `run ${from + i}`));

test('a record has its fields, its time to 100 ns and its place', () => {
  const { events, account } = parse(buildEvtx([[processStart(7, 'whoami /all')]]));
  assert.equal(account.records, 1);
  assert.equal(account.warnings, 0);
  const [event] = events as [Event];
  assert.equal(event.recordId, 7);
  assert.equal(event.offset, 4_096 + 512);
  assert.equal(formatEventTime(event.time!), '2026-01-31T12:00:00.0000007Z');
  assert.equal(event.host, 'HOST-1.example');
  assert.equal(event.user, 'EXAMPLE\\ana');
  assert.deepEqual(event.fields, {
    Provider_Name: 'Microsoft-Windows-Sysmon',
    EventID: 1,
    TimeCreated_SystemTime: '2026-01-31T12:00:00.0000007Z',
    EventRecordID: 7,
    Channel: 'Microsoft-Windows-Sysmon/Operational',
    Computer: 'HOST-1.example',
    Image: 'C:\\Windows\\System32\\cmd.exe',
    CommandLine: 'whoami /all',
    User: 'EXAMPLE\\ana',
  });
});

test('every value type gives its value', () => {
  const hex = (text: string) => Buffer.from(text, 'hex');
  const cases: Record<string, readonly [number, Buffer, unknown]> = {
    null: [0x00, hex(''), ''],
    string: [0x01, utf16('Ωmega\0'), 'Ωmega'],
    ansi: [0x02, Buffer.from('caf\xe9\0', 'latin1'), 'café'],
    int8: [0x03, hex('fe'), -2],
    uint8: [0x04, hex('fe'), 254],
    int16: [0x05, hex('feff'), -2],
    uint16: [0x06, hex('feff'), 65_534],
    int32: [0x07, hex('feffffff'), -2],
    uint32: [0x08, hex('feffffff'), 4_294_967_294],
    int64: [0x09, hex('feffffffffffffff'), -2],
    uint64: [0x0a, hex('ffffffffffffffff'), '18446744073709551615'],
    float: [0x0b, hex('0000c03f'), 1.5],
    double: [0x0c, hex('000000000000f83f'), 1.5],
    nan: [0x0c, hex('000000000000f87f'), 'NaN'],
    boolean: [0x0d, hex('01000000'), true],
    binary: [0x0e, hex('00ff10'), '00FF10'],
    guid: [0x0f, hex('00112233445566778899aabbccddeeff'), '33221100-5544-7766-8899-AABBCCDDEEFF'],
    size: [0x10, hex('5808000000000000'), '0x858'],
    filetime: [
      0x11,
      (() => {
        const b = Buffer.alloc(8);
        b.writeBigUInt64LE(ticks(1));
        return b;
      })(),
      '2026-01-31T12:00:00.0000001Z',
    ],
    systemtime: [0x12, hex('ea0701000600' + '1f000c000000000007' + '00'), '2026-01-31T12:00:00.007Z'],
    sid: [0x13, hex('010500000000000515000000010000000200000003000000f4010000'), 'S-1-5-21-1-2-3-500'],
    hex32: [0x14, hex('e7030000'), '0x3e7'],
    hex64: [0x15, hex('e703000000000000'), '0x3e7'],
    strings: [0x81, utf16('one\0two\0'), ['one', 'two']],
    numbers: [0x88, hex('0100000002000000'), [1, 2]],
    misfit: [0x08, hex('010203'), '010203'],
    unknown: [0x7e, hex('0102'), '0102'],
  };
  const data = Object.fromEntries(
    Object.entries(cases).map(([name, [type, bytes]]) => [name, { type, bytes }]),
  );
  const [event] = parse(buildEvtx([[processStart(1, 'x', data)]])).events as [Event];
  for (const [name, [, , expected]] of Object.entries(cases))
    assert.deepEqual(event.field(name), expected, name);
});

test('a checksum that does not fit is a warning and costs no record', () => {
  const bytes = buildEvtx([range(1, 20)]);
  const at = bytes.indexOf(utf16('run 9'));
  bytes[at + 8] = '7'.charCodeAt(0);
  const { account, events } = parse(bytes);
  assert.deepEqual([account.records, account.errors, account.warnings], [20, 0, 1]);
  assert.equal(events[8]!.field('CommandLine'), 'run 7');
});

test('behind a damaged record header the following records are recovered, and the place is named', () => {
  const bytes = buildEvtx([range(1, 20)]);
  const { events } = parse(bytes);
  const at = events[9]!.offset;
  bytes.writeUInt32LE(0xdeadbeef, at);
  const { account, events: left } = parse(bytes);
  assert.deepEqual([account.records, account.recovered, account.errors], [9, 10, 1]);
  assert.equal(account.issues.find((issue) => issue.severity === 'error')!.offset, at);
  assert.ok(account.skippedBytes > 0);
  assert.deepEqual(
    left.map((event) => event.recordId),
    [...range(1, 9), ...range(11, 10)].map((record) => record.id),
  );
  assert.deepEqual(
    left.slice(9).map((event) => event.recovered),
    new Array(10).fill(true),
  );
});

test('a record whose binary XML is damaged is an error, and its neighbours are records', () => {
  const bytes = buildEvtx([range(1, 5)]);
  const { events } = parse(bytes);
  bytes[events[2]!.offset + 28] = 0x77;
  const { account } = parse(bytes);
  assert.deepEqual([account.records, account.recovered, account.errors], [4, 0, 1]);
  assert.match(
    account.issues.find((issue) => issue.severity === 'error')!.message,
    /record 3: unknown token 0x77/,
  );
});

test('a chunk without its header gives its records as recovered; a chunk out of place is found', () => {
  const bytes = buildEvtx([range(1, 10), range(11, 10), range(21, 10)]);
  const headless = Buffer.from(bytes);
  headless.fill(0xee, 4_096 + 65_536, 4_096 + 65_536 + 512);
  const first = parse(headless).account;
  assert.deepEqual([first.records, first.recovered, first.errors], [20, 10, 1]);
  const shifted = Buffer.concat([
    bytes.subarray(0, 4_096 + 65_536),
    Buffer.alloc(1_000, 0xaa),
    bytes.subarray(4_096 + 65_536),
  ]);
  const second = parse(shifted).account;
  assert.deepEqual([second.records, second.errors], [30, 1]);
});

test('records left in free space are recovered, with their values where the template is gone', () => {
  const bytes = buildEvtx([range(1, 10)]);
  const { events } = parse(bytes);
  // The chunk is written anew from its start with fewer records: the rest survives in free space.
  const cut = events[6]!.offset - 4_096;
  bytes.writeUInt32LE(cut, 4_096 + 48);
  bytes.writeUInt32LE(crc32(bytes.subarray(4_096 + 512, 4_096 + cut)), 4_096 + 52);
  bytes.writeUInt32LE(
    crc32(bytes.subarray(4_096 + 128, 4_096 + 512), crc32(bytes.subarray(4_096, 4_096 + 120))),
    4_096 + 124,
  );
  const kept = parse(bytes);
  assert.deepEqual([kept.account.records, kept.account.recovered, kept.account.errors], [6, 4, 0]);
  assert.equal(kept.events[9]!.field('CommandLine'), 'run 10');
  assert.equal(parse(bytes, { recover: false }).account.recovered, 0);
});

test('a file cut at any place gives what was whole before the cut', () => {
  const bytes = buildEvtx([range(1, 30), range(31, 30)]);
  for (let size = 0; size <= bytes.length; size += 997) {
    const { account, events } = parse(bytes.subarray(0, size));
    assert.equal(events.length, account.records + account.recovered);
    if (size >= 4_096 + 65_536) assert.ok(account.records >= 30, `at ${size}`);
    if (size < bytes.length) assert.ok(account.errors > 0, `nothing said at ${size}`);
  }
});

test('ranges parsed by themselves give the events of the whole', () => {
  const bytes = buildEvtx([range(1, 10), range(11, 10), range(21, 10), range(31, 10)]);
  const whole = parse(bytes);
  for (const parts of [1, 2, 3, 9]) {
    const pieces = evtx.divide!(bytes.length, parts).map((part) => parse(bytes, { range: part }));
    assert.deepEqual(
      pieces.flatMap(({ events }) => events.map((event) => event.offset)),
      whole.events.map((event) => event.offset),
    );
  }
});
