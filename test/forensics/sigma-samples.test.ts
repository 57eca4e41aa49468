/** The public rule set and the event logs that its rules must hit. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { memoryReader, recogniseFormat } from '../../src/forensics/index.ts';
import { parseRuleFiles, SigmaEngine } from '../../src/forensics/sigma/index.ts';
import { sharedData } from '../shared-data.ts';

const archive = sharedData('sigma/rules.tar.gz');
const expectations = sharedData('sigma/expected.json');

/** The regular files of a tar archive, read without a temporary folder. */
function* tarFiles(bytes: Buffer): Generator<{ path: string; text: string }> {
  for (let at = 0; at + 512 <= bytes.length && bytes[at] !== 0; ) {
    const text = (from: number, length: number) =>
      bytes.toString('utf8', at + from, at + from + length).replace(/\0.*$/s, '');
    const size = Number.parseInt(text(124, 12), 8);
    const path = [text(345, 155), text(0, 100)].filter(Boolean).join('/');
    if (text(156, 1) === '0' && path.endsWith('.yml'))
      yield { path, text: bytes.toString('utf8', at + 512, at + 512 + size) };
    at += 512 + Math.ceil(size / 512) * 512;
  }
}

/** Of these, more events than the source counts satisfy the rule as it is written (three files with the name, two values set). */
const MORE_EVENTS = new Set([
  '0b9ad457-2554-44c1-82c2-d56a99c42377',
  '45e112d0-7759-4c2a-aa36-9f8fb79d3393',
  '8fbf3271-1ef6-4e94-8210-03c2317947f6',
  'c7dcacd0-cc59-4004-b0a4-1d6cdebe6f3e',
]);

test('all public rules load or are named, and hit the logs that they must hit', {
  skip: archive.skip || expectations.skip,
}, () => {
  const set = parseRuleFiles(tarFiles(gunzipSync(readFileSync(archive.path))));
  assert.equal(set.rules.length + set.correlations.length + set.rejected.length, 3_754);
  for (const { reason } of set.rejected) assert.match(reason, /placeholder %known_cdcs%/);
  assert.equal(set.rejected.length, 2);
  const engine = new SigmaEngine(set.rules);
  const expected = JSON.parse(readFileSync(expectations.path, 'utf8')) as Record<
    string,
    { evtx: string; match_count: number | null; evtx_records: number }
  >;
  for (const [id, { evtx, match_count: count, evtx_records: records }] of Object.entries(expected)) {
    const bytes = readFileSync(join(dirname(expectations.path), evtx));
    let hits = 0;
    const account = recogniseFormat(bytes)!.parse(memoryReader(bytes), (event) =>
      engine.match(event, (rule) => {
        if (rule.id === id) hits++;
      }),
    );
    assert.equal(account.records, records, evtx);
    if (count === null || MORE_EVENTS.has(id)) assert.ok(hits >= (count ?? 1), `${id} hits ${hits}`);
    else assert.equal(hits, count, id);
  }
});
