/**
 * Mutation: with any one policy taken out, at least one verdict of a fixed battery of questions becomes different. A clause whose
 * check could be dropped unnoticed would be a promise that no test keeps.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Agreement,
  bindText,
  clauseIssues,
  draftNotice,
  type Flow,
  type Question,
  strictest,
  unsignedAsIfSigned,
} from '../../src/agreement/index.ts';
import { allGroups, type ClauseGroups, compileClauses } from '../../src/agreement/policies.ts';
import { openDecider } from '../../src/agreement/verdict.ts';
import { DURING, exampleAgreement } from './example.ts';
import { fittingQuestion, Random } from './random.ts';

/** Flows for every kind of restriction, each otherwise as open as can be, so that it alone decides. */
function openFlow(category: Flow['categories'][number], fields: Partial<Flow>): Flow {
  return {
    title: category,
    from: 'northlight',
    to: ['interlink'],
    categories: [category],
    personalData: ['none', 'contact', 'suspect', 'victim'],
    tlp: 'amber',
    pap: 'green',
    purposes: ['investigation', 'routing'],
    legalBasis: [{ reference: 'Law', covers: ['contact', 'suspect'] }],
    countries: {},
    excludedMatters: [],
    onward: { mode: 'members' },
    evidenceUse: { code: 'H0' },
    attribution: 'named',
    retention: { days: 1000, reviewDays: 100 },
    routingOnly: false,
    ...fields,
  };
}

function batteryAgreement(): Agreement {
  const draft = structuredClone(exampleAgreement());
  draft.parties[1]!.kind = 'company';
  draft.flows = [
    openFlow('network-indicators', { countries: { only: ['FR'] } }),
    openFlow('file-indicators', { countries: { except: ['EG'] }, attribution: 'anonymous' }),
    openFlow('samples', { operations: ['Op A'], onward: { mode: 'ask' }, attribution: 'ask' }),
    openFlow('reports', {
      excludedMatters: ['political'],
      onward: { mode: 'named', named: ['Europol'] },
      evidenceUse: { code: 'H1' },
    }),
    openFlow('victims', { routingOnly: true, evidenceUse: { code: 'H2' } }),
    openFlow('personal-data', { evidenceUse: { code: 'H3', restriction: 'no' }, onward: { mode: 'none' } }),
    openFlow('case-data', {}),
  ];
  draft.parties[0]!.contacts = [];
  return bindText(draft);
}

const agreement = batteryAgreement();

const SERVICE = { from: 'northlight', to: 'interlink', at: DURING, purpose: 'investigation' } as const;

/** Questions near each flow, by its path. */
const FLOW_BATTERY: ReadonlyMap<string, readonly Question[]> = (() => {
  const random = new Random(11);
  return new Map(
    agreement.flows.map((flow, i) => [
      `flows[${i}]`,
      Array.from({ length: 400 }, () => fittingQuestion(random, flow)),
    ]),
  );
})();

const SERVICE_BATTERY: readonly Question[] = [
  ...(
    ['expert-seat', 'tool-seat', 'training-place', 'support', 'intelligence-request', 'free-look-up'] as const
  ).flatMap((act): Question[] => {
    const purpose = act === 'training-place' ? 'training' : 'investigation';
    const fits = {
      ...SERVICE,
      act,
      purpose,
      clearance: 'secret',
      tool: 'Northlight Unpacker',
      level: 'introductory',
    } as const;
    return [
      fits,
      { ...fits, from: 'interlink', to: 'northlight' },
      { ...fits, purpose: 'prosecution' },
      { ...fits, used: 1_000 },
      { ...fits, unit: 'days' },
      { ...fits, unit: 'seats' },
      { ...fits, clearance: 'none' },
      { ...fits, tool: 'Other' },
      { ...fits, level: 'instructor' },
      { ...fits, priority: 'urgent' },
    ];
  }),
  { ...SERVICE, act: 'audit', announcedAt: '2027-05-31T00:00:00Z' },
  { ...SERVICE, act: 'audit', announcedAt: '2027-01-31T00:00:00Z' },
  { ...SERVICE, act: 'log-access', logs: 'own' },
  { ...SERVICE, act: 'log-access', logs: 'all' },
  { ...SERVICE, act: 'publish-counts' },
];

function outcomes(groups: ClauseGroups, questions: readonly Question[]): string[] {
  const decider = openDecider(unsignedAsIfSigned(agreement), groups);
  return questions.map((question) => {
    const { verdict, clauses } = decider.decide(question);
    return `${verdict} ${clauses.map(({ path, effect }) => `${path}:${effect}`).join(' ')}`;
  });
}

test('the agreement of the battery is decidable', () => {
  assert.deepEqual(clauseIssues(agreement), []);
});

