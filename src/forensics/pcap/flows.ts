/**
 * Flows: what two ends exchanged over one protocol and pair of ports, from the first packet to the last. The end that
 * sent the first packet is the source, unless that packet answers (SYN and ACK).
 *
 * Memory is bounded by the number of flows that are open at once; the longest idle ones are closed when there are more.
 */
import type { Account } from '../account.ts';
import { addressText } from '../address.ts';
import { type EventTime, plainEvent, type Scalar } from '../event.ts';
import type { Packet } from './capture.ts';
import { Conversation } from './conversation.ts';
import { type DnsMessage, parseDns } from './dns.ts';
import { Holding, type Stamp, stampOf } from './holding.ts';
import type { Segment } from './network.ts';
import { TcpStream } from './tcp-stream.ts';
import type { ClientHello } from './tls.ts';

/** An open flow takes about 2 kB, with its streams. */
const FLOWS_MAX = 100_000;
/** Silence after which the same ports are taken to be used anew. */
const IDLE_SECONDS = { tcp: 3_600, other: 300 };

/** Flows of one hash. By chance there are two or three; more were made to make each look-up long. */
const CHAIN_MAX = 16;

const TCP = 6;
const UDP = 17;
const PROTOCOLS: Readonly<Record<number, string>> = {
  1: 'icmp',
  2: 'igmp',
  6: 'tcp',
  17: 'udp',
  50: 'esp',
  51: 'ah',
  58: 'ipv6-icmp',
  89: 'ospf',
  112: 'vrrp',
  132: 'sctp',
};
const FLAG_NAMES = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG'];
const DNS_PORTS = new Set([53, 5353, 5355]);

interface Flow {
  readonly source: Buffer;
  readonly destination: Buffer;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly protocol: number;
  readonly vlan: number;
  readonly offset: number;
  /** The earliest and the latest of its packets that have a time; packets need not be captured in order. */
  first: Stamp;
  lastSeconds: number;
  lastNanos: number;
  /** From the source, to the source. */
  readonly packets: [number, number];
  readonly bytes: [number, number];
  readonly flags: [number, number];
  /** Sequence numbers of the SYNs of both sides, or -1. */
  readonly opened: [number, number];
  /** Null until one side says something: most of what a scan opens never does. */
  conversation: Conversation | null;
  streams: [TcpStream, TcpStream] | null;
  /** Nothing more is read of what the sides say. */
  isRead: boolean;
  application: string | null;
  /** The next flow with this hash. */
  next: Flow | null;
  readonly hash: number;
}

export class Flows {
  readonly #account: Account;
  readonly #flows = new Map<number, Flow>();
  #open = 0;
  readonly #holding = new Holding();
  #packet!: Packet;
  #vlan = -1;
  #brokenDns = 0;
  #firstBrokenDns = 0;

  constructor(account: Account) {
    this.#account = account;
  }

  /** The packet that following segments are of. */
  begin(packet: Packet, vlan: number): void {
    this.#packet = packet;
    this.#holding.stamp = packet;
    this.#vlan = vlan;
  }

