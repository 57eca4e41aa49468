/**
 * MISP events to STIX 2.1 (MISP core format; identifiers as misp-stix gives them, so that two organisations that convert the same
 * event agree). What STIX cannot say is counted by name and reported, never dropped in silence.
 *
 * An event becomes a report; an attribute for detection an indicator; what is only said about the event (a comment, an address that must not
 * alert) a note on the report; a link an external reference; an object a grouping of what its attributes became, and references between objects
 * relationships; clusters of known galaxies their STIX type; sightings sightings. What MISP has and STIX has not, such as the category of an
 * attribute, stays as a machine tag among the labels, from which `to-misp.ts` gives it back.
 */
import { isUuid } from '../../base/index.ts';
import { TLP_LEVELS, TLP2, type TlpLevel } from '../../stix/index.ts';
import { valuesOf } from '../indicators/misp.ts';
import { identityObject, indicatorObject, patternOf, stableUuid, undatedObject } from './indicator.ts';
import { type Json, list, machineTag, record, text } from './misp-fields.ts';

export interface Conversion {
  /** Of no date of their own, the same in every event: authors and public knowledge. One that is held already stays as it is. */
  readonly undated: readonly Json[];
  readonly objects: readonly Json[];
  /** Indicators of attributes that were deleted: they revoke what was taken in before. */
  readonly revoked: readonly Json[];
  /** What has no form in STIX, by name, and how often. */
  readonly dropped: ReadonlyMap<string, number>;
}

/** Objects made of one event: the largest public ones have some hundred thousand attributes. */
const OBJECTS_MAX = 1_000_000;
const NOTE_LENGTH_MAX = 1_000_000;

/** Galaxies whose clusters STIX has a type for. */
const GALAXIES: Readonly<Record<string, string>> = {
  'mitre-attack-pattern': 'attack-pattern',
  'mitre-malware': 'malware',
  malpedia: 'malware',
  ransomware: 'malware',
  rat: 'malware',
  backdoor: 'malware',
  botnet: 'malware',
  banker: 'malware',
  stealer: 'malware',
  'mitre-tool': 'tool',
  tool: 'tool',
  'mitre-intrusion-set': 'intrusion-set',
  'threat-actor': 'threat-actor',
};

/** Attributes that name something STIX has a type for. */
const NAMED: Readonly<Record<string, string>> = {
  vulnerability: 'vulnerability',
  'threat-actor': 'threat-actor',
  'campaign-name': 'campaign',
};

/** `{"Event": …}` or the event itself. Returns null when it is no event. */
export function convertMispEvent(input: unknown): Conversion | null {
  const event = record(record(input)?.['Event']) ?? record(input);
  const uuid = text(event?.['uuid']);
  if (!event || !uuid || !isUuid(uuid)) return null;
  return new EventConversion(event, uuid).convert();
}

class EventConversion {
  readonly #event: Json;
  readonly #author: Json;
  readonly #created: string;
  readonly #info: string;
  readonly #tags: readonly string[];
  readonly #report: string;
  readonly #undated = new Map<string, Json>();
  readonly #objects: Json[] = [];
  readonly #revoked: Json[] = [];
  /** What the report is about. */
  readonly #refs: string[] = [];
  readonly #links: Json[] = [];
  /** MISP UUID of an attribute or object → STIX id of what it became. */
  readonly #became = new Map<string, string>();
  readonly #dropped = new Map<string, number>();

  constructor(event: Json, uuid: string) {
    this.#event = event;
    this.#report = `report--${uuid}`;
    this.#info = text(event['info']) ?? 'MISP event';
    this.#created = instantOf(event['timestamp']) ?? dateOf(event['date']) ?? '1970-01-01T00:00:00.000Z';
    this.#author = this.#organisation(record(event['Orgc']) ?? record(event['Org']));
    this.#tags = tagsOf(event);
  }

