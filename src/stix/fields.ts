/**
 * The data types of STIX 2.1 §2, as building blocks for the tables in `schema/`. Each block is a check of a JSON
 * value and carries the TypeScript type of what passes it, so that one table gives both validation and types.
 *
 * Checks are closures over plain loops; no regular expression here can backtrack, and no text is built unless
 * something is wrong.
 */
import { JSON_DEPTH_MAX } from '../base/index.ts';
import { isIdOf, isStixId, typeOfId } from './identifiers.ts';
import { excerpt, type Report } from './report.ts';
import { hasMilliseconds, isStixTimestamp } from './timestamps.ts';
import { type Term, VOCABULARIES, type VocabularyName } from './vocabularies.ts';

export type Check = (value: unknown, report: Report) => void;

export interface Field<T> {
  readonly check: Check;
  readonly required?: boolean;
  /** What to look at once all properties have been checked, where this one is there. */
  readonly rules?: readonly Rule[];
  /** Carries the type; never set. */
  readonly type?: T;
}

export interface RequiredField<T> extends Field<T> {
  readonly required: true;
}

/** What the properties of an object must be together. They may be wrong each by itself: a rule tests what it reads. */
export type Rule = (object: Readonly<Record<string, unknown>>, report: Report) => void;

/** Adds rules that matter only where the property is there. */
export function withRules<F extends Field<unknown>>(field: F, ...rules: readonly Rule[]): F {
  return { ...field, rules };
}

/** Makes a field required. */
export function must<T>(field: Field<T>): RequiredField<T> {
  return { ...field, required: true };
}

export type TypeOf<F> = F extends Field<infer T> ? T : never;

function wrongType(value: unknown, wanted: string, section: string, report: Report): void {
  report.error('type', `${value === null ? 'null' : excerpt(value)} stands where ${wanted} belongs`, section);
}

/** A field of JSON type string with a further test; `form` says what the text should be. */
export function text(
  section: string,
  form: string,
  isRight: (value: string) => boolean,
  wanted = 'a string',
): Field<string> {
  return {
    check(value, report) {
      if (typeof value !== 'string') wrongType(value, wanted, section, report);
      else if (!isRight(value)) report.error('format', `${excerpt(value)} is not ${form}`, section);
    },
  };
}

export const string: Field<string> = text('2.15', 'Unicode text: it holds a lone surrogate', (value) =>
  value.isWellFormed(),
);

/** A string that a SHOULD wants in some form. */
export function stringShould(advice: string, isRight: (value: string) => boolean): Field<string> {
  return {
    check(value, report) {
      string.check(value, report);
      if (report.wantsWarnings && typeof value === 'string' && !isRight(value)) {
        report.warn('recommended', `${excerpt(value)}: ${advice}`);
      }
    },
  };
}

export const boolean: Field<boolean> = {
  check(value, report) {
    if (typeof value !== 'boolean') wrongType(value, 'true or false', '2.2', report);
  },
};

/** Whole numbers within ±(2^53 − 1), and within the bounds given. */
export function integerIn(min: number, max: number): Field<number> {
  return {
    check(value, report) {
      if (typeof value !== 'number' || !Number.isInteger(value))
        wrongType(value, 'a whole number', '2.10', report);
      else if (!Number.isSafeInteger(value)) report.error('range', `${value} is beyond ±(2^53 − 1)`, '2.10');
      else if (value < min || value > max) {
        const bounds = max === Number.MAX_SAFE_INTEGER ? `less than ${min}` : `not between ${min} and ${max}`;
        report.error('range', `${value} is ${bounds}`);
      }
    },
  };
}

