/** The example agreement with keys made from fixed seeds, so that tests are the same on every run. */
import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Agreement,
  fillTemplate,
  keyThumbprint,
  type PrivateKey,
  type PublicKey,
  parseAgreement,
  type Signature,
  type SignedAgreement,
  signAgreement,
} from '../../src/agreement/index.ts';

const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** A key pair from one byte, for tests only. */
export function testKey(seed: number): PrivateKey {
  const der = Buffer.concat([PKCS8_ED25519, Buffer.alloc(32, seed)]);
  const jwk = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({ format: 'jwk' });
  return { kty: 'OKP', crv: 'Ed25519', x: jwk.x!, d: jwk.d! };
}

export function publicKey(key: PrivateKey): PublicKey {
  return { kty: 'OKP', crv: 'Ed25519', x: key.x, kid: keyThumbprint(key) };
}

export const KEYS = {
  northlight: { node: testKey(1), signatory: testKey(2) },
  interlink: { node: testKey(3), signatory: testKey(4) },
  stranger: testKey(9),
};

export const FROM = '2026-12-01T00:00:00Z';
export const UNTIL = '2031-12-01T00:00:00Z';
export const DURING = '2027-06-01T12:00:00Z';
export const SIGNED_AT = '2026-11-20T10:00:00Z';

export const VALUES = {
  id: 'agreement--0f8fad5b-d9cb-469f-a165-70867728950e',
  from: FROM,
  until: UNTIL,
  northlight: { node: publicKey(KEYS.northlight.node), signatory: publicKey(KEYS.northlight.signatory) },
  interlink: { node: publicKey(KEYS.interlink.node), signatory: publicKey(KEYS.interlink.signatory) },
};

export function exampleText(name = 'contribution-2026'): string {
  return readFileSync(join(import.meta.dirname, `../../examples/agreements/${name}.yaml`), 'utf8');
}

export function exampleAgreement(name?: string): Agreement {
  return parseAgreement(fillTemplate(exampleText(name), VALUES));
}

type Signer = 'northlight' | 'interlink';

/** Signed by the given parties, with the example's keys unless others are given. */
export async function sign(
  agreement: Agreement,
  who: readonly Signer[] = ['northlight', 'interlink'],
  keys: Partial<Record<Signer, PrivateKey>> = {},
): Promise<SignedAgreement> {
  const signatures: Signature[] = [];
  for (const party of who) {
    const signatory = agreement.parties.find(({ id }) => id === party)!.signatories[0]!.id;
    const key = keys[party] ?? KEYS[party].signatory;
    signatures.push(await signAgreement(agreement, key, { party, signatory, at: SIGNED_AT }));
  }
  return { agreement, signatures };
}
