/** The commands on files made here. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Command } from '../../src/cli/command.ts';
import { command as caseNew } from '../../src/cli/commands/case-new.ts';
import { command as evidenceAdd } from '../../src/cli/commands/evidence-add.ts';
import { command as evidenceRun } from '../../src/cli/commands/evidence-run.ts';
import { command as parseCommand } from '../../src/cli/commands/parse.ts';
import { command as sigmaCommand } from '../../src/cli/commands/sigma-run.ts';
import { command as timelineCommand } from '../../src/cli/commands/timeline.ts';
import { command as timelineTag } from '../../src/cli/commands/timeline-tag.ts';
import { parseInvocation } from '../../src/cli/invocation.ts';
import type { Terminal } from '../../src/cli/terminal.ts';
import { openRegistry } from '../../src/registry/index.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { buildEvtx, processStart } from './evtx-builder.ts';
import { makeTar, makeZip } from './make-archives.ts';

async function run(command: Command, ...words: string[]) {
  const out: string[] = [];
  const notes: string[] = [];
  const same = (text: string) => text;
  const terminal: Terminal = {
    out: (line) => void out.push(...line.split('\n')),
    note: (line) => void notes.push(line),
    style: { bold: same, dim: same, green: same, red: same, yellow: same, cyan: same },
    mark: () => {},
    progress: () => ({ update() {}, end() {} }),
  };
  const code = await command.run(parseInvocation(command, words), terminal);
  return { code, out, notes: notes.join('\n') };
}

const log = (from: number, count: number) =>
  buildEvtx([
    Array.from({ length: count }, (_, i) => processStart(from + i, i % 2 === 0 ? 'whoami /all' : 'dir')),
  ]);

const RULE = `title: Whoami
id: 11111111-1111-4111-8111-111111111111
name: whoami
level: high
logsource: {product: windows, category: process_creation}
detection:
  s: {CommandLine|contains: whoami}
  condition: s
`;
const CORRELATION = `title: Many
id: 22222222-2222-4222-8222-222222222222
level: critical
correlation: {type: event_count, rules: [whoami], group-by: [Computer], timespan: 1h, condition: {gte: 8}, generate: true}
`;

test('parse --summary prints the account and nothing else, --json one event a line', async (t) => {
  const path = join(temporaryFolder(t), 'any name');
  writeFileSync(path, log(1, 5));
  const { code, out } = await run(parseCommand, path, '--summary');
  assert.equal(code, 0);
  assert.deepEqual(out, [
    JSON.stringify({ file: path, format: 'evtx', records: 5, errors: 0, recovered: 0, skippedBytes: 0 }),
  ]);
  const { out: lines } = await run(parseCommand, path, '--json');
  assert.deepEqual(
    lines.map((line) => (JSON.parse(line) as { recordId: number }).recordId),
    [1, 2, 3, 4, 5],
  );
});

test('parse opens an archive, and refuses what no format knows', async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, 'log.gz');
  writeFileSync(path, gzipSync(log(1, 3)));
  const { out } = await run(parseCommand, path, '--summary');
  assert.match(out[0]!, /"records":3,/);
  const other = join(folder, 'other');
  writeFileSync(other, 'nothing to see');
  await assert.rejects(run(parseCommand, other), { code: 'format-unknown' });
});

test('parse gives what a damaged archive still holds, counts what it lost, and says which member an event is of', async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, 'logs');
  const lines = Buffer.from(Array.from({ length: 5_000 }, (_, i) => `{"a":${i}}\n`).join(''));
  const parseOf = async (bytes: Uint8Array) => {
    writeFileSync(path, bytes);
    const { out } = await run(parseCommand, path, '--summary');
    const { out: events } = await run(parseCommand, path, '--json');
    const accounts = out.map((line) => JSON.parse(line) as Record<string, unknown>);
    return { accounts, events: events.map((line) => JSON.parse(line) as Record<string, unknown>) };
  };
  const packed = gzipSync(lines);
  const cut = await parseOf(packed.subarray(0, packed.length - 20));
  assert.deepEqual(
    cut.accounts.map(({ file, format, errors }) => [file, format, errors]),
    [
      [`${path}/content`, 'json-lines', 1],
      [`${path}/content`, 'archive', 1],
    ],
  );
  assert.ok(cut.events.length > 4_900);
  const members = [
    { name: '1.jsonl', content: lines },
    { name: '2.jsonl', content: lines },
  ];
  const zip = await parseOf(makeZip(members, { crc: { '2.jsonl': 1 } }));
  assert.deepEqual(
    zip.accounts.map(({ file, records, errors }) => [file, records, errors]),
    [
      [`${path}/1.jsonl`, 5_000, 0],
      [`${path}/2.jsonl`, 5_000, 0],
      [`${path}/2.jsonl`, 0, 1],
    ],
  );
  assert.deepEqual([...new Set(zip.events.map(({ file }) => file))], [`${path}/1.jsonl`, `${path}/2.jsonl`]);
  const tar = await parseOf(makeTar(members).subarray(0, 70_000));
  assert.deepEqual(
    tar.accounts.map(({ file, errors }) => [file, errors]),
    [
      [`${path}/1.jsonl`, 0],
      [`${path}/2.jsonl`, 1],
      [path, 1],
    ],
  );
});

test('sigma run names findings with their place, and rules that did not load with the reason', async (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, 'rules'));
  mkdirSync(join(folder, 'logs'));
  writeFileSync(join(folder, 'rules', 'a.yml'), `${RULE}---\n${CORRELATION}`);
  writeFileSync(
    join(folder, 'rules', 'b.yml'),
    RULE.replace('id: 1', 'id: 3').replace('condition: s', 'condition: s near s'),
  );
  writeFileSync(join(folder, 'logs', '1.evtx'), log(1, 10));
  writeFileSync(join(folder, 'logs', '2.evtx'), log(11, 10));
  symlinkSync('/etc/passwd', join(folder, 'logs', 'link'));
  const words = ['--rules', join(folder, 'rules'), '--evidence', join(folder, 'logs'), '--json'];
  const { code, out, notes } = await run(sigmaCommand, ...words);
  assert.equal(code, 0);
  const findings = out.map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual(
    findings.map((finding) => finding['recordId']),
    [1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 15],
  );
  assert.deepEqual(
    { ...findings[0], offset: 0, host: 0, user: 0, tags: 0 },
    {
      ruleId: '11111111-1111-4111-8111-111111111111',
      title: 'Whoami',
      level: 'high',
      file: join(folder, 'logs', '1.evtx'),
      recordId: 1,
      time: '2026-01-31T12:00:00.0000001Z',
      offset: 0,
      host: 0,
      user: 0,
      tags: 0,
    },
  );
  assert.equal(findings[10]!['title'], 'Many');
  assert.match(notes, /rule not loaded: .*b\.yml \(Whoami\): the condition uses "near"/);
  assert.match(notes, /link: neither a file nor a folder; not read/);
  assert.equal(readdirSync(join(folder, 'logs')).length, 3);
});

test('large logs are divided among threads and give the same findings in the same order', async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'r.yml'), RULE);
  const chunk = log(1, 60).subarray(4_096);
  const header = log(1, 60).subarray(0, 4_096);
  writeFileSync(join(folder, 'big.evtx'), Buffer.concat([header, ...new Array<Buffer>(800).fill(chunk)]));
  const words = ['--rules', join(folder, 'r.yml'), '--evidence', join(folder, 'big.evtx'), '--json'];
  const alone = await run(sigmaCommand, ...words, '--jobs', '1');
  const together = await run(sigmaCommand, ...words, '--jobs', '2');
  assert.equal(alone.out.length, 800 * 30);
  assert.deepEqual(together.out, alone.out);
});

test('a set without a usable rule is an error that lists the reasons', async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'r.yml'), 'title: x');
  writeFileSync(join(folder, 'log'), log(1, 1));
  await assert.rejects(
    run(sigmaCommand, '--rules', join(folder, 'r.yml'), '--evidence', join(folder, 'log')),
    {
      code: 'sigma-rules',
    },
  );
});

test('a case is parsed, its timeline asked, exported and tagged, by commands as people type them', async (t) => {
  const folder = temporaryFolder(t);
  const data = join(folder, 'node');
  await (await openRegistry(data, { createAs: 'Police of Arvenia' })).close();
  writeFileSync(join(folder, 'Security.evtx'), log(1, 6));
  const rules = join(folder, 'rules.yml');
  writeFileSync(rules, RULE);
  const node = (command: Command, ...words: string[]) => run(command, ...words, '--data', data);
  await node(caseNew, 'Example');
  await node(evidenceAdd, 'Example', join(folder, 'Security.evtx'));
  const parsed = await node(evidenceRun, 'Example', '--tool', 'timeline', '--json');
  assert.equal((JSON.parse(parsed.out[0]!) as { account: { events: number } }).account.events, 6);
  assert.match((await node(evidenceRun, 'Example', '--tool', 'timeline')).notes, /nothing to do/);
  const found = await node(evidenceRun, 'Example', '--tool', 'sigma', '--rules', rules);
  assert.match(found.out.at(-1)!, /^3 findings, 6 events/);
  const where = ['--where', 'fields.CommandLine contains WHOAMI'];
  const page = await node(timelineCommand, 'Example', ...where, '--json');
  assert.deepEqual(
    page.out.map((line) => (JSON.parse(line) as { id: string }).id),
    ['1:0', '1:2', '1:4'],
  );
  const bars = await node(timelineCommand, 'Example', '--histogram', '--by', 'year', '--json');
  assert.equal(
    bars.out.reduce((sum, line) => sum + (JSON.parse(line) as { events: number }).events, 0),
    6,
  );
  const facet = await node(timelineCommand, 'Example', '--facet', 'format', '--json');
  assert.deepEqual(facet.out, ['{"value":"evtx","events":6}']);
  await node(timelineTag, 'Example', '1:2', '--tag', 'seen');
  assert.deepEqual((await node(timelineCommand, 'Example', '--where', 'tag = seen')).out.length, 1);
  for (const format of ['jsonl', 'csv', 'timesketch', 'parquet']) {
    const path = join(folder, `out.${format}`);
    const { notes } = await node(timelineCommand, 'Example', '--export', path, '--format', format);
    assert.match(notes, /6 events in/);
    assert.ok(statSync(path).size > 500);
  }
  await assert.rejects(node(timelineCommand, 'Example', '--where', 'nothing = 1'), /is no column/);
});
