/**
 * IPv4 (RFC 791) and IPv6 (RFC 8200): from the network packet to the transport segment in it, through extension headers,
 * fragments and tunnels.
 *
 * Fragments are put together in bounded memory; where two overlap, the bytes that came first count and the overlap is
 * told, since receivers differ there and attackers know it (RFC 5722).
 */
import type { Account } from '../account.ts';
import type { Packet } from './capture.ts';
import { PIECE_COST, type Stamp, stampOf } from './holding.ts';
import { type Carried, ETHER_IPV4, ETHER_IPV6, etherType } from './link.ts';

/** A transport segment. The same object is used for all. */
export interface Segment {
  bytes: Buffer;
  /** Where the addresses are: 4 or 16 bytes each, in `addresses`. */
  addresses: Buffer;
  source: number;
  destination: number;
  addressBytes: 4 | 16;
  protocol: number;
  start: number;
  end: number;
  /** What it came in: several packets where it was in fragments. */
  packets: number;
  wireBytes: number;
  /** The first of these packets, when it is not the present one. */
  began: Stamp | null;
}

/** Tunnels in tunnels; more than two levels are an attack on readers. */
const TUNNELS_MAX = 4;
/** Extension headers of one packet. */
const HEADERS_MAX = 16;
/** Datagrams of which not all fragments have come; the oldest gives way. */
const DATAGRAMS_MAX = 1_024;
/** What all of these hold together. */
const DATAGRAM_BYTES_MAX = 32 * 1024 * 1024;
const DATAGRAM_LENGTH_MAX = 65_535;

interface Datagram {
  /** In the order they came; each brought at least one block that was missing, so there are 8,192 at most. */
  readonly parts: { readonly from: number; readonly bytes: Buffer }[];
  /** For each block of eight bytes, the unit of offsets, whether it is here. */
  filled: Uint8Array;
  blocks: number;
  /** Behind the last byte that is here. */
  reach: number;
  /** Known once the last fragment is here, else -1. */
  total: number;
  protocol: number;
  held: number;
  packets: number;
  wireBytes: number;
  readonly began: Stamp;
}

export class Network {
  readonly #account: Account;
  readonly #take: (segment: Segment) => void;
  readonly #segment: Segment;
  readonly #datagrams = new Map<string, Datagram>();
  readonly #carried: Carried = { type: 0, at: 0, vlan: -1 };
  #packet!: Packet;
  #heldBytes = 0;
  #overlaps = 0;
  incomplete = 0;
  /** Packets whose headers do not hold together, or that the capture cut before their end. */
  damaged = 0;

