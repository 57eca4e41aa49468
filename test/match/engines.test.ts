/** One suite for both engines: what is found, and what is not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textOf } from '../../src/match/excerpt.ts';
import {
  buildIndex,
  type Engine,
  type Entry,
  type Hit,
  type Index,
  type Kind,
  openIndex,
  openKernelEngine,
  openReferenceEngine,
  openScan,
  type ScanOptions,
  scan,
  shareIndex,
} from '../../src/match/index.ts';
import { GENERATED_KINDS, generateEntries, generateText, pick, seededRandom } from './generate.ts';

const ENGINES: Readonly<Record<string, (index: Index) => Promise<Engine>>> = {
  reference: async (index) => openReferenceEngine(index),
  kernel: async (index) => openKernelEngine(index, await shareIndex(index, 1), 0),
};

const bytes = (text: string) => new TextEncoder().encode(text);

function indexOf(entries: readonly Entry[]): Index {
  return openIndex(buildIndex(entries).bytes);
}

/** Indicator, text, and what must be found of it: as written, in order. */
const CASES: readonly [Kind, string, string, readonly string[]][] = [
  ['domain', 'evil.com', 'notevil.com evil.company evil.com.au myevil.com', []],
  [
    'domain',
    'evil.com',
    'www.evil.com. "evil.com": x@evil.com <evil.com>',
    ['www.evil.com', 'evil.com', 'evil.com', 'evil.com'],
  ],
  ['domain', 'EVIL.com.', 'at WWW.Evil.COM:443/x', ['WWW.Evil.COM']],
  [
    'domain',
    'evil.com',
    'q=http%3A%2F%2Fevil.com%2F \\nevil.com \\u003cevil.com',
    ['evil.com', 'evil.com', 'evil.com'],
  ],
  ['domain', 'evil.com', '“evil.com” 访问evil.com。 éevil.com evil.comé', ['evil.com', 'evil.com']],
  ['domain', 'evil.com', 'evil.com-x evil.com_ evil.com- a..evil.com', ['evil.com', 'evil.com', 'evil.com']],
  // Dots that stand together part names, as do those of an ellipsis.
  [
    'domain',
    'evil.com',
    'evil.com... and evil.com.. evil.com...Next a.evil.com..b.evil.com',
    ['evil.com', 'evil.com', 'evil.com', 'a.evil.com', 'b.evil.com'],
  ],
  // Behind an empty label a name begins anew, and not with a hyphen.
  [
    'domain',
    'evil.com',
    'a..-evil.com a.b..--evil.com a.-evil.com a...-.evil.com',
    ['evil.com', 'evil.com', 'evil.com'],
  ],
  [
    'domain',
    'пример.рф',
    'www.xn--e1afmkfd.xn--p1ai Пример.РФ непример.рф',
    ['www.xn--e1afmkfd.xn--p1ai', 'Пример.РФ'],
  ],
  ['domain', 'xn--e1afmkfd.xn--p1ai', 'см. пример.рф.', ['пример.рф']],
  // What is international behind it is no reason to pass over it.
  ['domain', 'пример.рф', 'пример.рф ./.-é', ['пример.рф']],
  [
    'ipv4',
    '1.2.3.4',
    '1.2.3.4 11.2.3.4 1.2.3.45 1.2.3.4.5 5.1.2.3.4 v1.2.3.4 1.2.3.4. [1.2.3.4]:80',
    ['1.2.3.4', '1.2.3.4', '1.2.3.4'],
  ],
  [
    'ipv4',
    '1.2.3.4',
    '001.002.003.004 %201.2.3.4 \\n1.2.3.4 ::ffff:1.2.3.4 ::ffff:102:304',
    ['001.002.003.004', '1.2.3.4', '1.2.3.4', '1.2.3.4', '::ffff:102:304'],
  ],
  [
    'ipv4',
    '1.2.3.4',
    'http://0x01020304/ http://16909060/ http://1.2.772/ 16909060 4.3.2.1.in-addr.arpa',
    ['0x01020304', '16909060', '1.2.772', '4.3.2.1.in-addr.arpa'],
  ],
  [
    'ipv6',
    '2001:db8::1',
    '2001:DB8:0:0::1 [2001:db8::1]:443 src:2001:db8::1, 2001:db8::1: x 2001:db8::12 12001:db8::1 fe80::2001:db8::1',
    ['2001:DB8:0:0::1', '2001:db8::1', '2001:db8::1', '2001:db8::1'],
  ],
  [
    'ipv6',
    '2001:db8::1',
    // However long the word before the colon, and whatever stands before it.
    `x${'ab12'.repeat(40)}:2001:db8::1 ${'ab12'.repeat(40)}:2001:db8::1 deadbeef:2001:db8::1 dead:2001:db8::1`,
    ['2001:db8::1', '2001:db8::1', '2001:db8::1'],
  ],
  [
    'email',
    'user@bücher.example',
    'user@bücher.example, xuser@bücher.example user@xn--bcher-kva.example',
    ['user@bücher.example', 'user@xn--bcher-kva.example'],
  ],
  [
    'url',
    'http://bücher.example/x',
    'http://bücher.example/x http://xn--bcher-kva.example/x http://bucher.example/x',
    ['http://bücher.example/x', 'http://xn--bcher-kva.example/x'],
  ],
  ['url', 'http://xn--mnchen-3ya.example/y', 'http://münchen.example/y', ['http://münchen.example/y']],
  // Beyond ASCII, signs and scripts without spaces close a URL; letters may go on with it.
  [
    'url',
    'http://evil.com/a',
    '“http://evil.com/a” http://evil.com/a\u00a0x http://evil.com/a。 http://evil.com/a… 见http://evil.com/a网站 http://evil.com/aé',
    ['http://evil.com/a', 'http://evil.com/a', 'http://evil.com/a', 'http://evil.com/a', 'http://evil.com/a'],
  ],
  [
    'url',
    'http://evil.com/*',
    "1,http://evil.com,200 'http://evil.com' [x](http://evil.com) http://evil.com.org",
    ['http://evil.com', 'http://evil.com', 'http://evil.com'],
  ],
  ['ipv4', '1.2.3.4', '1,http://16909060,200', ['16909060']],
  [
    'file-name',
    'dropper.exe',
    '%2Fdropper.exe dir%5Cdropper.exe \\u002fdropper.exe c:\\ndropper.exe xdropper.exe',
    ['dropper.exe', 'dropper.exe', 'dropper.exe'],
  ],
  [
    'cidr',
    '::ffff:1.2.3.0/120',
    '::ffff:1.2.3.4 ::ffff:102:304 1.2.3.9 1.2.4.4',
    ['1.2.3.4', '::ffff:102:304', '1.2.3.9'],
  ],
  ['ipv6', '::1', 'at ::1 and 12:34:56 and aa:bb:cc:dd:ee:ff and ::1.', ['::1', '::1']],
  ['cidr', '10.1.0.0/16', '10.1.2.3 10.2.0.1 110.1.2.3', ['10.1.2.3']],
  ['cidr', '2001:db8::/32', '2001:db8:ffff::9 2001:db9::1', ['2001:db8:ffff::9']],
  [
    'asn',
    'AS64500',
    'as64500 ASN64500 AS64501 AS645000 BAS64500 (AS064500)',
    ['as64500', 'ASN64500', 'AS064500'],
  ],
  [
    'url',
    'http://evil.com/a/b?x=1',
    'HTTP://user@EVIL.com:80/%61/b?x=1#f http://evil.com/a/b?x=1, http://evil.com/a/b?x=12 https://evil.com/a/b?x=1',
    ['HTTP://user@EVIL.com:80/%61/b?x=1#f', 'http://evil.com/a/b?x=1'],
  ],
  [
    'url',
    'http://evil.com',
    '"http://evil.com" (http://evil.com/). http://evil.com/x http://evil.com.',
    ['http://evil.com', 'http://evil.com/', 'http://evil.com.'],
  ],
  [
    'url',
    'http://evil.com/gate*',
    'http://evil.com/gate.php?i=2 http://evil.com/gat http://evil.com/x/gate',
    ['http://evil.com/gate.php?i=2'],
  ],
  [
    'url',
    'evil.com/x/y',
    'GET evil.com/x/y HTTP/1.1 https://evil.com/x/y notevil.com/x/y evil.com./x/y',
    ['evil.com/x/y', 'https://evil.com/x/y', 'evil.com./x/y'],
  ],
  [
    'email',
    'Bob@evil.com',
    'from=bob@EVIL.com <xbob@evil.com> mailto:bob@evil.com? bob@sub.evil.com %3Cbob@evil.com%3E',
    ['bob@EVIL.com', 'bob@evil.com', 'bob@evil.com'],
  ],
  [
    'md5',
    'd41d8cd98f00b204e9800998ecf8427e',
    'MD5=D41D8CD98F00B204E9800998ECF8427E, d41d8cd98f00b204e9800998ecf8427e0 xd41d8cd98f00b204e9800998ecf8427e',
    ['D41D8CD98F00B204E9800998ECF8427E'],
  ],
  [
    'certificate',
    'AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD',
    'sha1 aabbccddeeff00112233445566778899aabbccdd, aa:bb:cc:dd:ee:ff:00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd',
    [
      'aabbccddeeff00112233445566778899aabbccdd',
      'aa:bb:cc:dd:ee:ff:00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd',
    ],
  ],
  [
    'file-name',
    'evil.exe',
    'C:\\x\\EVIL.EXE notevil.exe evil.exe.bak evil.exe1 my evil.exe. x-evil.exe',
    ['EVIL.EXE', 'evil.exe'],
  ],
  [
    'file-path',
    'C:\\Temp\\evil.dll',
    'c:\\temp\\evil.dll {"p":"C:\\\\Temp\\\\evil.dll"} C:\\Temp\\evil.dllx xC:\\Temp\\evil.dll',
    ['c:\\temp\\evil.dll', 'C:\\\\Temp\\\\evil.dll'],
  ],
  [
    'file-path',
    '/data/local/tmp/wd/',
    'open /data/local/tmp/wd/fs.db /data/local/tmp/wdx',
    ['/data/local/tmp/wd/'],
  ],
  [
    'registry-key',
    'HKEY_LOCAL_MACHINE\\Software\\Evil',
    'HKLM\\software\\evil\\Run HKCU\\Software\\Evil \\REGISTRY\\MACHINE\\Software\\Evil HKLM\\Software\\Evil2',
    ['HKLM\\software\\evil', '\\REGISTRY\\MACHINE\\Software\\Evil'],
  ],
  ['mutex', 'Global\\EvilMtx', 'Global\\EvilMtx Global\\EvilMtx1 global\\evilmtx', ['Global\\EvilMtx']],
  [
    'user-agent',
    'EvilBot/1.0 (x)',
    '"EvilBot/1.0 (x)" evilbot/1.0 (x) NotEvilBot/1.0 (x)',
    ['EvilBot/1.0 (x)'],
  ],
  [
    'ja4',
    't13d1516h2_8daaf6152771_b186095e22b6',
    'ja4=t13d1516h2_8daaf6152771_b186095e22b6; t13d1516h2_8daaf6152771_b186095e22b6a',
    ['t13d1516h2_8daaf6152771_b186095e22b6'],
  ],
  [
    'coin-address',
    '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa',
    'pay 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa. 1a1zp1ep5qgefi2dmptftl5slmv7divfna',
    ['1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa'],
  ],
  [
    'coin-address',
    'BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4',
    'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4 BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4',
    ['bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4', 'BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4'],
  ],
  [
    'phone',
    '+49 170 1234567',
    'tel +49 (170) 123-4567, 00491701234567 491701234567@s.whatsapp.net +491701234568',
    ['+49 (170) 123-4567', '00491701234567', '491701234567'],
  ],
  ['string', 'WCE SERVICE', 'xWCE SERVICEx wce service', ['WCE SERVICE']],
];

