/** Internet addresses and ranges, for the modifier `cidr`. An address is its bytes: 4 or 16. */

export interface IpRange {
  readonly bytes: readonly number[];
  readonly bits: number;
}

export function parseAddress(text: string): readonly number[] | null {
  if (text.length > 64) return null;
  if (!text.includes(':')) return parseIpv4(text);
  const plain = text.split('%')[0]!; // a zone such as %eth0 says nothing about the address
  const [head, tail, more] = plain.split('::');
  if (more !== undefined) return null;
  const left = parseGroups(head!);
  const right = tail === undefined ? [] : parseGroups(tail);
  if (left === null || right === null) return null;
  const missing = 16 - left.length - right.length;
  if (tail === undefined ? missing !== 0 : missing < 2) return null;
  const bytes = [...left, ...new Array<number>(missing).fill(0), ...right];
  // ::ffff:10.0.0.1 is the IPv4 address.
  const mapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
  return mapped ? bytes.slice(12) : bytes;
}

/** `10.0.0.0/8`, `fe80::/10`, or a single address. Null when it is none. */
export function parseCidr(text: string): IpRange | null {
  const [address, length, more] = text.split('/');
  const bytes = parseAddress(address!);
  if (bytes === null || more !== undefined) return null;
  // An IPv4 address that is written as IPv6 has 96 bits before its own.
  const before = text.includes(':') && bytes.length === 4 ? 96 : 0;
  const bits = length === undefined ? 8 * bytes.length : Number(length) - before;
  if (!Number.isInteger(bits) || bits < 0 || bits > 8 * bytes.length || length === '') return null;
  return { bytes, bits };
}

export function isInRange(address: readonly number[], range: IpRange): boolean {
  if (address.length !== range.bytes.length) return false;
  const whole = range.bits >> 3;
  for (let i = 0; i < whole; i++) if (address[i] !== range.bytes[i]) return false;
  const rest = range.bits & 7;
  return rest === 0 || (address[whole]! ^ range.bytes[whole]!) >> (8 - rest) === 0;
}

function parseIpv4(text: string): number[] | null {
  const parts = text.split('.');
  if (parts.length !== 4) return null;
  const bytes = parts.map((part) => (/^\d{1,3}$/.test(part) ? Number(part) : 256));
  return bytes.every((byte) => byte < 256) ? bytes : null;
}

function parseGroups(text: string): number[] | null {
  if (text === '') return [];
  const bytes: number[] = [];
  const groups = text.split(':');
  for (const [i, group] of groups.entries()) {
    if (group.includes('.') && i === groups.length - 1) {
      const ipv4 = parseIpv4(group);
      if (ipv4 === null) return null;
      bytes.push(...ipv4);
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return null;
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 255);
    }
  }
  return bytes.length > 16 ? null : bytes;
}
