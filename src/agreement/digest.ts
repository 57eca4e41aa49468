/**
 * Digests of agreements and thumbprints of keys. Two nodes hold the same version exactly when these are equal.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { canonicalBytes, encodeBase64, encodeHex, utf8 } from '../base/index.ts';
import type { Agreement, PublicKey } from './document.ts';

export function sha256Hex(text: string): string {
  return encodeHex(sha256(utf8(text)));
}

/** SHA-256 of the canonical JSON: the name of exactly this version of this agreement. */
export function agreementDigest(agreement: Agreement): string {
  return encodeHex(sha256(canonicalBytes(agreement)));
}

/** SHA-256 of everything but the prose: what `text.boundTo` must be. */
export function machineDigest(agreement: Record<string, unknown>): string {
  const { text: _, ...machine } = agreement;
  return encodeHex(sha256(canonicalBytes(machine)));
}

/** RFC 7638 thumbprint of an Ed25519 public key. */
export function keyThumbprint(key: Pick<PublicKey, 'x'>): string {
  return encodeBase64Url(sha256(utf8(`{"crv":"Ed25519","kty":"OKP","x":"${key.x}"}`)));
}

export function encodeBase64Url(bytes: Uint8Array): string {
  return encodeBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

/** The agreement with the digests of its prose, and of the machine part, as they must be. */
export function bindText<T extends Record<string, unknown>>(agreement: T): T {
  const text = agreement['text'] as
    | { languages?: Record<string, { prose?: unknown; sha256?: unknown }> }
    | undefined;
  if (typeof text !== 'object' || text === null) return agreement;
  const languages: Record<string, unknown> = {};
  for (const [language, entry] of Object.entries(text.languages ?? {})) {
    languages[language] =
      typeof entry?.prose === 'string' ? { ...entry, sha256: sha256Hex(entry.prose) } : entry;
  }
  return { ...agreement, text: { ...text, languages, boundTo: machineDigest(agreement) } };
}
