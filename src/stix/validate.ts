/**
 * Whether one JSON value is a STIX 2.1 object: every MUST that can be told from the object alone is an error with
 * its section, every SHOULD a warning. Types that the specification does not define are held to what it asks of
 * all objects (§7.3.2, §11.2.1) and are otherwise left as they are.
 *
 * The value is never changed or copied. What is given may come from anywhere; nothing in it makes this throw.
 */
import type { Issue } from '../base/index.ts';
import { isRecord, type Rule } from './fields.ts';
import { isIdOf, isStixId, isTypeName, typeOfId, uuidVersionOf } from './identifiers.ts';
import {
  checkCustomProperty,
  checkCustomValue,
  checkShape,
  type Shape,
  type Stranger,
  shapeOf,
  suffixOf,
} from './records.ts';
import { excerpt, Report } from './report.ts';
import { ALL_COMMON, CORE, OBSERVABLE, versionsInOrder } from './schema/common.ts';
import { usesExtension } from './schema/extensions.ts';
import { OBJECT_TYPES } from './schema/index.ts';
import type { ObjectType } from './schema/object-types.ts';
import type { StixObject } from './types.ts';

export interface ValidationOptions {
  /** Whether to tell what only breaks a SHOULD. True unless said otherwise. */
  readonly warnings?: boolean;
}

export interface Validation<T = StixObject> {
  /** The value given, as a typed object; absent when a MUST is broken. */
  readonly object?: T;
  readonly issues: readonly Issue[];
}

/** Validates one object, or a bundle with the objects in it (paths then begin with `objects[n]`). */
export function validateObject(json: unknown, options: ValidationOptions = {}): Validation {
  const report = new Report(options);
  if (isRecord(json) && json['type'] === 'bundle') checkBundle(json, report);
  else checkObject(json, report);
  const isValid = !report.failed;
  const issues = report.take();
  return isValid ? { object: json as StixObject, issues } : { issues };
}

/** Names reserved for future versions (STIX 2.1 §3.8). */
const RESERVED = new Set(['severity', 'username', 'phone_number', 'action']);

/** How custom properties should begin (§11.1.1); no property of the specification does. */
const STARTS_CUSTOM = /^x_/;

/** Writes the faults of one object into the report. */
export function checkObject(json: unknown, report: Report): void {
  if (!isRecord(json)) {
    report.error(
      'type',
      `${json === null ? 'null' : excerpt(json)} stands where a STIX object belongs`,
      '3.2',
    );
    return;
  }
  const type = json['type'];
  if (typeof type !== 'string') {
    report.errorAt('type', 'required', 'a STIX object needs its type, a string', '3.2');
    return;
  }
  if (type === 'bundle') {
    report.errorAt('type', 'forbidden', 'a bundle is no STIX object', '8');
    return;
  }
  const table = OBJECT_TYPES.get(type);
  if (table === undefined) checkCustomObject(json, type, report);
  else checkKnownObject(json, table, report);
}

function checkKnownObject(object: Record<string, unknown>, table: ObjectType, report: Report): void {
  strangers.length = 0;
  checkShape(object, table.shape, takeStranger, report);
  checkOwnId(object, table.type, report);
  if (table.contributing !== null) checkUuidVersion(object, table.contributing, report);
  if (strangers.length > 0) tellStrangers(object, report);
}

/** The custom properties of the object at hand; objects do not nest, so one list serves. */
const strangers: string[] = [];

const takeStranger: Stranger = (name, value, report) => {
  const suffix = suffixOf(name);
  if (!STARTS_CUSTOM.test(name)) {
    if (RESERVED.has(name)) {
      report.error('forbidden', `${name} is reserved for future versions`, '3.8');
      return;
    }
    const common = ALL_COMMON.get(name);
    if (common !== undefined) {
      if (name === 'defanged')
        report.error('forbidden', 'defanged is for cyber-observable objects only', '3.2');
      else report.warn('recommended', `${name} is not used on objects of this type`, '3.2');
      common.check(value, report);
      return;
    }
  }
  checkCustomValue(name, suffix, value, report);
  strangers.push(name);
};

function tellStrangers(object: Record<string, unknown>, report: Report): void {
  if (!report.wantsWarnings || usesExtension(object, 'toplevel-property-extension')) return;
  const first = strangers[0]!;
  const message =
    strangers.length === 1
      ? 'custom properties are deprecated in favour of extensions'
      : `this and ${strangers.length - 1} more custom properties: deprecated in favour of extensions`;
  report.warnAt(first, 'deprecated', message, '11.1');
}

