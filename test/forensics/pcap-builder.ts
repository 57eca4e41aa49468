/** Writes captures for tests. */

const u16 = (value: number) => Buffer.from([value >> 8, value & 255]);
const address = (text: string) => Buffer.from(text.split('.').map(Number));

export function ethernet(packet: Buffer): Buffer {
  return Buffer.concat([Buffer.alloc(12, 2), u16(0x0800), packet]);
}

/** `fragment`: the field of offset and flags. */
export function ipv4(
  source: string,
  destination: string,
  protocol: number,
  payload: Buffer,
  id = 1,
  fragment = 0,
): Buffer {
  const header = Buffer.concat([
    Buffer.from([0x45, 0]),
    u16(20 + payload.length),
    u16(id),
    u16(fragment),
    Buffer.from([64, protocol, 0, 0]),
  ]);
  return Buffer.concat([header, address(source), address(destination), payload]);
}

export function udp(source: string, destination: string, from: number, to: number, payload: Buffer): Buffer {
  return ipv4(source, destination, 17, udpDatagram(from, to, payload));
}

export function udpDatagram(from: number, to: number, payload: Buffer): Buffer {
  return Buffer.concat([u16(from), u16(to), u16(8 + payload.length), u16(0), payload]);
}

const FLAGS: Readonly<Record<string, number>> = { F: 1, S: 2, R: 4, P: 8, A: 16 };

export function tcp(
  source: string,
  destination: string,
  from: number,
  to: number,
  sequence: number,
  flags: string,
  payload: string | Buffer,
): Buffer {
  const bits = [...flags].reduce((sum, flag) => sum | FLAGS[flag]!, 0);
  const header = Buffer.alloc(20);
  header.writeUInt16BE(from, 0);
  header.writeUInt16BE(to, 2);
  header.writeUInt32BE(sequence >>> 0, 4);
  header[12] = 0x50;
  header[13] = bits;
  return ipv4(source, destination, 6, Buffer.concat([header, Buffer.from(payload as string, 'latin1')]));
}

export function dnsQuery(name: string): Buffer {
  const labels = name.split('.').flatMap((label) => [label.length, ...Buffer.from(label)]);
  return Buffer.from([0, 9, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...labels, 0, 0, 1, 0, 1]);
}

/** An Ethernet frame with an IPv6 packet whose first header behind its own is of the kind `next`. */
export function ipv6(next: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(40);
  header[0] = 0x60;
  header.writeUInt16BE(payload.length, 4);
  header[6] = next;
  header[7] = 64;
  header.set([0x20, 1, 0x0d, 0xb8], 8);
  header[23] = 1;
  header.set([0x20, 1, 0x0d, 0xb8], 24);
  header[39] = 2;
  return Buffer.concat([Buffer.alloc(12, 2), u16(0x86dd), header, payload]);
}

/** `times`: seconds and microseconds of each packet; without, one a second from 2026-01-31T12:00:00 UTC. */
export function buildPcap(
  packets: readonly Buffer[],
  times: readonly (readonly [number, number])[] = [],
): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65_535, 16);
  header.writeUInt32LE(1, 20);
  const records = packets.map((packet, i) => {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(times[i]?.[0] ?? 1_769_860_800 + i, 0);
    record.writeUInt32LE(times[i]?.[1] ?? 0, 4);
    record.writeUInt32LE(packet.length, 8);
    record.writeUInt32LE(packet.length, 12);
    return Buffer.concat([record, packet]);
  });
  return Buffer.concat([header, ...records]);
}

/** A block of pcapng in either order of bytes. */
export function pcapngBlock(type: number, body: Buffer, little = true): Buffer {
  const padded = Buffer.concat([body, Buffer.alloc((4 - (body.length % 4)) % 4)]);
  const u32 = (value: number) => {
    const bytes = Buffer.alloc(4);
    if (little) bytes.writeUInt32LE(value);
    else bytes.writeUInt32BE(value);
    return bytes;
  };
  return Buffer.concat([u32(type), u32(12 + padded.length), padded, u32(12 + padded.length)]);
}

/** A section header and an Ethernet interface, with the interface's resolution when it is given. */
export function pcapngSection(little = true, resolution?: number): Buffer {
  const section = Buffer.alloc(16, 0xff);
  if (little) section.writeUInt32LE(0x1a2b3c4d, 0);
  else section.writeUInt32BE(0x1a2b3c4d, 0);
  section.writeUInt32BE(little ? 0x01000000 : 0x00010000, 4);
  const link = Buffer.alloc(resolution === undefined ? 8 : 20);
  link[little ? 0 : 1] = 1;
  if (resolution !== undefined) link.set(little ? [9, 0, 1, 0, resolution] : [0, 9, 0, 1, resolution], 8);
  return Buffer.concat([pcapngBlock(0x0a0d0d0a, section, little), pcapngBlock(1, link, little)]);
}

/** An enhanced packet block of the first interface. */
export function pcapngPacket(packet: Buffer, ticks: bigint, little = true): Buffer {
  const head = Buffer.alloc(20);
  [0, Number(ticks >> 32n), Number(ticks & 0xffffffffn), packet.length, packet.length].forEach((value, i) => {
    if (little) head.writeUInt32LE(value, 4 * i);
    else head.writeUInt32BE(value, 4 * i);
  });
  return pcapngBlock(6, Buffer.concat([head, packet]), little);
}

export function buildPcapng(packets: readonly Buffer[]): Buffer {
  return Buffer.concat([
    pcapngSection(),
    ...packets.map((packet, i) => pcapngPacket(packet, BigInt(1_769_860_800 + i) * 1_000_000n)),
  ]);
}
