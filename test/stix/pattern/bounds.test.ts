import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import {
  matchPattern,
  parsePattern,
  printPattern,
  type StixObject,
} from '../../../src/stix/pattern/index.ts';
import { holds, observed, timed } from './one-observation.ts';

/** One observation a second, named by turns. */
function everySecond(count: number, ...names: string[]): StixObject[] {
  return timed(
    ...Array.from({ length: count }, (_, index) => [names[index % names.length]!, index] as const),
  );
}

/** By the processor's time, which does not depend on what else the machine does. */
function within(limitMs: number, act: () => void): void {
  const before = process.cpuUsage();
  act();
  const { user, system } = process.cpuUsage(before);
  const took = (user + system) / 1000;
  assert.ok(took < limitMs, `took ${Math.round(took)} ms, and ${limitMs} are allowed`);
}

test('ten thousand terms joined by OR parse, print and match, inside brackets and outside', () => {
  const terms = Array.from({ length: 10_000 }, (_, index) => `x:p = 'v${index}' OR x:q > ${index + 1}`);
  const given = observed([{ p: 'v9999', q: 0 }]);
  for (const text of [`[${terms.join(' OR ')}]`, terms.map((term) => `[${term}]`).join(' OR ')]) {
    const pattern = parsePattern(text);
    assert.deepEqual(parsePattern(printPattern(pattern)), pattern);
    assert.ok(matchPattern(pattern, given));
    assert.equal(matchPattern(pattern, observed([{ p: 'w', q: 0 }])), null);
  }
  const match = matchPattern(terms.map((term) => `[${term}]`).join(' OR '), given);
  assert.deepEqual(
    match?.terms.map(({ index }) => index),
    [9999],
  );
});

test('ten thousand operands of every other operator need no deep stack either', () => {
  const join = (operator: string, part: (index: number) => string) =>
    Array.from({ length: 10_000 }, (_, index) => part(index)).join(operator);
  assert.ok(matchPattern(`[${join(' AND ', () => 'x:p != 1')}]`, observed([{ p: 'a' }])));
  assert.ok(
    matchPattern(
      join(' AND ', () => "[x:p = 'a']"),
      timed(['a', 1, 10_000]),
    ),
  );
  assert.equal(
    matchPattern(
      join(' AND ', () => "[x:p = 'a']"),
      timed(['a', 1, 9_999]),
    ),
    null,
  );
  assert.throws(
    () =>
      matchPattern(
        join(' FOLLOWEDBY ', () => "[x:p = 'a']"),
        timed(['a', 1, 10_000]),
      ),
    { code: 'input-limit' },
  );
  assert.ok(matchPattern(`[x:p IN (${join(', ', String)})]`, observed([{ p: 9_999 }])));
});

test('parentheses, paths and lengths beyond the bounds are refused, not followed', () => {
  const nested = (depth: number) => `${'('.repeat(depth)}[x:p = 1]${')'.repeat(depth)}`;
  assert.ok(parsePattern(nested(200)));
  assert.throws(() => parsePattern(nested(201)), { name: 'PatternSyntaxError', offset: 200 });
  assert.throws(() => parsePattern(nested(1_000_000)), { name: 'PatternSyntaxError', offset: 200 });
  assert.throws(() => parsePattern(`[${'('.repeat(1_000_000)}`), { name: 'PatternSyntaxError', offset: 201 });
  assert.throws(() => parsePattern(`[x:${'p.'.repeat(1_000)}p = 1]`), { name: 'PatternSyntaxError' });
  assert.throws(() => parsePattern(`[x:p MATCHES '${'a'.repeat(70_000)}']`), { name: 'PatternSyntaxError' });
  assert.throws(() => parsePattern(' '.repeat(17_000_000)), { name: 'PatternSyntaxError' });
});

test('a regular expression that makes backtracking engines hang is linear here', () => {
  within(2_000, () => {
    assert.equal(holds("x:s MATCHES '^(a+)+$'", { s: `${'a'.repeat(100_000)}b` }), false);
    assert.equal(holds("x:s MATCHES '^(?:a|aa|a?)*c'", { s: 'a'.repeat(100_000) }), false);
  });
});

