import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Agreement,
  assertNotice,
  bindText,
  draftAmendment,
  draftNotice,
  draftRenewal,
  earliestEnd,
  type Notice,
  noticeIssues,
  parseAgreement,
  parseInstant,
  renewalWaitsFor,
  type StateName,
  stateAt,
  unsignedAsIfSigned,
  type VerifiedAgreement,
  verifyAgreement,
  versionInForce,
  versionMismatch,
  versionStatement,
} from '../../src/agreement/index.ts';
import { DURING, exampleAgreement, FROM, KEYS, publicKey, sign, testKey, UNTIL } from './example.ts';

const agreement = exampleAgreement();
const signed = await verifyAgreement(await sign(agreement));

function edited(change: (draft: Agreement) => void): VerifiedAgreement {
  const draft = structuredClone(agreement) as Agreement;
  change(draft);
  return unsignedAsIfSigned(parseAgreement(bindText(draft)));
}

type Fields = Partial<Notice> & Pick<Notice, 'kind' | 'at'>;
const notice = (fields: Fields, of: Agreement = agreement) =>
  draftNotice(of, { party: 'northlight', reason: 'because', ...fields });
const state = (now: string, notices: readonly Notice[] = [], of = signed): StateName =>
  stateAt(of, notices, now).state;

test('a document is a draft until somebody signs, then proposed, then in force by its term alone', async () => {
  const none = await verifyAgreement({ agreement, signatures: [] });
  assert.equal(state(DURING, [], none), 'draft');
  const one = await verifyAgreement(await sign(agreement, ['northlight']));
  assert.deepEqual(stateAt(one, [], DURING).because, {
    path: 'signatures',
    words: 'not signed by interlink',
    reason: { key: 'unsigned', values: { parties: ['interlink'] } },
  });
  assert.equal(state(DURING, [], one), 'proposed');
  assert.equal(state('2026-11-30T23:59:59.999999999Z'), 'proposed');
  assert.equal(state(FROM), 'in-force');
  assert.equal(state('2031-11-30T23:59:59.999999999Z'), 'in-force');
  assert.equal(state(UNTIL), 'expired');
});

test('the instant counts, not how it is written', () => {
  for (const [text, expected] of [
    ['2026-12-01T00:59:59+01:00', 'proposed'],
    ['2026-12-01T01:00:00+01:00', 'in-force'],
    ['2026-11-30T14:00:00-10:00', 'in-force'],
    ['2026-11-30T13:59:59-10:00', 'proposed'],
    ['2031-12-01T13:59:59+14:00', 'in-force'],
    ['2031-12-01T14:00:00+14:00', 'expired'],
  ] as const)
    assert.equal(state(text), expected, text);
  assert.throws(() => state('2027-02-29T00:00:00Z'), { code: 'timestamp-invalid' });
  assert.throws(() => state('yesterday'), { code: 'timestamp-invalid' });
});

test('a term that begins or ends on a leap day does so on that day', () => {
  const leap = edited(({ term }) =>
    Object.assign(term, { from: '2028-02-29T00:00:00+09:00', until: '2032-02-29T00:00:00+09:00' }),
  );
  assert.equal(state('2028-02-28T14:59:59Z', [], leap), 'proposed');
  assert.equal(state('2028-02-28T15:00:00Z', [], leap), 'in-force');
  assert.equal(state('2032-02-28T14:59:59Z', [], leap), 'in-force');
  assert.equal(state('2032-02-28T15:00:00Z', [], leap), 'expired');
});

test('either party suspends at once, and lifts only its own suspension', () => {
  const first = notice({ kind: 'suspend', at: '2027-01-10T00:00:00Z' });
  const second = notice({ kind: 'suspend', at: '2027-01-20T00:00:00Z', party: 'interlink' });
  const lift = notice({ kind: 'resume', at: '2027-02-01T00:00:00Z' });
  const other = notice({ kind: 'resume', at: '2027-03-01T00:00:00Z', party: 'interlink' });
  const all = [first, second, lift, other];
  for (const order of [all, all.toReversed()]) {
    assert.equal(state('2027-01-09T23:59:59Z', order), 'in-force');
    assert.equal(state('2027-01-10T00:00:00Z', order), 'suspended');
    assert.equal(state('2027-02-15T00:00:00Z', order), 'suspended', 'the other still holds it');
    assert.equal(state('2027-03-01T00:00:00Z', order), 'in-force');
  }
  const now = stateAt(signed, all, '2027-01-15T00:00:00Z');
  assert.equal(now.because.path, 'notice.suspend');
  assert.equal(now.because.notice, first);
  assert.equal(now.since, '2027-01-10T00:00:00.000Z');
});

