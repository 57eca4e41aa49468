import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Affected,
  type Agreement,
  bindText,
  breachReportDue,
  compileAgreement,
  diffAgreements,
  draftAmendment,
  draftNotice,
  dutiesAtEnd,
  retentionDates,
  serviceDeadlines,
  simulate,
  stateAt,
  unsignedAsIfSigned,
  warningsAhead,
} from '../../src/agreement/index.ts';
import { DURING, exampleAgreement, UNTIL } from './example.ts';
import { fittingQuestion, narrowed, Random, randomAgreement } from './random.ts';

const agreement = exampleAgreement();
const signed = unsignedAsIfSigned(agreement);

function edited(change: (draft: Agreement) => void): Agreement {
  const draft = structuredClone(agreement) as Agreement;
  change(draft);
  return bindText(draft);
}

const diff = (change: (draft: Agreement) => void) =>
  diffAgreements(agreement, edited(change)).map(({ path, effect, words }) => `${effect} ${path}: ${words}`);

test('nothing changed, nothing said', () => {
  assert.deepEqual(diffAgreements(agreement, exampleAgreement()), []);
});

test('an amendment says in words what it widens and narrows', () => {
  const said = diff((draft) => {
    draft.flows[0]!.tlp = 'green';
    draft.flows[0]!.categories.push('samples');
    draft.flows[1]!.countries = { only: ['FR'] };
    draft.flows[1]!.evidenceUse = { code: 'H1' };
    draft.flows[2]!.routingOnly = false;
    draft.flows.splice(3, 1);
    draft.services[0]!.quota.amount = 30;
    draft.services[1]!.tools = ['Northlight Unpacker'];
    draft.term.until = '2032-12-01T00:00:00Z';
    draft.accountability.breachNoticeHours = 24;
    draft.parties[1]!.members!.push('Police of Dorland');
  });
  assert.deepEqual(said, [
    'widens parties[1].members: the members of Interlink Police Organisation: Police of Dorland added',
    'widens term.until: the end: 2031-12-01T00:00:00Z becomes 2032-12-01T00:00:00Z',
    'widens flows[0].categories: what may cross of "Indicators of cybercrime": samples of malicious files added',
    'narrows flows[0].tlp: the TLP ceiling of "Indicators of cybercrime": TLP:AMBER becomes TLP:GREEN',
    'narrows flows[1].countries.only: countries of "Reports and analysis": now only FR',
    'widens flows[1].evidenceUse: the handling code of "Reports and analysis": H2 becomes H1',
    'widens flows[2].routingOnly: personal data for routing only of "Victims, to find the competent police": yes becomes no',
    'narrows flows[3]: the flow "Outcomes" is taken out: outcomes (what came of a contribution) from interlink to northlight, up to TLP:AMBER',
    'widens services[0].quota: days a year of "Forensic and malware experts": 20 becomes 30',
    'narrows services[1].tools: tools of "Analysis tools": Northlight Passive DNS taken out',
    'changes accountability.breachNoticeHours: hours to report a breach: 72 becomes 24',
  ]);
});

test('says the same in every language, and nothing of it in English', () => {
  const after = edited((draft) => {
    draft.title = 'Third agreement';
    draft.flows[0]!.tlp = 'green';
    draft.flows[0]!.categories.push('samples');
    draft.flows[0]!.onward = { mode: 'none' };
    draft.flows[1]!.countries = { only: ['FR'] };
    draft.flows[1]!.purposes.pop();
    draft.flows[2]!.routingOnly = false;
    draft.flows.splice(3, 1);
    draft.services[0]!.quota = { amount: 3, unit: 'days', per: 'month' };
    draft.services.pop();
    draft.term.until = '2032-12-01T00:00:00Z';
    draft.accountability.logAccess = 'none';
    draft.parties[1]!.signing = 'any';
  });
  const english = diffAgreements(agreement, after);
  assert.ok(english.length >= 12, `${english.length}`);
  for (const language of ['ar', 'fr', 'es'] as const) {
    const said = diffAgreements(agreement, after, language);
    assert.deepEqual(
      said.map(({ path, effect }) => [path, effect]),
      english.map(({ path, effect }) => [path, effect]),
    );
    for (const { words } of said) {
      // Titles and names are as the parties wrote them.
      const ours = words.replace(/«[^»]*»|\([^)]*\)|\u2068[^\u2069]*\u2069/g, '');
      assert.doesNotMatch(ours, /\b(?:becomes|added|taken|only|changes|new|the|of|from|to|up)\b/, words);
    }
  }
  const inFrench = diffAgreements(agreement, after, 'fr').map(({ words }) => words);
  assert.ok(
    inFrench.includes(
      'le plafond TLP (« Indicators of cybercrime ») : auparavant TLP:AMBER, désormais TLP:GREEN',
    ),
  );
  assert.ok(inFrench.includes('les pays (« Reports and analysis ») : désormais seulement FR'));
});

