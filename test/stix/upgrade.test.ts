import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isStix20, readSelector, TLP1, tlpOf, upgradeStix20, validateObject } from '../../src/stix/index.ts';

const TIMES = { created: '2018-01-01T00:00:00.000Z', modified: '2018-01-01T00:00:00.000Z' };
const id = (type: string, n = 1) => `${type}--00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const sdo20 = (type: string, more: object) => ({ type, id: id(type), ...TIMES, ...more });
const observed20 = (objects: object, more: object = {}) =>
  sdo20('observed-data', {
    first_observed: '2018-01-01T00:00:00Z',
    last_observed: '2018-01-01T00:00:00Z',
    number_observed: 1,
    objects,
    ...more,
  });

type Json = Record<string, unknown>;
/** Upgrades one object; every result must be valid. */
function upgraded(json: object): Json[] {
  const before = JSON.stringify(json);
  const { objects } = upgradeStix20(json);
  assert.equal(JSON.stringify(json), before, 'the input was changed');
  for (const object of objects) assert.deepEqual(validateObject(object, { warnings: false }).issues, []);
  return objects as Json[];
}

test('labels that classify become properties of their own; others stay', () => {
  const [indicator] = upgraded(
    sdo20('indicator', {
      labels: ['malicious-activity', 'mine'],
      pattern: "[ipv4-addr:value = '198.51.100.1']",
      valid_from: '2018-01-01T00:00:00Z',
    }),
  );
  assert.deepEqual(indicator?.['indicator_types'], ['malicious-activity']);
  assert.deepEqual(indicator?.['labels'], ['mine']);
  assert.equal(indicator?.['pattern_type'], 'stix');
  assert.equal(indicator?.['spec_version'], '2.1');
  const [tool] = upgraded(sdo20('tool', { name: 'a', labels: ['remote-access'] }));
  assert.deepEqual(tool?.['tool_types'], ['remote-access']);
  assert.equal(Object.hasOwn(tool!, 'labels'), false);
  const [identity] = upgraded(
    sdo20('identity', { name: 'a', identity_class: 'individual', labels: ['individual'] }),
  );
  assert.deepEqual(identity?.['labels'], ['individual'], 'identities have no such property');
});

test('markings of labels follow the labels', () => {
  const [malware] = upgraded(
    sdo20('malware', {
      name: 'a',
      labels: ['trojan', 'mine', 'worm'],
      granular_markings: [{ marking_ref: TLP1.red.id, selectors: ['labels.[2]', 'labels.[1]', 'labels'] }],
    }),
  );
  const [marking] = malware!['granular_markings'] as { selectors: string[] }[];
  assert.deepEqual(marking?.selectors, ['malware_types.[1]', 'labels.[0]', 'labels', 'malware_types']);
  assert.deepEqual(readSelector(malware, 'malware_types.[1]'), { value: 'worm' });
});

test('START and STOP take timestamps, and nothing inside quotes is touched', () => {
  const pattern = (text: string) =>
    upgradeStix20(sdo20('indicator', { pattern: text, valid_from: '2018-01-01T00:00:00Z' })).objects[0]?.[
      'pattern'
    ];
  assert.equal(
    pattern("[file:name = 'START \\'x'] START '2018-01-01T00:00:00Z' STOP '2018-02-01T00:00:00Z'"),
    "[file:name = 'START \\'x'] START t'2018-01-01T00:00:00Z' STOP t'2018-02-01T00:00:00Z'",
  );
  const fine =
    "[file:name = ' START ' AND file:name = 'a'] START t'2018-01-01T00:00:00Z' STOP t'2018-02-01T00:00:00Z'";
  assert.equal(pattern(fine), fine);
});

test('observables leave the container, with ids, new names and resolved references', () => {
  const [observed, file, folder, message, from] = upgraded(
    observed20({
      f: {
        type: 'file',
        name: 'a',
        created: '2018-01-01T00:00:00Z',
        parent_directory_ref: 'd',
        hashes: { ssdeep: '3:a:b' },
      },
      d: { type: 'directory', path: '/tmp', accessed: '2018-01-01T00:00:00Z' },
      m: {
        type: 'email-message',
        is_multipart: false,
        from_ref: 'a',
        additional_header_fields: { 'X-A': 'b' },
      },
      a: { type: 'email-addr', value: 'a@example.org' },
    }),
  );
  assert.deepEqual(observed?.['object_refs'], [file?.['id'], folder?.['id'], message?.['id'], from?.['id']]);
  assert.equal(file?.['ctime'], '2018-01-01T00:00:00Z');
  assert.deepEqual(file?.['hashes'], { SSDEEP: '3:a:b' });
  assert.equal(file?.['parent_directory_ref'], folder?.['id']);
  assert.equal(folder?.['atime'], '2018-01-01T00:00:00Z');
  assert.deepEqual(message?.['additional_header_fields'], { 'X-A': ['b'] });
  assert.equal(message?.['from_ref'], from?.['id']);
  assert.match(String(file?.['id']), /^file--.{14}5/);
});

test('the ids are those of the observable itself, whatever its place', () => {
  const one = upgraded(observed20({ 0: { type: 'url', value: 'https://example.org/' } }));
  const other = upgraded({
    ...observed20({ 7: { type: 'url', value: 'https://example.org/' } }),
    id: id('observed-data', 2),
  });
  assert.equal(one[1]?.['id'], other[1]?.['id']);
  const both = upgradeStix20({
    type: 'bundle',
    spec_version: '2.0',
    objects: [
      observed20({ 0: { type: 'url', value: 'https://example.org/' } }),
      { ...observed20({ 7: { type: 'url', value: 'https://example.org/' } }), id: id('observed-data', 2) },
    ],
  });
  assert.equal(both.objects.length, 3, 'the same observable is there once');
});

test('markings go with what they mark, and marked observables do not share an id', () => {
  const container = {
    0: { type: 'file', name: 'a', created: '2018-01-01T00:00:00Z' },
    1: { type: 'mutex', name: 'm' },
  };
  const [plain, plainFile] = upgraded(observed20(container));
  const [red, redFile, redMutex] = upgraded(observed20(container, { object_marking_refs: [TLP1.red.id] }));
  assert.equal(tlpOf(plain!), undefined);
  for (const object of [red, redFile, redMutex]) assert.equal(tlpOf(object!), 'red');
  assert.notEqual(redFile?.['id'], plainFile?.['id']);
  const [observed, file, mutex] = upgraded(
    observed20(container, {
      granular_markings: [
        { marking_ref: TLP1.red.id, selectors: ['objects.0.created', 'objects.1'] },
        { marking_ref: TLP1.green.id, selectors: ['objects'] },
      ],
    }),
  );
  assert.deepEqual(file?.['granular_markings'], [{ marking_ref: TLP1.red.id, selectors: ['ctime'] }]);
  assert.deepEqual(mutex?.['object_marking_refs'], [TLP1.red.id, TLP1.green.id]);
  assert.deepEqual(file?.['object_marking_refs'], [TLP1.green.id]);
  assert.deepEqual(observed?.['granular_markings'], [
    { marking_ref: TLP1.red.id, selectors: ['object_refs.[0]', 'object_refs.[1]'] },
    { marking_ref: TLP1.green.id, selectors: ['object_refs'] },
  ]);
});

test('observables that refer in a circle, and those without a deterministic id, get an id that is the same every time', () => {
  const container = {
    0: { type: 'process', pid: 1, child_refs: ['1'] },
    1: { type: 'process', pid: 2, parent_ref: '0' },
  };
  const [, first, second] = upgraded(observed20(container));
  assert.deepEqual(first?.['child_refs'], [second?.['id']]);
  assert.equal(second?.['parent_ref'], first?.['id']);
  assert.deepEqual(upgraded(observed20(container)), upgraded(observed20(container)));
  assert.match(String(first?.['id']), /^process--.{14}4/);
});

test('every change is told', () => {
  const { changes } = upgradeStix20(observed20({ 0: { type: 'mutex', name: 'm' } }));
  assert.deepEqual(
    changes.map(({ path, message }) => [path, message]),
    [
      ['spec_version', 'added: STIX 2.0 has it on the bundle'],
      ['object_refs', 'the 1 observables of objects are objects now'],
      ['', `was objects.0 of ${id('observed-data')}`],
    ],
  );
});

test('2.1 and what is no STIX come out as they are', () => {
  const now = { type: 'tool', spec_version: '2.1', id: id('tool'), ...TIMES, name: 'a' };
  assert.deepEqual(upgradeStix20(now), { objects: [now], changes: [] });
  assert.equal(isStix20(now), false);
  assert.equal(isStix20({ ...TIMES, type: 'indicator', pattern_type: 'stix' }), false);
  assert.equal(isStix20({ type: 'ipv4-addr', value: '198.51.100.1' }), false);
  assert.equal(isStix20({ type: 'bundle', spec_version: '2.0' }), true);
  for (const odd of [
    null,
    1,
    'x',
    [],
    { type: 7 },
    { type: 'bundle', objects: 7 },
    { type: 'bundle', objects: [null] },
  ]) {
    assert.doesNotThrow(() => upgradeStix20(odd));
  }
  assert.doesNotThrow(() =>
    upgradeStix20(observed20({ 0: null, 1: { type: 'file', parent_directory_ref: 7 }, 2: { type: 8 } })),
  );
});

test('a container of many observables in a chain takes linear time, a deep one does not overflow', () => {
  const chain: Json = {};
  for (let i = 0; i < 20_000; i++) chain[i] = { type: 'process', pid: i, parent_ref: String(i + 1) };
  const started = performance.now();
  upgradeStix20(observed20(chain));
  assert.ok(performance.now() - started < 3000);
  let deep: unknown = 1;
  for (let i = 0; i < 100_000; i++) deep = [deep];
  assert.doesNotThrow(() => upgradeStix20(observed20({ 0: { type: 'x-y', deep, deep_ref: '0' } })));
});
