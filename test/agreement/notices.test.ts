import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Agreement,
  bindText,
  compileAgreement,
  decodeSignedNotice,
  draftNotice,
  encodeSignedNotice,
  type Notice,
  parseAgreement,
  parseSignedNotice,
  type SignedNotice,
  signNotice,
  unsignedAsIfSigned,
  verifyNotice,
} from '../../src/agreement/index.ts';
import { canonicalJson, utf8 } from '../../src/base/index.ts';
import { DURING, exampleAgreement, KEYS, publicKey, testKey } from './example.ts';

const agreement = exampleAgreement();
const AT = '2027-01-01T00:00:00Z';
const BY = { signatory: 'director', at: AT };

const suspend = draftNotice(agreement, {
  kind: 'suspend',
  party: 'northlight',
  at: AT,
  reason: 'under review',
});

async function signed(
  notice: Notice,
  key = KEYS.northlight.signatory,
  by = BY,
  of = agreement,
): Promise<SignedNotice> {
  return { notice, signatures: [await signNotice(of, notice, key, by)] };
}

test('a notice of a party, signed by its signatory, counts', async () => {
  assert.deepEqual(await verifyNotice(agreement, await signed(suspend)), []);
});

test('a notice that is changed, unsigned, or signed by another does not count', async () => {
  const good = await signed(suspend);
  const cases: [string, SignedNotice][] = [
    ['changed', { ...good, notice: { ...suspend, reason: 'other' } }],
    ['unsigned', { ...good, signatures: [] }],
    ['in the name of the other party', { ...good, notice: { ...suspend, party: 'interlink' } }],
    ['of a stranger', { ...good, notice: { ...suspend, party: 'ghost' } }],
    ['signed twice', { ...good, signatures: [good.signatures[0]!, good.signatures[0]!] }],
    [
      'about another text',
      { ...good, notice: { ...suspend, agreement: { ...suspend.agreement, digest: '0'.repeat(64) } } },
    ],
    [
      'about another agreement',
      { ...good, notice: { ...suspend, agreement: { ...suspend.agreement, id: 'agreement--x' } } },
    ],
  ];
  for (const [what, wrong] of cases) assert.notDeepEqual(await verifyNotice(agreement, wrong), [], what);
  await assert.rejects(signed(suspend, KEYS.stranger), { code: 'agreement-signature' });
});

test('to suspend one signatory suffices; to end it takes those whom the agreement took', async () => {
  const draft = structuredClone(agreement) as Agreement;
  draft.parties[0]!.signatories.push({
    id: 'deputy',
    name: 'D',
    title: 'Deputy',
    authority: 'A',
    key: publicKey(testKey(7)),
  });
  const two = parseAgreement(bindText(draft));
  const fields = { party: 'northlight', at: AT, reason: 'x' } as const;
  const hold = draftNotice(two, { ...fields, kind: 'suspend' });
  assert.deepEqual(await verifyNotice(two, await signed(hold, undefined, undefined, two)), []);
  const end = draftNotice(two, { ...fields, kind: 'terminate', ground: 'breach' });
  const one = await signed(end, undefined, undefined, two);
  assert.match((await verifyNotice(two, one))[0]!.message, /1 of 2 signatures/);
  const deputy = await signNotice(two, end, testKey(7), { signatory: 'deputy', at: AT });
  assert.deepEqual(await verifyNotice(two, { notice: end, signatures: [...one.signatures, deputy] }), []);
});

test('the file of a notice has one byte form, and any changed byte is detected', async () => {
  const good = await signed(suspend);
  const bytes = utf8(encodeSignedNotice(good));
  assert.deepEqual(decodeSignedNotice(bytes), good);
  for (let i = 0; i < bytes.length; i++) {
    const changed = Uint8Array.from(bytes);
    changed[i]! ^= 1 << (i % 8);
    const intact = await Promise.resolve()
      .then(() => verifyNotice(agreement, decodeSignedNotice(changed)))
      .then(
        (issues) => issues.length === 0,
        () => false,
      );
    assert.equal(intact, false, `byte ${i}`);
  }
  assert.throws(() => parseSignedNotice({ ...good, more: 1 }), { code: 'agreement-signature' });
  assert.throws(() => decodeSignedNotice(utf8(canonicalJson(good))), { code: 'agreement-signature' });
  for (const value of [null, {}, { notice: {} }, { notice: { ...suspend, kind: 'annul' }, signatures: [] }]) {
    assert.throws(() => parseSignedNotice(value), /agreement|notice/);
  }
});

test('a rotated key signs instead of the old one, and may be revoked', async () => {
  const fresh = testKey(11);
  const rotation = draftNotice(agreement, {
    kind: 'rotate-key',
    party: 'northlight',
    at: AT,
    reason: 'yearly',
    kid: publicKey(KEYS.northlight.signatory).kid,
    key: publicKey(fresh),
  });
  assert.deepEqual(await verifyNotice(agreement, await signed(rotation)), []);
  const later = { signatory: 'director', at: '2027-02-01T00:00:00Z' };
  const hold = draftNotice(agreement, { kind: 'suspend', party: 'northlight', at: later.at, reason: 'x' });
  await assert.rejects(signNotice(agreement, hold, KEYS.northlight.signatory, later, [rotation]), {
    code: 'agreement-signature',
  });
  const byNew = { notice: hold, signatures: [await signNotice(agreement, hold, fresh, later, [rotation])] };
  assert.deepEqual(await verifyNotice(agreement, byNew, [rotation]), []);
  assert.notDeepEqual(await verifyNotice(agreement, byNew, []), [], 'unknown without the rotation');
  const revocation = draftNotice(agreement, {
    kind: 'revoke-key',
    party: 'northlight',
    at: later.at,
    reason: 'lost',
    kid: publicKey(fresh).kid,
  });
  assert.notDeepEqual(await verifyNotice(agreement, byNew, [rotation, revocation]), []);
});

test('a machine whose key was revoked gets nothing, one whose key was rotated does', () => {
  const decider = compileAgreement(unsignedAsIfSigned(agreement));
  const kid = publicKey(KEYS.interlink.node).kid;
  const fresh = publicKey(testKey(12));
  const fields = { party: 'interlink', at: AT, reason: 'stolen', kid } as const;
  const ask = (node: string, notices: Notice[], at = DURING) =>
    decider.decide(
      {
        act: 'release',
        from: 'northlight',
        to: 'interlink',
        purpose: 'investigation',
        at,
        node,
        releaseClass: { category: 'network-indicators', tlp: 'green', pap: 'clear', personalData: 'none' },
      },
      notices,
    );
  assert.equal(ask(kid, []).verdict, 'allow');
  assert.equal(ask(publicKey(KEYS.stranger).kid, []).clauses[0]!.path, 'parties[1].nodes');
  const revoked = draftNotice(agreement, { ...fields, kind: 'revoke-key' });
  assert.equal(ask(kid, [revoked]).clauses[0]!.path, 'notice.revoke-key');
  assert.equal(ask(kid, [revoked], '2026-12-31T00:00:00Z').verdict, 'allow', 'not before the revocation');
  const rotated = draftNotice(agreement, { ...fields, kind: 'rotate-key', key: fresh });
  assert.equal(ask(fresh.kid, [rotated]).verdict, 'allow');
  assert.equal(ask(kid, [rotated]).verdict, 'deny');
});
