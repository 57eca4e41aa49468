import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exportHtml, exportIep, exportOdrl, exportStixMarkings } from '../../src/agreement/exports/index.ts';
import { WORDS } from '../../src/agreement/exports/words/index.ts';
import {
  type Agreement,
  bindText,
  checkAgreement,
  clauseIssues,
  fillTemplate,
  LANGUAGES,
  parseAgreement,
  templatePlaceholders,
  verifyAgreement,
} from '../../src/agreement/index.ts';
import { TEMPLATES } from '../../src/agreement/templates/index.ts';
import { exampleAgreement, SIGNED_AT, sign, VALUES } from './example.ts';

const agreement = exampleAgreement();
const markup = structuredClone(agreement) as Agreement;
markup.title = '<script>alert("x")</script>';
markup.flows[0]!.title = 'a & b "c"';
const hostile = bindText(markup);

test('a page in each language names every clause, and reads from the right in Arabic', () => {
  for (const language of LANGUAGES) {
    const { document, notExpressed } = exportHtml(agreement, language);
    assert.match(
      document,
      new RegExp(`<html lang="${language}" dir="${language === 'ar' ? 'rtl' : 'ltr'}">`),
    );
    for (const path of [
      'parties[0]',
      'parties[1]',
      'term.atEnd',
      'flows[0]',
      'flows[3]',
      'services[4]',
      'accountability',
    ]) {
      assert.ok(document.includes(`>${path}<`), `${language}: ${path}`);
    }
    assert.ok(document.includes(WORDS[language].contribution));
    assert.ok(!document.includes('undefined') && !document.includes('[object'), language);
    assert.equal(notExpressed.length, 2);
    assert.equal(document.includes('→'), language !== 'ar', 'arrows point the way that is read');
    assert.equal(document.includes('←'), language === 'ar');
  }
  assert.ok(exportHtml(agreement, 'fr').document.includes('Deuxième accord'));
  assert.ok(exportHtml(agreement, 'es').document.includes('sigue el texto auténtico'));
});

test('numbers have the plural of their language', () => {
  const long = (days: number) => {
    const edited = structuredClone(agreement) as Agreement;
    edited.term.notice.days = days;
    edited.term.renewal = { mode: 'by-agreement', months: 60, times: 1, noticeDays: days };
    return bindText(edited);
  };
  const says = (days: number, language: 'ar' | 'en' | 'fr' | 'es', words: string) =>
    assert.match(exportHtml(long(days), language).document, new RegExp(`>${words.replace(' ', '\\s')}<`));
  says(1, 'en', '1 day');
  says(180, 'en', '180 days');
  says(1, 'fr', '1 jour');
  says(90, 'es', '90 días');
  says(3, 'ar', '3 أيام');
  says(180, 'ar', '180 يومًا');
});

test('words in an agreement cannot become markup, and the page runs nothing', () => {
  const { document } = exportHtml(hostile, 'en');
  assert.ok(!document.includes('<script'));
  assert.ok(document.includes('&lt;script&gt;') && document.includes('a &amp; b &quot;c&quot;'));
  assert.ok(!/\bsrc=|\bhref=|https?:/.test(document));
});

test('the page says who signed', async () => {
  const report = await verifyAgreement(await sign(agreement, ['northlight']));
  const { document } = exportHtml(agreement, 'en', report);
  assert.ok(document.includes(SIGNED_AT));
  assert.equal(document.split('not signed').length - 1, 1);
});

test('the four languages have words for the same things, each its own', () => {
  const keys = Object.keys(WORDS.en).sort();
  for (const language of LANGUAGES) {
    assert.deepEqual(Object.keys(WORDS[language]).sort(), keys);
    for (const [key, word] of Object.entries(WORDS[language]))
      assert.ok(word.length > 0, `${language} ${key}`);
    if (language === 'en') continue;
    const same = keys.filter(
      (key) => WORDS[language][key as keyof typeof WORDS.en] === WORDS.en[key as keyof typeof WORDS.en],
    );
    assert.ok(same.length < (language === 'ar' ? 1 : 20), `${language}: ${same.join(', ')}`);
  }
});

