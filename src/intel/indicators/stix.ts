/**
 * STIX 2.1 indicators: the equality comparisons of a pattern that by themselves make it true become values to look for. A
 * pattern that asks for more (two things at once, an order, a time, LIKE) cannot be decided on text; it is handed on, to be decided on
 * events.
 */
import { type Kind, recogniseKind } from '../../match/index.ts';
import { type Pattern, parsePattern, simpleEqualities } from '../../stix/pattern/index.ts';
import { likelyKind } from './likely-kind.ts';

export interface StixValue {
  readonly kind: Kind;
  readonly value: string;
}

export interface StixIndicator {
  readonly id: string;
  readonly name: string | null;
  /** `created_by_ref`. */
  readonly contributor: string | null;
  readonly values: readonly StixValue[];
  /** Why the pattern, or a part of it, is not looked for in text. */
  readonly left: string | null;
  /** The pattern, when it or a part of it is decided on events. */
  readonly pattern: string | null;
}

/** What an object of a bundle says to look for; null when it is no indicator, or a revoked one. */
export function stixIndicator(object: unknown): StixIndicator | null {
  if (typeof object !== 'object' || object === null) return null;
  const fields = object as Record<string, unknown>;
  if (fields['type'] !== 'indicator' || fields['revoked'] === true) return null;
  const text = (name: string) => (typeof fields[name] === 'string' ? (fields[name] as string) : null);
  const base = {
    id: text('id') ?? '',
    name: text('name'),
    contributor: text('created_by_ref'),
    pattern: null,
  };
  const pattern = text('pattern');
  const type = text('pattern_type') ?? 'stix';
  if (pattern === null || type !== 'stix') {
    return {
      ...base,
      values: [],
      left: pattern === null ? 'has no pattern' : `has a pattern of type ${type.slice(0, 32)}`,
    };
  }
  let comparisons: readonly Comparison[] | null;
  try {
    comparisons = comparisonsOf(parsePattern(pattern));
  } catch (error) {
    return {
      ...base,
      values: [],
      left: `has a pattern that does not parse: ${(error as Error).message.slice(0, 200)}`,
    };
  }
  if (comparisons === null) {
    return { ...base, values: [], left: DECIDED_ON_EVENTS, pattern };
  }
  const values: StixValue[] = [];
  const unknown: string[] = [];
  for (const { path, value } of comparisons) {
    const kind = kindOfPath(path, value);
    if (kind === null) unknown.push(path);
    else values.push(likelyKind(kind, value));
  }
  const left =
    unknown.length > 0 ? `compares ${unknown.slice(0, 3).join(', ')}, which text does not show` : null;
  return { ...base, values, left, pattern: left === null ? null : pattern };
}

const DECIDED_ON_EVENTS = 'has a pattern that is decided on events, not on text';

interface Comparison {
  /** As printed: `file:hashes.'SHA-256'`. */
  readonly path: string;
  readonly value: string;
}

/**
 * The equalities of which the pattern is the OR; or one comparison with the beginning of a URL (LIKE 'http://…%') or with a
 * range of addresses (ISSUBSET). Null for every other pattern.
 */
function comparisonsOf(pattern: Pattern): readonly Comparison[] | null {
  const equalities = simpleEqualities(pattern);
  if (equalities !== null) {
    return equalities.map(({ pathText, value }) => ({ path: pathText, value: String(value.value) }));
  }
  if (pattern.kind !== 'observation' || pattern.comparison.kind !== 'text') return null;
  const { operator, negated, path, value } = pattern.comparison;
  const step = path.steps[0]!;
  if (negated || path.steps.length !== 1 || step.kind !== 'property' || step.name !== 'value') return null;
  if (operator === 'LIKE' && path.objectType === 'url' && /^[^%_]+%$/.test(value)) {
    return [{ path: 'url:value', value: `${value.slice(0, -1)}*` }];
  }
  const isAddress = path.objectType === 'ipv4-addr' || path.objectType === 'ipv6-addr';
  return operator === 'ISSUBSET' && isAddress ? [{ path: `${path.objectType}:value`, value }] : null;
}

/** Object paths whose values stand in text as such; hashes, references and the like follow below. */
const PATHS: Readonly<Record<string, Kind>> = {
  'domain-name:value': 'domain',
  'url:value': 'url',
  'email-addr:value': 'email',
  'file:name': 'file-name',
  'file:path': 'file-path',
  'directory:path': 'file-path',
  'file:parent_directory_ref.path': 'file-path',
  'windows-registry-key:key': 'registry-key',
  'mutex:name': 'mutex',
  'autonomous-system:number': 'asn',
  'process:name': 'string',
  'process:command_line': 'string',
  'email-message:from_ref.value': 'email',
  'email-message:sender_ref.value': 'email',
  'email-message:to_refs[*].value': 'email',
  'email-message:subject': 'string',
  "network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'": 'user-agent',
  'x509-certificate:issuer': 'string',
  'x509-certificate:subject': 'string',
  'app:id': 'string',
  'cryptocurrency-wallet:address': 'coin-address',
  'phone-number:value': 'phone',
  'user-account:account_login': 'string',
};

const HASHES: Readonly<Record<string, Kind>> = {
  md5: 'md5',
  sha1: 'sha1',
  sha256: 'sha256',
  sha512: 'sha512',
};

function kindOfPath(path: string, value: string): Kind | null {
  const known = PATHS[path];
  if (known !== undefined) return known;
  const hash = /^([a-z0-9-]+):(?:.*\.)?(?:hashes|cert|fingerprint)\.'?([A-Za-z0-9-]+)'?$/.exec(path);
  if (hash) {
    const kind = HASHES[hash[2]!.toLowerCase().replace(/-/g, '')] ?? null;
    return kind !== null && (hash[1] === 'x509-certificate' || path.includes(':cert.'))
      ? 'certificate'
      : kind;
  }
  // An address may be one address or a range, and a reference may lead to an address or a domain: the value tells.
  if (/^(?:ipv4-addr|ipv6-addr):value$|^network-traffic:(?:src|dst)_ref\.value$/.test(path)) {
    const kind = recogniseKind(value);
    if (kind === 'ipv4' || kind === 'ipv6' || kind === 'cidr' || kind === 'domain') return kind;
    return path.startsWith('ipv6') ? 'ipv6' : 'ipv4';
  }
  return null;
}
