/**
 * Objects with named properties: the tables of `schema/` become walks over what is there, in the order it was
 * written, with one look-up a property. What a table cannot say (one property needs another, one time follows
 * another) are rules, run once every property has been checked by itself.
 */
import { customValue, type Field, isBase64, isHex, isRecord, type TypeOf } from './fields.ts';
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

/** What the table cannot say. Runs on objects whose properties may be wrong: it tests what it reads. */
export type Rule = (object: Readonly<Record<string, unknown>>, report: Report) => void;

/** Takes a property the table does not have. */
export type Stranger = (name: string, value: unknown, report: Report) => void;

export interface Shape {
  readonly section: string;
  readonly fields: ReadonlyMap<string, Field<unknown>>;
  readonly required: readonly string[];
  readonly rules: readonly Rule[];
}

export function shapeOf(section: string, fields: Fields, rules: readonly Rule[] = []): Shape {
  const entries = Object.entries(fields);
  return {
    section,
    fields: new Map(entries),
    required: entries.filter(([, field]) => field.required).map(([name]) => name),
    rules,
  };
}

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
  report.enter();
  for (const name in object) {
    report.at(name);
    const field = shape.fields.get(name);
    if (field === undefined) stranger(name, object[name], report);
    else {
      if (field.required) required++;
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

/** A property that the specification does not define: any value, under the rules for names and suffixes. */
export function checkCustomProperty(name: string, value: unknown, report: Report): void {
  if (!PROPERTY_NAME.test(name)) {
    report.error(
      'name',
      `${excerpt(name)} is no property name (a-z, 0-9 and _, a letter first, 3 to 250)`,
      '3.1',
    );
  }
  customValue.check(value, report);
  if (!report.wantsWarnings) return;
  if (name.endsWith('_ref')) {
    if (typeof value !== 'string' || !isStixId(value))
      report.warn('recommended', '_ref names a reference', '3.1');
  } else if (name.endsWith('_refs')) {
    const isRefs = Array.isArray(value) && value.every((item) => typeof item === 'string' && isStixId(item));
    if (!isRefs) report.warn('recommended', '_refs names a list of references', '3.1');
  } else if (name.endsWith('_hex')) {
    if (typeof value !== 'string' || !isHex(value))
      report.warn('recommended', '_hex names a hexadecimal value', '3.1');
  } else if (name.endsWith('_bin')) {
    if (typeof value !== 'string' || !isBase64(value))
      report.warn('recommended', '_bin names a base64 value', '3.1');
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
    if (!isStixTimestamp(from) || !isStixTimestamp(to)) return;
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