export const integer = integerIn(-Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
export const natural = integerIn(0, Number.MAX_SAFE_INTEGER);

export function floatIn(min: number, max: number): Field<number> {
  return {
    check(value, report) {
      if (typeof value !== 'number' || !Number.isFinite(value)) wrongType(value, 'a number', '2.6', report);
      else if (value < min || value > max) report.error('range', `${value} is not between ${min} and ${max}`);
    },
  };
}

export const float = floatIn(-Number.MAX_VALUE, Number.MAX_VALUE);

/**
 * Most objects repeat one time (`created`, `modified`, `valid_from`): the last one found right is not read again. A
 * memo of the text itself, so that no answer depends on what came before.
 */
let lastRightTime = '';

export const timestamp: Field<string> = {
  check(value, report) {
    if (value === lastRightTime) return;
    if (typeof value !== 'string') wrongType(value, 'a timestamp', '2.16.1', report);
    else if (isStixTimestamp(value)) lastRightTime = value;
    else {
      const form = 'a timestamp like 2016-01-20T12:31:12.123Z, of a moment that exists';
      report.error('format', `${excerpt(value)} is not ${form}`, '2.16.1');
    }
  },
};

/** `created` and `modified`. */
export const millisecondTimestamp: Field<string> = {
  check(value, report) {
    timestamp.check(value, report);
    if (typeof value === 'string' && !hasMilliseconds(value) && isStixTimestamp(value)) {
      report.error('format', `${excerpt(value)} needs milliseconds`, '3.2');
    }
  },
};

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** RFC 4648 §4: padded, and no stray bits before the padding (§3.5). */
export function isBase64(value: string): boolean {
  if (value.length % 4 !== 0 || !BASE64.test(value)) return false;
  if (value.endsWith('==')) return 'AQgw'.includes(value.charAt(value.length - 3));
  if (value.endsWith('=')) return 'AEIMQUYcgkosw048'.includes(value.charAt(value.length - 2));
  return true;
}

export const binary = text('2.1', 'base64 (RFC 4648)', isBase64);

export function isHex(value: string): boolean {
  return value.length % 2 === 0 && /^[0-9a-f]*$/.test(value);
}

export const hex = text('2.8', 'an even number of lowercase hexadecimal digits', isHex);

/** A reference, or an `id`. `targets` are the types it may name; `wanted` says in words what a test allows. */
export function identifier(targets?: Targets, wanted?: string): Field<string> {
  const isTarget = targetTest(targets);
  const names = wanted ?? (Array.isArray(targets) ? targets.join(', ') : 'an allowed type');
  // Feeds repeat their creator, their markings and their one malware: the last id found right is not read again.
  let lastRight = '';
  return {
    check(value, report) {
      if (value === lastRight) return;
      if (typeof value !== 'string') wrongType(value, 'an identifier', '2.9', report);
      else if (!isStixId(value)) {
        report.error('identifier', `${excerpt(value)} is no identifier of the form object-type--UUID`, '2.9');
      } else if (!isTarget(value)) {
        report.error('reference', `${excerpt(value)} is a reference to something else than ${names}`);
      } else lastRight = value;
    },
  };
}

type Targets = readonly string[] | ((type: string) => boolean) | undefined;

function targetTest(targets: Targets): (id: string) => boolean {
  if (targets === undefined) return () => true;
  if (typeof targets !== 'function') return (id) => targets.some((type) => isIdOf(id, type));
  let lastRight = '\u0000'; // the type last found right: no identifier begins like this
  return (id) => {
    if (isIdOf(id, lastRight)) return true;
    const type = typeOfId(id);
    if (!targets(type)) return false;
    lastRight = type;
    return true;
  };
}

export function list<T>(item: Field<T>): Field<readonly T[]> {
  const check = item.check;
  return {
    check(value, report) {
      if (!Array.isArray(value)) return wrongType(value, 'a list', '2.12', report);
      if (value.length === 0) return report.error('empty', 'a list must have at least one value', '2.12');
      report.enter();
      for (let i = 0; i < value.length; i++) {
        report.at(i);
        check(value[i], report);
      }
      report.leave();
    },
  };
}

/** A term of a suggested vocabulary, or any other string with a warning. */
export function openVocab<N extends VocabularyName>(name: N): Field<Term<N> | (string & {})> {
  const { terms, section } = VOCABULARIES[name];
  return {
    check(value, report) {
      if (typeof value !== 'string') wrongType(value, 'a string', '2.14', report);
      else if (!terms.has(value)) {
        string.check(value, report);
        if (report.wantsWarnings) report.warn('vocabulary', `${excerpt(value)} is not in ${name}`, section);
      }
    },
  };
}

export function enumeration<N extends VocabularyName>(name: N): Field<Term<N>> {
  const { terms, section } = VOCABULARIES[name];
  return {
    check(value, report) {
      if (typeof value !== 'string') wrongType(value, 'a string', '2.4', report);
      else if (!terms.has(value)) report.error('enumeration', `${excerpt(value)} is not in ${name}`, section);
    },
  };
}

const KEY = /^[a-zA-Z0-9_-]{1,250}$/;

export type Dictionary<T = unknown> = { readonly [key: string]: T };

/** A dictionary; every value passes `item`, which by default is any STIX value. */
export function dictionary<T = unknown>(item: Field<T> = anyValue as Field<T>): Field<Dictionary<T>> {
  return {
    check(value, report) {
      if (!isRecord(value)) return wrongType(value, 'a dictionary', '2.3', report);
      let isEmpty = true;
      report.enter();
      for (const key in value) {
        isEmpty = false;
        report.at(key);
        if (!KEY.test(key))
          report.error('name', `${excerpt(key)} is no dictionary key (a-z, A-Z, 0-9, - and _)`, '2.3');
        item.check(value[key], report);
      }
      report.leave();
      if (isEmpty) report.error('empty', 'a dictionary must have at least one entry', '2.3');
    },
  };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Any value of the data types of STIX: no null, nothing empty, not too deep. */
export const anyValue: Field<unknown> = {
  check(value, report) {
    checkAny(value, report, true, true);
  },
};

/**
 * The value of a custom property. What it holds inside has a form of its own that STIX does not know, so what would
 * be an error in a type of STIX is a warning there.
 */
export const customValue: Field<unknown> = {
  check(value, report) {
    checkAny(value, report, false, true);
  },
};

function checkAny(value: unknown, report: Report, strict: boolean, isOuter: boolean): void {
  switch (typeof value) {
    case 'string':
      string.check(value, report);
      return;
    case 'boolean':
      return;
    case 'number':
      if (!Number.isFinite(value)) report.error('range', `${value} is no number of JSON`, '2.6');
      else if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
        report.error('range', `${value} is beyond ±(2^53 − 1)`, '2.10');
      }
      return;
    case 'object':
      break;
    default:
      wrongType(value, 'a JSON value', '2', report);
      return;
  }
  if (value === null) {
    if (strict) wrongType(value, 'a value', '2.3', report);
    else report.warn('recommended', 'null is no value of STIX; leave the property out', '2');
    return;
  }
  if (report.depth >= JSON_DEPTH_MAX) {
    report.error('limit', `nested deeper than ${JSON_DEPTH_MAX} levels`, '2');
    return;
  }
  let isEmpty = true;
  report.enter();
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      isEmpty = false;
      report.at(i);
      checkAny(value[i], report, strict, false);
    }
  } else {
    const record = value as Record<string, unknown>;
    for (const key in record) {
      isEmpty = false;
      report.at(key);
      if (!KEY.test(key)) {
        const message = `${excerpt(key)} is no dictionary key (a-z, A-Z, 0-9, - and _)`;
        if (strict) report.error('name', message, '2.3');
        else report.warn('recommended', message, '2.3');
      }
      checkAny(record[key], report, strict, false);
    }
  }
  report.leave();
  if (isEmpty) {
    const message = Array.isArray(value) ? 'empty lists are prohibited' : 'empty dictionaries are prohibited';
    const section = Array.isArray(value) ? '2.12' : '2.3';
    if (strict || isOuter) report.error('empty', message, section);
    else report.warn('empty', message, section);
  }
}

