import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { crc32 as zlibCrc32 } from 'node:zlib';
import { crc32 } from '../../src/cases/bundle/page/browser-platform.ts';
import { LANGUAGES, WORDS } from '../../src/cases/bundle/page/words.ts';
import { makeBundle, runMatch, verifyBundle } from '../../src/cases/index.ts';
import { findBrowser, openPage } from './browser.ts';
import { addFolder, addText, exampleCase, ownSource, SAID } from './example-case.ts';

const browser = findBrowser();
/** Every byte takes a browser some twenty minutes; `STEP=1` does it. */
const STEP = Number(process.env['STEP'] ?? 307);
const PAGE = join(import.meta.dirname, '../../src/cases/bundle/page/verify.htm');

function hasEsbuild(): boolean {
  try {
    createRequire(import.meta.url).resolve('esbuild');
    return true;
  } catch {
    return false;
  }
}

test('the committed page is what its source says', {
  skip: !hasEsbuild() && 'esbuild is not installed',
}, async () => {
  const { buildVerifier } = await import('../../scripts/build-verifier.ts');
  assert.ok(readFileSync(PAGE, 'utf8') === buildVerifier(), 'run scripts/build-verifier.ts');
});

test('the page asks nothing of any server, and says everything in four languages', () => {
  const page = readFileSync(PAGE, 'utf8');
  assert.match(page, /Content-Security-Policy" content="default-src 'none';/);
  assert.doesNotMatch(page, /\b(src|href)="/, 'it names no other file');
  for (const language of LANGUAGES) {
    assert.deepEqual(Object.keys(WORDS[language]).sort(), Object.keys(WORDS.en).sort());
    assert.deepEqual(Object.keys(WORDS[language].names).sort(), Object.keys(WORDS.en.names).sort());
  }
});

test('checksums in the browser are those of zlib', () => {
  const bytes = Buffer.from(Array.from({ length: 1_000 }, (_, i) => (i * 7919) % 251));
  for (let end = 0; end < 70; end++) {
    const part = bytes.subarray(end, 1_000 - 3 * end);
    assert.equal(crc32(part, 0), zlibCrc32(part));
    assert.equal(crc32(part.subarray(end), crc32(part.subarray(0, end), 0)), zlibCrc32(part));
  }
});

test('a browser verifies a bundle offline, and detects what the command detects', {
  skip: !browser && 'no Chromium is installed',
}, async (t) => {
  const example = await exampleCase(t);
  const { registry, file, folder } = example;
  await addText(example, 'a.txt', 'see evil.example');
  await addFolder(example, 'box', { 'x.txt': 'worse' });
  await runMatch(registry, file, [ownSource(registry, 'evil.example')], SAID);
  const out = join(folder, 'case.zip');
  const made = await makeBundle(registry, file, out, { page: true });
  const small = join(folder, 'small.zip');
  await makeBundle(registry, file, small);
  assert.deepEqual(readFileSync(made.page!), readFileSync(PAGE), 'the page beside the bundle');

  const page = await openPage(browser!, made.page!, join(folder, 'profile'));
  t.after(() => page.close());
  const state = () => page.evaluate<string>(`document.getElementById('result').dataset.state`);
  const judge = async (path: string): Promise<string> => {
    // A browser does not notice that the same path is chosen again.
    await page.evaluate(
      `document.getElementById('file').value = ''; document.getElementById('result').dataset.state = 'waiting'`,
    );
    await page.chooseFile('file', path);
    for (;;) {
      const now = await state();
      if (now !== 'waiting' && now !== 'working') return now;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  await t.test('a bundle that nobody touched is valid, with the same checks', async () => {
    assert.equal(await judge(out), 'valid');
    const shown = await page.evaluate<string>(`document.getElementById('result').innerText`);
    assert.ok(shown.includes(registry.identity.kid) && shown.includes('Example'));
    assert.equal((await verifyBundle(out)).ok, true);
  });
  await t.test('in Arabic it is written from right to left', async () => {
    await page.evaluate(`document.querySelector('[data-language=ar]').click()`);
    assert.equal(await page.evaluate(`getComputedStyle(document.body).direction`), 'rtl');
    await page.evaluate(`document.querySelector('[data-language=en]').click()`);
  });
  await t.test('of another node than expected it is not valid', async () => {
    await page.evaluate(`document.getElementById('key').value = 'x'.repeat(43)`);
    assert.equal(await judge(out), 'invalid');
    await page.evaluate(`document.getElementById('key').value = ''`);
  });
  await t.test('files dropped, cut or of another kind are not valid', async () => {
    const whole = readFileSync(out);
    const others = [whole.subarray(0, -1), whole.subarray(100), Buffer.concat([whole, whole]), 'hello'];
    for (const [i, bytes] of others.entries()) {
      const copy = join(folder, `copy-${i}.zip`);
      writeFileSync(copy, bytes);
      assert.notEqual(await judge(copy), 'valid');
    }
  });
  await t.test('a flipped byte is found wherever it is', async () => {
    assert.equal(await judge(small), 'valid');
    const [length, unnoticed] = await page.evaluate<[number, number[]]>(`(async () => {
      const bytes = new Uint8Array(await document.getElementById('file').files[0].arrayBuffer());
      const unnoticed = [];
      for (let at = 0; at < bytes.length; at += ${STEP}) {
        bytes[at] ^= 1 << (at % 8);
        const verdict = await ententeVerify(new Blob([bytes]));
        if (verdict !== null && verdict.ok) unnoticed.push(at);
        bytes[at] ^= 1 << (at % 8);
      }
      return [bytes.length, unnoticed];
    })()`);
    assert.deepEqual(unnoticed, []);
    t.diagnostic(`${Math.ceil(length / STEP)} positions of ${length}`);
  });
});
