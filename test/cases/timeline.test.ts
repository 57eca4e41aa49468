import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listExhibits, rerunTool, runTool } from '../../src/cases/index.ts';
import { PARSE } from '../../src/cases/timeline/timeline-run.ts';
import { addFolder, addText, exampleCase, SAID } from './example-case.ts';

test('x', async (t) => {
  const example = await exampleCase(t);
  const { registry, file } = example;
  await addText(example, 'messages', '2026-11-01T10:00:00Z web1 sshd[1]: Accepted password for root from 192.0.2.1\n'.replace(/^/, '<34>1 ').replace('sshd[1]:','sshd 1 - -').repeat(3));
  await addFolder(example, 'logs', { 'a.jsonl': '{"time":"2026-11-01T09:00:00Z","user":"x","message":"hello"}\n{"time":"2026-11-01T08:00:00Z","message":"é"}\n', 'b.bin': '\x00\x01\x02' });
  const run = await runTool(registry, file, PARSE, await listExhibits(registry, file.id), {}, SAID);
  console.log(JSON.stringify(run, null, 1));
  const again = await rerunTool(registry, run.record.id, SAID);
  console.log(again);
  assert.equal(again.identical, true);
});
