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
import { Holding } from './holding.ts';
import type { Segment } from './network.ts';
import { TcpStream } from './tcp-stream.ts';
import type { ClientHello } from './tls.ts';

/** An open flow takes about 1 kB, with its streams. */
const FLOWS_MAX = 200_000;
/** Silence after which the same ports are taken to be used anew. */
const IDLE_SECONDS = { tcp: 3_600, other: 300 };

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
  readonly seconds: number;
  readonly nanos: number;
  readonly precision: Packet['precision'];
  lastSeconds: number;
  lastNanos: number;
  /** From the source, to the source. */
  readonly packets: [number, number];
  readonly bytes: [number, number];
  readonly flags: [number, number];
  conversation: Conversation | null;
  streams: [TcpStream, TcpStream] | null;
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
    const { seconds, nanos, wireBytes } = this.#packet;
    flow.lastSeconds = seconds;
    flow.lastNanos = nanos;
    flow.packets[side]++;
    flow.bytes[side] += wireBytes;
    flow.flags[side] |= flags;
    if (!isWhole) return;
    if (protocol === TCP) {
      const data = start + (b[start + 12]! >> 4) * 4;
      if (data < start + 20 || data > end) return;
      if (flow.streams === null) this.#converse(flow);
      const stream = flow.streams![side]!;
      if ((flags & 0x10) !== 0) flow.streams![side === 0 ? 1 : 0].acknowledged();
      if (stream.isUseful) stream.segment(sequence, (flags & 2) !== 0, b, data, end);
      this.#holding.settle();
    } else if (protocol === UDP && (DNS_PORTS.has(sourcePort) || DNS_PORTS.has(destinationPort))) {
      const message = parseDns(b, start + 8, end);
      if (message !== null) this.#dns(flow, message, side === 0, 'udp');
    }
  }

  finish(): void {
    for (const chain of this.#flows.values()) {
      for (let flow: Flow | null = chain; flow !== null; flow = flow.next) this.#close(flow);
    }
    this.#flows.clear();
    this.#open = 0;
    const { gaps, missingBytes, givenUp } = this.#holding;
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
    const { seconds } = this.#packet;
    const chain = this.#flows.get(hash) ?? null;
    for (let flow = chain; flow !== null; flow = flow.next) {
      if (flow.protocol !== protocol || flow.source.length !== addressBytes || flow.vlan !== this.#vlan)
        continue;
      const side = sideOf(flow, addresses, source, destination, addressBytes, sourcePort, destinationPort);
      if (side === null) continue;
      const idle = seconds - flow.lastSeconds > (protocol === TCP ? IDLE_SECONDS.tcp : IDLE_SECONDS.other);
      const isOver = ((flow.flags[0] | flow.flags[1]) & 4) !== 0 || (flow.flags[0] & flow.flags[1] & 1) !== 0;
      // A SYN with another number opens the next connection, also where the end of the last one was not captured.
      const isNew = (flags & 0x12) === 2 && (isOver || flow.streams?.[side]?.isOther(sequence) === true);
      if (!idle && !isNew) return { flow, side };
      this.#remove(flow);
      break;
    }
    if (this.#open >= FLOWS_MAX) this.#closeIdle();
    // An answer to a connection attempt tells who the client is; in the middle of a connection, the port that services have does.
    const isFromService = sourcePort > 0 && sourcePort < 1_024 && destinationPort >= 1_024;
    const swap = (flags & 0x12) === 0x12 || ((flags & 2) === 0 && isFromService);
    const address = (at: number) => Buffer.from(addresses.subarray(at, at + addressBytes));
    const flow: Flow = {
      source: address(swap ? destination : source),
      destination: address(swap ? source : destination),
      sourcePort: swap ? destinationPort : sourcePort,
      destinationPort: swap ? sourcePort : destinationPort,
      protocol,
      vlan: this.#vlan,
      offset: this.#packet.offset,
      seconds,
      nanos: this.#packet.nanos,
      precision: this.#packet.precision,
      lastSeconds: seconds,
      lastNanos: this.#packet.nanos,
      packets: [0, 0],
      bytes: [0, 0],
      flags: [0, 0],
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
        http: (fields, line) => this.#give(flow, 'http-request', this.#now(), fields, line),
        tls: (hello) => this.#tls(flow, hello),
        dns: (message, fromClient) => this.#dns(flow, message, fromClient, 'tcp'),
        ssh: (banner, fromClient) =>
          this.#give(
            flow,
            'ssh',
            this.#now(),
            { banner, side: fromClient ? 'client' : 'server' },
            `SSH ${banner}`,
          ),
      },
      DNS_PORTS.has(flow.destinationPort) || DNS_PORTS.has(flow.sourcePort),
    );
    flow.conversation = conversation;
    const stream = (fromSource: boolean) => new TcpStream(conversation.listener(fromSource), this.#holding);
    flow.streams = [stream(true), stream(false)];
  }

  #close(flow: Flow): void {
    if (flow.streams !== null) for (const stream of flow.streams) stream.finish();
    flow.conversation?.finish();
    const fields: Record<string, Scalar> = {
      protocol: PROTOCOLS[flow.protocol] ?? String(flow.protocol),
      end_time_seconds: flow.lastSeconds,
      duration_ms: Math.round(
        (flow.lastSeconds - flow.seconds) * 1_000 + (flow.lastNanos - flow.nanos) / 1e6,
      ),
      packets_sent: flow.packets[0],
      packets_received: flow.packets[1],
      bytes_sent: flow.bytes[0],
      bytes_received: flow.bytes[1],
    };
    if (flow.vlan >= 0) fields['vlan'] = flow.vlan;
    if (flow.protocol === TCP) {
      fields['flags_sent'] = flagText(flow.flags[0]);
      fields['flags_received'] = flagText(flow.flags[1]);
    }
    const application = flow.conversation?.protocol ?? null;
    if (application !== null) fields['application'] = application;
    const start = timeAt(flow.seconds, flow.nanos, flow.precision);
    const total = flow.bytes[0] + flow.bytes[1];
    this.#give(
      flow,
      'flow',
      start,
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
      this.#now(),
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
      if (message.answers.length > 0) fields['QueryResults'] = message.answers.join(';');
    }
    const answer = message.isResponse
      ? ` → ${message.answers.join(', ') || `code ${message.responseCode}`}`
      : '';
    this.#give(flow, 'dns', this.#now(), fields, `${message.type} ${message.name}${answer}`);
  }

  #now(): EventTime | null {
    const { seconds, nanos, precision } = this.#holding.stamp;
    return timeAt(seconds, nanos, precision);
  }

  #give(
    flow: Flow,
    kind: string,
    time: EventTime | null,
    own: Record<string, Scalar>,
    message: string,
  ): void {
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
    const offset = kind === 'flow' ? flow.offset : this.#packet.offset;
    const ends = `${source}${flow.sourcePort > 0 ? `:${flow.sourcePort}` : ''} > ${destination}${flow.destinationPort > 0 ? `:${flow.destinationPort}` : ''}`;
    const recordId = kind === 'flow' ? null : this.#packet.number;
    this.#account.give(
      plainEvent({ kind, time, host: source, message: `${ends} ${message}`, fields, offset, recordId }),
    );
  }
}

function timeAt(seconds: number, nanos: number, precision: Packet['precision']): EventTime | null {
  if (seconds === 0) return null;
  return { ns: BigInt(seconds) * 1_000_000_000n + BigInt(nanos), precision, source: 'packet', zone: 'utc' };
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
