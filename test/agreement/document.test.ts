import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  AGREEMENT_BYTES_MAX,
  type Agreement,
  AgreementSchema,
  bindText,
  checkAgreement,
  clauseIssues,
  fillTemplate,
  parseAgreement,
  templatePlaceholders,
} from '../../src/agreement/index.ts';
import { isEntenteError } from '../../src/base/index.ts';
import { exampleAgreement, exampleText, VALUES } from './example.ts';

/** The example with one member changed; `undefined` takes it away. The text is bound anew, so that only the change is wrong. */
function changed(path: string, value: unknown): Record<string, unknown> {
  const copy = structuredClone(exampleAgreement()) as unknown as Record<string, unknown>;
  const steps = path.split('.');
  let target = copy;
  for (const step of steps.slice(0, -1)) target = target[step] as Record<string, unknown>;
  const last = steps.at(-1)!;
  if (value === undefined) delete target[last];
  else target[last] = value;
  return path.startsWith('text') ? copy : bindText(copy);
}

function issuesOf(json: unknown): string[] {
  return checkAgreement(json)
    .issues.filter((issue) => issue.severity !== 'warning')
    .map((issue) => `${issue.path}: ${issue.message}`);
}

test('the examples are agreements, and every clause of theirs is decidable', () => {
  for (const name of ['contribution-2021', 'contribution-2026']) {
    const agreement = exampleAgreement(name);
    assert.deepEqual(clauseIssues(agreement), []);
  }
});

/** One change of the example each, and what the message must say and where. */
const FAULTS: readonly [path: string, value: unknown, said: RegExp][] = [
  ['format', 'entente/agreement/9', /^format: must be "entente\/agreement\/1"/],
  ['id', 'agreement--1', /^id: "agreement--1" does not have the form of: identifier/],
  ['instrument', 'treaty', /^instrument: "treaty" is not one of: framework, data-exchange/],
  ['instrument', 'framework', /^flows: a framework permits no exchange by itself/],
  ['instrument', 'data-exchange', /^services: a data-exchange agreement grants no services/],
  ['instrument', 'annex', /^under: is missing: an annex names the agreement/],
  ['instrument', 'amendment', /^amends: is missing: an amendment names the version/],
  ['version', 2, /^version: must be 1; a later version is an amendment/],
  ['version', 'one', /^version: must be a whole number, not "one"/],
  ['title', '', /^title: is empty: title of the agreement/],
  ['title', undefined, /^title: is missing: title of the agreement/],
  ['secret', 'x', /^secret: is no field of an agreement here/],
  ['predecessor.agreement', VALUES.id, /^predecessor.agreement: an agreement cannot name itself/],
  ['parties', [], /^parties: needs at least 2/],
  ['parties.1.id', 'northlight', /^parties\[1\].id: "northlight" is used by two parties/],
  ['parties.0.roles', ['observer', 'recipient'], /^parties\[0\].roles: an observer neither contributes/],
  ['parties.0.nodes.0.kid', 'A'.repeat(43), /^parties\[0\].nodes\[0\].kid: is not the thumbprint/],
  ['parties.0.nodes.0', VALUES.interlink.node, /is the same key as/],
  [
    'parties.0.signatories.0.key.from',
    '2026-02-30T00:00:00Z',
    /signatories\[0\].key.from: "2026-02-30T00:00:00Z" (is no date|does not have the form)/,
  ],
  [
    'parties.0.contacts.0',
    { name: 'X', for: ['legal'], alwaysReachable: true },
    /contacts\[0\]: needs an e-mail address or a telephone number/,
  ],
  ['parties.0.dueDiligence.outcome', 'passed-with-conditions', /dueDiligence.conditions: is missing/],
  ['term.until', '2026-01-01T00:00:00Z', /^term.until: the end is not after the beginning/],
  [
    'term.until',
    '2026-02-29T00:00:00Z',
    /^term.until: "2026-02-29T00:00:00Z" (is no date|does not have the form)/,
  ],
  ['term.from', 'tomorrow', /^term.from: "tomorrow" does not have the form of: first instant in force/],
  ['term.renewal.months', 0, /^term.renewal: a renewal needs a length/],
  [
    'term.suspension.by',
    ['nobody'],
    /^term.suspension.by\[0\]: "nobody" is no party; parties are northlight, interlink/,
  ],
  ['flows.0.from', 'nobody', /^flows\[0\].from: "nobody" is no party/],
  ['flows.0.to', ['northlight'], /^flows\[0\].to\[0\]: a party cannot give to itself/],
  [
    'flows.0.tlp',
    'purple',
    /^flows\[0\].tlp: "purple" is not one of: clear, green, amber, amber\+strict, red/,
  ],
  ['flows.0.categories', [], /^flows\[0\].categories: needs at least 1/],
  ['flows.0.categories', ['samples', 'samples'], /^flows\[0\].categories: names something twice/],
  ['flows.0.onward', { mode: 'named' }, /^flows\[0\].onward.named: is given exactly when/],
  ['flows.0.evidenceUse', { code: 'H3' }, /^flows\[0\].evidenceUse.restriction: is given exactly when/],
  [
    'flows.0.retention',
    { days: 10, reviewDays: 20 },
    /^flows\[0\].retention.reviewDays: the review comes after/,
  ],
  ['flows.0.retention.days', 1e9, /^flows\[0\].retention.days: must be 3660 or less/],
  [
    'flows.0.countries',
    { only: ['FR'], except: ['FR'] },
    /^flows\[0\].countries: FR is both included and left out/,
  ],
  ['flows.0.routingOnly', 'no', /^flows\[0\].routingOnly: must be true or false, not "no"/],
  ['services.0.tools', ['X'], /^services\[0\].tools: only a service of the kind "tools" has this/],
  [
    'services.0.targets.1.priority',
    'urgent',
    /^services\[0\].targets\[1\].priority: "urgent" has two targets/,
  ],
  ['services.0.targets.0.resolveHours', 1, /^services\[0\].targets\[0\].resolveHours: is less than/],
  ['accountability.audit.by', ['x'], /^accountability.audit.by\[0\]: "x" is no party/],
  ['accountability.breachNoticeHours', 0, /^accountability.breachNoticeHours: must be 1 or more/],
  ['text.authentic', 'ar', /^text.languages.ar: is missing: the authentic text must be there/],
  ['text.languages.en.prose', 'other', /^text.languages.en.sha256: does not fit the prose/],
  ['text.languages.en.sha256', '0'.repeat(64), /^text.languages.en.sha256: does not fit the prose/],
  ['text.boundTo', '0'.repeat(64), /^text.boundTo: the prose was bound to other clauses/],
  ['text.languages.de', { sha256: '0'.repeat(64) }, /^text.languages.de: is no field/],
];

