import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compilePatternSet, matchPattern, type StixObject } from '../../../src/stix/pattern/index.ts';
import { printConstant } from '../../../src/stix/pattern/print.ts';
import { observed } from './one-observation.ts';
import { Random } from './random.ts';
import { randomConstant } from './random-pattern.ts';

test('a set finds what each of its patterns finds by itself', () => {
  const random = new Random(7);
  const names = ['p', 'q', 'p_bin', 'p_hex', 'l[*]', 'o_ref.p'];
  const texts: string[] = [];
  for (let i = 0; i < 400; i++) {
    const part = () => `x:${random.pick(names)} = ${printConstant(randomConstant(random))}`;
    texts.push(
      random.pick([
        () => `[${part()}]`,
        () => `[${part()} OR ${part()}]`,
        () => `[${part()} AND ${part()}]`,
        () => `[${part()}] REPEATS 2 TIMES`,
        () => `[x:p != 1]`,
      ])(),
    );
  }
  const set = compilePatternSet(texts);
  assert.equal(set.size, 400);
  assert.ok(set.lookedUp > 100 && set.lookedUp < 300);
  const value = () =>
    random.pick<unknown>([
      '',
      'a',
      'é',
      42,
      0,
      true,
      0.5,
      '00',
      'AA==',
      '2026-01-01T00:00:00Z',
      '2026-01-01T00:00:00.0Z',
      "it's",
    ]);
  for (let round = 0; round < 30; round++) {
    const properties = () => ({
      p: value(),
      q: value(),
      p_bin: value(),
      p_hex: value(),
      l: [value(), value()],
      o_ref: 'x--1',
    });
    const given = observed([properties(), properties()], { number_observed: random.integer(1, 2) });
    const expected = texts.flatMap((text, index) => {
      const match = matchPattern(text, given);
      return match ? [{ index, match }] : [];
    });
    assert.deepEqual(set.match(given), { matches: expected, undecided: [] });
  }
});

test('a hundred thousand patterns that name values are looked up, not evaluated', () => {
  const hash = (index: number) => index.toString(16).padStart(64, '0');
  const set = compilePatternSet(
    Array.from(
      { length: 100_000 },
      (_, index) => `[file:hashes.'SHA-256' = '${hash(index)}' OR domain-name:value = 'n${index}.example']`,
    ),
  );
  assert.equal(set.lookedUp, 100_000);
  const given = observed([
    { type: 'file', hashes: { 'SHA-256': hash(77_777) } },
    { type: 'domain-name', value: 'n5.example' },
    { type: 'domain-name', value: 'unknown.example' },
  ]);
  set.match(given);
  const before = process.cpuUsage();
  for (let round = 0; round < 100; round++) {
    const { matches } = set.match(given);
    assert.deepEqual(
      matches.map(({ index }) => index),
      [5, 77_777],
    );
  }
  // A hundred thousand evaluations would take more than a tenth of a second each time; this is a millisecond at most.
  const { user, system } = process.cpuUsage(before);
  assert.ok(user + system < 1_000_000, `${user + system} µs for 100 times`);
});

test('a pattern that takes too much work does not keep the others of a set from being decided', () => {
  const ids = Array.from({ length: 200 }, (_, index) => `x--${index}`);
  const given: StixObject[] = observed(ids.map((id) => ({ id, p: 'a', o_refs: ids })));
  const costly = `[x:${Array.from({ length: 40 }, () => 'o_refs[*]').join('.')}.q != 1]`;
  const set = compilePatternSet([costly, "[x:p LIKE 'a']", "[x:p = 'a']"]);
  const { matches, undecided } = set.match(given, { steps: 1_000_000 });
  assert.deepEqual(
    matches.map(({ index }) => index),
    [1, 2],
  );
  assert.deepEqual(
    undecided.map(({ index, error }) => [index, error.code]),
    [[0, 'input-limit']],
  );
});
