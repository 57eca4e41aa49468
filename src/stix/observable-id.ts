/**
 * Deterministic ids of cyber-observable objects (STIX 2.1 §2.9, §3.4): UUIDv5 in a namespace of their own, over the
 * RFC 8785 form of the ID contributing properties. Two producers that saw the same thing give it the same id.
 */
import { sha1 } from '@noble/hashes/legacy.js';
import { canonicalBytes, concatBytes, decodeHex, encodeHex } from '../base/index.ts';
import { isRecord } from './fields.ts';
import { OBJECT_TYPES } from './schema/index.ts';

/** 00abedb4-aa42-466c-9c01-fed23315a9b7 (STIX 2.1 §2.9). */
const NAMESPACE = decodeHex('00abedb4aa42466c9c01fed23315a9b7')!;

/** The one hash that contributes is the first of these that is there (STIX 2.1 §6.7.1). */
const HASH_PREFERENCE = ['MD5', 'SHA-1', 'SHA-256', 'SHA-512'];

/**
 * The deterministic id of an observable, e.g. `ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4`. Null when the type
 * has no such id or none of its contributing properties is there: then the specification asks for a UUIDv4.
 * @throws EntenteError `canonical-json` when a contributing value has no canonical form.
 */
export function observableId(sco: {
  readonly type: string;
  readonly [property: string]: unknown;
}): string | null {
  const contributing = OBJECT_TYPES.get(sco.type)?.contributing;
  if (!contributing) return null;
  const name: Record<string, unknown> = {};
  let isEmpty = true;
  for (const property of contributing) {
    if (!Object.hasOwn(sco, property)) continue;
    name[property] = property === 'hashes' ? oneHash(sco[property]) : sco[property];
    isEmpty = false;
  }
  if (isEmpty) return null;
  return `${sco.type}--${uuid5(canonicalBytes(name))}`;
}

/** The preferred hash; where none of the four is there, the first by name, so that order of writing does not matter. */
function oneHash(hashes: unknown): unknown {
  if (!isRecord(hashes)) return hashes;
  const key = HASH_PREFERENCE.find((name) => Object.hasOwn(hashes, name)) ?? Object.keys(hashes).sort()[0];
  return key === undefined ? {} : { [key]: hashes[key] };
}

/** RFC 4122 §4.3 with SHA-1. */
function uuid5(name: Uint8Array): string {
  const digest = sha1(concatBytes([NAMESPACE, name])).slice(0, 16);
  digest[6] = (digest[6]! & 0x0f) | 0x50;
  digest[8] = (digest[8]! & 0x3f) | 0x80;
  const hex = encodeHex(digest);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
