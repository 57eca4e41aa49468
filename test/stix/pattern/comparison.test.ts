import assert from 'node:assert/strict';
import { test } from 'node:test';
import { holds } from './one-observation.ts';

function expectAll(properties: Record<string, unknown>, expected: { true: string[]; false: string[] }): void {
  for (const expression of expected.true) assert.equal(holds(expression, properties), true, expression);
  for (const expression of expected.false) assert.equal(holds(expression, properties), false, expression);
}

test('numbers compare in full with integers and floats, and with nothing else', () => {
  expectAll(
    { n: 1.5, i: 5 },
    {
      true: [
        'x:n = 1.5',
        'x:n != 1',
        'x:n > 1',
        'x:n < 2',
        'x:i = 5.0',
        'x:i >= 5',
        'x:i <= 5',
        'x:i NOT > 5',
        'x:i IN (4, 5)',
        "x:i != '5'",
        'x:i NOT = true',
        "x:i NOT LIKE '5'",
        "x:i NOT MATCHES '5'",
        'x:i NOT IN ()',
      ],
      false: [
        'x:n = 1',
        'x:i > 5',
        'x:i < 5',
        "x:i = '5'",
        "x:i < '6'",
        "x:i >= '4'",
        'x:i = true',
        "x:i = h'05'",
        "x:i LIKE '5'",
        "x:i MATCHES '5'",
        "x:i IN ('5')",
        'x:i IN ()',
        "x:i = t'2026-01-01T00:00:00Z'",
      ],
    },
  );
});

test('true and false equal only themselves', () => {
  expectAll(
    { b: true },
    {
      true: ['x:b = true', 'x:b != false', 'x:b NOT = false', 'x:b != 1', 'x:b IN (true)'],
      false: ['x:b = false', 'x:b = 1', "x:b = 'true'", 'x:b NOT IN (false, true)'],
    },
  );
});

test('strings compare by code point, without normalisation', () => {
  // §9.6.2: 'o' < 'oz' < 'ò' as two code points < 'z' < 'ò' as one.
  const ascending = ['o', 'oz', 'o\u0300', 'z', '\u00f2', '\ufffd', '\u{1f0a1}'];
  for (const [i, s] of ascending.entries()) {
    for (const [j, other] of ascending.entries()) {
      assert.equal(holds(`x:s < '${other}'`, { s }), i < j, `${s} < ${other}`);
      assert.equal(holds(`x:s >= '${other}'`, { s }), i >= j, `${s} >= ${other}`);
      assert.equal(holds(`x:s = '${other}'`, { s }), i === j, `${s} = ${other}`);
    }
  }
});

test('LIKE: % is any run, _ is one code point, both sides in NFC, and the whole text is meant', () => {
  expectAll(
    { s: 'C:\\Temp\\a\u0300.exe', long: 'aab'.repeat(50) },
    {
      true: [
        "x:s LIKE '%'",
        "x:s LIKE 'C:\\\\%.exe'",
        "x:s LIKE '%\\\\_.exe'",
        "x:s LIKE 'C%T%\u00e0%'",
        "x:long LIKE '%a%b%aab'",
        "x:s NOT LIKE 'c:%'",
      ],
      false: [
        "x:s LIKE ''",
        "x:s LIKE 'C:'",
        "x:s LIKE '%_____________________'",
        "x:long LIKE '%c%'",
        "x:long LIKE '_'",
      ],
    },
  );
  assert.equal(holds("x:s LIKE '_'", { s: '\u{1f0a1}' }), true);
});

test('MATCHES searches, with DOTALL, in NFC', () => {
  expectAll(
    { s: 'first\nsecond', u: 'na\u0131\u0308ve', nfd: 'e\u0301', tail: 'end\n' },
    {
      true: [
        "x:s MATCHES 't.s'",
        "x:s MATCHES '^first'",
        "x:s MATCHES 'second$'",
        "x:s MATCHES '(?m)^second$'",
        "x:nfd MATCHES '^\u00e9$'",
        "x:nfd MATCHES '^.$'",
        "x:tail MATCHES 'end$'",
        "x:tail MATCHES 'end\\\\Z'",
        "x:s MATCHES '(?<=first\\\\n)s'",
        "x:s MATCHES '(?x) s e c # spelt\n ond'",
        "x:s MATCHES '\\\\Qfirst\\\\E\\\\Rs'",
        "x:s NOT MATCHES 'First'",
        "x:s MATCHES '(?i)FIRST'",
      ],
      false: [
        "x:s MATCHES '^second'",
        "x:s MATCHES 'first$'",
        "x:tail MATCHES 'end\\\\z'",
        "x:s MATCHES '(?-s)t.s'",
      ],
    },
  );
});

test('a property named _bin or _hex is its octets', () => {
  const text = 'this is a test';
  const hex = '7468697320697320612074657374';
  expectAll(
    {
      payload_bin: 'dGhpcyBpcyBhIHRlc3Q=',
      payload_hex: hex,
      list_hex: ['00ff'],
      broken_bin: '=',
      upper_hex: 'FF',
    },
    {
      true: [
        `x:payload_bin = '${text}'`,
        "x:payload_bin = b'dGhpcyBpcyBhIHRlc3Q='",
        `x:payload_bin = h'${hex}'`,
        `x:payload_hex = '${text}'`,
        "x:payload_hex = b'dGhpcyBpcyBhIHRlc3Q='",
        `x:payload_bin IN ('other', '${text}')`,
        "x:payload_bin > 'this'",
        "x:payload_hex < h'75'",
        "x:payload_bin LIKE 'this%'",
        "x:payload_hex MATCHES '\\\\x69\\\\x73 a'",
        "x:payload_bin != 'Ā'",
        "x:payload_bin NOT = 'Ā'",
        "x:list_hex[*] = h'00ff'",
        "x:list_hex[0] = '\u0000ÿ'",
        "x:list_hex[0] MATCHES '\\\\xff$'",
        "x:broken_bin != 'a'",
        "x:upper_hex = h'ff'",
      ],
      false: [
        "x:payload_bin = 'dGhpcyBpcyBhIHRlc3Q='",
        `x:payload_hex = '${hex}'`,
        "x:payload_bin < 'Ā'",
        "x:payload_bin = 'Ā'",
        "x:payload_bin IN ('Ā')",
        "x:broken_bin = '='",
        "x:broken_bin MATCHES '.'",
        "x:broken_bin LIKE '%'",
      ],
    },
  );
});

