import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchPattern, type StixObject } from '../../../src/stix/pattern/index.ts';
import { observed, timed } from './one-observation.ts';

const [a, b, c] = ["[x:p = 'a']", "[x:p = 'b']", "[x:p = 'c']"];
const meets = (pattern: string, given: StixObject[]) => matchPattern(pattern, given) !== null;

test('AND, REPEATS and FOLLOWEDBY need distinct observations', () => {
  const both = observed([{ p: 'a' }, { p: 'b' }]);
  assert.ok(meets(`${a} OR ${b}`, both));
  assert.ok(!meets(`${a} AND ${b}`, both));
  assert.ok(!meets(`${a} FOLLOWEDBY ${b}`, both));
  assert.ok(!meets(`${a} AND ${a}`, timed(['a', 1])));
  assert.ok(meets(`${a} AND ${a}`, timed(['a', 1], ['a', 2])));
  assert.ok(meets(`${a} REPEATS 2 TIMES`, timed(['a', 1], ['a', 2])));
  assert.ok(!meets(`${a} REPEATS 3 TIMES`, timed(['a', 1], ['a', 2])));
});

test('an observed-data stands for number_observed observations', () => {
  const given = timed(['a', 1, 3], ['b', 2]);
  assert.ok(meets(`${a} REPEATS 3 TIMES AND ${b}`, given));
  assert.ok(!meets(`${a} REPEATS 4 TIMES`, given));
  const match = matchPattern(`${a} REPEATS 2 TIMES AND ${b}`, given);
  assert.deepEqual(
    match?.terms.map(({ index, count, observation }) => [index, count, observation.id]),
    [
      [0, 2, 'observed-data--0'],
      [1, 1, 'observed-data--1'],
    ],
  );
  for (const number of [0, -1, 1.5, '3', null]) {
    assert.ok(
      !meets(`${a} REPEATS 2 TIMES`, observed([{ p: 'a' }], { number_observed: number })),
      String(number),
    );
  }
});

test('FOLLOWEDBY allows the same instant, in either order of the list', () => {
  assert.ok(meets(`${a} FOLLOWEDBY ${b}`, timed(['a', 5], ['b', 5])));
  assert.ok(meets(`${b} FOLLOWEDBY ${a}`, timed(['a', 5], ['b', 5])));
  assert.ok(meets(`${a} FOLLOWEDBY ${a}`, timed(['a', 5], ['a', 5])));
  assert.ok(!meets(`${a} FOLLOWEDBY ${a}`, timed(['a', 5])));
  assert.ok(!meets(`${a} FOLLOWEDBY ${b}`, timed(['a', 6], ['b', 5])));
});

test('all of the right side of FOLLOWEDBY comes after all of the left', () => {
  const given = timed(['a', 1], ['b', 2], ['a', 3], ['b', 4]);
  assert.ok(meets(`(${a} AND ${b}) FOLLOWEDBY ${a}`, given));
  assert.ok(meets(`(${a} REPEATS 2 TIMES) FOLLOWEDBY ${b}`, given));
  assert.ok(!meets(`(${a} REPEATS 2 TIMES) FOLLOWEDBY (${b} REPEATS 2 TIMES)`, given));
  assert.ok(meets(`(${a} FOLLOWEDBY ${b}) REPEATS 2 TIMES`, given));
  assert.ok(!meets(`(${b} FOLLOWEDBY ${a}) REPEATS 2 TIMES`, given));
});

test('WITHIN excludes the end of its window and takes fractions', () => {
  const given = timed(['a', 1], ['b', 3.5]);
  for (const [seconds, met] of [
    ['2.5', false],
    ['2.500000001', true],
    ['3', true],
    ['2', false],
  ] as const) {
    assert.equal(meets(`(${a} AND ${b}) WITHIN ${seconds} SECONDS`, given), met, seconds);
  }
  assert.ok(meets(`(${a} AND ${b}) WITHIN .000001 SECONDS`, timed(['a', 1], ['b', 1])));
});

test('WITHIN speaks of two or more observations: one is within any window', () => {
  assert.ok(meets(`${a} WITHIN 1 SECONDS`, timed(['a', [0, 100]])));
  assert.ok(meets(`(${a} OR (${b} AND ${c})) WITHIN 1 SECONDS`, timed(['a', [0, 100]])));
  assert.ok(!meets(`${a} REPEATS 2 TIMES WITHIN 1 SECONDS`, timed(['a', [0, 100], 2])));
  assert.ok(meets(`${a} REPEATS 2 TIMES WITHIN 101 SECONDS`, timed(['a', [0, 100], 2])));
});

test('the order of qualifiers matters: they apply from left to right', () => {
  const given = timed(['a', 0], ['b', 1], ['a', 100], ['b', 101]);
  assert.ok(meets(`(${a} AND ${b}) WITHIN 5 SECONDS REPEATS 2 TIMES`, given));
  assert.ok(!meets(`(${a} AND ${b}) REPEATS 2 TIMES WITHIN 5 SECONDS`, given));
});

