/** The observables of one event, as they are put together: what the record leaves out is left out, and nothing is guessed. */
import type { Event, FieldValue } from '../event.ts';

export interface ObservedObject {
  readonly type: string;
  readonly [property: string]: unknown;
}

/** Lists in a record, such as the files a program loaded. */
const LIST_MAX = 500;

export class Observables {
  readonly objects: Record<string, ObservedObject> = {};
  readonly #keys = new Map<string, string>();
  #count = 0;

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** Returns the key by which others refer to it; undefined when there is nothing to say of it. The same again is the same object. */
  add(type: string, properties: Readonly<Record<string, unknown>>): string | undefined {
    const said = Object.entries(properties).filter(([, value]) => value !== undefined && value !== '');
    if (said.length === 0) return undefined;
    const object = { type, ...Object.fromEntries(said) };
    const text = JSON.stringify(object);
    const known = this.#keys.get(text);
    if (known !== undefined) return known;
    const key = String(this.#count++);
    this.#keys.set(text, key);
    this.objects[key] = object;
    return key;
  }

  /** A file by its path, whichever way its slashes lean. */
  file(path: string | undefined, more: Readonly<Record<string, unknown>> = {}): string | undefined {
    if (path === undefined) return this.add('file', more);
    const at = Math.max(path.lastIndexOf('\\'), path.lastIndexOf('/'));
    const folder =
      at < 0 ? undefined : this.add('directory', { path: path.slice(0, at) || path.slice(0, 1) });
    return this.add('file', { name: path.slice(at + 1), parent_directory_ref: folder, ...more });
  }

  /** An address, or the domain name that stands in its place. */
  host(text: string | undefined): string | undefined {
    if (text === undefined) return undefined;
    const mapped = /^::ffff:(\d{1,3}(?:\.\d{1,3}){3})$/i.exec(text);
    const value = mapped ? mapped[1]! : text.replace(/^\[(.*)\]$/, '$1');
    if (/^\d{1,3}(?:\.\d{1,3}){3}$/.test(value)) return this.add('ipv4-addr', { value });
    if (/^[0-9a-f:.]*:[0-9a-f:.]*$/i.test(value)) return this.add('ipv6-addr', { value });
    return /^[^\s:/\\]+\.[^\s:/\\]+$/.test(value)
      ? this.add('domain-name', { value: value.replace(/\.$/, '') })
      : undefined;
  }

  /** An account as Windows writes it: with its domain, or without. */
  account(user: string | undefined, more: Readonly<Record<string, unknown>> = {}): string | undefined {
    const login = user?.slice(user.lastIndexOf('\\') + 1);
    return this.add('user-account', { account_login: login, display_name: user, ...more });
  }
}

/** The field as text; undefined where the record has none, or says so with a dash. */
export function textOf(event: Event, name: string): string | undefined {
  const value = event.field(name);
  const one = isList(value) ? value[0] : value;
  const text = one === undefined || one === null ? '' : String(one);
  return text === '' || text === '-' ? undefined : text;
}

export function textsOf(event: Event, name: string): string[] {
  const value = event.field(name);
  const list = isList(value) ? value : value === undefined ? [] : [value];
  return list.slice(0, LIST_MAX).map(String);
}

/** Decimal, or hexadecimal after `0x` as the Security log writes process numbers. */
export function numberOf(event: Event, name: string): number | undefined {
  const text = textOf(event, name);
  return text !== undefined && /^(?:\d{1,15}|0x[0-9a-f]{1,12})$/i.test(text) ? Number(text) : undefined;
}

function isList(
  value: FieldValue | undefined,
): value is Exclude<FieldValue, string | number | boolean | null> {
  return Array.isArray(value);
}
