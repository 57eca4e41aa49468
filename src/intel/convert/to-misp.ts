/**
 * STIX 2.1 to MISP events (MISP core format), for communities that exchange MISP. A report becomes an event with all that it names; what no report
 * names comes in an event of its own. Patterns that are no plain values travel whole, as MISP's `stix2-pattern`. What MISP cannot say is
 * counted by type and reported.
 */
import type { Kind } from '../../match/index.ts';
import { type StixObject, tlpOf } from '../../stix/index.ts';
import { stixIndicator } from '../indicators/index.ts';
import { valuesOf } from '../values.ts';
import { stableUuid, UNDATED } from './indicator.ts';
import { type Json, list, readMachineTags, text } from './misp-fields.ts';

export interface MispExport {
  readonly events: readonly Json[];
  /** What MISP cannot say, by STIX type, and how often. */
  readonly dropped: ReadonlyMap<string, number>;
}

/** Attribute type and category of a value that says no type of its own. */
const TYPES: Readonly<Record<Kind, readonly [type: string, category: string]>> = {
  ipv4: ['ip-dst', 'Network activity'],
  ipv6: ['ip-dst', 'Network activity'],
  cidr: ['ip-dst', 'Network activity'],
  asn: ['AS', 'Network activity'],
  domain: ['domain', 'Network activity'],
  url: ['url', 'Network activity'],
  email: ['email', 'Payload delivery'],
  md5: ['md5', 'Payload delivery'],
  sha1: ['sha1', 'Payload delivery'],
  sha256: ['sha256', 'Payload delivery'],
  sha512: ['sha512', 'Payload delivery'],
  'file-name': ['filename', 'Payload delivery'],
  'file-path': ['filename', 'Payload delivery'],
  'registry-key': ['regkey', 'Persistence mechanism'],
  mutex: ['mutex', 'Artifacts dropped'],
  'user-agent': ['user-agent', 'Network activity'],
  ja3: ['ja3-fingerprint-md5', 'Network activity'],
  ja4: ['ja4-plus', 'Network activity'],
  certificate: ['x509-fingerprint-sha1', 'Network activity'],
  'coin-address': ['btc', 'Financial fraud'],
  phone: ['phone-number', 'Person'],
  string: ['text', 'Other'],
};

const CERTIFICATES: Readonly<Record<number, string>> = { 32: 'md5', 40: 'sha1', 64: 'sha256' };
const NAMED: Readonly<Record<string, string>> = {
  vulnerability: 'vulnerability',
  'threat-actor': 'threat-actor',
  campaign: 'campaign-name',
};
/** Named in tags of galaxies, which travel as labels; authors and markings are parts of other objects. */
const CARRIED = new Set([
  'identity',
  'marking-definition',
  'attack-pattern',
  'malware',
  'tool',
  'intrusion-set',
]);

/** `objects`: the latest versions of what may be given, among them what reports refer to. */
export function convertToMisp(objects: readonly StixObject[]): MispExport {
  const byId = new Map(objects.map((object) => [object.id, object]));
  const dropped = new Map<string, number>();
  const placed = new Set<string>();
  const events: Json[] = [];
  for (const report of objects) {
    if (report.type !== 'report') continue;
    const parts = list(report['object_refs']).flatMap((id) => byId.get(String(id)) ?? []);
    events.push(new EventBuilder(byId, objects, placed, dropped).build(report, parts));
  }
  const others = objects.filter(({ id, type }) => !placed.has(id) && type !== 'report' && !CARRIED.has(type));
  if (others.length > 0) {
    const event = new EventBuilder(byId, objects, placed, dropped).build(null, others);
    if (list(event['Attribute']).length + list(event['Object']).length > 0) events.push(event);
  }
  return { events, dropped };
}

class EventBuilder {
  readonly #byId: ReadonlyMap<string, StixObject>;
  readonly #all: readonly StixObject[];
  readonly #placed: Set<string>;
  readonly #dropped: Map<string, number>;
  /** Attribute or object of the event by STIX id. */
  readonly #made = new Map<string, Json>();

  constructor(
    byId: ReadonlyMap<string, StixObject>,
    all: readonly StixObject[],
    placed: Set<string>,
    dropped: Map<string, number>,
  ) {
    this.#byId = byId;
    this.#all = all;
    this.#placed = placed;
    this.#dropped = dropped;
  }

