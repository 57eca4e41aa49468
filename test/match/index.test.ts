/** The index file: what is refused, what is detected, what it costs, and that the same input gives the same bytes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isEntenteError } from '../../src/base/index.ts';
import {
  buildIndex,
  confirmHit,
  isRefused,
  KINDS,
  type Kind,
  normaliseIndicator,
  openIndex,
  recogniseKind,
  scan,
  verifyIndexDigest,
} from '../../src/match/index.ts';
import { generateEntries, generateText, seededRandom } from './generate.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

function failure(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (isEntenteError(error)) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'no failure';
}

test('the same entries give the same bytes, and the digest names them', () => {
  const entries = generateEntries(seededRandom(1), 500);
  const first = buildIndex(entries).bytes;
  assert.deepEqual(buildIndex(entries).bytes, first);
  const index = openIndex(first);
  assert.ok(verifyIndexDigest(index));
  assert.match(index.digest, /^[0-9a-f]{64}$/);
});

test('an index of 100,000 indicators takes no more than 24 bytes for each', () => {
  const random = seededRandom(2);
  const entries = generateEntries(random, 100_000, ['ipv4', 'domain', 'sha256', 'url', 'email', 'md5']);
  assert.ok(buildIndex(entries).bytes.length <= 24 * entries.length);
  const names = Array.from({ length: 100_000 }, (_, i) => ({
    kind: 'file-name' as const,
    value: `sample-${i * 7919}.exe`,
  }));
  assert.ok(buildIndex(names).bytes.length <= 26 * names.length);
});

test('refuses an index that is cut short, longer, of another version or changed, and says why', () => {
  const file = buildIndex(generateEntries(seededRandom(3), 300)).bytes;
  assert.match(
    failure(() => openIndex(file.subarray(0, 100))),
    /^index-invalid: .*100 bytes/,
  );
  assert.match(
    failure(() => openIndex(file.subarray(0, file.length - 64))),
    /^index-invalid: .*bytes and says/,
  );
  assert.match(
    failure(() => openIndex(bytes('ENTMATCH'.padEnd(300, 'x')))),
    /^index-invalid: .*version/,
  );
  assert.match(
    failure(() => openIndex(bytes('PK'.padEnd(300, 'x')))),
    /^index-invalid: .*ENTMATCH/,
  );
  const newer = file.slice();
  newer[8] = 9;
  assert.match(
    failure(() => openIndex(newer)),
    /version 9; this program reads 3/,
  );
});

test('detects any changed byte, and never reads outside of a hostile index', () => {
  const random = seededRandom(4);
  const entries = generateEntries(random, 60);
  const file = buildIndex(entries).bytes;
  const text = bytes(generateText(random, entries, 5000));
  for (let round = 0; round < 400; round++) {
    const changed = file.slice();
    const at = random(changed.length);
    changed[at]! ^= 1 << random(8);
    const message = failure(() => scan(text, openIndex(changed)));
    // The digest itself and unused places of the header say nothing about the contents' order.
    if (at >= 256 || at < 112) assert.match(message, /^index-invalid/, `byte ${at}`);
  }
});

test('an empty index finds nothing', () => {
  const index = openIndex(buildIndex([]).bytes);
  assert.deepEqual(scan(bytes('evil.com 1.2.3.4'), index), []);
});

test('names what cannot be an indicator and keeps the numbers of the others', () => {
  const {
    bytes: file,
    refused,
    refusedCount,
  } = buildIndex([
    { kind: 'string', value: 'x' },
    { kind: 'domain', value: 'com' },
    { kind: 'domain', value: 'evil.com' },
    { kind: 'ipv4', value: '1.2.3.400' },
    { kind: 'cidr', value: '0.0.0.0/0' },
    { kind: 'coin-address', value: '1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb' },
    { kind: 'string', value: 'y'.repeat(5000) },
  ]);
  assert.equal(refusedCount, 6);
  assert.deepEqual(
    refused.map(({ path }) => path),
    ['entries[0]', 'entries[1]', 'entries[3]', 'entries[4]', 'entries[5]', 'entries[6]'],
  );
  assert.match(refused[0]!.message, /"x" is shorter than 4 bytes/);
  assert.deepEqual(
    scan(bytes('evil.com'), openIndex(file)).map((hit) => hit.entry),
    [2],
  );
});

test('a value given twice hits twice', () => {
  const index = openIndex(
    buildIndex([
      { kind: 'domain', value: 'evil.com' },
      { kind: 'domain', value: 'EVIL.COM' },
    ]).bytes,
  );
  assert.deepEqual(
    scan(bytes('evil.com'), index).map((hit) => hit.entry),
    [0, 1],
  );
});

test('canonical forms are fixed points', () => {
  for (const { kind, value } of generateEntries(seededRandom(5), 3000)) {
    const first = normaliseIndicator(kind, value);
    if (isRefused(first)) continue;
    const again = normaliseIndicator(kind, first.canonical);
    assert.ok(!isRefused(again), `${kind} ${first.canonical}`);
    assert.equal(again.canonical, first.canonical);
  }
});

test('every kind is told from a bare value where that is possible', () => {
  const cases: readonly [string, Kind | null][] = [
    ['1.2.3.4', 'ipv4'],
    ['2001:db8::1', 'ipv6'],
    ['10.0.0.0/8', 'cidr'],
    ['AS64500', 'asn'],
    ['evil.com', 'domain'],
    ['пример.рф', 'domain'],
    ['http://evil.com/x', 'url'],
    ['evil.com/x', 'url'],
    ['bob@evil.com', 'email'],
    ['d41d8cd98f00b204e9800998ecf8427e', 'md5'],
    ['f'.repeat(64), 'sha256'],
    ['evil.exe', 'file-name'],
    ['C:\\Temp\\x.dll', 'file-path'],
    ['/var/tmp/x', 'file-path'],
    ['HKLM\\Software\\x', 'registry-key'],
    ['t13d1516h2_8daaf6152771_b186095e22b6', 'ja4'],
    ['1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa', 'coin-address'],
    ['+49 170 1234567', 'phone'],
    ['Mozilla/5.0 (x)', 'user-agent'],
    ['Powersploit', null],
    ['', null],
  ];
  for (const [value, kind] of cases) assert.equal(recogniseKind(value), kind, value);
});

test('hostile values are refused or normalised, never thrown over', () => {
  const random = seededRandom(6);
  for (let round = 0; round < 4000; round++) {
    const value = String.fromCodePoint(
      ...Array.from({ length: random(40) }, () => (random(3) ? random(128) : random(0x10000))),
    );
    for (const kind of KINDS) normaliseIndicator(kind, value);
    recogniseKind(value);
  }
});

test('a hit is confirmed against its own indicator only', () => {
  const index = openIndex(buildIndex([{ kind: 'domain', value: 'evil.com' }]).bytes);
  const [hit] = scan(bytes('www.evil.com'), index);
  assert.ok(confirmHit('domain', 'evil.com', hit!.keyClass, hit!.key));
  assert.ok(!confirmHit('domain', 'evil.org', hit!.keyClass, hit!.key));
});
