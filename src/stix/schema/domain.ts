/** STIX Domain Objects (STIX 2.1 §4): a table each, in the order of the specification. */

import {
  boolean,
  customValue,
  enumeration,
  type Field,
  floatIn,
  identifier,
  integerIn,
  isRecord,
  list,
  must,
  openVocab,
  type Rule,
  string,
  stringShould,
  timestamp,
} from '../fields.ts';
import { isSlug } from '../formats.ts';
import { isStixId, typeOfId } from '../identifiers.ts';
import { parsePatternIssue } from '../pattern-check.ts';
import { atLeastOneOf, inOrder, needs, notTogether } from '../records.ts';
import { excerpt } from '../report.ts';
import { killChainPhase } from './common.ts';
import { isObservable, isObservableOrRelationship, isStixObjectType, kindOf } from './kinds.ts';
import { domainObject } from './object-types.ts';

const seenInOrder = inOrder('first_seen', 'last_seen');
const anyObjectRefs = list(identifier(isStixObjectType, 'a STIX object'));
const softwareRef = identifier(['software']);
const killChainPhases = list(killChainPhase);

/** CVE: the year and at least four digits. CAPEC: its number. */
const CATALOGUES: Readonly<Record<'capec' | 'cve', RegExp>> = {
  capec: /^CAPEC-\d+$/,
  cve: /^CVE-\d{4}-\d{4,}$/,
};

/** A reference to CAPEC or CVE must carry the identifier in its form (STIX 2.1 §4.1.1, §4.19.1). */
const cataloguesAreExact: Rule = (object, report) => {
  const references = object['external_references'];
  if (!Array.isArray(references)) return;
  report.enter();
  report.at('external_references');
  report.enter();
  for (const [i, reference] of references.entries()) {
    if (!isRecord(reference)) continue;
    const source = reference['source_name'];
    if (source !== 'capec' && source !== 'cve') continue;
    const id = reference['external_id'];
    if (typeof id === 'string' && CATALOGUES[source].test(id)) continue;
    report.at(i);
    report.errorAt('external_id', 'format', `${excerpt(id)} is no identifier of ${source.toUpperCase()}`);
  }
  report.leave();
  report.leave();
};

export const attackPattern = domainObject(
  'attack-pattern',
  '4.1.1',
  {
    name: must(string),
    description: string,
    aliases: list(string),
    kill_chain_phases: killChainPhases,
  },
  [cataloguesAreExact],
);

export const campaign = domainObject(
  'campaign',
  '4.2.1',
  {
    name: must(string),
    description: string,
    aliases: list(string),
    first_seen: timestamp,
    last_seen: timestamp,
    objective: string,
  },
  [seenInOrder],
);

export const courseOfAction = domainObject('course-of-action', '4.3.1', {
  name: must(string),
  description: string,
});

export const grouping = domainObject('grouping', '4.4.1', {
  name: must(string),
  description: string,
  context: must(openVocab('grouping-context-ov')),
  object_refs: must(anyObjectRefs),
});

export const identity = domainObject('identity', '4.5.1', {
  name: must(string),
  description: string,
  roles: list(string),
  identity_class: openVocab('identity-class-ov'),
  sectors: list(openVocab('industry-sector-ov')),
  contact_information: string,
});

export const incident = domainObject('incident', '4.6.1', {
  name: must(string),
  description: string,
});

/** The pattern must be of the language that `pattern_type` names; STIX patterns are parsed. */
const patternParses: Rule = (object, report) => {
  const pattern = object['pattern'];
  if (object['pattern_type'] !== 'stix' || typeof pattern !== 'string') return;
  const fault = parsePatternIssue(pattern);
  if (fault !== null) report.errorAt('pattern', 'pattern', fault, '9');
};

export const indicator = domainObject(
  'indicator',
  '4.7.1',
  {
    name: string,
    description: string,
    indicator_types: list(openVocab('indicator-type-ov')),
    pattern: must(string),
    pattern_type: must(openVocab('pattern-type-ov')),
    pattern_version: string,
    valid_from: must(timestamp),
    valid_until: timestamp,
    kill_chain_phases: killChainPhases,
  },
  [inOrder('valid_from', 'valid_until', { strictly: true }), patternParses],
);

