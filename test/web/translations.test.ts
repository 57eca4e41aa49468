/** Nothing that people read lacks a translation, and every message follows the plural rules of its language. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { IntlMessageFormat } from 'intl-messageformat';
import {
  CATEGORIES,
  ONWARD_MODES,
  PERSONAL_DATA_CLASSES,
  PURPOSES,
  SERVICE_KINDS,
} from '../../src/agreement/terms.ts';
import { CATALOGUE } from '../../src/base/errors.ts';
import { CUSTODY_EVENT_TYPES } from '../../src/cases/custody-event.ts';
import { FINDING_MARKS } from '../../src/cases/finding-notes.ts';
import { REQUEST_STATES } from '../../src/desk/requests/state.ts';
import { CLOSE_OUTCOMES, DECLINE_REASONS, REQUEST_KINDS } from '../../src/desk/requests/step.ts';
import { REASONS } from '../../src/geography/placement.ts';
import { LEAF_KINDS } from '../../src/ledger/leaf-kinds.ts';
import { KINDS } from '../../src/match/kinds.ts';
import { OUTCOME_KINDS } from '../../src/operations/outcomes.ts';
import {
  INFORMATION_GRADES,
  MARKS,
  ROLES as PARTY_ROLES,
  QUEUES,
  ROOMS,
  SOURCE_GRADES,
} from '../../src/operations/vocabulary.ts';
import { ROLES } from '../../src/server/index.ts';
import { WORK_KINDS } from '../../src/server/work.ts';

const SRC = resolve(import.meta.dirname, '../../web/src');
const LANGUAGES = ['en', 'ar', 'fr', 'es'] as const;
/** Of the parser's kinds of parts, text. */
const LITERAL = 0;
type Strings = Readonly<Record<string, string>>;
const read = (path: string) => JSON.parse(readFileSync(join(SRC, `i18n/${path}.json`), 'utf8')) as Strings;
const strings = Object.fromEntries(
  LANGUAGES.map((language) => [language, { ...read(language), ...read(`first/${language}`) }]),
) as Record<(typeof LANGUAGES)[number], Strings>;

const sources = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.tsx?$/.test(path) && !path.endsWith('api/routes.ts'))
  .map((path) => ({ path, text: readFileSync(join(SRC, path), 'utf8') }));

/** Keys that are made of a prefix and a word of the node's closed lists. */
const FAMILIES: Readonly<Record<string, readonly string[]>> = {
  roles: ROLES,
  leaf: Object.keys(LEAF_KINDS),
  custody: CUSTODY_EVENT_TYPES,
  outcome: OUTCOME_KINDS,
  category: CATEGORIES,
  personal: PERSONAL_DATA_CLASSES,
  purpose: PURPOSES,
  onward: ONWARD_MODES,
  service: SERVICE_KINDS,
  work: WORK_KINDS,
  kind: KINDS,
  'finding.mark': FINDING_MARKS,
  'operation.mark': MARKS,
  'operation.queue': QUEUES,
  'operation.room': ROOMS,
  'operation.role': PARTY_ROLES,
  'operation.ground': REASONS,
  'grade.source': SOURCE_GRADES,
  'grade.information': INFORMATION_GRADES,
  'desk.state': REQUEST_STATES,
  'desk.kind': REQUEST_KINDS,
  'desk.reason': DECLINE_REASONS,
  'desk.outcome': CLOSE_OUTCOMES,
  problem: Object.keys(CATALOGUE),
  'problem.do': Object.keys(CATALOGUE),
  verdict: ['allow', 'deny', 'ask'],
  state: ['draft', 'proposed', 'in-force', 'suspended', 'expired', 'terminated', 'succeeded'],
};

test('all languages have the same messages', () => {
  for (const language of LANGUAGES)
    assert.deepEqual(Object.keys(strings[language]).sort(), Object.keys(strings.en).sort(), language);
});

