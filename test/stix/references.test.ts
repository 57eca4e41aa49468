import assert from 'node:assert/strict';
import { test } from 'node:test';
import { referencesOf } from '../../src/stix/index.ts';

const id = (type: string, n: number) => `${type}--00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

test('finds every id an object mentions: in properties, nested, custom, as keys, in text', () => {
  const object = {
    type: 'report',
    id: id('report', 1),
    created_by_ref: id('identity', 2),
    object_refs: [id('indicator', 3), id('malware', 4), id('indicator', 3)],
    object_marking_refs: [id('marking-definition', 5)],
    granular_markings: [{ marking_ref: id('marking-definition', 6), selectors: ['name'] }],
    description: `as in https://example.org/${id('tool', 7)}, and ${id('campaign', 8)}.`,
    external_references: [{ source_name: 'a', external_id: id('x-custom', 9) }],
    extensions: {
      [id('extension-definition', 10)]: {
        extension_type: 'property-extension',
        nested: { deep_ref: id('file', 11) },
      },
    },
    x_note: `self ${id('report', 1)}`,
  };
  assert.deepEqual(
    [...referencesOf(object)].sort(),
    [
      ['identity', 2],
      ['indicator', 3],
      ['malware', 4],
      ['marking-definition', 5],
      ['marking-definition', 6],
      ['tool', 7],
      ['campaign', 8],
      ['x-custom', 9],
      ['extension-definition', 10],
      ['file', 11],
    ]
      .map(([type, n]) => id(type as string, n as number))
      .sort(),
  );
});

test('the ends of a relationship and of a sighting are references', () => {
  const relationship = {
    type: 'relationship',
    id: id('relationship', 1),
    source_ref: id('indicator', 2),
    target_ref: id('malware', 3),
  };
  assert.deepEqual(referencesOf(relationship), [id('indicator', 2), id('malware', 3)]);
});

test('ids with UUIDs of any version are found, in either case', () => {
  const odd = 'tool--ABCDEF00-0000-7000-c000-00000000000F';
  assert.deepEqual(referencesOf({ description: `see ${odd}!` }), [odd]);
});

test('finds nothing where there is nothing, and takes what is no object of STIX', () => {
  assert.deepEqual(referencesOf({ type: 'file', name: 'a--b', x: null, y: [1, true, 'tool--1'] }), []);
  let deep: unknown = id('tool', 1);
  for (let i = 0; i < 100_000; i++) deep = [deep];
  assert.deepEqual(referencesOf({ deep }), [id('tool', 1)]);
});

test('looks through long text in linear time', () => {
  const started = performance.now();
  referencesOf({
    description: 'a--'.repeat(300_000),
    name: `${'a'.repeat(1_000_000)}--x`,
    x: '-'.repeat(1_000_000),
  });
  assert.ok(performance.now() - started < 3000);
});
