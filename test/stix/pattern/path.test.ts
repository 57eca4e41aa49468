import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchPattern, type StixObject } from '../../../src/stix/pattern/index.ts';
import { holds, observed } from './one-observation.ts';

test('lists by index and by [*], dictionaries, extensions and quoted names', () => {
  const object = {
    list: ['a', 'b'],
    nested: [[1, 2], [3]],
    hashes: { 'SHA-256': 'aa', MD5: 'bb' },
    extensions: { 'windows-pebinary-ext': { sections: [{ entropy: 6.5 }, { entropy: 7.5 }] } },
    "it's": { 'a.b': 1 },
  };
  const expected: Record<string, boolean> = {
    "x:list[0] = 'a'": true,
    "x:list[1] = 'a'": false,
    "x:list[2] != 'a'": false,
    "x:list[*] = 'b'": true,
    "x:list[*] != 'b'": true,
    "x:list = 'a'": false,
    "x:hashes[*] = 'aa'": false,
    'x:nested[*][*] = 3': true,
    'x:nested[0][1] = 2': true,
    'x:nested[*][1] = 3': false,
    "x:hashes.'SHA-256' = 'aa'": true,
    "x:hashes.MD5 = 'bb'": true,
    "x:hashes.md5 = 'bb'": false,
    "x:extensions.'windows-pebinary-ext'.sections[*].entropy > 7.0": true,
    "x:extensions.'windows-pebinary-ext'.sections[0].entropy > 7.0": false,
    "x:'it\\'s'.'a.b' = 1": true,
    "x:type = 'x'": true,
  };
  for (const [expression, holding] of Object.entries(expected))
    assert.equal(holds(expression, object), holding, expression);
});

test('[*] with NOT asks for some element that does not compare', () => {
  assert.equal(holds("x:list[*] NOT = 'a'", { list: ['a', 'b'] }), true);
  assert.equal(holds("x:list[*] NOT = 'a'", { list: ['a', 'a'] }), false);
});

test('a step behind a reference goes through it, among the objects of the same observation only', () => {
  const traffic = {
    id: 'network-traffic--1',
    type: 'network-traffic',
    src_ref: 'ipv4-addr--1',
    dst_ref: 'ipv4-addr--2',
    encapsulates_refs: ['network-traffic--2'],
  };
  const objects = [
    traffic,
    { id: 'ipv4-addr--1', type: 'ipv4-addr', value: '198.51.100.1' },
    { id: 'network-traffic--2', type: 'network-traffic', src_ref: 'ipv4-addr--1' },
  ];
  const outside: StixObject = { id: 'ipv4-addr--2', type: 'ipv4-addr', value: '198.51.100.2' };
  const given = [...observed(objects), outside];
  const meets = (expression: string) => matchPattern(`[${expression}]`, given) !== null;
  assert.ok(meets("network-traffic:src_ref.value = '198.51.100.1'"));
  assert.ok(meets("network-traffic:src_ref.type = 'ipv4-addr'"));
  assert.ok(meets("network-traffic:src_ref = 'ipv4-addr--1'"));
  assert.ok(meets("network-traffic:encapsulates_refs[*].src_ref.value = '198.51.100.1'"));
  assert.ok(!meets("network-traffic:encapsulates_refs.src_ref.value = '198.51.100.1'"));
  assert.ok(meets('EXISTS network-traffic:dst_ref'));
  assert.ok(!meets('EXISTS network-traffic:dst_ref.value'));
  assert.ok(!meets("network-traffic:dst_ref.value = '198.51.100.2'"));
  assert.ok(!meets("ipv4-addr:value = '198.51.100.2'"));
});

test('a match names the object that satisfied an expression and those its references led through', () => {
  const objects = [
    { id: 'file--1', type: 'file', name: 'other' },
    { id: 'file--2', type: 'file', name: 'a', parent_directory_ref: 'directory--1' },
    { id: 'directory--1', type: 'directory', path: '/tmp' },
  ];
  const match = matchPattern(
    "[file:name = 'a' AND file:parent_directory_ref.path = '/tmp']",
    observed(objects),
  );
  assert.deepEqual(
    match?.terms.map(({ objects: found }) => found.map(({ id }) => id)),
    [['file--2', 'directory--1']],
  );
  assert.deepEqual(
    match?.observations.map(({ id }) => id),
    ['observed-data--0'],
  );
  assert.equal(match?.terms[0]?.expression, "[file:name = 'a' AND file:parent_directory_ref.path = '/tmp']");
});

test('all comparisons of one expression start from the same object', () => {
  // The example of §9.5, in the deprecated form whose objects refer to each other by key.
  const given: StixObject[] = [
    {
      type: 'observed-data',
      id: 'observed-data--1',
      first_observed: '2019-10-20T00:12:01.000000Z',
      last_observed: '2019-10-20T00:51:02.000000Z',
      number_observed: 1,
      objects: {
        '0': { type: 'network-traffic', src_ref: '1' },
        '1': { type: 'ipv4-addr', value: '203.0.113.10' },
        '2': { type: 'network-traffic', dst_ref: '3' },
        '3': { type: 'ipv4-addr', value: '198.51.100.58' },
      },
    },
  ];
  const [source, target] = [
    "network-traffic:src_ref.value = '203.0.113.10'",
    "network-traffic:dst_ref.value = '198.51.100.58'",
  ];
  assert.equal(matchPattern(`[${source} AND ${target}]`, given), null);
  assert.ok(matchPattern(`[${source}]`, given));
  assert.ok(matchPattern(`[${target}]`, given));
  assert.equal(
    matchPattern(`[${source}] AND [${target}]`, given),
    null,
    'and two expressions need two observations',
  );
});

test('references in circles end, and cost no more than there are objects', () => {
  const ids = Array.from({ length: 60 }, (_, index) => `x--${index}`);
  const circle = observed(ids.map((id) => ({ id, next_refs: ids, next_ref: ids[0] })));
  const deep = Array.from({ length: 45 }, () => 'next_refs[*]').join('.');
  assert.equal(matchPattern(`[x:${deep}.name = 'a']`, circle), null);
  assert.ok(matchPattern(`[x:${deep}.type = 'x']`, circle));
  assert.ok(matchPattern(`[x:next_ref.next_ref.next_ref.type = 'x']`, circle));
});
