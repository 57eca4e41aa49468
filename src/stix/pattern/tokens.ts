/**
 * The words of a pattern's text (STIX 2.1 §9.2, §9.4). Whitespace is any code point with White_Space=Y; comments are
 * those of the OASIS grammar: a line from two slashes on, or a stretch from slash-star to star-slash.
 */
import { decodeBase64, decodeHex } from '../../base/bytes.ts';
import { timestampNs } from '../../base/time.ts';
import type { Constant } from './ast.ts';
import { PatternSyntaxError } from './syntax-error.ts';

export type Token =
  | { readonly kind: 'name'; readonly text: string; readonly offset: number; readonly end: number }
  | { readonly kind: 'mark'; readonly text: string; readonly offset: number; readonly end: number }
  | { readonly kind: 'constant'; readonly value: Constant; readonly offset: number; readonly end: number }
  | { readonly kind: 'end'; readonly offset: number; readonly end: number };

/** White_Space=Y of Unicode's PropList, and both kinds of comment. */
const GAP =
  /(?:[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+|\/\/[^\r\n]*|\/\*[^*]*\*+(?:[^/*][^*]*\*+)*\/)+/y;
const NAME = /[A-Za-z_][A-Za-z0-9_-]*/y;
const NUMBER = /([+-]?)(\d*)(\.\d*)?/y;
const MARK = /!=|<=|>=|[=<>[\]():.,*]/y;
const PLAIN = /[^'\\]*/y;

/** Reads the token at or after `from`. @throws PatternSyntaxError */
export function readToken(text: string, from: number): Token {
  GAP.lastIndex = from;
  const offset = GAP.test(text) ? GAP.lastIndex : from;
  if (offset >= text.length) return { kind: 'end', offset, end: offset };
  const char = text[offset]!;
  if (char === "'") {
    const { value, end } = readQuoted(text, offset);
    return { kind: 'constant', value: { kind: 'string', value }, offset, end };
  }
  if (text[offset + 1] === "'" && (char === 'b' || char === 'h' || char === 't')) {
    return readPrefixed(text, offset, char);
  }
  NAME.lastIndex = offset;
  if (NAME.test(text)) {
    const end = NAME.lastIndex;
    const name = text.slice(offset, end);
    if (name === 'true' || name === 'false') {
      return { kind: 'constant', value: { kind: 'boolean', value: name === 'true' }, offset, end };
    }
    return { kind: 'name', text: name, offset, end };
  }
  if (/[\d+-]/.test(char) || (char === '.' && /\d/.test(text[offset + 1] ?? '')))
    return readNumber(text, offset);
  MARK.lastIndex = offset;
  if (MARK.test(text)) {
    return { kind: 'mark', text: text.slice(offset, MARK.lastIndex), offset, end: MARK.lastIndex };
  }
  if (text.startsWith('/*', offset)) throw new PatternSyntaxError('the comment does not end', offset);
  const point = text.codePointAt(offset)!;
  throw new PatternSyntaxError(`no pattern has ${JSON.stringify(String.fromCodePoint(point))} here`, offset);
}

/** The content of apostrophes. Only an apostrophe and a backslash may be escaped (§9.2). */
function readQuoted(text: string, offset: number): { value: string; end: number } {
  let value = '';
  let at = offset + 1;
  for (;;) {
    PLAIN.lastIndex = at;
    PLAIN.test(text);
    const stop = PLAIN.lastIndex;
    value += text.slice(at, stop);
    if (stop >= text.length) throw new PatternSyntaxError('the string does not end', offset);
    if (text[stop] === "'") return { value, end: stop + 1 };
    const escaped = text[stop + 1];
    if (escaped !== "'" && escaped !== '\\') {
      throw new PatternSyntaxError('only an apostrophe or a backslash may follow a backslash', stop);
    }
    value += escaped;
    at = stop + 2;
  }
}

function readPrefixed(text: string, offset: number, prefix: 'b' | 'h' | 't'): Token {
  const close = text.indexOf("'", offset + 2);
  if (close < 0) throw new PatternSyntaxError('the constant does not end', offset);
  const end = close + 1;
  const content = text.slice(offset + 2, close);
  if (prefix === 't') {
    if (timestampNs(content) === null) {
      throw new PatternSyntaxError("this is no timestamp like t'2026-01-31T12:00:00Z'", offset);
    }
    return { kind: 'constant', value: { kind: 'timestamp', value: content }, offset, end };
  }
  if (prefix === 'h') {
    const value = /[A-F]/.test(content) ? null : decodeHex(content);
    if (!value) {
      throw new PatternSyntaxError('a hex constant has an even number of the digits 0-9 and a-f', offset);
    }
    return { kind: 'constant', value: { kind: 'hex', value }, offset, end };
  }
  // "Line feeds in the base64 encoded data MUST be supported and ignored" (§9.2).
  const value = decodeBase64(content.replace(/\r?\n/g, ''));
  if (!value) throw new PatternSyntaxError('a binary constant is base64 with its padding (RFC 4648)', offset);
  return { kind: 'constant', value: { kind: 'binary', value }, offset, end };
}

/** Integers as §2.10 bounds them, floats as §2.7 does: an IEEE 754 double, written without exponent. */
function readNumber(text: string, offset: number): Token {
  NUMBER.lastIndex = offset;
  const [written, sign, whole, fraction] = NUMBER.exec(text) as unknown as [string, string, string, string?];
  const end = offset + written.length;
  if (sign === '+') throw new PatternSyntaxError('a positive number has no plus sign', offset);
  if (fraction === '.') throw new PatternSyntaxError('a digit must follow the decimal point', end);
  if (whole === '' && fraction === undefined)
    throw new PatternSyntaxError('a digit must follow the minus sign', end);
  if (whole.length > 1 && whole.startsWith('0'))
    throw new PatternSyntaxError('a number has no leading zero', offset);
  const value = Number(written);
  if (fraction === undefined ? !Number.isSafeInteger(value) : !Number.isFinite(value)) {
    throw new PatternSyntaxError('the number is outside the range of its type', offset);
  }
  // Minus zero equals zero (`+ 0`): one value has one tree.
  return {
    kind: 'constant',
    value: { kind: fraction === undefined ? 'integer' : 'float', value: value + 0 },
    offset,
    end,
  };
}
