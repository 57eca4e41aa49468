import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FlattenedSign, generalVerify, importJWK } from 'jose';
import {
  type Agreement,
  agreementDigest,
  assertFullySigned,
  bindText,
  decodeSignedAgreement,
  encodeSignedAgreement,
  parseAgreement,
  parseSignedAgreement,
  type Signature,
  type SignedAgreement,
  signAgreement,
  unverifiedHeader,
  verifyAgreement,
  verifySignatures,
} from '../../src/agreement/index.ts';
import { canonicalBytes, canonicalJson, utf8 } from '../../src/base/index.ts';
import { exampleAgreement, KEYS, publicKey, SIGNED_AT, sign, testKey, VALUES } from './example.ts';

const agreement = exampleAgreement();

/** Small, so that every byte of its signed file can be changed in turn. */
function smallAgreement(): Agreement {
  const party = (id: 'northlight' | 'interlink') => ({
    id,
    name: id,
    kind: 'company',
    roles: ['recipient'],
    nodes: [],
    signatories: [{ id: 'one', name: 'N', title: 'T', authority: 'A', key: VALUES[id].signatory }],
    signing: 'all',
    contacts: [],
  });
  const draft = {
    format: 'entente/agreement/1',
    id: VALUES.id,
    instrument: 'framework',
    version: 1,
    title: 'Small',
    parties: [party('northlight'), party('interlink')],
    term: {
      from: '2026-12-01T00:00:00Z',
      until: '2031-12-01T00:00:00Z',
      renewal: { mode: 'none', months: 0, times: 0, noticeDays: 0 },
      notice: { days: 0, immediate: [] },
      suspension: { by: [], daysMax: 0 },
      atEnd: {
        objects: 'delete',
        personalData: 'delete',
        openCases: 'close',
        openCaseDays: 0,
        accounts: 'close',
        seats: 'close',
        days: 1,
      },
    },
    flows: [],
    services: [],
    accountability: {
      audit: { by: [], noticeDays: 0 },
      logAccess: 'none',
      breachNoticeHours: 1,
      transparency: 'none',
    },
    text: { authentic: 'en', languages: { en: { prose: 'Text' } } },
  };
  return parseAgreement(bindText(draft));
}

test('a document signed by all its parties is complete', async () => {
  const verified = await verifyAgreement(await sign(agreement));
  assert.equal(verified.complete, true);
  assert.deepEqual(verified.issues, []);
  assert.equal(verified.signedAt, SIGNED_AT);
  assert.equal(verified.digest, agreementDigest(agreement));
  assert.doesNotThrow(() => assertFullySigned(verified));
});

test('one signature of two is not complete, and says whose is missing', async () => {
  const verified = await verifyAgreement(await sign(agreement, ['northlight']));
  assert.equal(verified.complete, false);
  assert.deepEqual(verified.parties[1], {
    party: 'interlink',
    complete: false,
    signed: [],
    missing: ['secretary-general'],
  });
  assert.throws(() => assertFullySigned(verified), {
    code: 'agreement-signature',
    message: 'Interlink Police Organisation has not signed (Leila Haddad)',
  });
});

test('of several signatories all must sign, or any one where the party says so', async () => {
  for (const [signing, expected] of [
    ['all', false],
    ['any', true],
  ] as const) {
    const draft = structuredClone(agreement) as Agreement;
    draft.parties[0]!.signing = signing;
    draft.parties[0]!.signatories.push({
      id: 'deputy',
      name: 'D',
      title: 'Deputy',
      authority: 'A',
      key: publicKey(testKey(7)),
    });
    const two = parseAgreement(bindText(draft));
    const { complete } = await verifyAgreement(await sign(two));
    assert.equal(complete, expected);
  }
});

test('an observer does not have to sign', async () => {
  const draft = structuredClone(agreement) as Agreement;
  const observer = {
    id: 'ministry',
    name: 'Ministry',
    kind: 'authority',
    roles: ['observer'],
    nodes: [],
    contacts: [],
    signing: 'all',
  } as const;
  draft.parties.push({
    ...structuredClone(observer),
    roles: ['observer'],
    nodes: [],
    contacts: [],
    signatories: [{ id: 'x', name: 'X', title: 'X', authority: 'X', key: publicKey(testKey(8)) }],
  });
  const verified = await verifyAgreement(await sign(parseAgreement(bindText(draft))));
  assert.equal(verified.complete, true);
});

test('any JWS library verifies the signatures over the canonical JSON', async () => {
  const { signatures } = await sign(agreement);
  const payload = Buffer.from(canonicalBytes(agreement)).toString('base64url');
  for (const [i, key] of [KEYS.northlight.signatory, KEYS.interlink.signatory].entries()) {
    const jwk = await importJWK({ kty: 'OKP', crv: 'Ed25519', x: key.x }, 'EdDSA');
    const { protectedHeader } = await generalVerify({ payload, signatures: [{ ...signatures[i]! }] }, jwk);
    assert.equal(protectedHeader?.kid, publicKey(key).kid);
  }
});

test('signing with a key that the agreement does not name is refused', async () => {
  const by = { party: 'northlight', signatory: 'director', at: SIGNED_AT };
  await assert.rejects(signAgreement(agreement, KEYS.stranger, by), { code: 'agreement-signature' });
  await assert.rejects(signAgreement(agreement, KEYS.northlight.signatory, { ...by, signatory: 'x' }), {
    code: 'agreement-signature',
  });
  await assert.rejects(signAgreement(agreement, KEYS.northlight.signatory, { ...by, at: 'now' }), {
    code: 'timestamp-invalid',
  });
});