for (const [name, open] of Object.entries(ENGINES)) {
  for (const [kind, value, text, expected] of CASES) {
    test(`${name}: ${kind} ${value} in: ${text}`, async () => {
      const index = indexOf([{ kind, value }]);
      const hits = scan(bytes(text), index, { engine: await open(index) });
      assert.deepEqual(
        hits.map((hit) => hit.matched),
        expected,
      );
      for (const hit of hits) {
        assert.equal(
          new TextDecoder().decode(bytes(text).subarray(hit.offset, hit.offset + hit.length)),
          hit.matched,
        );
      }
    });
  }

  test(`${name}: hits do not depend on how the stream is cut`, async () => {
    const random = seededRandom(11);
    const entries = generateEntries(random, 200);
    const index = indexOf(entries);
    const engine = await open(index);
    const content = bytes(generateText(random, entries, 30_000));
    const whole = scan(content, index, { engine });
    for (const size of [1, 61, 4096]) {
      const hits: Hit[] = [];
      const one = openScan(engine, index, { encoding: 'bytes', onHit: (hit) => void hits.push(hit) });
      for (let at = 0; at < content.length; at += size) one.push(content.subarray(at, at + size));
      one.end();
      assert.deepEqual(
        hits,
        whole.filter((hit) => hit.encoding === 'bytes' || hit.encoding === 'wide'),
        `pieces of ${size}`,
      );
    }
  });

  test(`${name}: ranges of a stream together give the hits and lines of the whole`, async () => {
    const random = seededRandom(12);
    const entries = generateEntries(random, 200);
    const index = indexOf(entries);
    const engine = await open(index);
    const content = bytes(generateText(random, entries, 60_000));
    const options = { engine, encoding: 'bytes' } as const;
    const whole = scan(content, index, options);
    const parts: Hit[] = [];
    let lines = 0;
    for (let from = 0; from < content.length; from += 7000) {
      const to = Math.min(content.length, from + 7000);
      const start = Math.max(0, from - 8192);
      const range: ScanOptions = {
        encoding: 'bytes',
        offset: start,
        owned: { from, to },
        onHit: (hit) => void parts.push({ ...hit, line: hit.line + lines }),
      };
      const one = openScan(engine, index, range);
      one.push(content.subarray(start, to + 8192));
      lines += one.end().lines;
    }
    assert.deepEqual(parts, whole);
    assert.equal(lines, content.filter((byte) => byte === 10).length);
  });

  test(`${name}: UTF-16 of both orders, with and without mark, gives the same values at their own places`, async () => {
    const entries: Entry[] = [
      { kind: 'domain', value: 'evil.com' },
      { kind: 'url', value: 'http://evil.com/ä' },
      { kind: 'string', value: 'ключ' },
    ];
    const index = indexOf(entries);
    const engine = await open(index);
    const text =
      'first line, all of it Latin\r\nsee www.evil.com and http://evil.com/ä \u{1f600} ключ\r\nlast evil.com';
    const expected = scan(bytes(text), index, { engine }).map(({ entry, line, matched }) => ({
      entry,
      line,
      matched,
    }));
    assert.ok(expected.length >= 4);
    for (const mark of ['\ufeff', '']) {
      for (const order of ['le', 'be'] as const) {
        const content = Buffer.from(mark + text, 'utf16le');
        if (order === 'be') content.swap16();
        const hits = scan(content, index, { engine });
        assert.deepEqual(
          hits.map(({ entry, line, matched }) => ({ entry, line, matched })),
          expected,
        );
        for (const hit of hits) {
          const found = Buffer.from(content.subarray(hit.offset, hit.offset + hit.length));
          if (order === 'be') found.swap16();
          assert.equal(found.toString('utf16le'), hit.matched);
        }
      }
    }
  });

  test(`${name}: wide text inside of other bytes is found`, async () => {
    const index = indexOf([{ kind: 'domain', value: 'evil.com' }]);
    const content = Buffer.concat([
      Buffer.from([1, 2, 3, 0xff, 0xfe, 0, 0, 0, 7]),
      Buffer.from('http://evil.com/x', 'utf16le'),
      Buffer.from([0, 0, 9, 9]),
      Buffer.from('plain evil.com '),
    ]);
    const hits = scan(content, index, { engine: await open(index) });
    assert.deepEqual(
      hits.map((hit) => [hit.matched, hit.encoding, hit.offset]),
      [
        ['evil.com', 'wide', 9 + 14],
        ['evil.com', 'bytes', 9 + 34 + 4 + 6],
      ],
    );
  });

  test(`${name}: undoes defanging when asked`, async () => {
    const index = indexOf([
      { kind: 'domain', value: 'evil.com' },
      { kind: 'url', value: 'http://evil.com/a' },
      { kind: 'ipv4', value: '1.2.3.4' },
    ]);
    const text = 'hxxp://evil[.]com/a and 1[.]2.3(.)4 and evil.com';
    const engine = await open(index);
    assert.deepEqual(
      scan(bytes(text), index, { engine }).map((hit) => hit.matched),
      ['evil.com'],
    );
    assert.deepEqual(
      scan(bytes(text), index, { engine, refang: true }).map((hit) => [
        hit.matched,
        hit.defanged,
        hit.offset,
      ]),
      [
        ['hxxp://evil[.]com/a', true, 0],
        ['evil[.]com', true, 7],
        ['1[.]2.3(.)4', true, 24],
        ['evil.com', false, 40],
      ],
    );
    const written = String.raw`hxxp://evil.com/a h**p://evil.com/a "http:\/\/evil.com\/a"`;
    assert.deepEqual(
      scan(bytes(written), index, { engine, refang: true })
        .filter((hit) => hit.kind === 'url')
        .map((hit) => hit.matched),
      ['hxxp://evil.com/a', 'h**p://evil.com/a', String.raw`http:\/\/evil.com\/a`],
    );
    // What reads the same either way is one hit.
    const bare = indexOf([{ kind: 'url', value: 'evil.com/a' }]);
    const once = scan(bytes('hxxp://evil.com/a'), bare, { engine: await open(bare), refang: true });
    assert.equal(once.length, 1);
  });
}

