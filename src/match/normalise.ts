/**
 * From an indicator as somebody wrote it to the keys under which an index holds it.
 *
 * The same rules decide what a text in evidence is compared with, so this file is the definition of "the same" for
 * each kind: case, number forms, international names, percent escapes, hive names. Whoever writes indicators controls `value`.
 */
import { canonicalCoinAddress } from './coin-address.ts';
import { byteString, fingerprint, lanes } from './fingerprint.ts';
import { canonicalDomain, canonicalHost, isAscii } from './host.ts';
import { formatIpv4, formatIpv6, mappedIpv4, maskAddress, parseIpv4, parseIpv6 } from './ip.ts';
import {
  EDGE,
  type Edge,
  INDICATOR_BYTES_MAX,
  KEY_CLASS,
  type KeyClass,
  type Kind,
  LITERAL_BYTES_MIN,
} from './kinds.ts';
import { canonicalUrl } from './url.ts';

export interface Key {
  readonly keyClass: KeyClass;
  /** The key's bytes, one character a byte. */
  readonly key: string;
  /** Of literals only. */
  readonly edge?: Edge;
  readonly caseSensitive?: boolean;
}

export interface Normalised {
  readonly kind: Kind;
  /** The indicator in its one form, for people and for comparing. */
  readonly canonical: string;
  readonly keys: readonly Key[];
}

export interface Refused {
  /** Why this value cannot be an indicator of its kind. */
  readonly refused: string;
}

export function isRefused(result: Normalised | Refused): result is Refused {
  return 'refused' in result;
}

/** Canonical form and keys of an indicator, or why it is none. Never throws. */
export function normaliseIndicator(kind: Kind, value: string): Normalised | Refused {
  const text = kind === 'string' || kind === 'user-agent' ? value : value.trim();
  if (text === '') return { refused: 'is empty' };
  if (text.length > INDICATOR_BYTES_MAX) return { refused: `is longer than ${INDICATOR_BYTES_MAX} bytes` };
  const result = normalise(kind, text);
  for (const { key } of 'keys' in result ? result.keys : []) {
    if (key.length > INDICATOR_BYTES_MAX) return { refused: `is longer than ${INDICATOR_BYTES_MAX} bytes` };
  }
  return result;
}

