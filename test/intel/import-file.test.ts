import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isEntenteError } from '../../src/base/index.ts';
import { ownCollection } from '../../src/exchange/index.ts';
import { importFile, walkObjects } from '../../src/intel/index.ts';
import { openRegistry } from '../../src/registry/index.ts';
import { tlpOf } from '../../src/stix/index.ts';
import { sharedData } from '../shared-data.ts';
import { temporaryFolder } from '../temporary-folder.ts';

async function emptyNode(context: TestContext) {
  const folder = temporaryFolder(context);
  const registry = await openRegistry(join(folder, 'node'), { createAs: 'Test' });
  context.after(() => registry.close());
  const { id } = await ownCollection(registry);
  return {
    registry,
    folder,
    importText: (name: string, text: string) => {
      writeFileSync(join(folder, name), text);
      return importFile(registry, id, join(folder, name));
    },
    importPath: (path: string) => importFile(registry, id, path),
  };
}

async function objectsOf(registry: Parameters<typeof walkObjects>[0], type: string) {
  const found: Record<string, unknown>[] = [];
  for await (const { object } of walkObjects(registry, type)) found.push(object);
  return found;
}

const EVENT = {
  Event: {
    uuid: '5f6e0f0a-0000-4000-8000-000000000001',
    info: 'Delivery-notice phishing',
    date: '2026-10-01',
    timestamp: '1790000000',
    Orgc: { uuid: '5f6e0f0a-0000-4000-8000-000000000002', name: 'Example CERT' },
    Tag: [{ name: 'tlp:green' }, { name: 'PAP:AMBER' }],
    Attribute: [
      {
        uuid: '5f6e0f0a-0000-4000-8000-000000000003',
        type: 'domain|ip',
        to_ids: true,
        value: 'a.example|192.0.2.1',
        timestamp: '1790000001',
      },
      {
        uuid: '5f6e0f0a-0000-4000-8000-000000000004',
        type: 'url',
        to_ids: true,
        value: "http://a.example/it's",
        timestamp: '1790000001',
        Tag: [{ name: 'tlp:amber' }],
      },
      { uuid: '5f6e0f0a-0000-4000-8000-000000000005', type: 'comment', to_ids: false, value: 'by the way' },
      { uuid: '5f6e0f0a-0000-4000-8000-000000000006', type: 'pattern-in-memory', to_ids: true, value: 'x' },
      {
        uuid: '5f6e0f0a-0000-4000-8000-000000000007',
        type: 'md5',
        to_ids: true,
        deleted: true,
        value: 'd41d8cd98f00b204e9800998ecf8427e',
      },
    ],
  },
};

test('a MISP event becomes indicators and a report, marked as its tags say, and says what was left out', async (context) => {
  const { registry, importText } = await emptyNode(context);
  const report = await importText('event.json', JSON.stringify(EVENT));
  assert.equal(report.format, 'misp');
  assert.equal(report.refused, 0);
  assert.deepEqual(Object.fromEntries(report.dropped), {
    'pattern-in-memory': 1,
  });
  const indicators = await objectsOf(registry, 'indicator');
  assert.deepEqual(indicators.map((one) => one['pattern']).sort(), [
    "[domain-name:value = 'a.example']",
    "[ipv4-addr:value = '192.0.2.1']",
    "[url:value = 'http://a.example/it\\'s']",
  ]);
  const url = indicators.find((one) => String(one['pattern']).startsWith('[url'))!;
  assert.equal(tlpOf(url as never), 'amber', 'an attribute’s own tag is stricter than the event’s');
  assert.deepEqual(url['labels'], ['PAP:AMBER', 'misp:type="url"']);
  const [made] = await objectsOf(registry, 'report');
  assert.equal((made!['object_refs'] as string[]).length, 3);
  const again = await importText('event.json', JSON.stringify(EVENT));
  assert.equal(again.accepted, 0);
});

test('a list with a value twice, comments and defanging brings each value once', async (context) => {
  const { registry, importText } = await emptyNode(context);
  const report = await importText(
    'list.txt',
    '# a comment\nevil.example\nhxxp://evil[.]example/x\n192.0.2.7\nevil.example\n\n',
  );
  assert.deepEqual([report.accepted, report.unchanged, report.refused], [4, 1, 0]); // three values and their author
  const patterns = (await objectsOf(registry, 'indicator')).map((one) => one['pattern']);
  assert.ok(patterns.includes("[url:value = 'http://evil.example/x']"), String(patterns));
  const again = await importText('list.txt', 'evil.example\n');
  assert.deepEqual([again.accepted, again.unchanged], [0, 2]);
});

test('what is no intelligence is refused by name', async (context) => {
  const { importText } = await emptyNode(context);
  for (const [name, text] of [
    ['other.json', '{"hello": "world"}'],
    ['binary.bin', 'MZ\u0000\u0001\u0002\u0003'],
  ] as const) {
    await assert.rejects(
      importText(name, text),
      (error) => isEntenteError(error) && error.code === 'intelligence-format',
      name,
    );
  }
});

