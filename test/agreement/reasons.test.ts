/** Why a verdict is as it is, in the reader's language. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Agreement,
  compileAgreement,
  type DecidingClause,
  draftNotice,
  LANGUAGES,
  type Notice,
  parseDecidingClause,
  type Question,
  unsignedAsIfSigned,
  type Verdict,
} from '../../src/agreement/index.ts';
import {
  parseReason,
  REASON_WORDS,
  REASONS,
  type Reason,
  type ReasonKey,
  sayClause,
  sayReason,
} from '../../src/agreement/reasons/index.ts';
import { type Kind, VOCABULARY } from '../../src/agreement/reasons/reason.ts';
import { ACTS, OBJECT_ACTS } from '../../src/agreement/terms.ts';
import { DURING, exampleAgreement, UNTIL } from './example.ts';
import { fittingQuestion, Random, randomAgreement, randomQuestion } from './random.ts';

const say = (reason: Reason, language: (typeof LANGUAGES)[number]) =>
  sayReason(reason, REASON_WORDS[language]);
const marking = (ceiling: string, marked: string): Reason => ({
  key: 'marking',
  values: { ceiling, marked },
});

test('every language says every reason, with all of its values and no other', () => {
  for (const language of LANGUAGES) {
    const { sentences, names, units } = REASON_WORDS[language];
    assert.deepEqual(Object.keys(sentences).sort(), Object.keys(REASONS).sort(), language);
    for (const key of Object.keys(REASONS) as ReasonKey[]) {
      const said = [...sentences[key].matchAll(/\{(\w+)(?::(?:or|as-is))?\}/g)].map((match) => match[1]);
      assert.deepEqual([...new Set(said)].sort(), Object.keys(REASONS[key]).sort(), `${language} ${key}`);
      assert.doesNotMatch(
        sentences[key].replaceAll(/\{\w+(:(or|as-is))?\}/g, ''),
        /[{}]/,
        `${language} ${key}`,
      );
    }
    const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    // Of none, Arabic says what it says of a hundred.
    for (const [unit, counted] of Object.entries(units))
      assert.deepEqual(
        forms.filter((form) => form !== 'zero' && !(form in counted)),
        [],
        `${language} ${unit}`,
      );
    if (language === 'en') continue;
    for (const [kind, words] of Object.entries(VOCABULARY))
      for (const word of words)
        assert.ok(
          names[`${kind}-${word}`] ?? names[word],
          `${language} has no name for the ${kind} "${word}"`,
        );
  }
});

test('a reader sees the values, counted and joined as the language does', () => {
  const quota: Reason = { key: 'quota', values: { quota: '12 requests', per: 'month', used: 11 } };
  const purposes: Reason = {
    key: 'purposes',
    values: { agreed: ['research', 'training', 'takedown'], asked: 'prosecution' },
  };
  const countries: Reason = { key: 'countries-only', values: { only: ['FR', 'EG'], found: ['KE'] } };
  assert.deepEqual(
    [marking('TLP:GREEN', 'TLP:RED'), quota, purposes, countries].map((reason) => say(reason, 'en')),
    [
      'TLP:GREEN is the highest marking that may cross; this is TLP:RED',
      '12 requests a month are agreed, and 11 are used',
      'it may be used for research, training and takedown; not for prosecution',
      'it must concern FR or EG only; this concerns KE',
    ],
  );
  assert.deepEqual(
    [marking('TLP:GREEN', 'TLP:RED'), quota, purposes, countries].map((reason) => say(reason, 'fr')),
    [
      'le marquage ne peut dépasser TLP:GREEN ; cet objet porte TLP:RED',
      'quota convenu : 12 demandes par mois ; déjà utilisé : 11',
      'finalités convenues : recherche, formation et mise hors service ; la finalité « poursuites » n’en fait pas partie',
      'seul peut être transmis ce qui concerne : France ou Égypte ; cet objet concerne : Kenya',
    ],
  );
  assert.equal(say(countries, 'es').includes('Francia o Egipto'), true);
  const days = (count: number) => say({ key: 'open-cases', values: { days: count } }, 'ar').split('خلال ')[1];
  assert.deepEqual([1, 2, 5, 30, 100].map(days), ['يوم واحد', 'يومين', '5 أيام', '30 يومًا', '100 يوم']);
  assert.match(say(marking('TLP:GREEN', 'TLP:RED'), 'ar'), /\u2068TLP:GREEN\u2069.*\u2068TLP:RED\u2069/);
});

type Said = Pick<DecidingClause, 'words' | 'reason'>;

/** What a verdict says: the clauses that decided, what would change it, what follows from it. */
function* saidBy({ clauses, toAllow = [], remedies = [], obligations = [] }: Verdict): Generator<Said> {
  assert.equal(remedies.length, toAllow.length);
  yield* clauses;
  yield* obligations;
  for (const [i, words] of toAllow.entries()) yield { words, reason: remedies[i]! };
}

/** Over agreements and questions that reach what they can. */
function* decided(): Generator<Said> {
  const random = new Random(7);
  for (let i = 0; i < 40; i++) {
    const agreement = randomAgreement(random);
    const decider = compileAgreement(unsignedAsIfSigned(agreement));
    for (let k = 0; k < 12; k++) {
      yield* saidBy(decider.decide(randomQuestion(random)));
      yield* saidBy(decider.decide(fittingQuestion(random, random.one(agreement.flows))));
    }
  }
  yield* ofServicesAndLife(exampleAgreement());
}

