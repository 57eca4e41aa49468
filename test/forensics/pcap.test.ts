/** What captures amount to, from captures made here. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Event, encodeEvent, memoryReader, recogniseFormat } from '../../src/forensics/index.ts';
import { generator } from './fuzz.ts';
import {
  buildPcap,
  dnsQuery,
  ethernet,
  ipv4,
  ipv6,
  pcapngBlock,
  pcapngPacket,
  pcapngSection,
  tcp,
  udp,
  udpDatagram,
} from './pcap-builder.ts';

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

/** Processor time of reading `bytes`, in seconds. */
function cost(bytes: Uint8Array): number {
  const before = process.cpuUsage();
  parse(bytes);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

test('a fragment that comes again and again costs what its bytes cost', () => {
  const part = (offset: number, length: number, more: boolean) =>
    ethernet(ipv4(CLIENT, SERVER, 17, Buffer.alloc(length, 0x41), 5, (more ? 0x2000 : 0) | (offset / 8)));
  const packets = [part(65_512, 8, false), ...Array.from({ length: 8_000 }, () => part(16, 1_480, true))];
  const bytes = buildPcap(packets);
  assert.ok(cost(bytes) < 5);
  assert.deepEqual(parse(bytes).warned, ['ip-overlap', 'ip-fragments']);
});

test('connections that all wait for an end of their head give up in turn, at the cost of their bytes', () => {
  const packets: Buffer[] = [];
  const whole: Buffer[] = [];
  for (let i = 0; i < 25_000; i++) {
    const head = `GET /x HTTP/1.1\r\nCookie: ${'c'.repeat(1_500)}`;
    const source = `10.1.${i >> 8}.${i & 255}`;
    packets.push(ethernet(tcp(source, SERVER, 4_000, 80, 101, 'PA', head)));
    packets.push(ethernet(tcp(SERVER, source, 80, 4_000, 501, 'A', '')));
    whole.push(ethernet(tcp(source, SERVER, 4_000, 80, 101, 'PA', 'x'.repeat(head.length))));
    whole.push(packets.at(-1)!);
  }
  const bytes = buildPcap(packets);
  assert.ok(parse(bytes).warned.includes('tcp-held'));
  assert.ok(cost(bytes) < 10 * cost(buildPcap(whole)) + 0.5);
});

test('datagrams that never become whole are bounded together, and counted', () => {
  const packets: Buffer[] = [];
  for (let id = 1; id <= 900; id++) {
    for (let at = 8; at < 60_000; at += 20_000)
      packets.push(ethernet(ipv4(CLIENT, SERVER, 17, Buffer.alloc(20_000, 1), id, 0x2000 | (at / 8))));
  }
  // Of the first nothing is kept any more: what comes of it now begins another one.
  packets.push(ethernet(ipv4(CLIENT, SERVER, 17, Buffer.alloc(8, 1), 1, 0x2000)));
  const { account } = parse(buildPcap(packets));
  const told = account.issues.find(({ code }) => code === 'ip-fragments');
  assert.match(told!.message, /^901 datagrams/);
});

test('a head that comes byte by byte costs what its bytes cost', () => {
  const head = `GET /x HTTP/1.1\r\nCookie: ${'c'.repeat(60_000)}\r\n\r\n`;
  const bytes = buildPcap(session([...head]));
  const [request] = parse(bytes).of('http-request');
  assert.equal(String(request!.field('cs-cookie')).length, 60_000);
  const whole = buildPcap(session([...'c'.repeat(head.length)]));
  assert.ok(cost(bytes) < 5 * cost(whole) + 0.5);
});

test('a request has the time and the place of its own packet, answered or not', () => {
  const packets = [...session([REQUEST]), ethernet(udp('10.9.9.9', '10.8.8.8', 9, 9, Buffer.from('z')))];
  const [request] = parse(buildPcap(packets)).of('http-request');
  const place = 24 + packets.slice(0, 3).reduce((sum, packet) => sum + 16 + packet.length, 0);
  assert.deepEqual([request!.offset, request!.recordId], [place, 4]);
  assert.match(encodeEvent(request!), /"time":"2026-01-31T12:00:03.000000Z"/);
  const [answered] = parse(buildPcap(session([REQUEST], [ANSWER]))).of('http-request');
  assert.deepEqual([answered!.offset, answered!.field('sc-status')], [place, 200]);
});

const query = (name: string) => ethernet(udp(CLIENT, SERVER, 3_333, 53, dnsQuery(name)));
const names = (bytes: Uint8Array) =>
  parse(bytes)
    .of('dns')
    .map((event) => event.field('QueryName'));
const NOON = 1_769_860_800n * 1_000_000n;

test('pcapng: a large block of a kind that is not known is passed over', () => {
  const bytes = Buffer.concat([
    pcapngSection(),
    pcapngPacket(query('a.example'), NOON),
    pcapngBlock(0xbad, Buffer.alloc(3 * 1024 * 1024)),
    pcapngPacket(query('b.example'), NOON),
  ]);
  const { account } = parse(bytes);
  assert.deepEqual([account.records, account.errors], [2, 0]);
});

test('pcapng: behind damage the next section is found in whatever order of bytes', () => {
  const damaged = pcapngPacket(query('x.example'), NOON);
  damaged.writeUInt32LE(0x7fff_ffff, 4);
  const bytes = Buffer.concat([
    pcapngSection(),
    damaged.subarray(0, damaged.length - 3),
    pcapngSection(false),
    pcapngPacket(query('b.example'), NOON, false),
  ]);
  const { account } = parse(bytes);
  assert.deepEqual(names(bytes), ['b.example']);
  assert.deepEqual([account.recovered, account.errors, account.skippedBytes], [1, 1, damaged.length - 3]);
});

test('pcap: packets behind more than a megabyte of damage are recovered, and the damage is counted', () => {
  const after = buildPcap(Array.from({ length: 50 }, (_, i) => query(`b${i}.example`))).subarray(24);
  const damage = Buffer.alloc(5 * 1024 * 1024, 0xff);
  const { account } = parse(Buffer.concat([buildPcap([query('a.example')]), damage, after]));
  assert.deepEqual(
    [account.records, account.recovered, account.errors, account.skippedBytes],
    [1, 50, 1, damage.length],
  );
});

test('pcap: zeros are no packets', () => {
  const before = buildPcap([query('a.example')]);
  const after = buildPcap([query('b.example'), query('c.example')]).subarray(24);
  for (const [rest, recovered] of [
    [Buffer.alloc(0), 0],
    [after, 2],
  ] as const) {
    const { account } = parse(Buffer.concat([before, Buffer.alloc(4_099), rest]));
    assert.deepEqual(
      [account.records, account.recovered, account.errors, account.skippedBytes],
      [1, recovered, 1, 4_099],
    );
    assert.deepEqual(account.issues[0], {
      code: 'pcap-zeros',
      message: 'zeros where a packet should be',
      offset: before.length,
      lengthBytes: 4_099,
      severity: 'error',
    });
  }
});

test('pcapng: a time is as exact as its interface says', () => {
  const of = (resolution: number, ticks: bigint) =>
    parse(Buffer.concat([pcapngSection(true, resolution), pcapngPacket(query('a.example'), ticks)])).of(
      'dns',
    )[0]!.time!;
  const seconds = 1_769_860_800n;
  assert.deepEqual(
    [
      of(0, seconds),
      of(3, seconds * 1_000n + 250n),
      of(0x8a, seconds * 1_024n + 512n),
      of(6, seconds * 1_000_000n),
      of(7, seconds * 10_000_000n),
      of(9, seconds * 1_000_000_000n + 1n),
    ].map(({ precision, ns }) => [precision, ns - seconds * 1_000_000_000n]),
    [
      ['second', 0n],
      ['millisecond', 250_000_000n],
      ['millisecond', 500_000_000n],
      ['microsecond', 0n],
      ['100ns', 0n],
      ['nanosecond', 1n],
    ],
  );
});

test('requests: pieces of any length, ends of line without CR, methods of any name', () => {
  const of = (pieces: readonly string[], answers: readonly string[] = [ANSWER]) =>
    parse(buildPcap(session(pieces, answers)))
      .of('http-request')
      .map((event) => [event.field('cs-method'), event.field('cs-host'), event.field('sc-status')]);
  const wanted = [['GET', 'h.example', 200]];
  for (let at = 1; at < REQUEST.length; at++)
    assert.deepEqual(of([REQUEST.slice(0, at), REQUEST.slice(at)]), wanted, `cut at ${at}`);
  assert.deepEqual(of([REQUEST.replaceAll('\r', '')]), wanted);
  assert.deepEqual(of([`\r\n${REQUEST}`]), wanted);
  for (const method of ['PROPPATCH', 'LOCK', 'BITS_POST', 'RPC_IN_DATA', 'PURGE']) {
    const request = REQUEST.replace('GET', method);
    assert.deepEqual(of([request]), [[method, 'h.example', 200]]);
    assert.deepEqual(of([...request]), [[method, 'h.example', 200]]);
  }
  assert.deepEqual(of(['USER ana\r\n', 'PASS x\r\n'], ['220 ready\r\n']), []);
});

test('a chunked answer may be cut anywhere; the next answer is read', () => {
  const answers = `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nT: u\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nHTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n`;
  for (let at = 1; at < answers.length; at++) {
    const { of } = parse(buildPcap(session([REQUEST.repeat(3)], [answers.slice(0, at), answers.slice(at)])));
    assert.deepEqual(
      of('http-request').map((event) => event.field('sc-status')),
      [200, 200, 404],
      `cut at ${at}`,
    );
  }
});

test('IPv6 fragments may begin with more headers; a flow counts all of its fragments', () => {
  const whole = Buffer.concat([
    Buffer.from([17, 0, 1, 4, 0, 0, 0, 0]),
    udpDatagram(3_333, 53, dnsQuery('f.example')),
  ]);
  const fragment = (from: number, to: number, more: number) => {
    const head = Buffer.from([60, 0, 0, 0, 0, 0, 0, 9]);
    head.writeUInt16BE(from | more, 2);
    return ipv6(44, Buffer.concat([head, whole.subarray(from, to)]));
  };
  const fragments = [fragment(24, whole.length, 0), fragment(0, 24, 1)];
  const { of } = parse(buildPcap(fragments));
  assert.equal(of('dns')[0]!.field('QueryName'), 'f.example');
  const [flow] = of('flow');
  assert.deepEqual(
    [flow!.field('packets_sent'), flow!.field('bytes_sent'), flow!.field('duration_ms'), flow!.offset],
    [2, fragments[0]!.length + fragments[1]!.length, 1_000, 24],
  );
});

test('a flow lasts from its earliest packet with a time to its latest', () => {
  const packet = query('a.example');
  const [backwards] = parse(
    buildPcap(
      [packet, packet],
      [
        [1_700_000_100, 0],
        [1_700_000_000, 0],
      ],
    ),
  ).of('flow');
  assert.deepEqual(
    [backwards!.field('duration_ms'), backwards!.time!.ns, backwards!.field('end_time_seconds')],
    [100_000, 1_700_000_000n * 1_000_000_000n, 1_700_000_100],
  );
  const simple = Buffer.alloc(4);
  simple.writeUInt32LE(packet.length);
  const timeless = pcapngBlock(3, Buffer.concat([simple, packet]));
  for (const blocks of [
    [pcapngPacket(packet, NOON), timeless],
    [timeless, pcapngPacket(packet, NOON)],
  ]) {
    const flows = parse(Buffer.concat([pcapngSection(), ...blocks])).of('flow');
    assert.deepEqual(
      flows.map((flow) => [flow.field('packets_sent'), flow.field('duration_ms'), flow.time!.ns]),
      [[2, 0, NOON * 1_000n]],
    );
  }
  const [early] = parse(buildPcap([packet], [[0, 500_000]])).of('dns');
  assert.equal(early!.time!.ns, 500_000_000n);
});

test('DNS: a message that goes in circles is counted, answers that are not kept are named', () => {
  const head = (flags: number, answers: number) => {
    const bytes = Buffer.alloc(12);
    [9, flags, 1, answers].forEach((value, i) => void bytes.writeUInt16BE(value, 2 * i));
    return bytes;
  };
  const circle = Buffer.concat([head(0x100, 0), Buffer.from([0xc0, 12, 0, 1, 0, 1])]);
  const looped = parse(buildPcap([query('a.example'), ethernet(udp(CLIENT, SERVER, 3_333, 53, circle))]));
  assert.equal(looped.of('dns').length, 1);
  const second = 24 + 16 + query('a.example').length;
  assert.deepEqual(
    looped.account.issues.map(({ code, offset }) => [code, offset]),
    [['dns-message', second]],
  );
  const records = Array.from({ length: 120 }, (_, i) =>
    Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 10, 0, 0, i]),
  );
  const many = Buffer.concat([head(0x8180, 120), Buffer.from([1, 0x61, 0, 0, 1, 0, 1]), ...records]);
  const [answer] = parse(buildPcap([ethernet(udp(SERVER, CLIENT, 53, 3_333, many))])).of('dns');
  assert.equal(String(answer!.field('QueryResults')).split(';').length, 100);
  assert.equal(answer!.field('answers_left_out'), 20);
});
