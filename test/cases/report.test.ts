import assert from 'node:assert/strict';
import { test } from 'node:test';
import { REPORT_LANGUAGES, WORDS } from '../../src/cases/bundle/report/words/index.ts';
import { verifyBundle } from '../../src/cases/index.ts';
import { membersOf } from './bundle-members.ts';
import { caseOfEverything } from './case-of-everything.ts';

test('a bundle has a report in Arabic, English, French and Spanish that says what it holds, and what not', async (t) => {
  const { bundle, registry } = await caseOfEverything(t);
  assert.equal((await verifyBundle(bundle)).ok, true);
  const members = new Map(
    (await membersOf(bundle)).map(({ name, bytes }) => [name, Buffer.from(bytes).toString()]),
  );
  assert.deepEqual(
    [...members.keys()].filter((name) => name.startsWith('data/report/')),
    REPORT_LANGUAGES.map((language) => `data/report/${language}.html`),
  );
  for (const language of REPORT_LANGUAGES) {
    const page = members.get(`data/report/${language}.html`)!;
    const t = WORDS[language];
    assert.match(page, new RegExp(`<html lang="${language}" dir="${language === 'ar' ? 'rtl' : 'ltr'}">`));
    for (const word of [
      'exhibits',
      'custody',
      'runs',
      'findings',
      'withheld',
      'event-receive',
      'event-analyse',
    ] as const)
      assert.ok(page.includes(t[word]), `${language} ${word}`);
    for (const said of [
      'warrant 12/2026',
      'B-77, whole',
      'NTP, within 20 ms',
      'not to be copied',
      'B. Person, CERT of Arvenia',
    ])
      assert.ok(page.includes(said), `${language}: ${said}`);
    assert.ok(page.includes(registry.identity.kid));
    assert.ok(page.includes('evil.example'));
    // What people called their files is text.
    assert.equal(page.includes('<script'), false);
    assert.ok(page.includes('&lt;script&gt;'));
    assert.ok(page.includes('privileged &lt;b&gt;'));
    assert.equal(page.includes('secret.txt'), false, 'what is withheld is not named');
    assert.match(page, /default-src 'none'/);
    assert.doesNotMatch(page, /(src|href)=/);
    assert.equal(/undefined|\[object/.test(page), false);
  }
});

test('every language of the report has every word, and none is left in another language', () => {
  for (const language of REPORT_LANGUAGES) {
    assert.deepEqual(Object.keys(WORDS[language]).sort(), Object.keys(WORDS.en).sort());
    const same = Object.entries(WORDS[language]).filter(
      ([key, word]) => WORDS.en[key as keyof typeof WORDS.en] === word,
    );
    if (language === 'ar') assert.deepEqual(same, []);
    else if (language !== 'en') assert.ok(same.length < 5, `${language}: ${same}`);
  }
});
