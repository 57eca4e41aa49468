/**
 * MISP events to STIX 2.1 (MISP core format; identifiers as misp-stix gives them, so that two organisations that convert the same
 * event agree). What STIX cannot say is counted by type and reported, never dropped in silence.
 */
import { isUuid } from '../../base/index.ts';
import { TLP_LEVELS, TLP2, type TlpLevel } from '../../stix/index.ts';
import { valuesOf } from '../indicators/misp.ts';
import { identityObject, indicatorObject, patternOf, stableUuid } from './indicator.ts';

export interface Conversion {
  readonly objects: readonly Record<string, unknown>[];
  /** What has no form in STIX, by attribute type, and how often. */
  readonly dropped: ReadonlyMap<string, number>;
}

type Json = Record<string, unknown>;

const record = (value: unknown): Json | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : null;
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** `{"Event": …}` or the event itself. Returns null when it is no event. */
export function convertMispEvent(input: unknown): Conversion | null {
  const event = record(record(input)?.['Event']) ?? record(input);
  const uuid = text(event?.['uuid']);
  if (!event || !uuid || !isUuid(uuid)) return null;
  const info = text(event['info']) ?? 'MISP event';
  const created = instantOf(event['timestamp']) ?? dateOf(event['date']) ?? '1970-01-01T00:00:00.000Z';
  const organisation = record(event['Orgc']) ?? record(event['Org']);
  const author = identityOf(organisation);
  const eventTags = tagsOf(event);
  const dropped = new Map<string, number>();
  const drop = (type: string) => dropped.set(type, (dropped.get(type) ?? 0) + 1);

  const indicators: Record<string, unknown>[] = [];
  const attributes = [
    ...list(event['Attribute']).map((attribute) => ({ attribute, object: null as string | null })),
    ...list(event['Object']).flatMap((item) => {
      const object = record(item);
      if (!object || object['deleted'] === true) return [];
      return list(object['Attribute']).map((attribute) => ({ attribute, object: text(object['name']) }));
    }),
  ];
  for (const { attribute: item, object } of attributes) {
    const attribute = record(item);
    if (!attribute || attribute['deleted'] === true) continue;
    const type = text(attribute['type']) ?? 'unknown';
    if (attribute['to_ids'] !== true && attribute['to_ids'] !== '1') {
      drop(`${type.slice(0, 64)} (not for detection)`);
      continue;
    }
    const tags = [...eventTags, ...tagsOf(attribute)];
    const found = valuesOf(type, text(attribute['value']) ?? '');
    const patterns = found.flatMap(({ kind, value }) => {
      const pattern = patternOf(kind, value);
      return pattern === null ? [] : [{ pattern, value }];
    });
    const attributeId = text(attribute['uuid']);
    if (patterns.length === 0 || !attributeId || !isUuid(attributeId)) {
      drop(type.slice(0, 64));
      continue;
    }
    const at = instantOf(attribute['timestamp']) ?? created;
    const comment = text(attribute['comment']);
    for (const [i, { pattern, value }] of patterns.entries()) {
      // A composite attribute holds two values; the second gets an identifier of its own.
      const id = i === 0 ? attributeId : stableUuid('misp', attributeId, value);
      const tlp = strictestTlp(tags);
      indicators.push(
        indicatorObject(`indicator--${id}`, pattern, {
          name: value.slice(0, 250),
          description: [info, object, comment].filter((part) => part).join(' – '),
          createdBy: String(author['id']),
          created: at,
          validFrom: dateTimeOf(attribute['first_seen']) ?? at,
          labels: labelsOf(tags),
          ...(tlp ? { tlp } : {}),
        }),
      );
    }
  }
  const tlp = strictestTlp(eventTags);
  const report = {
    type: 'report',
    spec_version: '2.1',
    id: `report--${uuid}`,
    created_by_ref: author['id'],
    created,
    modified: created,
    name: info,
    report_types: ['indicator'],
    published: dateOf(event['date']) ?? created,
    object_refs: indicators.map((indicator) => indicator['id']),
    ...(labelsOf(eventTags).length > 0 ? { labels: labelsOf(eventTags) } : {}),
    ...(tlp ? { object_marking_refs: [TLP2[tlp].id] } : {}),
  };
  return { objects: [author, ...indicators, ...(indicators.length > 0 ? [report] : [])], dropped };
}

function identityOf(organisation: Json | null): Record<string, unknown> {
  const name = text(organisation?.['name']) ?? 'unknown organisation';
  const uuid = text(organisation?.['uuid']);
  return identityObject(`identity--${uuid && isUuid(uuid) ? uuid : stableUuid('organisation', name)}`, name);
}

function tagsOf(holder: Json): string[] {
  return list(holder['Tag']).flatMap((tag) => text(record(tag)?.['name']) ?? []);
}

/** Tags of MISP's `tlp` taxonomy, old names included. */
function strictestTlp(tags: readonly string[]): TlpLevel | undefined {
  const ranks = tags.flatMap((tag) => {
    const word = /^tlp:([a-z+]+)/i.exec(tag.trim())?.[1]?.toLowerCase();
    if (word === undefined) return [];
    const level = word === 'white' || word === 'unclear' ? (word === 'white' ? 'clear' : 'red') : word;
    const rank = TLP_LEVELS.indexOf(level as TlpLevel);
    return [rank < 0 ? TLP_LEVELS.length - 1 : rank]; // a level nobody knows is the strictest
  });
  return ranks.length === 0 ? undefined : TLP_LEVELS[Math.max(...ranks)];
}

/** Everything but TLP, which is a marking, stays as a label; PAP among it. */
function labelsOf(tags: readonly string[]): string[] {
  return [...new Set(tags.filter((tag) => !/^tlp:/i.test(tag.trim())))];
}

/** Seconds since 1970, as MISP writes times. */
function instantOf(value: unknown): string | null {
  const seconds = Number(value);
  if (
    value === '' ||
    value === null ||
    value === undefined ||
    !Number.isFinite(seconds) ||
    seconds <= 0 ||
    seconds > 253_402_300_799
  )
    return null;
  return new Date(seconds * 1000).toISOString();
}

function dateOf(value: unknown): string | null {
  return typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value)
    ? dateTimeOf(`${value}T00:00:00Z`)
    : null;
}

function dateTimeOf(value: unknown): string | null {
  if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}T/.test(value)) return null;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? null : new Date(ms).toISOString();
}