  constructor(account: Account, take: (segment: Segment) => void) {
    this.#account = account;
    this.#take = take;
    const none = Buffer.alloc(0);
    this.#segment = {
      bytes: none,
      addresses: none,
      source: 0,
      destination: 0,
      addressBytes: 4,
      protocol: 0,
      start: 0,
      end: 0,
      packets: 1,
      wireBytes: 0,
      began: null,
    };
  }

  /** What of `packet` begins at `at` and is of the EtherType `type`. */
  packet(type: number, packet: Packet, at: number): void {
    this.#packet = packet;
    this.#segment.packets = 1;
    this.#segment.wireBytes = packet.wireBytes;
    this.#segment.began = null;
    this.#read(type, packet.bytes, at, packet.end, 0);
  }

  finish(): void {
    this.incomplete += this.#datagrams.size;
    this.#datagrams.clear();
    this.#heldBytes = 0;
  }

  #read(type: number, b: Buffer, at: number, end: number, depth: number): void {
    if (depth > TUNNELS_MAX) return;
    if (type === ETHER_IPV4) this.#ipv4(b, at, end, depth);
    else if (type === ETHER_IPV6) this.#ipv6(b, at, end, depth);
  }

  #ipv4(b: Buffer, at: number, end: number, depth: number): void {
    if (at + 20 > end) {
      this.damaged++;
      return;
    }
    const header = (b[at]! & 15) * 4;
    const total = b.readUInt16BE(at + 2);
    // A length of zero comes from cards that cut large segments themselves.
    const stop = total === 0 ? end : Math.min(end, at + total);
    if (b[at]! >> 4 !== 4 || header < 20 || at + header > stop) {
      this.damaged++;
      return;
    }
    const fragment = b.readUInt16BE(at + 6);
    const protocol = b[at + 9]!;
    if ((fragment & 0x3fff) === 0) {
      this.#transport(b, b, at + 12, at + 16, 4, protocol, at + header, stop, depth);
      return;
    }
    const key = `4${b.toString('latin1', at + 12, at + 20)}${protocol},${b.readUInt16BE(at + 4)}`;
    const from = (fragment & 0x1fff) * 8;
    const whole = this.#gather(key, b, at + header, stop, from, (fragment & 0x2000) !== 0, protocol);
    if (whole !== null)
      this.#transport(whole.bytes, b, at + 12, at + 16, 4, whole.protocol, 0, whole.bytes.length, depth);
  }

  #ipv6(b: Buffer, at: number, end: number, depth: number): void {
    if (at + 40 > end || b[at]! >> 4 !== 6) {
      this.damaged++;
      return;
    }
    const length = b.readUInt16BE(at + 4);
    const stop = length === 0 ? end : Math.min(end, at + 40 + length); // zero: a jumbogram (RFC 2675)
    this.#headers(b, at, b, at + 40, stop, b[at + 6]!, depth);
  }

  /**
   * The extension headers from `start` on, which is of the kind `kind`; `b` is the packet at `at` or what was put together
   * of its fragments, which begins with headers of its own (RFC 8200 §4.5).
   */
  #headers(
    addresses: Buffer,
    at: number,
    whole: Buffer,
    start: number,
    end: number,
    kind: number,
    depth: number,
  ): void {
    let [b, place, stop, next] = [whole, start, end, kind];
    for (let headers = 0; headers < HEADERS_MAX; headers++) {
      switch (next) {
        case 0: // hop by hop
        case 43: // routing
        case 60: // destination
        case 135:
          if (place + 8 > stop) {
            this.#cut();
            return;
          }
          next = b[place]!;
          place += (b[place + 1]! + 1) * 8;
          continue;
        case 51: // authentication
          if (place + 8 > stop) {
            this.#cut();
            return;
          }
          next = b[place]!;
          place += (b[place + 1]! + 2) * 4;
          continue;
        case 44: {
          if (place + 8 > stop) {
            this.#cut();
            return;
          }
          const field = b.readUInt16BE(place + 2);
          const inner = b[place]!;
          if ((field & 0xfff9) === 0) {
            next = inner; // an atomic fragment (RFC 6946)
            place += 8;
            continue;
          }
          const key = `6${addresses.toString('latin1', at + 8, at + 40)}${b.readUInt32BE(place + 4)}`;
          const datagram = this.#gather(key, b, place + 8, stop, field & 0xfff8, (field & 1) !== 0, inner);
          if (datagram === null) return;
          [b, place, stop, next] = [datagram.bytes, 0, datagram.bytes.length, datagram.protocol];
          continue;
        }
        default:
          if (place > stop) {
            this.#cut();
            return;
          }
          this.#transport(b, addresses, at + 8, at + 24, 16, next, place, stop, depth);
          return;
      }
    }
    this.#cut();
  }

  #cut(): void {
    this.damaged++;
  }

  /** The whole datagram once its last missing fragment comes, else null. */
  #gather(
    key: string,
    b: Buffer,
    start: number,
    end: number,
    from: number,
    more: boolean,
    protocol: number,
  ): { bytes: Buffer; protocol: number } | null {
    const length = end - start;
    const to = from + length;
    // Of all but the last fragment the length is a multiple of eight (RFC 8200 §4.5).
    if (length <= 0 || to > DATAGRAM_LENGTH_MAX || (more && length % 8 !== 0)) {
      this.damaged++;
      return null;
    }
    let datagram = this.#datagrams.get(key);
    if (datagram === undefined) {
      if (this.#datagrams.size >= DATAGRAMS_MAX) this.#giveUpOldest();
      datagram = {
        parts: [],
        filled: new Uint8Array(512),
        blocks: 0,
        reach: 0,
        total: -1,
        protocol,
        held: 0,
        packets: 0,
        wireBytes: 0,
        began: stampOf(this.#packet),
      };
      this.#datagrams.set(key, datagram);
      this.#grow(datagram, PIECE_COST + 512);
    }
    datagram.packets += this.#segment.packets;
    datagram.wireBytes += this.#segment.wireBytes;
    const isLate = datagram.total >= 0 && (to > datagram.total || (!more && to !== datagram.total));
    if (isLate || (!more && to < datagram.reach)) {
      this.damaged++; // it contradicts where the datagram ends
      return null;
    }
    if (from === 0) datagram.protocol = protocol;
    if (!more) datagram.total = to;
    datagram.reach = Math.max(datagram.reach, to);
    const fresh = this.#fill(datagram, from / 8, Math.ceil(to / 8));
    if (fresh > 0) {
      const bytes = Buffer.allocUnsafeSlow(length);
      b.copy(bytes, 0, start, end);
      datagram.parts.push({ from, bytes });
      datagram.blocks += fresh;
      this.#grow(datagram, length + PIECE_COST);
    }
    if (datagram.total < 0 || datagram.blocks < Math.ceil(datagram.total / 8)) {
      while (this.#heldBytes > DATAGRAM_BYTES_MAX) this.#giveUpOldest();
      return null;
    }
    const bytes = Buffer.alloc(datagram.total);
    // What came first is written last.
    for (const part of datagram.parts.reverse()) part.bytes.copy(bytes, part.from);
    this.#datagrams.delete(key);
    this.#heldBytes -= datagram.held;
    this.#segment.packets = datagram.packets;
    this.#segment.wireBytes = datagram.wireBytes;
    this.#segment.began = datagram.began;
    return { bytes, protocol: datagram.protocol };
  }

  /** Marks blocks as here; how many were not before. */
  #fill(datagram: Datagram, first: number, end: number): number {
    if (end > datagram.filled.length) {
      const grown = new Uint8Array(Math.max(end, 2 * datagram.filled.length));
      grown.set(datagram.filled);
      this.#grow(datagram, grown.length - datagram.filled.length);
      datagram.filled = grown;
    }
    const { filled } = datagram;
    let fresh = 0;
    for (let block = first; block < end; block++) {
      if (filled[block] !== 0) continue;
      filled[block] = 1;
      fresh++;
    }
    if (fresh < end - first && this.#overlaps++ === 0)
      this.#account.warn(
        'ip-overlap',
        'fragments overlap; the bytes that came first count',
        this.#packet.offset,
      );
    return fresh;
  }

  #grow(datagram: Datagram, bytes: number): void {
    datagram.held += bytes;
    this.#heldBytes += bytes;
  }

  #giveUpOldest(): void {
    for (const [key, { held }] of this.#datagrams) {
      this.#datagrams.delete(key);
      this.#heldBytes -= held;
      this.incomplete++;
      return;
    }
  }

  #transport(
    b: Buffer,
    addresses: Buffer,
    source: number,
    destination: number,
    addressBytes: 4 | 16,
    protocol: number,
    start: number,
    end: number,
    depth: number,
  ): void {
    switch (protocol) {
      case 4:
        this.#read(ETHER_IPV4, b, start, end, depth + 1);
        return;
      case 41:
        this.#read(ETHER_IPV6, b, start, end, depth + 1);
        return;
      case 47: {
        // GRE (RFC 2784, 2890): optional checksum, key and sequence number
        if (start + 4 > end) {
          this.#cut();
          return;
        }
        const flags = b[start]!;
        const inner = start + 4 + (flags & 0x80 ? 4 : 0) + (flags & 0x20 ? 4 : 0) + (flags & 0x10 ? 4 : 0);
        this.#read(b.readUInt16BE(start + 2), b, inner, end, depth + 1);
        return;
      }
    }
    // VXLAN (RFC 7348): a frame in a UDP datagram
    if (protocol === 17 && start + 30 <= end && b.readUInt16BE(start + 2) === 4789 && b[start + 8] === 0x08) {
      const carried = this.#carried;
      if (etherType(b, start + 16 + 12, end, carried))
        this.#read(carried.type, b, carried.at, end, depth + 1);
      return;
    }
    const segment = this.#segment;
    segment.bytes = b;
    segment.addresses = addresses;
    segment.source = source;
    segment.destination = destination;
    segment.addressBytes = addressBytes;
    segment.protocol = protocol;
    segment.start = start;
    segment.end = end;
    this.#take(segment);
  }
}