for (const [path, value, said] of FAULTS) {
  test(`refuses ${path} = ${JSON.stringify(value)?.slice(0, 40)} and says why`, () => {
    const issues = issuesOf(changed(path, value));
    assert.ok(
      issues.some((issue) => said.test(issue)),
      `expected ${said} among:\n${issues.join('\n')}`,
    );
    assert.throws(
      () => parseAgreement(changed(path, value)),
      (error) => isEntenteError(error) && error.code === 'agreement-invalid' && error.issues.length > 0,
    );
  });
}

test('a clause changed without reading the prose again is refused', () => {
  const agreement = structuredClone(exampleAgreement()) as Agreement;
  agreement.flows[0]!.tlp = 'red';
  assert.match(issuesOf(agreement).join(), /text.boundTo/);
});

test('reports many faults at once, and not without bound', () => {
  const agreement = structuredClone(exampleAgreement()) as unknown as Record<string, unknown>;
  agreement['flows'] = Array.from({ length: 150 }, () => ({ tlp: 'x' }));
  assert.equal(checkAgreement(agreement).issues.length, 50);
});

test('what is not an agreement at all is refused without a crash', () => {
  for (const json of [null, 1, 'x', [], {}, { agreement: {} }]) {
    assert.throws(() => parseAgreement(json), { code: 'agreement-invalid' });
  }
  let deep: unknown = 1;
  for (let i = 0; i < 100; i++) deep = [deep];
  assert.throws(() => parseAgreement(deep), { code: 'json-limit' });
  assert.throws(() => parseAgreement({ title: 'x'.repeat(AGREEMENT_BYTES_MAX) }), { code: 'input-limit' });
  assert.throws(() => parseAgreement({ title: '\ud800' }), { code: 'canonical-json' });
  assert.throws(() => parseAgreement({ n: Number.NaN }), { code: 'canonical-json' });
  assert.throws(() => parseAgreement(JSON.parse('{"__proto__": {"format": "entente/agreement/1"}}')), {
    code: 'agreement-invalid',
  });
});

test('a template names every placeholder that has no value', () => {
  assert.deepEqual(templatePlaceholders(exampleText()).sort(), [
    'from',
    'id',
    'interlink.node',
    'interlink.signatory',
    'northlight.node',
    'northlight.signatory',
    'until',
  ]);
  assert.throws(
    () => fillTemplate(exampleText(), { id: VALUES.id, from: 'x', northlight: VALUES.northlight }),
    (error) =>
      isEntenteError(error) &&
      /no value for \{\{interlink.node\}\} at parties\[1\].nodes\[0\]/.test(error.message) &&
      error.issues.length === 4,
  );
});

test('a template is YAML or JSON without aliases, and nothing else', () => {
  const json = JSON.stringify(exampleAgreement());
  assert.deepEqual(parseAgreement(fillTemplate(json)), exampleAgreement());
  for (const text of ['a: [', '- 1', 'x', 'a: &x 1\nb: *x', 'a: 1\na: 2', '']) {
    assert.throws(() => fillTemplate(text), { code: 'agreement-invalid' });
  }
});

test('the schema is plain JSON with a description of what each field decides', () => {
  const schema = JSON.parse(JSON.stringify(AgreementSchema)) as Record<string, unknown>;
  assert.equal(schema['$id'], 'entente/agreement');
  assert.equal(schema['additionalProperties'], false);
});
