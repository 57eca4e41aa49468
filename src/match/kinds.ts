/** The kinds of indicator, and what an index calls the forms in which they are looked up. */

/** The order is part of the index format: a kind's number is its place here. New kinds go to the end. */
export const KINDS = [
  'ipv4',
  'ipv6',
  'cidr',
  'asn',
  'domain',
  'url',
  'email',
  'md5',
  'sha1',
  'sha256',
  'sha512',
  'file-name',
  'file-path',
  'registry-key',
  'mutex',
  'user-agent',
  'ja3',
  'ja4',
  'certificate',
  'coin-address',
  'phone',
  'string',
] as const;

export type Kind = (typeof KINDS)[number];

const NUMBERS = new Map<string, number>(KINDS.map((kind, number) => [kind, number]));

export function isKind(text: string): text is Kind {
  return NUMBERS.has(text);
}

export function kindNumber(kind: Kind): number {
  return NUMBERS.get(kind)!;
}

/**
 * Key classes: one space of look-up keys each. Kinds that are written alike share a class (an MD5 and a JA3 are
 * both 32 hexadecimal digits), and one kind can need several (an address range is looked up by family).
 * The number seeds the fingerprint, so equal keys of two classes never meet. Part of the index format.
 */
export const KEY_CLASS = {
  /** Domain or e-mail address: lower case, A-labels, no closing dot. */
  host: 1,
  /** Four bytes. */
  ipv4: 2,
  /** Sixteen bytes. */
  ipv6: 3,
  /** Prefix length, then the four masked bytes. */
  cidr4: 4,
  /** Prefix length, then the sixteen masked bytes. */
  cidr6: 5,
  /** Lower-case hexadecimal digits of a digest or fingerprint: 32, 40, 64 or 128. */
  hex: 6,
  /** Canonical URL with its scheme. */
  url: 7,
  /** Canonical URL that was given without a scheme: host, port, path, query. */
  bareUrl: 8,
  /** Canonical URL that is the beginning of what it hits. */
  urlPrefix: 9,
  /** `scheme://host` of every urlPrefix: tells where it is worth trying. */
  urlPrefixHost: 10,
  /** Decimal digits without leading zeros. */
  asn: 11,
  /** Decimal digits, country code first. */
  phone: 12,
  /** Address of a cryptocurrency in its canonical case. */
  coin: 13,
  /** Bytes found anywhere, by an anchor inside them: names, paths, keys, strings. */
  literal: 14,
  /**
   * Marks, in the filter only: the last two labels of every host, the host of every URL, and that of every e-mail address. Most names in a log have
   * none, and are done with after one look.
   */
  hostMark: 15,
  urlHostMark: 16,
  emailMark: 17,
} as const;

/**
 * Parts of the filter: marks of hosts, which every name is asked for; addresses and digests, which are asked for as they are; and all else, which is
 * asked for when a mark or a sign calls for it. What is asked for often so lies close together. Part of the index format.
 */
export const FILTER_PARTS = 3;

export function filterPart(keyClass: number): number {
  if (keyClass === KEY_CLASS.hostMark || keyClass === KEY_CLASS.urlHostMark) return 0;
  return keyClass === KEY_CLASS.ipv4 || keyClass === KEY_CLASS.hex ? 1 : 2;
}

export type KeyClass = (typeof KEY_CLASS)[keyof typeof KEY_CLASS];

/** What must stand beside a literal for it to count. Part of the index format. */
export const EDGE = {
  /** Anything. */
  none: 0,
  /** Where the literal's own edge is a letter or digit: no letter, digit or `_`. */
  word: 1,
  /** As a whole file name: no character that would make the name a longer one. */
  name: 2,
  /** As a path or key: whole components; deeper ones may follow. */
  path: 3,
} as const;

export type Edge = (typeof EDGE)[keyof typeof EDGE];

/** Longest indicator in bytes of its canonical form: what a browser's address bar is known to take. */
export const INDICATOR_BYTES_MAX = 2048;

/** Shortest literal in bytes. Anything shorter is found everywhere and means nothing; and an anchor is four bytes. */
export const LITERAL_BYTES_MIN = 4;
