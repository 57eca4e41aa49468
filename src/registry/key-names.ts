/**
 * How a node's keys name it: to peers, in checkpoints, as a witness. Nothing of Node is used here, so that the verifier that runs in a
 * browser names keys by the same lines.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { decodeBase64Url, EntenteError, encodeBase64Url, utf8 } from '../base/index.ts';
import { type VerifierKey, verifierKey } from '../ledger/index.ts';

export interface PublicJwk {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  /** The public key, base64url. */
  readonly x: string;
}

/** RFC 7638. */
export function thumbprint(jwk: PublicJwk): string {
  return encodeBase64Url(sha256(utf8(`{"crv":"Ed25519","kty":"OKP","x":"${jwk.x}"}`)));
}

/** The ledger's name in checkpoints: the node's key says it, so no two nodes share one. */
export function ledgerOrigin(kid: string): string {
  return `entente.node/${kid}`;
}

export function ledgerKey(kid: string, jwk: PublicJwk): VerifierKey {
  return verifierKey(ledgerOrigin(kid), 'ed25519', publicKeyBytes(jwk));
}

/** The name under which a node cosigns. */
export function witnessKey(kid: string, jwk: PublicJwk): VerifierKey {
  return verifierKey(`${ledgerOrigin(kid)}/witness`, 'cosignature', publicKeyBytes(jwk));
}

/** @throws EntenteError `signature-invalid` for text that is no key */
export function publicKeyBytes(jwk: PublicJwk): Uint8Array {
  const bytes = decodeBase64Url(jwk.x);
  if (bytes?.length !== 32) throw new EntenteError('signature-invalid', 'the text is no Ed25519 public key');
  return bytes;
}
