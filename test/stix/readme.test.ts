/** The README's lines run as they stand. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { bundleText, minimal } from './fixtures.ts';

test('five lines parse, validate and match', async () => {
  const room = join(import.meta.dirname, '../../src/stix');
  const code = /```js\n(.*?)```/s.exec(readFileSync(join(room, 'README.md'), 'utf8'))?.[1];
  assert.ok(code);
  assert.equal(code.trim().split('\n').length, 5);
  const address = { ...minimal['ipv4-addr'] };
  const observed = { ...minimal['observed-data'], object_refs: [address['id']] };
  const wrong = { ...minimal['tool'], name: 1 };
  const text = bundleText(
    ...[minimal['indicator'], observed, address, wrong].map((object) => JSON.stringify(object)),
  );
  const printed: unknown[] = [];
  (globalThis as { readme?: unknown }).readme = { text, print: (value: unknown) => printed.push(value) };
  const program = code
    .replace("'entente/stix'", JSON.stringify(pathToFileURL(join(room, 'index.ts')).href))
    .replaceAll('console.log', 'globalThis.readme.print')
    .replace('const {', 'const bytes = new TextEncoder().encode(globalThis.readme.text);\nconst {');
  await import(`data:text/javascript,${encodeURIComponent(program)}`);
  assert.equal(printed[0], 'objects[3].name: 1 stands where a string belongs (STIX 2.1 §2.15)');
  assert.equal(printed.length, 2);
  assert.notEqual(printed[1], null, 'the pattern matches');
});
