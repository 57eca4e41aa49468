/** STIX Meta Objects (STIX 2.1 §7). */
import {
  anyValue,
  type Dictionary,
  dictionary,
  enumeration,
  type Field,
  identifier,
  isRecord,
  list,
  must,
  type Rule,
  string,
  text,
  timestamp,
} from '../fields.ts';
import { needs } from '../records.ts';
import { isLanguageTag } from '../registries.ts';
import { excerpt } from '../report.ts';
import { TLP1, TLP2_EXTENSION_ID, tlpOfMarkingId } from '../tlp.ts';
import { EXTENSION_DEFINITION, LANGUAGE_CONTENT, MARKING_DEFINITION } from './common.ts';
import { isStixObjectType } from './kinds.ts';
import { metaObject } from './object-types.ts';

/** A translation for each language: dictionaries of what the object itself has. */
const contents: Field<Dictionary<Dictionary>> = {
  check(value, report) {
    translations.check(value, report);
    if (!isRecord(value)) return;
    report.enter();
    for (const tag in value) {
      if (isLanguageTag(tag)) continue;
      report.at(tag);
      report.error('format', `${excerpt(tag)} is no language tag (RFC 5646)`);
    }
    report.leave();
  },
};
const translations = dictionary(dictionary(anyValue));

export const languageContent = metaObject('language-content', '7.1.1', {
  ...LANGUAGE_CONTENT,
  object_ref: must(identifier(isStixObjectType, 'a STIX object')),
  object_modified: timestamp,
  contents: must(contents),
});

/** The text itself, or the level, or whatever a marking of another type defines. */
const definition: Field<Dictionary> = {
  check(value, report) {
    if (!isRecord(value)) report.error('type', `${excerpt(value)} stands where a marking object belongs`);
    else anyValue.check(value, report);
  },
};

/** A definition, or an extension that brings its own (STIX 2.1 §7.2.1). */
const isDefined: Rule = (object, report) => {
  if (Object.hasOwn(object, 'extensions')) return;
  for (const name of ['definition_type', 'definition']) {
    if (!Object.hasOwn(object, name)) {
      report.errorAt(name, 'required', `${name} is required where there is no extension`);
    }
  }
};

const TLP1_BY_LEVEL: ReadonlyMap<unknown, (typeof TLP1)[keyof typeof TLP1]> = new Map(Object.entries(TLP1));

/** Statements say something; the four TLP markings are the only ones of their type (§7.2.1.3, §7.2.1.4). */
const isKnownForm: Rule = (object, report) => {
  const held = object['definition'];
  if (!isRecord(held)) return;
  report.enter();
  report.at('definition');
  if (object['definition_type'] === 'statement' && typeof held['statement'] !== 'string') {
    report.errorAt('statement', 'required', 'a statement marking needs its statement, a string', '7.2.1.3');
  }
  if (object['definition_type'] === 'tlp') {
    const standard = TLP1_BY_LEVEL.get(held['tlp']);
    const isStandard =
      standard !== undefined &&
      object['id'] === standard.id &&
      object['created'] === standard.created &&
      (object['name'] === undefined || object['name'] === standard.name) &&
      Object.keys(held).length === 1;
    if (!isStandard) {
      const message = 'only the four marking definitions of the specification may represent TLP';
      report.errorAt('tlp', 'marking', message, '7.2.1.4');
    }
  }
  report.leave();
};

/** TLP 2.0 has fixed definitions too; the extension's text, not STIX 2.1, says so. */
const isKnownTlp2: Rule = (object, report) => {
  const held = object['extensions'];
  const tlp2 = isRecord(held) ? held[TLP2_EXTENSION_ID] : undefined;
  if (!isRecord(tlp2)) return;
  const level = typeof object['id'] === 'string' ? tlpOfMarkingId(object['id']) : undefined;
  if (level === undefined || tlp2['tlp_2_0'] !== level) {
    report.warnAt(
      'extensions',
      'recommended',
      'TLP 2.0 has five marking definitions of its own; this is none',
      '7.2.1',
    );
  }
};

export const markingDefinition = metaObject(
  'marking-definition',
  '7.2.1',
  {
    ...MARKING_DEFINITION,
    name: string,
    definition_type: string,
    definition,
  },
  [
    isDefined,
    needs('definition', 'definition_type'),
    needs('definition_type', 'definition'),
    isKnownForm,
    isKnownTlp2,
  ],
);

const propertyName = text('7.3.2', 'a property name (a-z, 0-9 and _, 3 to 250)', (name) =>
  /^[a-z0-9_]{3,250}$/.test(name),
);

const namesOnlyForTopLevel: Rule = (object, report) => {
  const types = object['extension_types'];
  const isTopLevel = Array.isArray(types) && types.includes('toplevel-property-extension');
  const hasNames = Object.hasOwn(object, 'extension_properties');
  if (hasNames && !isTopLevel) {
    const message = 'extension_properties may only be there with toplevel-property-extension';
    report.errorAt('extension_properties', 'combination', message);
  }
  if (isTopLevel && !hasNames) {
    report.warnAt('extension_properties', 'recommended', 'the names of the new properties are recommended');
  }
  if (!Object.hasOwn(object, 'description')) {
    report.warnAt('description', 'recommended', 'a description is recommended');
  }
};

export const extensionDefinition = metaObject(
  'extension-definition',
  '7.3.1',
  {
    ...EXTENSION_DEFINITION,
    name: must(string),
    description: string,
    schema: must(string),
    version: must(string),
    extension_types: must(list(enumeration('extension-type-enum'))),
    extension_properties: list(propertyName),
  },
  [namesOnlyForTopLevel],
);