test('a key signs only within its own span', async () => {
  const draft = structuredClone(agreement) as Agreement;
  draft.parties[0]!.signatories[0]!.key.from = '2027-01-01T00:00:00Z';
  const late = parseAgreement(bindText(draft));
  await assert.rejects(sign(late), /does not count at/);
});

/** Every way a stranger or a careless hand can spoil the signatures. */
test('unknown, foreign, doubled and stripped signatures are refused', async () => {
  const { signatures } = await sign(agreement);
  const [first, second] = signatures as [Signature, Signature];
  const jwk = await importJWK({ ...KEYS.northlight.signatory }, 'EdDSA');
  const header = unverifiedHeader(first)!;
  const forge = async (change: Record<string, unknown>, payload: unknown = agreement) => {
    const jws = await new FlattenedSign(canonicalBytes(payload))
      .setProtectedHeader({ ...header, ...change })
      .sign(jwk);
    return { protected: jws.protected!, signature: jws.signature };
  };
  const cases: [string, Signature[], RegExp][] = [
    ['twice the same', [first, first, second], /signed twice/],
    [
      'another document',
      [await forge({}, { ...agreement, title: 'Other' }), second],
      /does not fit the text/,
    ],
    ['unknown signatory', [await forge({ signatory: 'ghost' }), second], /names no signatory "ghost"/],
    [
      'for the other party',
      [await forge({ party: 'interlink', signatory: 'secretary-general' }), second],
      /another key than the agreement names/,
    ],
    [
      'other kind of document',
      [await forge({ typ: 'entente-agreement-notice+jws' }), second],
      /is no signature of an agreement/,
    ],
    ['extra header member', [await forge({ x: 1 }), second], /is no signature of an agreement/],
    [
      'unprotected text',
      [{ protected: 'e30', signature: first.signature }, second],
      /is no signature of an agreement/,
    ],
    [
      'swapped',
      [{ protected: first.protected, signature: second.signature }, second],
      /does not fit the text/,
    ],
  ];
  for (const [what, wrong, said] of cases) {
    const report = await verifySignatures(agreement, wrong);
    assert.equal(report.complete, false, what);
    assert.match(report.issues.map((issue) => issue.message).join(), said, what);
  }
});

test('the signed file has one byte form', async () => {
  const signed = await sign(agreement);
  const text = encodeSignedAgreement(signed);
  assert.deepEqual(decodeSignedAgreement(utf8(text)), signed);
  assert.equal(encodeSignedAgreement({ ...signed, signatures: signed.signatures.toReversed() }), text);
  const value = JSON.parse(text) as Record<string, unknown>;
  const wrong: [string, string, string][] = [
    ['pretty-printed', `${JSON.stringify(value, null, 2)}\n`, 'agreement-signature'],
    ['without its line feed', text.trimEnd(), 'agreement-signature'],
    ['with a second line', `${text}{}\n`, 'json-syntax'],
    ['with a member nobody signed', `${canonicalJson({ ...value, note: 'x' })}\n`, 'agreement-signature'],
    [
      'signatures in another order',
      `${canonicalJson({ ...value, signatures: signed.signatures.toReversed() })}\n`,
      'agreement-signature',
    ],
    [
      'a member doubled',
      text.replace('{"agreement":', '{"agreement":{},"agreement":'),
      'agreement-signature',
    ],
    ['cut short', text.slice(0, -20), 'json-syntax'],
    ['empty', '', 'json-syntax'],
  ];
  for (const [what, bytes, code] of wrong)
    assert.throws(() => decodeSignedAgreement(utf8(bytes), 'FILE'), { code }, what);
  assert.throws(() => decodeSignedAgreement(Uint8Array.of(0xff, 0xfe)), { code: 'json-syntax' });
  assert.throws(() => parseSignedAgreement({ agreement, signatures: [{ protected: 'x' }] }), {
    code: 'agreement-signature',
  });
});

async function isIntact(bytes: Uint8Array): Promise<boolean> {
  let signed: SignedAgreement;
  try {
    signed = decodeSignedAgreement(bytes);
  } catch {
    return false;
  }
  return (await verifyAgreement(signed)).complete;
}

test('changing any single byte of a signed agreement is detected', async () => {
  const by = { signatory: 'one', at: SIGNED_AT };
  const small = smallAgreement();
  const signatures = [
    await signAgreement(small, KEYS.northlight.signatory, { ...by, party: 'northlight' }),
    await signAgreement(small, KEYS.interlink.signatory, { ...by, party: 'interlink' }),
  ];
  const bytes = utf8(encodeSignedAgreement({ agreement: small, signatures }));
  assert.equal(await isIntact(bytes), true);
  for (let i = 0; i < bytes.length; i++) {
    for (const flip of i % 7 === 0 ? [1, 2, 4, 8, 16, 32, 64, 128] : [1 << (i % 8)]) {
      bytes[i]! ^= flip;
      assert.equal(await isIntact(bytes), false, `byte ${i} of ${bytes.length}, bits ${flip}`);
      bytes[i]! ^= flip;
    }
  }
  assert.equal(await isIntact(bytes), true);
});

test('every spelling of a signature but one is refused', async () => {
  const signed = await sign(agreement);
  const [first, second] = signed.signatures as [Signature, Signature];
  const last = first.signature.at(-1)!;
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=';
  for (const other of alphabet.replace(last, '')) {
    const report = await verifySignatures(agreement, [
      { ...first, signature: first.signature.slice(0, -1) + other },
      second,
    ]);
    assert.equal(report.complete, false);
  }
  assert.equal(
    (await verifySignatures(agreement, [{ ...first, signature: `${first.signature}==` }, second])).complete,
    false,
  );
});
