/**
 * Every field of an agreement decides something. For each there is a change of that field alone and a question whose answer it
 * changes; the last test walks the schema and fails when a field has none.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Agreement,
  AgreementSchema,
  amendmentIssues,
  bindText,
  checkAgreement,
  compileAgreement,
  draftNotice,
  type Notice,
  type Question,
  quotaPeriod,
  type ReleaseClass,
  type StateContext,
  stateAt,
  unsignedAsIfSigned,
  verifyAgreement,
} from '../../src/agreement/index.ts';
import { exampleAgreement, KEYS, publicKey, sign, testKey, UNTIL } from './example.ts';

const DURING = '2027-06-01T12:00:00Z';
const OTHER_ID = 'agreement--11111111-2222-4333-8444-555555555555';

/** The example with every optional clause somewhere, so that each field is there to be changed. */
function richAgreement(): Agreement {
  const draft = structuredClone(exampleAgreement()) as Agreement;
  draft.predecessor!.digest = '1'.repeat(64);
  draft.under = { agreement: OTHER_ID, title: 'Framework' };
  draft.successor = {
    agreement: OTHER_ID.replace('1111', '2222'),
    title: 'Third',
    from: '2031-06-01T00:00:00Z',
  };
  draft.parties[0]!.dueDiligence = {
    by: 'Legal',
    at: '2026-05-11T00:00:00Z',
    validUntil: '2031-05-01T00:00:00Z',
    outcome: 'passed',
  };
  draft.parties[1]!.dueDiligence = {
    by: 'Audit',
    at: '2026-05-11T00:00:00Z',
    validUntil: UNTIL,
    outcome: 'passed-with-conditions',
    conditions: 'encrypts disks',
  };
  draft.parties[1]!.nodes[0]!.from = '2026-06-01T00:00:00Z';
  draft.parties[1]!.nodes[0]!.until = '2031-01-01T00:00:00Z';
  draft.parties[1]!.signatories[0]!.key.from = '2026-01-01T00:00:00Z';
  draft.parties[1]!.signatories[0]!.key.until = '2031-01-01T00:00:00Z';
  draft.flows[0]!.countries = { only: ['FR', 'ES'] };
  draft.flows[1]!.countries = { except: ['SY'] };
  draft.flows[1]!.operations = ['Op A'];
  draft.flows[1]!.onward = { mode: 'named', named: ['Europol'] };
  return bindText(draft);
}

const base = richAgreement();

type Probe = (agreement: Agreement) => unknown;

const PARENT: StateContext = { parent: stateAt(unsignedAsIfSigned(exampleAgreement()), [], DURING) };
const INDICATOR: ReleaseClass = {
  category: 'network-indicators',
  tlp: 'amber',
  pap: 'amber',
  personalData: 'none',
  countries: ['FR'],
};
const REPORT: ReleaseClass = {
  category: 'reports',
  tlp: 'green',
  pap: 'green',
  personalData: 'none',
  operations: ['Op A'],
};
const VICTIM: ReleaseClass = { category: 'victims', tlp: 'amber', pap: 'red', personalData: 'victim' };

function ask(
  fields: Partial<Question>,
  notices: (agreement: Agreement) => Notice[] = () => [],
  context = PARENT,
): Probe {
  return (agreement) =>
    compileAgreement(unsignedAsIfSigned(agreement)).decide(
      {
        act: 'release',
        from: 'northlight',
        to: 'interlink',
        purpose: 'investigation',
        at: DURING,
        releaseClass: INDICATOR,
        ...fields,
      },
      notices(agreement),
      context,
    );
}

const indicator = (fields: Partial<Question> = {}) => ask(fields);
const report = (fields: Partial<Question> = {}) => ask({ releaseClass: REPORT, ...fields });
const victim = (fields: Partial<Question> = {}) =>
  ask({ releaseClass: VICTIM, purpose: 'routing', ...fields });
const service = (act: Question['act'], fields: Partial<Question> = {}) => ask({ act, ...fields });
const experts = (fields: Partial<Question> = {}) =>
  service('expert-seat', { clearance: 'secret', ...fields });
const tools = (fields: Partial<Question> = {}) =>
  service('tool-seat', { tool: 'Northlight Unpacker', ...fields });
