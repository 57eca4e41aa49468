import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { canonicalJson, decodeUtf8, utf8 } from '../../src/base/index.ts';
import {
  commit,
  encodeLeaf,
  LEAF_KINDS,
  type LeafKind,
  parseLeaf,
  verifyCommitment,
} from '../../src/ledger/index.ts';
import { flipBit } from './fixtures.ts';

const format = { code: 'ledger-format' };
const failed = { code: 'verification-failed' };
const salt = new Uint8Array(32).fill(7);
const body = { peer: 'kid', objects: ['a', 'b'] };
const at = '2026-01-31T12:00:00.000Z';
const leaf = () => encodeLeaf({ kind: 'delivery', at, commitment: commit(salt, body) });

test('a leaf is canonical JSON and reads back', () => {
  const text = decodeUtf8(leaf());
  assert.equal(text, canonicalJson(JSON.parse(text)));
  assert.deepEqual(parseLeaf(leaf()), { v: 1, kind: 'delivery', at, commitment: commit(salt, body) });
  for (const kind of Object.keys(LEAF_KINDS) as LeafKind[])
    assert.equal(parseLeaf(encodeLeaf({ kind, at, commitment: '0'.repeat(64) })).kind, kind);
});

test('the commitment is SHA-256 over domain, salt and canonical body', () => {
  const expected = createHash('sha256')
    .update('entente/ledger/commitment/v1\0')
    .update(salt)
    .update('{"objects":["a","b"],"peer":"kid"}')
    .digest('hex');
  assert.equal(commit(salt, body), expected);
  assert.throws(() => commit(new Uint8Array(31), body), RangeError);
});

test('a commitment opens with its body and salt only', () => {
  const parsed = parseLeaf(leaf());
  verifyCommitment(parsed, salt, { objects: ['a', 'b'], peer: 'kid' });
  assert.throws(() => verifyCommitment(parsed, flipBit(salt, 31, 7), body), failed);
  assert.throws(() => verifyCommitment(parsed, salt.subarray(1), body), failed);
  assert.throws(() => verifyCommitment(parsed, salt, { ...body, more: 1 }), failed);
});

test('no other spelling of a leaf is read, and any flipped bit changes it or is refused', () => {
  const text = decodeUtf8(leaf());
  for (const wrong of [
    '',
    '{}',
    `${text}\n`,
    ` ${text}`,
    `\ufeff${text}`,
    text.replace('{"at"', '{ "at"'),
    text.replace('"v":1', '"v":2'),
    text.replace('"v":1', '"v":1.0'),
    text.replace('}', ',"x":1}'),
    text.replace('"kind":"delivery"', '"kind":"deliverance"'),
    text.replace('"kind":"delivery"', '"kind":"constructor"'),
    text.replace('delivery', 'd\\u0065livery'),
    text.replace(at, '2026-02-30T12:00:00.000Z'),
    text.replace(at, '2026-01-31T12:00:00.000+00:00'),
    text.replace(at, `2026-01-31T12:00:00.${'0'.repeat(40)}Z`),
    text.replace(/[0-9a-f]{64}/, (hex) => hex.toUpperCase()),
    text.replace(/[0-9a-f]{64}/, (hex) => hex.slice(1)),
    text.repeat(1000),
  ])
    assert.throws(() => parseLeaf(utf8(wrong)), format, wrong.slice(0, 100));
  const whole = leaf();
  for (let position = 0; position < whole.length; position++)
    for (let bit = 0; bit < 8; bit++) {
      try {
        assert.notDeepEqual(parseLeaf(flipBit(whole, position, bit)), parseLeaf(whole));
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'ledger-format', String(error));
      }
    }
  for (let length = 0; length < whole.length; length++)
    assert.throws(() => parseLeaf(whole.subarray(0, length)), format);
});

test('a leaf is not written with a wrong kind, time or commitment', () => {
  const commitment = '0'.repeat(64);
  assert.throws(() => encodeLeaf({ kind: 'nothing' as LeafKind, at, commitment }), format);
  assert.throws(() => encodeLeaf({ kind: 'run', at: 'yesterday', commitment }), format);
  assert.throws(() => encodeLeaf({ kind: 'run', at, commitment: 'AB' }), format);
});
