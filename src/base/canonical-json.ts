/**
 * RFC 8785 JSON Canonicalization Scheme: the one byte form of a JSON value, for digests and signatures.
 *
 * ECMAScript's own number and string serialisation is what the RFC prescribes; what remains is key order by
 * UTF-16 code units, and refusing what has no JSON form. A lone surrogate is refused (RFC 8785 §3.2.2.2),
 * since two different strings would otherwise encode to the same bytes.
 */
import { EntenteError } from './errors.ts';
import { JSON_DEPTH_MAX } from './limits.ts';

export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

/** @throws EntenteError `canonical-json` for a value that JSON cannot carry, `json-limit` when nested too deeply. */
export function canonicalJson(value: unknown): string {
  return encode(value, 0);
}

export function canonicalBytes(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(encode(value, 0));
}

function encode(value: unknown, depth: number): string {
  if (depth > JSON_DEPTH_MAX) {
    throw new EntenteError('json-limit', `JSON is nested deeper than ${JSON_DEPTH_MAX} levels`);
  }
  switch (typeof value) {
    case 'string':
      if (!value.isWellFormed()) throw new EntenteError('canonical-json', 'a string holds a lone surrogate');
      return JSON.stringify(value);
    case 'number':
      if (!Number.isFinite(value)) throw new EntenteError('canonical-json', `${value} is no JSON number`);
      return JSON.stringify(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object': {
      if (value === null) return 'null';
      if (Array.isArray(value)) return `[${value.map((item) => encode(item, depth + 1)).join(',')}]`;
      const record = value as Record<string, unknown>;
      const members: string[] = [];
      for (const key of Object.keys(record).sort()) {
        const member = record[key];
        if (member === undefined) continue; // as JSON.stringify: an absent member
        members.push(`${encode(key, depth)}:${encode(member, depth + 1)}`);
      }
      return `{${members.join(',')}}`;
    }
    default:
      throw new EntenteError('canonical-json', `a ${typeof value} has no JSON form`);
  }
}