const training = (fields: Partial<Question> = {}) =>
  service('training-place', { purpose: 'training', ...fields });
const notice = (agreement: Agreement, fields: Partial<Notice> & Pick<Notice, 'kind' | 'at'>) =>
  draftNotice(agreement, { party: 'interlink', reason: 'x', ...fields });
const ended = (fields: Partial<Question>) =>
  ask({ receivedAt: '2027-01-01T00:00:00Z', ...fields }, (agreement) => [
    notice(agreement, { kind: 'terminate', at: '2027-05-01T00:00:00Z', ground: 'breach' }),
  ]);
const state =
  (at: string, notices: (agreement: Agreement) => Notice[] = () => []): Probe =>
  (agreement) =>
    stateAt(unsignedAsIfSigned(agreement), notices(agreement), at, PARENT);
/** Whether the document can be signed at all. */
const valid: Probe = (agreement) =>
  checkAgreement(agreement).issues.filter((issue) => issue.severity !== 'warning');
/** The example's signatures on it: who signed is a matter of these fields. */
const signatures: Probe = async (agreement) => {
  const keys = { northlight: KEYS.northlight.signatory, interlink: KEYS.interlink.signatory };
  try {
    const { complete, parties, issues } = await verifyAgreement(await sign(agreement, undefined, keys));
    return { complete, parties, issues };
  } catch (error) {
    return (error as Error).message;
  }
};
/** Signed as it was before: for words that decide nothing but that nobody may change once they are signed. */
const sealed: Probe = async (agreement) => {
  const { signatures: made } = await sign(base);
  const verified = await verifyAgreement({ agreement, signatures: made });
  const question = {
    act: 'release',
    from: 'northlight',
    to: 'interlink',
    purpose: 'investigation',
    at: DURING,
    releaseClass: INDICATOR,
  } as const;
  return compileAgreement(verified).decide(question, [], PARENT).verdict;
};
const evidence = { act: 'evidence-use' } as const;
const onward = { act: 'onward', onwardTo: 'Police of Arvenia' } as const;

