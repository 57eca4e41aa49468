import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  compareTimestamps,
  formatMicros,
  isEntenteError,
  parseTimestamp,
  timestampNs,
} from '../../src/base/index.ts';

test('keeps nanoseconds', () => {
  assert.equal(timestampNs('1970-01-01T00:00:00.000000001Z'), 1n);
  assert.equal(timestampNs('2026-01-31T12:00:00.123456789Z')! % 1_000_000_000n, 123_456_789n);
});

test('knows which days exist', () => {
  assert.notEqual(timestampNs('2024-02-29T00:00:00Z'), null);
  for (const text of [
    '2026-02-29T00:00:00Z',
    '2026-02-30T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:60:00Z',
    '2026-01-01T00:00:00',
    '2026-01-01T00:00:00+00:00',
    '2026-1-1T00:00:00Z',
    '',
  ]) {
    assert.equal(timestampNs(text), null, text);
  }
});

test('takes a leap second at the end of a day and nowhere else', () => {
  assert.equal(timestampNs('2016-12-31T23:59:60Z'), timestampNs('2017-01-01T00:00:00Z'));
  assert.equal(timestampNs('2016-12-31T12:00:60Z'), null);
});

test('years below 100 are themselves', () => {
  assert.equal(timestampNs('0099-01-01T00:00:00Z')! < timestampNs('0100-01-01T00:00:00Z')!, true);
});

test('compares instants, not texts', () => {
  assert.equal(compareTimestamps('2026-01-01T00:00:00Z', '2026-01-01T00:00:00.000Z'), 0);
  assert.equal(compareTimestamps('2026-01-01T00:00:00.9Z', '2026-01-01T00:00:00.10Z'), 1);
});

test('says what is wrong with a bad timestamp', () => {
  assert.throws(
    () => parseTimestamp('yesterday', 'valid_from'),
    (error) =>
      isEntenteError(error) && error.code === 'timestamp-invalid' && error.message.includes('valid_from'),
  );
});

test('writes six digits of a second, before 1970 too', () => {
  assert.equal(formatMicros(1n), '1970-01-01T00:00:00.000001Z');
  assert.equal(formatMicros(-1n), '1969-12-31T23:59:59.999999Z');
  assert.equal(formatMicros(1_767_225_600_000_100n), '2026-01-01T00:00:00.000100Z');
});
