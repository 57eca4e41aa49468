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

/** One packet a second from 2026-01-31T12:00:00 UTC. */
export function buildPcap(packets: readonly Buffer[]): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(65_535, 16);
  header.writeUInt32LE(1, 20);
  const records = packets.map((packet, i) => {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(1_769_860_800 + i, 0);
    record.writeUInt32LE(packet.length, 8);
    record.writeUInt32LE(packet.length, 12);
    return Buffer.concat([record, packet]);
  });
  return Buffer.concat([header, ...records]);
}

export function buildPcapng(packets: readonly Buffer[]): Buffer {
  const block = (type: number, body: Buffer) => {
    const padded = Buffer.concat([body, Buffer.alloc((4 - (body.length % 4)) % 4)]);
    const head = Buffer.alloc(8);
    head.writeUInt32LE(type, 0);
    head.writeUInt32LE(12 + padded.length, 4);
    return Buffer.concat([head, padded, head.subarray(4)]);
  };
  const section = Buffer.alloc(16, 0xff);
  section.writeUInt32LE(0x1a2b3c4d, 0);
  section.writeUInt16LE(1, 4);
  section.writeUInt16LE(0, 6);
  const link = Buffer.alloc(8);
  link.writeUInt16LE(1, 0);
  return Buffer.concat([
    block(0x0a0d0d0a, section),
    block(1, link),
    ...packets.map((packet, i) => {
      const head = Buffer.alloc(20);
      const micros = BigInt(1_769_860_800 + i) * 1_000_000n;
      head.writeUInt32LE(Number(micros >> 32n), 4);
      head.writeUInt32LE(Number(micros & 0xffffffffn), 8);
      head.writeUInt32LE(packet.length, 12);
      head.writeUInt32LE(packet.length, 16);
      return block(6, Buffer.concat([head, packet]));
    }),
  ]);
}