/** Path with indexes → its new value → a question whose answer changes. Paths without indexes must cover the schema. */
const CASES: readonly [path: string, value: unknown, probe: Probe][] = [
  ['format', 'entente/agreement/2', valid],
  ['id', OTHER_ID.replace('1111', '3333'), indicator()],
  ['instrument', 'framework', valid],
  ['version', 2, indicator()],
  ['title', 'Other title', ask({ at: '2026-11-01T00:00:00Z' })],
  ['amends', { version: 1, digest: '0'.repeat(64), instrument: 'contribution' }, valid],
  ['under.agreement', base.id, valid],
  ['under', undefined, ask({}, undefined, {})],
  ['under.title', 'Other', ask({}, undefined, {})],
  ['predecessor.agreement', base.id, valid],
  ['predecessor.title', 'Other', ask({ at: '2026-11-01T00:00:00Z' })],
  [
    'predecessor.digest',
    '2'.repeat(64),
    (agreement) => {
      const before = { ...unsignedAsIfSigned(exampleAgreement('contribution-2021')), digest: '1'.repeat(64) };
      return stateAt(before, [], DURING, { successors: [unsignedAsIfSigned(agreement)] });
    },
  ],
  ['successor.agreement', OTHER_ID, ask({ at: '2031-07-01T00:00:00Z' })],
  ['successor.title', 'Other', ask({ at: '2031-07-01T00:00:00Z' })],
  ['successor.from', '2031-08-01T00:00:00Z', ask({ at: '2031-07-01T00:00:00Z' })],
  ['parties.0.id', 'north', valid],
  ['parties.0.name', 'Other', indicator()],
  [
    'parties.1.kind',
    'company',
    ask({
      releaseClass: { ...VICTIM, category: 'personal-data', personalData: 'child' },
      purpose: 'routing',
    }),
  ],
  ['parties.1.roles', ['contributor'], indicator()],
  ['parties.1.members', ['Police of Belmar'], indicator(onward)],
  ['parties.1.nodes', [], indicator({ node: publicKey(KEYS.interlink.node).kid })],
  ['parties.1.nodes.0.kty', 'EC', valid],
  ['parties.1.nodes.0.crv', 'X25519', valid],
  ['parties.1.nodes.0.x', publicKey(testKey(20)).x, valid],
  [
    'parties.1.nodes.0.kid',
    publicKey(testKey(20)).kid,
    indicator({ node: publicKey(KEYS.interlink.node).kid }),
  ],
  ['parties.1.nodes.0.from', '2028-01-01T00:00:00Z', indicator({ node: publicKey(KEYS.interlink.node).kid })],
  [
    'parties.1.nodes.0.until',
    '2027-01-01T00:00:00Z',
    indicator({ node: publicKey(KEYS.interlink.node).kid }),
  ],
  ['parties.1.signatories.0.id', 'other', signatures],
  ['parties.1.signatories.0.name', 'Other', signatures],
  ['parties.1.signatories.0.title', 'Other', sealed],
  ['parties.1.signatories.0.authority', 'Other', sealed],
  ['parties.1.signatories.0.key.kty', 'EC', valid],
  ['parties.1.signatories.0.key.crv', 'X25519', valid],
  ['parties.1.signatories.0.key.x', publicKey(testKey(20)).x, valid],
  ['parties.1.signatories.0.key.kid', publicKey(testKey(20)).kid, signatures],
  ['parties.1.signatories.0.key.from', '2027-01-01T00:00:00Z', signatures],
  ['parties.1.signatories.0.key.until', '2026-10-01T00:00:00Z', signatures],
  [
    'parties.1.signing',
    'any',
    async (agreement) => {
      const more = structuredClone(agreement) as Agreement;
      more.parties[1]!.signatories.push({
        id: 'deputy',
        name: 'D',
        title: 'D',
        authority: 'D',
        key: publicKey(testKey(21)),
      });
      return (await verifyAgreement(await sign(more))).complete;
    },
  ],
  ['parties.0.contacts.0.name', 'Other', sealed],
  ['parties.0.contacts.0.email', 'not an address', valid],
  ['parties.0.contacts.0.phone', 'call me', valid],
  ['parties.0.contacts.0.for', ['legal'], experts({ priority: 'urgent' })],
  ['parties.0.contacts.0.alwaysReachable', false, experts({ priority: 'urgent' })],
  ['parties.0.dueDiligence', undefined, ask({ at: '2031-05-15T00:00:00Z' })],
  ['parties.0.dueDiligence.by', 'Other', ask({ at: '2031-05-15T00:00:00Z' })],
  ['parties.0.dueDiligence.at', '2027-12-01T00:00:00Z', indicator()],
  ['parties.0.dueDiligence.validUntil', '2027-01-01T00:00:00Z', indicator()],
  ['parties.0.dueDiligence.outcome', 'failed', indicator()],
  ['parties.1.dueDiligence.conditions', 'other', indicator()],
  ['term.from', '2027-07-01T00:00:00Z', indicator()],
  ['term.until', '2027-05-01T00:00:00Z', indicator()],
  ['term.renewal.mode', 'none', renewed],
  ['term.renewal.months', 24, renewed],
  ['term.renewal.times', 0, renewed],
  ['term.renewal.noticeDays', 0, automatic],
  [
    'term.notice.days',
    10,
    state(DURING, (agreement) => [
      notice(agreement, {
        kind: 'terminate',
        at: '2027-05-01T00:00:00Z',
        effective: '2027-05-20T00:00:00Z',
        ground: 'convenience',
      }),
    ]),
  ],
  [
    'term.notice.immediate',
    ['security'],
    state(DURING, (agreement) => [
      notice(agreement, { kind: 'terminate', at: '2027-05-01T00:00:00Z', ground: 'breach' }),
    ]),
  ],
  [
    'term.suspension.by',
    ['northlight'],
    state(DURING, (agreement) => [notice(agreement, { kind: 'suspend', at: '2027-05-01T00:00:00Z' })]),
  ],
  [
    'term.suspension.daysMax',
    10,
    state(DURING, (agreement) => [notice(agreement, { kind: 'suspend', at: '2027-05-01T00:00:00Z' })]),
  ],
  ['term.atEnd.objects', 'keep', ended(evidence)],
  [
    'term.atEnd.personalData',
    'keep',
    ended({ ...evidence, releaseClass: { ...INDICATOR, personalData: 'online-identifier' } }),
  ],
  ['term.atEnd.openCases', 'close', ended({ ...evidence, caseOpenedAt: '2027-02-01T00:00:00Z' })],
  ['term.atEnd.openCaseDays', 1, ended({ ...evidence, caseOpenedAt: '2027-02-01T00:00:00Z' })],
  ['term.atEnd.accounts', 'keep-read-only', ended({ act: 'log-access', logs: 'own' })],
  [
    'term.atEnd.seats',
    'run-out',
    ended({
      act: 'expert-seat',
      clearance: 'secret',
      seatGrantedAt: '2027-02-01T00:00:00Z',
      at: '2027-05-10T00:00:00Z',
    }),
  ],
  [
    'term.atEnd.days',
    5,
    (agreement) => {
      const running = structuredClone(agreement) as Agreement;
      running.term.atEnd.seats = 'run-out';
      return ended({
        act: 'expert-seat',
        clearance: 'secret',
        seatGrantedAt: '2027-02-01T00:00:00Z',
        at: '2027-05-10T00:00:00Z',
      })(running);
    },
  ],
  ['flows.0.title', 'Other', indicator()],
  ['flows.0.from', 'interlink', indicator()],
  ['flows.0.to', ['northlight'], indicator()],
  ['flows.0.categories', ['file-indicators'], indicator()],
  [
    'flows.0.personalData',
    ['none'],
    indicator({ releaseClass: { ...INDICATOR, personalData: 'online-identifier' } }),
  ],
  ['flows.0.tlp', 'green', indicator()],
  ['flows.0.pap', 'green', indicator()],
  ['flows.0.purposes', ['research'], indicator()],
  [
    'flows.0.legalBasis',
    [],
    indicator({ releaseClass: { ...INDICATOR, personalData: 'online-identifier' } }),
  ],
  [
    'flows.0.legalBasis.0.reference',
    'Other',
    indicator({ releaseClass: { ...INDICATOR, personalData: 'online-identifier' } }),
  ],
  [
    'flows.0.legalBasis.0.covers',
    ['contact'],
    indicator({ releaseClass: { ...INDICATOR, personalData: 'online-identifier' } }),
  ],
  ['flows.0.countries.only', ['ES'], indicator()],
  ['flows.1.countries.except', [], report({ releaseClass: { ...REPORT, countries: ['SY'] } })],
  ['flows.1.operations', ['Op B'], report()],
  ['flows.0.excludedMatters', [], indicator({ releaseClass: { ...INDICATOR, matters: ['political'] } })],
  ['flows.0.onward.mode', 'none', indicator(onward)],
  ['flows.1.onward.named', ['Eurojust'], report({ act: 'onward', onwardTo: 'Europol' })],
  ['flows.0.evidenceUse.code', 'H0', indicator(evidence)],
  ['flows.2.evidenceUse.restriction', 'Other', victim(evidence)],
  ['flows.0.attribution', 'anonymous', indicator({ attributed: true })],
  ['flows.0.retention.days', 10, indicator({ act: 'export', receivedAt: '2027-01-01T00:00:00Z' })],
  ['flows.0.retention.reviewDays', 10, indicator()],
  ['flows.2.routingOnly', false, victim({ act: 'export' })],
  ['services.0.title', 'Other', experts()],
  ['services.0.kind', 'support', experts()],
  ['services.0.from', 'interlink', experts()],
  ['services.0.to', ['northlight'], experts()],
  ['services.0.purposes', ['training'], experts()],
  ['services.0.quota.amount', 5, experts({ used: 5 })],
  ['services.0.quota.unit', 'hours', experts({ unit: 'days' })],
  [
    'services.0.quota.per',
    'month',
    (agreement) => [experts()(agreement), quotaPeriod(agreement, agreement.services[0]!.quota.per, DURING)],
  ],
  ['services.0.clearance', 'top-secret', experts()],
  ['services.1.tools', ['Northlight Passive DNS'], tools()],
  ['services.2.level', 'introductory', training({ level: 'practitioner' })],
  ['services.0.hours', 'office', experts({ priority: 'urgent' })],
  ['services.0.targets', [], experts()],
  ['services.0.targets.1.priority', 'high', experts()],
  ['services.0.targets.1.respondHours', 1, experts()],
  ['services.0.targets.1.resolveHours', 100, experts()],
  ['accountability.audit.by', ['northlight'], ask({ act: 'audit', announcedAt: '2027-01-01T00:00:00Z' })],
  ['accountability.audit.noticeDays', 10, ask({ act: 'audit', announcedAt: '2027-05-15T00:00:00Z' })],
  ['accountability.logAccess', 'all', ask({ act: 'log-access', logs: 'all' })],
  ['accountability.breachNoticeHours', 24, indicator()],
  ['accountability.transparency', 'none', ask({ act: 'publish-counts' })],
  ['text.authentic', 'ar', valid],
  ['text.boundTo', '0'.repeat(64), valid],
  ...(['ar', 'en', 'fr', 'es'] as const).flatMap((language): [string, unknown, Probe][] => [
    [
      `text.languages.${language}.sha256`,
      '0'.repeat(64),
      language === 'en' || language === 'fr' ? valid : sealed,
    ],
    [`text.languages.${language}.prose`, 'Other', language === 'en' || language === 'fr' ? valid : sealed],
  ]),
];