test('START is included and STOP is not', () => {
  const at = (pattern: string, from: string, to: string, given: StixObject[]) =>
    meets(`${pattern} START t'1970-01-01T00:00:${from}Z' STOP t'1970-01-01T00:00:${to}Z'`, given);
  assert.ok(at(a, '05', '06', timed(['a', 5])));
  assert.ok(!at(a, '04', '05', timed(['a', 5])));
  assert.ok(!at(a, '05', '05', timed(['a', 5])));
  assert.ok(!at(`(${a} AND ${b})`, '00', '05', timed(['a', 1], ['b', 5])));
  assert.ok(at(`(${a} AND ${b})`, '00', '06', timed(['a', 1], ['b', 5])));
  assert.ok(
    meets(
      `${a} AND ${b} START t'1970-01-01T00:00:05Z' STOP t'1970-01-01T00:00:06Z'`,
      timed(['a', 1], ['b', 5]),
    ),
  );
});

test('of an observation that lasts, a condition on time must hold whenever it was made', () => {
  const period = "START t'1970-01-01T00:00:00Z' STOP t'1970-01-01T00:00:10Z'";
  assert.ok(meets(`${a} ${period}`, timed(['a', [0, 9]])));
  assert.ok(!meets(`${a} ${period}`, timed(['a', [0, 10]])));
  assert.ok(meets(`${a} FOLLOWEDBY ${b}`, timed(['a', [0, 5]], ['b', [5, 9]])));
  assert.ok(!meets(`${a} FOLLOWEDBY ${b}`, timed(['a', [0, 5]], ['b', [4, 9]])));
  assert.ok(!meets(`(${a} AND ${b}) WITHIN 9 SECONDS`, timed(['a', [0, 5]], ['b', [4, 9]])));
  assert.ok(meets(`(${a} AND ${b}) WITHIN 10 SECONDS`, timed(['a', [0, 5]], ['b', [4, 9]])));
});

test('an observation of unknown time meets no condition on time, and every other one', () => {
  for (const times of [
    { first_observed: undefined },
    { last_observed: 'yesterday' },
    { first_observed: '2027-01-01T00:00:00Z' },
  ]) {
    const given = observed([{ p: 'a' }], { ...times, number_observed: 2 });
    assert.ok(meets(`${a} REPEATS 2 TIMES`, given));
    assert.ok(!meets(`${a} REPEATS 2 TIMES WITHIN 1000000 SECONDS`, given));
    assert.ok(!meets(`${a} FOLLOWEDBY ${a}`, given));
    assert.ok(!meets(`${a} START t'1900-01-01T00:00:00Z' STOP t'2900-01-01T00:00:00Z'`, given));
    assert.ok(meets(`(${a} FOLLOWEDBY ${a}) OR ${a}`, given));
  }
});

test('objects that no observed-data names are no observations', () => {
  assert.ok(!meets(a, [{ type: 'x', id: 'x--1', p: 'a' }]));
  assert.ok(!meets(a, [...timed(['b', 1]), { type: 'x', id: 'x--9', p: 'a' }]));
});

test('bundles are looked into, and each finds its own objects first', () => {
  const bundle = (p: string, index: number): StixObject => ({
    type: 'bundle',
    id: `bundle--${index}`,
    objects: observed([{ id: 'x--same', p }], { id: `observed-data--${index}` }),
  });
  const given = [bundle('a', 1), bundle('b', 2)];
  const match = matchPattern(`${a} AND ${b}`, given);
  assert.deepEqual(
    match?.observations.map(({ id }) => id),
    ['observed-data--1', 'observed-data--2'],
  );
  assert.equal(matchPattern(`${a} REPEATS 2 TIMES`, given), null);
});

test('of several versions of an observed-data the newest counts, unless it is revoked', () => {
  const version = (modified: string, refs: string[], revoked = false) =>
    ({ ...observed([])[0]!, modified, object_refs: refs, revoked }) as StixObject;
  const objects: StixObject[] = [
    { type: 'x', id: 'x--a', p: 'a' },
    { type: 'x', id: 'x--b', p: 'b' },
  ];
  const older = version('2026-01-01T00:00:00Z', ['x--a']);
  const newer = version('2026-01-01T00:00:00.001Z', ['x--b']);
  for (const versions of [
    [older, newer],
    [newer, older],
  ]) {
    assert.ok(!meets(a, [...versions, ...objects]));
    assert.ok(meets(b, [...versions, ...objects]));
  }
  const revoked = version('2026-01-02T00:00:00Z', ['x--a', 'x--b'], true);
  assert.ok(!meets(`${a} OR ${b}`, [older, newer, revoked, ...objects]));
});

test('a part of an OR that is left open is not taken for met', () => {
  const given = timed(['b', 3], ['a', 5], ['b', 6]);
  assert.ok(
    !meets(
      `(${b} OR (${c} FOLLOWEDBY ${a})) WITHIN 1 SECONDS REPEATS 3 TIMES AND ((${a} AND ${b}) WITHIN 2 SECONDS OR (${c} FOLLOWEDBY ${b}))`,
      given,
    ),
  );
});