function checkOwnId(object: Record<string, unknown>, type: string, report: Report): void {
  const id = object['id'];
  if (typeof id === 'string' && !isIdOf(id, type) && isStixId(id)) {
    report.errorAt(
      'id',
      'identifier',
      `the id of a ${excerpt(type)} must begin with its type, not ${excerpt(typeOfId(id))}`,
      '2.9',
    );
  }
}

/** An observable without any property that its id could be made from has a random id (STIX 2.1 §2.9). */
function checkUuidVersion(
  object: Record<string, unknown>,
  contributing: readonly string[],
  report: Report,
): void {
  const id = object['id'];
  if (contributing.some((name) => Object.hasOwn(object, name))) return;
  if (typeof id !== 'string' || !isStixId(id) || uuidVersionOf(id) === 4) return;
  report.errorAt(
    'id',
    'identifier',
    'with no ID contributing property present, the id must be a UUIDv4',
    '2.9',
  );
}

// Types the specification does not define

const hasPropertyOfItsOwn: Rule = (object, report) => {
  const common = usesExtension(object, 'new-sco') ? CUSTOM_OBSERVABLE.fields : CUSTOM_OBJECT.fields;
  for (const name in object) if (!common.has(name)) return;
  if (isRecord(object['extensions'])) return;
  report.error('required', 'an object of a custom type must have a property of its own', '11.2.1');
};

const CUSTOM_OBJECT: Shape = shapeOf('3.2', CORE, [versionsInOrder, hasPropertyOfItsOwn]);
const CUSTOM_OBSERVABLE: Shape = shapeOf('3.2', OBSERVABLE, [hasPropertyOfItsOwn]);

const takeCustomOwn: Stranger = (name, value, report) => {
  if (RESERVED.has(name)) return report.error('forbidden', `${name} is reserved for future versions`, '3.8');
  const common = ALL_COMMON.get(name);
  if (common !== undefined && name !== 'defanged') return common.check(value, report);
  checkCustomProperty(name, value, report);
};

function checkCustomObject(object: Record<string, unknown>, type: string, report: Report): void {
  if (!isTypeName(type)) {
    report.errorAt(
      'type',
      'name',
      `${excerpt(type)} is no type name (a-z, 0-9 and single hyphens, 3 to 250)`,
      '11.2.1',
    );
  }
  const isObservable = usesExtension(object, 'new-sco');
  checkShape(object, isObservable ? CUSTOM_OBSERVABLE : CUSTOM_OBJECT, takeCustomOwn, report);
  checkOwnId(object, type, report);
  if (!report.wantsWarnings || isObservable) return;
  if (usesExtension(object, 'new-sdo') || usesExtension(object, 'new-sro')) return;
  const advice = type.startsWith('x-') ? '' : ', and without x- their name may come to mean something else';
  report.warnAt(
    'type',
    'deprecated',
    `custom objects are deprecated in favour of extensions${advice}`,
    '11.2',
  );
}

// Bundles

/** The frame of a bundle; its objects are for whoever reads them. */
export function checkBundleFrame(bundle: Readonly<Record<string, unknown>>, report: Report): void {
  const id = bundle['id'];
  if (typeof id !== 'string') report.errorAt('id', 'required', 'a bundle needs its id', '8.1');
  else if (!isStixId(id) || typeOfId(id) !== 'bundle') {
    report.errorAt('id', 'identifier', `${excerpt(id)} is no identifier of the form bundle--UUID`, '2.9');
  }
  for (const name in bundle) {
    if (name === 'type' || name === 'id' || name === 'objects') continue;
    if (name === 'spec_version') {
      report.warnAt(
        name,
        'recommended',
        'spec_version belongs to the objects of a bundle, not to the bundle',
        '3.2',
      );
    } else
      report.warnAt(name.slice(0, 250), 'recommended', 'properties of the bundle itself may be lost', '8');
  }
}

function checkBundle(bundle: Readonly<Record<string, unknown>>, report: Report): void {
  checkBundleFrame(bundle, report);
  const objects = bundle['objects'];
  if (objects === undefined) return;
  if (!Array.isArray(objects)) {
    report.errorAt('objects', 'type', 'objects must be a list', '8.1');
    return;
  }
  report.enter();
  report.at('objects');
  if (objects.length === 0) report.error('empty', 'a list must have at least one value', '2.12');
  report.enter();
  for (const [i, object] of objects.entries()) {
    report.at(i);
    checkObject(object, report);
  }
  report.leave();
  report.leave();
}
