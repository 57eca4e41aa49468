/** Fingerprints against the values that the makers of JA3 and JA4 publish for known clients. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HandshakeReader, parseClientHello } from '../../src/forensics/pcap/tls.ts';

const u16 = (...values: number[]) => values.flatMap((value) => [value >> 8, value & 255]);
const sized = (bytes: readonly number[]) => [...u16(bytes.length), ...bytes];

function clientHello(options: {
  version?: number;
  ciphers: readonly number[];
  extensions: readonly (readonly [number, readonly number[]])[];
}): Buffer {
  const body = [
    ...u16(options.version ?? 0x0303),
    ...new Array<number>(32).fill(7),
    0,
    ...sized(u16(...options.ciphers)),
    1,
    0,
    ...sized(options.extensions.flatMap(([type, data]) => [...u16(type), ...sized(data)])),
  ];
  return Buffer.from([1, 0, body.length >> 8, body.length & 255, ...body]);
}

const ascii = (text: string) => [...Buffer.from(text, 'latin1')];
const serverName = (name: string) => sized([0, ...sized(ascii(name))]);
const alpn = (...names: string[]) => sized(names.flatMap((name) => [name.length, ...ascii(name)]));

const CHROME_CIPHERS = [
  ...[
    0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d,
    0x002f,
  ],
  0x0035,
];

test('JA4 of the client that its specification shows', () => {
  const signatures = sized(u16(0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601));
  const plain = [0x001b, 0x0033, 0x4469, 0x0017, 0x002d, 0x0005, 0x0023, 0x0012, 0xff01, 0x0015].map(
    (type): [number, number[]] => [type, []],
  );
  const hello = parseClientHello(
    clientHello({
      ciphers: [0x0a0a, ...CHROME_CIPHERS],
      extensions: [
        [0x1a1a, []],
        [0x0000, serverName('example.org')],
        [0x0010, alpn('h2', 'http/1.1')],
        [0x000d, signatures],
        [0x000a, sized(u16(0x2a2a, 29, 23, 24))],
        [0x000b, [1, 0]],
        [0x002b, [6, ...u16(0x3a3a, 0x0304, 0x0303)]],
        ...plain,
        [0x4a4a, [0]],
      ],
    }),
    't',
  )!;
  assert.equal(hello.ja4, 't13d1516h2_8daaf6152771_e5627efa2ab1');
  assert.equal(hello.serverName, 'example.org');
  assert.deepEqual(hello.alpn, ['h2', 'http/1.1']);
  assert.equal(hello.version, 'TLS 1.3');
});

test('JA3 of the client that its description shows', () => {
  const hello = parseClientHello(
    clientHello({
      version: 0x0301,
      ciphers: [47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4],
      extensions: [
        [0, serverName('a.example')],
        [10, sized(u16(23, 24, 25))],
        [11, [1, 0]],
      ],
    }),
    't',
  )!;
  assert.equal(hello.ja3, 'ada70206e40642a3e4461f35503241d5');
});

test('a ClientHello is put together from several records, and asked for while it is short', () => {
  const message = clientHello({ ciphers: [0x1301], extensions: [[0, serverName('two.example')]] });
  const record = (part: Buffer) =>
    Buffer.concat([Buffer.from([0x16, 3, 1, part.length >> 8, part.length & 255]), part]);
  const stream = Buffer.concat([record(message.subarray(0, 40)), record(message.subarray(40))]);
  const reader = new HandshakeReader();
  for (let at = 0; at < stream.length - 1; at++) assert.equal(reader.push(stream, at, at + 1), 'more');
  const whole = reader.push(stream, stream.length - 1, stream.length);
  assert.ok(Buffer.isBuffer(whole));
  assert.equal(parseClientHello(whole, 't')!.serverName, 'two.example');
  assert.equal(new HandshakeReader().push(Buffer.from('GET / HTTP/1.1'), 0, 14), null);
});

test('JA4 takes the version from the extension that offers it, and asks only whether a name is asked for', () => {
  const of = (extensions: [number, number[]][]) =>
    parseClientHello(clientHello({ ciphers: [0x1301], extensions }), 't')!;
  const old = of([[43, [2, ...u16(0x0302)]]]);
  assert.equal(old.version, 'TLS 1.1');
  assert.match(old.ja4, /^t11i0101/);
  const nameless = of([[0, []]]);
  assert.equal(nameless.serverName, null);
  assert.match(nameless.ja4, /^t12d0101/);
});
