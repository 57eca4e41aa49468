/** What an attacker may send: nothing makes validation throw, hang, or answer at length. Seeded, so that it repeats. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isEntenteError, utf8 } from '../../src/base/index.ts';
import { parseBundle, referencesOf, tlpOf, upgradeStix20, validateObject } from '../../src/stix/index.ts';
import { parsePattern } from '../../src/stix/pattern/index.ts';
import { parsePatternIssue } from '../../src/stix/pattern-check.ts';
import { OBJECT_TYPES } from '../../src/stix/schema/index.ts';
import { bundleText, type Json, minimal, seeded } from './fixtures.ts';

const ODD: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1e308,
  2 ** 53,
  '',
  'x',
  '\u0000',
  '\ud800',
  '__proto__',
  'constructor',
  [],
  {},
  [null],
  [[]],
  { '': '' },
  { __proto__: null, toString: 1 },
  { type: 'bundle' },
  ['a', 1, {}],
  '2026-01-01T00:00:00.000Z',
  'identity--00000000-0000-4000-8000-000000000001',
  { 'extension-definition--x': 1 },
  { tlp: '__proto__' },
];

test('no value in any place makes anything throw', () => {
  const random = seeded(20261123);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const names = [
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    'extensions',
    'granular_markings',
    'id',
    'x_a',
  ];
  for (const [type, table] of OBJECT_TYPES) {
    const fields = [...table.shape.fields.keys(), ...names];
    for (let round = 0; round < 150; round++) {
      const object: Json = { ...minimal[type] };
      for (let changes = 1 + Math.floor(random() * 4); changes > 0; changes--) {
        const value =
          random() < 0.2 ? [pick(ODD), pick(ODD)] : random() < 0.2 ? { [pick(names)]: pick(ODD) } : pick(ODD);
        Object.defineProperty(object, pick(fields), {
          value,
          enumerable: true,
          configurable: true,
          writable: true,
        });
      }
      const { issues } = validateObject(object);
      for (const issue of issues) {
        assert.ok(issue.message.length < 400 && issue.path.length < 1000, JSON.stringify(issue));
        assert.match(issue.section ?? '', /^STIX 2\.1 §\d/);
      }
      referencesOf(object);
      tlpOf(object);
      upgradeStix20({ ...object, spec_version: undefined });
    }
  }
});

test('JSON that is cut, doubled or flipped gives an answer or an error of the catalogue', () => {
  const random = seeded(7);
  const bytes = utf8(bundleText(...Object.values(minimal).map((object) => JSON.stringify(object))));
  for (let round = 0; round < 400; round++) {
    const broken = bytes.slice();
    for (let flips = 1 + Math.floor(random() * 3); flips > 0; flips--) {
      broken[Math.floor(random() * broken.length)] = Math.floor(random() * 256);
    }
    const input = random() < 0.3 ? broken.subarray(0, Math.floor(random() * broken.length)) : broken;
    try {
      for (const entry of parseBundle(input).entries) assert.ok(Array.isArray(entry.issues));
    } catch (error) {
      assert.ok(isEntenteError(error), String(error));
      assert.match(error.code, /^json-/);
    }
  }
});

test('an object with endless faults is told of within bounds', () => {
  const object: Json = { ...minimal['campaign'], labels: Array.from({ length: 100_000 }, () => 1) };
  for (let i = 0; i < 10_000; i++) object[`Bad Name ${i}`] = [];
  const { issues } = validateObject(object);
  assert.equal(issues.length, 101);
  assert.equal(issues.at(-1)?.code, 'limit');
});

test('values of a megabyte are judged in linear time', () => {
  const long = 1_000_000;
  const values: [string, string, string][] = [
    ['url', 'value', `https://${'a'.repeat(long)}`],
    ['url', 'value', `${'a'.repeat(long)}:`],
    ['domain-name', 'value', 'a-'.repeat(long / 2)],
    ['domain-name', 'value', 'a.'.repeat(long / 2)],
    ['email-addr', 'value', `${'a.'.repeat(long / 2)}@`],
    ['email-addr', 'value', `"${'\\a'.repeat(long / 2)}`],
    ['ipv6-addr', 'value', ':'.repeat(long)],
    ['ipv4-addr', 'value', '1.'.repeat(long / 2)],
    ['software', 'cpe', `cpe:2.3:a:${'\\!'.repeat(long / 2)}`],
    ['file', 'mime_type', `a/b;${' '.repeat(long)}\n`],
    ['file', 'magic_number_hex', 'a'.repeat(long)],
    ['artifact', 'payload_bin', 'A'.repeat(long)],
    ['campaign', 'lang', 'en-'.repeat(long / 3)],
    ['campaign', 'first_seen', `2026-01-01T00:00:00.${'0'.repeat(long)}Z`],
    ['campaign', 'id', `${'campaign-'.repeat(long / 9)}--00000000-0000-4000-8000-000000000001`],
    ['indicator', 'pattern', `[file:name = '${'x'.repeat(long)}']`],
    ['relationship', 'relationship_type', 'a-'.repeat(long / 2)],
  ];
  for (const [type, name, value] of values) {
    const started = performance.now();
    validateObject({ ...minimal[type], [name]: value });
    assert.ok(performance.now() - started < 500, `${type}.${name}`);
  }
});

test('a pattern that is told right without parsing does parse', () => {
  const random = seeded(99);
  const pick = (text: string) => text[Math.floor(random() * text.length)]!;
  const word = (first: string, rest: string, length: number) =>
    pick(first) + Array.from({ length: Math.floor(random() * length) }, () => pick(rest)).join('');
  const lower = 'abcdefghijklmnopqrstuvwxyz';
  const space = () => (random() < 0.5 ? ' ' : '');
  const type = () =>
    Array.from({ length: 1 + Math.floor(random() * 4) }, () => word(lower, `${lower}0123456789`, 8)).join(
      '-',
    );
  const comparison = (of: string) => {
    const path = word(lower, `${lower}0123456789_`, 10);
    const steps = Array.from({ length: Math.floor(random() * 5) }, () =>
      random() < 0.5
        ? `.${word(lower, `${lower}_0123456789`, 8)}`
        : `.'${word('ABab09-', 'ABCabc0123456789-', 9)}'`,
    ).join('');
    const constant = Array.from({ length: Math.floor(random() * 20) }, () => pick('ab "[]()é=.:/-%')).join(
      '',
    );
    return `${of}:${path}${steps}${space()}=${space()}'${constant}'`;
  };
  const joined = (one: () => string, operators: string[]) => {
    let text = one();
    while (random() < 0.4) text += ` ${operators[Math.floor(random() * operators.length)]} ${one()}`;
    return text;
  };
  const bracket = () => {
    const same = type();
    return random() < 0.5
      ? `[${joined(() => comparison(same), ['AND', 'OR'])}]`
      : `[${joined(() => comparison(type()), ['OR'])}]`;
  };
  const brackets = () => joined(bracket, ['AND', 'OR', 'FOLLOWEDBY']);
  for (let round = 0; round < 3000; round++) {
    const pattern = brackets();
    assert.equal(parsePatternIssue(pattern), null, pattern);
    assert.doesNotThrow(() => parsePattern(pattern), pattern);
  }
  assert.notEqual(parsePatternIssue("[a-b:c = '1' AND d-e:f = '2']"), null, 'AND across types');
  assert.notEqual(parsePatternIssue("[a-b:c = '1'] [a-b:c = '2']"), null);
  assert.notEqual(parsePatternIssue("[a-b:c = '1' OR ]"), null);
});
