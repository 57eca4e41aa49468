/** What a value of an object must be for a comparison to hold: the operators and type rules of STIX 2.1 §9.2 and §9.6. */
import { containsAddresses, readAddressSet } from './address-set.ts';
import type { Comparison, Constant } from './ast.ts';
import { EqualityTable } from './equality-table.ts';
import { compileRegularExpression } from './regular-expression.ts';
import {
  compareBytes,
  compareCodePoints,
  compareInstants,
  type Encoding,
  latin1Bytes,
  propertyBytes,
  readInstant,
} from './values.ts';

export type ValueTest = (value: unknown) => boolean;

/** The test of one comparison, with its NOT. `exists` holds of every value there is. */
export function compileValueTest(comparison: Comparison, encoding: Encoding): ValueTest {
  const test = positiveTest(comparison, encoding);
  return comparison.negated && comparison.kind !== 'exists' ? (value) => !test(value) : test;
}

function positiveTest(comparison: Comparison, encoding: Encoding): ValueTest {
  switch (comparison.kind) {
    case 'exists':
      return () => true;
    case 'in': {
      const table = new EqualityTable<true>(encoding);
      for (const constant of comparison.values) table.add(constant, true);
      return (value) => table.has(value);
    }
    case 'comparison': {
      const order = compileOrder(comparison.value, encoding);
      switch (comparison.operator) {
        case '=':
          return (value) => order(value) === 0;
        // Incompatible types are unequal (§9.6.1).
        case '!=':
          return (value) => order(value) !== 0;
        case '<':
          return (value) => (order(value) ?? 0) < 0;
        case '<=':
          return (value) => (order(value) ?? 1) <= 0;
        case '>':
          return (value) => (order(value) ?? 0) > 0;
        case '>=':
          return (value) => (order(value) ?? -1) >= 0;
      }
      break;
    }
    case 'text':
      switch (comparison.operator) {
        case 'LIKE': {
          const wildcards = [...comparison.value.normalize('NFC')];
          return (value) => typeof value === 'string' && isLike(searchedText(value, encoding), wildcards);
        }
        case 'MATCHES': {
          // §9.6.2 asks for NFC with LIKE and MATCHES; octets have no normal form.
          const expression = compileRegularExpression(
            encoding ? comparison.value : comparison.value.normalize('NFC'),
          );
          return (value) => {
            const text = typeof value === 'string' ? searchedText(value, encoding) : null;
            return text !== null && expression.find(text);
          };
        }
        case 'ISSUBSET':
        case 'ISSUPERSET': {
          const isSubset = comparison.operator === 'ISSUBSET';
          const set = readAddressSet(comparison.value);
          return (value) => {
            const other = typeof value === 'string' ? readAddressSet(value) : null;
            if (!set || !other) return false;
            return isSubset ? containsAddresses(set, other) : containsAddresses(other, set);
          };
        }
      }
  }
  throw new TypeError('not a comparison');
}

/** Negative, zero or positive as the value is before, at or after the constant; null when their types do not compare. */
function compileOrder(constant: Constant, encoding: Encoding): (value: unknown) => number | null {
  switch (constant.kind) {
    case 'boolean':
      return (value) => (typeof value === 'boolean' ? Number(value) - Number(constant.value) : null);
    case 'integer':
    case 'float':
      return (value) =>
        typeof value !== 'number' ? null : value < constant.value ? -1 : value > constant.value ? 1 : 0;
    case 'string': {
      const text = constant.value;
      if (!encoding) return (value) => (typeof value === 'string' ? compareCodePoints(value, text) : null);
      return compileByteOrder(latin1Bytes(text), encoding);
    }
    case 'binary':
    case 'hex':
      return compileByteOrder(constant.value, encoding);
    case 'timestamp': {
      const instant = readInstant(constant.value)!;
      return (value) => {
        const other = typeof value === 'string' ? readInstant(value) : null;
        return other && compareInstants(other, instant);
      };
    }
  }
}

function compileByteOrder(bytes: Uint8Array | null, encoding: Encoding): (value: unknown) => number | null {
  if (!bytes) return () => null;
  return (value) => {
    const other = typeof value === 'string' ? propertyBytes(value, encoding) : null;
    return other && compareBytes(other, bytes);
  };
}

/** What LIKE and MATCHES look at: text in NFC, or octets as the code points U+0000 to U+00FF. */
function searchedText(value: string, encoding: Encoding): string | null {
  if (!encoding) return value.normalize('NFC');
  const bytes = propertyBytes(value, encoding);
  if (!bytes) return null;
  let text = '';
  // In pieces: `fromCharCode` takes its arguments on the stack.
  for (let at = 0; at < bytes.length; at += 4096)
    text += String.fromCharCode(...bytes.subarray(at, at + 4096));
  return text;
}

/** `%` is any run of characters, `_` any one. Only the last `%` is ever gone back to: time is text times wildcards. */
function isLike(text: string | null, wildcards: readonly string[]): boolean {
  if (text === null) return false;
  const points = [...text];
  let at = 0;
  let wild = 0;
  let resumeAt = 0;
  let resumeWild = -1;
  while (at < points.length) {
    const wildcard = wildcards[wild];
    if (wildcard === '%') {
      resumeWild = ++wild;
      resumeAt = at;
    } else if (wildcard === '_' || (wildcard !== undefined && wildcard === points[at])) {
      at++;
      wild++;
    } else if (resumeWild >= 0) {
      at = ++resumeAt;
      wild = resumeWild;
    } else return false;
  }
  while (wildcards[wild] === '%') wild++;
  return wild === wildcards.length;
}