  convert(): Conversion {
    const event = this.#event;
    for (const attribute of list(event['Attribute'])) this.#attribute(record(attribute));
    for (const object of list(event['Object'])) this.#object(record(object));
    for (const object of list(event['Object'])) this.#references(record(object));
    for (const galaxy of list(event['Galaxy'])) this.#galaxy(record(galaxy));
    for (const report of list(event['EventReport'])) this.#eventReport(record(report));
    this.#dropAll('proposal', event['ShadowAttribute']);
    this.#dropAll('related event', event['RelatedEvent']);
    if (this.#objects.length > 0 || this.#refs.length > 0) this.#objects.push(this.#reportObject());
    return {
      undated: [...this.#undated.values()],
      objects: this.#objects,
      revoked: this.#revoked,
      dropped: this.#dropped,
    };
  }

  #attribute(attribute: Json | null): string | null {
    if (!attribute) return null;
    const isDeleted = attribute['deleted'] === true;
    const type = text(attribute['type']) ?? 'unknown';
    const value = text(attribute['value']);
    const uuid = text(attribute['uuid']);
    if (value === null || !uuid || !isUuid(uuid) || this.#objects.length >= OBJECTS_MAX) {
      this.#drop(type);
      return null;
    }
    if (attribute['data'] !== undefined && attribute['data'] !== null) this.#drop(`attachment of ${type}`);
    this.#dropAll('proposal', attribute['ShadowAttribute']);
    const toIds = attribute['to_ids'] === true || attribute['to_ids'] === '1';
    if (isDeleted && !toIds) return null;
    const id = toIds
      ? this.#indicators(attribute, type, value, uuid, isDeleted)
      : this.#context(attribute, type, value, uuid);
    if (isDeleted) return null;
    if (id === null) {
      this.#drop(type);
      return null;
    }
    this.#became.set(uuid, id);
    for (const sighting of list(attribute['Sighting'])) this.#sighting(record(sighting), id);
    return id;
  }

  /** Returns the id of the first; a composite attribute holds two values, and the second gets an identifier of its own. */
  #indicators(attribute: Json, type: string, value: string, uuid: string, isDeleted: boolean): string | null {
    const patterns = valuesOf(type, value).flatMap((found) => {
      const pattern = patternOf(found.kind, found.value);
      return pattern === null ? [] : [{ pattern, value: found.value }];
    });
    if (type === 'stix2-pattern') patterns.push({ pattern: value, value });
    const at = instantOf(attribute['timestamp']) ?? this.#created;
    const comment = text(attribute['comment']);
    for (const [i, one] of patterns.entries()) {
      const id = `indicator--${i === 0 ? uuid : stableUuid('misp', uuid, one.value)}`;
      const tags = [...this.#tags, ...tagsOf(attribute)];
      const tlp = strictestTlp(tags);
      (isDeleted ? this.#revoked : this.#objects).push({
        ...indicatorObject(id, one.pattern, {
          name: one.value.slice(0, 250),
          ...(comment ? { description: comment } : {}),
          createdBy: String(this.#author['id']),
          created: at,
          validFrom: dateTimeOf(attribute['first_seen']) ?? at,
          labels: [...labelsOf(tags), ...labelsOfAttribute(attribute, type)],
          ...(tlp ? { tlp } : {}),
        }),
        ...(isDeleted ? { revoked: true } : {}),
      });
      if (!isDeleted) this.#refs.push(id);
    }
    return patterns.length > 0 ? `indicator--${uuid}` : null;
  }

  /** What is said about the event and is not to be looked for. */
  #context(attribute: Json, type: string, value: string, uuid: string): string | null {
    const comment = text(attribute['comment']);
    if (type === 'link' && URL.canParse(value)) {
      this.#links.push({
        source_name: 'MISP link',
        url: value,
        ...(comment ? { description: comment } : {}),
        external_id: uuid,
      });
      return this.#report;
    }
    const named = NAMED[type];
    const id = `${named ?? 'note'}--${uuid}`;
    const frame = { id, ...this.#frame(attribute, instantOf(attribute['timestamp']) ?? this.#created, type) };
    if (named) {
      const cve = /^CVE-\d{4}-\d{4,}$/i.test(value)
        ? [{ source_name: 'cve', external_id: value.toUpperCase() }]
        : [];
      this.#objects.push({
        type: named,
        ...frame,
        name: value.slice(0, 1_000),
        ...(comment ? { description: comment } : {}),
        ...(cve.length > 0 ? { external_references: cve } : {}),
      });
      this.#refs.push(id);
    } else {
      if (value.length > NOTE_LENGTH_MAX) return null;
      this.#objects.push({
        type: 'note',
        ...frame,
        abstract: comment ? `${type} – ${comment}` : type,
        content: value,
        object_refs: [this.#report],
      });
    }
    return id;
  }

  #object(object: Json | null): void {
    if (!object || object['deleted'] === true) return;
    const uuid = text(object['uuid']);
    const name = text(object['name']) ?? 'object';
    const parts = list(object['Attribute']).flatMap((attribute) => this.#attribute(record(attribute)) ?? []);
    // Links became a part of the report, which a grouping inside it cannot hold.
    const members = [...new Set(parts)].filter((id) => id !== this.#report);
    if (members.length === 0 || !uuid || !isUuid(uuid)) {
      if (parts.length > 0) this.#drop('object of links only, or without a UUID');
      return;
    }
    const comment = text(object['comment']);
    const category = text(object['meta-category']);
    const id = `grouping--${uuid}`;
    const at = instantOf(object['timestamp']) ?? this.#created;
    this.#objects.push({
      type: 'grouping',
      id,
      ...this.#frame(object, at, null),
      labels: [
        ...labelsOf(this.#tags),
        machineTag('object', name),
        ...(category ? [machineTag('meta-category', category)] : []),
      ],
      name,
      ...(comment ? { description: comment } : {}),
      context: 'unspecified',
      object_refs: members,
    });
    this.#refs.push(id);
    this.#became.set(uuid, id);
  }

  #references(object: Json | null): void {
    const from = this.#became.get(text(object?.['uuid']) ?? '');
    for (const item of list(object?.['ObjectReference'])) {
      const reference = record(item);
      if (!reference || reference['deleted'] === true) continue;
      const uuid = text(reference['uuid']);
      const to = this.#became.get(text(reference['referenced_uuid']) ?? '');
      if (!from || !to || to === this.#report || from === to || !uuid || !isUuid(uuid)) {
        this.#drop('reference to what is not taken over');
        continue;
      }
      const kind = (text(reference['relationship_type']) ?? 'related-to')
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, '-')
        .replace(/^-|-$/g, '');
      const id = `relationship--${uuid}`;
      const comment = text(reference['comment']);
      this.#objects.push({
        type: 'relationship',
        id,
        ...this.#frame({}, instantOf(reference['timestamp']) ?? this.#created, null),
        relationship_type: kind || 'related-to',
        ...(comment ? { description: comment } : {}),
        source_ref: from,
        target_ref: to,
      });
      this.#refs.push(id);
    }
  }

  #sighting(sighting: Json | null, of: string): void {
    const uuid = text(sighting?.['uuid']);
    const at = instantOf(sighting?.['date_sighting']);
    if (
      !sighting ||
      String(sighting['type'] ?? '0') !== '0' ||
      !at ||
      !uuid ||
      !isUuid(uuid) ||
      !of.startsWith('indicator--')
    ) {
      this.#drop('sighting that is no plain one of an indicator');
      return;
    }
    const organisation = record(sighting['Organisation']);
    const seenBy = organisation ? [String(this.#organisation(organisation)['id'])] : [];
    this.#objects.push({
      type: 'sighting',
      id: `sighting--${uuid}`,
      ...this.#frame({}, at, null),
      first_seen: at,
      last_seen: at,
      count: 1,
      sighting_of_ref: of,
      ...(seenBy.length > 0 ? { where_sighted_refs: seenBy } : {}),
    });
  }

  #galaxy(galaxy: Json | null): void {
    const kind = text(galaxy?.['type']) ?? 'unknown';
    const type = GALAXIES[kind];
    for (const item of list(galaxy?.['GalaxyCluster'])) {
      const cluster = record(item);
      const uuid = text(cluster?.['uuid']);
      const name = text(cluster?.['value']);
      if (!cluster || !type || !uuid || !isUuid(uuid) || name === null) {
        this.#drop(`galaxy ${kind.slice(0, 64)}`);
        continue;
      }
      const meta = record(cluster['meta']) ?? {};
      const [external] = [meta['external_id']].flat();
      const synonyms = list(meta['synonyms']).filter((one): one is string => typeof one === 'string');
      const id = `${type}--${uuid}`;
      this.#undated.set(
        id,
        undatedObject(type, id, {
          name: name.replace(/ - [A-Z]+\d[\d.]*$/, ''),
          ...(text(cluster['description']) ? { description: text(cluster['description']) } : {}),
          ...(type === 'malware' ? { is_family: true } : {}),
          ...(synonyms.length > 0 ? { aliases: synonyms.slice(0, 100) } : {}),
          ...(typeof external === 'string'
            ? {
                external_references: [
                  { source_name: kind.startsWith('mitre') ? 'mitre-attack' : kind, external_id: external },
                ],
              }
            : {}),
        }),
      );
      this.#refs.push(id);
    }
  }

  #eventReport(report: Json | null): void {
    const uuid = text(report?.['uuid']);
    const content = text(report?.['content']);
    if (
      !report ||
      report['deleted'] === true ||
      !content ||
      content.length > NOTE_LENGTH_MAX ||
      !uuid ||
      !isUuid(uuid)
    ) {
      this.#drop('event report');
      return;
    }
    this.#objects.push({
      type: 'note',
      id: `note--${uuid}`,
      ...this.#frame({}, instantOf(report['timestamp']) ?? this.#created, null),
      abstract: text(report['name']) ?? 'report',
      content,
      object_refs: [this.#report],
    });
  }

  #reportObject(): Json {
    const event = this.#event;
    const tlp = strictestTlp(this.#tags);
    const said = ['threat_level_id', 'analysis', 'distribution'].flatMap((name) => {
      const value = event[name];
      return typeof value === 'string' || typeof value === 'number' ? [machineTag(name, String(value))] : [];
    });
    const labels = [...labelsOf(this.#tags), ...said];
    return {
      type: 'report',
      spec_version: '2.1',
      id: this.#report,
      created_by_ref: this.#author['id'],
      created: this.#created,
      modified: this.#created,
      name: this.#info,
      report_types: [this.#refs.some((id) => id.startsWith('indicator--')) ? 'indicator' : 'threat-report'],
      published: dateOf(event['date']) ?? this.#created,
      object_refs: this.#refs.length > 0 ? [...new Set(this.#refs)] : [this.#author['id']],
      ...(this.#links.length > 0 ? { external_references: this.#links } : {}),
      ...(labels.length > 0 ? { labels } : {}),
      ...(tlp ? { object_marking_refs: [TLP2[tlp].id] } : {}),
    };
  }

  /** What every object of the event has; `type` is that of the attribute it comes from. */
  #frame(holder: Json, at: string, type: string | null): Json {
    const tags = [...this.#tags, ...tagsOf(holder)];
    const tlp = strictestTlp(tags);
    const labels = [...labelsOf(tags), ...(type === null ? [] : labelsOfAttribute(holder, type))];
    return {
      spec_version: '2.1',
      created_by_ref: this.#author['id'],
      created: at,
      modified: at,
      ...(labels.length > 0 ? { labels } : {}),
      ...(tlp ? { object_marking_refs: [TLP2[tlp].id] } : {}),
    };
  }

  #organisation(organisation: Json | null): Json {
    const name = text(organisation?.['name']) ?? 'unknown organisation';
    const uuid = text(organisation?.['uuid']);
    const id = `identity--${uuid && isUuid(uuid) ? uuid : stableUuid('organisation', name)}`;
    const identity = identityObject(id, name);
    this.#undated.set(id, identity);
    return identity;
  }

  #drop(what: string): void {
    const name = what.slice(0, 100);
    this.#dropped.set(name, (this.#dropped.get(name) ?? 0) + 1);
  }

  #dropAll(what: string, items: unknown): void {
    for (const _ of list(items)) this.#drop(what);
  }
}

