import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { isEntenteError } from '../../../src/base/errors.ts';
import { PatternSyntaxError, parsePattern, printPattern } from '../../../src/stix/pattern/index.ts';

function vectors(name: string): string[] {
  const path = resolve(import.meta.dirname, '../../../vectors/stix-pattern', name);
  return readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .filter((line) => !line.startsWith('#'));
}

test('what the language has parses, and prints to what parses to the same', () => {
  for (const text of vectors('valid.txt')) {
    // A comment to the end of the line needs an end of line.
    const pattern = parsePattern(text.endsWith('to the end') ? `${text}\n[a:b = 2]` : text);
    assert.deepEqual(parsePattern(printPattern(pattern)), pattern, text);
  }
});

test('what the language does not have is refused at its offset', () => {
  for (const line of vectors('invalid.txt')) {
    const [offset, text] = [line.slice(0, line.indexOf('\t')), line.slice(line.indexOf('\t') + 1)];
    assert.throws(
      () => parsePattern(text),
      (error) => {
        assert.ok(error instanceof PatternSyntaxError, `${text}: ${error}`);
        assert.ok(isEntenteError(error));
        assert.equal(error.code, 'stix-pattern-syntax');
        assert.equal(error.offset, Number(offset), `${text}: ${error.message}`);
        return true;
      },
      text,
    );
  }
});

test('FOLLOWEDBY binds loosest, then OR, then AND, and a qualifier takes only what stands right before it', () => {
  const same = (short: string, long: string) =>
    assert.deepEqual(parsePattern(short), parsePattern(long), short);
  const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((letter) => `[x:y = '${letter}']`);
  same(`${a} AND ${b} OR ${c} FOLLOWEDBY ${d}`, `((${a} AND ${b}) OR ${c}) FOLLOWEDBY ${d}`);
  same(`${a} FOLLOWEDBY ${b} OR ${c} AND ${d}`, `${a} FOLLOWEDBY (${b} OR (${c} AND ${d}))`);
  same(`${a} FOLLOWEDBY ${b} REPEATS 5 TIMES`, `${a} FOLLOWEDBY (${b} REPEATS 5 TIMES)`);
  same(`${a} AND ${b} WITHIN 5 SECONDS`, `${a} AND (${b} WITHIN 5 SECONDS)`);
  same('[x:a = 1 OR x:b = 2 AND x:c = 3]', '[x:a = 1 OR (x:b = 2 AND x:c = 3)]');
});

test('every whitespace code point of Unicode separates, and line feeds in base64 are ignored', () => {
  const spaces = '\t\n\u000b\f\r \u0085\u00a0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000';
  const plain = parsePattern("[a:b_bin = b'AAEC']");
  assert.deepEqual(
    parsePattern(`${spaces}[a${spaces}:b_bin${spaces}=b'AA\nE\r\nC'${spaces}]${spaces}`),
    plain,
  );
  // U+FEFF is no whitespace to Unicode, though JavaScript's \s has it.
  assert.throws(() => parsePattern("\ufeff[a:b_bin = b'AAEC']"), { offset: 0 });
});

test('a refused regular expression is named, and its offset counts what the pattern escapes', () => {
  const refused: Record<string, [number, RegExp]> = {
    "[a:b MATCHES 'x(?!y)']": [15, /look-ahead \(\?!/],
    "[a:b MATCHES '\\\\d(\\\\w)\\\\1']": [22, /back-reference \\1/],
    "[a:b MATCHES '(?>a)']": [14, /atomic group/],
    "[a:b MATCHES '(?R)']": [14, /recursion/],
    "[a:b MATCHES 'a*+']": [15, /possessive quantifier \*\+/],
    "[a:b MATCHES '(?(1)a|b)']": [14, /conditional/],
    "[a:b MATCHES '(*ACCEPT)a']": [14, /verb/],
  };
  for (const [text, [offset, message]] of Object.entries(refused)) {
    assert.throws(() => parsePattern(text), { name: 'PatternSyntaxError', offset, message }, text);
  }
});
