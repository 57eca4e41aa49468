/**
 * JSON text to a value of which nothing is lost. `JSON.parse` rounds numbers that binary floating point does not hold and keeps
 * the last of several members of one name (RFC 8259 §4 and §6 leave both open); a record in evidence has both as they were written:
 * such numbers as their text, the values of a repeated name as a list.
 *
 * Few texts have either, so one pass over the text, outside of its strings, says whether the slower reading is needed.
 */

/** JSON.parse and what walks its values are recursive; the deepest public audit record nests about ten levels. */
const DEPTH_MAX = 1_000;

export interface JsonRecord {
  readonly value: object;
  /** Some object in it has several members of one name. */
  readonly repeats: boolean;
}

/** The object that a text is; null when it is none, no JSON, or nested too deep. */
export function parseJsonRecord(text: string): JsonRecord | null {
  if (!text.startsWith('{')) return null;
  const seen = survey(text);
  if (seen.depth > DEPTH_MAX) return null;
  try {
    return recordOf(text, JSON.parse(text) as object, seen);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** The same of a text that is parsed already, and not nested too deep. */
export function exactRecord(text: string, value: object): JsonRecord {
  return recordOf(text, value, survey(text));
}

function recordOf(text: string, value: object, { members, isExact }: Survey): JsonRecord {
  const repeats = countMembers(value) !== members;
  return { value: repeats || !isExact ? (new ExactReader(text).read() as object) : value, repeats };
}

interface Survey {
  readonly depth: number;
  readonly members: number;
  /** Every number is short and plain, and so held as it is written. */
  readonly isExact: boolean;
}

/** What the text has outside of its strings. */
function survey(text: string): Survey {
  let depth = 0;
  let open = 0;
  let members = 0;
  let isExact = true;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 0x22) i = stringEnd(text, i);
    else if (unit === 0x3a) members++;
    else if (unit === 0x7b || unit === 0x5b) {
      if (++open > depth) depth = open;
    } else if (unit === 0x7d || unit === 0x5d) open--;
    else if (unit >= 0x30 && unit <= 0x39) {
      const from = i;
      let next = text.charCodeAt(i + 1);
      while ((next >= 0x30 && next <= 0x39) || next === 0x2e) next = text.charCodeAt(++i + 1);
      // Fifteen digits are always held; an exponent may lead beyond what is.
      if (i - from >= 15 || next === 0x65 || next === 0x45) isExact = false;
    }
  }
  return { depth, members, isExact };
}

/** Where the string that begins at `at` has its closing quote; the text's length when it has none. */
function stringEnd(text: string, at: number): number {
  for (let end = text.indexOf('"', at + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let escapes = end;
    while (text.charCodeAt(escapes - 1) === 0x5c) escapes--;
    if ((end - escapes) % 2 === 0) return end;
  }
  return text.length;
}

function countMembers(value: object): number {
  let members = 0;
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object' && item !== null) members += countMembers(item);
    return members;
  }
  for (const name in value) {
    members++;
    const inner = (value as Record<string, unknown>)[name];
    if (typeof inner === 'object' && inner !== null) members += countMembers(inner);
  }
  return members;
}

const NUMBER = /-?(\d+)(?:\.(\d+))?([eE][+-]?\d+)?/y;

/** Of a text that JSON.parse took, and that is not nested too deep. */
class ExactReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): unknown {
    switch (this.#next()) {
      case '{':
        return this.#object();
      case '[':
        return this.#array();
      case '"':
        return this.#string();
      case 't':
        this.#at += 4;
        return true;
      case 'f':
        this.#at += 5;
        return false;
      case 'n':
        this.#at += 4;
        return null;
      default:
        return this.#number();
    }
  }

  #next(): string {
    while (this.#text.charCodeAt(this.#at) <= 0x20) this.#at++;
    return this.#text[this.#at]!;
  }

  #object(): object {
    const members: Record<string, unknown> = {};
    const repeated = new Map<string, unknown[]>();
    this.#at++;
    while (this.#next() !== '}') {
      if (this.#text[this.#at] === ',') {
        this.#at++;
        this.#next();
      }
      const name = this.#string();
      this.#next(); // the colon
      this.#at++;
      const value = this.read();
      if (Object.hasOwn(members, name)) {
        const values = repeated.get(name) ?? [members[name]];
        values.push(value);
        repeated.set(name, values);
      } else if (name === '__proto__') {
        Object.defineProperty(members, name, { value, enumerable: true, configurable: true, writable: true });
      } else members[name] = value;
    }
    this.#at++;
    for (const [name, values] of repeated) {
      Object.defineProperty(members, name, { value: values });
    }
    return members;
  }

  #array(): unknown[] {
    const items: unknown[] = [];
    this.#at++;
    while (this.#next() !== ']') {
      if (this.#text[this.#at] === ',') this.#at++;
      items.push(this.read());
    }
    this.#at++;
    return items;
  }

  #string(): string {
    const from = this.#at;
    this.#at = stringEnd(this.#text, from) + 1;
    const written = this.#text.slice(from + 1, this.#at - 1);
    return written.includes('\\') ? (JSON.parse(`"${written}"`) as string) : written;
  }

  /** As a number where that is the same number; else as it is written. */
  #number(): number | string {
    NUMBER.lastIndex = this.#at;
    const [written, whole, fraction = '', exponent] = NUMBER.exec(this.#text)!;
    this.#at += written.length;
    const value = Number(written);
    if (fraction === '' && exponent === undefined) return Number.isSafeInteger(value) ? value : written;
    const digits = `${whole}${fraction}`.replace(/^0+|0+$/g, '');
    if (digits === '') return value;
    // More digits than any double is written with, or beyond its range.
    if (digits.length > 17 || value === 0 || !Number.isFinite(value)) return written;
    const held = Math.abs(value).toExponential(digits.length - 1);
    return held.replace(/e.*$/, '').replace('.', '') === digits ? value : written;
  }
}