  segment(segment: Segment): void {
    const { bytes: b, start, end, protocol } = segment;
    const header = protocol === TCP ? 20 : protocol === UDP ? 8 : 0;
    let sourcePort = 0;
    let destinationPort = 0;
    const hasPorts = (protocol === TCP || protocol === UDP || protocol === 132) && start + 4 <= end;
    if (hasPorts) {
      sourcePort = b.readUInt16BE(start);
      destinationPort = b.readUInt16BE(start + 2);
    }
    const isWhole = start + header <= end;
    const flags = protocol === TCP && isWhole ? b[start + 13]! : 0;
    const sequence = protocol === TCP && isWhole ? b.readUInt32BE(start + 4) : 0;
    const { flow, side } = this.#find(segment, sourcePort, destinationPort, flags, sequence);
    if (segment.began !== null) widen(flow, segment.began);
    widen(flow, this.#packet);
    flow.packets[side] += segment.packets;
    flow.bytes[side] += segment.wireBytes;
    flow.flags[side] |= flags;
    if (!isWhole) return;
    if (protocol === TCP) {
      const data = start + (b[start + 12]! >> 4) * 4;
      if (data < start + 20 || data > end) return;
      const isSyn = (flags & 2) !== 0;
      if (isSyn && flow.opened[side] < 0) flow.opened[side] = sequence;
      if (flow.streams === null) {
        if (data === end || flow.isRead) return;
        this.#converse(flow);
      }
      const stream = flow.streams![side];
      if ((flags & 0x10) !== 0) flow.streams![side === 0 ? 1 : 0].acknowledged();
      if (stream.isUseful) stream.segment(sequence, isSyn, b, data, end);
      else if (!flow.streams![1 - side]!.isUseful) this.#endConversation(flow);
      this.#holding.settle();
    } else if (protocol === UDP && (DNS_PORTS.has(sourcePort) || DNS_PORTS.has(destinationPort))) {
      const message = parseDns(b, start + 8, end);
      if (message !== null) this.#dns(flow, message, side === 0, 'udp');
      else this.#breakDns();
    }
  }

  finish(): void {
    for (const chain of this.#flows.values()) {
      for (let flow: Flow | null = chain; flow !== null; flow = flow.next) this.#close(flow);
    }
    this.#flows.clear();
    this.#open = 0;
    const { gaps, missingBytes, givenUp } = this.#holding;
    if (this.#brokenDns > 0) {
      this.#account.warn(
        'dns-message',
        `${this.#brokenDns} messages on ports of DNS do not hold together`,
        this.#firstBrokenDns,
      );
    }
    if (gaps > 0)
      this.#account.warn('tcp-gaps', `${missingBytes} bytes are missing in ${gaps} places of connections`, 0);
    if (givenUp > 0) {
      this.#account.warn(
        'tcp-held',
        `${givenUp} times a connection was no longer waited for, since too much was held at once`,
        0,
      );
    }
  }

  #find(
    segment: Segment,
    sourcePort: number,
    destinationPort: number,
    flags: number,
    sequence: number,
  ): { flow: Flow; side: 0 | 1 } {
    const { addresses, source, destination, addressBytes, protocol } = segment;
    // The sum is the same in both directions.
    const hash =
      (endHash(addresses, source, addressBytes, sourcePort) +
        endHash(addresses, destination, addressBytes, destinationPort) +
        protocol) |
      0;
    const { seconds, hasTime } = this.#packet;
    const chain = this.#flows.get(hash) ?? null;
    let oldest = chain;
    let chained = 0;
    for (let flow = chain; flow !== null; flow = flow.next) {
      chained++;
      oldest = flow;
      if (flow.protocol !== protocol || flow.source.length !== addressBytes || flow.vlan !== this.#vlan)
        continue;
      const side = sideOf(flow, addresses, source, destination, addressBytes, sourcePort, destinationPort);
      if (side === null) continue;
      const silence = hasTime && flow.first.hasTime ? seconds - flow.lastSeconds : 0;
      const idle = silence > (protocol === TCP ? IDLE_SECONDS.tcp : IDLE_SECONDS.other);
      const isOver = ((flow.flags[0] | flow.flags[1]) & 4) !== 0 || (flow.flags[0] & flow.flags[1] & 1) !== 0;
      // A SYN with another number opens the next connection, also where the end of the last one was not captured.
      const isOther =
        flow.opened[side] < 0
          ? flow.streams?.[side].isOther(sequence) === true
          : flow.opened[side] !== sequence;
      const isNew = (flags & 0x12) === 2 && (isOver || isOther);
      if (!idle && !isNew) return { flow, side };
      this.#remove(flow);
      break;
    }
    if (chained >= CHAIN_MAX) this.#remove(oldest!);
    if (this.#open >= FLOWS_MAX) this.#closeIdle();
    // An answer to a connection attempt tells who the client is; in the middle of a connection, the port that services have does.
    const isFromService = sourcePort > 0 && sourcePort < 1_024 && destinationPort >= 1_024;
    const swap = (flags & 0x12) === 0x12 || ((flags & 2) === 0 && isFromService);
    const address = (at: number) => Buffer.from(addresses.subarray(at, at + addressBytes));
    const began = stampOf(segment.began ?? this.#packet);
    const flow: Flow = {
      source: address(swap ? destination : source),
      destination: address(swap ? source : destination),
      sourcePort: swap ? destinationPort : sourcePort,
      destinationPort: swap ? sourcePort : destinationPort,
      protocol,
      vlan: this.#vlan,
      offset: began.offset,
      first: began,
      lastSeconds: began.seconds,
      lastNanos: began.nanos,
      packets: [0, 0],
      bytes: [0, 0],
      flags: [0, 0],
      opened: [-1, -1],
      isRead: false,
      application: null,
      conversation: null,
      streams: null,
      next: this.#flows.get(hash) ?? null,
      hash,
    };
    this.#flows.set(hash, flow);
    this.#open++;
    return { flow, side: swap ? 1 : 0 };
  }

  #remove(flow: Flow): void {
    const first = this.#flows.get(flow.hash)!;
    if (first === flow) {
      if (flow.next === null) this.#flows.delete(flow.hash);
      else this.#flows.set(flow.hash, flow.next);
    } else {
      let before = first;
      while (before.next !== flow) before = before.next!;
      before.next = flow.next;
    }
    this.#open--;
    this.#close(flow);
  }

  /** Makes room: the tenth of the flows that began first. */
  #closeIdle(): void {
    let wanted = FLOWS_MAX / 10;
    for (const chain of [...this.#flows.values()]) {
      for (let flow: Flow | null = chain; flow !== null; flow = flow.next) this.#remove(flow);
      if (--wanted <= 0) return;
    }
  }

  #converse(flow: Flow): void {
    const conversation = new Conversation(
      {
        http: (fields, line, stamp) => this.#give(flow, 'http-request', stamp, fields, line),
        tls: (hello) => this.#tls(flow, hello),
        dns: (message, fromClient) => this.#dns(flow, message, fromClient, 'tcp'),
        ssh: (banner, fromClient) =>
          this.#give(
            flow,
            'ssh',
            this.#holding.stamp,
            { banner, side: fromClient ? 'client' : 'server' },
            `SSH ${banner}`,
          ),
        brokenDns: () => this.#breakDns(),
        giveUp: () => this.#endConversation(flow),
      },
      DNS_PORTS.has(flow.destinationPort) || DNS_PORTS.has(flow.sourcePort),
      this.#holding,
    );
    flow.conversation = conversation;
    const stream = (fromSource: boolean) => new TcpStream(conversation.listener(fromSource), this.#holding);
    flow.streams = [stream(true), stream(false)];
    flow.streams.forEach((opened, side) => {
      const sequence = flow.opened[side]!;
      if (sequence >= 0) opened.segment(sequence, true, this.#packet.bytes, 0, 0);
    });
  }

  #endConversation(flow: Flow): void {
    if (flow.streams !== null) for (const stream of flow.streams) stream.finish();
    flow.conversation?.finish();
    flow.application = flow.conversation?.protocol ?? null;
    flow.conversation = null;
    flow.streams = null;
    flow.isRead = true;
  }

  #close(flow: Flow): void {
    if (flow.conversation !== null) this.#endConversation(flow);
    const fields: Record<string, Scalar> = {
      protocol: PROTOCOLS[flow.protocol] ?? String(flow.protocol),
      packets_sent: flow.packets[0],
      packets_received: flow.packets[1],
      bytes_sent: flow.bytes[0],
      bytes_received: flow.bytes[1],
    };
    const { first, lastSeconds, lastNanos } = flow;
    if (first.hasTime) {
      fields['end_time_seconds'] = lastSeconds;
      fields['duration_ms'] = Math.round(
        (lastSeconds - first.seconds) * 1_000 + (lastNanos - first.nanos) / 1e6,
      );
    }
    if (flow.vlan >= 0) fields['vlan'] = flow.vlan;
    if (flow.protocol === TCP) {
      fields['flags_sent'] = flagText(flow.flags[0]);
      fields['flags_received'] = flagText(flow.flags[1]);
    }
    if (flow.application !== null) fields['application'] = flow.application;
    const total = flow.bytes[0] + flow.bytes[1];
    this.#give(
      flow,
      'flow',
      { ...first, offset: flow.offset },
      fields,
      `${fields['protocol']} ${total} bytes in ${flow.packets[0] + flow.packets[1]} packets`,
    );
  }

  #tls(flow: Flow, hello: ClientHello): void {
    const fields: Record<string, Scalar> = { version: hello.version, ja3: hello.ja3, ja4: hello.ja4 };
    if (hello.serverName !== null) fields['server_name'] = hello.serverName;
    if (hello.alpn.length > 0) fields['alpn'] = hello.alpn.join(',');
    this.#give(
      flow,
      'tls',
      this.#holding.stamp,
      fields,
      `${hello.version} ${hello.serverName ?? 'without server name'}`,
    );
  }

  #dns(flow: Flow, message: DnsMessage, fromSource: boolean, transport: string): void {
    const fields: Record<string, Scalar> = {
      QueryName: message.name,
      QueryType: message.type,
      query_id: message.id,
      direction: message.isResponse ? 'response' : 'query',
      transport,
      from: fromSource ? 'source' : 'destination',
    };
    if (message.isResponse) {
      fields['response_code'] = message.responseCode;
      if (message.leftOut > 0) fields['answers_left_out'] = message.leftOut;
      if (message.answers.length > 0) fields['QueryResults'] = message.answers.join(';');
    }
    const answer = message.isResponse
      ? ` → ${message.answers.join(', ') || `code ${message.responseCode}`}`
      : '';
    this.#give(flow, 'dns', this.#holding.stamp, fields, `${message.type} ${message.name}${answer}`);
  }

  #breakDns(): void {
    if (this.#brokenDns++ === 0) this.#firstBrokenDns = this.#holding.stamp.offset;
  }

  #give(flow: Flow, kind: string, stamp: Stamp, own: Record<string, Scalar>, message: string): void {
    const source = addressText(flow.source, 0, flow.source.length);
    const destination = addressText(flow.destination, 0, flow.destination.length);
    const fields: Record<string, Scalar> = {
      src_ip: source,
      src_port: flow.sourcePort,
      dst_ip: destination,
      dst_port: flow.destinationPort,
      ...own,
    };
    const isRequest = kind === 'http-request';
    if (isRequest) {
      fields['c-ip'] = source;
      fields['s-ip'] = destination;
    }
    const ends = `${source}${flow.sourcePort > 0 ? `:${flow.sourcePort}` : ''} > ${destination}${flow.destinationPort > 0 ? `:${flow.destinationPort}` : ''}`;
    const recordId = kind === 'flow' ? null : stamp.number;
    const { offset } = stamp;
    const time = timeAt(stamp);
    this.#account.give(
      plainEvent({ kind, time, host: source, message: `${ends} ${message}`, fields, offset, recordId }),
    );
  }
}

