/**
 * A value to look for as a STIX 2.1 indicator: what lists and MISP attributes become, so that one kind of thing is classified, shared,
 * matched and recalled.
 */
import { createHash } from 'node:crypto';
import type { Kind } from '../../match/index.ts';
import { TLP2, type TlpLevel } from '../../stix/index.ts';

/** Object path of the comparison that a kind becomes; null for kinds that STIX has no path for. */
const PATHS: Readonly<Record<Kind, string | null>> = {
  ipv4: 'ipv4-addr:value',
  ipv6: 'ipv6-addr:value',
  cidr: null, // decided by its family
  asn: 'autonomous-system:number',
  domain: 'domain-name:value',
  url: 'url:value',
  email: 'email-addr:value',
  md5: "file:hashes.'MD5'",
  sha1: "file:hashes.'SHA-1'",
  sha256: "file:hashes.'SHA-256'",
  sha512: "file:hashes.'SHA-512'",
  'file-name': 'file:name',
  'file-path': null, // folder and name are two paths; see below
  'registry-key': 'windows-registry-key:key',
  mutex: 'mutex:name',
  'user-agent': "network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'",
  ja3: null,
  ja4: null,
  certificate: null, // decided by its length
  'coin-address': null,
  phone: null,
  string: null,
};

const CERTIFICATE_HASHES: Readonly<Record<number, string>> = { 32: 'MD5', 40: 'SHA-1', 64: 'SHA-256' };

/** The pattern, or null when STIX cannot say it. */
export function patternOf(kind: Kind, value: string): string | null {
  const quoted = `'${value.replace(/[\\']/g, '\\$&')}'`;
  switch (kind) {
    case 'cidr':
      return `[${value.includes(':') ? 'ipv6-addr' : 'ipv4-addr'}:value = ${quoted}]`;
    case 'asn':
      return `[autonomous-system:number = ${Number(value.replace(/^as/i, ''))}]`;
    case 'certificate': {
      const algorithm = CERTIFICATE_HASHES[value.replace(/[:\s]/g, '').length];
      return algorithm ? `[x509-certificate:hashes.'${algorithm}' = ${quoted}]` : null;
    }
    case 'file-path': {
      const split = Math.max(value.lastIndexOf('/'), value.lastIndexOf('\\'));
      const name = value.slice(split + 1).replace(/[\\']/g, '\\$&');
      const folder = value.slice(0, Math.max(split, 1)).replace(/[\\']/g, '\\$&');
      if (name === '') return `[directory:path = '${folder}']`;
      return `[file:name = '${name}' AND file:parent_directory_ref.path = '${folder}']`;
    }
    default: {
      const path = PATHS[kind];
      return path === null ? null : `[${path} = ${quoted}]`;
    }
  }
}

export interface IndicatorDetails {
  readonly name: string;
  readonly description?: string;
  readonly createdBy: string;
  /** RFC 3339. */
  readonly created: string;
  readonly validFrom: string;
  readonly confidence?: number;
  readonly labels?: readonly string[];
  readonly tlp?: TlpLevel;
}

export function indicatorObject(
  id: string,
  pattern: string,
  details: IndicatorDetails,
): Record<string, unknown> {
  const { name, description, createdBy, created, validFrom, confidence, labels, tlp } = details;
  return {
    type: 'indicator',
    spec_version: '2.1',
    id,
    created_by_ref: createdBy,
    created,
    modified: created,
    name,
    ...(description ? { description } : {}),
    indicator_types: ['malicious-activity'],
    pattern,
    pattern_type: 'stix',
    valid_from: validFrom,
    ...(confidence === undefined ? {} : { confidence }),
    ...(labels && labels.length > 0 ? { labels } : {}),
    ...(tlp ? { object_marking_refs: [TLP2[tlp].id] } : {}),
  };
}

/** No date is known of an organisation, and its object must be the same whichever file it comes from. */
export const UNDATED = '1970-01-01T00:00:00.000Z';

/** An object that is the same whichever file it comes from: who wrote something, and public knowledge. */
export function undatedObject(
  type: string,
  id: string,
  fields: Record<string, unknown>,
): Record<string, unknown> {
  return {
    type,
    spec_version: '2.1',
    id,
    created: UNDATED,
    modified: UNDATED,
    ...fields,
    object_marking_refs: [TLP2.clear.id],
  };
}

/** An organisation as the author of what is converted. */
export function identityObject(id: string, name: string): Record<string, unknown> {
  return undatedObject('identity', id, { name, identity_class: 'organization' });
}

/** A UUID (version 5 layout) that depends on the words alone, so that converting again gives the same objects. */
export function stableUuid(...words: readonly string[]): string {
  const hex = createHash('sha256')
    .update(JSON.stringify(['entente', ...words]))
    .digest('hex');
  const variant = ((Number.parseInt(hex[16]!, 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
