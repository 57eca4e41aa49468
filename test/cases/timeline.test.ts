/** Events of a case as Parquet: the same bytes again, asked in every way, marked, handed on, and never out of an encrypted case in the clear. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { addExhibit, listExhibits, openCase, rerunTool, runTool } from '../../src/cases/index.ts';
import { openDuckDB } from '../../src/cases/timeline/duckdb.ts';
import { EventSource } from '../../src/cases/timeline/event-source.ts';
import { exportText } from '../../src/cases/timeline/export.ts';
import {
  addTags,
  listTags,
  openCaseTimeline,
  PARSE,
  parseFilter,
  parseTime,
  removeTag,
  taggedEvents,
  tagsOn,
  timelineSources,
} from '../../src/cases/timeline/index.ts';
import { openTimeline } from '../../src/cases/timeline/timeline.ts';
import { TimelineWriter } from '../../src/cases/timeline/timeline-writer.ts';
import { type EventInit, plainEvent } from '../../src/forensics/index.ts';
import { CHUNK_ROWS, type EventChunk, EventChunks } from '../../src/forensics/timeline/index.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { addFolder, addText, exampleCase, SAID } from './example-case.ts';

const LINES = [
  '{"time":"2026-11-01T09:00:00.5Z","host":"h1","user":"amal","message":"Log-on","EventID":4624}',
  '{"time":"2026-11-01T08:00:00Z","message":"Anmeldung Größe \\"x\\"","EventID":4625,"list":["a","b"]}',
  '{"message":"no time at all","a/b":"slash"}',
  '{"time":"1969-12-31T23:00:00Z","message":"before the epoch"}',
];

async function exampleTimeline(t: Parameters<typeof exampleCase>[0]) {
  const example = await exampleCase(t);
  const { registry, file } = example;
  await addText(
    example,
    'messages',
    '<34>1 2026-11-01T10:00:00Z web1 sshd 1 - - Accepted password\n'.repeat(3),
  );
  await addFolder(example, 'logs', { 'a.jsonl': `${LINES.join('\n')}\n`, 'b.bin': '\x00\x01\x02' });
  const run = await runTool(registry, file, PARSE, await listExhibits(registry, file.id), {}, SAID);
  const opened = await openCaseTimeline(registry, file);
  t.after(() => opened[Symbol.dispose]());
  const ask = async (where: string) => {
    const page = await opened.timeline.page(
      { filter: parseFilter(where, await taggedEvents(registry, file)) },
      { limit: 100 },
    );
    return page.events.map(({ message }) => message);
  };
  return { ...example, run, opened, ask };
}

test('a run derives the events of each exhibit, names what it could not read, and gives the same bytes again', async (t) => {
  const { registry, file, run } = await exampleTimeline(t);
  assert.deepEqual(
    run.derived.map(({ name, parent }) => [name, parent!.number]),
    [
      ['timeline.parquet', 1],
      ['timeline.parquet', 2],
    ],
  );
  const { files, parsed, unknown, events, formats, issues } = run.record.account as Record<string, unknown>;
  assert.deepEqual(
    { files, parsed, unknown, events, formats },
    {
      files: 3,
      parsed: 2,
      unknown: 1,
      events: 7,
      formats: { 'json-lines': 1, syslog: 1 },
    },
  );
  assert.ok((issues as { file: string }[]).some((issue) => issue.file === 'logs/b.bin'));
  const again = await rerunTool(registry, run.record.id, SAID);
  assert.deepEqual(again.differences, []);
  const second = await runTool(
    registry,
    file,
    PARSE,
    (await listExhibits(registry, file.id)).slice(0, 2),
    {},
    SAID,
  );
  assert.deepEqual(
    second.derived.map(({ sha256 }) => sha256),
    run.derived.map(({ sha256 }) => sha256),
  );
  const { sources, unread } = await timelineSources(registry, file);
  assert.deepEqual(
    sources.map(({ derived }) => derived.run),
    [second.record.id, second.record.id],
  );
  assert.deepEqual(unread, []);
});

test('events of all exhibits stand in the order of time, those without a time at the end; pages meet', async (t) => {
  const { opened } = await exampleTimeline(t);
  const all = (await opened.timeline.page({}, { limit: 100 })).events;
  assert.deepEqual(
    all.map(({ id, time }) => [id, time]),
    [
      ['2:3', '1969-12-31T23:00:00Z'],
      ['2:1', '2026-11-01T08:00:00Z'],
      ['2:0', '2026-11-01T09:00:00.500Z'],
      ['1:0', '2026-11-01T10:00:00Z'],
      ['1:1', '2026-11-01T10:00:00Z'],
      ['1:2', '2026-11-01T10:00:00Z'],
      ['2:2', null],
    ],
  );
  const { id, ...first } = all[2]!;
  assert.equal(id, '2:0');
  assert.deepEqual(
    { ...first, fields: first.fields['EventID'] },
    {
      time: '2026-11-01T09:00:00.500Z',
      precision: 'millisecond',
      timeSource: 'time',
      timeZone: 'stated',
      kind: first.kind,
      host: 'h1',
      user: 'amal',
      message: 'Log-on',
      fields: 4624,
      exhibit: 2,
      file: 'logs/a.jsonl',
      format: 'json-lines',
      record: first.record,
      offset: 0,
      recovered: false,
      seq: 0,
    },
  );
  const walked: string[] = [];
  let after: string | undefined;
  do {
    const page = await opened.timeline.page({}, { limit: 2, ...(after ? { after } : {}) });
    walked.push(...page.events.map((event) => event.id));
    after = page.next ?? undefined;
  } while (after);
  assert.deepEqual(
    walked,
    all.map((event) => event.id),
  );
  for (let offset = 0; offset < 8; offset++) {
    const page = await opened.timeline.page({}, { limit: 3, offset });
    assert.deepEqual(
      page.events.map((event) => event.id),
      walked.slice(offset, offset + 3),
      `from ${offset}`,
    );
  }
  await assert.rejects(opened.timeline.page({}, { limit: 1, after: "x'; DROP TABLE" }), /continues no page/);
});

test('filters find what they say, without regard to case, and names in fields are names whatever they hold', async (t) => {
  const { ask } = await exampleTimeline(t);
  const cases: [string, string[]][] = [
    ['fields.EventID = 4625', ['Anmeldung Größe "x"']],
    ['fields.EventID in (4624, 4625) and not exists user', ['Anmeldung Größe "x"']],
    ['exists user', ['Log-on']],
    ['fields.EventID >= 4625', ['Anmeldung Größe "x"']],
    ['message contains "größe"', ['Anmeldung Größe "x"']],
    ['message startswith log- or message endswith ALL', ['Log-on', 'no time at all']],
    ['message matches "^Log.on$"', ['Log-on']],
    ['message matches "^log"', []],
    ['fields.a/b = SLASH', ['no time at all']],
    ['fields.list contains b', ['Anmeldung Größe "x"']],
    ['"GRÖSSE"', []],
    ['\'größe "X"\'', ['Anmeldung Größe "x"']],
    ['not host = web1 and not user = amal and time > 2026-01-01', ['Anmeldung Größe "x"']],
    ['time < 1970-01-01', ['before the epoch']],
    ['host != web1 and exists host', ['Log-on']],
    ['exhibit = 2 and offset = 0', ['Log-on']],
    ['recovered = true', []],
    ['(message = log-on)', ['Log-on']],
  ];
  for (const [where, expected] of cases) {
    assert.deepEqual(await ask(where), expected, where);
  }
});

test('a filter that is wrong says where; none reaches SQL, files or settings', () => {
  for (const [where, message] of [
    ['', /it is empty/],
    ['host =', /character 7.*a value/],
    ['nothing = 1', /"nothing" is no column/],
    ['(host = a', /a \) is missing/],
    ['host = a b', /"b" is too much/],
    ['host = a; DROP TABLE events', /"DROP" is too much/],
    ['time = yesterday', /is no time/],
    ['time contains 2', /times are compared/],
    ['fields.x > y', /compares with a number/],
    ['offset = x', /compared with a number/],
    ['tag contains x', /compared with =/],
    [`${'('.repeat(60)}a${')'.repeat(60)}`, /nests deeper/],
    ['a or '.repeat(300).concat('a'), /more than 200|at most/],
    ['x'.repeat(5_000), /at most 4000/],
    ['host = "a', /begins nothing/],
  ] as const)
    assert.throws(() => parseFilter(where), message, where);
  const { sql, values } = parseFilter(`fields.x = "'; DROP TABLE events; --"`);
  assert.doesNotMatch(sql, /DROP/);
  assert.deepEqual(values, ['/x', "'; DROP TABLE events; --"]);
});

test('DuckDB reaches nothing but the files it was opened with, and its settings are closed', async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'other.csv'), 'a\n1\n');
  using db = await openDuckDB({ files: [], memoryBytes: 100e6 });
  for (const sql of [
    `SELECT * FROM read_csv('${join(folder, 'other.csv')}')`,
    `SELECT * FROM read_text('/etc/hostname')`,
    `COPY (SELECT 1) TO '${join(folder, 'out.csv')}'`,
    `ATTACH '${join(folder, 'a.db')}'`,
    'INSTALL httpfs',
    'SET enable_external_access = true',
    "SET memory_limit = '10GB'",
  ])
    await assert.rejects(db.connection.run(sql), /Permission|disabled|locked|Cannot|configuration/i, sql);
});

test('a histogram counts by bin, also before 1970; facets count values; a range of time begins in and ends out', async (t) => {
  const { opened } = await exampleTimeline(t);
  assert.deepEqual(await opened.timeline.histogram({}, 'day'), [
    { from: '1969-12-31T00:00:00Z', events: 1 },
    { from: '2026-11-01T00:00:00Z', events: 5 },
  ]);
  assert.deepEqual(
    (await opened.timeline.histogram({}, 'year')).map(({ from }) => from),
    ['1969-01-01T00:00:00Z', '2026-01-01T00:00:00Z'],
  );
  assert.deepEqual(
    await opened.timeline.facet({}, 'host', 10),
    [
      { value: 'web1', events: 3 },
      { value: null, events: 3 },
      { value: 'h1', events: 1 },
    ].sort((a, b) => b.events - a.events || (a.value === null ? 1 : -1)),
  );
  const selection = { from: parseTime('2026-11-01T08:00'), to: parseTime('2026-11-01T10:00:00Z') };
  assert.equal(await opened.timeline.count(selection), 2);
  assert.deepEqual(
    (await opened.timeline.page(selection, { limit: 9 })).events.map(({ id }) => id),
    ['2:1', '2:0'],
  );
});

test('a tag is a signed record with a leaf; the timeline stays; taking it back stays on record', async (t) => {
  const { registry, file, opened, ask } = await exampleTimeline(t);
  const said = { tag: 'suspicious', comment: 'why', person: 'A. Person' };
  const [tag] = await addTags(registry, file, opened, ['2:0'], said);
  await assert.rejects(addTags(registry, file, opened, ['2:0', '9:9'], said), /no event 9:9/);
  await assert.rejects(
    addTags(registry, file, opened, ['2:0'], { ...said, tag: 'two words' }),
    /a tag is a word/,
  );
  assert.deepEqual(await ask('tag = suspicious'), ['Log-on']);
  assert.deepEqual(await ask('tag = other'), []);
  const page = await opened.timeline.page({}, { limit: 100 });
  assert.deepEqual(
    [...(await tagsOn(registry, file, page.events))].map(([id, [one]]) => [id, one!.tag, one!.isStale]),
    [['2:0', 'suspicious', false]],
  );
  const changed = page.events.map((event) => ({ ...event, message: 'other' }));
  assert.equal((await tagsOn(registry, file, changed)).get('2:0')![0]!.isStale, true);
  const row = await registry.db.get<{ statement: string }>('SELECT statement FROM timeline_tag');
  assert.equal(row!.statement.split('.').length, 3);
  await removeTag(registry, file, tag!.id, 'A. Person');
  assert.deepEqual(await listTags(registry, file), []);
  await assert.rejects(removeTag(registry, file, tag!.id, 'A. Person'), /no tag/);
  const leaves = await registry.db.all("SELECT 1 FROM ledger_leaf WHERE kind = 'annotation'");
  assert.equal(leaves.length, 2);
});

test('exports hold every event, and say which ones a format cannot', async (t) => {
  const { opened, folder } = await exampleTimeline(t);
  const texts: Record<string, string> = {};
  for (const format of ['jsonl', 'csv', 'timesketch'] as const) {
    const count = { events: 0, left: 0 };
    let text = '';
    for await (const piece of exportText(opened.timeline, {}, format, count)) text += piece;
    texts[format] = text;
    assert.deepEqual(count, format === 'timesketch' ? { events: 6, left: 1 } : { events: 7, left: 0 });
  }
  assert.deepEqual(
    texts['jsonl']!.trim()
      .split('\n')
      .map((line) => JSON.parse(line).id)
      .slice(0, 2),
    ['2:3', '2:1'],
  );
  assert.match(texts['csv']!, /,"Anmeldung Größe ""x""","\{""time""/);
  const [line] = texts['timesketch']!.split('\n');
  const { message, datetime, timestamp_desc } = JSON.parse(line!) as Record<string, unknown>;
  assert.deepEqual(
    { message, datetime, timestamp_desc },
    {
      message: 'before the epoch',
      datetime: '1969-12-31T23:00:00+00:00',
      timestamp_desc: 'time',
    },
  );
  const parts: Uint8Array[] = [];
  for await (const part of opened.timeline.parquet({})) parts.push(part);
  const path = join(folder, 'export.parquet');
  writeFileSync(path, Buffer.concat(parts));
  using exported = await openTimeline([path]);
  const page = (timeline: typeof exported) => timeline.page({}, { limit: 100 });
  assert.deepEqual(await page(exported), await page(opened.timeline));
});

test('in an encrypted case events are encrypted too, and nothing of them is found on disk', async (t) => {
  const example = await exampleCase(t);
  const { registry, folder } = example;
  const file = await openCase(registry, 'Secret', { encrypted: true });
  const path = join(folder, 'secret.jsonl');
  writeFileSync(path, '{"time":"2026-11-01T09:00:00Z","message":"word-of-the-suspect"}\n');
  await addExhibit(registry, file, path, SAID);
  const run = await runTool(registry, file, PARSE, await listExhibits(registry, file.id), {}, SAID);
  assert.ok(run.derived[0]!.sealed);
  using opened = await openCaseTimeline(registry, file);
  assert.deepEqual(
    (await opened.timeline.page({}, { limit: 9 })).events.map(({ message }) => message),
    ['word-of-the-suspect'],
  );
  const files = readdirSync(join(folder, 'node'), { recursive: true, withFileTypes: true }).filter((one) =>
    one.isFile(),
  );
  assert.ok(files.length > 5);
  for (const one of files)
    assert.ok(!readFileSync(join(one.parentPath, one.name)).includes('word-of-the-suspect'), one.name);
});

test('texts of every length and script come back as they were, through pointers and inline', async () => {
  using db = await openDuckDB({ files: [], memoryBytes: 200e6 });
  const source = new EventSource(db.connection, 1);
  const given: string[] = [];
  const full: EventChunk[] = [];
  const chunks = new EventChunks((chunk) => full.push(chunk));
  for (let i = 0; i < CHUNK_ROWS + 300; i++) {
    const message = [
      '',
      'x'.repeat(i % 40),
      'é'.repeat(i % 15),
      '日本'.repeat(i % 9),
      '\ud800 lone',
      '0\0zero',
    ][i % 6]!;
    given.push(message.toWellFormed());
    chunks.add(event({ message, user: i % 3 ? null : `user ${i % 7}` }), { file: 'f', format: 'x' });
  }
  chunks.flush();
  source.give(full);
  const rows = await db.connection.runAndReadAll(`SELECT message, "user" FROM ${source.table} ORDER BY seq`);
  assert.deepEqual(
    rows.getRows().map(([message]) => message),
    given,
  );
  assert.deepEqual(
    rows
      .getRows()
      .slice(0, 4)
      .map(([, user]) => user),
    ['user 0', null, null, 'user 3'],
  );
});

test('a writer whose bytes nobody takes says so, and stops when the part under way is written', async (t) => {
  const folder = temporaryFolder(t);
  using db = await openDuckDB({ files: [], folder, memoryBytes: 400e6, threads: 1 });
  const failing = new TimelineWriter(db, folder, 1, async () => {
    throw new Error('the disk is full');
  });
  const stopped = new TimelineWriter(db, folder, 2, async () => {});
  for (const writer of [failing, stopped]) {
    const full: EventChunk[] = [];
    const chunks = new EventChunks((chunk) => full.push(chunk));
    for (let i = 0; i < 60 * CHUNK_ROWS; i++)
      chunks.add(event({ message: `event ${i}` }), { file: 'f', format: 'x' });
    for (const chunk of full) await writer.append(chunk);
    if (writer === failing) await assert.rejects(writer.end(), /the disk is full/);
    await writer.abort();
  }
});

test('a long exhibit is one Parquet file of many parts, in which a page at any number is the right one', async (t) => {
  const folder = temporaryFolder(t);
  const write = async (name: string) => {
    using db = await openDuckDB({ files: [], folder, memoryBytes: 400e6 });
    const parts: Uint8Array[] = [];
    const writer = new TimelineWriter(db, folder, 1, async (bytes) => {
      parts.push(Buffer.from(bytes));
      // Nothing of a part that was given is needed any more, so it is not kept either.
      if (bytes.buffer.byteLength > 200_000) new Uint8Array(bytes.buffer).fill(0);
    });
    const waiting: EventChunk[] = [];
    const chunks = new EventChunks((chunk) => void waiting.push(chunk));
    for (let i = 0; i < 126_000; i++) {
      // Two logs one after the other, over the same days.
      const minute = i % 63_000;
      chunks.add(event({ message: `event ${i}`, time: at(minute) }), { file: 'f', format: 'x' });
      for (const chunk of waiting.splice(0)) await writer.append(chunk);
    }
    chunks.flush();
    for (const chunk of waiting) await writer.append(chunk);
    await writer.end();
    writeFileSync(join(folder, name), Buffer.concat(parts));
    return readFileSync(join(folder, name));
  };
  const bytes = await write('a.parquet');
  assert.ok(bytes.equals(await write('b.parquet')), 'the same bytes again');
  using timeline = await openTimeline([join(folder, 'a.parquet')]);
  assert.equal(await timeline.count(), 126_000);
  for (const offset of [0, 1, 62_999, 101_001, 125_990]) {
    const { events } = await timeline.page({}, { limit: 10, offset });
    const expected = Array.from({ length: Math.min(10, 126_000 - offset) }, (_, i) => {
      const rank = offset + i;
      return Math.floor(rank / 2) + (rank % 2) * 63_000;
    });
    assert.deepEqual(
      events.map(({ seq }) => seq),
      expected,
      `from ${offset}`,
    );
  }
});

const at = (minute: number) => ({
  ns: 1_700_000_000_000_000_000n + BigInt(minute) * 60_000_000_000n,
  precision: 'second' as const,
  source: 'time',
  zone: 'utc' as const,
});

function event(init: Partial<EventInit>) {
  return plainEvent({ kind: 'x', time: null, message: '', fields: {}, offset: 0, ...init });
}