test('a suspension that nobody lifts ends the agreement after the agreed days', () => {
  const hold = notice({ kind: 'suspend', at: '2027-01-01T00:00:00Z' });
  assert.equal(state('2027-06-29T23:59:59Z', [hold]), 'suspended');
  const ended = stateAt(signed, [hold], '2027-06-30T00:00:00Z');
  assert.equal(ended.state, 'terminated');
  assert.equal(ended.because.path, 'term.suspension.daysMax');
  const forever = edited(({ term }) => Object.assign(term.suspension, { daysMax: 0 }));
  const held = notice({ kind: 'suspend', at: '2027-01-01T00:00:00Z' }, forever.agreement);
  assert.equal(state('2029-01-01T00:00:00Z', [held], forever), 'suspended');
});

test('ending for convenience takes the days of notice, other grounds act at once', () => {
  const at = '2027-01-01T00:00:00Z';
  const early = notice({ kind: 'terminate', at, ground: 'convenience' });
  assert.match(noticeIssues(signed, [], early)[0]!.message, /takes 90 days of notice: 2027-04-01/);
  assert.throws(() => assertNotice(signed, [], early), { code: 'agreement-state' });
  assert.equal(state('2027-05-01T00:00:00Z', [early]), 'in-force', 'an unlawful notice has no effect');
  const effective = earliestEnd(agreement, 'convenience', at);
  const lawful = notice({ kind: 'terminate', at, ground: 'convenience', effective });
  assert.deepEqual(noticeIssues(signed, [], lawful), []);
  assert.equal(state('2027-03-31T23:59:59Z', [lawful]), 'in-force');
  assert.equal(stateAt(signed, [lawful], effective).because.notice, lawful);
  assert.equal(state(effective, [lawful]), 'terminated');
  const breach = notice({ kind: 'terminate', at, ground: 'breach', party: 'interlink' });
  assert.equal(state(at, [breach]), 'terminated');
  const narrow = edited(({ term }) => Object.assign(term.notice, { immediate: [] }));
  assert.equal(
    state(at, [notice({ kind: 'terminate', at, ground: 'breach' }, narrow.agreement)], narrow),
    'in-force',
  );
});

test('only lawful transitions: the first reason is named', () => {
  const at = '2027-01-01T00:00:00Z';
  const hold = notice({ kind: 'suspend', at });
  const end = notice({ kind: 'terminate', at, ground: 'breach' });
  const said = (earlier: Notice[], next: Notice, of = signed) =>
    noticeIssues(of, earlier, next)[0]?.message ?? '';
  const later = '2027-02-01T00:00:00Z';
  assert.match(said([], notice({ kind: 'resume', at })), /has not suspended/);
  assert.match(said([hold], notice({ kind: 'suspend', at: later })), /suspended the agreement already/);
  assert.match(said([hold], notice({ kind: 'resume', at: later, party: 'interlink' })), /lifts only its own/);
  assert.equal(said([hold], notice({ kind: 'resume', at: later })), '');
  for (const kind of ['suspend', 'resume', 'renew'] as const)
    assert.match(said([end], notice({ kind, at: later })), /terminated already/);
  assert.match(said([], notice({ kind: 'suspend', at: UNTIL })), /expired already/);
  assert.match(said([], notice({ kind: 'do-not-renew', at })), /not renewed automatically/);
  assert.match(said([], notice({ kind: 'revoke-key', at, kid: 'A'.repeat(43) })), /does not use such a key/);
  assert.match(said([], { ...hold, party: 'ghost' }), /no party that may give notices/);
  const unsigned = { ...signed, complete: false };
  assert.match(said([], hold, unsigned), /not signed by all parties/);
  const bound = edited(({ term }) => Object.assign(term.suspension, { by: ['interlink'] }));
  assert.match(said([], notice({ kind: 'suspend', at }, bound.agreement), bound), /may not suspend/);
  assert.equal(state(at, [notice({ kind: 'suspend', at }, bound.agreement)], bound), 'in-force');
});

test('a notice cannot be given for a time before itself', () => {
  assert.throws(() => notice({ kind: 'suspend', at: DURING, effective: '2027-01-01T00:00:00Z' }), {
    code: 'agreement-invalid',
  });
  assert.throws(() => notice({ kind: 'terminate', at: DURING }), /ground/);
  assert.throws(() => notice({ kind: 'suspend', at: DURING, kid: 'A'.repeat(43) }), /kid/);
});

