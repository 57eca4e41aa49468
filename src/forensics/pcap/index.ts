/**
 * Captures of network traffic. A record is a packet; the events are what the packets amount to: DNS messages, HTTP
 * requests with their answers, TLS ClientHellos, SSH banners, and at the end of each its flow.
 */
import { Account } from '../account.ts';
import type { ByteReader, EventSink, FormatParser, ParserAccount } from '../parser.ts';
import { eachPcapngPacket, eachPcapPacket, type Packet, PCAP_MAGICS } from './capture.ts';
import { Flows } from './flows.ts';
import { type Carried, isKnownLinkType, readLink } from './link.ts';
import { Network } from './network.ts';

export const pcap: FormatParser = {
  name: 'pcap',
  title: 'Network capture (pcap)',
  recognise: (head) =>
    head.length >= 24 &&
    PCAP_MAGICS.has(((head[0]! << 24) | (head[1]! << 16) | (head[2]! << 8) | head[3]!) >>> 0)
      ? 3
      : 0,
  parse: (reader, sink) => parseCapture('pcap', reader, sink, eachPcapPacket),
};

export const pcapng: FormatParser = {
  name: 'pcapng',
  title: 'Network capture (pcapng)',
  recognise: (head) =>
    head.length >= 12 && head[0] === 0x0a && head[1] === 0x0d && head[2] === 0x0d && head[3] === 0x0a ? 3 : 0,
  parse: (reader, sink) => parseCapture('pcapng', reader, sink, eachPcapngPacket),
};

function parseCapture(
  name: string,
  reader: ByteReader,
  sink: EventSink,
  each: typeof eachPcapPacket,
): ParserAccount {
  const account = new Account(name, sink);
  const flows = new Flows(account);
  const network = new Network(account, (segment) => flows.segment(segment));
  const carried: Carried = { type: 0, at: 0, vlan: -1 };
  const unknown = new Set<number>();
  each(reader, account, (packet: Packet) => {
    if (readLink(packet.linkType, packet.bytes, packet.start, packet.end, carried)) {
      flows.begin(packet, carried.vlan);
      network.packet(carried.type, packet, carried.at);
    } else if (!isKnownLinkType(packet.linkType) && !unknown.has(packet.linkType)) {
      unknown.add(packet.linkType);
      account.warn(
        'pcap-link-type',
        `link type ${packet.linkType} is not read: its packets are only counted`,
        packet.offset,
      );
    }
  });
  network.finish();
  if (!account.stopped) flows.finish();
  if (network.damaged > 0) {
    account.warn('pcap-packets', `${network.damaged} packets are cut short or do not hold together`, 0);
  }
  if (network.incomplete > 0) {
    account.warn('ip-fragments', `${network.incomplete} datagrams lack some of their fragments`, 0);
  }
  return account.finish();
}
