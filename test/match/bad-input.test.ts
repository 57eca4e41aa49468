/** Evidence that was made to be hard to read: bounded in time and memory, and right. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  buildIndex,
  openIndex,
  openKernelEngine,
  openScan,
  scan,
  shareIndex,
} from '../../src/match/index.ts';
import { generateEntries, seededRandom, string } from './generate.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

async function kernelOf(entries: Parameters<typeof buildIndex>[0]) {
  const index = openIndex(buildIndex(entries).bytes);
  return { index, engine: await openKernelEngine(index, await shareIndex(index, 1), 0) };
}

test('a line of 24 MB without end is scanned in bounded memory, with right offsets', async () => {
  const { index, engine } = await kernelOf([{ kind: 'domain', value: 'evil.com' }]);
  const offsets: number[] = [];
  const one = openScan(engine, index, { onHit: (hit) => void offsets.push(hit.offset) });
  const filler = bytes('x'.repeat(1 << 20));
  for (let i = 0; i < 24; i++) {
    one.push(filler);
    if (i === 11) one.push(bytes(' evil.com '));
  }
  assert.equal(one.end().lines, 0);
  assert.deepEqual(offsets, [12 * (1 << 20) + 1]);
});

test('texts of one repeated piece take no more than linear time', async () => {
  const entries = [...generateEntries(seededRandom(9), 200), { kind: 'domain' as const, value: 'b.c' }];
  const { index, engine } = await kernelOf(entries);
  const pieces = [
    'a',
    'a.',
    '.',
    ':',
    '::',
    'a:',
    '0.',
    '1.1.1.1.',
    '@a.b',
    'a@',
    'a://',
    '://',
    '%2f',
    '\\u0000',
    'f',
    ',',
    'http://a,',
    'é',
    'é.',
    '\u{1f600}.a',
    '+1',
    '00',
    '-',
    'as1',
    '\\',
  ];
  for (const piece of pieces) {
    const text = bytes(piece.repeat(Math.ceil(300_000 / piece.length)));
    // Processor time: what else the machine does is no fault of the text.
    const started = process.cpuUsage();
    scan(text, index, { engine });
    const { user, system } = process.cpuUsage(started);
    const seconds = (user + system) / 1e6;
    assert.ok(seconds < 2, `${JSON.stringify(piece)} took ${seconds.toFixed(1)} s`);
  }
});

test('100,000 identical lines give 100,000 hits with their lines', async () => {
  const { index, engine } = await kernelOf([{ kind: 'ipv4', value: '1.2.3.4' }]);
  const hits = scan(bytes('at 1.2.3.4\n'.repeat(100_000)), index, { engine });
  assert.equal(hits.length, 100_000);
  assert.ok(hits.every((hit, i) => hit.line === i + 1 && hit.offset === 11 * i + 3));
});

test('invalid UTF-16 and UTF-8 are passed over, and what is right in them is found', async () => {
  const { index, engine } = await kernelOf([{ kind: 'domain', value: 'evil.com' }]);
  const wide = Buffer.from('\ufeffbad \ud800 pair, evil.com here \udc00\udc00 evil.com', 'utf16le');
  const odd = Buffer.concat([wide, Buffer.from([0x41])]);
  const hits = scan(odd, index, { engine });
  assert.equal(hits.length, 2);
  for (const hit of hits)
    assert.equal(odd.subarray(hit.offset, hit.offset + hit.length).toString('utf16le'), 'evil.com');
  const narrow = Buffer.concat([
    Buffer.from([0xff, 0xc3, 0x28, 0xf0, 0x9f]),
    Buffer.from('evil.com'),
    Buffer.from([0xed, 0xa0, 0x80]),
  ]);
  assert.deepEqual(
    scan(narrow, index, { engine }).map((hit) => hit.offset),
    [5],
  );
});

test('random bytes of every kind of index break nothing', async () => {
  const random = seededRandom(10);
  const { index, engine } = await kernelOf(generateEntries(random, 300));
  for (let round = 0; round < 20; round++) {
    const noise = Uint8Array.from({ length: 20_000 }, () => random(256));
    scan(noise, index, { engine, refang: true });
  }
  scan(bytes(string(random, '\0.:/@a1%', 100_000)), index, { engine, refang: true });
});