function timeAt({ seconds, nanos, hasTime, precision }: Stamp): EventTime | null {
  if (!hasTime) return null;
  return { ns: BigInt(seconds) * 1_000_000_000n + BigInt(nanos), precision, source: 'packet', zone: 'utc' };
}

function widen(flow: Flow, stamp: Stamp): void {
  const { seconds, nanos, hasTime } = stamp;
  if (!hasTime) return;
  const { first } = flow;
  if (!first.hasTime || seconds < first.seconds || (seconds === first.seconds && nanos < first.nanos))
    flow.first = stampOf(stamp);
  if (
    !first.hasTime ||
    seconds > flow.lastSeconds ||
    (seconds === flow.lastSeconds && nanos > flow.lastNanos)
  ) {
    flow.lastSeconds = seconds;
    flow.lastNanos = nanos;
  }
}

function endHash(b: Buffer, at: number, length: 4 | 16, port: number): number {
  let hash = Math.imul(port + 1, 0x9e3779b1);
  for (let i = at; i < at + length; i += 4)
    hash = Math.imul(hash ^ b.readInt32LE(i), 0x85ebca6b) ^ (hash >>> 15);
  return hash;
}

function sideOf(
  flow: Flow,
  b: Buffer,
  source: number,
  destination: number,
  length: number,
  sourcePort: number,
  destinationPort: number,
): 0 | 1 | null {
  if (
    flow.sourcePort === sourcePort &&
    flow.destinationPort === destinationPort &&
    isAt(flow.source, b, source, length) &&
    isAt(flow.destination, b, destination, length)
  )
    return 0;
  return flow.sourcePort === destinationPort &&
    flow.destinationPort === sourcePort &&
    isAt(flow.source, b, destination, length) &&
    isAt(flow.destination, b, source, length)
    ? 1
    : null;
}

function isAt(address: Buffer, b: Buffer, at: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (address[i] !== b[at + i]) return false;
  return true;
}

function flagText(flags: number): string {
  return FLAG_NAMES.filter((_, bit) => flags & (1 << bit)).join(' ');
}
