/** The items of a package for other programs: CSV with columns as Shadowserver's reports have them, STIX 2.1, MISP. */
import { EXERCISE_MARK, isExercise } from '../../base/index.ts';
import { observableId, TLP2 } from '../../stix/index.ts';
import type { TargetKind } from '../vocabulary.ts';
import { ACTION_OF, cardOf, type PackageContents, type PackageItem, surenessOf } from './contents.ts';

const COLUMNS = [
  'timestamp',
  'severity',
  'ip',
  'asn',
  'asn_name',
  'geo',
  'hostname',
  'url',
  'tag',
  'target',
  'kind',
  'mark',
  'source_reliability',
  'information_accuracy',
  'sources',
  'confidence',
  'recommended_action',
  'tlp',
  'target_id',
  'note',
] as const;

const SEVERITY = { high: 'high', medium: 'medium', low: 'info' } as const;

/** A cell of RFC 4180. What a spreadsheet would take for a formula is put behind an apostrophe. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const newest = ({ gradings }: PackageItem) =>
  gradings
    .flatMap(({ seenAt }) => seenAt ?? [])
    .sort()
    .at(-1) ?? '';

/** The best grading: source first, then information. */
export const bestGrading = ({ gradings }: PackageItem) =>
  [...gradings].sort((a, b) => (a.source + a.information < b.source + b.information ? -1 : 1))[0]!;

export function writeCsv({ items, operation }: PackageContents): string {
  const mark = isExercise(operation.title) ? [EXERCISE_MARK] : [];
  const rows = items.map((item) => {
    const isAddress = item.kind === 'ipv4' || item.kind === 'ipv6';
    const best = bestGrading(item);
    return [
      newest(item),
      SEVERITY[surenessOf(item)],
      isAddress ? item.value : '',
      (item.kind === 'asn' ? item.value : (item.network?.asn ?? '')).slice(2),
      item.network?.owner ?? '',
      item.country,
      item.kind === 'domain' ? item.value : '',
      item.kind === 'url' ? item.value : '',
      item.threat,
      item.value,
      item.kind,
      item.mark,
      best.source,
      best.information,
      String(item.gradings.length),
      String(Math.max(0, ...item.grounds.map(({ confidence }) => confidence))),
      ACTION_OF[cardOf(item)],
      item.tlp,
      item.id,
      item.note ?? '',
      ...mark,
    ];
  });
  return [[...COLUMNS, ...mark.map(() => 'watermark')], ...rows]
    .map((row) => row.map(cell).join(','))
    .join('\r\n')
    .concat('\r\n');
}

const STIX_TYPE: Readonly<Record<TargetKind, string>> = {
  ipv4: 'ipv4-addr',
  ipv6: 'ipv6-addr',
  domain: 'domain-name',
  url: 'url',
  email: 'email-addr',
  phone: 'x-phone-number',
  'coin-address': 'x-cryptocurrency-address',
  asn: 'autonomous-system',
  sha256: 'file',
};

const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/** The observable and the pattern that names it. Telephone numbers and coin addresses have no object type in STIX and go into a note. */
function observableOf(item: PackageItem): { sco: Record<string, unknown>; pattern: string } | null {
  const type = STIX_TYPE[item.kind];
  if (type.startsWith('x-')) return null;
  const members =
    item.kind === 'asn'
      ? { number: Number(item.value.slice(2)) }
      : item.kind === 'sha256'
        ? { hashes: { 'SHA-256': item.value } }
        : { value: item.value };
  const id = observableId({ type, ...members });
  if (id === null) return null;
  const path =
    item.kind === 'asn'
      ? `number = ${members.number}`
      : item.kind === 'sha256'
        ? `hashes.'SHA-256' = ${quoted(item.value)}`
        : `value = ${quoted(item.value)}`;
  return { sco: { type, spec_version: '2.1', id, ...members }, pattern: `[${type}:${path}]` };
}

const uuidOf = (id: string) => id.slice(id.indexOf('--') + 2);

/**
 * Indicators for what offenders use. A victim is no indicator: victims and what is undetermined are observed data, so that no importing
 * system blocks or accuses them.
 */
