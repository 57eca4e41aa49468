/** The validator reads patterns by a faster way than the parser; both must say the same of every vector. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isEntenteError } from '../../src/base/index.ts';
import { parsePattern, validateObject } from '../../src/stix/index.ts';

const VECTORS = join(import.meta.dirname, '../../vectors/stix-pattern');

function lines(name: string): string[] {
  return readFileSync(join(VECTORS, name), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
}

function indicatorWith(pattern: string) {
  return {
    type: 'indicator',
    spec_version: '2.1',
    id: 'indicator--00000000-0000-4000-8000-000000000001',
    created: '2026-01-01T00:00:00.000Z',
    modified: '2026-01-01T00:00:00.000Z',
    pattern,
    pattern_type: 'stix',
    valid_from: '2026-01-01T00:00:00Z',
  };
}

const isRefused = (pattern: string) =>
  validateObject(indicatorWith(pattern)).issues.some(
    (issue) => issue.severity !== 'warning' && issue.path === 'pattern',
  );

function parses(pattern: string): boolean {
  try {
    parsePattern(pattern);
    return true;
  } catch (error) {
    if (isEntenteError(error)) return false;
    throw error;
  }
}

test('an indicator is refused exactly when its pattern does not parse', () => {
  const patterns = [
    ...lines('valid.txt'),
    ...lines('invalid.txt').map((line) => line.slice(line.indexOf('\t') + 1)),
  ];
  assert.ok(patterns.length > 100);
  for (const pattern of patterns) assert.equal(isRefused(pattern), !parses(pattern), pattern);
});