test('ten thousand observations: three ANDed expressions with START/STOP take under a second', () => {
  const period = "START t'1970-01-01T00:00:00Z' STOP t'1970-01-02T00:00:00Z'";
  const given = everySecond(10_000, 'a', 'b', 'c');
  const two = timed(...Array.from({ length: 10_000 }, (_, index) => [index < 2 ? 'a' : 'b', index] as const));
  within(1_000, () =>
    assert.ok(matchPattern(`([x:p = 'a'] AND [x:p = 'b'] AND [x:p = 'c']) ${period}`, given)),
  );
  within(1_000, () =>
    assert.equal(matchPattern(`([x:p = 'a'] AND [x:p = 'b'] AND [x:p = 'd']) ${period}`, given), null),
  );
  within(1_000, () =>
    assert.equal(matchPattern(`([x:p = 'a'] AND [x:p IN ('a')] AND [x:p LIKE 'a']) ${period}`, two), null),
  );
  within(1_000, () =>
    assert.equal(
      matchPattern(`([x:p = 'a'] AND [x:p = 'b'] AND [x:p = 'c']) WITHIN 2 SECONDS ${period}`, given),
      null,
    ),
  );
});

test('ten thousand observations: REPEATS 6 TIMES WITHIN 10 SECONDS takes under a second', () => {
  const sparse = timed(...Array.from({ length: 10_000 }, (_, index) => ['a', index * 2.1] as const));
  const lasting = timed(...Array.from({ length: 10_000 }, (_, index) => ['a', [index, index + 9]] as const));
  const pattern = "[x:p = 'a'] REPEATS 6 TIMES WITHIN 10 SECONDS";
  within(1_000, () => assert.ok(matchPattern(pattern, everySecond(10_000, 'a', 'a', 'b'))));
  within(1_000, () => assert.equal(matchPattern(pattern, sparse), null));
  within(1_000, () => assert.equal(matchPattern(pattern, lasting), null));
});

test('conditions on time that compete for observations are decided among thousands of observations', () => {
  const noise = everySecond(3_000, 'a', 'c', 'c', 'b', 'c', 'c');
  const none = [
    "([x:p = 'a'] FOLLOWEDBY [x:p = 'a']) WITHIN 6 SECONDS",
    "([x:p = 'a'] AND [x:p = 'b']) WITHIN 3 SECONDS REPEATS 20 TIMES",
    "([x:p IN ('a', 'b')] FOLLOWEDBY [x:p IN ('b', 'a')]) WITHIN 3 SECONDS REPEATS 3 TIMES",
  ];
  for (const pattern of none) within(2_000, () => assert.equal(matchPattern(pattern, noise), null, pattern));
  within(2_000, () =>
    assert.ok(matchPattern("([x:p = 'a'] AND [x:p = 'b']) WITHIN 4 SECONDS REPEATS 200 TIMES", noise)),
  );
});

test('what would take too long to decide ends with an error that says so', () => {
  const isTooMuch = { code: 'input-limit', message: /takes more than 1000000 steps/ };
  const names = ['a', 'b', 'c', 'd', 'a', 'c', 'b', 'a', 'd', 'd', 'c', 'a', 'b'];
  const given = timed(
    ...Array.from({ length: 1_500 }, (_, i) => [names[(i * 7 + (i >> 3)) % names.length]!, i * 1.3] as const),
  );
  const chains = "([x:p IN ('a', 'b')] FOLLOWEDBY [x:p IN ('b', 'c')]) WITHIN 2 SECONDS REPEATS 3 TIMES";
  const pairs = "([x:p IN ('c', 'd')] AND [x:p IN ('a', 'd')]) WITHIN 2 SECONDS REPEATS 2 TIMES";
  const entangled = `(${chains} AND ${pairs}) WITHIN 14 SECONDS REPEATS 90 TIMES`;
  assert.throws(() => matchPattern(entangled, given, { steps: 1_000_000 }), isTooMuch);

  const ids = Array.from({ length: 200 }, (_, index) => `x--${index}`);
  const everyToEvery = observed(ids.map((id) => ({ id, o_refs: ids })));
  const deep = `[x:${Array.from({ length: 40 }, () => 'o_refs[*]').join('.')}.q != 1]`;
  assert.throws(() => matchPattern(deep, everyToEvery, { steps: 1_000_000 }), isTooMuch);

  const many = timed(['a', 1, 1e12], ['b', 1, 1e12]);
  assert.throws(() => matchPattern("([x:p = 'a'] FOLLOWEDBY [x:p = 'b']) REPEATS 1000000000 TIMES", many), {
    code: 'input-limit',
    message: /more than 2000 groups/,
  });
});

test('the pattern language runs without Node', () => {
  const folder = resolve(import.meta.dirname, '../../../src/stix/pattern');
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.ts'))) {
    const text = readFileSync(resolve(folder, name), 'utf8');
    assert.doesNotMatch(text, /from 'node:|\bprocess\.|\bBuffer\b/, name);
  }
});
