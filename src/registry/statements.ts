/**
 * Signed statements: what one node says to another and can be held to. A statement is a compact JWS (RFC 7515) over the canonical
 * JSON of its payload, signed with the node's Ed25519 key; `typ` keeps one kind from being passed off as another.
 */
import { CompactSign, compactVerify, decodeProtectedHeader, importJWK } from 'jose';
import {
  canonicalBytes,
  canonicalJson,
  decodeBase64Url,
  decodeUtf8Strict,
  EntenteError,
} from '../base/index.ts';
import type { Identity } from './identity.ts';
import type { PublicJwk } from './key-names.ts';

export type StatementType =
  | 'message'
  | 'delivery'
  | 'custody'
  | 'bundle'
  | 'package'
  | 'request-step'
  | 'annotation'
  | 'seat-act';

const typ = (type: StatementType) => `entente-${type}+jws`;

export async function signStatement(
  identity: Identity,
  type: StatementType,
  payload: unknown,
): Promise<string> {
  const key = await importJWK({ ...identity.privateJwk }, 'EdDSA');
  return new CompactSign(canonicalBytes(payload))
    .setProtectedHeader({ alg: 'EdDSA', kid: identity.kid, typ: typ(type) })
    .sign(key);
}

/** The `kid` a statement claims to be signed by; nothing is verified. */
export function unverifiedSigner(jws: string): string | null {
  try {
    const { kid } = decodeProtectedHeader(jws);
    return typeof kid === 'string' ? kid : null;
  } catch {
    return null;
  }
}

/** Decoders pass over line ends and stray bits, so that one statement would have many texts, and many digests. */
function isStrict(jws: string): boolean {
  const parts = jws.split('.');
  return parts.length === 3 && parts.every((part) => decodeBase64Url(part) !== null);
}

/** @throws EntenteError `signature-invalid` */
export async function verifyStatement(
  jws: string,
  type: StatementType,
  jwk: PublicJwk,
): Promise<Record<string, unknown>> {
  try {
    if (!isStrict(jws)) throw new Error('not in the one form that a JWS has');
    const key = await importJWK({ ...jwk }, 'EdDSA');
    const { payload, protectedHeader } = await compactVerify(jws, key, { algorithms: ['EdDSA'] });
    if (protectedHeader.typ !== typ(type)) throw new Error(`it is a ${protectedHeader.typ}`);
    const text = decodeUtf8Strict(payload);
    const value = JSON.parse(text) as Record<string, unknown>;
    if (typeof value !== 'object' || value === null || canonicalJson(value) !== text)
      throw new Error('not canonical');
    return value;
  } catch (cause) {
    throw new EntenteError(
      'signature-invalid',
      `this ${type} statement is not signed by the key it names, or was changed`,
      { cause },
    );
  }
}
