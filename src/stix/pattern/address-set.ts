/** IPv4 and IPv6 addresses and networks as the sets that ISSUBSET and ISSUPERSET compare (STIX 2.1 §9.6.1, §6.9, §6.10). */

export interface AddressSet {
  readonly version: 4 | 6;
  /** The address with the bits behind the prefix cleared. */
  readonly network: bigint;
  readonly prefix: number;
}

/** Reads `198.51.100.0/24`, `2001:db8::1` and the like; null when the text is neither address nor network. */
export function readAddressSet(text: string): AddressSet | null {
  // The longest address is 45 characters, the longest prefix 4.
  if (text.length > 49) return null;
  const slash = text.indexOf('/');
  const address = slash < 0 ? text : text.slice(0, slash);
  const version = address.includes(':') ? 6 : 4;
  const width = version === 4 ? 32 : 128;
  const bits = version === 4 ? readIpv4(address) : readIpv6(address);
  if (bits === null) return null;
  if (slash < 0) return { version, network: bits, prefix: width };
  const written = text.slice(slash + 1);
  if (!/^(?:0|[1-9]\d{0,2})$/.test(written) || Number(written) > width) return null;
  const host = BigInt(width - Number(written));
  return { version, network: (bits >> host) << host, prefix: Number(written) };
}

export function isAddressSet(text: string): boolean {
  return readAddressSet(text) !== null;
}

/** Whether every address of `inner` is one of `outer`; a set contains itself. */
export function containsAddresses(outer: AddressSet, inner: AddressSet): boolean {
  if (outer.version !== inner.version || outer.prefix > inner.prefix) return false;
  const host = BigInt((outer.version === 4 ? 32 : 128) - outer.prefix);
  return inner.network >> host === outer.network >> host;
}

/** Four decimal numbers; a leading zero is refused, since some systems read it as octal. */
function readIpv4(text: string): bigint | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (!match) return null;
  let bits = 0;
  for (const part of match.slice(1)) {
    if (Number(part) > 255 || (part.length > 1 && part.startsWith('0'))) return null;
    bits = bits * 256 + Number(part);
  }
  return BigInt(bits);
}

/** RFC 4291 §2.2: eight groups, one run of them abbreviated, the last two perhaps as IPv4. */
function readIpv6(text: string): bigint | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const head = readGroups(halves[0]!, halves.length === 1);
  const tail = halves.length === 2 ? readGroups(halves[1]!, true) : [];
  if (!head || !tail) return null;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  let bits = 0n;
  for (const group of [...head, ...new Array<number>(missing).fill(0), ...tail])
    bits = (bits << 16n) | BigInt(group);
  return bits;
}

function readGroups(text: string, isEnd: boolean): number[] | null {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16));
    else {
      const ipv4 = isEnd && index === parts.length - 1 ? readIpv4(part) : null;
      if (ipv4 === null) return null;
      groups.push(Number(ipv4 >> 16n), Number(ipv4 & 0xffffn));
    }
  }
  return groups;
}