test('no clause can be taken out unnoticed', () => {
  const whole = compileClauses(agreement);
  const survivors: string[] = [];
  let verdictsChanged = 0;
  for (const group of allGroups(whole)) {
    const questions = FLOW_BATTERY.get(group.path) ?? SERVICE_BATTERY;
    const before = outcomes(whole, questions);
    group.clauses.forEach((clause, index) => {
      const without = <G extends { path: string }>(other: G): G =>
        other.path === group.path
          ? { ...other, clauses: group.clauses.filter((_, i) => i !== index) }
          : other;
      const mutated: ClauseGroups = {
        flows: whole.flows.map(without),
        services: whole.services.map(without),
        accountability: {
          audit: without(whole.accountability.audit),
          'log-access': without(whole.accountability['log-access']),
          'publish-counts': without(whole.accountability['publish-counts']),
        },
      };
      const after = outcomes(mutated, questions);
      const changed = after.findIndex((outcome, i) => outcome !== before[i]);
      if (changed < 0) survivors.push(`${group.path}: ${clause.path} ${clause.when}`);
      if (after.some((outcome, i) => outcome.split(' ')[0] !== before[i]!.split(' ')[0])) verdictsChanged++;
    });
  }
  assert.deepEqual(survivors, []);
  const total = allGroups(whole).reduce((sum, { clauses }) => sum + clauses.length, 0);
  assert.ok(
    verdictsChanged > total * 0.8,
    `${verdictsChanged} of ${total} change a verdict itself, the others a cited clause`,
  );
});

test('a name of an organisation is a name, whatever is written in it', () => {
  const names = [
    'a" || true || "',
    'back\\slash',
    'line\nfeed',
    'nul\u0000',
    'del\u007f',
    '\u2028',
    '😀',
    'context.tlp',
    '*',
    '\u202e',
  ];
  const draft = structuredClone(exampleAgreement());
  draft.flows[0]!.onward = { mode: 'named', named: names };
  const hostile = bindText(draft);
  assert.deepEqual(clauseIssues(hostile), []);
  const decider = openDecider(unsignedAsIfSigned(hostile), compileClauses(hostile));
  const releaseClass = {
    category: 'network-indicators',
    tlp: 'green',
    pap: 'clear',
    personalData: 'none',
  } as const;
  const to = (onwardTo: string) =>
    decider.decide({ ...SERVICE, act: 'onward', onwardTo, releaseClass }).verdict;
  for (const name of names) assert.equal(to(name), 'allow', JSON.stringify(name));
  for (const name of ['a', 'anything', 'backslash', '" || true || "', 'true'])
    assert.equal(to(name), 'deny', name);
});

test('several verdicts are as strict as the strictest', () => {
  const decider = openDecider(unsignedAsIfSigned(agreement), compileClauses(agreement));
  const verdicts = SERVICE_BATTERY.map((question) => decider.decide(question));
  const of = (effect: string) => verdicts.find(({ verdict }) => verdict === effect)!;
  const [allow, ask, deny] = [of('allow'), of('ask'), of('deny')];
  assert.deepEqual(strictest([allow, ask, deny]), deny);
  assert.equal(strictest([allow, ask]).verdict, 'ask');
  assert.deepEqual(strictest([allow, allow]).clauses, [...allow.clauses, ...allow.clauses]);
  assert.throws(() => strictest([]), { code: 'usage' });
  assert.throws(() => decider.decide({ ...SERVICE, act: 'tool-seat', used: 0.5 }), { code: 'usage' });
});

test('what depends on the moment is noticed too', () => {
  const decider = openDecider(unsignedAsIfSigned(agreement), compileClauses(agreement));
  const question: Question = {
    act: 'export',
    from: 'northlight',
    to: 'interlink',
    purpose: 'investigation',
    at: DURING,
    receivedAt: '2026-12-02T00:00:00Z',
    releaseClass: { category: 'case-data', tlp: 'green', pap: 'clear', personalData: 'none' },
    granted: ['parties[1].kind'],
  };
  const cited = (fields: Partial<Question>, notices: Parameters<typeof decider.decide>[1] = []) =>
    decider.decide({ ...question, ...fields }, notices).clauses[0]!.path;
  assert.equal(cited({}), 'flows[6]');
  assert.equal(cited({ at: '2029-12-01T00:00:00Z' }), 'flows[6].retention');
  assert.equal(cited({ at: '2026-11-01T00:00:00Z' }), 'term.from');
  assert.equal(cited({ at: '2032-01-01T00:00:00Z' }), 'term.until');
  assert.equal(cited({ node: 'x' }), 'parties[1].nodes');
  assert.equal(cited({ from: 'x' }), 'parties');
  const fields = { party: 'interlink', at: '2027-01-01T00:00:00Z', reason: 'x' };
  assert.equal(cited({}, [draftNotice(agreement, { ...fields, kind: 'suspend' })]), 'notice.suspend');
  assert.equal(
    cited({}, [draftNotice(agreement, { ...fields, kind: 'terminate', ground: 'breach' })]),
    'notice.terminate',
  );
});
