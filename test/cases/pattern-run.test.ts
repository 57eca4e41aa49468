/** Patterns of indicators decided on the events of a case: found, permitted, accounted for, and the same again. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { EventPatterns, type PatternHit } from '../../src/cases/examine/event-patterns.ts';
import { addExhibit, listExhibits, openCase, rerunTool } from '../../src/cases/index.ts';
import { findingText } from '../../src/cases/match-run.ts';
import { executeRun, exhibitsFor, orderRun } from '../../src/exchange/index.ts';
import { plainEvent } from '../../src/forensics/index.ts';
import type { Registry } from '../../src/registry/index.ts';
import { buildEvtx, processStart } from '../forensics/evtx-builder.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { giveNotice, importOwn, indicator, pull, twoNodes } from '../two-nodes.ts';
import { addText, exampleCase, SAID } from './example-case.ts';

const withPattern = (n: number, pattern: string) => indicator(n, { more: { pattern } });

const line = (time: string, EventID: number, more: Record<string, string>) =>
  `${JSON.stringify({ Channel: 'Microsoft-Windows-Sysmon/Operational', EventID, Computer: 'HOST-1.example', Provider: 'Microsoft-Windows-Sysmon', TimeCreated: time, EventRecordID: 1, ...more })}\n`;

async function decide(registry: Registry, file: Awaited<ReturnType<typeof openCase>>) {
  const order = await orderRun(registry, { tool: 'patterns' });
  return executeRun(registry, file, await exhibitsFor(registry, file, 'patterns'), order, SAID);
}

test('LIKE, AND and FOLLOWEDBY WITHIN are decided on events, in each exhibit by itself, and again the same', async (t) => {
  const example = await exampleCase(t);
  const { registry, file, folder } = example;
  writeFileSync(
    join(folder, 'a.evtx'),
    buildEvtx([[processStart(1, 'powershell -enc AAAA'), processStart(2, 'whoami')]]),
  );
  await addExhibit(registry, file, join(folder, 'a.evtx'), SAID);
  const query = { QueryName: 'c2.example', Image: 'C:\\a.exe' };
  const dropped = { TargetFilename: 'C:\\x\\late.exe', Image: 'C:\\a.exe' };
  await addText(
    example,
    'b.jsonl',
    // Written in another order than things happened.
    line('2026-11-01T10:00:30.000Z', 11, dropped) + line('2026-11-01T10:00:00.000Z', 22, query),
  );
  await addText(example, 'c.jsonl', line('2026-11-01T12:00:00.000Z', 11, dropped));
  const sequence = "([domain-name:value = 'c2.example'] FOLLOWEDBY [file:name LIKE 'late%'])";
  await importOwn({ registry } as never, [
    withPattern(1, "[process:command_line LIKE '%-enc %']"),
    withPattern(2, "[process:image_ref.name = 'cmd.exe' AND process:command_line = 'whoami']"),
    withPattern(3, `${sequence} WITHIN 60 SECONDS`),
    withPattern(4, `${sequence} WITHIN 20 SECONDS`),
    withPattern(5, "[file:name LIKE 'late%'] FOLLOWEDBY [domain-name:value = 'c2.example']"),
    withPattern(6, "[domain-name:value = 'c2.example']"), // text shows it: `match` looks for it
  ]);
  const run = await decide(registry, file);
  assert.deepEqual(
    run.findings.map(({ indicator: id, file: name, kind }) => [Number(id.slice(-1)), name, kind]),
    [
      [1, 'a.evtx', 'pattern'],
      [2, 'a.evtx', 'pattern'],
      [3, 'b.jsonl', 'pattern'],
    ],
  );
  const [, , last] = run.findings;
  assert.equal(last!.value, `${sequence} WITHIN 60 SECONDS`);
  assert.equal(last!.offset, 0, 'stands at the event that happened last');
  assert.match(last!.matched, / → /);
  assert.deepEqual([last!.clause, last!.contributor], ['own intelligence', registry.name]);
  const account = run.record.account as Record<string, unknown>;
  assert.deepEqual([account['rules'], account['eventsShown'], account['undecidedCount']], [5, 5, 0]);
  assert.equal(
    (await listExhibits(registry, file.id)).length,
    3,
    'derives nothing that would carry patterns',
  );
  const again = await rerunTool(registry, run.record.id, SAID);
  assert.deepEqual(again.differences, []);
  const second = await decide(registry, file);
  const said = (made: typeof run) => made.findings.map((one) => findingText({ ...one, run: '' }));
  assert.deepEqual(said(second), said(run));
});

test('a pattern whose agreement does not allow the use is not used, and counted', async (t) => {
  const world = await twoNodes(t);
  const { company, police, time } = world;
  const { registry } = police;
  await importOwn(company, [withPattern(1, "[process:command_line LIKE '%-enc %']")]);
  await pull(world);
  const path = join(temporaryFolder(t), 'a.jsonl');
  writeFileSync(path, line('2026-11-01T10:00:00.000Z', 1, { Image: 'C:\\p.exe', CommandLine: 'p -enc A' }));
  const before = await openCase(registry, 'Before');
  await addExhibit(registry, before, path, SAID);
  const allowed = await decide(registry, before);
  assert.deepEqual(
    allowed.findings.map(({ contributor, agreement, file }) => [contributor, agreement !== null, file]),
    [[company.registry.name, true, 'a.jsonl']],
  );
  assert.match(allowed.findings[0]!.clause, /^flows\[\d+\]/);
  assert.deepEqual(allowed.unusable, []);
  time.now = new Date(time.now.getTime() + 60_000);
  await giveNotice(police, world.agreement, 'suspend');
  time.now = new Date(time.now.getTime() + 60_000);
  const after = await openCase(registry, 'After');
  await addExhibit(registry, after, path, SAID);
  const refused = await decide(registry, after);
  assert.deepEqual(refused.findings, []);
  assert.deepEqual(
    refused.unusable.map(({ count }) => count),
    [1],
  );
  assert.equal(refused.record.parameters['indicators'], 0);
});

test('events beyond what is kept leave a pattern undecided by name, unless the kept ones meet it', () => {
  const patterns = new EventPatterns([
    { path: 'indicator--a', text: "[url:value LIKE 'http%'] FOLLOWEDBY [url:value = 'ftp://b.example/']" },
    { path: 'indicator--b', text: "[url:value LIKE 'http%'] REPEATS 3 TIMES" },
    { path: 'indicator--c', text: '[no pattern' },
  ]);
  assert.deepEqual(
    patterns.rejected.map(({ path }) => path),
    ['indicator--c'],
  );
  const hits: PatternHit[] = [];
  for (let i = 0; i < 5_010; i++) {
    const time = { ns: BigInt(i), precision: 'nanosecond', source: 'x', zone: 'utc' } as const;
    const event = plainEvent({
      kind: 'web-visit',
      time,
      message: 'visited',
      offset: i,
      fields: { url: 'http://a.example/' },
    });
    patterns.event(event, 'f', 1, (hit) => hits.push(hit));
  }
  patterns.endExhibit(1, (hit) => hits.push(hit));
  assert.deepEqual(
    hits.map(({ pattern, events }) => [pattern, events]),
    [[1, 3]],
  );
  const { undecided, undecidedCount } = patterns.account() as {
    undecided: { indicator: string; reason: string }[];
    undecidedCount: number;
  };
  assert.deepEqual([undecidedCount, undecided[0]!.indicator], [1, 'indicator--a']);
  assert.match(undecided[0]!.reason, /^10 events more than the 5000/);
  // The next exhibit begins with nothing.
  patterns.endExhibit(2, () => assert.fail('nothing was kept'));
});
