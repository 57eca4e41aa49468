/** docs/decisions/050-utf16.md */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { utf16Text } from '../../src/forensics/windows-values.ts';

const ROOM = resolve(import.meta.dirname, '../../src/forensics');

test('UTF-16 is decoded natively in one place only, which never gives an odd number of bytes', () => {
  const places = readdirSync(ROOM, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .filter((path) =>
      /(?:toString|Slice|write)\(\s*'(?:utf16le|ucs2|utf-16le)'/.test(readFileSync(join(ROOM, path), 'utf8')),
    );
  assert.deepEqual(places, ['windows-values.ts']);
});

test('an odd byte at the end is left out, at every alignment', () => {
  const bytes = Buffer.from(`x${'ab'.repeat(40)}`, 'utf16le');
  for (let at = 0; at < 4; at++) {
    for (let length = 0; length < 60; length++) {
      const text = utf16Text(bytes, at, at + length);
      assert.equal(text.length, length >> 1);
      if (at % 2 === 0) assert.equal(text, bytes.subarray(at, at + (length & ~1)).toString('utf16le'));
    }
  }
});