function tagsOf(holder: Json): string[] {
  return list(holder['Tag']).flatMap((tag) => text(record(tag)?.['name']) ?? []);
}

/** Tags of MISP's `tlp` taxonomy, old names included. */
function strictestTlp(tags: readonly string[]): TlpLevel | undefined {
  const ranks = tags.flatMap((tag) => {
    const word = /^tlp:([a-z+]+)/i.exec(tag.trim())?.[1]?.toLowerCase();
    if (word === undefined) return [];
    const level = word === 'white' ? 'clear' : word;
    const rank = TLP_LEVELS.indexOf(level as TlpLevel);
    return [rank < 0 ? TLP_LEVELS.length - 1 : rank]; // a level nobody knows is the strictest
  });
  return ranks.length === 0 ? undefined : TLP_LEVELS[Math.max(...ranks)];
}

/** Everything but TLP, which is a marking, stays as a label; PAP among it. */
function labelsOf(tags: readonly string[]): string[] {
  return [...new Set(tags.filter((tag) => !/^tlp:/i.test(tag.trim())))];
}

/** What an attribute has and STIX has no property for. */
function labelsOfAttribute(attribute: Json, type: string): string[] {
  const also = ['category', 'object_relation', 'last_seen', 'distribution'].flatMap((name) => {
    const value = attribute[name];
    if ((typeof value !== 'string' && typeof value !== 'number') || value === '') return [];
    return name === 'distribution' && String(value) === INHERITED ? [] : [machineTag(name, String(value))];
  });
  return [machineTag('type', type), ...also];
}

/** The distribution of an attribute that has its event's. */
const INHERITED = '5';

/** Seconds since 1970, as MISP writes times. */
function instantOf(value: unknown): string | null {
  if (value === '' || value === null || value === undefined) return null;
  const seconds = Number(value);
  if (!Number.isFinite(seconds) || seconds <= 0 || seconds > 253_402_300_799) return null;
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