export const infrastructure = domainObject(
  'infrastructure',
  '4.8.1',
  {
    name: must(string),
    description: string,
    infrastructure_types: list(openVocab('infrastructure-type-ov')),
    aliases: list(string),
    kill_chain_phases: killChainPhases,
    first_seen: timestamp,
    last_seen: timestamp,
  },
  [seenInOrder],
);

export const intrusionSet = domainObject(
  'intrusion-set',
  '4.9.1',
  {
    name: must(string),
    description: string,
    aliases: list(string),
    first_seen: timestamp,
    last_seen: timestamp,
    goals: list(string),
    resource_level: openVocab('attack-resource-level-ov'),
    primary_motivation: openVocab('attack-motivation-ov'),
    secondary_motivations: list(openVocab('attack-motivation-ov')),
  },
  [seenInOrder],
);

const isPlace: Rule = (object, report) => {
  const has = (name: string) => Object.hasOwn(object, name);
  if (has('region') || has('country') || (has('latitude') && has('longitude'))) return;
  report.error('required', 'one of region, country, or latitude with longitude is required', '4.10');
};

export const location = domainObject(
  'location',
  '4.10.1',
  {
    name: string,
    description: string,
    latitude: floatIn(-90, 90),
    longitude: floatIn(-180, 180),
    precision: floatIn(0, Number.MAX_VALUE),
    region: openVocab('region-ov'),
    country: stringShould('a two-letter code of ISO 3166-1 is recommended', (code) =>
      /^[A-Za-z]{2}$/.test(code),
    ),
    administrative_area: string,
    city: string,
    street_address: string,
    postal_code: string,
  },
  [
    isPlace,
    needs('latitude', 'longitude'),
    needs('longitude', 'latitude'),
    needs('precision', 'latitude'),
    needs('precision', 'longitude'),
  ],
);

const familyHasName: Rule = (object, report) => {
  if (object['is_family'] === true && !Object.hasOwn(object, 'name')) {
    report.errorAt('name', 'required', 'a malware family must have a name');
  }
};

export const malware = domainObject(
  'malware',
  '4.11.1',
  {
    name: string,
    description: string,
    malware_types: list(openVocab('malware-type-ov')),
    is_family: boolean,
    aliases: list(string),
    kill_chain_phases: killChainPhases,
    first_seen: timestamp,
    last_seen: timestamp,
    operating_system_refs: list(softwareRef),
    architecture_execution_envs: list(openVocab('processor-architecture-ov')),
    implementation_languages: list(openVocab('implementation-language-ov')),
    capabilities: list(openVocab('malware-capabilities-ov')),
    sample_refs: list(identifier(['file', 'artifact'])),
  },
  [seenInOrder, familyHasName],
);

export const malwareAnalysis = domainObject(
  'malware-analysis',
  '4.12.1',
  {
    product: must(stringShould('lower case and hyphens are recommended', isSlug)),
    version: string,
    host_vm_ref: softwareRef,
    operating_system_ref: softwareRef,
    installed_software_refs: list(softwareRef),
    configuration_version: string,
    modules: list(string),
    analysis_engine_version: string,
    analysis_definition_version: string,
    submitted: timestamp,
    analysis_started: timestamp,
    analysis_ended: timestamp,
    result_name: string,
    result: openVocab('malware-result-ov'),
    analysis_sco_refs: list(identifier(isObservable, 'a cyber-observable object')),
    sample_ref: identifier(['file', 'network-traffic', 'artifact']),
  },
  [atLeastOneOf('result', 'analysis_sco_refs')],
);

export const note = domainObject('note', '4.13.1', {
  abstract: string,
  content: must(string),
  authors: list(string),
  object_refs: must(anyObjectRefs),
});

/** How often something was seen, for counts in sightings and observed data (STIX 2.1 §4.14.1, §5.2.1). */
export const COUNT_MAX = 999_999_999;