export function writeStix(contents: PackageContents): string {
  const at = contents.at;
  const mark = isExercise(contents.operation.title) ? [EXERCISE_MARK] : [];
  const identity = `identity--${uuidOf(contents.operation.id)}`;
  const common = (item: PackageItem) => ({
    spec_version: '2.1',
    created_by_ref: identity,
    created: at,
    modified: at,
    object_marking_refs: [TLP2[item.tlp].id],
  });
  const objects: Record<string, unknown>[] = [
    {
      type: 'identity',
      spec_version: '2.1',
      id: identity,
      created: at,
      modified: at,
      name: contents.from,
      identity_class: 'organization',
    },
    ...[...new Set(contents.items.map(({ tlp }) => tlp))].sort().map((tlp) => ({ ...TLP2[tlp] })),
  ];
  const named = new Set<string>();
  const refs: string[] = [];
  for (const item of contents.items) {
    const found = observableOf(item);
    const seen = newest(item) || at;
    const labels = [
      ...mark,
      item.mark,
      ...(item.threat ? [item.threat] : []),
      `country-${item.country.toLowerCase()}`,
      ACTION_OF[cardOf(item)],
    ];
    if (!found) {
      const id = `note--${uuidOf(item.id)}`;
      objects.push({
        type: 'note',
        id,
        ...common(item),
        labels,
        content: `${item.kind}: ${item.value}${item.note ? `\n${item.note}` : ''}`,
        object_refs: [identity],
      });
      refs.push(id);
      continue;
    }
    if (item.mark === 'suspect') {
      const id = `indicator--${uuidOf(item.id)}`;
      objects.push({
        type: 'indicator',
        id,
        ...common(item),
        labels,
        name: item.value,
        indicator_types: ['malicious-activity'],
        pattern: found.pattern,
        pattern_type: 'stix',
        valid_from: seen,
        confidence: { high: 85, medium: 60, low: 30 }[surenessOf(item)],
        ...(item.note ? { description: item.note } : {}),
      });
      refs.push(id);
      continue;
    }
    const scoId = found.sco['id'] as string;
    if (!named.has(scoId)) objects.push(found.sco);
    named.add(scoId);
    const id = `observed-data--${uuidOf(item.id)}`;
    objects.push({
      type: 'observed-data',
      id,
      ...common(item),
      labels,
      first_observed: seen,
      last_observed: seen,
      number_observed: 1,
      object_refs: [scoId],
    });
    refs.push(id);
  }
  objects.push({
    type: 'report',
    spec_version: '2.1',
    id: `report--${uuidOf(contents.id)}`,
    created_by_ref: identity,
    created: at,
    modified: at,
    name: `${contents.operation.title}: ${contents.scope}`,
    report_types: ['observed-data'],
    ...(mark.length > 0 ? { labels: mark } : {}),
    published: at,
    object_marking_refs: [TLP2[contents.tlp].id],
    object_refs: refs.length > 0 ? refs : [identity],
  });
  return JSON.stringify({ type: 'bundle', id: `bundle--${uuidOf(contents.id)}`, objects });
}

const MISP_TYPE: Readonly<Record<TargetKind, string>> = {
  ipv4: 'ip-dst',
  ipv6: 'ip-dst',
  domain: 'domain',
  url: 'url',
  email: 'email',
  phone: 'phone-number',
  'coin-address': 'btc',
  asn: 'AS',
  sha256: 'sha256',
};

const MISP_CATEGORY: Partial<Record<TargetKind, string>> = {
  email: 'Payload delivery',
  sha256: 'Payload delivery',
  phone: 'Person',
  'coin-address': 'Financial fraud',
};

/** One MISP event. Only what offenders use is for detection (`to_ids`). */
export function writeMisp(contents: PackageContents): string {
  const tag = (name: string) => ({ name });
  const mark = isExercise(contents.operation.title) ? [tag(EXERCISE_MARK)] : [];
  const attributes = contents.items.map((item) => {
    const best = bestGrading(item);
    return {
      uuid: uuidOf(item.id),
      type: item.kind === 'coin-address' && !/^(?:[13]|bc1)/.test(item.value) ? 'text' : MISP_TYPE[item.kind],
      category: MISP_CATEGORY[item.kind] ?? 'Network activity',
      value: item.value,
      to_ids: item.mark === 'suspect',
      comment: [item.threat, item.mark, ACTION_OF[cardOf(item)], item.note ?? '']
        .filter((text) => text !== '')
        .join('; '),
      ...(newest(item) ? { last_seen: newest(item) } : {}),
      Tag: [
        ...mark,
        tag(`tlp:${item.tlp}`),
        tag(
          `admiralty-scale:source-reliability="${{ A: 'a', B: 'b', C: 'c', D: 'd', X: 'f' }[best.source]}"`,
        ),
        tag(`admiralty-scale:information-credibility="${best.information}"`),
      ],
    };
  });
  return JSON.stringify({
    Event: {
      uuid: uuidOf(contents.id),
      info: `${contents.operation.title}: ${contents.scope}`,
      date: contents.at.slice(0, 10),
      analysis: '1',
      threat_level_id: '2',
      distribution: '0',
      Tag: [...mark, tag(`tlp:${contents.tlp}`)],
      Attribute: attributes,
    },
  });
}
