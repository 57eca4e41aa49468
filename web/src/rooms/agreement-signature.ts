/**
 * Signing an agreement in the browser: the same detached JWS as `src/agreement/detached-jws.ts` makes, over the same canonical bytes. The private
 * key is read from the signatory's file into the browser's own cryptography, which does not give it out again; what leaves the page is the signature.
 */
import { canonicalBytes } from '../../../src/base/canonical-json.ts';

export interface Signature {
  readonly protected: string;
  readonly signature: string;
}

/** As much of a document as names who signs it. */
export interface Signable {
  readonly parties: readonly {
    readonly id: string;
    readonly name: string;
    readonly signatories: readonly {
      readonly id: string;
      readonly name: string;
      readonly title: string;
      readonly key: { readonly kid: string; readonly x: string };
    }[];
  }[];
}

/** Why a key file does not serve; the page has words for each. */
export type KeyFault = 'not-a-key' | 'not-named' | 'not-its-pair' | 'no-cryptography';

export class KeyError extends Error {
  readonly fault: KeyFault;
  constructor(fault: KeyFault) {
    super(fault);
    this.fault = fault;
  }
}

export interface SignatoryKey {
  readonly kid: string;
  readonly x: string;
  readonly key: CryptoKey;
}

const TYP = 'entente-agreement+jws';

const utf8 = (text: string) => new TextEncoder().encode(text);

function base64Url(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** SHA-256 of the canonical JSON, in hexadecimal: the name of exactly this version. */
export async function digestOf(document: unknown): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', canonicalBytes(document)));
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** A private key as the node and other tools write it: a JWK of Ed25519. @throws KeyError */
export async function readKey(file: Blob): Promise<SignatoryKey> {
  // A browser gives its cryptography only to pages that came by TLS or from this machine.
  if (!globalThis.crypto?.subtle) throw new KeyError('no-cryptography');
  const jwk = await file
    .text()
    .then((text) => JSON.parse(text) as Record<string, unknown>)
    .catch(() => null);
  const { kty, crv, x, d } = jwk ?? {};
  if (kty !== 'OKP' || crv !== 'Ed25519' || typeof x !== 'string' || typeof d !== 'string')
    throw new KeyError('not-a-key');
  const key = await crypto.subtle
    .importKey('jwk', { kty, crv, x, d }, 'Ed25519', false, ['sign'])
    .catch((error: Error) => {
      throw new KeyError(error.name === 'NotSupportedError' ? 'no-cryptography' : 'not-a-key');
    });
  return { kid: await kidOf(x), x, key };
}

/** RFC 7638 */
async function kidOf(x: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', utf8(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`));
  return base64Url(new Uint8Array(digest));
}

/** A new pair: the private key as the file that `readKey` and the command read, and the public one as agreements name it. @throws KeyError */
export async function makeKey() {
  if (!globalThis.crypto?.subtle) throw new KeyError('no-cryptography');
  const pair = (await crypto.subtle.generateKey('Ed25519', true, ['sign', 'verify']).catch(() => {
    throw new KeyError('no-cryptography');
  })) as CryptoKeyPair;
  const { x, d } = await crypto.subtle.exportKey('jwk', pair.privateKey);
  const publicKey = { kty: 'OKP', crv: 'Ed25519', x: x!, kid: await kidOf(x!) };
  return { file: `${JSON.stringify({ kty: 'OKP', crv: 'Ed25519', x, d })}\n`, publicKey };
}

/** Whom of a party the agreement names with this key. @throws KeyError */
export function signatoryWith(document: Signable, party: string, { kid }: SignatoryKey) {
  const found = document.parties
    .find(({ id }) => id === party)
    ?.signatories.find((one) => one.key.kid === kid);
  if (!found) throw new KeyError('not-named');
  return found;
}

/** @throws KeyError `not-its-pair` when the file's private key is not that of its public key */
export async function signDocument(
  document: Signable,
  party: string,
  key: SignatoryKey,
  at: Date,
): Promise<Signature> {
  const { id: signatory } = signatoryWith(document, party, key);
  const header = { alg: 'EdDSA', at: at.toISOString(), kid: key.kid, party, signatory, typ: TYP };
  const protectedHeader = base64Url(canonicalBytes(header));
  const signed = utf8(`${protectedHeader}.${base64Url(canonicalBytes(document))}`);
  const signature = await crypto.subtle.sign('Ed25519', key.key, signed);
  const pair = { kty: 'OKP', crv: 'Ed25519', x: key.x };
  const publicKey = await crypto.subtle.importKey('jwk', pair, 'Ed25519', false, ['verify']);
  if (!(await crypto.subtle.verify('Ed25519', publicKey, signature, signed)))
    throw new KeyError('not-its-pair');
  return { protected: protectedHeader, signature: base64Url(new Uint8Array(signature)) };
}