test('a text property meets octets when its code points are below U+0100', () => {
  expectAll(
    { s: 'aÿ', wide: 'aĀ' },
    {
      true: ["x:s = h'61ff'", "x:s = b'Yf8='", "x:s > h'61'", "x:s IN (h'61ff')", "x:wide != h'6100'"],
      false: ["x:wide = h'6100'", "x:wide > h'00'", "x:s = 'a'"],
    },
  );
});

test('timestamps compare as instants, to any number of digits', () => {
  expectAll(
    {
      t: '2026-01-01T00:00:00.10Z',
      leap: '2016-12-31T23:59:60Z',
      fine: '2026-01-01T00:00:00.1234567891Z',
      none: '2026-02-30T00:00:00Z',
    },
    {
      true: [
        "x:t = t'2026-01-01T00:00:00.1Z'",
        "x:t IN (t'2020-01-01T00:00:00Z', t'2026-01-01T00:00:00.100Z')",
        "x:t > t'2026-01-01T00:00:00Z'",
        "x:leap > t'2016-12-31T23:59:59.999Z'",
        "x:leap >= t'2016-12-31T23:59:60Z'",
        "x:fine < t'2026-01-01T00:00:00.1234567892Z'",
        "x:fine > t'2026-01-01T00:00:00.123456789Z'",
        "x:fine = t'2026-01-01T00:00:00.12345678910Z'",
        "x:none != t'2026-03-01T00:00:00Z'",
      ],
      false: [
        "x:t != t'2026-01-01T00:00:00.100000Z'",
        "x:none > t'2020-01-01T00:00:00Z'",
        "x:none = t'2026-03-02T00:00:00Z'",
        "x:fine IN (t'2026-01-01T00:00:00.123456789Z')",
      ],
    },
  );
});

test('ISSUBSET and ISSUPERSET compare sets of addresses of one family', () => {
  expectAll(
    {
      net: '198.51.100.0/27',
      host: '198.51.100.7',
      v6: '2001:DB8::1',
      v6net: '2001:db8::/32',
      mapped: '::ffff:198.51.100.7',
      name: 'example.com',
    },
    {
      true: [
        "x:net ISSUBSET '198.51.100.0/24'",
        "x:net ISSUBSET '198.51.100.0/27'",
        "x:net ISSUPERSET '198.51.100.0/27'",
        "x:net ISSUPERSET '198.51.100.31'",
        "x:host ISSUBSET '198.51.100.200/24'",
        "x:host ISSUPERSET '198.51.100.7/32'",
        "x:host ISSUBSET '0.0.0.0/0'",
        "x:v6 ISSUBSET '2001:0db8:0000:0000:0000:0000:0000:0000/32'",
        "x:v6net ISSUPERSET '2001:db8:ffff::/48'",
        "x:mapped ISSUBSET '::ffff:c633:6400/120'",
        "x:host NOT ISSUBSET '::/0'",
        "x:name NOT ISSUPERSET '198.51.100.7'",
      ],
      false: [
        "x:net ISSUBSET '198.51.100.0/28'",
        "x:net ISSUPERSET '198.51.100.32'",
        "x:host ISSUBSET '::/0'",
        "x:mapped ISSUBSET '198.51.100.0/24'",
        "x:name ISSUBSET '0.0.0.0/0'",
        "x:v6 ISSUBSET '2001:db8::2/127'",
      ],
    },
  );
});

test('what is not there satisfies no operator, NOT or not; only NOT EXISTS asks for its absence', () => {
  expectAll(
    { s: 'a', nothing: null, list: [], deep: { inner: 1 } },
    {
      true: [
        'EXISTS x:s',
        'EXISTS x:list',
        'EXISTS x:deep',
        'EXISTS x:deep.inner',
        'NOT EXISTS x:q',
        'NOT EXISTS x:nothing',
        'NOT EXISTS x:deep.other',
        'NOT EXISTS x:list[0]',
        "x:deep != 'a'",
        "x:list NOT = 'a'",
      ],
      false: [
        'EXISTS x:q',
        'EXISTS x:nothing',
        'NOT EXISTS x:s',
        'NOT EXISTS y:q',
        "x:q != 'a'",
        "x:q NOT = 'a'",
        "x:q NOT IN ('a')",
        "x:q NOT LIKE 'a'",
        "x:q NOT MATCHES 'a'",
        "x:q NOT ISSUBSET '::/0'",
        "x:nothing != 'a'",
        "x:nothing NOT LIKE 'a'",
        "x:deep = 'a'",
      ],
    },
  );
});

test('names that every JavaScript object has are not properties', () => {
  for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
    assert.equal(holds(`EXISTS x:${name}`, {}), false, name);
    assert.equal(holds(`EXISTS x:d.${name}`, { d: {} }), false, name);
  }
  assert.equal(holds('EXISTS x:s.length', { s: 'abc' }), false);
  assert.equal(holds('EXISTS x:s[0]', { s: 'abc' }), false);
  assert.equal(holds('x:length = 1', { list: [1] }), false);
});
