import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EntenteError, utf8 } from '../../src/base/index.ts';
import { BundleReader, parseBundle, pathInBundle, streamBundle } from '../../src/stix/index.ts';
import { bundleText, minimal } from './fixtures.ts';

async function readStream(text: string, size: number, options = {}) {
  const bytes = utf8(text);
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  const stream = streamBundle(chunks(), options);
  const entries = [];
  for (;;) {
    const next = await stream.next();
    if (next.done) return { entries, frame: next.value };
    entries.push(next.value);
  }
}

const faultOf = (run: () => unknown): [string, number | undefined] => {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof EntenteError, String(error));
    return [error.code, error.offset];
  }
  assert.fail('nothing was thrown');
};

test('gives every object as it was written, beside its meaning and its faults', async () => {
  const odd = '{ "type" : "x-odd-one" ,\n "n":1.50, "id":"x" }';
  const text = bundleText(
    JSON.stringify(minimal['campaign']),
    odd,
    JSON.stringify({ ...minimal['tool'], name: 7 }),
  );
  const bundle = parseBundle(utf8(text));
  assert.equal(bundle.id, 'bundle--00000000-0000-4000-8000-000000000000');
  assert.equal(bundle.count, 3);
  assert.deepEqual(
    bundle.objects.map(({ type }) => type),
    ['campaign'],
  );
  assert.equal(bundle.entries[1]?.text, odd);
  assert.deepEqual(bundle.entries[1]?.json, { type: 'x-odd-one', n: 1.5, id: 'x' });
  for (const entry of bundle.entries) {
    assert.equal(text.slice(entry.offset, entry.offset + entry.text.length), entry.text);
  }
  assert.deepEqual(
    bundle.issues.filter(({ path }) => path.startsWith('objects[2]')).map(({ code, path }) => [code, path]),
    [['type', 'objects[2].name']],
  );
  for (const size of [1, 7, 100, 100_000]) {
    const { entries, frame } = await readStream(text, size);
    assert.deepEqual(
      entries.map(({ index, offset, text, json, object, issues }) => ({
        index,
        offset,
        text,
        json,
        object,
        issues,
      })),
      bundle.entries.map(({ index, offset, text, json, object, issues }) => ({
        index,
        offset,
        text,
        json,
        object,
        issues,
      })),
    );
    assert.deepEqual(frame, { id: bundle.id, count: 3, issues: [] });
  }
  assert.deepEqual(parseBundle(text).issues, bundle.issues, 'text and bytes read alike');
});

test('reads one object, and a bare list of objects', async () => {
  const campaign = JSON.stringify(minimal['campaign']);
  for (const text of [campaign, `[${campaign}]`]) {
    const { objects, entries, issues } = parseBundle(text);
    assert.deepEqual(objects, [minimal['campaign']]);
    assert.deepEqual(issues, []);
    assert.equal(entries[0]?.text, campaign);
    assert.deepEqual((await readStream(text, 5)).entries[0]?.object, minimal['campaign']);
  }
  assert.equal(parseBundle(utf8(`\u{feff}${campaign}`)).entries[0]?.text, campaign);
});

test('tells what is wrong with the bundle itself', async () => {
  const cases: [string, [string, string][]][] = [
    ['{"type":"bundle"}', [['required', 'id']]],
    ['{"type":"bundle","id":"bundle--1"}', [['identifier', 'id']]],
    [
      bundleText().replace('"objects":[]', '"objects":[],"x_more":1,"spec_version":"2.0"'),
      [
        ['recommended', 'x_more'],
        ['recommended', 'spec_version'],
        ['empty', 'objects'],
      ],
    ],
    [bundleText().replace('[]', '{}'), [['type', 'objects']]],
    [bundleText(JSON.stringify(minimal['tool'])).replace('"bundle"', '"bumble"'), [['type', 'type']]],
  ];
  for (const [text, expected] of cases) {
    const told = parseBundle(text).issues.map(({ code, path }) => [code, path]);
    assert.deepEqual(told, expected, text);
    const { frame } = await readStream(text, 3);
    assert.deepEqual(
      frame.issues.map(({ code, path }) => [code, path]),
      expected,
      text,
    );
  }
});

test('refuses broken JSON with the byte of the fault, in memory and streamed', () => {
  const whole = bundleText(JSON.stringify(minimal['campaign']), JSON.stringify(minimal['tool']));
  for (const cut of [0, 1, 20, 80, whole.length - 1]) {
    assert.deepEqual(
      faultOf(() => parseBundle(whole.slice(0, cut))),
      ['json-syntax', cut],
    );
    const reader = new BundleReader();
    assert.equal(
      faultOf(() => {
        for (const _ of reader.push(utf8(whole.slice(0, cut))));
        reader.end();
      })[0],
      'json-syntax',
    );
  }
  const broken = whole.replace('"name":"netcat"', '"name":netcat');
  assert.deepEqual(
    faultOf(() => parseBundle(utf8(broken))),
    ['json-syntax', broken.indexOf('netcat')],
  );
  assert.equal(faultOf(() => parseBundle(new Uint8Array([0x7b, 0xff, 0x7d])))[0], 'json-syntax');
  for (const text of ['1', '"x"', 'null', 'true'])
    assert.equal(faultOf(() => parseBundle(text))[0], 'json-syntax');
});

