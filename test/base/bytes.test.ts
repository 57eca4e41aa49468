import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CATALOGUE,
  decodeBase64,
  decodeHex,
  encodeBase64,
  encodeHex,
  escapeHtml,
  html,
} from '../../src/base/index.ts';

test('hex and base64 are inverse, and strict about what they take', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  assert.deepEqual(decodeHex(encodeHex(bytes)), bytes);
  assert.deepEqual(decodeBase64(encodeBase64(bytes)), bytes);
  for (const text of ['a', 'zz', '0x']) assert.equal(decodeHex(text), null);
  for (const text of ['A', 'A===', 'AB==', 'AAA', 'A A=', 'AA-_'])
    assert.equal(decodeBase64(text), null, text);
});

test('html escapes every value', () => {
  assert.equal(
    html`<p title="${'"><script>'}">${[html`<b>${'a&b'}</b>`, null, false]}</p>`.text,
    '<p title="&quot;&gt;&lt;script&gt;"><b>a&amp;b</b></p>',
  );
  assert.equal(escapeHtml(`<>&"'`), '&lt;&gt;&amp;&quot;&#39;');
});

test('every error says what to do and agrees with itself', () => {
  for (const [code, entry] of Object.entries(CATALOGUE)) {
    assert.ok(entry.meaning.length > 10 && entry.remedy.length > 10, code);
    assert.ok(entry.status >= 400 && entry.status < 600, code);
  }
});
