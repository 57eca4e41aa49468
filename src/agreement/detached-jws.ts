/**
 * Detached JWS (RFC 7515 appendix F) in the members of a General JSON Serialisation: the payload is the RFC 8785
 * canonical JSON of a document that lies beside its signatures, so anybody can check it with
 * `{"payload": base64url(canonical JSON), "signatures": […]}` and any JWS library. Ed25519 only (`alg` EdDSA, RFC 8037).
 *
 * An attacker may change any byte of document, header or signature. Base64url is therefore read strictly (no spare
 * bits, no padding), the header must be its own canonical JSON, and it holds exactly the members below: one
 * signature has one byte form.
 */
import { FlattenedSign, flattenedVerify, importJWK } from 'jose';
import { canonicalBytes, canonicalJson, decodeBase64, decodeUtf8Strict, utf8 } from '../base/index.ts';
import { encodeBase64Url } from './digest.ts';
import type { PublicKey } from './document.ts';
import { instantNs } from './instant.ts';

/** One member of `signatures` in a General JWS. */
export interface Signature {
  /** The header below, base64url of canonical JSON. */
  readonly protected: string;
  /** 64 bytes, base64url. */
  readonly signature: string;
}

export interface SignatureHeader {
  readonly alg: 'EdDSA';
  /** Seconds matter here only as the signatory's own statement; nothing else attests them. */
  readonly at: string;
  readonly kid: string;
  readonly party: string;
  readonly signatory: string;
  /** Keeps a signature over one kind of document from being passed off as one over another. */
  readonly typ: string;
}

export interface PrivateKey {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
  readonly d: string;
}

/** A header has six short members; this is far above any of them. */
const HEADER_LENGTH_MAX = 2_000;

export async function signDetached(
  document: unknown,
  privateKey: PrivateKey,
  header: Omit<SignatureHeader, 'alg'>,
): Promise<Signature> {
  const key = await importJWK({ kty: 'OKP', crv: 'Ed25519', x: privateKey.x, d: privateKey.d }, 'EdDSA');
  const { at, kid, party, signatory, typ } = header;
  const ordered = { alg: 'EdDSA', at, kid, party, signatory, typ }; // RFC 8785 order, which jose keeps
  const jws = await new FlattenedSign(canonicalBytes(document)).setProtectedHeader(ordered).sign(key);
  return { protected: jws.protected!, signature: jws.signature };
}

/** The header as claimed, or null when it is not exactly one; nothing is verified. */
export function unverifiedHeader(signature: Signature): SignatureHeader | null {
  if (signature.protected.length > HEADER_LENGTH_MAX) return null;
  const bytes = decodeBase64Url(signature.protected);
  if (!bytes) return null;
  try {
    const text = decodeUtf8Strict(bytes);
    const header = JSON.parse(text) as Record<string, unknown>;
    if (canonicalJson(header) !== text) return null;
    const { alg, at, kid, party, signatory, typ, ...rest } = header;
    if (alg !== 'EdDSA' || Object.keys(rest).length > 0) return null;
    for (const member of [at, kid, party, signatory, typ]) if (typeof member !== 'string') return null;
    if (instantNs(at as string) === null) return null;
    return header as unknown as SignatureHeader;
  } catch {
    return null;
  }
}

/** Whether `key` signed `document` with this header. */
export async function verifyDetached(
  document: unknown,
  signature: Signature,
  key: Pick<PublicKey, 'x'>,
): Promise<boolean> {
  if (decodeBase64Url(signature.signature)?.length !== 64) return false;
  try {
    const imported = await importJWK({ kty: 'OKP', crv: 'Ed25519', x: key.x }, 'EdDSA');
    const payload = encodeBase64Url(utf8(canonicalJson(document)));
    await flattenedVerify({ ...signature, payload }, imported, { algorithms: ['EdDSA'] });
    return true;
  } catch {
    return false;
  }
}

/** Strict: null for padding, foreign characters or spare bits. */
function decodeBase64Url(text: string): Uint8Array | null {
  if (!/^[A-Za-z0-9_-]*$/.test(text)) return null;
  const padded = text
    .replaceAll('-', '+')
    .replaceAll('_', '/')
    .padEnd(Math.ceil(text.length / 4) * 4, '=');
  return decodeBase64(padded);
}