function* ofServicesAndLife(agreement: Agreement): Generator<Said> {
  const decider = compileAgreement(unsignedAsIfSigned(agreement));
  const [one, other] = agreement.parties.map(({ id }) => id) as [string, string];
  const ask = (question: Partial<Question>, notices: readonly Notice[] = []) =>
    saidBy(
      decider.decide(
        { act: 'audit', from: one, to: other, purpose: 'investigation', at: DURING, ...question },
        notices,
      ),
    );
  // Acts on objects are asked above.
  for (const act of ACTS.filter((one) => !OBJECT_ACTS.has(one)))
    for (const [from, to] of [
      [one, other],
      [other, one],
      [one, 'nobody'],
    ] as const)
      for (const more of [
        {},
        { used: 1_000_000, tool: 'Saw', level: 'instructor' },
        { priority: 'urgent' },
        { purpose: 'research' },
        { logs: 'all' },
      ] as const)
        yield* ask({ act, from, to, ...more });
  const notice = (kind: 'suspend' | 'terminate') =>
    draftNotice(agreement, {
      kind,
      party: one,
      at: '2027-01-01T00:00:00Z',
      reason: 'because',
      ...(kind === 'terminate' ? { ground: 'breach' as const } : {}),
    });
  yield* ask({}, [notice('suspend')]);
  yield* ask({}, [notice('terminate')]);
  yield* ask({ at: UNTIL });
  yield* ask({ at: '2020-01-01T00:00:00Z' });
  yield* ask({ node: 'no such key' });
}

test('every clause that decides says its values in every language', () => {
  const seen = new Set<ReasonKey>();
  for (const clause of decided()) {
    const { reason, words } = clause;
    assert.ok(reason, `no reason: ${words}`);
    assert.equal(say(reason, 'en'), words);
    // As it is after being recorded, or sent.
    assert.deepEqual(parseReason(JSON.parse(JSON.stringify(reason))), reason);
    seen.add(reason.key);
    const kinds: Readonly<Record<string, Kind>> = REASONS[reason.key];
    const data = Object.entries(reason.values as Readonly<Record<string, unknown>>)
      .filter(([name]) => kinds[name]!.startsWith('text'))
      .flatMap(([, value]) => value as string | string[]);
    for (const language of LANGUAGES) {
      const said = say(reason, language);
      assert.doesNotMatch(said, /undefined|null|[{}]/, `${language} ${reason.key}`);
      for (const text of data)
        assert.ok(said.includes(text), `${language} ${reason.key}: ${text} is not in: ${said}`);
      if (language !== 'en') assert.notEqual(said, words, `${language} ${reason.key}`);
    }
  }
  assert.ok(seen.size >= 70, `${seen.size} reasons: ${[...seen].join(', ')}`);
});

test('a reason that is not known, or odd, leaves the words that came with it', () => {
  const words = 'as the peer says';
  const odd: unknown[] = [
    null,
    'marking',
    [],
    {},
    { key: 'marking' },
    { key: 'marking', values: null },
    { key: 'marking', values: { ceiling: 'TLP:RED' } },
    { key: 'marking', values: { ceiling: 'TLP:RED', marked: 7 } },
    { key: 'marking', values: { ceiling: 'TLP:RED', marked: 'x'.repeat(2_001) } },
    { key: 'of-tomorrow', values: {} },
    { key: 'constructor', values: {} },
    { key: '__proto__', values: {} },
    { key: 'purposes', values: { agreed: ['toString'], asked: 'research' } },
    { key: 'purposes', values: { agreed: 'research', asked: 'research' } },
    { key: 'countries-except', values: { except: ['France'] } },
    { key: 'countries-except', values: { except: Array(301).fill('FR') } },
    { key: 'audit-notice', values: { days: -1 } },
    { key: 'audit-notice', values: { days: 1e300 } },
    { key: 'quota', values: { quota: `${'9'.repeat(400)} requests`, per: 'day', used: 1 } },
    { key: 'quota', values: { quota: '3 wishes', per: 'day', used: 1 } },
  ];
  for (const reason of odd) {
    assert.equal(parseReason(reason), null, JSON.stringify(reason)?.slice(0, 100));
    for (const language of LANGUAGES)
      assert.equal(sayClause({ words, reason }, REASON_WORDS[language]), words);
  }
  assert.deepEqual(
    parseDecidingClause({ path: 'p'.repeat(300), words, effect: 'maybe', reason: odd, more: 1 }),
    {
      path: 'p'.repeat(200),
      words,
      effect: 'deny',
    },
  );
  for (const none of [null, 7, 'x', [], {}, { path: 7, words }, { path: 'flows' }])
    assert.equal(parseDecidingClause(none), null);
  // What is more than the sentence needs is not kept, and a text that looks like a place for a value is text.
  const more = parseReason({
    key: 'no-party',
    values: { party: '{reason} $& {party}', extra: 'x'.repeat(9_000) },
  });
  assert.deepEqual(more, { key: 'no-party', values: { party: '{reason} $& {party}' } });
  assert.equal(say(more!, 'fr'), '« {reason} $& {party} » n’est pas partie à l’accord');
});