/**
 * The deprecated container: objects by a local key, each with a type, references by key within the container.
 * Its objects may be those of STIX 2.0, so their properties are not held to the tables of 2.1 (§2.13).
 */
const observableContainer: Field<{ readonly [key: string]: Readonly<Record<string, unknown>> }> = {
  check(value, report) {
    if (!isRecord(value))
      return report.error('type', `${excerpt(value)} stands where a dictionary belongs`, '2.13');
    const keys = Object.keys(value);
    if (keys.length === 0) report.error('empty', 'the container must hold at least one object', '4.14.1');
    report.warn('deprecated', 'objects is deprecated in favour of object_refs', '2.13');
    report.enter();
    for (const key of keys) {
      report.at(key);
      const object = value[key];
      if (!isRecord(object) || typeof object['type'] !== 'string') {
        report.error('type', 'an object with a type belongs here', '2.13');
        continue;
      }
      report.enter();
      for (const name in object) {
        report.at(name);
        const held = object[name];
        const refs = name.endsWith('_ref')
          ? [held]
          : name.endsWith('_refs') && Array.isArray(held)
            ? held
            : [];
        for (const ref of refs) {
          if (typeof ref === 'string' && Object.hasOwn(value, ref)) continue;
          report.error('reference', `${excerpt(ref)} is no key of this container`, '2.13');
        }
        if (refs.length === 0) customValue.check(held, report);
      }
      report.leave();
    }
    report.leave();
  },
};

const holdsObservable: Rule = (object, report) => {
  const refs = object['object_refs'];
  if (!Array.isArray(refs) || refs.length === 0) return;
  const isSro = (ref: unknown) => typeof ref === 'string' && isStixId(ref) && kindOf(typeOfId(ref)) === 'sro';
  if (refs.every(isSro)) {
    report.errorAt('object_refs', 'reference', 'at least one cyber-observable object must be referred to');
  }
};

export const observedData = domainObject(
  'observed-data',
  '4.14.1',
  {
    first_observed: must(timestamp),
    last_observed: must(timestamp),
    number_observed: must(integerIn(1, COUNT_MAX)),
    objects: observableContainer,
    object_refs: list(identifier(isObservableOrRelationship, 'a cyber-observable or relationship object')),
  },
  [
    inOrder('first_observed', 'last_observed'),
    notTogether('object_refs', 'objects'),
    atLeastOneOf('object_refs', 'objects'),
    holdsObservable,
  ],
);

export const opinion = domainObject('opinion', '4.15.1', {
  explanation: string,
  authors: list(string),
  opinion: must(enumeration('opinion-enum')),
  object_refs: must(anyObjectRefs),
});

export const report = domainObject('report', '4.16.1', {
  name: must(string),
  description: string,
  report_types: list(openVocab('report-type-ov')),
  published: must(timestamp),
  object_refs: must(anyObjectRefs),
});

export const threatActor = domainObject(
  'threat-actor',
  '4.17.1',
  {
    name: must(string),
    description: string,
    threat_actor_types: list(openVocab('threat-actor-type-ov')),
    aliases: list(string),
    first_seen: timestamp,
    last_seen: timestamp,
    roles: list(openVocab('threat-actor-role-ov')),
    goals: list(string),
    sophistication: openVocab('threat-actor-sophistication-ov'),
    resource_level: openVocab('attack-resource-level-ov'),
    primary_motivation: openVocab('attack-motivation-ov'),
    secondary_motivations: list(openVocab('attack-motivation-ov')),
    personal_motivations: list(openVocab('attack-motivation-ov')),
  },
  [seenInOrder],
);

export const tool = domainObject('tool', '4.18.1', {
  name: must(string),
  description: string,
  tool_types: list(openVocab('tool-type-ov')),
  aliases: list(string),
  kill_chain_phases: killChainPhases,
  tool_version: string,
});

export const vulnerability = domainObject(
  'vulnerability',
  '4.19.1',
  { name: must(string), description: string },
  [cataloguesAreExact],
);