test('a token is found wherever it stands in a block, a chunk and a run of its own signs', async () => {
  const values: readonly Entry[] = [
    { kind: 'domain', value: 'evil.com' },
    { kind: 'email', value: 'who@mail.evil.net' },
    { kind: 'ipv4', value: '203.0.113.7' },
    { kind: 'ipv6', value: '2001:db8::1:0:4767:f3d5' },
    { kind: 'sha256', value: '0123456789abcdef'.repeat(4) },
    { kind: 'url', value: 'http://evil.org/a' },
    {
      kind: 'certificate',
      value: Array.from({ length: 20 }, (_, i) => `${(i + 16).toString(16)}`).join(':'),
    },
  ];
  const index = indexOf(values);
  const kernel = await ENGINES['kernel']!(index);
  const isFound = (entry: number, before: string, from = 0) => {
    const text = bytes(`${before}${values[entry]!.value} `);
    const found = kernel.find(text, from, text.length).map((match) => match.entry);
    assert.ok(
      found.includes(entry),
      `${values[entry]!.value} behind ${before.length} bytes, from ${from}: ${before.slice(-200)}`,
    );
  };
  for (const entry of values.keys())
    for (let before = 8192 - 140; before < 8192 + 70; before++) isFound(entry, ' '.repeat(before));
  // What is written with the signs of an address stands before it, and a word in which none can be.
  for (let spaces = 0; spaces < 64; spaces += 7)
    for (let digits = 0; digits < 140; digits++)
      isFound(3, `${' '.repeat(spaces)}${'a1:0'.repeat(35).slice(0, digits)}55555:`);
  for (let spaces = 0; spaces < 16; spaces += 3)
    for (let pairs = 0; pairs < 160; pairs++) isFound(6, `${' '.repeat(spaces)}${'ab:'.repeat(pairs)}::`);
  // The search begins within the run.
  const run = `${'ab:'.repeat(60)}::`;
  for (let from = 0; from <= run.length; from++) isFound(6, run, from);
});

