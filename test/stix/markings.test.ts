import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  granularMarkings,
  markingsAt,
  objectMarkings,
  readSelector,
  TLP_LEVELS,
  TLP1,
  TLP2,
  tlpAt,
  tlpOf,
  tlpOfDefinition,
  validateObject,
} from '../../src/stix/index.ts';

const marked = (...refs: string[]) => ({ type: 'campaign', object_marking_refs: refs });

test('the nine TLP definitions are valid objects, without a warning', () => {
  for (const definition of [...Object.values(TLP1), ...Object.values(TLP2)]) {
    assert.deepEqual(validateObject(definition).issues, [], definition.name);
  }
  assert.equal(TLP1.red.name, 'TLP:RED');
  assert.equal(TLP2['amber+strict'].name, 'TLP:AMBER+STRICT');
});

test('the level is told from the reference alone, TLP 1 and 2.0 on one scale', () => {
  assert.equal(tlpOf({ type: 'campaign' }), undefined);
  assert.equal(tlpOf(marked(TLP1.white.id)), 'clear');
  for (const level of TLP_LEVELS) assert.equal(tlpOf(marked(TLP2[level].id)), level);
  assert.equal(tlpOf(marked(TLP1.amber.id)), 'amber');
  assert.equal(tlpOf(marked('marking-definition--00000000-0000-4000-8000-000000000001')), undefined);
});

test('of several levels the strictest counts', () => {
  assert.equal(tlpOf(marked(TLP2.clear.id, TLP1.red.id, TLP2.green.id)), 'red');
  assert.equal(tlpOf(marked(TLP1.amber.id, TLP2['amber+strict'].id)), 'amber+strict');
});

test('a granular marking makes the object as strict as its part, unless it is to be ignored', () => {
  const object = {
    ...marked(TLP2.green.id),
    description: 'secret',
    external_references: [{ source_name: 'a', url: 'https://example.org/' }],
    granular_markings: [
      { marking_ref: TLP2.red.id, selectors: ['description'] },
      { marking_ref: TLP2.amber.id, selectors: ['external_references.[0]'] },
      { lang: 'de', selectors: ['description'] },
    ],
  };
  assert.equal(tlpOf(object), 'red');
  assert.equal(tlpOf(object, { granular: 'ignore' }), 'green');
  assert.equal(tlpAt(object, 'name'), 'green');
  assert.equal(tlpAt(object, 'description'), 'red');
  assert.equal(tlpAt(object, 'external_references.[0].url'), 'amber');
  assert.equal(tlpAt(object, 'external_references'), 'green', 'a marking of a part does not reach up');
  assert.deepEqual(markingsAt(object, 'external_references.[0].url'), [TLP2.green.id, TLP2.amber.id]);
  assert.deepEqual(objectMarkings(object), [TLP2.green.id]);
  assert.equal(granularMarkings(object).length, 2, 'language markings mark nothing');
});

test('a definition at hand tells its level, whatever its id', () => {
  const id = 'marking-definition--00000000-0000-4000-8000-000000000001';
  const own = { type: 'marking-definition', id, definition_type: 'tlp', definition: { tlp: 'amber' } };
  assert.equal(tlpOfDefinition(own), 'amber');
  assert.equal(tlpOfDefinition({ ...own, definition: { tlp: 'white' } }), 'clear');
  assert.equal(tlpOfDefinition({ ...own, definition: { tlp: 'constructor' } }), undefined);
  assert.equal(tlpOfDefinition({ ...own, definition: undefined, extensions: TLP2.red.extensions }), 'red');
  assert.equal(tlpOf(marked(id), { definitions: new Map([[id, own]]) }), 'amber');
  // A fixed id says its level whatever a definition of that id claims.
  const liar = { ...own, id: TLP2.red.id, definition: { tlp: 'white' } };
  assert.equal(tlpOf(marked(TLP2.red.id), { definitions: new Map([[TLP2.red.id, liar]]) }), 'red');
});

test('what markings are wrongly made of does not make them fail', () => {
  for (const object_marking_refs of [null, 1, 'x', [1, null, TLP1.red.id], {}]) {
    assert.doesNotThrow(() =>
      tlpOf({ type: 'x', object_marking_refs, granular_markings: [null, 1, {}, { marking_ref: 1 }] }),
    );
  }
  assert.equal(tlpOf({ object_marking_refs: [1, TLP1.red.id] }), 'red');
  assert.equal(tlpOf({ granular_markings: [{ marking_ref: TLP1.red.id }] }), 'red', 'even without selectors');
});

test('selectors lead by name and position to what is there', () => {
  const object = { a: { b: [{ c: 1 }, 'x'] }, labels: ['l'] };
  assert.deepEqual(readSelector(object, 'a.b.[0].c'), { value: 1 });
  assert.deepEqual(readSelector(object, 'labels'), { value: ['l'] });
  for (const absent of ['b', 'a.b.[2]', 'labels.l', 'a.b.[1].[0]', 'toString', '__proto__']) {
    assert.equal(readSelector(object, absent), 'absent', absent);
  }
  for (const malformed of [
    '',
    '[0]',
    'a..b',
    'a.[01]',
    'a.[-1]',
    'a.[x]',
    'a b',
    'a.',
    '.a',
    'x.'.repeat(200),
  ]) {
    assert.equal(readSelector(object, malformed), 'malformed', malformed);
  }
});
