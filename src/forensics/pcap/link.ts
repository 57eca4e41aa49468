/** The link layers, down to the network packet in a frame. Type numbers are those of the tcpdump group's registry. */

/** What a frame carries: an EtherType and where it begins; null when it carries nothing that is read here. */
export interface Carried {
  type: number;
  at: number;
  /** The innermost VLAN, or -1. */
  vlan: number;
}

export const ETHER_IPV4 = 0x0800;
export const ETHER_IPV6 = 0x86dd;

/** Tags in tags: a double tag is usual, more is an attack on readers. */
const TAGS_MAX = 8;

/** Fills `out` for the frame at `at`; false when it is cut short or carries nothing that is read. */
export function readLink(linkType: number, b: Buffer, at: number, end: number, out: Carried): boolean {
  out.vlan = -1;
  switch (linkType) {
    case 1: // Ethernet
      if (at + 14 > end) return false;
      return etherType(b, at + 12, end, out);
    case 0: // BSD loopback, host byte order
    case 108: {
      if (at + 4 > end) return false;
      const family = Math.min(b.readUInt32LE(at), b.readUInt32BE(at));
      if (family === 2) return network(out, ETHER_IPV4, at + 4);
      return family === 10 || family === 24 || family === 28 || family === 30
        ? network(out, ETHER_IPV6, at + 4)
        : false;
    }
    case 12: // raw IP
    case 14:
    case 101:
    case 228:
    case 229:
      return rawIp(b, at, end, out);
    case 9: // PPP
    case 50:
      return pointToPoint(b, b[at] === 0xff ? at + 2 : at, end, out);
    case 113: // Linux cooked
      return at + 16 <= end && etherType(b, at + 14, end, out);
    case 276: // Linux cooked, version 2
      return at + 20 <= end && network(out, b.readUInt16BE(at), at + 20);
    case 105:
      return wireless(b, at, end, out);
    case 127: // radiotap before IEEE 802.11
      return at + 4 <= end && wireless(b, at + b.readUInt16LE(at + 2), end, out);
    case 239:
      return nflog(b, at, end, out);
    default:
      return false;
  }
}

export function isKnownLinkType(linkType: number): boolean {
  return [0, 1, 9, 12, 14, 50, 101, 105, 108, 113, 127, 228, 229, 239, 276].includes(linkType);
}

function network(out: Carried, type: number, at: number): boolean {
  out.type = type;
  out.at = at;
  return true;
}

function rawIp(b: Buffer, at: number, end: number, out: Carried): boolean {
  if (at >= end) return false;
  const version = b[at]! >> 4;
  return version === 4 ? network(out, ETHER_IPV4, at) : version === 6 ? network(out, ETHER_IPV6, at) : false;
}

/** From an EtherType on: VLAN tags, PPPoE, MPLS and LLC are taken off. */
export function etherType(b: Buffer, place: number, end: number, out: Carried): boolean {
  let at = place;
  for (let tags = 0; tags < TAGS_MAX && at + 2 <= end; tags++) {
    const type = b.readUInt16BE(at);
    switch (type) {
      case 0x8100: // VLAN, and what providers put around it
      case 0x88a8:
      case 0x9100:
        if (at + 6 > end) return false;
        out.vlan = b.readUInt16BE(at + 2) & 0x0fff;
        at += 4;
        continue;
      case 0x8864: // PPPoE session
        return at + 10 <= end && pointToPoint(b, at + 8, end, out);
      case 0x8847: {
        // MPLS: labels of four bytes until the one with the bottom bit
        let label = at + 2;
        while (label + 4 <= end && (b[label + 2]! & 1) === 0) label += 4;
        return rawIp(b, label + 4, end, out);
      }
      default:
        if (type >= 0x0600) return network(out, type, at + 2);
        // A length: LLC with SNAP has the type behind it.
        if (at + 10 > end || b[at + 2] !== 0xaa || b[at + 3] !== 0xaa) return false;
        return network(out, b.readUInt16BE(at + 8), at + 10);
    }
  }
  return false;
}

function pointToPoint(b: Buffer, at: number, end: number, out: Carried): boolean {
  if (at + 2 > end) return false;
  const protocol = b.readUInt16BE(at);
  if (protocol === 0x0021) return network(out, ETHER_IPV4, at + 2);
  return protocol === 0x0057 ? network(out, ETHER_IPV6, at + 2) : false;
}

/** Data frames of IEEE 802.11 in the clear. */
function wireless(b: Buffer, at: number, end: number, out: Carried): boolean {
  if (at + 24 > end || (b[at]! & 0x0c) !== 0x08 || (b[at + 1]! & 0x40) !== 0) return false;
  let header = 24;
  if ((b[at + 1]! & 0x03) === 0x03) header += 6; // a fourth address
  if (b[at]! & 0x80) header += 2; // quality of service
  const llc = at + header;
  if (llc + 8 > end || b[llc] !== 0xaa || b[llc + 1] !== 0xaa) return false;
  return network(out, b.readUInt16BE(llc + 6), llc + 8);
}

/** Linux netfilter's log: attributes, of which number 9 is the packet. */
function nflog(b: Buffer, at: number, end: number, out: Carried): boolean {
  for (let place = at + 4; place + 4 <= end; ) {
    const size = b.readUInt16LE(place);
    if (size < 4 || place + size > end) return false;
    if ((b.readUInt16LE(place + 2) & 0x7fff) === 9) return rawIp(b, place + 4, place + size, out);
    place += (size + 3) & ~3;
  }
  return false;
}