test('renewal by agreement takes a notice of every party before the end', () => {
  const one = notice({ kind: 'renew', at: '2031-01-01T00:00:00Z' });
  const two = notice({ kind: 'renew', at: '2031-11-30T00:00:00Z', party: 'interlink' });
  const late = notice({ kind: 'renew', at: '2031-12-02T00:00:00Z', party: 'interlink' });
  assert.equal(state(UNTIL, [one]), 'expired');
  assert.equal(state('2032-01-01T00:00:00Z', [one, late]), 'expired');
  assert.equal(state(UNTIL, [one, two]), 'in-force');
  assert.equal(stateAt(signed, [one, two], UNTIL).until, '2036-12-01T00:00:00.000Z');
  assert.equal(state('2036-12-01T00:00:00Z', [one, two]), 'expired', 'it is renewed once');
  const waits = (notices: Notice[]) =>
    renewalWaitsFor(signed.agreement, notices, parseInstant('2031-11-30T12:00:00Z'));
  assert.deepEqual(waits([]), []);
  assert.deepEqual(waits([one]), ['interlink']);
  assert.deepEqual(waits([one, two]), []);
});

test('automatic renewal happens unless refused in time, and as often as agreed', () => {
  const auto = edited(({ term }) =>
    Object.assign(term, {
      until: '2028-02-29T00:00:00Z',
      renewal: { mode: 'automatic', months: 12, times: 2, noticeDays: 30 },
    }),
  );
  assert.equal(state('2028-02-29T00:00:00Z', [], auto), 'in-force');
  assert.equal(stateAt(auto, [], '2029-02-01T00:00:00Z').until, '2030-02-28T00:00:00.000Z');
  assert.equal(state('2030-02-28T00:00:00Z', [], auto), 'expired');
  const refusal = (at: string) => notice({ kind: 'do-not-renew', at, party: 'interlink' }, auto.agreement);
  assert.equal(state('2028-02-29T00:00:00Z', [refusal('2028-01-30T00:00:00Z')], auto), 'expired');
  assert.equal(
    state('2028-02-29T00:00:00Z', [refusal('2028-01-30T00:00:01Z')], auto),
    'in-force',
    'too late for this period',
  );
  assert.equal(
    state('2029-02-28T00:00:00Z', [refusal('2028-01-30T00:00:01Z')], auto),
    'expired',
    'in time for the next',
  );
});

test('an ended agreement is succeeded when one that names it is in force', () => {
  const next = edited((draft) =>
    Object.assign(draft, {
      id: 'agreement--11111111-2222-4333-8444-555555555555',
      title: 'Third agreement',
      predecessor: { agreement: agreement.id, title: agreement.title, digest: signed.digest },
      term: { ...draft.term, from: '2032-01-01T00:00:00Z', until: '2037-01-01T00:00:00Z' },
    }),
  );
  const context = { successors: [next] };
  assert.equal(stateAt(signed, [], '2031-12-15T00:00:00Z', context).state, 'expired');
  assert.equal(stateAt(signed, [], '2032-01-01T00:00:00Z', context).state, 'succeeded');
  assert.equal(
    stateAt(signed, [], '2032-01-01T00:00:00Z', { successors: [{ ...next, complete: false }] }).state,
    'expired',
  );
  const another = edited((draft) =>
    Object.assign(draft, {
      id: next.agreement.id,
      predecessor: { agreement: agreement.id, title: 'x', digest: '0'.repeat(64) },
    }),
  );
  assert.equal(stateAt(signed, [], UNTIL, { successors: [another] }).state, 'expired');
  const named = edited((draft) =>
    Object.assign(draft, {
      successor: { agreement: next.agreement.id, title: 'Third agreement', from: '2030-01-01T00:00:00Z' },
    }),
  );
  assert.equal(state('2029-12-31T00:00:00Z', [], named), 'in-force');
  assert.equal(state('2030-01-01T00:00:00Z', [], named), 'succeeded');
});

test('an annex is in force only while the agreement above it is', () => {
  const annex = edited((draft) =>
    Object.assign(draft, {
      instrument: 'annex',
      under: { agreement: 'agreement--6f1c5d2e-2b8a-4c0e-9a57-1f0d8a4b7c11', title: 'Framework' },
    }),
  );
  assert.equal(stateAt(annex, [], DURING).because.words, '"Framework", under which it stands, is not here');
  const parent = stateAt(signed, [], DURING);
  assert.equal(stateAt(annex, [], DURING, { parent }).state, 'in-force');
  assert.equal(stateAt(annex, [], DURING, { parent: { ...parent, state: 'expired' } }).state, 'suspended');
});

