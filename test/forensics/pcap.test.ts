/** What captures amount to, from captures made here. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Event, memoryReader, recogniseFormat } from '../../src/forensics/index.ts';
import { generator } from './fuzz.ts';
import { buildPcap, ethernet, tcp } from './pcap-builder.ts';

const CLIENT = '10.0.0.5';
const SERVER = '192.0.2.7';
const REQUEST = 'GET /x HTTP/1.1\r\nHost: h.example\r\n\r\n';
const ANSWER = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

function parse(bytes: Uint8Array) {
  const events: Event[] = [];
  const format = recogniseFormat(bytes.subarray(0, 65_536))!;
  const account = format.parse(memoryReader(bytes), (event) => void events.push(event));
  const of = (kind: string) => events.filter((event) => event.kind === kind);
  return { account, events, of, warned: account.issues.map(({ code }) => code) };
}

const up = (sequence: number, flags: string, payload: string | Buffer = '', port = 40_000, service = 80) =>
  ethernet(tcp(CLIENT, SERVER, port, service, sequence, flags, payload));
const down = (sequence: number, flags: string, payload: string | Buffer = '', port = 40_000, service = 80) =>
  ethernet(tcp(SERVER, CLIENT, service, port, sequence, flags, payload));

/** A handshake, then what the client says in pieces, then what the server does. */
function session(
  client: readonly (string | Buffer)[],
  server: readonly (string | Buffer)[] = [],
  first = 1_000,
) {
  const packets = [up(first, 'S'), down(5_000, 'SA'), up(first + 1, 'A')];
  let sequence = first + 1;
  for (const piece of client) {
    packets.push(up(sequence, 'PA', piece));
    sequence += piece.length;
  }
  sequence = 5_001;
  for (const piece of server) {
    packets.push(down(sequence, 'PA', piece));
    sequence += piece.length;
  }
  return packets;
}

for (const [what, start, service] of [
  ['the head of a request', 'GET /x HTTP/1.1\r\nHost: ', 80],
  ['a ClientHello', Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc]), 443],
  ['a message of DNS', Buffer.from([2, 0, 0, 9]), 53],
  ['nothing that is read', 'x\0', 9_999],
] as const) {
  test(`a gap in ${what} ends the waiting, however much comes behind it`, { timeout: 20_000 }, () => {
    const packets = [up(1_000, 'S', '', 40_000, service), up(1_001, 'PA', start, 40_000, service)];
    let sequence = 1_001 + start.length + 100;
    for (let i = 0; i < 190; i++, sequence += 1_400)
      packets.push(up(sequence, 'A', Buffer.alloc(1_400, 0x61), 40_000, service));
    const { account, of } = parse(buildPcap(packets));
    assert.deepEqual([account.records, of('flow').length], [packets.length, 1]);
  });
}

test('segments that are lost, doubled and out of order never stop the reader', { timeout: 60_000 }, () => {
  const random = generator(20_260_201);
  const starts = [
    REQUEST,
    REQUEST.slice(0, 20),
    `${REQUEST}${REQUEST}`,
    '\x16\x03\x01\x02\0\x01\0\x01\xfc',
    'SSH',
    'x',
  ];
  for (let round = 0; round < 60; round++) {
    const whole = Buffer.alloc(700_000, 0x61);
    whole.write(starts[random(starts.length)]!, 0, 'latin1');
    const first = random(2) === 0 ? 0xffff_ff00 : 1_000;
    const packets = random(4) === 0 ? [] : [up(first, 'S')];
    for (let at = 0; at < whole.length; ) {
      const length = 1 + random(1 << (1 + random(14)));
      const packet = up(
        first + 1 + at,
        'A',
        whole.subarray(at, at + length),
        40_000,
        random(50) === 0 ? 53 : 80,
      );
      const place = random(6) === 0 ? Math.max(0, packets.length - random(20)) : packets.length;
      if (random(30) !== 0) packets.splice(place, 0, packet);
      if (random(20) === 0) packets.push(packet);
      at += random(60) === 0 ? length + random(200) : length;
    }
    const { account } = parse(buildPcap(packets));
    assert.equal(account.records, packets.length);
  }
});

test('a connection that uses ports again without an end of the first is another one', () => {
  const { of } = parse(
    buildPcap([
      ...session([REQUEST], [ANSWER]),
      ...session([REQUEST.replace('/x', '/second')], [ANSWER], 900_000_000),
    ]),
  );
  assert.deepEqual(
    of('http-request').map((event) => [event.field('cs-uri-stem'), event.field('sc-status')]),
    [
      ['/x', 200],
      ['/second', 200],
    ],
  );
  assert.equal(of('flow').length, 2);
  const repeated = session([REQUEST], [ANSWER]);
  assert.equal(parse(buildPcap([...repeated.slice(0, 1), ...repeated])).of('flow').length, 1);
});

test('a connection without its SYN is read when its first two segments come in the wrong order', () => {
  const swapped = [up(1_010, 'PA', REQUEST.slice(9)), up(1_001, 'PA', REQUEST.slice(0, 9))];
  const { of } = parse(buildPcap(swapped));
  assert.deepEqual(
    of('http-request').map((event) => event.field('cs-host')),
    ['h.example'],
  );
  const [single] = parse(buildPcap([up(1_001, 'PA', REQUEST), down(5_001, 'PA', ANSWER)])).of('http-request');
  assert.equal(single!.field('sc-status'), 200);
});

test('what many connections wait for at once is bounded, and told', () => {
  const packets: Buffer[] = [];
  for (let port = 10_000; port < 10_400; port++) {
    packets.push(up(1_000, 'S', '', port));
    for (let i = 0; i < 4; i++) packets.push(up(5_000 + i * 60_000, 'A', Buffer.alloc(60_000, 0x71), port));
  }
  const { account, warned } = parse(buildPcap(packets));
  assert.equal(account.records, packets.length);
  assert.ok(warned.includes('tcp-held') && warned.includes('tcp-gaps'));
});
