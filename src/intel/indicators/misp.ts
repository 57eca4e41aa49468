/**
 * MISP events: attributes that are marked for detection (`to_ids`), of events, of their objects, and of lists of events.
 * Written against MISP's core format (draft-dulaunoy-misp-core-format §2.4).
 */
import { isKind, type Kind, recogniseKind } from '../../match/index.ts';
import { likelyKind } from './likely-kind.ts';

export interface MispValue {
  readonly kind: Kind;
  readonly value: string;
  readonly uuid: string | null;
  readonly name: string | null;
  readonly contributor: string | null;
}

export interface MispCounts {
  /** Attributes not marked for detection (`to_ids`), or deleted. */
  unmarked: number;
  /** Attributes of events that mark nothing at all, which are taken by their types: many events are written so. */
  takenUnmarked: number;
  /** Attributes of types that have no form in text, by type. */
  readonly unsupported: Map<string, number>;
}

/** The kind of an attribute's value; `address` and `file` are decided by the value. */
const TYPES: Readonly<Record<string, Kind | 'address' | 'file'>> = {
  'ip-src': 'address',
  'ip-dst': 'address',
  'ip-src|port': 'address',
  'ip-dst|port': 'address',
  domain: 'domain',
  hostname: 'domain',
  'hostname|port': 'domain',
  url: 'url',
  uri: 'url',
  email: 'email',
  'email-src': 'email',
  'email-dst': 'email',
  'email-reply-to': 'email',
  md5: 'md5',
  sha1: 'sha1',
  sha256: 'sha256',
  sha512: 'sha512',
  filename: 'file',
  regkey: 'registry-key',
  'regkey|value': 'registry-key',
  mutex: 'mutex',
  'named pipe': 'string',
  'user-agent': 'user-agent',
  'ja3-fingerprint-md5': 'ja3',
  'ja4-plus': 'ja4',
  'x509-fingerprint-md5': 'certificate',
  'x509-fingerprint-sha1': 'certificate',
  'x509-fingerprint-sha256': 'certificate',
  btc: 'coin-address',
  xmr: 'coin-address',
  'phone-number': 'phone',
  AS: 'asn',
  'email-subject': 'string',
  pdb: 'string',
  'windows-service-name': 'string',
  'windows-scheduled-task': 'string',
};

const ARRAY_MAX = 1_000_000;

type Json = Record<string, unknown>;

/** The values of one event, as parsed from `{"Event": …}` or the object itself. Anything that is not as MISP has it is passed over. */
export function* mispValues(input: unknown, counts: MispCounts): Generator<MispValue> {
  const outer = record(input);
  const event = record(outer?.['Event']) ?? outer;
  if (event === null) return;
  const objects = list(event['Object']).flatMap((object) => {
    const fields = record(object);
    return fields !== null && fields['deleted'] !== true ? [fields] : [];
  });
  const all = [event, ...objects].flatMap((holder) => list(holder['Attribute']));
  const marksAny = all.some((item) => isMarked(record(item)));
  const organisation = record(event['Orgc']) ?? record(event['Org']);
  const common = { info: text(event['info']), contributor: text(organisation?.['name']), marksAny };
  yield* attributes(event['Attribute'], common, null, counts);
  for (const fields of objects) yield* attributes(fields['Attribute'], common, text(fields['name']), counts);
}

function isMarked(attribute: Json | null): boolean {
  return attribute !== null && (attribute['to_ids'] === true || attribute['to_ids'] === '1');
}

function* attributes(
  value: unknown,
  common: { info: string | null; contributor: string | null; marksAny: boolean },
  object: string | null,
  counts: MispCounts,
): Generator<MispValue> {
  for (const item of list(value)) {
    const attribute = record(item);
    if (attribute === null) continue;
    const marked = isMarked(attribute);
    if (attribute['deleted'] === true || (common.marksAny && !marked)) {
      counts.unmarked++;
      continue;
    }
    const type = text(attribute['type']) ?? '';
    const written = text(attribute['value']);
    const found = written === null ? [] : valuesOf(type, written);
    if (!marked) {
      if (found.length > 0) counts.takenUnmarked++;
      else counts.unmarked++;
    } else if (found.length === 0) {
      counts.unsupported.set(type.slice(0, 64), (counts.unsupported.get(type.slice(0, 64)) ?? 0) + 1);
    }
    for (const { kind, value: one } of found) {
      const comment = text(attribute['comment']);
      yield {
        kind,
        value: one,
        uuid: text(attribute['uuid']),
        name:
          [common.info, object, comment].filter((part) => part !== null && part !== '').join(' – ') || null,
        contributor: common.contributor,
      };
    }
  }
}

/** The kinds that values of an attribute type may be of; a composite type has those of both. */
export function kindsOfType(type: string): Kind[] {
  return [type, ...type.split('|')].flatMap((name): Kind[] => {
    const kind = TYPES[name];
    if (kind === undefined) return [];
    if (kind === 'address') return ['ipv4', 'ipv6', 'cidr'];
    return kind === 'file' ? ['file-name', 'file-path'] : [kind];
  });
}

/** Composite types hold two values with `|` between them. */
export function valuesOf(type: string, written: string): { kind: Kind; value: string }[] {
  if (type === 'domain|ip') {
    const [domain, ip] = split(written);
    return [...valuesOf('domain', domain), ...valuesOf('ip-dst', ip)];
  }
  const composite = /^(?:filename|malware-sample)\|?(.*)$/.exec(type);
  if (composite && type !== 'filename') {
    const [name, digest] = split(written);
    const kind = type === 'malware-sample' ? 'md5' : composite[1]!;
    return [
      ...valuesOf('filename', name),
      ...(isKind(kind) && digest !== '' ? [{ kind, value: digest }] : []),
    ];
  }
  const kind = TYPES[type];
  if (kind === undefined) return [];
  const value = type.includes('|') ? split(written)[0] : written;
  if (value === '') return [];
  if (kind === 'address') {
    const recognised = recogniseKind(value);
    return [{ kind: recognised === 'ipv6' || recognised === 'cidr' ? recognised : 'ipv4', value }];
  }
  if (kind === 'file') return [{ kind: /[\\/]/.test(value) ? 'file-path' : 'file-name', value }];
  return [likelyKind(kind, value)];
}

function split(text: string): [string, string] {
  const bar = text.indexOf('|');
  return bar < 0 ? [text, ''] : [text.slice(0, bar), text.slice(bar + 1)];
}

function record(value: unknown): Json | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null;
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value.slice(0, ARRAY_MAX) : [];
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