  build(report: StixObject | null, parts: readonly StixObject[]): Json {
    const notes = this.#all.filter(
      ({ id, type, object_refs: refs }) =>
        type === 'note' && report !== null && list(refs).includes(report.id) && !this.#placed.has(id),
    );
    const attributes: Json[] = [];
    const reports: Json[] = [];
    for (const part of [...parts, ...notes]) {
      if (this.#placed.has(part.id) || part.type === 'relationship' || part.type === 'grouping') continue;
      if (part.type === 'note' && !readMachineTags(part['labels']).said.has('type')) {
        reports.push({ uuid: uuidOf(part.id), name: part['abstract'] ?? 'note', content: part['content'] });
        this.#placed.add(part.id);
      } else attributes.push(...this.#attributes(part));
    }
    if (report) attributes.push(...linksOf(report));
    const objects = parts.flatMap((part) => (part.type === 'grouping' ? this.#object(part) : []));
    for (const part of parts) if (part.type === 'relationship') this.#reference(part);
    for (const sighting of this.#all) if (sighting.type === 'sighting') this.#sighting(sighting);
    const inObjects = new Set(objects.flatMap((object) => list(object['Attribute'])));
    const said = readMachineTags(report?.['labels']).said;
    const created = report ? String(report['modified']) : newest(parts);
    const author = this.#byId.get(String((report ?? parts[0])?.['created_by_ref']));
    return {
      uuid: report ? uuidOf(report.id) : stableUuid('misp-event', ...parts.map(({ id }) => id).sort()),
      info: report ? report['name'] : 'Indicators without a report',
      date: String(report?.['published'] ?? created).slice(0, 10),
      timestamp: secondsOf(created),
      published: false,
      threat_level_id: said.get('threat_level_id') ?? '4',
      analysis: said.get('analysis') ?? '2',
      distribution: said.get('distribution') ?? '0',
      ...(author ? { Orgc: { uuid: uuidOf(author.id), name: author['name'] } } : {}),
      Tag: report ? tagsOf(report) : [],
      Attribute: attributes.filter((attribute) => !inObjects.has(attribute)),
      ...(objects.length > 0 ? { Object: objects } : {}),
      ...(reports.length > 0 ? { EventReport: reports } : {}),
    };
  }

  #attributes(object: StixObject): Json[] {
    const { said } = readMachineTags(object['labels']);
    const made = (type: string, value: string, category: string, toIds: boolean, uuid: string): Json => ({
      uuid,
      type,
      category: said.get('category') ?? category,
      value,
      to_ids: toIds,
      timestamp: secondsOf(String(object['modified'] ?? object['created'] ?? '')),
      distribution: said.get('distribution') ?? '5',
      ...(said.has('object_relation') ? { object_relation: said.get('object_relation') } : {}),
      ...(said.has('last_seen') ? { last_seen: said.get('last_seen') } : {}),
      ...(object.type === 'indicator' ? { first_seen: object['valid_from'] } : {}),
      ...(commentOf(object) ? { comment: commentOf(object) } : {}),
      Tag: tagsOf(object),
    });
    const uuid = uuidOf(object.id);
    const found = this.#valuesOf(object, said, made, uuid);
    if (found.length === 0) {
      if (!CARRIED.has(object.type) && object['created'] !== UNDATED) this.#drop(object.type);
      return [];
    }
    this.#placed.add(object.id);
    this.#made.set(object.id, found[0]!);
    return found;
  }

  #valuesOf(
    object: StixObject,
    said: ReadonlyMap<string, string>,
    made: (type: string, value: string, category: string, toIds: boolean, uuid: string) => Json,
    uuid: string,
  ): Json[] {
    const type = said.get('type');
    if (object.type === 'note' && type !== undefined)
      return [made(type, String(object['content']), 'Other', false, uuid)];
    // Public knowledge travels in the tags of galaxies.
    const named = object['created'] === UNDATED ? undefined : NAMED[object.type];
    if (named !== undefined) return [made(named, String(object['name']), 'External analysis', false, uuid)];
    if (object.type === 'indicator') {
      const read = stixIndicator(object);
      if (!read || read.left !== null || read.values.length === 0)
        return [made('stix2-pattern', String(object['pattern']), 'Payload delivery', true, uuid)];
      return read.values.map(({ kind, value }, i) => {
        // The type of a composite attribute names two values, and the pattern has one of them.
        const own = type !== undefined && !type.includes('|') && read.values.length === 1 ? type : undefined;
        const [usual, category] = mispTypeOf(kind, value);
        const written = kind === 'asn' ? `AS${value.replace(/^AS/i, '')}` : value;
        return made(own ?? usual, written, category, true, i === 0 ? uuid : stableUuid('misp', uuid, value));
      });
    }
    return valuesOf(object).map(({ kind, value }, i) => {
      const [usual, category] = mispTypeOf(kind, value);
      return made(usual, value, category, false, i === 0 ? uuid : stableUuid('misp', uuid, value));
    });
  }

  #object(grouping: StixObject): Json[] {
    const { said } = readMachineTags(grouping['labels']);
    const members = list(grouping['object_refs']).flatMap((id) => this.#made.get(String(id)) ?? []);
    if (members.length === 0) {
      this.#drop('grouping');
      return [];
    }
    const object: Json = {
      uuid: uuidOf(grouping.id),
      name: said.get('object') ?? 'grouping',
      'meta-category': said.get('meta-category') ?? 'misc',
      timestamp: secondsOf(String(grouping['modified'])),
      ...(text(grouping['description']) ? { comment: grouping['description'] } : {}),
      Attribute: members,
    };
    this.#placed.add(grouping.id);
    this.#made.set(grouping.id, object);
    return [object];
  }

  #reference(relationship: StixObject): void {
    const from = this.#made.get(String(relationship['source_ref']));
    const to = this.#made.get(String(relationship['target_ref']));
    // MISP's references begin at an object.
    if (!from || !to || !String(relationship['source_ref']).startsWith('grouping--')) {
      this.#drop('relationship');
      return;
    }
    from['ObjectReference'] ??= [];
    (from['ObjectReference'] as Json[]).push({
      uuid: uuidOf(relationship.id),
      object_uuid: from['uuid'],
      referenced_uuid: to['uuid'],
      relationship_type: relationship['relationship_type'],
      timestamp: secondsOf(String(relationship['modified'])),
      ...(text(relationship['description']) ? { comment: relationship['description'] } : {}),
    });
    this.#placed.add(relationship.id);
  }

  #sighting(sighting: StixObject): void {
    const attribute = this.#made.get(String(sighting['sighting_of_ref']));
    if (!attribute || this.#placed.has(sighting.id)) return;
    const seenBy = this.#byId.get(String(list(sighting['where_sighted_refs'])[0]));
    attribute['Sighting'] ??= [];
    (attribute['Sighting'] as Json[]).push({
      uuid: uuidOf(sighting.id),
      type: '0',
      date_sighting: secondsOf(String(sighting['first_seen'] ?? sighting['created'])),
      ...(seenBy ? { Organisation: { uuid: uuidOf(seenBy.id), name: seenBy['name'] } } : {}),
    });
    this.#placed.add(sighting.id);
  }

  #drop(type: string): void {
    this.#dropped.set(type, (this.#dropped.get(type) ?? 0) + 1);
  }
}