test('moving a clause, and retitling it in place, are not adding and removing', () => {
  assert.deepEqual(
    diff((draft) => void draft.flows.reverse()),
    [],
  );
  assert.deepEqual(
    diff((draft) => void Object.assign(draft.flows[0]!, { title: 'Other' })),
    ['changes flows[0].title: the title of a flow: "Indicators of cybercrime" becomes "Other"'],
  );
});

test('a difference that only narrows allows nothing new, and one that widens nothing takes nothing away without saying so', () => {
  const random = new Random(21);
  const rank = { deny: 0, ask: 1, allow: 2 } as const;
  let narrowings = 0;
  for (let i = 0; i < 80; i++) {
    const wide = randomAgreement(random);
    const narrow = narrowed(wide, random);
    const effects = new Set(diffAgreements(wide, narrow).map(({ effect }) => effect));
    const back = new Set(diffAgreements(narrow, wide).map(({ effect }) => effect));
    assert.equal(effects.has('widens'), back.has('narrows'));
    assert.equal(effects.has('narrows'), back.has('widens'));
    if (effects.has('widens') || effects.has('changes')) continue;
    narrowings++;
    const [before, after] = [wide, narrow].map((one) => compileAgreement(unsignedAsIfSigned(one)));
    for (let k = 0; k < 20; k++) {
      const question = fittingQuestion(random, random.one(wide.flows));
      const [a, b] = [before!.decide(question).verdict, after!.decide(question).verdict];
      assert.ok(rank[b] <= rank[a], JSON.stringify([...effects]));
      if (effects.size === 0) assert.equal(a, b);
    }
  }
  assert.ok(narrowings > 40, `${narrowings}`);
});

test('warns of what comes, soonest first, and of nothing else', () => {
  const said = (now: string, days: number, notices = [] as Parameters<typeof warningsAhead>[1]) =>
    warningsAhead(signed, notices, now, days).map(({ at, path }) => `${at.slice(0, 10)} ${path}`);
  assert.deepEqual(said('2026-11-20T00:00:00Z', 30), ['2026-12-01 term.from']);
  assert.deepEqual(said(DURING, 365), []);
  assert.deepEqual(said('2031-05-01T00:00:00Z', 365), [
    '2031-06-04 term.renewal',
    '2031-12-01 parties[0].dueDiligence.validUntil',
    '2031-12-01 term.until',
  ]);
  const end = draftNotice(agreement, {
    kind: 'terminate',
    party: 'interlink',
    at: DURING,
    effective: '2027-12-01T00:00:00Z',
    ground: 'convenience',
    reason: 'budget',
  });
  const [warning] = warningsAhead(signed, [end], DURING, 365);
  assert.match(warning!.words, /Interlink Police Organisation gave notice: budget/);
  const hold = draftNotice(agreement, { kind: 'suspend', party: 'interlink', at: DURING, reason: 'x' });
  assert.deepEqual(said('2027-06-02T00:00:00Z', 365, [hold]), [
    '2027-11-28 term.suspension.daysMax',
    '2027-11-28 term.until',
  ]);
  assert.deepEqual(said(UNTIL, 365), [], 'an ended agreement has no future');
});

test('automatic renewal warns of the last day to refuse it', () => {
  const auto = edited(({ term }) =>
    Object.assign(term, { renewal: { mode: 'automatic', months: 12, times: 1, noticeDays: 60 } }),
  );
  const said = warningsAhead(unsignedAsIfSigned(auto), [], '2031-09-01T00:00:00Z', 40);
  assert.deepEqual(
    said.map(({ at, path }) => [at.slice(0, 10), path]),
    [['2031-10-02', 'term.renewal.noticeDays']],
  );
});