test('bounds depth and count', async () => {
  const deep = `{"x_a":${'['.repeat(500)}1${']'.repeat(500)}}`;
  const object = `{${JSON.stringify(minimal['campaign']).slice(1, -1)},"x_deep":${deep}}`;
  const { issues, objects } = parseBundle(bundleText(object));
  assert.equal(objects.length, 0);
  assert.ok(issues.some(({ code }) => code === 'limit'));
  await assert.rejects(readStream(bundleText(object), 50), { code: 'json-limit' });
  const very = bundleText(`{"type":"campaign","x":${'['.repeat(100_000)}`);
  assert.equal(faultOf(() => parseBundle(very))[0], 'json-syntax');
  const two = bundleText(JSON.stringify(minimal['tool']), JSON.stringify(minimal['tool']));
  assert.equal(faultOf(() => parseBundle(two, { objectsMax: 1 }))[0], 'json-limit');
  await assert.rejects(readStream(two, 50, { objectsMax: 1 }), { code: 'json-limit' });
});

test('tells an object that two readers could read differently, and does not pass it on', async () => {
  const [object] = [JSON.stringify(minimal['campaign'])];
  const twice = object!.replace('"name":', '"name":"Other","name":');
  const { entries } = await readStream(bundleText(object!, twice), 64);
  assert.deepEqual(entries[0]?.issues, []);
  assert.equal(entries[1]?.object, undefined);
  assert.equal(entries[1]?.issues[0]?.message, 'two members of one name in one object');
  const bundle = parseBundle(bundleText(twice));
  assert.equal(faultOf(() => bundle.entries[0]?.text)[0], 'json-syntax');
  assert.equal(faultOf(() => parseBundle(twice).entries[0]?.text)[0], 'json-syntax');
  const single = await readStream(twice, 9);
  assert.equal(single.entries[0]?.object, undefined);
  for (const again of ['"objects":[]', '"\\u006fbjects":[]']) {
    const text = bundleText(object!).replace('"objects"', `${again},"objects"`);
    assert.equal(faultOf(() => parseBundle(text))[0], 'json-syntax');
    await assert.rejects(readStream(text, 10), { code: 'json-syntax' });
  }
});

test('streams a large bundle in bounded memory', () => {
  const object = utf8(`${JSON.stringify({ ...minimal['indicator'], description: 'x'.repeat(1000) })},`);
  const last = utf8(`${JSON.stringify(minimal['indicator'])}]}`);
  const chunk = new Uint8Array(64 * object.length);
  for (let i = 0; i < 64; i++) chunk.set(object, i * object.length);
  const reader = new BundleReader();
  let count = 0;
  let peak = 0;
  const push = (bytes: Uint8Array) => {
    for (const entry of reader.push(bytes)) if (entry.object) count++;
  };
  push(utf8('{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000000","objects":['));
  const before = process.memoryUsage().heapUsed;
  const megabytes = 40;
  const rounds = Math.ceil((megabytes * 1e6) / chunk.length);
  for (let i = 0; i < rounds; i++) {
    push(chunk);
    if (i % 50 === 0) peak = Math.max(peak, process.memoryUsage().heapUsed - before);
  }
  push(last);
  assert.equal(reader.end().frame.count, rounds * 64 + 1);
  assert.equal(count, rounds * 64 + 1);
  assert.ok(peak < 60e6, `${peak} bytes were held`);
});

test('the path of an issue is seen from the bundle', () => {
  const issue = { code: 'type', message: '', path: 'name' };
  assert.equal(pathInBundle(3, issue), 'objects[3].name');
  assert.equal(pathInBundle(3, { ...issue, path: '' }), 'objects[3]');
  assert.equal(pathInBundle(3, { ...issue, path: '["é"]' }), 'objects[3]["é"]');
});

test('upgrades objects of STIX 2.0 where asked to, and only then', async () => {
  const { spec_version: _, ...indicator } = minimal['indicator']!;
  const old = {
    type: 'observed-data',
    id: 'observed-data--00000000-0000-4000-8000-000000000009',
    created: '2018-01-01T00:00:00.000Z',
    modified: '2018-01-01T00:00:00.000Z',
    first_observed: '2018-01-01T00:00:00Z',
    last_observed: '2018-01-01T00:00:00Z',
    number_observed: 1,
    objects: { 0: { type: 'ipv4-addr', value: '198.51.100.3' }, 1: { type: 'ipv4-addr', value: 'x' } },
  };
  const text = bundleText(JSON.stringify(old), JSON.stringify(indicator));
  assert.equal(parseBundle(text).objects.length, 0);
  const bundle = parseBundle(text, { upgrade: true });
  assert.deepEqual(
    bundle.objects.map(({ type }) => type),
    ['observed-data', 'ipv4-addr'],
  );
  assert.equal(bundle.entries[0]?.text, JSON.stringify(old), 'verbatim stays verbatim');
  assert.equal(bundle.entries[0]?.object?.spec_version, '2.1');
  assert.equal(bundle.entries[0]?.upgrade?.derived.length, 1);
  assert.ok(bundle.entries[0]?.issues.some(({ path }) => /^objects → ipv4-addr--.* value$/.test(path)));
  assert.equal(
    bundle.entries[1]?.object,
    undefined,
    'an indicator with pattern_type is 2.1 without spec_version',
  );
  const streamed = await readStream(text, 33, { upgrade: true });
  assert.deepEqual(streamed.entries[0]?.upgrade, bundle.entries[0]?.upgrade);
});
