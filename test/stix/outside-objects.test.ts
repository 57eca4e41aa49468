/** Objects and feeds that are not ours, against the verdicts recorded from the validator of OASIS. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { observableId, parseBundle, upgradeStix20, validateObject } from '../../src/stix/index.ts';
import { sharedData } from '../shared-data.ts';

type Json = Record<string, unknown>;
const readLines = (path: string) =>
  readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Json);
const errorsOf = (object: unknown) => validateObject(object, { warnings: false }).issues;

const valid = sharedData('stix/valid.jsonl');
test('accepts the valid objects', { skip: valid.skip }, () => {
  for (const { id, object } of readLines(valid.path)) assert.deepEqual(errorsOf(object), [], String(id));
});

/** `bbb` is a registered language (Barai); the recorded refusal comes from a shorter list. See decision 014. */
const REGISTERED_AFTER_ALL = ['observed_data_tests.py::ObservedDataTestCases::test_software_language'];

const invalid = sharedData('stix/invalid.jsonl');
test('refuses the invalid objects', { skip: invalid.skip }, () => {
  const accepted = readLines(invalid.path)
    .filter(({ object }) => errorsOf(object).length === 0)
    .map(({ id }) => id);
  assert.deepEqual(accepted, REGISTERED_AFTER_ALL);
});

const examples = sharedData('stix/spec-examples.jsonl');
const exampleObjects = ({ kind, json }: Json): Json[] =>
  kind === 'object'
    ? [json as Json]
    : kind === 'list'
      ? (json as Json[])
      : ((json as Json)['objects'] as Json[]);

test('accepts the examples of the specification that its validator accepts', { skip: examples.skip }, () => {
  let count = 0;
  for (const example of readLines(examples.path)) {
    if (example['kind'] === 'fragment' || (example['reference_errors'] as unknown[]).length > 0) continue;
    for (const object of exampleObjects(example)) {
      count++;
      assert.deepEqual(errorsOf(object), [], String(example['id']));
    }
  }
  assert.ok(count > 150, `only ${count} objects`);
});

test('makes the deterministic ids that the specification prints', { skip: examples.skip }, () => {
  const same: string[] = [];
  const other = new Map<string, number>();
  for (const example of readLines(examples.path)) {
    if (example['kind'] === 'fragment') continue;
    for (const object of exampleObjects(example)) {
      const { id, type } = object as { id?: string; type: string };
      if (id?.charAt(id.length - 22) !== '5') continue;
      if (observableId({ ...object, type }) === id) same.push(id);
      else other.set(type, (other.get(type) ?? 0) + 1);
    }
  }
  // The rest are ids of the text that no subset of the object's properties gives: see decision 015.
  assert.equal(same.length, 57);
  assert.equal(
    [...other.values()].reduce((sum, count) => sum + count, 0),
    22,
  );
  for (const type of [
    'ipv4-addr',
    'ipv6-addr',
    'domain-name',
    'directory',
    'file',
    'url',
    'windows-registry-key',
  ]) {
    assert.ok(
      same.some((id) => id.startsWith(`${type}--`)),
      type,
    );
  }
});

const expected = sharedData('stix/expected.json');
test('reads the feeds: counts, types, ids, and no error', { skip: expected.skip }, () => {
  const feeds = JSON.parse(readFileSync(expected.path, 'utf8')) as Record<
    string,
    { objects: number; types: Record<string, number>; distinct_ids: number }
  >;
  for (const [name, feed] of Object.entries(feeds)) {
    const { entries, objects, issues } = parseBundle(readFileSync(sharedData(`stix/${name}`).path));
    assert.deepEqual(
      issues.filter((issue) => issue.severity === 'error'),
      [],
      name,
    );
    assert.equal(entries.length, feed.objects, name);
    const types: Record<string, number> = {};
    for (const { type } of objects) types[type] = (types[type] ?? 0) + 1;
    assert.deepEqual(types, feed.types, name);
    assert.equal(new Set(objects.map(({ id }) => id)).size, feed.distinct_ids, name);
  }
});

const misp = sharedData('misp/misp-stix');
test('upgrades STIX 2.0 to what a converter makes in 2.1', { skip: misp.skip }, () => {
  for (const kind of ['attributes', 'objects']) {
    const read = (version: string) =>
      JSON.parse(
        readFileSync(join(misp.path, `test_${kind}_collection_stix${version}.json`), 'utf8'),
      ) as Json;
    const { objects, changes } = upgradeStix20(read('20'));
    assert.ok(changes.length > 0);
    for (const object of objects) assert.deepEqual(errorsOf(object), [], String(object['id']));
    const byType = (list: readonly Json[]) =>
      list.map(({ type }) => type).filter((type) => type !== 'domain-name');
    const converted = read('21')['objects'] as Json[];
    assert.deepEqual(byType(objects).sort(), byType(converted).sort());
    const pattern = (list: readonly Json[]) =>
      list.flatMap((object) => (object['pattern'] ? [object['pattern']] : []));
    assert.deepEqual(pattern(objects), pattern(converted));
  }
});
