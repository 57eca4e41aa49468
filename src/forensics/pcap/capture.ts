/**
 * The packets of a capture file: pcap (draft-ietf-opsawg-pcap) in all four forms of byte order and resolution, and
 * pcapng (draft-ietf-opsawg-pcapng). The file is read in large pieces; a packet is a view into one of them.
 *
 * Who sent the packets controls what is in them; who made the file controls the lengths around them as well.
 */
import type { Account } from '../account.ts';
import type { TimePrecision } from '../event.ts';
import type { ByteReader } from '../parser.ts';
import { asBuffer } from '../windows-values.ts';

/** One packet. The same object is used for all: what is to be kept must be copied. */
export interface Packet {
  bytes: Buffer;
  /** The packet's place in `bytes`. */
  start: number;
  end: number;
  /** As it was on the wire, before the capture cut it. */
  wireBytes: number;
  linkType: number;
  /** Since 1970. */
  seconds: number;
  nanos: number;
  /** False where the record has no time; writers without a clock leave nothing but zeros. */
  hasTime: boolean;
  precision: TimePrecision;
  /** Of the packet's record, in the exhibit. */
  offset: number;
  number: number;
  recovered: boolean;
}

/** Read at a time: several thousand packets. */
const PIECE_BYTES = 4 * 1024 * 1024;
/** Larger than any snapshot length that tools accept (262,144, and 65,535 for jumbograms' lower layers). */
const PACKET_BYTES_MAX = 1024 * 1024;
/** Behind damage a packet is looked for that is no longer than what tools capture, with another behind it. */
const SNAPSHOT_BYTES = 262_144;

/** A window onto the file that moves forward. */
class Window {
  readonly #reader: ByteReader;
  bytes: Buffer = Buffer.alloc(0);
  /** Where `bytes` begins in the exhibit. */
  base = 0;

  constructor(reader: ByteReader) {
    this.#reader = reader;
  }