test('an address in a run of its own signs is the same wherever the text is cut', () => {
  const index = indexOf([{ kind: 'ipv6', value: '1:0::1:0' }]);
  const engine = openReferenceEngine(index);
  for (const dots of [10, 60, 200]) {
    const text = bytes(`x${'a..'.repeat(dots)}a1:1:0::1:0/20`);
    const whole = engine.find(text, 0, text.length).length;
    for (let from = 0; from < text.length - 12; from++)
      assert.equal(engine.find(text, from, text.length).length, whole, `${dots} ${from}`);
  }
});

test('both engines find the same in hostile text', async () => {
  for (let seed = 1; seed <= 24; seed++) {
    const random = seededRandom(seed);
    // Some indexes hold every kind, some one or two: what the kernel looks for depends on it.
    const kinds =
      seed % 3 === 0 ? GENERATED_KINDS : [pick(random, GENERATED_KINDS), pick(random, GENERATED_KINDS)];
    const entries = generateEntries(random, 150, kinds);
    const index = indexOf(entries);
    const content = bytes(generateText(random, entries, 20_000));
    const from = random(500);
    const to = content.length - random(500);
    const reference = openReferenceEngine(index).find(content, from, to);
    const kernel = (await ENGINES['kernel']!(index)).find(content, from, to);
    assert.deepEqual(kernel, reference, `seed ${seed}, ${kinds.join(' ')}`);
  }
});

test('text of bytes has one character for each, with its value', () => {
  const every = Uint8Array.from({ length: 512 }, (_, i) => i & 255);
  assert.deepEqual(
    [...textOf(every, 3, 500)].map((char) => char.codePointAt(0)),
    [...every.subarray(3, 500)],
  );
});