/** What the text of a hash looks like, where the algorithm is known. */
const HASH_FORMS: ReadonlyMap<string, RegExp> = new Map([
  ['MD5', /^[0-9a-fA-F]{32}$/],
  ['SHA-1', /^[0-9a-fA-F]{40}$/],
  ['SHA-224', /^[0-9a-fA-F]{56}$/],
  ['SHA-256', /^[0-9a-fA-F]{64}$/],
  ['SHA-384', /^[0-9a-fA-F]{96}$/],
  ['SHA-512', /^[0-9a-fA-F]{128}$/],
  ['SHA3-256', /^[0-9a-fA-F]{64}$/],
  ['SHA3-512', /^[0-9a-fA-F]{128}$/],
  ['SSDEEP', /^\d{1,19}:[A-Za-z0-9/+]*:[A-Za-z0-9/+]*$/],
  ['TLSH', /^(?:T1)?[0-9a-fA-F]{70}$/],
]);

export const hashes: Field<Dictionary<string>> = {
  check(value, report) {
    if (!isRecord(value)) return wrongType(value, 'a dictionary of hashes', '2.7', report);
    let isEmpty = true;
    report.enter();
    for (const key in value) {
      isEmpty = false;
      report.at(key);
      const hash = value[key];
      if (typeof hash !== 'string') wrongType(hash, 'a string', '2.7', report);
      else {
        const form = HASH_FORMS.get(key);
        if (form === undefined) {
          if (key.length < 3 || !KEY.test(key)) {
            report.error(
              'name',
              `${excerpt(key)} is no name of a hash (3 to 250 of a-z, A-Z, 0-9, - and _)`,
              '2.7',
            );
          }
          string.check(hash, report);
        } else if (!form.test(hash)) report.error('format', `${excerpt(hash)} is not a ${key} value`, '2.7');
        if (report.wantsWarnings && !VOCABULARIES['hash-algorithm-ov'].terms.has(key)) {
          report.warn('vocabulary', `${excerpt(key)} is not in hash-algorithm-ov`, '10.7');
        }
      }
    }
    report.leave();
    if (isEmpty) report.error('empty', 'a dictionary must have at least one entry', '2.7');
  },
};
