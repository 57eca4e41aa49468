/** Intelligence as people hold it: STIX bundles, MISP events, lists; what is taken, what is left and why. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { loadIndicators, openWarninglists, stixIndicator } from '../../src/intel/indicators/index.ts';
import { ListReader } from '../../src/intel/indicators/list.ts';
import { openIndex, scan } from '../../src/match/index.ts';
import { sharedData } from '../shared-data.ts';
import { temporaryFolder } from '../temporary-folder.ts';

async function load(t: TestContext, name: string, content: string | object) {
  const path = join(temporaryFolder(t), name);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  const loaded = await loadIndicators([path]);
  const entries = Array.from({ length: loaded.catalogue.entries }, (_, entry) => loaded.catalogue.get(entry));
  return { loaded, entries, path, brief: entries.map(({ kind, value }) => `${kind} ${value}`) };
}

const indicator = (pattern: string, more: object = {}) => ({
  type: 'indicator',
  spec_version: '2.1',
  id: 'indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f',
  created_by_ref: 'identity--f431f809-377b-45e0-aa1c-6a4751cae5ff',
  name: 'Bad thing',
  pattern,
  pattern_type: 'stix',
  ...more,
});

test('a bundle gives the equalities of its patterns, with id, name and contributor', async (t) => {
  const { entries, loaded, path } = await load(t, 'b.json', {
    type: 'bundle',
    id: 'bundle--1',
    objects: [
      { type: 'malware', id: 'malware--1' },
      indicator("[domain-name:value = 'evil.com' OR file:hashes.'SHA-256' = 'aa']"),
      indicator("[file:name = 'x.exe' AND file:size = 5]"),
      indicator("[url:value LIKE 'http://evil.com/gate%']"),
      indicator("[ipv4-addr:value ISSUBSET '198.51.100.0/24']"),
      indicator("[domain-name:value = 'gone.com']", { revoked: true }),
      indicator('rule x { }', { pattern_type: 'yara' }),
      indicator('[domain-name:value = '),
    ],
  });
  assert.deepEqual(
    entries.map(({ kind, value }) => [kind, value]),
    [
      ['domain', 'evil.com'],
      ['sha256', 'aa'],
      ['url', 'http://evil.com/gate*'],
      ['cidr', '198.51.100.0/24'],
    ],
  );
  assert.equal(entries[0]!.id, 'indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f');
  assert.equal(entries[0]!.contributor, 'identity--f431f809-377b-45e0-aa1c-6a4751cae5ff');
  assert.equal(entries[0]!.file, path);
  const said = loaded.issues.map(({ message }) => message);
  assert.match(said[0]!, /decided on events/);
  assert.match(said[1]!, /of type yara/);
  assert.match(said[2]!, /does not parse/);
  assert.match(said[3]!, /"aa" is not 64 hexadecimal digits/);
});

test('addresses and URLs under domain-name are taken for what they are', () => {
  assert.deepEqual(stixIndicator(indicator("[domain-name:value = '192.0.2.7']"))!.values, [
    { kind: 'ipv4', value: '192.0.2.7' },
  ]);
  assert.deepEqual(stixIndicator(indicator("[domain-name:value = 'evil.com/x']"))!.values, [
    { kind: 'url', value: 'evil.com/x' },
  ]);
});

test('a MISP event gives its marked attributes, composites as their parts', async (t) => {
  const { brief, loaded, entries } = await load(t, 'e.json', {
    Event: {
      info: 'Campaign',
      Orgc: { name: 'CERT' },
      Attribute: [
        { type: 'domain|ip', value: 'evil.com|192.0.2.1', to_ids: true, uuid: 'u1' },
        { type: 'filename|sha256', value: `x.exe|${'b'.repeat(64)}`, to_ids: true },
        { type: 'ip-dst|port', value: '192.0.2.2|443', to_ids: true },
        { type: 'domain', value: 'seen.com', to_ids: false },
        { type: 'imphash', value: 'c'.repeat(32), to_ids: true },
      ],
      Object: [
        { name: 'file', Attribute: [{ type: 'md5', value: 'd'.repeat(32), to_ids: true, deleted: false }] },
      ],
    },
  });
  assert.deepEqual(brief, [
    'domain evil.com',
    'ipv4 192.0.2.1',
    'file-name x.exe',
    `sha256 ${'b'.repeat(64)}`,
    'ipv4 192.0.2.2',
    `md5 ${'d'.repeat(32)}`,
  ]);
  assert.deepEqual([entries[0]!.id, entries[0]!.name, entries[0]!.contributor], ['u1', 'Campaign', 'CERT']);
  assert.deepEqual(
    loaded.issues.map(({ message }) => message.replace(/^\d+/, 'n')),
    ['n of type "imphash" are not looked for in text', 'n are not marked for detection (to_ids)'],
  );
});

test('an event that marks nothing is taken by types, and that is said', async (t) => {
  const { brief, loaded } = await load(t, 'e.json', {
    response: [
      {
        Event: {
          Attribute: [
            { type: 'domain', value: 'a.com', to_ids: false },
            { type: 'text', value: 'words' },
          ],
        },
      },
    ],
  });
  assert.deepEqual(brief, ['domain a.com']);
  assert.match(loaded.issues[0]!.message, /^1 were taken though/);
});

test('a report gives the words that are written so that nobody follows them, and the digests', async (t) => {
  const { brief } = await load(
    t,
    'report.txt',
    `The loader (MD5 ${'ab'.repeat(16)}) calls hxxps://evil[.]example/gate.php, then 192[.]0[.]2[.]7; see example.org for more.
Mail came from "billing[at]bad[.]example".
A sentence without any of it, at all.
`,
  );
  assert.deepEqual(brief, [
    `md5 ${'ab'.repeat(16)}`,
    'url https://evil.example/gate.php',
    'ipv4 192.0.2.7',
    'email billing@bad.example',
  ]);
  // A word as long as a line may be, made for expressions that go over it again and again.
  const started = performance.now();
  const { brief: none } = await load(t, 'hostile.txt', `see ${'!'.repeat(64_000)}a[.]b here\n`);
  assert.deepEqual(none, []);
  assert.ok(performance.now() - started < 2_000, `${performance.now() - started} ms`);
});

test('lists: one a line, comments, other columns, headings, defanged values', async (t) => {
  const plain = await load(
    t,
    'l.txt',
    '# a list\nevil.com\n\nhxxp://evil[.]com/x\r\nWCESERVICE\n1.2.3.4 \n// end\n',
  );
  assert.deepEqual(plain.brief, [
    'domain evil.com',
    'url http://evil.com/x',
    'string WCESERVICE',
    'ipv4 1.2.3.4',
  ]);
  assert.deepEqual(
    plain.entries.map(({ line }) => line),
    [2, 4, 5, 6],
  );
  const semicolons = await load(t, 'h.txt', `${'a'.repeat(32)};Some malware; with a semicolon\n`);
  assert.deepEqual(semicolons.brief, [`md5 ${'a'.repeat(32)}`]);
  const csv = await load(
    t,
    'c.csv',
    'date,type,value,note\n2026-01-01,hostname,"evil.com","x, y"\n2026-01-02,ip,10.0.0.0/8,\n2026-01-03,mutex,Global\\M,\n',
  );
  assert.deepEqual(csv.brief, ['domain evil.com', 'cidr 10.0.0.0/8', 'mutex Global\\M']);
  const started = process.cpuUsage();
  for (const filler of [' ', '0', '0:', '.', 'a.', '*', '0.0.0.0 '])
    await load(t, 's.txt', `x${filler.repeat(60_000 / filler.length)}!\n`.repeat(4));
  assert.ok(process.cpuUsage(started).user < 3e6);
  const long = await load(t, 'w.txt', `${'x'.repeat(200_000)}\nevil.com`);
  assert.deepEqual(long.brief, ['domain evil.com']);
  assert.match(long.loaded.issues[0]!.message, /longer than/);
});

test('lists: what is written around a value is taken off, and what is taken as it stands is told', async (t) => {
  const { brief, loaded } = await load(
    t,
    'm.txt',
    [
      '*.evil.com',
      '.evil.net',
      'evil.org:443',
      '192.0.2.1:8080',
      '[2001:db8::1]:443',
      'evil.info # bad',
      'http://evil.com/#a // seen twice',
      '0.0.0.0 a.evil.com b.evil.com # both',
      '127.0.0.1\tc.evil.com',
      '0.0.0.0',
      'two.evil.com three.evil.com',
      'e*.evil.com',
      'WCE SERVICE',
    ].join('\n'),
  );
  assert.deepEqual(brief, [
    'domain evil.com',
    'domain evil.net',
    'domain evil.org',
    'ipv4 192.0.2.1',
    'ipv6 2001:db8::1',
    'domain evil.info',
    'url http://evil.com/#a',
    'domain a.evil.com',
    'domain b.evil.com',
    'domain c.evil.com',
    'ipv4 0.0.0.0',
    'string two.evil.com three.evil.com',
    'string e*.evil.com',
    'string WCE SERVICE',
  ]);
  assert.deepEqual(
    loaded.issues.map(({ where, message }) => `${where} ${message}`),
    [
      'line 3 is taken as evil.org: a port is not looked for',
      'line 4 is taken as 192.0.2.1: a port is not looked for',
      'line 5 is taken as 2001:db8::1: a port is not looked for',
      'line 11 is looked for as it stands, as one string: "two.evil.com three.evil.com"',
      'line 12 is looked for as it stands, as one string: "e*.evil.com"',
    ],
  );
});

test('lists: lines may end in a carriage return alone', async (t) => {
  const { brief, entries } = await load(t, 'cr.txt', 'evil.com\revil.net\r\nevil.org\n\revil.info\r');
  assert.deepEqual(brief, ['domain evil.com', 'domain evil.net', 'domain evil.org', 'domain evil.info']);
  assert.deepEqual(
    entries.map(({ line }) => line),
    [1, 2, 3, 5],
  );
  // A chunk may end between the two signs.
  const reader = new ListReader();
  const ends = ['evil.com\r', '\nevil.net\r', 'evil.org'].flatMap((text) => [
    ...reader.push(Buffer.from(text)),
  ]);
  assert.deepEqual(
    [...ends, ...reader.end()].map((item) => ['value' in item && item.value, item.line]),
    [
      ['evil.com', 1],
      ['evil.net', 2],
      ['evil.org', 3],
    ],
  );
});

test('lists: every column that a heading names gives values', async (t) => {
  const [md5, sha256] = ['a'.repeat(32), 'b'.repeat(64)];
  const digests = await load(t, 'd.csv', `name,md5,sha256\nx,${md5},${sha256}\ny,,${'c'.repeat(64)}\n`);
  assert.deepEqual(digests.brief, [`md5 ${md5}`, `sha256 ${sha256}`, `sha256 ${'c'.repeat(64)}`]);
  const mixed = await load(
    t,
    'e.csv',
    `type,value,md5\nmutex,Global\\M,-\nhostname,evil.com,${md5}\nhostname,evil.net,abc`,
  );
  assert.deepEqual(mixed.brief, ['mutex Global\\M', 'domain evil.com', `md5 ${md5}`, 'domain evil.net']);
  assert.match(mixed.loaded.issues[0]!.message, /further column: "abc"/);
  // Without headings: a list in one line, or a value and what is said of it, which is told once.
  const bare = await load(
    t,
    'f.csv',
    `${md5},${sha256}\nevil.com, evil.net\nevil.org,192.0.2.1\nevil.info,192.0.2.2\n`,
  );
  assert.deepEqual(bare.brief, [
    `md5 ${md5}`,
    `sha256 ${sha256}`,
    'domain evil.com',
    'domain evil.net',
    'domain evil.org',
    'domain evil.info',
  ]);
  assert.deepEqual(
    bare.loaded.issues.map(({ where, message }) => `${where} ${message.slice(0, 41)}`),
    ['line 3 has further values, such as "192.0.2.1": '],
  );
});

test('what is no intelligence is refused with the reason', async (t) => {
  await assert.rejects(load(t, 'x.json', { hello: 1 }), { code: 'intelligence-format' });
  await assert.rejects(load(t, 'x.bin', 'MZ\u0000\u0001\u0002'), { code: 'intelligence-format' });
  await assert.rejects(load(t, 'x.json', '{"type":"bundle","objects":[{"type":"indicator"'), {
    code: 'json-syntax',
  });
  await assert.rejects(loadIndicators(['/nonexistent/file']), { code: 'file-unreadable' });
});

test('warninglists mark by address, host, exact value and expression', async (t) => {
  const folder = temporaryFolder(t);
  const write = (name: string, content: object) => {
    writeFileSync(join(folder, name), JSON.stringify(content));
    return join(folder, name);
  };
  const lists = await openWarninglists([
    write('a', { name: 'resolvers', type: 'cidr', list: ['8.8.8.8', '10.0.0.0/8'] }),
    write('b', { name: 'hosts', type: 'hostname', list: ['good.org'] }),
    write('c', { name: 'exact', type: 'string', list: ['Example.com'] }),
    write('f', {
      name: 'of mail',
      type: 'string',
      list: ['example.com'],
      matching_attributes: ['email-src'],
    }),
    write('d', { name: 'phones', type: 'regex', list: ['/\\+1555\\d+/'] }),
  ]);
  assert.deepEqual(lists.of('ipv4', '8.8.8.8'), ['resolvers']);
  assert.deepEqual(lists.of('ipv4', '10.9.9.9'), ['resolvers']);
  assert.deepEqual(lists.of('domain', 'cdn.good.org'), ['hosts']);
  assert.deepEqual(lists.of('domain', 'example.com'), ['exact']);
  assert.deepEqual(lists.of('phone', '+15551234567'), ['phones']);
  assert.deepEqual(lists.of('domain', 'sub.example.com'), []);
  await assert.rejects(openWarninglists([write('e', { list: 1 })]), { code: 'intelligence-format' });
});

for (const folder of ['stix/mvt', 'stix/amnesty', 'misp/eset', 'iocs/signature-base', 'iocs/eset']) {
  const { path, skip } = sharedData(folder);
  test(`every value of ${folder} is found in a text made of those values`, { skip }, async () => {
    const { readdirSync } = await import('node:fs');
    const files = readdirSync(path).filter((name) => !/expected|README|filename-iocs/.test(name));
    const { catalogue, built } = await loadIndicators(files.map((name) => join(path, name)));
    const index = openIndex(built.bytes);
    const refused = new Set(built.refused.map((issue) => Number(/\d+/.exec(issue.path)![0])));
    const values = Array.from({ length: catalogue.entries }, (_, entry) =>
      catalogue.get(entry).value.replace(/\*$/, ''),
    );
    const found = new Set(
      scan(new TextEncoder().encode(values.map((value) => `seen "${value}" here\n`).join('')), index).map(
        (hit) => hit.entry,
      ),
    );
    // A URL with spaces in it stands in logs with %20.
    const missing = values.filter(
      (value, entry) => !refused.has(entry) && !found.has(entry) && !/:\/\/.* /.test(value),
    );
    assert.deepEqual(missing, []);
  });
}
