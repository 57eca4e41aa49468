/**
 * Objects with named properties: the tables of `schema/` become walks over what is there, in the order it was
 * written, with one look-up a property. What a table cannot say (one property needs another, one time follows
 * another) are rules, run once every property has been checked by itself.
 */
import { customValue, type Field, isBase64, isHex, isRecord, type Rule, type TypeOf } from './fields.ts';
import { isStixId } from './identifiers.ts';
import { excerpt, type Report } from './report.ts';
import { compareStixTimestamps, isStixTimestamp } from './timestamps.ts';

export type Fields = Readonly<Record<string, Field<unknown>>>;

type RequiredKeys<F extends Fields> = {
  [K in keyof F]: F[K] extends { readonly required: true } ? K : never;
}[keyof F];

/** The TypeScript type of an object that passes a table. */
export type ObjectOf<F extends Fields> = { readonly [K in RequiredKeys<F>]: TypeOf<F[K]> } & {
  readonly [K in Exclude<keyof F, RequiredKeys<F>>]?: TypeOf<F[K]>;
};

/** Takes a property the table does not have. */
export type Stranger = (name: string, value: unknown, report: Report) => void;

export interface Shape {
  readonly section: string;
  readonly fields: ReadonlyMap<string, Field<unknown>>;
  readonly required: readonly string[];
  readonly rules: readonly Rule[];
  /** Which property came at which place in the last object: feeds write theirs in one order. */
  readonly order: { name: string; field: Field<unknown> | undefined }[];
}

export function shapeOf(section: string, fields: Fields, rules: readonly Rule[] = []): Shape {
  const entries = Object.entries(fields);
  return {
    section,
    fields: new Map(entries),
    required: entries.filter(([, field]) => field.required).map(([name]) => name),
    rules,
    order: [],
  };
}

/** Places remembered of an object's properties; the largest table has 33. */
const ORDER_MAX = 64;

/** Walks one object through its table. */
export function checkShape(
  object: Readonly<Record<string, unknown>>,
  shape: Shape,
  stranger: Stranger,
  report: Report,
): void {
  const outer = report.section;
  report.section = shape.section;
  let required = 0;
  let index = 0;
  let wanted: Rule[] | null = null;
  report.enter();
  for (const name in object) {
    report.at(name);
    let place = shape.order[index];
    if (place === undefined || place.name !== name) {
      place = { name, field: shape.fields.get(name) };
      if (index < ORDER_MAX) shape.order[index] = place;
    }
    index++;
    const field = place.field;
    if (field === undefined) stranger(name, object[name], report);
    else {
      if (field.required) required++;
      if (field.rules !== undefined) {
        wanted ??= [];
        wanted.push(...field.rules);
      }
      field.check(object[name], report);
    }
  }
  report.leave();
  if (required !== shape.required.length) {
    for (const name of shape.required) {
      if (!Object.hasOwn(object, name)) report.errorAt(name, 'required', `${name} is required`);
    }
  }
  for (const rule of shape.rules) rule(object, report);
  if (wanted !== null) for (const rule of wanted) rule(object, report);
  report.section = outer;
}

/** A property whose value is an object of its own, such as an external reference. */
export function record<F extends Fields>(
  section: string,
  fields: F,
  rules: readonly Rule[] = [],
): Field<ObjectOf<F>> {
  const shape = shapeOf(section, fields, rules);
  return {
    check(value, report) {
      if (isRecord(value)) checkShape(value, shape, checkCustomProperty, report);
      else
        report.error(
          'type',
          `${value === null ? 'null' : excerpt(value)} stands where an object belongs`,
          section,
        );
    },
  };
}

/** ASCII letters in lower case, digits and underscores, a letter first, 3 to 250 (STIX 2.1 §3.1, §7.3.2, §11.1.1). */
const PROPERTY_NAME = /^[a-z][a-z0-9_]{2,249}$/;