/** An amendment of the example: the three members that bind it to the version before. */
const AMENDS: readonly [path: string, value: unknown][] = [
  ['amends.version', 2],
  ['amends.digest', '0'.repeat(64)],
  ['amends.instrument', 'annex'],
];

function renewed(agreement: Agreement): unknown {
  const both = ['northlight', 'interlink'].map((party) =>
    notice(agreement, { kind: 'renew', at: DURING, party }),
  );
  const { successor: _, ...without } = agreement;
  return stateAt(unsignedAsIfSigned(without), both, '2032-06-01T00:00:00Z', PARENT);
}

function automatic(agreement: Agreement): unknown {
  const { successor: _, ...draft } = structuredClone(agreement);
  draft.term.renewal = { ...draft.term.renewal, mode: 'automatic' };
  return stateAt(
    unsignedAsIfSigned(draft),
    [notice(draft, { kind: 'do-not-renew', at: '2031-10-01T00:00:00Z' })],
    '2032-01-01T00:00:00Z',
    PARENT,
  );
}

function withChange(path: string, value: unknown): Agreement {
  const copy = structuredClone(base) as unknown as Record<string, unknown>;
  let target = copy;
  const steps = path.split('.');
  for (const step of steps.slice(0, -1)) {
    target[step] ??= {};
    target = target[step] as Record<string, unknown>;
  }
  if (value === undefined) delete target[steps.at(-1)!];
  else target[steps.at(-1)!] = value;
  return (path.startsWith('text') ? copy : bindText(copy)) as unknown as Agreement;
}

