/**
 * Names and keys of those who sign notes (C2SP signed-note, "Signatures", "Verifier keys").
 *
 * A key is known by its name and a 32-bit id that commits to name, signature type and public key. The id only finds the
 * key again, anyone can make it collide; what protects is that verification uses the configured public key.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, decodeBase64, encodeBase64, encodeHex, utf8 } from '../base/index.ts';
import { formatError, quote } from './text.ts';

/**
 * The signature types in use here (C2SP signed-note, "Signature types"): a log signs its checkpoints plainly, a witness
 * signs them together with the time.
 */
export const SIGNATURE_TYPES = { ed25519: 0x01, cosignature: 0x04 } as const;

export type SignatureType = keyof typeof SIGNATURE_TYPES;

/** A verifier key: whose signatures of which type are believed. */
export interface VerifierKey {
  readonly name: string;
  readonly type: SignatureType;
  /** Ed25519, 32 bytes (RFC 8032 §5.1.5). */
  readonly publicKey: Uint8Array;
  /** Key id, 8 lowercase hexadecimal digits. */
  readonly id: string;
}

/** The ML-DSA cosigned message gives a name one length byte; one bound serves all signature types. */
export const KEY_NAME_BYTES_MAX = 255;

/** Ed25519 public keys (RFC 8032 §5.1.5). */
const PUBLIC_KEY_BYTES = 32;

/** Name, id, and base64 of 33 bytes, with the two plus signs. */
const VKEY_LENGTH_MAX = KEY_NAME_BYTES_MAX + 8 + 44 + 2;

export function isKeyName(name: string): boolean {
  return (
    name !== '' &&
    name.isWellFormed() &&
    !/[\p{White_Space}+\u0000-\u001f]/u.test(name) &&
    utf8(name).length <= KEY_NAME_BYTES_MAX
  );
}

/** @throws EntenteError `ledger-format` for a name or public key that no key can have. */
export function verifierKey(name: string, type: SignatureType, publicKey: Uint8Array): VerifierKey {
  if (!isKeyName(name))
    throw formatError('the key name', `${quote(name)} is empty, too long, or holds a space or a plus sign`);
  if (publicKey.length !== PUBLIC_KEY_BYTES)
    throw formatError(`the key of ${quote(name)}`, `has ${publicKey.length} bytes, not ${PUBLIC_KEY_BYTES}`);
  const material = concatBytes([Uint8Array.of(SIGNATURE_TYPES[type]), publicKey]);
  const id = encodeHex(sha256(concatBytes([utf8(`${name}\n`), material])).subarray(0, 4));
  return { name, type, publicKey, id };
}

/** `example.com/log+530d903a+AekyeRrm56h…` */
export function encodeVerifierKey(key: VerifierKey): string {
  const material = concatBytes([Uint8Array.of(SIGNATURE_TYPES[key.type]), key.publicKey]);
  return `${key.name}+${key.id}+${encodeBase64(material)}`;
}

/** @throws EntenteError `ledger-format`, also when the id is not that of name and key. */
export function parseVerifierKey(text: string): VerifierKey {
  const what = 'the verifier key';
  if (text.length > VKEY_LENGTH_MAX) throw formatError(what, `longer than ${VKEY_LENGTH_MAX} characters`);
  const [name = '', id = '', ...rest] = text.split('+');
  const material = decodeBase64(rest.join('+')); // base64 itself may hold a plus
  if (!/^[0-9a-f]{8}$/.test(id) || !material?.length)
    throw formatError(what, `${quote(text)} is not name+id+key`);
  const type = (Object.keys(SIGNATURE_TYPES) as SignatureType[]).find(
    (known) => SIGNATURE_TYPES[known] === material[0],
  );
  if (!type) throw formatError(what, `has signature type ${material[0]}, which is not supported`);
  const key = verifierKey(name, type, material.subarray(1));
  if (key.id !== id) throw formatError(what, `says id ${id}, but name and key make ${key.id}`);
  return key;
}