function mispTypeOf(kind: Kind, value: string): readonly [string, string] {
  if (kind !== 'certificate') return TYPES[kind];
  return [`x509-fingerprint-${CERTIFICATES[value.length] ?? 'sha1'}`, 'Network activity'];
}

/** Links that the import put among the references of the report, and those that a report has of its own. */
function linksOf(report: StixObject): Json[] {
  return list(report['external_references']).flatMap((item) => {
    const { url, description, external_id: id, source_name: source } = (item ?? {}) as Json;
    if (typeof url !== 'string') return [];
    return [
      {
        uuid: source === 'MISP link' && typeof id === 'string' ? id : stableUuid('misp-link', report.id, url),
        type: 'link',
        category: 'External analysis',
        value: url,
        to_ids: false,
        timestamp: secondsOf(String(report['modified'])),
        ...(typeof description === 'string' ? { comment: description } : {}),
      },
    ];
  });
}

function commentOf(object: StixObject): string | null {
  if (object.type !== 'note') return text(object['description']);
  return /^\S+ – (.*)$/s.exec(text(object['abstract']) ?? '')?.[1] ?? null;
}

function tagsOf(object: StixObject): Json[] {
  const tlp = tlpOf(object);
  const { others } = readMachineTags(object['labels']);
  return [...(tlp ? [`tlp:${tlp}`] : []), ...others].map((name) => ({ name }));
}

const uuidOf = (id: string) => id.slice(id.indexOf('--') + 2);

function secondsOf(timestamp: string): string {
  const ms = Date.parse(timestamp);
  return Number.isNaN(ms) ? '0' : String(Math.floor(ms / 1000));
}

function newest(objects: readonly StixObject[]): string {
  return objects
    .map((object) => String(object['modified'] ?? object['created'] ?? ''))
    .reduce((a, b) => (a > b ? a : b), '');
}
