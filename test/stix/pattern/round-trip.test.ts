import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isEntenteError } from '../../../src/base/errors.ts';
import {
  matchPattern,
  PatternSyntaxError,
  parsePattern,
  printPattern,
  simpleEqualities,
} from '../../../src/stix/pattern/index.ts';
import { observed } from './one-observation.ts';
import { Random } from './random.ts';
import { randomPattern } from './random-pattern.ts';

test('a printed pattern parses to the tree it was printed from', () => {
  const random = new Random(1);
  for (let round = 0; round < 3000; round++) {
    const pattern = randomPattern(random, 3);
    const text = printPattern(pattern);
    assert.deepEqual(parsePattern(text), pattern, text);
  }
});

test('a damaged pattern is refused with an offset inside it, or is a pattern: nothing else happens', () => {
  const random = new Random(2);
  const pieces = [
    '[',
    ']',
    '(',
    ')',
    "'",
    '\\',
    ' AND ',
    'NOT ',
    '/*',
    '*/',
    '//',
    '.',
    '..',
    '*',
    '[*]',
    "h'",
    "t'",
    '\n',
    '\0',
    '\ud800',
    '9'.repeat(400),
    ' REPEATS 99999999999 TIMES',
    'IN',
    ',',
  ];
  const given = observed([{ type: 'file', a: 'a' }]);
  let refused = 0;
  for (let round = 0; round < 3000; round++) {
    let text = printPattern(randomPattern(random, 2));
    for (let change = random.integer(1, 3); change > 0; change--) {
      const at = random.integer(0, text.length);
      text =
        text.slice(0, at) +
        (random.chance(0.5) ? random.pick(pieces) : '') +
        text.slice(at + random.integer(0, 3));
    }
    try {
      matchPattern(text, given);
      simpleEqualities(parsePattern(text));
    } catch (error) {
      refused++;
      assert.ok(isEntenteError(error), `${text}: ${error}`);
      if (!(error instanceof PatternSyntaxError)) assert.equal(error.code, 'input-limit', text);
      else assert.ok(error.offset >= 0 && error.offset <= text.length, `${text}: ${error.offset}`);
    }
  }
  assert.ok(refused > 1000);
});

test('simple patterns give exactly the values they name, and others give none', () => {
  const values = (text: string) =>
    simpleEqualities(parsePattern(text))?.map(
      ({ pathText, value }) => `${pathText} ${value.kind} ${value.value}`,
    ) ?? null;
  assert.deepEqual(values("[domain-name:value = 'example.com']"), ['domain-name:value string example.com']);
  assert.deepEqual(
    values("[file:hashes.'SHA-256' = 'aa' OR file:hashes.MD5 = 'bb'] OR ([url:value IN ('u', 'v')])"),
    [
      "file:hashes.'SHA-256' string aa",
      'file:hashes.MD5 string bb',
      'url:value string u',
      'url:value string v',
    ],
  );
  assert.deepEqual(values('[x:a IN ()]'), []);
  for (const more of [
    '[x:a = 1 AND x:b = 2]',
    '[x:a != 1]',
    '[x:a NOT = 1]',
    '[x:a NOT IN (1)]',
    "[x:a LIKE 'a']",
    '[EXISTS x:a]',
    '[x:a = 1] AND [x:a = 1]',
    '[x:a = 1] OR [x:b > 1]',
    '[x:a = 1] FOLLOWEDBY [x:a = 1]',
    '[x:a = 1] REPEATS 2 TIMES',
    "[x:a = 1] START t'2026-01-01T00:00:00Z' STOP t'2027-01-01T00:00:00Z'",
  ]) {
    assert.equal(values(more), null, more);
  }
});
