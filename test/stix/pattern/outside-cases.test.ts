import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  matchPattern,
  PatternSyntaxError,
  parsePattern,
  printPattern,
  type StixObject,
  simpleEqualities,
} from '../../../src/stix/pattern/index.ts';
import { sharedData } from '../../shared-data.ts';

interface Case {
  readonly id: string;
  readonly pattern: string;
  readonly observations: string;
  readonly expect: string;
  readonly also_accept?: readonly string[];
  readonly matched_ids?: readonly string[];
}

function lines<T>(path: string): T[] {
  return readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T);
}

const cases = sharedData('patterns/cases.jsonl');
const grammar = sharedData('patterns/validate.jsonl');

test('the cases of the OASIS matcher have the outcome that is expected of them', { skip: cases.skip }, () => {
  const sets = JSON.parse(readFileSync(sharedData('patterns/observations.json').path, 'utf8')) as Record<
    string,
    StixObject[]
  >;
  const all = lines<Case>(cases.path);
  assert.ok(all.length > 100);
  for (const { id, pattern, observations, expect, also_accept: alsoAccept = [], matched_ids: ids } of all) {
    let outcome = 'error';
    try {
      const match = matchPattern(pattern, sets[observations]!);
      outcome = match ? 'match' : 'no-match';
      if (ids)
        assert.deepEqual(
          match?.observations.map((observation) => observation.id),
          ids,
          id,
        );
    } catch (error) {
      assert.ok(error instanceof PatternSyntaxError, id);
    }
    assert.ok([expect, ...alsoAccept].includes(outcome), `${id}: ${outcome}, not ${expect}`);
  }
});

test('the cases of the OASIS grammar parse or are refused as expected', { skip: grammar.skip }, () => {
  for (const { pattern, valid } of lines<{ pattern: string; valid: boolean }>(grammar.path)) {
    if (valid) assert.deepEqual(parsePattern(printPattern(parsePattern(pattern))), parsePattern(pattern));
    else assert.throws(() => parsePattern(pattern), PatternSyntaxError, pattern);
  }
});

const feeds = sharedData('stix/expected.json');

test('every pattern of the published feeds parses, and nearly all only name values', {
  skip: feeds.skip,
}, () => {
  const files = Object.entries(
    JSON.parse(readFileSync(feeds.path, 'utf8')) as Record<string, { stix_patterns?: number }>,
  );
  let simple = 0;
  let total = 0;
  for (const [file, { stix_patterns: count = 0 }] of files) {
    if (count === 0) continue;
    const { objects } = JSON.parse(readFileSync(sharedData(`stix/${file}`).path, 'utf8')) as {
      objects: StixObject[];
    };
    const patterns = objects
      .filter((object) => object['pattern_type'] === 'stix')
      .map(({ pattern }) => String(pattern));
    assert.equal(patterns.length, count, file);
    for (const text of patterns) {
      const pattern = parsePattern(text);
      assert.deepEqual(parsePattern(printPattern(pattern)), pattern, text);
      total++;
      if (simpleEqualities(pattern)) simple++;
    }
  }
  assert.ok(simple / total > 0.95, `${simple} of ${total}`);
});