for (const [path, value, probe] of CASES) {
  test(`${path} decides: ${String(JSON.stringify(value)).slice(0, 50)} answers differently`, async () => {
    const before = await probe(base);
    const after = await probe(withChange(path, value));
    assert.notDeepEqual(after, before);
  });
}

for (const [path, value] of AMENDS) {
  test(`${path} decides: an amendment with ${JSON.stringify(value)} does not replace version 1`, () => {
    const current = unsignedAsIfSigned(exampleAgreement());
    const amends = { version: 1, digest: current.digest, instrument: 'contribution' } as const;
    const next = (fields: object) =>
      ({
        ...current.agreement,
        instrument: 'amendment',
        version: 2,
        amends: { ...amends, ...fields },
      }) as Agreement;
    assert.deepEqual(amendmentIssues(current, next({})), []);
    assert.notDeepEqual(amendmentIssues(current, next({ [path.split('.')[1]!]: value })), []);
  });
}

test('no field of the schema is without such a case', () => {
  interface Schema {
    type?: string;
    properties?: Record<string, Schema>;
    items?: Schema;
  }
  const leaves = (schema: Schema, path: string): string[] => {
    if (schema.properties)
      return Object.entries(schema.properties).flatMap(([name, member]) =>
        leaves(member, path === '' ? name : `${path}.${name}`),
      );
    if (schema.items?.properties) return leaves(schema.items, path);
    return [path];
  };
  const covered = new Set([...CASES, ...AMENDS].map(([path]) => path.replace(/\.\d+/g, '')));
  const open = leaves(AgreementSchema as Schema, '').filter((path) => !covered.has(path));
  assert.deepEqual(open, []);
});
