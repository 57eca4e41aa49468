/**
 * The story, twice at once on one machine: as the demo tells it, and with both nodes killed after every step.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Actor } from '../../src/cli/demo/actors.ts';
import { EXAMPLES, emptyMemory, STEPS } from '../../src/cli/demo/story.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const PROGRAM = resolve(import.meta.dirname, '../../bin/entente.js');

const NAMES = [
  'nodes-started',
  'agreement-in-force',
  'intelligence-imported',
  'withheld',
  'delivered',
  'exhibits-registered',
  'findings',
  'outcome-returned',
  'recalled',
  'sync-refused-after-end',
  'ledgers-verified',
  'bundle-verified',
  'tamper-detected',
];

interface Told {
  ok: boolean;
  ms: number;
  steps: { name: string; ok: boolean; detail: Record<string, unknown> }[];
  kept?: { name: string; url: string; data: string }[];
}

function run(words: readonly string[]): Promise<{ exit: number | null; stdout: string; stderr: string }> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [PROGRAM, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.once('close', (exit) => done({ exit, stdout, stderr }));
  });
}

/** The process that works on a data folder, found by its own command line. */
function nodePid(data: string): number | undefined {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .find((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        return words.includes('up') && words.includes(data);
      } catch {
        return false;
      }
    });
}

test('stories side by side', { concurrency: true }, async (t) => {
  const crashing = t.test('the story holds when both nodes are killed after every step', async (inner) => {
    const folder = temporaryFolder(inner);
    const actors = [
      new Actor('Northlight Security', join(folder, 'northlight'), () => {}),
      new Actor('Interlink Police Organisation', join(folder, 'interlink'), () => {}),
    ] as const;
    inner.after(() => Promise.all(actors.map((actor) => actor.stop('SIGKILL'))));
    const setting = {
      company: actors[0],
      police: actors[1],
      folder,
      intelligence: [join(EXAMPLES, 'intelligence/lanternfish.json')],
      evidence: ['proxy.log', 'delivery-notice.eml', 'workstation'].map((name) =>
        join(EXAMPLES, 'evidence', name),
      ),
      ownExamples: true,
    };
    const memory = emptyMemory();
    for (const step of STEPS) {
      const { detail } = await step.run(setting, memory);
      assert.ok(Object.keys(detail).length > 0);
      const known = actors.map(({ url, kid }) => ({ url, kid }));
      await Promise.all(actors.map((actor) => actor.stop('SIGKILL')));
      await Promise.all(actors.map((actor) => actor.start()));
      assert.deepEqual(
        actors.map(({ url, kid }) => ({ url, kid })),
        known,
        'a node comes back as itself, where it was',
      );
    }
  });

  const demo = t.test('the demo beside it tells the whole story, and what is kept lives on', demoTold);
  await Promise.all([crashing, demo]);
});

async function demoTold(t: TestContext): Promise<void> {
  const kept = await run(['demo', '--json', '--keep']);
  const { exit, stdout, stderr } = kept;
  assert.equal(exit, 0, stderr + stdout.slice(-2_000));
  assert.equal(stdout.trim().split('\n').length, 1, 'one JSON document on standard output');
  const told = JSON.parse(stdout) as Told;
  assert.equal(told.ok, true);
  assert.deepEqual(
    told.steps.map((step) => step.name),
    NAMES,
  );
  for (const step of told.steps) {
    assert.equal(step.ok, true, step.name);
    assert.ok(Object.keys(step.detail).length > 0, `${step.name} tells nothing`);
  }
  t.diagnostic(`${told.ms} ms beside another`);
  const detail = (name: string) => told.steps.find((step) => step.name === name)!.detail;

  await t.test('with real results in the details', () => {
    assert.ok((detail('withheld')['withheld'] as unknown[]).length >= 2);
    assert.ok((detail('findings')['findings'] as unknown[]).length >= 5);
    assert.match(JSON.stringify(detail('sync-refused-after-end')), /\d{4}-\d\d-\d\d/);
    const [finding] = detail('findings')['findings'] as Record<string, unknown>[];
    for (const member of ['value', 'kind', 'file', 'offset', 'line', 'indicator', 'contributor', 'clause'])
      assert.ok(member in finding!, `a finding lacks ${member}`);
    const nodes = detail('nodes-started')['nodes'] as { pid: number; url: string }[];
    assert.equal(new Set(nodes.map((node) => node.url)).size, 2);
  });

  await t.test('and --keep leaves both nodes answering', async () => {
    const { kept: nodes } = told;
    assert.equal(nodes!.length, 2);
    try {
      for (const { name, url } of nodes!) {
        assert.equal((await fetch(`${url}/healthz`)).status, 200);
        const card = (await (await fetch(`${url}/api/v1/node`)).json()) as { name: string };
        assert.equal(card.name, name);
      }
    } finally {
      for (const { data } of nodes!) {
        const pid = nodePid(data);
        if (pid !== undefined) process.kill(pid, 'SIGTERM');
      }
      rmSync(dirname(nodes![0]!.data), { recursive: true, force: true });
    }
  });
}
