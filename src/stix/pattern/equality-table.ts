/**
 * Many constants for one path, found by look-up: which of them equal a value, by the type rules of §9.2. Serves IN,
 * long ORs of equalities, and sets of patterns.
 */
import { encodeHex } from '../../base/bytes.ts';
import type { Constant } from './ast.ts';
import { type Encoding, latin1Bytes, propertyBytes, readInstant } from './values.ts';

export class EqualityTable<T> {
  readonly #encoding: Encoding;
  readonly #strings = new Map<string, T[]>();
  readonly #numbers = new Map<number, T[]>();
  readonly #booleans = new Map<boolean, T[]>();
  /** By their hexadecimal text. */
  readonly #octets = new Map<string, T[]>();
  readonly #instants = new Map<string, T[]>();

  /** `encoding`: of the property at the path. */
  constructor(encoding: Encoding) {
    this.#encoding = encoding;
  }

  add(constant: Constant, payload: T): void {
    switch (constant.kind) {
      case 'boolean':
        put(this.#booleans, constant.value, payload);
        break;
      case 'integer':
      case 'float':
        put(this.#numbers, constant.value, payload);
        break;
      case 'string': {
        const bytes = this.#encoding ? latin1Bytes(constant.value) : null;
        if (!this.#encoding) put(this.#strings, constant.value, payload);
        else if (bytes) put(this.#octets, encodeHex(bytes), payload);
        break;
      }
      case 'binary':
      case 'hex':
        put(this.#octets, encodeHex(constant.value), payload);
        break;
      case 'timestamp':
        put(this.#instants, instantKey(constant.value)!, payload);
        break;
    }
  }

  has(value: unknown): boolean {
    return this.#lists(value).some((list) => list !== undefined);
  }

  /** The payloads of all constants that equal the value. */
  find(value: unknown): T[] {
    return this.#lists(value).flatMap((list) => list ?? []);
  }

  #lists(value: unknown): (T[] | undefined)[] {
    switch (typeof value) {
      case 'number':
        return [this.#numbers.get(value)];
      case 'boolean':
        return [this.#booleans.get(value)];
      case 'string': {
        const lists = [this.#strings.get(value)];
        if (this.#octets.size > 0) {
          const bytes = propertyBytes(value, this.#encoding);
          if (bytes) lists.push(this.#octets.get(encodeHex(bytes)));
        }
        if (this.#instants.size > 0) {
          const key = instantKey(value);
          if (key !== null) lists.push(this.#instants.get(key));
        }
        return lists;
      }
      default:
        return [];
    }
  }
}

function put<K, T>(map: Map<K, T[]>, key: K, payload: T): void {
  const list = map.get(key);
  if (list) list.push(payload);
  else map.set(key, [payload]);
}

function instantKey(text: string): string | null {
  const instant = readInstant(text);
  return instant && `${instant.ns} ${instant.beyond}`;
}
