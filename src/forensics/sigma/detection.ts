/**
 * The detection of a rule: names of fields with modifiers, and the values they must have, to an expression.
 *
 * A map is an "and", a list an "or"; `|all` turns the list of one field into an "and". Without a field name, a
 * text is a keyword: some value of the event contains it.
 */
import { RE2JS } from 're2js';
import { encodeBase64, utf8 } from '../../base/index.ts';
import { join } from './condition.ts';
import { openGlob, parseGlob, plainGlob } from './glob.ts';
import { parseCidr } from './ip-range.ts';
import { type Expression, type Glob, RuleFault, type Test, type TimePart } from './rule.ts';

/** The largest public rule has about 900 values. */
const VALUES_MAX = 50_000;
/** Windash on a value with more dashes than this would give thousands of forms. */
const DASH_FORMS_MAX = 625;

/** What `windash` puts in the place of a dash: hyphen, slash, en dash, em dash, horizontal bar. */
const DASHES = ['-', '/', '\u2013', '\u2014', '\u2015'];

const TIME_PARTS: readonly string[] = ['minute', 'hour', 'day', 'week', 'month', 'year'];

export interface DetectionOptions {
  /** Values for `%name%` in fields with the modifier `expand`. */
  readonly placeholders?: Readonly<Record<string, readonly string[]>>;
}

/** @throws RuleFault */
export function parseDetection(value: unknown, options: DetectionOptions): Expression {
  if (Array.isArray(value)) {
    if (value.length === 0) throw new RuleFault('a part of the detection is an empty list');
    return join(
      'or',
      value.map((item) => (isMap(item) ? parseMap(item, options) : parseItem('', item, options))),
    );
  }
  if (isMap(value)) return parseMap(value, options);
  return parseItem('', value, options);
}

function parseMap(map: Record<string, unknown>, options: DetectionOptions): Expression {
  const items = Object.entries(map).map(([key, value]) => parseItem(key, value, options));
  if (items.length === 0) throw new RuleFault('a part of the detection is an empty map');
  return join('and', items);
}

/** One line `Field|modifier: value(s)`. */
function parseItem(key: string, value: unknown, options: DetectionOptions): Expression {
  const [name, ...modifiers] = key.split('|') as [string, ...string[]];
  const field = name === '' ? null : name;
  const all = modifiers.includes('all');
  const values = Array.isArray(value) ? value : [value];
  if (values.length === 0) throw new RuleFault(`"${key}" has an empty list`);
  if (values.length > VALUES_MAX) throw new RuleFault(`"${key}" has more than ${VALUES_MAX} values`);
  const fieldOnly = field === null ? modifiers.find((modifier) => FIELD_MODIFIERS.has(modifier)) : undefined;
  if (fieldOnly !== undefined) throw new RuleFault(`"${fieldOnly}" needs a field`);
  const negated = modifiers.includes('neq');
  const items = values.map((item): Expression => {
    const tests = parseValue(
      item,
      modifiers.filter((modifier) => modifier !== 'all' && modifier !== 'neq'),
      field,
      key,
      options,
    );
    return join(
      'or',
      tests.map((test): Expression => ({ op: 'test', field, test })),
    );
  });
  const expression = join(all ? 'and' : 'or', items);
  return negated ? { op: 'not', item: expression } : expression;
}

/** The tests for one value; several when a modifier gives it several forms: one of them must hold. */
function parseValue(
  value: unknown,
  modifiers: readonly string[],
  field: string | null,
  key: string,
  options: DetectionOptions,
): Test[] {
  const has = (modifier: string) => modifiers.includes(modifier);
  const unknown = modifiers.find((modifier) => !MODIFIERS.has(modifier));
  if (unknown !== undefined) throw new RuleFault(`"${key}" has the unknown modifier "${unknown}"`);
  if (has('exists')) {
    if (typeof value !== 'boolean') throw new RuleFault(`"${key}" takes true or false`);
    return [{ kind: 'exists', exists: value }];
  }
  if (value === null || value === undefined) return [{ kind: 'empty' }];
  if (typeof value === 'object') throw new RuleFault(`"${key}" has a value that is neither text nor number`);
  const operator = modifiers.find(
    (modifier) => modifier === 'gt' || modifier === 'gte' || modifier === 'lt' || modifier === 'lte',
  );
  if (operator !== undefined) {
    const number = Number(value);
    if (!Number.isFinite(number)) throw new RuleFault(`"${key}" needs a number`);
    return [{ kind: 'compare', operator: operator as 'gt', value: number }];
  }
  const part = modifiers.find((modifier) => TIME_PARTS.includes(modifier));
  if (part !== undefined) {
    const number = Number(value);
    if (!Number.isInteger(number)) throw new RuleFault(`"${key}" needs a whole number`);
    return [{ kind: 'time', part: part as TimePart, value: number }];
  }
  const text = String(value);
  if (has('re')) return [regularExpression(text, modifiers, key)];
  if (has('cidr')) {
    if (parseCidr(text) === null)
      throw new RuleFault(`"${key}": "${text.slice(0, 64)}" is no range of addresses`);
    return [{ kind: 'cidr', range: text }];
  }
  const cased = has('cased');
  if (has('fieldref')) {
    const how = has('startswith')
      ? 'startswith'
      : has('endswith')
        ? 'endswith'
        : has('contains')
          ? 'contains'
          : 'equals';
    return [{ kind: 'field', other: text, how, cased }];
  }
  let globs: Glob[];
  if (has('expand')) globs = expand(text, key, options).map(parseGlob);
  else if (BYTE_FORMS.some(has)) globs = byteForms(text, modifiers, key).map(plainGlob);
  else if (has('windash')) globs = dashForms(text).map(parseGlob);
  else globs = [parseGlob(text)];
  const anywhere = has('contains') || field === null;
  return globs.map((glob) => ({
    kind: 'glob',
    glob: openGlob(glob, anywhere || has('endswith'), anywhere || has('startswith')),
    cased,
  }));
}