test('the end leaves duties with dates', () => {
  assert.deepEqual(dutiesAtEnd(agreement, stateAt(signed, [], DURING)), []);
  const duties = dutiesAtEnd(agreement, stateAt(signed, [], UNTIL));
  assert.deepEqual(
    duties.map(({ path, dueAt }) => `${path} ${dueAt.slice(0, 10)}`),
    [
      'term.atEnd.objects 2031-12-31',
      'term.atEnd.personalData 2031-12-31',
      'term.atEnd.openCases 2032-05-29',
      'term.atEnd.accounts 2031-12-01',
      'term.atEnd.seats 2031-12-01',
    ],
  );
});

test('retention, answers and reports of breaches have their dates', () => {
  assert.deepEqual(retentionDates(agreement.flows[2]!, '2028-02-15T00:00:00Z'), {
    reviewAt: '2028-02-29T00:00:00.000Z',
    deleteAt: '2028-03-16T00:00:00.000Z',
  });
  const [experts] = agreement.services;
  assert.deepEqual(serviceDeadlines(experts!, 'urgent', DURING), {
    respondBy: '2027-06-01T16:00:00.000Z',
    resolveBy: '2027-06-02T12:00:00.000Z',
  });
  assert.equal(serviceDeadlines(experts!, 'high', DURING), null);
  assert.equal(breachReportDue(agreement, DURING), '2027-06-04T12:00:00.000Z');
});

const ITEMS: readonly Affected[] = [
  {
    kind: 'object',
    label: 'indicators',
    count: 900,
    question: {
      act: 'release',
      from: 'northlight',
      to: 'interlink',
      purpose: 'investigation',
      releaseClass: { category: 'network-indicators', tlp: 'amber', pap: 'green', personalData: 'none' },
    },
  },
  {
    kind: 'object',
    label: 'open indicators',
    count: 50,
    question: {
      act: 'release',
      from: 'northlight',
      to: 'interlink',
      purpose: 'investigation',
      releaseClass: { category: 'network-indicators', tlp: 'clear', pap: 'green', personalData: 'none' },
    },
  },
  {
    kind: 'case',
    label: 'case 7',
    count: 1,
    question: {
      act: 'evidence-use',
      from: 'northlight',
      to: 'interlink',
      purpose: 'investigation',
      receivedAt: '2027-01-01T00:00:00Z',
      caseOpenedAt: '2027-02-01T00:00:00Z',
      granted: ['flows[0].evidenceUse'],
      releaseClass: { category: 'network-indicators', tlp: 'amber', pap: 'green', personalData: 'none' },
    },
  },
  {
    kind: 'seat',
    label: 'expert',
    count: 1,
    question: {
      act: 'expert-seat',
      from: 'northlight',
      to: 'interlink',
      purpose: 'investigation',
      clearance: 'secret',
      seatGrantedAt: '2027-01-01T00:00:00Z',
    },
  },
];

test('what if we ended this: objects and seats are lost, open cases may finish', () => {
  const { totals, changes, at } = simulate(
    signed,
    [],
    { kind: 'end', party: 'northlight', ground: 'breach', effective: DURING },
    ITEMS,
    DURING,
  );
  assert.equal(at, DURING);
  assert.deepEqual(totals, {
    object: { same: 0, lost: 950, gained: 0, ask: 0 },
    case: { same: 1, lost: 0, gained: 0, ask: 0 },
    seat: { same: 0, lost: 1, gained: 0, ask: 0 },
  });
  assert.equal(changes[0]!.after.clauses[0]!.path, 'notice.terminate');
  const early = { kind: 'end', party: 'northlight', ground: 'convenience', effective: DURING } as const;
  assert.throws(() => simulate(signed, [], early, ITEMS, DURING), { code: 'agreement-state' });
});

test('what if we amended it so: only what the amendment touches changes', () => {
  const next = draftAmendment(agreement, {
    flows: agreement.flows.map((flow, i) => (i === 0 ? { ...flow, tlp: 'green' } : flow)),
  });
  const { totals, changes } = simulate(signed, [], { kind: 'amend', agreement: next }, ITEMS, DURING);
  assert.deepEqual(totals['object'], { same: 50, lost: 900, gained: 0, ask: 0 });
  assert.deepEqual(totals['seat'], { same: 1, lost: 0, gained: 0, ask: 0 });
  assert.deepEqual(
    changes.map(({ item }) => item.label),
    ['indicators', 'case 7'],
  );
  assert.deepEqual(
    simulate(signed, [], { kind: 'suspend', party: 'interlink' }, ITEMS, DURING).totals['object'],
    { same: 0, lost: 950, gained: 0, ask: 0 },
  );
});
