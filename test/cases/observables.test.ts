/** New intelligence meets old evidence by its observables. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concernedExhibits, OBSERVABLES, rerunTool, runMatch, runTool } from '../../src/cases/index.ts';
import { addText, exampleCase, ownSource, SAID } from './example-case.ts';

test('only exhibits that hold something of new intelligence are read again, and a run of observables can be repeated', async (t) => {
  const example = await exampleCase(t);
  const { registry, file } = example;
  const first = await addText(example, 'a.log', 'at www.late.example and 198.51.100.7');
  await addText(example, 'b.log', 'at other.example');
  const run = await runTool(registry, file, OBSERVABLES, await evidence(), {}, SAID);
  assert.deepEqual(
    run.derived.map(({ name, parent }) => [name, parent!.number]),
    [
      ['observables.bin', 1],
      ['observables.bin', 2],
    ],
  );
  assert.ok((await rerunTool(registry, run.record.id, SAID)).identical);
  const third = await addText(example, 'c.log', 'nothing');

  const sources = [ownSource(registry, 'late.example')];
  const concerned = await concernedExhibits(registry, file, sources);
  assert.deepEqual(concerned, { exhibits: [first, third], unknown: 1, clear: 1, isServed: true });
  const { findings } = await runMatch(registry, file, sources, { ...SAID, exhibits: concerned.exhibits });
  assert.deepEqual(
    findings.map(({ exhibitNumber, matched, offset }) => [exhibitNumber, matched, offset]),
    [[1, 'www.late.example', 3]],
  );

  async function evidence() {
    const { exhibits } = await concernedExhibits(registry, file, [ownSource(registry, 'late.example')]);
    return exhibits;
  }
});
