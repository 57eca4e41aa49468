/**
 * What reading STIX costs: parsing and validating a bundle against JSON.parse alone on the same bytes in the same run
 * (at most 3 times), and the memory that a bundle of 100 MB takes when it streams. On a feed made here, and on outside
 * feeds when they are present. Ends with 1 when a bound is passed.
 */
import { existsSync, readFileSync } from 'node:fs';
import { utf8 } from '../src/base/index.ts';
import { BundleReader, parseBundle } from '../src/stix/index.ts';
import { sharedData } from '../test/shared-data.ts';

const RATIO_MAX = 3;
/** Heap held above what the process had before: one chunk and one object, whatever the bundle's size. */
const STREAM_HEAP_MAX = 10e6;
const STREAM_BYTES = 100e6;
/** Rounds of which the fastest counts: the collector and other processes only ever add. */
const ROUNDS = 25;

let failed = false;
const uuid = (n: number) => `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`;

/** A feed as the public ones are: indicators, an observable and a relationship each. */
function makeObject(n: number): object {
  const created = `2026-01-01T00:${String(n % 60).padStart(2, '0')}:00.${String(n % 1000).padStart(3, '0')}Z`;
  const versions = { spec_version: '2.1', created, modified: created };
  switch (n % 3) {
    case 0:
      return {
        type: 'indicator',
        id: `indicator--${uuid(n)}`,
        ...versions,
        created_by_ref: `identity--${uuid(1)}`,
        indicator_types: ['malicious-activity'],
        name: `Control server ${n}`,
        description:
          'Seen in traffic of the implant; see the report for the hosts that were reached from it.',
        pattern:
          n % 2
            ? `[domain-name:value = 'c${n}.example.org']`
            : `[file:hashes.'SHA-256' = '${'ab'.repeat(32)}' OR file:name = 'a${n}.exe']`,
        pattern_type: 'stix',
        valid_from: created,
        object_marking_refs: ['marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421'],
      };
    case 1:
      return { type: 'domain-name', id: `domain-name--${uuid(n)}`, value: `c${n}.example.org` };
    default:
      return {
        type: 'relationship',
        id: `relationship--${uuid(n)}`,
        ...versions,
        relationship_type: 'indicates',
        source_ref: `indicator--${uuid(n - 2)}`,
        target_ref: `malware--${uuid(2)}`,
      };
  }
}

const decoder = new TextDecoder();

/** Milliseconds of the fastest round, all taking turns so that they meet the same machine. */
function fastest(...runs: (() => unknown)[]): number[] {
  const best = runs.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, run] of runs.entries()) {
      const started = performance.now();
      run();
      best[i] = Math.min(best[i]!, performance.now() - started);
    }
  }
  return best;
}

function compare(name: string, bytes: Uint8Array): void {
  const [json, errors, all, streamed] = fastest(
    () => JSON.parse(decoder.decode(bytes)),
    () => parseBundle(bytes, { warnings: false }),
    () => parseBundle(bytes),
    () => {
      const reader = new BundleReader();
      for (let at = 0; at < bytes.length; at += 65_536)
        for (const _ of reader.push(bytes.subarray(at, at + 65_536)));
      reader.end();
    },
  ) as [number, number, number, number];
  const times = (ms: number) => `${(ms / json).toFixed(2)}×`;
  if (all / json > RATIO_MAX) failed = true;
  console.log(
    `${name.padEnd(26)} ${(bytes.length / 1e6).toFixed(1).padStart(5)} MB  JSON.parse ${json.toFixed(1).padStart(6)} ms  ` +
      `parse and validate ${times(all)} (errors only ${times(errors)}, streamed with verbatim text ${times(streamed)})`,
  );
}

const made = {
  type: 'bundle',
  id: `bundle--${uuid(0)}`,
  objects: Array.from({ length: 20_001 }, (_, n) => makeObject(n)),
};
compare('made here', utf8(JSON.stringify(made)));
for (const feed of [
  'attack/ics-attack-18.1.json',
  'amnesty/cytrox.stix2',
  'mvt/rcs.stix2',
  'oasis-examples/apt1.json',
]) {
  const { path } = sharedData(`stix/${feed}`);
  if (!existsSync(path)) continue;
  const bundle = JSON.parse(readFileSync(path, 'utf8')) as { objects: unknown[] };
  const once = bundle.objects;
  while (bundle.objects.length < 5000) bundle.objects = bundle.objects.concat(once);
  compare(feed, utf8(JSON.stringify(bundle)));
}

/** A bundle of 100 MB that never exists as a whole. */
function stream(collect: () => void): void {
  const chunk = utf8(
    `${made.objects
      .slice(0, 3000)
      .map((object) => JSON.stringify(object))
      .join(',')},`,
  );
  const reader = new BundleReader();
  collect();
  const before = process.memoryUsage().heapUsed;
  const started = performance.now();
  let peak = 0;
  let bytes = 0;
  let nextLook = 10e6;
  const push = (part: Uint8Array) => {
    for (const _ of reader.push(part));
    bytes += part.length;
    if (bytes < nextLook) return;
    nextLook += 10e6;
    collect();
    peak = Math.max(peak, process.memoryUsage().heapUsed - before);
  };
  push(utf8('{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000000","objects":['));
  while (bytes < STREAM_BYTES) push(chunk);
  push(utf8(`${JSON.stringify(makeObject(1))}]}`));
  const { frame } = reader.end();
  const seconds = (performance.now() - started) / 1000;
  if (peak > STREAM_HEAP_MAX) failed = true;
  console.log(
    `streamed ${(bytes / 1e6).toFixed(0)} MB, ${frame.count} objects in ${seconds.toFixed(1)} s ` +
      `(${(bytes / 1e6 / seconds).toFixed(0)} MB/s), holding at most ${(peak / 1e6).toFixed(1)} MB`,
  );
}
if (globalThis.gc) stream(globalThis.gc);
else console.log('run with --expose-gc to see what streaming holds');
if (failed) {
  console.error(`a bound was passed: ${RATIO_MAX} times JSON.parse, ${STREAM_HEAP_MAX / 1e6} MB of heap`);
  process.exitCode = 1;
}
