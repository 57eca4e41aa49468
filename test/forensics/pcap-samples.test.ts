/** Captures of others, with the packet counts that are known of them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { type Event, memoryReader, recogniseFormat } from '../../src/forensics/index.ts';
import { sharedData } from '../shared-data.ts';

const folder = sharedData('pcap/expected.json');

function parse(name: string) {
  const bytes = readFileSync(join(dirname(folder.path), name));
  const events: Event[] = [];
  const format = recogniseFormat(bytes.subarray(0, 65_536))!;
  const account = format.parse(memoryReader(bytes), (event) => void events.push(event));
  return { account, events };
}

test('every capture gives the packets that are known of it', { skip: folder.skip }, () => {
  const expected = JSON.parse(readFileSync(folder.path, 'utf8')) as Record<
    string,
    { format: string; packets: number }
  >;
  for (const [name, { format, packets }] of Object.entries(expected)) {
    const { account } = parse(name);
    assert.deepEqual([account.format, account.records, account.errors], [format, packets, 0], name);
  }
});

test('DNS is read over UDP and over TCP, with its answers', { skip: folder.skip }, () => {
  const { events } = parse('dns_tcp.pcap');
  const answer = events.find((event) => event.kind === 'dns' && event.field('direction') === 'response')!;
  assert.equal(answer.field('QueryName'), 'www.tcpdump.org');
  assert.equal(answer.field('QueryResults'), '192.139.46.66;198.199.88.104');
  assert.equal(answer.field('src_ip'), '192.168.1.11');
  const { events: many } = parse('edns-opts.pcap');
  assert.equal(many.filter((event) => event.kind === 'dns').length, 42);
});

test('banners of both ends of an SSH connection are told', { skip: folder.skip }, () => {
  const { events } = parse('ssh.pcap');
  const banners = events.filter((event) => event.kind === 'ssh').map((event) => event.field('banner'));
  assert.deepEqual(banners, ['SSH-2.0-OpenSSH_7.8', 'SSH-2.0-OpenSSH_7.4p1 Debian-10+deb9u3']);
});