test('the first page says only what is loaded with it, and nothing is said in both files', () => {
  const first = read('first/en');
  assert.deepEqual(
    Object.keys(read('en')).filter((key) => key in first),
    [],
  );
  const families = new Set(Object.keys(first).map((key) => key.split('.')[0]));
  const reached = new Set<string>();
  const walk = (path: string) => {
    const source = sources.find((one) => one.path === path);
    if (!source || reached.has(path)) return;
    reached.add(path);
    // A type is no part of the page.
    for (const [, near] of source.text.matchAll(/^(?:import|export) (?!type )[^;]*?from '(\.[^']+)'/gms))
      walk(join(dirname(path), near!));
  };
  walk('main.tsx');
  walk('rooms/today.tsx');
  assert.ok(reached.has('shell/work-menu.tsx'));
  const lacking = sources
    .filter(({ path }) => reached.has(path))
    .flatMap(({ path, text }) =>
      [
        ...[...text.matchAll(/\bt\(\s*'([^']+)'/g)].filter((match) => !(match[1]! in first)),
        ...[...text.matchAll(/\bt\(\s*`([a-z]+)\./g)].filter((match) => !families.has(match[1]!)),
      ].map((match) => `${path}: ${match[1]}`),
    );
  assert.deepEqual(lacking, []);
});

test('every message that the pages ask for is there', () => {
  const missing = sources.flatMap(({ path, text }) =>
    [...text.matchAll(/\bt\(\s*'([^']+)'/g)]
      .map((match) => match[1]!)
      .filter((key) => !(key in strings.en))
      .map((key) => `${path}: ${key}`),
  );
  assert.deepEqual(missing, []);
});

test('every word of the node’s closed lists has one', () => {
  const missing = Object.entries(FAMILIES).flatMap(([family, words]) =>
    words.map((word) => `${family}.${word}`).filter((key) => !(key in strings.en)),
  );
  assert.deepEqual(missing, []);
});

test('no text stands in a page by itself', () => {
  const NAMES = /^(?:Entente|Promise|SHA-256|Ctrl K|TLP:|entente [a-z ]+)$/;
  const pages = sources.filter(({ path }) => path.endsWith('.tsx'));
  const found = pages.flatMap(({ path, text }) =>
    [...text.matchAll(/>\s*([^<>{}=;()]*\p{L}{2,}[^<>{}=;()]*)\s*</gu)]
      .map((match) => match[1]!.replaceAll('&nbsp;', '').trim())
      .filter((words) => !NAMES.test(words) && !words.includes('=>'))
      .map((words) => `${path}: ${words}`),
  );
  assert.deepEqual(found, []);
});

test('each message says every plural form that its language has, and no other variable than the English', () => {
  for (const language of LANGUAGES) {
    const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    for (const [key, message] of Object.entries(strings[language])) {
      const variables = (text: string) => {
        const names = new Set<string>();
        const walk = (parts: ReturnType<IntlMessageFormat['getAst']>) => {
          for (const part of parts) {
            if ('value' in part && part.type !== LITERAL) names.add(String(part.value));
            if (!('pluralType' in part)) continue;
            const said = Object.keys(part.options);
            const lacking = forms.filter((form) => !said.includes(form));
            if (text === message) assert.deepEqual(lacking, [], `${language} ${key}`);
            for (const { value } of Object.values(part.options)) walk(value);
          }
        };
        walk(new IntlMessageFormat(text, language).getAst());
        return [...names].sort();
      };
      assert.deepEqual(variables(message), variables(strings.en[key]!), `${language} ${key}`);
    }
  }
});

test('every place in an agreement that can decide has words in each language', () => {
  const sources = (folder: string) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .map((path) => [path, readFileSync(join(folder, path), 'utf8')] as const);
  const engine = Object.fromEntries(sources(resolve(import.meta.dirname, '../../src/agreement')));
  const desk = sources(resolve(import.meta.dirname, '../../src/desk')).map(([, text]) => text);
  const all = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map((match) => match[1]!);
  const places = [
    ...all(engine['flow-clauses.ts']!, /restrict\(\s*'([\w.]+)'/g).map((field) => `flows[0].${field}`),
    ...all(engine['service-clauses.ts']!, /restrict\(\s*`\$\{path\}\.([\w.]+)`/g).map(
      (field) => `services[0].${field}`,
    ),
    ...all(engine['lifecycle.ts']!, /path: '([\w.]+)'/g),
    ...all(engine['gate.ts']!, /pass\(\s*'(\w+)'/g).map((field) => `term.atEnd.${field}`),
    ...all(engine['service-clauses.ts']!, /'(accountability\.[\w.]+)'/g),
    ...desk.flatMap((text) => all(text, /denied\(\s*'([\w.]+)'/g)),
    ...[
      'notice.suspend',
      'notice.terminate',
      'notice.revoke-key',
      'recall',
      'agreements',
      'flows',
      'services',
    ],
    ...['parties', 'parties[0].kind', 'parties[0].roles', 'parties[0].contacts', 'parties[0].nodes'],
    'parties[0].dueDiligence.outcome',
  ];
  assert.ok(places.length > 50, `${places.length} places`);
  const lacking = places.filter((path) => {
    const key = `because.${path.replaceAll(/\[\d+\]/g, '')}`;
    return !(key in strings.en) && !(key.replace(/\.outcome$/, '') in strings.en);
  });
  assert.deepEqual(lacking, []);
});

test('what a parser or a scan could not read has words for its code in each language', () => {
  const folders = ['forensics', 'cases'].map((room) => resolve(import.meta.dirname, `../../src/${room}`));
  const codes = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .flatMap((path) => {
        const text = readFileSync(join(folder, path), 'utf8');
        return [...text.matchAll(/\.(?:warn|error)\(\s*'([a-z]+-?[a-z-]*)'/g)].map((match) => match[1]!);
      }),
  );
  assert.ok(codes.length > 40, `${codes.length} codes`);
  assert.deepEqual([...new Set(codes)].filter((code) => !(`issue.${code}` in strings.en)).sort(), []);
});