  /** The place of `offset` in `bytes`, with at least `length` bytes behind it; -1 when the file ends before. */
  at(offset: number, length: number): number {
    const place = offset - this.base;
    if (place >= 0 && place + length <= this.bytes.length) return place;
    if (offset + length > this.#reader.sizeBytes) return -1;
    this.bytes = asBuffer(this.#reader.read(offset, Math.max(PIECE_BYTES, length)));
    this.base = offset;
    return length <= this.bytes.length ? 0 : -1;
  }
}

/**
 * The first offset from `from` on where `fits` holds, or the end of the file. `fits` may look at `reach` bytes from the
 * place on, or at all there are before the end of the file. Each byte is looked at once, however large the damage.
 */
function search(
  window: Window,
  sizeBytes: number,
  from: number,
  reach: number,
  fits: (b: Buffer, at: number) => boolean,
): number {
  for (let next = from; next < sizeBytes; ) {
    const place = window.at(next, Math.min(reach, sizeBytes - next));
    if (place < 0) break;
    const b = window.bytes;
    const stop = window.base + b.length >= sizeBytes ? b.length : b.length - reach + 1;
    for (let at = place; at < stop; at++) if (fits(b, at)) return window.base + at;
    next = window.base + stop;
  }
  return sizeBytes;
}

export const PCAP_MAGICS: ReadonlyMap<number, { little: boolean; nano: boolean }> = new Map([
  [0xa1b2c3d4, { little: false, nano: false }],
  [0xd4c3b2a1, { little: true, nano: false }],
  [0xa1b23c4d, { little: false, nano: true }],
  [0x4d3cb2a1, { little: true, nano: true }],
]);

export function eachPcapPacket(reader: ByteReader, account: Account, take: (packet: Packet) => void): void {
  const head = asBuffer(reader.read(0, 24));
  const form = head.length >= 4 ? PCAP_MAGICS.get(head.readUInt32BE(0)) : undefined;
  if (form === undefined || head.length < 24) {
    account.error('pcap-header', 'the file header is missing or cut short', 0, head.length);
    account.skip(head.length);
    return;
  }
  const { little, nano } = form;
  const u32 = (b: Buffer, at: number) => (little ? b.readUInt32LE(at) : b.readUInt32BE(at));
  const linkType = u32(head, 20) & 0x0fff_ffff; // the upper bits hold the length of a frame check sequence
  const window = new Window(reader);
  const packet: Packet = {
    bytes: head,
    start: 0,
    end: 0,
    wireBytes: 0,
    linkType,
    seconds: 0,
    nanos: 0,
    hasTime: false,
    precision: nano ? 'nanosecond' : 'microsecond',
    offset: 0,
    number: 0,
    recovered: false,
  };
  const isPlausible = (b: Buffer, at: number): boolean => {
    if (at + 16 > b.length) return false;
    const captured = u32(b, at + 8);
    if (captured < 14 || captured > SNAPSHOT_BYTES || at + 16 + captured > b.length) return false;
    const wire = u32(b, at + 12);
    if (wire < captured || wire > SNAPSHOT_BYTES || u32(b, at + 4) >= (nano ? 1e9 : 1e6)) return false;
    return packet.seconds === 0 || Math.abs(u32(b, at) - packet.seconds) < 7 * 86_400;
  };
  const isFollowed = (b: Buffer, at: number): boolean => {
    if (!isPlausible(b, at)) return false;
    const next = at + 16 + u32(b, at + 8);
    return window.base + next === reader.sizeBytes || isPlausible(b, next);
  };
  const nextPacket = (from: number) =>
    search(window, reader.sizeBytes, from, 2 * (16 + SNAPSHOT_BYTES), isFollowed);
  const recover = (code: string, message: string): void => {
    const next = nextPacket(offset + 1);
    account.error(code, message, offset, next - offset);
    account.skip(next - offset);
    offset = next;
    packet.recovered = true;
  };
  let badTimes = 0;
  let offset = 24;
  while (offset < reader.sizeBytes && !account.stopped) {
    const at = window.at(offset, 16);
    if (at < 0) {
      account.error(
        'pcap-truncated',
        'the file ends inside the header of a packet',
        offset,
        reader.sizeBytes - offset,
      );
      account.skip(reader.sizeBytes - offset);
      return;
    }
    const captured = u32(window.bytes, at + 8);
    if (captured > PACKET_BYTES_MAX) {
      recover('pcap-packet', `a packet of ${captured} bytes`);
      continue;
    }
    if (captured === 0 && isZero(window.bytes, at, at + 16)) {
      recover('pcap-zeros', 'zeros where a packet should be');
      continue;
    }
    if (offset + 16 + captured > reader.sizeBytes) {
      recover('pcap-truncated', 'the file ends inside a packet');
      continue;
    }
    const place = window.at(offset, 16 + captured);
    const b = window.bytes;
    packet.bytes = b;
    packet.start = place + 16;
    packet.end = place + 16 + captured;
    packet.wireBytes = u32(b, place + 12);
    packet.seconds = u32(b, place);
    const fraction = u32(b, place + 4);
    const isWhole = fraction < (nano ? 1e9 : 1e6);
    packet.nanos = !isWhole ? 0 : nano ? fraction : fraction * 1_000;
    packet.hasTime = packet.seconds !== 0 || packet.nanos !== 0;
    if (!isWhole && badTimes++ === 0) {
      account.warn(
        'pcap-time',
        'a fraction of more than a second; such times are cut to the second',
        offset + 4,
        4,
      );
    }
    packet.offset = offset;
    packet.number++;
    account.count(packet.recovered);
    take(packet);
    offset += 16 + captured;
  }
}

function isZero(b: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (b[i] !== 0) return false;
  return true;
}

interface Interface {
  readonly linkType: number;
  /** Ticks in a second. */
  readonly ticks: bigint;
  readonly offsetSeconds: bigint;
  readonly precision: Packet['precision'];
}

/** More interfaces than any machine has; a file that names more was made to fill memory. */
const INTERFACES_MAX = 4_096;

export function eachPcapngPacket(reader: ByteReader, account: Account, take: (packet: Packet) => void): void {
  const window = new Window(reader);
  let little = true;
  let interfaces: Interface[] = [];
  const packet: Packet = {
    bytes: Buffer.alloc(0),
    start: 0,
    end: 0,
    wireBytes: 0,
    linkType: 0,
    seconds: 0,
    nanos: 0,
    hasTime: false,
    precision: 'microsecond',
    offset: 0,
    number: 0,
    recovered: false,
  };
  const u16 = (b: Buffer, at: number) => (little ? b.readUInt16LE(at) : b.readUInt16BE(at));
  const u32 = (b: Buffer, at: number) => (little ? b.readUInt32LE(at) : b.readUInt32BE(at));
  let offset = 0;
  while (offset < reader.sizeBytes && !account.stopped) {
    const at = window.at(offset, 12);
    if (at < 0) {
      account.error('pcapng-truncated', 'the file ends inside a block', offset, reader.sizeBytes - offset);
      account.skip(reader.sizeBytes - offset);
      return;
    }
    if (window.bytes.readUInt32BE(at) === SECTION) {
      little = isLittle(window.bytes, at) ?? little;
      interfaces = []; // a section has its own
    }
    const type = u32(window.bytes, at);
    const length = u32(window.bytes, at + 4);
    if (length >= 12 && length % 4 === 0 && offset + length <= reader.sizeBytes) {
      const isLarge = length > BLOCK_BYTES_MAX;
      const place = isLarge ? -1 : window.at(offset, length);
      const trailer = isLarge
        ? u32(asBuffer(reader.read(offset + length - 4, 4)), 0)
        : u32(window.bytes, place + length - 4);
      if (trailer === length) {
        if (!isLarge) readBlock(type, window.bytes, place, length);
        else if (KINDS_READ.has(type)) damaged(length);
        offset += length; // readers pass over the kinds they do not know (§3.1)
        continue;
      }
    }
    const next = search(window, reader.sizeBytes, offset + 4, BLOCK_BYTES_MAX, isBlock);
    if (next === reader.sizeBytes && offset + length > reader.sizeBytes)
      account.error('pcapng-truncated', 'the file ends inside a block', offset, next - offset);
    else account.error('pcapng-block', 'a block whose length does not fit', offset, next - offset);
    account.skip(next - offset);
    offset = next;
    packet.recovered = true;
  }

  function readBlock(type: number, b: Buffer, at: number, length: number): void {
    const end = at + length - 4;
    if (type === 1) {
      if (length < 20 || interfaces.length >= INTERFACES_MAX) {
        account.error('pcapng-interface', 'an interface that cannot be used', offset, length);
        return;
      }
      interfaces.push(readInterface(b, at, end));
    } else if (type === 6 || type === 2) {
      if (length < 32) {
        damaged(length);
        return;
      }
      const captured = u32(b, at + 20);
      const source = interfaces[type === 6 ? u32(b, at + 8) : u16(b, at + 8)];
      if (at + 28 + captured > end || source === undefined) {
        damaged(length);
        return;
      }
      const ticks = (BigInt(u32(b, at + 12)) << 32n) | BigInt(u32(b, at + 16));
      packet.seconds = Number(ticks / source.ticks + source.offsetSeconds);
      packet.nanos = Number(((ticks % source.ticks) * 1_000_000_000n) / source.ticks);
      packet.hasTime = ticks !== 0n;
      packet.precision = source.precision;
      give(b, at + 28, captured, u32(b, at + 24), source.linkType);
    } else if (type === 3) {
      const source = interfaces[0];
      if (length < 16 || source === undefined) {
        damaged(length);
        return;
      }
      const wire = u32(b, at + 8);
      packet.seconds = 0; // simple packets have no time
      packet.nanos = 0;
      packet.hasTime = false;
      give(b, at + 12, Math.min(wire, length - 16), wire, source.linkType);
    }
  }

  function give(b: Buffer, start: number, captured: number, wire: number, linkType: number): void {
    packet.bytes = b;
    packet.start = start;
    packet.end = start + captured;
    packet.wireBytes = wire;
    packet.linkType = linkType;
    packet.offset = offset;
    packet.number++;
    account.count(packet.recovered);
    take(packet);
  }

  function damaged(length: number): void {
    account.error(
      'pcapng-packet',
      'a packet that does not fit into its block, or of an unknown interface',
      offset,
      length,
    );
    account.skip(length);
  }

  function readInterface(b: Buffer, at: number, end: number): Interface {
    let ticks = 1_000_000n;
    let offsetSeconds = 0n;
    for (let option = at + 16; option + 4 <= end; ) {
      const code = u16(b, option);
      const size = u16(b, option + 2);
      if (code === 0 || option + 4 + size > end) break;
      if (code === 9 && size === 1) {
        const resolution = b[option + 4]!;
        const exponent = BigInt(resolution & 0x7f);
        // More than 64 bits of fraction do not fit into a time stamp.
        if (exponent < 64n)
          ticks = resolution & 0x80 ? 1n << exponent : exponent < 20n ? 10n ** exponent : ticks;
      }
      if (code === 14 && size === 8)
        offsetSeconds = little ? b.readBigInt64LE(option + 4) : b.readBigInt64BE(option + 4);
      option += 4 + ((size + 3) & ~3);
    }
    return {
      linkType: u16(b, at + 8),
      ticks,
      offsetSeconds,
      precision: precisionOf(ticks),
    };
  }

  /** A block of a kind that is read, whose two lengths agree; a section in its own order of bytes. */
  function isBlock(b: Buffer, at: number): boolean {
    // Most bytes are no beginning of a kind that is read, in either order.
    if (b[at]! > 0x0a || at + 12 > b.length) return false;
    const order = b.readUInt32BE(at) === SECTION ? isLittle(b, at) : little;
    if (order === null || !KINDS_READ.has(order ? b.readUInt32LE(at) : b.readUInt32BE(at))) return false;
    const length = order ? b.readUInt32LE(at + 4) : b.readUInt32BE(at + 4);
    if (length < 12 || length % 4 !== 0 || length > BLOCK_BYTES_MAX || at + length > b.length) return false;
    return (order ? b.readUInt32LE(at + length - 4) : b.readUInt32BE(at + length - 4)) === length;
  }
}

/** The order of bytes that a section header names; null when it names none. */
function isLittle(b: Buffer, at: number): boolean | null {
  const magic = b.readUInt32BE(at + 8);
  return magic === 0x4d3c2b1a ? true : magic === 0x1a2b3c4d ? false : null;
}

/** The coarsest unit in which two ticks of the clock differ; binary fractions are taken for the decimal ones beside them. */
function precisionOf(ticks: bigint): TimePrecision {
  if (ticks <= 1n) return 'second';
  if (ticks <= 1n << 10n) return 'millisecond';
  if (ticks <= 1n << 20n) return 'microsecond';
  return ticks <= 10_000_000n ? '100ns' : 'nanosecond';
}

/** The type of a section header reads the same in both byte orders. */
const SECTION = 0x0a0d0d0a;
/** Sections, interfaces and packets: old, simple and enhanced. */
const KINDS_READ = new Set([SECTION, 1, 2, 3, 6]);
/** Interface statistics and secrets are small; packets are bounded as above. */
const BLOCK_BYTES_MAX = 2 * 1024 * 1024;