test('IEP 2.0: a policy for each flow, and a list of what IEP cannot say', () => {
  const { document, notExpressed } = exportIep(agreement);
  assert.equal(document.length, agreement.flows.length);
  const { id, name, description, ...policy } = document[0]!;
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.match(name + description, /Indicators of cybercrime.*flows\[0\]/);
  assert.deepEqual(policy, {
    iep_version: 2,
    start_date: '2026-12-01T00:00:00.000Z',
    end_date: '2031-12-01T00:00:00.000Z',
    encrypt_in_transit: 'must',
    permitted_actions: 'externally-visible-indirect-actions',
    affected_party_notifications: 'must-not',
    tlp: 'amber',
    attribution: 'must-not',
    unmodified_resale: 'must-not',
    external_references: [],
  });
  assert.equal(document[2]!.affected_party_notifications, 'may');
  for (const lost of ['flows[2].tlp', 'flows[0].attribution', 'services', 'term', 'flows[2].routingOnly']) {
    assert.ok(
      notExpressed.some((words) => words.startsWith(lost)),
      lost,
    );
  }
});

test('ODRL 2.2: permissions, prohibitions and duties in ODRL’s own words', () => {
  const { document, notExpressed } = exportOdrl(agreement);
  assert.equal(document['@type'], 'Agreement');
  assert.equal(document.permission.length, 7, 'a use for each flow, and three that may be shared');
  assert.deepEqual(
    document.prohibition.map(({ target }) => target.split('#')[1]),
    ['flows-3'],
  );
  const [use, share] = document.permission;
  assert.deepEqual(
    use!.duty!.map(({ action }) => action),
    ['delete', 'reviewPolicy'],
  );
  assert.deepEqual(share!.constraint!.at(-1), {
    leftOperand: 'recipient',
    operator: 'isAnyOf',
    rightOperand: ['Police of Arvenia', 'Police of Belmar', 'Police of Corvia'],
  });
  const words = 'use distribute delete reviewPolicy obtainConsent anonymize'.split(' ');
  for (const rule of [...document.permission, ...document.prohibition]) {
    for (const action of [rule.action, ...(rule.duty ?? []).map((duty) => duty.action)])
      assert.ok(words.includes(action), action);
  }
  assert.ok(notExpressed.some((text) => text.includes('markings')));
});

test('STIX: marking definitions that name agreement and clause', () => {
  const { document } = exportStixMarkings(agreement);
  assert.equal(document.objects.length, 2 * agreement.flows.length);
  for (const object of document.objects) {
    assert.equal(object['type'], 'marking-definition');
    assert.match(String(object['id']), /^marking-definition--[0-9a-f-]{36}$/);
    assert.ok('definition' in object !== 'extensions' in object);
  }
  assert.match(JSON.stringify(document.objects[0]), /agreement--0f8fad5b.*version 1, flows\[0\]/);
});

test('exports are the same bytes every time, and others for another version', () => {
  for (const run of [exportIep, exportOdrl, exportStixMarkings, (one: Agreement) => exportHtml(one, 'en')]) {
    assert.equal(JSON.stringify(run(agreement)), JSON.stringify(run(exampleAgreement())));
    assert.notEqual(JSON.stringify(run(agreement)), JSON.stringify(run(hostile)));
  }
});

test('every template becomes an agreement once its places are filled in', () => {
  const person = {
    'signatory-name': 'A B',
    'signatory-title': 'Director',
    'signatory-authority': 'Statutes',
  };
  const values = {
    id: VALUES.id,
    from: VALUES.from,
    until: VALUES.until,
    contributor: { ...VALUES.northlight, ...person, name: 'Northlight' },
    recipient: { ...VALUES.interlink, ...person, name: 'Interlink' },
  };
  for (const [name, template] of Object.entries(TEMPLATES)) {
    assert.throws(() => fillTemplate(template), /no value for \{\{contributor.signatory-name\}\}/);
    assert.ok(templatePlaceholders(template).length >= 13);
    const draft = parseAgreement(fillTemplate(template, values), name);
    assert.equal(draft.instrument, name);
    assert.deepEqual(clauseIssues(draft), []);
    assert.deepEqual(
      checkAgreement(draft).issues.filter(({ severity }) => severity !== 'warning'),
      [],
    );
  }
});
