/** The properties that all objects share (STIX 2.1 §3.2) and the types they are made of (§2.5, §2.11, §7.2.3). */
import {
  boolean,
  type Field,
  hashes,
  identifier,
  integerIn,
  isRecord,
  list,
  millisecondTimestamp,
  must,
  type Rule,
  string,
  stringShould,
  text,
  withRules,
} from '../fields.ts';
import { isSlug, isUri } from '../formats.ts';
import { atLeastOneOf, inOrder, record } from '../records.ts';
import { isLanguageTag } from '../registries.ts';
import { excerpt } from '../report.ts';
import { readSelector } from '../selectors.ts';
import { extensions, extensionsFit } from './extensions.ts';

export const language = text('3.2', 'a language tag (RFC 5646)', isLanguageTag);

export const externalReference = record(
  '2.5',
  {
    source_name: must(string),
    description: string,
    url: text('2.5.1', 'a URL (RFC 3986)', isUri),
    hashes,
    external_id: string,
  },
  [atLeastOneOf('description', 'url', 'external_id')],
);

const phaseName = stringShould('lower case and hyphens are recommended', isSlug);

export const killChainPhase = record('2.11', {
  kill_chain_name: must(phaseName),
  phase_name: must(phaseName),
});

export const identityRef = identifier(['identity']);
export const markingRef = identifier(['marking-definition']);

export const granularMarking = record(
  '7.2.3',
  {
    lang: text('7.2.3', 'a language tag (RFC 5646)', isLanguageTag),
    marking_ref: markingRef,
    selectors: must(list(string)),
  },
  [
    (marking, report) => {
      if (Object.hasOwn(marking, 'lang') === Object.hasOwn(marking, 'marking_ref')) {
        report.error('combination', 'exactly one of lang and marking_ref must be there');
      }
    },
  ],
);

/** Every selector must lead to something that is there (STIX 2.1 §7.2.3). */
const selectorsResolve: Rule = (object, report) => {
  const markings = object['granular_markings'];
  if (!Array.isArray(markings)) return;
  report.enter();
  report.at('granular_markings');
  report.enter();
  for (const [i, marking] of markings.entries()) {
    if (!isRecord(marking) || !Array.isArray(marking['selectors'])) continue;
    report.at(i);
    report.enter();
    report.at('selectors');
    report.enter();
    for (const [j, selector] of marking['selectors'].entries()) {
      if (typeof selector !== 'string') continue;
      report.at(j);
      const found = readSelector(object, selector);
      if (found === 'malformed') report.error('marking', `${excerpt(selector)} is no selector`, '7.2.3');
      else if (found === 'absent')
        report.error('marking', `${excerpt(selector)} selects nothing in this object`, '7.2.3');
    }
    report.leave();
    report.leave();
  }
  report.leave();
  report.leave();
};

/** A marking may not mark itself (STIX 2.1 §3.2). */
const marksOthers: Rule = (object, report) => {
  const { id, object_marking_refs: refs, granular_markings: markings } = object;
  if (Array.isArray(refs) && refs.includes(id)) {
    report.errorAt('object_marking_refs', 'marking', 'an object cannot be its own marking', '3.2');
  }
  if (
    Array.isArray(markings) &&
    markings.some((marking) => isRecord(marking) && marking['marking_ref'] === id)
  ) {
    report.errorAt('granular_markings', 'marking', 'an object cannot be its own marking', '3.2');
  }
};

const specVersion: Field<'2.1'> = {
  check(value, report) {
    if (value !== '2.1') report.error('format', `spec_version is ${excerpt(value)} and must be "2.1"`, '3.2');
  },
};

/** Already looked at when the table was chosen. */
const typeName: Field<string> = { check: () => {} };

/** `id`, whose type part is checked against the object by a rule. */
const ownId = identifier();

const markings = {
  object_marking_refs: withRules(list(markingRef), marksOthers),
  granular_markings: withRules(list(granularMarking), selectorsResolve, marksOthers),
};

const marked = { ...markings, extensions: withRules(extensions, extensionsFit) };

const times = {
  created: must(millisecondTimestamp),
  modified: must(millisecondTimestamp),
};

const referencing = { external_references: list(externalReference) };

const versioned = {
  created_by_ref: identityRef,
  revoked: boolean,
  labels: list(string),
};

/** STIX Domain and Relationship Objects. */
export const CORE = {
  type: must(typeName),
  spec_version: must(specVersion),
  id: must(ownId),
  ...times,
  ...versioned,
  confidence: integerIn(0, 100),
  lang: language,
  ...referencing,
  ...marked,
};

/** STIX Cyber-observable Objects. */
export const OBSERVABLE = {
  type: must(typeName),
  id: must(ownId),
  spec_version: specVersion,
  defanged: boolean,
  ...marked,
};

export const LANGUAGE_CONTENT = {
  type: must(typeName),
  spec_version: must(specVersion),
  id: must(ownId),
  ...times,
  ...versioned,
  confidence: integerIn(0, 100),
  ...referencing,
  ...marked,
};

export const MARKING_DEFINITION = {
  type: must(typeName),
  spec_version: must(specVersion),
  id: must(ownId),
  created: must(millisecondTimestamp),
  created_by_ref: identityRef,
  ...referencing,
  ...marked,
};

export const EXTENSION_DEFINITION = {
  type: must(typeName),
  spec_version: must(specVersion),
  id: must(ownId),
  ...times,
  created_by_ref: must(identityRef),
  revoked: boolean,
  labels: list(string),
  ...referencing,
  ...markings,
};

/** Common properties by name, for an object type that does not use them. */
export const ALL_COMMON: ReadonlyMap<string, Field<unknown>> = new Map<string, Field<unknown>>([
  ...Object.entries(CORE),
  ...Object.entries(OBSERVABLE),
]);

/** For objects that have versions. */
export const versionsInOrder = inOrder('created', 'modified', { section: '3.2' });