/** What they compare is one value, so a keyword cannot have them. */
const FIELD_MODIFIERS = new Set(['exists', 'fieldref', 'cidr', 'gt', 'gte', 'lt', 'lte', ...TIME_PARTS]);

const BYTE_FORMS = ['base64', 'base64offset', 'wide', 'utf16', 'utf16le', 'utf16be'];

const MODIFIERS = new Set([
  ...[
    'contains',
    'startswith',
    'endswith',
    'all',
    'neq',
    'cased',
    'windash',
    'exists',
    'fieldref',
    'expand',
    'cidr',
  ],
  ...[
    'gt',
    'gte',
    'lt',
    'lte',
    're',
    'i',
    'm',
    's',
    'ignorecase',
    'multiline',
    'dotall',
    ...TIME_PARTS,
    ...BYTE_FORMS,
  ],
]);

function regularExpression(source: string, modifiers: readonly string[], key: string): Test {
  let flags = '';
  if (modifiers.includes('i') || modifiers.includes('ignorecase')) flags += 'i';
  if (modifiers.includes('m') || modifiers.includes('multiline')) flags += 'm';
  if (modifiers.includes('s') || modifiers.includes('dotall')) flags += 's';
  try {
    compileExpression(source, flags);
  } catch (error) {
    throw new RuleFault(
      `"${key}": the regular expression cannot be used: ${(error as Error).message.slice(0, 200)}`,
    );
  }
  return { kind: 're', source, flags };
}

/** A linear-time expression: rules come from others and evidence is hostile, so backtracking is no choice. @throws when it is none */
export function compileExpression(source: string, flags: string): RE2JS {
  let bits = 0;
  if (flags.includes('i')) bits |= RE2JS.CASE_INSENSITIVE;
  if (flags.includes('m')) bits |= RE2JS.MULTILINE;
  if (flags.includes('s')) bits |= RE2JS.DOTALL;
  return RE2JS.compile(source, bits);
}

/** Each dash or slash that begins a word may be any dash that command lines take. */
function dashForms(text: string): string[] {
  const parts = text.split(/\B[-/]\b/);
  const forms = DASHES.length ** (parts.length - 1);
  if (forms > DASH_FORMS_MAX) return [text, ...DASHES.map((dash) => parts.join(dash))];
  let texts = [parts[0]!];
  for (const part of parts.slice(1)) {
    texts = DASHES.flatMap((dash) => texts.map((start) => start + dash + part));
  }
  return texts;
}

/** Text as it looks once encoded: UTF-16 if asked for (`utf16` begins with the byte order mark FF FE), then Base64 at one or at all three alignments. */
function byteForms(text: string, modifiers: readonly string[], key: string): string[] {
  let forms: Uint8Array[] = [utf8(text)];
  for (const modifier of modifiers) {
    if (modifier === 'wide' || modifier === 'utf16le') forms = [utf16(text, true)];
    else if (modifier === 'utf16be') forms = [utf16(text, false)];
    else if (modifier === 'utf16') forms = [utf16(`\ufeff${text}`, true)];
  }
  if (modifiers.includes('base64')) return forms.map(encodeBase64);
  if (modifiers.includes('base64offset')) return forms.flatMap(base64Offsets);
  if (forms.length === 0) throw new RuleFault(`"${key}" has no form`);
  // Event values are text, so bytes that were not encoded further are looked for as characters.
  return forms.map((bytes) => String.fromCharCode(...bytes));
}

function utf16(text: string, littleEndian: boolean): Uint8Array {
  const bytes = new Uint8Array(2 * text.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < text.length; i++) view.setUint16(2 * i, text.charCodeAt(i), littleEndian);
  return bytes;
}

/** Base64 of the bytes behind zero, one and two others, without the characters that the others reach into. */
function base64Offsets(bytes: Uint8Array): string[] {
  return [0, 1, 2].map((offset) => {
    const padded = new Uint8Array(offset + bytes.length);
    padded.set(bytes, offset);
    const start = [0, 2, 3][offset]!;
    const end = [0, -3, -2][padded.length % 3]!;
    const text = encodeBase64(padded);
    return text.slice(start, end === 0 ? undefined : end);
  });
}

function expand(text: string, key: string, options: DetectionOptions): string[] {
  let texts = [text];
  for (const [whole, name] of text.matchAll(/%([^%\s]+)%/g)) {
    const values = options.placeholders?.[name!];
    if (values === undefined || values.length === 0) {
      throw new RuleFault(`"${key}" needs values for the placeholder ${whole}, and none are given`);
    }
    texts = texts.flatMap((form) => values.map((value) => form.replace(whole, () => value)));
    if (texts.length > VALUES_MAX)
      throw new RuleFault(`"${key}": its placeholders give more than ${VALUES_MAX} values`);
  }
  return texts;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