const eset = sharedData('misp/eset');
test('every detection attribute of the ESET events becomes an indicator or is counted', {
  skip: eset.skip,
}, async (context) => {
  const { importPath } = await emptyNode(context);
  for (const name of readdirSync(eset.path)) {
    const path = join(eset.path, name);
    const { response, ...single } = JSON.parse(readFileSync(path, 'utf8'));
    const report = await importPath(path);
    const events = (response ?? [single]) as {
      Event: {
        Attribute?: { to_ids: boolean; deleted?: boolean }[];
        Object?: { Attribute?: { to_ids: boolean }[] }[];
      };
    }[];
    const marked = events
      .flatMap(({ Event }) => [
        ...(Event.Attribute ?? []),
        ...(Event.Object ?? []).flatMap((object) => object.Attribute ?? []),
      ])
      .filter((attribute) => attribute.to_ids && !(attribute as { deleted?: boolean }).deleted).length;
    const left = [...report.dropped]
      .filter(([what]) => !what.endsWith('(not for detection)'))
      .reduce((sum, [, count]) => sum + count, 0);
    const brought = report.accepted + report.unchanged + report.refused;
    assert.equal(report.refused, 0, name);
    assert.ok(brought + left >= marked, `${name}: ${brought} + ${left} of ${marked}`);
  }
});

test('a bundle of STIX 2.0 is held as 2.1, and what was changed is told', async (context) => {
  const { registry, importText } = await emptyNode(context);
  const report = await importText(
    'old.json',
    JSON.stringify({
      type: 'bundle',
      id: 'bundle--5f6e0f0a-0000-4000-8000-000000000010',
      spec_version: '2.0',
      objects: [
        {
          type: 'indicator',
          id: 'indicator--5f6e0f0a-0000-4000-8000-000000000011',
          created: '2018-01-01T00:00:00.000Z',
          modified: '2018-01-01T00:00:00.000Z',
          labels: ['malicious-activity'],
          pattern: "[domain-name:value = 'old.example']",
          valid_from: '2018-01-01T00:00:00Z',
        },
      ],
    }),
  );
  assert.deepEqual([report.accepted, report.refused], [1, 0]);
  assert.ok(report.changes.size > 0);
  const [indicator] = await objectsOf(registry, 'indicator');
  assert.equal(indicator!['spec_version'], '2.1');
  assert.equal(indicator!['pattern_type'], 'stix');
});

test('nothing of a file can be seen before all of it is here', async (context) => {
  const { registry, importText } = await emptyNode(context);
  // The relationship of the first batch names an object that arrives in the last, and that nobody may see.
  const uuid = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
  const common = {
    spec_version: '2.1',
    created: '2026-01-01T00:00:00.000Z',
    modified: '2026-01-01T00:00:00.000Z',
  };
  const objects: Record<string, unknown>[] = [
    {
      type: 'relationship',
      id: `relationship--${uuid(1)}`,
      ...common,
      relationship_type: 'related-to',
      source_ref: `malware--${uuid(2)}`,
      target_ref: `malware--${uuid(9_999)}`,
    },
  ];
  for (let n = 2; n < 1_202; n++)
    objects.push({ type: 'malware', id: `malware--${uuid(n)}`, ...common, is_family: false, name: `m${n}` });
  objects.push({
    type: 'malware',
    id: `malware--${uuid(9_999)}`,
    ...common,
    is_family: false,
    name: 'hidden',
  });
  const seen: number[] = [];
  const published = async () =>
    Number((await registry.db.get<{ n: number }>('SELECT count(*) AS n FROM collection_object'))!.n);
  const watching = setInterval(() => void published().then((n) => seen.push(n)), 1);
  const report = await importText(
    'large.json',
    JSON.stringify({ type: 'bundle', id: `bundle--${uuid(0)}`, objects }),
  );
  clearInterval(watching);
  assert.equal(report.accepted, 1_202);
  assert.equal(await published(), 1_202);
  assert.deepEqual(
    [...new Set(seen)].filter((n) => n > 0 && n < 1_202),
    [],
  );
});

test('what an interrupted import left held is published by the next', async (context) => {
  const { registry, importText } = await emptyNode(context);
  await importText('one.txt', 'one.example\n');
  // As after a crash between holding and publishing.
  await registry.db.transaction(async (tx) => {
    await tx.run('DELETE FROM collection_object');
    await tx.run('INSERT INTO meta (key, value) VALUES (?, ?)', 'held-from', '0');
  });
  await importText('one.txt', 'one.example\n');
  const row = await registry.db.get<{ n: number }>('SELECT count(*) AS n FROM collection_object');
  assert.equal(Number(row!.n), 2);
});
