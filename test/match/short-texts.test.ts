import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareCuts, compareShortTexts, SHORT_TEXTS } from './short-texts.ts';

for (const [name, texts] of Object.entries(SHORT_TEXTS)) {
  test(`${name}: both engines find the same in every text of four pieces`, async () => {
    const { matches, differences } = await compareShortTexts(texts, 4);
    assert.deepEqual(differences, []);
    assert.ok(matches > 0);
  });

  test(`${name}: at the end of a window and cut anywhere, every text of two pieces gives the same`, async () => {
    const { matches, differences } = await compareCuts(texts, 2);
    assert.deepEqual(differences, []);
    assert.ok(matches > 0);
  });
}
