/** New intelligence against old evidence: the merge finds what a scan would find. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  buildIndex,
  isServed,
  type Kind,
  mergeObservables,
  ObservableBuilder,
  openIndex,
  openObservableEngine,
  openObservables,
  openReferenceEngine,
  type RetroHit,
  retroMatch,
  scan,
} from '../../src/match/index.ts';
import { generateEntries, generateText, seededRandom } from './generate.ts';

const SERVED: readonly Kind[] = [
  'ipv4',
  'ipv6',
  'cidr',
  'asn',
  'domain',
  'url',
  'email',
  'md5',
  'sha1',
  'sha256',
  'sha512',
  'ja3',
  'certificate',
  'coin-address',
  'phone',
];

function collect(content: Uint8Array, source: number): ObservableBuilder {
  const builder = new ObservableBuilder();
  const empty = openIndex(buildIndex([]).bytes);
  for (const { keyClass, key, offset } of scan(content, empty, {
    engine: openObservableEngine(),
    encoding: 'bytes',
  })) {
    builder.add(keyClass, key, source, offset);
  }
  return builder;
}

test('the merge finds the indicators that a scan finds, each at its first page', () => {
  for (let seed = 1; seed <= 6; seed++) {
    const random = seededRandom(seed);
    const entries = generateEntries(random, 400, SERVED).filter(({ value }) => !value.endsWith('*'));
    const index = openIndex(buildIndex(entries).bytes);
    assert.ok(isServed(index));
    const content = new TextEncoder().encode(generateText(random, entries, 40_000));
    const scanned = new Map<number, number>();
    for (const { entry, offset } of scan(content, index, {
      engine: openReferenceEngine(index),
      encoding: 'bytes',
    })) {
      scanned.set(entry, Math.min(offset, scanned.get(entry) ?? offset));
    }
    const merged = new Map<number, RetroHit>();
    retroMatch(index, openObservables(collect(content, 3).finish()), (hit) => {
      if (!merged.has(hit.entry) || hit.from < merged.get(hit.entry)!.from) merged.set(hit.entry, hit);
    });
    assert.deepEqual(
      [...merged.keys()].sort((a, b) => a - b),
      [...scanned.keys()].sort((a, b) => a - b),
      `seed ${seed}`,
    );
    for (const [entry, { source, from, to }] of merged) {
      assert.equal(source, 3);
      const offset = scanned.get(entry)!;
      assert.ok(from <= offset && offset < to, `entry ${entry}: ${from} <= ${offset} < ${to}`);
    }
  }
});

test('lists of several exhibits merge into one', () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const one = openObservables(collect(bytes('evil.com 1.2.3.4'), 0).finish());
  const two = openObservables(collect(bytes('evil.com bad.org'), 1).finish());
  const all = openObservables(mergeObservables([two, one]));
  const index = openIndex(
    buildIndex([
      { kind: 'domain', value: 'evil.com' },
      { kind: 'domain', value: 'bad.org' },
      { kind: 'cidr', value: '1.2.0.0/16' },
    ]).bytes,
  );
  const found: [number, number][] = [];
  retroMatch(index, all, ({ entry, source }) => void found.push([entry, source]));
  assert.deepEqual(found.sort(), [
    [0, 0],
    [1, 1],
    [2, 0],
  ]);
});

test('a list that is cut short, changed or of another version is refused', () => {
  const file = collect(new TextEncoder().encode('evil.com 1.2.3.4 2001:db8::1'), 0).finish();
  assert.throws(() => openObservables(file.subarray(0, 40)), { code: 'index-invalid' });
  assert.throws(() => openObservables(file.subarray(0, file.length - 4)), { code: 'index-invalid' });
  const changed = file.slice();
  changed[70]! ^= 1;
  assert.throws(() => openObservables(changed), { code: 'index-invalid' });
  const newer = file.slice();
  newer[8] = 2;
  assert.throws(() => openObservables(newer), /version 2/);
});
