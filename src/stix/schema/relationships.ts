/** STIX Relationship Objects (STIX 2.1 §5). */
import {
  type Field,
  identifier,
  integerIn,
  list,
  must,
  type Rule,
  string,
  text,
  timestamp,
} from '../fields.ts';
import { typeOfId } from '../identifiers.ts';
import { inOrder } from '../records.ts';
import { excerpt } from '../report.ts';
import { COUNT_MAX } from './domain.ts';
import { isDomain, isDomainOrObservable } from './kinds.ts';
import { relationshipObject } from './object-types.ts';
import { isDefinedRelationship } from './relationship-types.ts';

/** Each end of its own, since feeds have one type at each and a check remembers the last. */
const endRef = () => identifier(isDomainOrObservable, 'a domain or cyber-observable object');

const isDefined: Rule = (object, report) => {
  if (!report.wantsWarnings || report.failed) return;
  const { source_ref: source, relationship_type: type, target_ref: target } = object;
  if (typeof source !== 'string' || typeof type !== 'string' || typeof target !== 'string') return;
  if (isDefinedRelationship(source, type, target)) return;
  report.warnAt(
    'relationship_type',
    'recommended',
    `${typeOfId(source)} ${type.slice(0, 60)} ${typeOfId(target)} is no relationship of the specification`,
  );
};

export const relationship = relationshipObject(
  'relationship',
  '5.1.2',
  {
    relationship_type: must(text('5.1.2', 'made of a-z, 0-9 and -', (value) => /^[a-z0-9-]+$/.test(value))),
    description: string,
    source_ref: must(endRef()),
    target_ref: must(endRef()),
    start_time: timestamp,
    stop_time: timestamp,
  },
  [inOrder('start_time', 'stop_time', { strictly: true }), isDefined],
);

/** The property table says string, its text "default value is false": both are read. */
const summary: Field<boolean | string> = {
  check(value, report) {
    if (typeof value !== 'boolean' && typeof value !== 'string') {
      report.error('type', `${excerpt(value)} stands where true or false belongs`);
    }
  },
};

export const sighting = relationshipObject(
  'sighting',
  '5.2.1',
  {
    description: string,
    first_seen: timestamp,
    last_seen: timestamp,
    count: integerIn(0, COUNT_MAX),
    sighting_of_ref: must(identifier(isDomain, 'a domain object')),
    observed_data_refs: list(identifier(['observed-data'])),
    where_sighted_refs: list(identifier(['identity', 'location'])),
    summary,
  },
  [inOrder('first_seen', 'last_seen')],
);
