/**
 * IPv4 (RFC 791) and IPv6 (RFC 8200): from the network packet to the transport segment in it, through extension headers,
 * fragments and tunnels.
 *
 * Fragments are put together in bounded memory; where two overlap, the bytes that came first count and the overlap is
 * told, since receivers differ there and attackers know it (RFC 5722).
 */
import type { Account } from '../account.ts';
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
}

/** Tunnels in tunnels; more than two levels are an attack on readers. */
const TUNNELS_MAX = 4;
/** Extension headers of one packet. */
const HEADERS_MAX = 16;
/** Datagrams of which not all fragments have come; the oldest gives way. */
const DATAGRAMS_MAX = 1_024;
/** A datagram has at most 65,535 bytes, a fragment at least 8. */
const FRAGMENTS_MAX = 8_192;

interface Datagram {
  readonly parts: { readonly from: number; readonly bytes: Buffer }[];
  gathered: number;
  total: number;
  protocol: number;
  offset: number;
}

export class Network {
  readonly #account: Account;
  readonly #take: (segment: Segment) => void;
  readonly #segment: Segment;
  readonly #datagrams = new Map<string, Datagram>();
  readonly #carried: Carried = { type: 0, at: 0, vlan: -1 };
  #offset = 0;
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
    };
  }

  /** `offset`: of the packet's record, for issues. */
  packet(type: number, b: Buffer, at: number, end: number, offset: number): void {
    this.#offset = offset;
    this.#read(type, b, at, end, 0);
  }

  finish(): void {
    this.incomplete += this.#datagrams.size;
    this.#datagrams.clear();
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
    const whole = this.#gather(
      key,
      b,
      at + header,
      stop,
      (fragment & 0x1fff) * 8,
      (fragment & 0x2000) !== 0,
      protocol,
    );
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
    let next = b[at + 6]!;
    let place = at + 40;
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
          const key = `6${b.toString('latin1', at + 8, at + 40)}${b.readUInt32BE(place + 4)}`;
          const whole = this.#gather(key, b, place + 8, stop, field & 0xfff8, (field & 1) !== 0, inner);
          if (whole !== null)
            this.#transport(
              whole.bytes,
              b,
              at + 8,
              at + 24,
              16,
              whole.protocol,
              0,
              whole.bytes.length,
              depth,
            );
          return;
        }
        default:
          if (place > stop) {
            this.#cut();
            return;
          }
          this.#transport(b, b, at + 8, at + 24, 16, next, place, stop, depth);
          return;
      }
    }
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
    let datagram = this.#datagrams.get(key);
    if (datagram === undefined) {
      if (this.#datagrams.size >= DATAGRAMS_MAX) {
        const oldest = this.#datagrams.keys().next().value!;
        this.#datagrams.delete(oldest);
        this.incomplete++;
      }
      datagram = { parts: [], gathered: 0, total: -1, protocol, offset: this.#offset };
      this.#datagrams.set(key, datagram);
    }
    if (from === 0) datagram.protocol = protocol;
    const length = end - start;
    if (from + length > 65_535 || datagram.parts.length >= FRAGMENTS_MAX) {
      this.damaged++;
      return null;
    }
    if (datagram.parts.some((part) => from < part.from + part.bytes.length && part.from < from + length)) {
      if (this.#overlaps++ === 0) {
        this.#account.warn('ip-overlap', 'fragments overlap; the bytes that came first count', this.#offset);
      }
    }
    datagram.parts.push({ from, bytes: Buffer.from(b.subarray(start, end)) });
    datagram.gathered += length;
    if (!more) datagram.total = from + length;
    if (datagram.total < 0 || datagram.gathered < datagram.total) return null;
    const bytes = Buffer.alloc(datagram.total);
    const filled = new Uint8Array(datagram.total);
    for (const part of datagram.parts) {
      for (let i = 0; i < part.bytes.length && part.from + i < datagram.total; i++) {
        if (filled[part.from + i] !== 0) continue;
        filled[part.from + i] = 1;
        bytes[part.from + i] = part.bytes[i]!;
      }
    }
    if (filled.includes(0)) return null;
    this.#datagrams.delete(key);
    return { bytes, protocol: datagram.protocol };
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
