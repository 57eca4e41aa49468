/** Sigma and YARA inside of a case: findings and derived exhibits, an account, and the same again. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { ExamineAccounts, examine } from '../../src/cases/examine/index.ts';
import {
  keepRules,
  listExhibits,
  listFindings,
  rerunTool,
  runTool,
  SIGMA,
  YARA,
} from '../../src/cases/index.ts';
import { addFolder, addText, exampleCase, SAID } from './example-case.ts';

const SIGMA_RULE = `title: Log-on of a service
id: 00000000-0000-4000-8000-000000000001
level: high
logsource: {category: application}
detection:
  selection:
    message|contains: suspicious
  condition: selection
`;

test('both tools find, derive, account for what they did not read, and repeat', async (t) => {
  const example = await exampleCase(t);
  const { registry, file } = example;
  await addText(
    example,
    'events.jsonl',
    '{"time":"2026-11-01T09:00:00Z","message":"a suspicious thing"}\n{"message":"fine"}\n',
  );
  await addFolder(example, 'files', { 'a.bin': 'xx needle', 'b.bin': 'nothing' });
  const exhibits = await listExhibits(registry, file.id);
  const rules = {
    sigma: [
      { path: 'a.yml', text: SIGMA_RULE },
      { path: 'b.yml', text: 'title: x\ndetection: 1\n' },
    ],
    yara: [
      {
        path: 'a.yar',
        text: 'rule needle { strings: $a = "needle" condition: $a } rule bad { condition: no }',
      },
    ],
  };
  for (const [tool, given, place] of [
    [SIGMA, rules.sigma, 'events.jsonl'],
    [YARA, rules.yara, 'files/a.bin'],
  ] as const) {
    const run = await runTool(
      registry,
      file,
      tool,
      exhibits,
      { materials: await keepRules(registry, given) },
      SAID,
    );
    assert.deepEqual(
      run.findings.map((one) => [one.kind, one.file]),
      [[tool.name, place]],
    );
    assert.deepEqual(
      run.derived.map(({ name }) => name),
      [`${tool.name}.jsonl`],
    );
    const { rules: loaded, rulesNotLoaded, hits, files } = run.record.account as Record<string, unknown>;
    assert.deepEqual([loaded, (rulesNotLoaded as unknown[]).length, hits, files], [1, 1, 1, 3]);
    const again = await rerunTool(registry, run.record.id, SAID);
    assert.deepEqual(again.differences, []);
  }
  assert.equal((await listFindings(registry, file.id)).length, 2);
});

test('rules that silence the thread end the run with a reason, and never the program', async (t) => {
  const example = await exampleCase(t);
  const path = join(example.folder, 'a');
  await addText(example, 'a', 'x');
  const slow =
    'rule slow { condition: for all i in (0..100000000) : ( for all j in (0..100000000) : ( i + j >= 0 ) ) }';
  await assert.rejects(
    examine({
      files: [{ name: 'a', location: { path, key: null, sizeBytes: 1 } }],
      job: {
        kind: 'yara',
        rules: Array.from({ length: 3_000 }, (_, i) => ({
          path: `${i}`,
          text: slow.replace('slow', `slow${i}`),
        })),
      },
      accounts: new ExamineAccounts(),
      take: () => {},
      silenceMs: 400,
    }),
    /the rules take too long/,
  );
});
