import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalJson, isEntenteError } from '../../src/base/index.ts';

test('orders keys by UTF-16 code units, as RFC 8785 §3.2.3 shows', () => {
  const value = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\ud83d\ude00': 5, '\u0080': 6, '\u00f6': 7 };
  assert.deepEqual([...canonicalJson(value).matchAll(/:(\d)/g)].map((match) => match[1]).join(''), '2467153');
});

test('writes numbers as RFC 8785 appendix B does', () => {
  const cases: [number, string][] = [
    [0, '0'],
    [-0, '0'],
    [5e-324, '5e-324'],
    [1.7976931348623157e308, '1.7976931348623157e+308'],
    [9007199254740992, '9007199254740992'],
    [295147905179352830000, '295147905179352830000'],
    [1e21, '1e+21'],
    [333333333.3333332, '333333333.3333332'],
    [0.000001, '0.000001'],
    [1e-7, '1e-7'],
  ];
  for (const [number, text] of cases) assert.equal(canonicalJson(number), text);
});

test('escapes only what JSON must', () => {
  assert.equal(canonicalJson('\u0000\u001f"\\/é\u2028'), '"\\u0000\\u001f\\"\\\\/é\u2028"');
});

test('refuses what has no canonical form', () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, '\ud800', { '\udc00': 1 }, 1n, () => 1]) {
    assert.throws(
      () => canonicalJson(value),
      (error) => isEntenteError(error) && error.code === 'canonical-json',
    );
  }
});

test('refuses nesting beyond the bound instead of overflowing', () => {
  let deep: unknown = 0;
  for (let i = 0; i < 100_000; i++) deep = [deep];
  assert.throws(
    () => canonicalJson(deep),
    (error) => isEntenteError(error) && error.code === 'json-limit',
  );
});

test('gives one text whatever the order of members', () => {
  assert.equal(
    canonicalJson({ b: [1, { d: 1, c: 2 }], a: null }),
    canonicalJson({ a: null, b: [1, { c: 2, d: 1 }] }),
  );
});
