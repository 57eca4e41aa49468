/** Links, prefetch files, hives and databases made here. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { browser } from '../../src/forensics/browser/index.ts';
import { evt } from '../../src/forensics/evt/index.ts';
import {
  type Event,
  type FormatParser,
  formatEventTime,
  memoryReader,
  type ParserOptions,
} from '../../src/forensics/index.ts';
import { lnk } from '../../src/forensics/lnk/index.ts';
import { mail } from '../../src/forensics/mail/index.ts';
import { prefetch } from '../../src/forensics/prefetch/index.ts';
import { registry } from '../../src/forensics/registry/index.ts';
import {
  buildDatabase,
  buildEvt,
  buildHive,
  buildLnk,
  buildPrefetch,
  CHROMIUM_HISTORY,
  chromiumTime,
  MESSAGE,
  makeDirty,
} from './artefact-builder.ts';
import { utf16 } from './evtx-builder.ts';

function parse(format: FormatParser, bytes: Uint8Array, options: ParserOptions = {}) {
  const events: Event[] = [];
  return { account: format.parse(memoryReader(bytes), (event) => void events.push(event), options), events };
}

test('a link tells its target, where that was, and when', () => {
  const { account, events } = parse(lnk, buildLnk());
  assert.deepEqual([account.records, account.errors, events.length], [1, 0, 3]);
  assert.deepEqual(
    events.map((event) => event.time!.source),
    ['target created', 'target accessed', 'target modified'],
  );
  const { fields } = events[0]!;
  assert.equal(fields['local_path'], 'C:\\Tools\\run.exe');
  assert.equal(fields['arguments'], '-q now');
  assert.deepEqual(
    [fields['drive_type'], fields['drive_serial'], fields['machine']],
    ['fixed', 'ABCD1234', 'host-1'],
  );
});

test('a prefetch file tells what ran, how often and when', () => {
  const { account, events } = parse(prefetch, buildPrefetch());
  assert.deepEqual([account.records, account.errors, events.length], [2, 0, 2]);
  assert.equal(formatEventTime(events[0]!.time!), '2026-01-31T12:00:00.0000005Z');
  assert.equal(events[0]!.field('run_count'), 9);
  assert.equal(events[0]!.field('path'), '\\DEVICE\\HARDDISKVOLUME1\\TOOLS\\RUN.EXE');
  assert.equal(events[1]!.field('serial'), '12345678');
});

const dword = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const HIVE = buildHive({
  name: 'ROOT',
  keys: [
    {
      name: 'Run',
      values: {
        tool: [1, utf16('C:\\run.exe -x\0')],
        count: [4, dword(7)],
        list: [7, utf16('a\0b\0\0')],
        raw: [3, Buffer.from([1, 2, 3])],
      },
    },
    { name: 'Deep', keys: [{ name: 'Deeper' }, { name: 'Gone', deleted: true }] },
  ],
});

test('a hive gives every key with its values, and deleted keys as recovered', () => {
  const { account, events } = parse(registry, HIVE);
  assert.deepEqual([account.records, account.recovered, account.errors, account.warnings], [4, 1, 0, 0]);
  assert.deepEqual(
    events.map((event) => event.field('path')),
    ['\\', '\\Run', '\\Deep', '\\Deep\\Deeper', '\\Deep\\Gone'],
  );
  const { fields } = events[1]!;
  assert.equal(fields['value.tool'], 'C:\\run.exe -x');
  assert.equal(fields['value.count'], 7);
  assert.deepEqual(fields['value.list'], ['a', 'b']);
  assert.equal(fields['value.raw'], '010203');
  assert.equal(events[4]!.recovered, true);
});

test('a hive that was not written back is read with its transaction log', () => {
  const bins = Buffer.from(HIVE.subarray(4_096));
  const page = Buffer.from(bins.subarray(0, 4_096));
  page.write('Runs', page.indexOf('Run', 0, 'latin1'), 'latin1');
  page.write('RuN', page.indexOf('Runs', 0, 'latin1'), 'latin1');
  const { hive, log } = makeDirty(HIVE, page, 0);
  const without = parse(registry, hive);
  assert.match(without.account.issues[0]!.message, /not written back: its transaction logs are not at hand/);
  const withLog = parse(registry, hive, { companions: { logs: [memoryReader(log)] } });
  assert.match(withLog.account.issues[0]!.message, /1 entries of its transaction logs were applied/);
  assert.equal(withLog.events[1]!.field('path'), '\\RuN');
});

test('a key list that leads back to its key does not go in circles', () => {
  const bytes = Buffer.from(HIVE);
  const root = bytes.readUInt32LE(36);
  const list = 4_096 + bytes.readUInt32LE(4_096 + root + 4 + 28);
  bytes.writeUInt32LE(root, list + 8);
  const { account } = parse(registry, bytes);
  assert.ok(account.errors > 0);
});

test('visits have the address and title of their page, across overflow pages', () => {
  const { file } = buildDatabase(CHROMIUM_HISTORY);
  const { account, events } = parse(browser, file);
  assert.deepEqual([account.records, account.errors], [2, 0]);
  assert.equal(formatEventTime(events[0]!.time!), '2026-01-31T12:00:00.000000Z');
  assert.equal(events[0]!.field('title'), 'Title');
  assert.equal(String(events[1]!.field('url')).length, 18 + 5 * 2_000);
});

test('what is only in the write-ahead log is read from there, as far as it was committed', () => {
  const later = `INSERT INTO visits VALUES(3,1,${chromiumTime(9)},0,0,0,0)`;
  const { file, wal } = buildDatabase(CHROMIUM_HISTORY, [later]);
  assert.equal(parse(browser, file).account.records, 2);
  const { account, events } = parse(browser, file, { companions: { wal: memoryReader(wal!) } });
  assert.equal(account.records, 3);
  assert.equal(formatEventTime(events[2]!.time!), '2026-01-31T12:00:09.000000Z');
  const damaged = Buffer.from(wal!);
  damaged[damaged.length - 1]! ^= 1;
  assert.equal(parse(browser, file, { companions: { wal: memoryReader(damaged) } }).account.records, 2);
});

test('a large table is read through its inner pages, in the order of its rows', () => {
  const many = Array.from({ length: 3_000 }, (_, i) => `(${i + 3},1,${chromiumTime(i)},0,0,0,0)`).join();
  const { file } = buildDatabase([...CHROMIUM_HISTORY, `INSERT INTO visits VALUES${many}`]);
  const { account, events } = parse(browser, file);
  assert.deepEqual([account.records, account.errors], [3_002, 0]);
  assert.deepEqual(
    events.map((event) => event.recordId),
    Array.from({ length: 3_002 }, (_, i) => i + 1),
  );
});

test('a mail has its header decoded, its attachments with digests, its verdicts and its time', () => {
  const { account, events } = parse(mail, Buffer.from(MESSAGE));
  assert.deepEqual([account.records, account.errors, account.warnings], [1, 0, 0]);
  const { fields, time } = events[0]!;
  assert.equal(formatEventTime(time!), '2026-01-31T12:00:00Z');
  assert.equal(fields['from'], 'René <rene@x.example>');
  assert.equal(fields['subject'], 'Rechnung');
  assert.equal(fields['body'], 'café is open');
  assert.deepEqual([fields['spf'], fields['dkim'], fields['dmarc']], ['pass', 'fail', undefined]);
  assert.deepEqual(fields['attachment_names'], ['résum.exe']);
  assert.deepEqual(fields['attachment_sizes'], [5]);
  const digest = createHash('sha256').update(Buffer.from('TVqQAAM=', 'base64')).digest('hex');
  assert.deepEqual(fields['attachment_sha256'], [digest]);
});

test('a mailbox gives each of its messages, with its place', () => {
  const box = `From a@x.example Sat Jan 31 12:00:00 2026\n${MESSAGE}\nFrom b@x.example Sat Jan 31 12:00:01 2026\nFrom: b@x.example\nTo: c@x.example\nSubject: two\n\n>From here\nFrom there\n`;
  const { account, events } = parse(mail, Buffer.from(box));
  assert.equal(account.records, 2);
  assert.deepEqual(
    events.map((event) => event.offset),
    [0, box.indexOf('From b@')],
  );
  assert.equal(events[1]!.field('subject'), 'two');
});

test('an old event log that came round gives the record over its end, and the remains of overwritten ones as recovered', () => {
  const { events, account } = parse(evt, buildEvt(3));
  assert.deepEqual([account.records, account.errors], [3, 0]);
  assert.deepEqual(events[0]!.field('Data'), ['one', 'two']);
  assert.deepEqual([events[0]!.field('EventID'), events[0]!.host], [7, 'HOST']);
  const bytes = buildEvt(3);
  const size = bytes.readUInt32LE(48);
  const wrapped = Buffer.concat([
    bytes.subarray(0, 48),
    bytes.subarray(48 + size + 40, 48 + 2 * size),
    bytes.subarray(48 + 2 * size),
    bytes.subarray(48 + size, 48 + size + 40),
  ]);
  wrapped.writeUInt32LE(2, 36);
  assert.equal(parse(evt, wrapped).account.records, 2);
});
