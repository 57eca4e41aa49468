import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isEntenteError } from '../../src/base/index.ts';
import {
  custodyOf,
  disposeExhibit,
  listExhibits,
  makeBundle,
  rerunTool,
  runMatch,
  runTool,
  type Tool,
  verifyBundle,
} from '../../src/cases/index.ts';
import { verifyLedger } from '../../src/registry/index.ts';
import { addText, exampleCase, ownSource, SAID } from './example-case.ts';

const refusal = (code: string) => (error: unknown) => isEntenteError(error) && error.code === code;

async function* pieces(...texts: string[]) {
  for (const text of texts) yield Buffer.from(text);
}

/** Derives from each exhibit what `derive` says, by name. */
function tool(derive: (text: string) => Record<string, string[]>): Tool {
  return {
    name: 'shout',
    purpose: 'to make it loud',
    async execute({ registry, exhibits, keep }) {
      for (const exhibit of exhibits) {
        const text = readFileSync(await registry.blobs.path(exhibit.sha256), 'utf8');
        for (const [name, parts] of Object.entries(derive(text))) await keep(exhibit, name, pieces(...parts));
      }
      return { account: { read: exhibits.length } };
    },
  };
}

const SHOUT = tool((text) => ({ 'loud.txt': [text.toUpperCase()], 'length.txt': [`${text.length}`] }));

test('what a run derives is an exhibit with its digest, its parent, and the tool and parameters that made it', async (t) => {
  const example = await exampleCase(t);
  const { registry, file, folder } = example;
  const first = await addText(example, 'a.txt', 'quiet');
  const second = await addText(example, 'b.txt', 'silent');
  const { record, derived } = await runTool(registry, file, SHOUT, [first, second], { volume: 11 }, SAID);
  assert.deepEqual(
    derived.map(({ number, name, parent, root, run }) => [number, name, parent!.number, root.number, run]),
    [
      [3, 'length.txt', 1, 1, record.id],
      [4, 'loud.txt', 1, 1, record.id],
      [5, 'length.txt', 2, 2, record.id],
      [6, 'loud.txt', 2, 2, record.id],
    ],
  );
  assert.deepEqual(await listExhibits(registry, file.id), [first, second, ...derived]);
  assert.equal(readFileSync(await registry.blobs.path(derived[1]!.sha256), 'utf8'), 'QUIET');
  const { event } = (await custodyOf(registry, derived[1]!.id))[0]!;
  assert.deepEqual(
    [event.type, event.comparison, event.inputs, event.outputs, event.rootExhibit],
    ['analyse', 'first-seen', [first.sha256], [derived[1]!.sha256], first.id],
  );
  assert.deepEqual(event.tool.parameters, { volume: 11 });
  assert.deepEqual(event.details, { run: record.id, derivedFrom: first.id });
  const parentEvent = (await custodyOf(registry, first.id)).at(-1)!.event;
  assert.deepEqual([parentEvent.type, parentEvent.comparison], ['analyse', 'unchanged']);
  assert.ok(parentEvent.outputs.includes(derived[0]!.sha256));

  // Derived from what was derived: the line begins with the original.
  const [deeper] = (await runTool(registry, file, SHOUT, [derived[1]!], {}, SAID)).derived;
  assert.deepEqual([deeper!.parent!.number, deeper!.root.number], [4, 1]);

  // What was derived is no evidence found anywhere.
  const { findings } = await runMatch(registry, file, [ownSource(registry, 'quiet.example')], SAID);
  assert.equal(findings.length, 0);

  const out = join(folder, 'out.zip');
  await makeBundle(registry, file, out, { withhold: [{ what: 'exhibit', number: 2, why: 'privileged' }] });
  const verdict = await verifyBundle(out);
  assert.equal(verdict.ok, true, verdict.cause ?? '');
  assert.equal((await verifyLedger(registry)).ok, true);
});

test('a run executed again gives the same bytes, or the report says which byte is another', async (t) => {
  const example = await exampleCase(t);
  const { registry, file } = example;
  const exhibit = await addText(example, 'a.txt', 'quiet');
  const { record } = await runTool(registry, file, SHOUT, [exhibit], {}, SAID);
  const again = (other: Tool) => rerunTool(registry, record.id, SAID, [other]);
  const same = await again(SHOUT);
  assert.deepEqual([same.identical, same.derived], [true, { recorded: 2, now: 2 }]);
  const cut = await again(tool(() => ({ 'loud.txt': ['Q', '', 'UI', 'ET'], 'length.txt': ['5'] })));
  assert.equal(cut.identical, true, 'however it is cut into pieces');

  const first = async (derive: Record<string, string[]>) => {
    const report = await again(tool(() => derive));
    assert.equal(report.identical, false);
    return report.differences.map(({ what, recorded, now }) => [
      what,
      recorded === null ? null : 'was',
      now === null ? null : ((now as { firstDifferentByte?: number }).firstDifferentByte ?? 'is'),
    ]);
  };
  assert.deepEqual(await first({ 'loud.txt': ['QU', 'IEt'], 'length.txt': ['5'] }), [
    ['derived 1/loud.txt', 'was', 4],
  ]);
  assert.deepEqual(await first({ 'loud.txt': ['QUI'], 'length.txt': ['55'] }), [
    ['derived 1/length.txt', 'was', 1],
    ['derived 1/loud.txt', 'was', 3],
  ]);
  assert.deepEqual(await first({ 'loud.txt': ['QUIET'], 'more.txt': ['5'] }), [
    ['derived 1/length.txt', 'was', null],
    ['derived 1/more.txt', null, 'is'],
  ]);
  assert.equal((await listExhibits(registry, file.id)).length, 3, 'nothing more was kept');
  await assert.rejects(rerunTool(registry, record.id, SAID), refusal('usage'), 'without the tool');
  await assert.rejects(again(tool(() => ({ 'a\nb': [''] }))), RangeError);
  await disposeExhibit(registry, exhibit, { ...SAID, authority: 'order 1/2026' });
  await assert.rejects(again(SHOUT), refusal('conflict'));
});

test('a tool that fails leaves nothing, and one that finds its evidence changed says so', async (t) => {
  const example = await exampleCase(t);
  const { registry, file } = example;
  const exhibit = await addText(example, 'a.txt', 'quiet');
  const failing: Tool = {
    ...SHOUT,
    async execute(context) {
      await SHOUT.execute(context);
      throw new Error('broken');
    },
  };
  await assert.rejects(runTool(registry, file, failing, [exhibit], {}, SAID), /broken/);
  assert.equal((await listExhibits(registry, file.id)).length, 1);
  assert.equal((await custodyOf(registry, exhibit.id)).length, 1);
  const path = await registry.blobs.path(exhibit.sha256);
  const { chmodSync } = await import('node:fs');
  chmodSync(path, 0o600);
  writeFileSync(path, 'quite');
  await assert.rejects(runTool(registry, file, SHOUT, [exhibit], {}, SAID), refusal('store-damaged'));
  assert.equal((await custodyOf(registry, exhibit.id)).at(-1)!.event.comparison, 'changed');
});
