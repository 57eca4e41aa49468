/**
 * Addresses that belong to no country: private, reserved, or answered in many places at once. From the IANA special-purpose address
 * registries (RFC 6890 and its updates). An address is a byte string, one character a byte, of four or sixteen.
 */

export type SpecialUse =
  | 'private'
  | 'loopback'
  | 'link-local'
  | 'shared'
  | 'documentation'
  | 'benchmarking'
  | 'multicast'
  | 'reserved'
  | 'anycast';

interface Range {
  readonly first: readonly number[];
  readonly prefix: number;
  readonly use: SpecialUse;
}

const V4 = `0.0.0.0/8 reserved;10.0.0.0/8 private;100.64.0.0/10 shared;127.0.0.0/8 loopback;169.254.0.0/16 link-local;172.16.0.0/12 private;192.0.0.0/24 reserved;192.0.2.0/24 documentation;
192.31.196.0/24 anycast;192.52.193.0/24 anycast;192.88.99.0/24 anycast;192.168.0.0/16 private;192.175.48.0/24 anycast;198.18.0.0/15 benchmarking;198.51.100.0/24 documentation;203.0.113.0/24 documentation;
224.0.0.0/4 multicast;240.0.0.0/4 reserved;1.0.0.0/24 anycast;1.1.1.0/24 anycast;8.8.4.0/24 anycast;8.8.8.0/24 anycast;9.9.9.0/24 anycast;149.112.112.0/24 anycast;208.67.220.0/24 anycast;208.67.222.0/24 anycast;
198.41.0.0/24 anycast;199.9.14.0/24 anycast;192.33.4.0/24 anycast;199.7.91.0/24 anycast;192.203.230.0/24 anycast;192.5.5.0/24 anycast;192.112.36.0/24 anycast;198.97.190.0/24 anycast;192.36.148.0/24 anycast;
192.58.128.0/24 anycast;193.0.14.0/24 anycast;199.7.83.0/24 anycast;202.12.27.0/24 anycast`;

/** By groups of sixteen bits, as many as are not zero. */
const V6: readonly [readonly number[], number, SpecialUse][] = [
  [[0x64, 0xff9b, 1], 48, 'private'],
  [[0x100], 64, 'reserved'],
  [[0x2001, 0xdb8], 32, 'documentation'],
  [[0x2001, 2, 0], 48, 'benchmarking'],
  [[0x2001, 0x10], 28, 'reserved'],
  [[0x2001, 0x20], 28, 'reserved'],
  [[0x2002], 16, 'anycast'],
  [[0x2606, 0x4700, 0x4700], 48, 'anycast'],
  [[0x2001, 0x4860, 0x4860], 48, 'anycast'],
  [[0x2620, 0xfe], 48, 'anycast'],
  [[0x3fff], 20, 'documentation'],
  [[0x5f00], 16, 'reserved'],
  [[0xfc00], 7, 'private'],
  [[0xfe80], 10, 'link-local'],
  [[0xff00], 8, 'multicast'],
];

const RANGES_4: readonly Range[] = V4.split(';').map((entry) => {
  const [range, use] = entry.trim().split(' ') as [string, SpecialUse];
  const [address, prefix] = range.split('/') as [string, string];
  return { first: address.split('.').map(Number), prefix: Number(prefix), use };
});

const RANGES_6: readonly Range[] = V6.map(([groups, prefix, use]) => ({
  first: Array.from({ length: 16 }, (_, i) => ((groups[i >> 1] ?? 0) >> (i % 2 === 0 ? 8 : 0)) & 255),
  prefix,
  use,
}));

/** Ranges by the first byte of the address: few addresses have any to look at. */
function byFirstByte(ranges: readonly Range[]): readonly (readonly Range[])[] {
  return Array.from({ length: 256 }, (_, byte) =>
    ranges.filter(({ first, prefix }) => {
      const mask = (0xff00 >> Math.min(8, prefix)) & 255;
      return (byte & mask) === (first[0]! & mask);
    }),
  );
}

const LOOK_4 = byFirstByte(RANGES_4);
const LOOK_6 = byFirstByte(RANGES_6);

/** What an address is set aside for; null for an ordinary one. */
export function specialUse(address: string): SpecialUse | null {
  const ranges = (address.length === 4 ? LOOK_4 : LOOK_6)[address.charCodeAt(0)]!;
  for (const range of ranges) if (lies(address, range)) return range.use;
  if (address.length === 16 && address.startsWith('\0\0\0\0\0\0\0\0\0\0\0\0')) {
    return address.endsWith('\0\0\0\x01') ? 'loopback' : 'reserved';
  }
  return null;
}

function lies(address: string, { first, prefix }: Range): boolean {
  for (let i = 0; i * 8 < prefix; i++) {
    const mask = (0xff00 >> Math.min(8, prefix - 8 * i)) & 255;
    if ((address.charCodeAt(i) & mask) !== (first[i]! & mask)) return false;
  }
  return true;
}
