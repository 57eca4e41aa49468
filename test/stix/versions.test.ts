import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  compareStixTimestamps,
  compareVersions,
  isRevoked,
  successionIssues,
  versionOf,
} from '../../src/stix/index.ts';

const version = (modified: string, more = {}) => ({
  id: 'campaign--00000000-0000-4000-8000-000000000001',
  created: '2026-01-01T00:00:00.000Z',
  modified,
  ...more,
});

test('timestamps compare to every digit, however many are written', () => {
  const ordered = [
    '2025-12-31T23:59:59.999999999999Z',
    '2026-01-01T00:00:00Z',
    '2026-01-01T00:00:00.000000000001Z',
    '2026-01-01T00:00:00.001Z',
    '2026-01-01T00:00:00.0010001Z',
    '2026-01-01T00:00:00.01Z',
    '2026-01-01T00:00:01Z',
  ];
  for (const [i, a] of ordered.entries()) {
    for (const [j, b] of ordered.entries())
      assert.equal(Math.sign(compareStixTimestamps(a, b)), Math.sign(i - j), `${a} ${b}`);
  }
  assert.equal(compareStixTimestamps('2026-01-01T00:00:00Z', '2026-01-01T00:00:00.000Z'), 0);
});

test('the version with the later modified is newer; what has none is oldest', () => {
  assert.ok(compareVersions(version('2026-01-02T00:00:00.000Z'), version('2026-01-01T00:00:00.000Z')) > 0);
  assert.ok(compareVersions(version('2026-01-01T00:00:00.000Z'), version('2026-01-01T00:00:00.0001Z')) < 0);
  assert.equal(compareVersions(version('2026-01-01T00:00:00.000Z'), version('2026-01-01T00:00:00.0000Z')), 0);
  assert.ok(compareVersions({ id: 'x' }, version('2026-01-01T00:00:00.000Z')) < 0);
  assert.equal(compareVersions({ id: 'x' }, { id: 'x' }), 0);
  assert.equal(versionOf({ id: 'm', created: '2017-01-20T00:00:00.000Z' }), '2017-01-20T00:00:00.000Z');
  assert.equal(versionOf({ id: 'm', modified: 'soon' }), undefined);
});

test('a later version keeps id, created and creator, and nothing follows revocation', () => {
  const first = version('2026-01-01T00:00:00.000Z', { created_by_ref: 'identity--1' });
  const second = version('2026-01-02T00:00:00.000Z', { created_by_ref: 'identity--1', revoked: true });
  assert.deepEqual(successionIssues(first, second), []);
  assert.equal(isRevoked(second), true);
  assert.equal(isRevoked(first), false);
  const third = version('2026-01-03T00:00:00.000Z', {
    id: 'campaign--2',
    created: '2026-01-02T00:00:00.000Z',
  });
  assert.deepEqual(
    successionIssues(second, third).map(({ path }) => path),
    ['id', 'created', 'created_by_ref', 'revoked'],
  );
  assert.deepEqual(
    successionIssues(second, first).map(({ path }) => path),
    ['modified', 'revoked'],
  );
});