function normalise(kind: Kind, text: string): Normalised | Refused {
  switch (kind) {
    case 'ipv4':
    case 'ipv6':
    case 'cidr':
      return address(kind, text);
    case 'asn': {
      const digits = /^(?:ASN?)?\s*0*(\d{1,10})$/i.exec(text)?.[1];
      if (digits === undefined || Number(digits) > 0xffffffff) return { refused: 'is no AS number' };
      return one(kind, `AS${digits}`, KEY_CLASS.asn, digits);
    }
    case 'domain': {
      const domain = canonicalDomain(text.startsWith('*.') ? text.slice(2) : text);
      return domain === null
        ? { refused: 'is no domain name of two or more labels' }
        : one(kind, domain, KEY_CLASS.host, domain);
    }
    case 'url':
      return url(text);
    case 'email': {
      const at = text.lastIndexOf('@');
      const host = canonicalHost(text.slice(at + 1));
      const local = text.slice(0, at);
      if (at < 1 || at > 64 || host === null || !host.includes('.') || /[\s"<>@,;]/.test(local)) {
        return { refused: 'is no e-mail address' };
      }
      const email = `${local.toLowerCase()}@${host}`;
      return one(kind, email, KEY_CLASS.host, byteString(email));
    }
    case 'md5':
    case 'ja3':
      return hex(kind, text, [32]);
    case 'sha1':
      return hex(kind, text, [40]);
    case 'sha256':
      return hex(kind, text, [64]);
    case 'sha512':
      return hex(kind, text, [128]);
    case 'certificate':
      return hex(kind, text.replace(/[:\s]/g, ''), [32, 40, 64, 128]);
    case 'ja4': {
      const ja4 = text.toLowerCase();
      return /^[a-z0-9]{4,12}_[a-z0-9_]{4,80}$/.test(ja4)
        ? literals(kind, ja4, [ja4], EDGE.word, false)
        : { refused: 'is no JA4 fingerprint' };
    }
    case 'coin-address': {
      const coin = canonicalCoinAddress(text);
      return coin === null
        ? { refused: 'is no cryptocurrency address, or its checksum is wrong' }
        : one(kind, coin, KEY_CLASS.coin, coin);
    }
    case 'phone': {
      const form = /^(?:\+|00)?([1-9][\d\s()./-]*)$/.exec(text.replace(/^tel:/i, ''));
      const digits = form?.[1]?.replace(/\D/g, '') ?? '';
      return digits.length >= PHONE_DIGITS_MIN && digits.length <= PHONE_DIGITS_MAX
        ? one(kind, `+${digits}`, KEY_CLASS.phone, digits)
        : { refused: 'is no telephone number with its country code' };
    }
    case 'file-name':
      return literals(kind, text, [text], EDGE.name, false);
    case 'file-path':
      return literals(kind, text, escaped([text]), EDGE.path, false);
    case 'registry-key':
      return literals(kind, text, escaped(hiveForms(text)), EDGE.path, false);
    case 'mutex':
      return literals(kind, text, escaped([text]), EDGE.word, true);
    case 'user-agent':
      return literals(kind, text, [text], EDGE.word, true);
    case 'string':
      return literals(kind, text, [text], EDGE.none, true);
  }
}

/** E.164 allows fifteen digits; fewer than seven is an extension or a short code, found everywhere. */
export const PHONE_DIGITS_MIN = 7;
export const PHONE_DIGITS_MAX = 15;

function one(kind: Kind, canonical: string, keyClass: KeyClass, key: string): Normalised {
  return { kind, canonical, keys: [{ keyClass, key }] };
}

/** A single address may be given as a range and the other way round, as STIX allows (STIX 2.1 §6.8, §6.9). */
function address(kind: Kind, text: string): Normalised | Refused {
  const slash = text.indexOf('/');
  const base = slash < 0 ? text : text.slice(0, slash);
  let bytes = kind === 'ipv6' ? null : parseIpv4(base);
  if (bytes === null && kind !== 'ipv4') {
    const ipv6 = parseIpv6(base.startsWith('[') && base.endsWith(']') ? base.slice(1, -1) : base);
    bytes = ipv6 === null || slash >= 0 ? ipv6 : (mappedIpv4(ipv6) ?? ipv6);
    // A range of addresses that carry IPv4 is a range of those: text has them in either form.
    const prefix = Number(/\/(\d{2,3})$/.exec(text)?.[1] ?? 0);
    const carried = ipv6 === null || prefix < 96 || prefix > 128 ? null : mappedIpv4(ipv6);
    if (carried !== null) return address(kind, `${formatIpv4(carried)}/${prefix - 96}`);
  }
  if (bytes === null) return { refused: kind === 'cidr' ? 'is no address range' : `is no ${NAMES[kind]!}` };
  const bits = bytes.length * 8;
  const prefix =
    slash < 0 ? bits : /^\d{1,3}$/.test(text.slice(slash + 1)) ? Number(text.slice(slash + 1)) : -1;
  if (prefix < 0 || prefix > bits) return { refused: `has a prefix length that is not 0 to ${bits}` };
  if (prefix === 0) return { refused: 'is the range of all addresses' };
  const format = bits === 32 ? formatIpv4 : formatIpv6;
  if (prefix === bits) {
    return one(kind, format(bytes), bits === 32 ? KEY_CLASS.ipv4 : KEY_CLASS.ipv6, bytes);
  }
  const masked = maskAddress(bytes, prefix);
  const keyClass = bits === 32 ? KEY_CLASS.cidr4 : KEY_CLASS.cidr6;
  return one(kind, `${format(masked)}/${prefix}`, keyClass, String.fromCharCode(prefix) + masked);
}

const NAMES: Partial<Record<Kind, string>> = { ipv4: 'IPv4 address', ipv6: 'IPv6 address' };

function url(text: string): Normalised | Refused {
  const isPrefix = text.endsWith('*');
  const canonical = canonicalUrl(byteString(isPrefix ? text.slice(0, -1) : text));
  return canonical === null ? { refused: 'is no URL with a host' } : urlKeys(canonical, isPrefix);
}

function urlKeys(
  form: { scheme: string; host: string; bare: string },
  isPrefix: boolean,
): Normalised | Refused {
  if (!isPrefix) {
    return form.scheme === ''
      ? one('url', form.bare, KEY_CLASS.bareUrl, form.bare)
      : one('url', `${form.scheme}://${form.bare}`, KEY_CLASS.url, `${form.scheme}://${form.bare}`);
  }
  if (form.scheme === '') return { refused: 'is the beginning of a URL and has no scheme' };
  const prefix = `${form.scheme}://${form.bare}`;
  return {
    kind: 'url',
    canonical: `${prefix}*`,
    keys: [
      { keyClass: KEY_CLASS.urlPrefix, key: prefix },
      { keyClass: KEY_CLASS.urlPrefixHost, key: `${form.scheme}://${form.host}` },
    ],
  };
}

function hex(kind: Kind, text: string, lengths: readonly number[]): Normalised | Refused {
  if (!lengths.includes(text.length) || !/^[0-9a-fA-F]+$/.test(text)) {
    return { refused: `is not ${lengths.join(', ')} hexadecimal digits` };
  }
  const digits = text.toLowerCase();
  return one(kind, digits, KEY_CLASS.hex, digits);
}

function literals(
  kind: Kind,
  canonical: string,
  forms: readonly string[],
  edge: Edge,
  caseSensitive: boolean,
): Normalised | Refused {
  const keys = new Set<string>();
  for (const form of forms) {
    if (caseSensitive) keys.add(byteString(form));
    else {
      // Case is folded for ASCII at every byte; for other scripts the written, lower and upper forms are looked for.
      keys.add(foldAscii(byteString(form)));
      if (!isAscii(form)) {
        keys.add(foldAscii(byteString(form.toLowerCase())));
        keys.add(foldAscii(byteString(form.toUpperCase())));
      }
    }
  }
  for (const key of keys) {
    if (key.length < LITERAL_BYTES_MIN) return { refused: `is shorter than ${LITERAL_BYTES_MIN} bytes` };
  }
  return {
    kind,
    canonical: caseSensitive ? canonical : canonical.toLowerCase(),
    keys: [...keys].map((key) => ({ keyClass: KEY_CLASS.literal, key, edge, caseSensitive })),
  };
}

/** `A`–`Z` to lower case, every other byte as it is. */
export function foldAscii(bytes: string): string {
  return bytes.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** A path with backslashes stands in JSON and in program text with each of them doubled. */
function escaped(forms: readonly string[]): string[] {
  return forms.flatMap((form) => (form.includes('\\') ? [form, form.replaceAll('\\', '\\\\')] : [form]));
}

const HIVES: readonly (readonly string[])[] = [
  ['HKLM', 'HKEY_LOCAL_MACHINE', '\\REGISTRY\\MACHINE'],
  ['HKCU', 'HKEY_CURRENT_USER'],
  ['HKU', 'HKEY_USERS', '\\REGISTRY\\USER'],
  ['HKCR', 'HKEY_CLASSES_ROOT'],
  ['HKCC', 'HKEY_CURRENT_CONFIG'],
];

/** The key under every name that its hive has. */
function hiveForms(text: string): string[] {
  for (const names of HIVES) {
    for (const name of names) {
      if (text.length > name.length && text.slice(0, name.length + 1).toUpperCase() === `${name}\\`) {
        return names.map((form) => form + text.slice(name.length));
      }
    }
  }
  return [text];
}

/**
 * Whether `key` of class `keyClass`, found in evidence, is one of the indicator's keys: exact where the index compares
 * fingerprints. `value` is the indicator as given to the builder.
 */
export function confirmHit(kind: Kind, value: string, keyClass: number, key: string): boolean {
  const result = normaliseIndicator(kind, value);
  return !isRefused(result) && result.keys.some((one) => one.keyClass === keyClass && one.key === key);
}

/** Fingerprint of a key as [low, high]. */
export function keyFingerprint(keyClass: KeyClass, key: string): [number, number] {
  fingerprint(keyClass, key);
  return [lanes[0]!, lanes[1]!];
}
