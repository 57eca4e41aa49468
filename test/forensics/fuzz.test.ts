import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FORMATS, memoryReader, recogniseFormat } from '../../src/forensics/index.ts';
import { checkParser, generator, mutate } from './fuzz.ts';
import { SAMPLES } from './samples.ts';

test('every format has a sample, is recognised by its content and read without error', () => {
  const sampled = new Set(SAMPLES.map(({ format }) => format.name));
  assert.deepEqual(
    FORMATS.filter((format) => !sampled.has(format.name)).map((format) => format.name),
    [],
  );
  for (const { format, bytes, records } of SAMPLES) {
    assert.equal(recogniseFormat(bytes.subarray(0, 65_536))?.name, format.name);
    const account = format.parse(memoryReader(bytes), () => {});
    assert.deepEqual(
      [account.records, account.errors],
      [records, 0],
      `${format.name}: ${JSON.stringify(account.issues)}`,
    );
  }
});

for (const { format, bytes } of SAMPLES) {
  test(`${format.name}: damaged files give an account that adds up, never an exception`, () => {
    const random = generator(20_260_131);
    for (let i = 0; i < 150; i++) checkParser(format, mutate(bytes, random));
  });
}

test('every parser stops when its sink wants no more', () => {
  for (const { format, bytes } of SAMPLES) {
    const account = format.parse(memoryReader(bytes), () => false);
    assert.ok(account.events <= 1, format.name);
    assert.equal(account.stopped, account.events === 1, format.name);
  }
});
