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
  recogniseFormat,
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

test('a database whose tables are in the write-ahead log only is recognised and read', () => {
  const { file, wal } = buildDatabase([], CHROMIUM_HISTORY);
  assert.equal(recogniseFormat(file)?.name, 'browser');
  const { account, events } = parse(browser, file, { companions: { wal: memoryReader(wal!) } });
  assert.deepEqual([account.records, account.errors, account.warnings], [2, 0, 1]);
  assert.equal(events[0]!.field('title'), 'Title');
});

test('a database of UTF-16 is recognised and read, its first pages in the write-ahead log or not', () => {
  for (const encoding of ['UTF-16le', 'UTF-16be']) {
    const { file } = buildDatabase([`PRAGMA encoding="${encoding}"`, ...CHROMIUM_HISTORY]);
    assert.equal(recogniseFormat(file)?.name, 'browser');
    assert.equal(parse(browser, file).events[0]!.field('title'), 'Title');
    const late = buildDatabase([], [`PRAGMA encoding="${encoding}"`, ...CHROMIUM_HISTORY]);
    const { events } = parse(browser, late.file, { companions: { wal: memoryReader(late.wal!) } });
    assert.equal(events[0]!.field('title'), 'Title');
  }
});

test('rows older than a column have its default; a key declared behind the columns is the row id', () => {
  const defaults = ['transition INTEGER DEFAULT -7 NOT NULL', "visit_duration INTEGER DEFAULT '5'"];
  const { file } = buildDatabase([
    'CREATE TABLE urls(id INTEGER,url TEXT,title TEXT,visit_count INTEGER, PRIMARY KEY(id))',
    'CREATE TABLE visits(id INTEGER PRIMARY KEY,url INTEGER NOT NULL,visit_time INTEGER NOT NULL,from_visit INTEGER)',
    "INSERT INTO urls VALUES(1,'https://x.example/','T',1)",
    `INSERT INTO visits VALUES(1,1,${chromiumTime(0)},0)`,
    ...defaults.map((column) => `ALTER TABLE visits ADD COLUMN ${column}`),
    "ALTER TABLE urls ADD COLUMN typed_count TEXT DEFAULT 'it''s'",
    `INSERT INTO visits VALUES(2,1,${chromiumTime(1)},0,NULL,NULL)`.replace('NULL,', '3,'),
  ]);
  const { events } = parse(browser, file);
  const given = events.map((event) =>
    ['transition', 'duration_us', 'typed_count'].map((name) => event.field(name)),
  );
  assert.deepEqual(given, [
    [-7, 5, "it's"],
    [3, undefined, "it's"],
  ]);
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

const letter = (head: readonly string[], body: string | Buffer = 'x') =>
  Buffer.concat([
    Buffer.from(['From: a@x.example', 'To: b@x.example', 'MIME-Version: 1.0', ...head, '', ''].join('\r\n')),
    Buffer.from(body),
  ]);
const attached = (encoding: string, body: string | Buffer) =>
  parse(
    mail,
    letter(['Content-Disposition: attachment; filename=f', `Content-Transfer-Encoding: ${encoding}`], body),
  );

test('only a line with sender and time separates the messages of a mailbox', () => {
  const message = (name: string, text: string) =>
    `From ${name}\nFrom: a@x.example\nTo: b@x.example\nSubject: s\n\n${text}\n\n`;
  const box = [
    message('a@x.example Thu Jan  1 00:00:01 2020', 'Hello,\n\nFrom January to December 2020\nwe did it'),
    message('a@x.example Thu Jan  1 00:00:01 2020 +0000', 'two'),
    message('- Thu Jan  1 00:00:01 UTC 2020', 'three'),
    message('a@x.example Thu, 1 Jan 2020 00:00:01 +0100', 'four'),
  ].join('');
  const { account, events } = parse(mail, Buffer.from(box));
  assert.equal(account.records, 4);
  assert.match(String(events[0]!.field('body')), /we did it/);
});

test('a mark at the edge of what is read at a time needs its empty line too', () => {
  const mark = '\nFrom b@x.example Thu Jan  1 00:00:01 2020\nFrom: b@x.example\nTo: c@x.example\n\n';
  const start = 'From a@x.example Thu Jan  1 00:00:01 2020\nFrom: a@x.example\nTo: b@x.example\n\n';
  const piece = 4 * 1024 * 1024;
  for (let at = piece - 408; at < piece - 398; at++) {
    for (const [before, expected] of [
      ['x', 1],
      ['\n', 2],
      ['\r\n', 2],
    ] as const) {
      const box = start + '.'.repeat(at - start.length - before.length) + before + mark + 'x'.repeat(1_000);
      const { events } = parse(mail, Buffer.from(box, 'latin1'));
      assert.equal(events.length, expected, `${JSON.stringify(before)} at ${at}`);
    }
  }
});

test('a long first line is looked at once', () => {
  const started = process.cpuUsage();
  mail.recognise(Buffer.from(`From a${' 00:00:00'.repeat(7_000)}x\nFrom: a@x.example\nTo: b@x.example\n`));
  assert.ok(process.cpuUsage(started).user < 500_000);
});

test('a date without zone is told, and taken in the zone that is given; short years are those of the standard', () => {
  const dated = (date: string) => letter([`Date: ${date}`]);
  const bare = dated('Fri, 18 Nov 2005 20:10:46');
  assert.deepEqual(
    parse(mail, bare).account.issues.map(({ code }) => code),
    ['time-zone'],
  );
  const given = parse(mail, bare, { zoneOffsetMinutes: 120 });
  assert.deepEqual(
    [given.account.warnings, formatEventTime(given.events[0]!.time!), given.events[0]!.time!.zone],
    [0, '2005-11-18T18:10:46Z', 'given'],
  );
  const years = ['05', '70', '105'].map((year) => {
    const { events } = parse(mail, dated(`18 Nov ${year} 20:10:46 +0000`));
    return formatEventTime(events[0]!.time!).slice(0, 4);
  });
  assert.deepEqual(years, ['2005', '1970', '2005']);
});

test('a body of UTF-8 that is shown in part is cut between characters', () => {
  const { events } = parse(mail, letter([], `a${'é'.repeat(9_000)}`));
  assert.equal(events[0]!.field('body'), `a${'é'.repeat(3_999)}`);
  const latin = parse(mail, letter([], Buffer.from('caf\u00e9', 'latin1')));
  assert.equal(latin.events[0]!.field('body'), 'café');
});

test('an attachment has the digest of what was encoded, or a fault that says why not', () => {
  const plain = Buffer.from(Array.from({ length: 700_001 }, (_, i) => (i * 7) & 0xff));
  const lines = plain.toString('base64').replace(/.{76}/g, '$&\r\n');
  const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
  const result = ({ account, events }: ReturnType<typeof parse>) => [
    (events[0]!.field('attachment_sizes') as number[])[0],
    (events[0]!.field('attachment_sha256') as string[])[0],
    account.issues.map(({ message }) => message),
  ];
  assert.deepEqual(result(attached('base64', lines)), [plain.length, digest(plain), []]);
  assert.deepEqual(result(attached('Base64 (by a gateway)', lines)), [plain.length, digest(plain), []]);
  const [size, , faults] = result(attached('base64', `TVqQAA==\r\n${lines}`));
  assert.deepEqual(
    [size, faults],
    [4, ['part 1: base64 goes on behind its padding, which ends it: the rest is not decoded']],
  );
  assert.match(String(result(attached('base64', 'TVqQ!AAM='))[2]), /another kind/);
  assert.match(String(result(attached('base64', 'TVqQA'))[2]), /inside of a group/);
  assert.match(String(result(attached('x-own', 'TVqQA'))[2]), /"x-own" is not known/);

  const words = Buffer.from('The quick brown fox jumps over the lazy dog, and again.');
  const uu =
    "begin 644 f\nM5&AE('%U:6-K(&)R;W=N(&9O>\"!J=6UP<R!O=F5R('1H92!L87IY(&1O9RP@\n*86YD(&%G86EN+@\n`\nend\n";
  const [uuSize, uuDigest] = result(attached('x-uuencode', uu));
  assert.deepEqual([uuSize, uuDigest], [words.length, digest(words)]);
  assert.match(String(result(attached('x-uuencode', 'text'))[2]), /without its beginning/);
  assert.match(String(result(attached('x-uuencode', uu.slice(0, 90)))[2]), /not ended/);

  const text = Buffer.from('abcd \r\né x =ZZ');
  const quoted = result(attached('quoted-printable', 'ab=  \r\ncd=20 \t\r\n=C3=A9 x =ZZ  '));
  assert.deepEqual(quoted, [text.length, digest(text), []]);
});

test('a part of the size of its message takes no memory of its own', () => {
  const megabytes = 48;
  const line = `${Buffer.alloc(57, 7).toString('base64')}\r\n`;
  const body = Buffer.alloc(megabytes * 1024 * 1024, line);
  const bytes = letter(
    ['Content-Disposition: attachment; filename=f', 'Content-Transfer-Encoding: base64'],
    body,
  );
  const before = process.resourceUsage().maxRSS;
  const { events } = parse(mail, bytes);
  assert.ok((events[0]!.field('attachment_sizes') as number[])[0]! > 35 * 1024 * 1024);
  assert.ok(process.resourceUsage().maxRSS - before < 80 * 1024, 'more than 80 MB beside the message');
});

test('file names: segments without a star are taken as written, and the encoded form goes before the plain', () => {
  const name = (parameters: string) =>
    (
      parse(mail, letter([`Content-Disposition: attachment; ${parameters}`])).events[0]!.field(
        'attachment_names',
      ) as string[]
    )[0];
  assert.equal(name(`filename*0*=utf-8''r%C3; filename*1*=%A9-; filename*2="100%41.exe"`), 'ré-100%41.exe');
  assert.equal(name(`filename="x.txt"; filename*=UTF-8''y%20z.exe`), 'y z.exe');
  assert.equal(name(`filename*1="b.exe"; filename*0="a"`), 'ab.exe');
});

test('verdicts are found in whichever of the results fields holds them, the topmost first', () => {
  const { events } = parse(
    mail,
    letter([
      'Authentication-Results: mx.example; dkim=pass',
      'Authentication-Results: mx.example; spf=fail; dkim=none',
      'Authentication-Results: mx.example; dmarc=fail',
    ]),
  );
  const { fields } = events[0]!;
  assert.deepEqual([fields['spf'], fields['dkim'], fields['dmarc']], ['fail', 'pass', 'fail']);
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