test('an amendment signed by one party changes nothing', async () => {
  const next = draftAmendment(agreement, { title: 'Amended' });
  const half = await verifyAgreement(await sign(next, ['northlight']));
  const { version, issues } = versionInForce([signed, half], [], DURING);
  assert.equal(version, signed);
  assert.deepEqual(issues, []);
  const whole = await verifyAgreement(await sign(next));
  assert.equal(versionInForce([whole, signed], [], DURING).version, whole);
  assert.equal(versionInForce([whole], [], DURING).version, null, 'a chain starts with version 1');
});

test('an amendment with a later start leaves the version before in force until then', async () => {
  const next = await verifyAgreement(
    await sign(draftAmendment(agreement, { term: { ...agreement.term, from: '2028-01-01T00:00:00Z' } })),
  );
  assert.equal(versionInForce([signed, next], [], '2027-12-31T23:59:59Z').version, signed);
  assert.equal(versionInForce([signed, next], [], '2028-01-01T00:00:00Z').version, next);
  const renewed = draftRenewal(agreement, '2036-12-01T00:00:00Z');
  assert.equal(renewed.term.until, '2036-12-01T00:00:00Z');
  assert.throws(() => draftRenewal(agreement, FROM), { code: 'agreement-invalid' });
});

test('an amendment of another text, with a party left out, or with unknown keys does not count', async () => {
  const said = async (next: Agreement, keys?: Parameters<typeof sign>[2]) => {
    const result = versionInForce(
      [signed, await verifyAgreement(await sign(next, undefined, keys))],
      [],
      DURING,
    );
    assert.equal(result.version, signed);
    return result.issues.map(({ message }) => message).join();
  };
  const next = draftAmendment(agreement, { title: 'Amended' });
  assert.match(
    await said(parseAgreement(bindText({ ...next, amends: { ...next.amends!, digest: '0'.repeat(64) } }))),
    /another text under version 1/,
  );
  const other = structuredClone(next) as Agreement;
  other.parties[1]!.id = 'somebody';
  const swapped = JSON.parse(JSON.stringify(other).replaceAll('"interlink"', '"somebody"')) as Agreement;
  const somebody = await verifyAgreement({ agreement: parseAgreement(bindText(swapped)), signatures: [] });
  assert.match(
    versionInForce([signed, { ...somebody, complete: true }], [], DURING).issues[0]!.message,
    /Interlink Police Organisation is left out/,
  );
  const stolen = structuredClone(next) as Agreement;
  stolen.parties[1]!.signatories[0]!.key = publicKey(testKey(11));
  assert.match(
    await said(parseAgreement(bindText(stolen)), { interlink: testKey(11) }),
    /keys that were not known before/,
  );
});

test('a rotated key may sign the next version', async () => {
  const key = testKey(11);
  const rotation = draftNotice(agreement, {
    kind: 'rotate-key',
    party: 'interlink',
    at: '2026-11-19T00:00:00Z',
    reason: 'yearly',
    kid: publicKey(KEYS.interlink.signatory).kid,
    key: publicKey(key),
  });
  const draft = structuredClone(draftAmendment(agreement, {})) as Agreement;
  draft.parties[1]!.signatories[0]!.key = publicKey(key);
  const next = await verifyAgreement(
    await sign(parseAgreement(bindText(draft)), undefined, { interlink: key }),
  );
  assert.equal(versionInForce([signed, next], [rotation], DURING).version, next);
});

test('two fully signed texts of one version stop the agreement', async () => {
  const versions = [signed];
  for (const title of ['One', 'Other'])
    versions.push(await verifyAgreement(await sign(draftAmendment(agreement, { title }))));
  const { version, issues } = versionInForce(versions, [], DURING);
  assert.equal(version, null);
  assert.match(issues[0]!.message, /two different texts are signed as version 2/);
});

test('a mismatch of versions between two nodes is named', () => {
  const ours = versionStatement(signed);
  assert.equal(versionMismatch(ours, { ...ours }), null);
  assert.match(
    versionMismatch(ours, { ...ours, version: 2 })!.message,
    /here version 1 is in force, there version 2/,
  );
  assert.match(versionMismatch(ours, { ...ours, digest: '0'.repeat(64) })!.message, /different texts/);
});