export type Suffix = '_ref' | '_refs' | '_hex' | '_bin' | '';
const SUFFIXES: readonly Suffix[] = ['_ref', '_refs', '_hex', '_bin'];

/** Names of custom properties met so far, with their suffix; null for a name that is none. Feeds repeat a few. */
const NAMES = new Map<string, Suffix | null>();
/** Names remembered; an input that makes up new ones all the time only loses the shortcut. */
const NAMES_MAX = 4096;

/** The suffix that says what a property holds (STIX 2.1 §3.1); null when the name is none. */
export function suffixOf(name: string): Suffix | null {
  const known = NAMES.get(name);
  if (known !== undefined) return known;
  const suffix = PROPERTY_NAME.test(name) ? (SUFFIXES.find((end) => name.endsWith(end)) ?? '') : null;
  if (NAMES.size < NAMES_MAX) NAMES.set(name, suffix);
  return suffix;
}

const isRef = (value: unknown) => typeof value === 'string' && isStixId(value);

/** A property that the specification does not define: any value, under the rules for names and suffixes. */
export function checkCustomProperty(name: string, value: unknown, report: Report): void {
  checkCustomValue(name, suffixOf(name), value, report);
}

export function checkCustomValue(name: string, suffix: Suffix | null, value: unknown, report: Report): void {
  if (suffix === null) {
    report.error(
      'name',
      `${excerpt(name)} is no property name (a-z, 0-9 and _, a letter first, 3 to 250)`,
      '3.1',
    );
  }
  customValue.check(value, report);
  if (!suffix || !report.wantsWarnings) return;
  if (suffix === '_ref') {
    if (!isRef(value)) report.warn('recommended', '_ref names a reference', '3.1');
  } else if (suffix === '_refs') {
    if (!Array.isArray(value) || !value.every(isRef)) {
      report.warn('recommended', '_refs names a list of references', '3.1');
    }
  } else if (typeof value !== 'string' || !(suffix === '_hex' ? isHex(value) : isBase64(value))) {
    const content = suffix === '_hex' ? 'hexadecimal' : 'base64';
    report.warn('recommended', `${suffix} names a ${content} value`, '3.1');
  }
}

// Rules

const has = (object: Readonly<Record<string, unknown>>, name: string) => Object.hasOwn(object, name);

/** `later` may not be before `earlier`; with `strictly`, not at the same time either. */
export function inOrder(
  earlier: string,
  later: string,
  options: { strictly?: boolean; section?: string } = {},
): Rule {
  const relation = options.strictly ? 'must be later than' : 'must not be before';
  return (object, report) => {
    const from = object[earlier];
    const to = object[later];
    if (typeof from !== 'string' || typeof to !== 'string') return;
    if (from === to && !options.strictly) return;
    if (report.failed && !(isStixTimestamp(from) && isStixTimestamp(to))) return;
    const order = compareStixTimestamps(from, to);
    if (order > 0 || (options.strictly && order === 0)) {
      report.errorAt(
        later,
        'order',
        `${later} (${to.slice(0, 40)}) ${relation} ${earlier} (${from.slice(0, 40)})`,
        options.section,
      );
    }
  };
}

export function atLeastOneOf(...names: readonly string[]): Rule {
  return (object, report) => {
    if (names.some((name) => has(object, name))) return;
    report.error('required', `one of ${names.join(', ')} is required`);
  };
}

export function notTogether(one: string, other: string): Rule {
  return (object, report) => {
    if (has(object, one) && has(object, other)) {
      report.errorAt(other, 'combination', `${one} and ${other} exclude each other`);
    }
  };
}

/** Where `name` is, `needed` must be. */
export function needs(name: string, needed: string, section?: string): Rule {
  return (object, report) => {
    if (has(object, name) && !has(object, needed)) {
      report.errorAt(name, 'combination', `${name} may only be there with ${needed}`, section);
    }
  };
}
