import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ownCollection } from '../../src/exchange/index.ts';
import {
  addWarninglist,
  assess,
  heldWarninglists,
  importFile,
  lastSighting,
  listWarninglists,
  parseColumns,
  removeWarninglist,
  usableIndicators,
  walkObjects,
} from '../../src/intel/index.ts';
import { openRegistry } from '../../src/registry/index.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { importOwn, indicator, startTestNode } from '../two-nodes.ts';

async function emptyNode(context: TestContext) {
  const folder = temporaryFolder(context);
  const registry = await openRegistry(join(folder, 'node'), { createAs: 'Test' });
  context.after(() => registry.close());
  const { id } = await ownCollection(registry);
  const table = (text: string, columns: string, options = {}) => {
    writeFileSync(join(folder, 'table.csv'), text);
    return importFile(registry, id, join(folder, 'table.csv'), {
      columns: parseColumns(columns),
      ...options,
    });
  };
  const indicators = async () => {
    const found: Record<string, unknown>[] = [];
    for await (const { object } of walkObjects(registry, 'indicator')) found.push(object);
    return found;
  };
  return { registry, table, indicators };
}

test('columns named by heading say value, kind, comment, confidence, times, marking and tags', async (context) => {
  const { table, indicators } = await emptyNode(context);
  const report = await table(
    '\ufeffKind;Indicator;Note;Conf;Since;Until;TLP;Tags\r\nFQDN;evil[.]example;"a ""note""; long";85;2026-01-02;2027-01-02T00:00:00+02:00;TLP:GREEN;c2|loader\r\n',
    'value=indicator,type=kind,comment=note,confidence=conf,first-seen=since,valid-until=until,tlp=tlp,tags=Tags',
  );
  assert.deepEqual([report.accepted, report.unmarked, [...report.dropped]], [2, 0, []]);
  const [made] = await indicators();
  assert.deepEqual(
    ['pattern', 'description', 'confidence', 'valid_from', 'valid_until', 'labels'].map(
      (name) => made![name],
    ),
    [
      "[domain-name:value = 'evil.example']",
      'a "note"; long (table.csv, line 2)',
      85,
      '2026-01-02T00:00:00.000Z',
      '2027-01-01T22:00:00.000Z',
      ['c2', 'loader'],
    ],
  );
});

test('columns named by number take the first line as a row when it is one', async (context) => {
  const { table, indicators } = await emptyNode(context);
  await table('1,a.example\n2,b.example\n', 'value=2');
  assert.equal((await indicators()).length, 2);
  await table('number,what\n3,c.example\n', 'value=2');
  assert.equal((await indicators()).length, 3);
});

test('what a row cannot mean is left out by name, and the others come', async (context) => {
  const { table, indicators } = await emptyNode(context);
  const report = await table(
    'v,t,c,d,m\na.example,domain,101,yesterday,TLP:PURPLE\n,domain,,,\nb.example,starship,,,\nx y z,,,,\n',
    'value=v,type=t,confidence=c,first-seen=d,tlp=m',
  );
  const dropped = Object.fromEntries(report.dropped);
  assert.deepEqual(dropped, {
    'confidence that cannot be read': 1,
    'first-seen that cannot be read': 1,
    'tlp that cannot be read': 1,
    'line has no value in column 1': 1,
    'line has a value of no known kind': 1,
  });
  const made = await indicators();
  assert.deepEqual(
    made.map((one) => one['pattern']),
    ["[domain-name:value = 'a.example']", "[domain-name:value = 'b.example']"],
  );
  assert.ok(
    JSON.stringify(made[0]!['object_marking_refs']).includes('e828b379'),
    'a marking that cannot be read is TLP:RED',
  );
});

test('columns that are not there, or make no sense, are refused with what there is', async (context) => {
  const { table } = await emptyNode(context);
  await assert.rejects(table('a,b\n1,2\n', 'value=indicator'), {
    code: 'intelligence-format',
    message: /no column "indicator" for value: its first line has "a", "b"/,
  });
  await assert.rejects(table('a,b\n1,2\n', 'value=7'), {
    code: 'intelligence-format',
    message: /no column 7 for value: its first line has 2/,
  });
  for (const [columns, says] of [
    ['value', /has "value"/],
    ['value=0', /counts columns from 1/],
    ['type=2', /names no column for the value/],
    ['value=1,value=2', /twice/],
    ['value=1,colour=2', /knows no "colour"/],
  ] as const)
    assert.throws(() => parseColumns(columns), { code: 'usage', message: says }, columns);
});

test('what carried no marking counts as what is said when it is imported again', async (context) => {
  const { registry, table } = await emptyNode(context);
  const first = await table('a.example\n', 'value=1');
  assert.equal(first.unmarked, 1);
  const again = await table('a.example\n', 'value=1', { unmarked: 'green' });
  assert.deepEqual([again.accepted, again.unchanged, again.reclassified], [0, 2, 1]);
  const held = await registry.db.get<{ class: string }>(
    "SELECT c.class FROM object o JOIN release_class c ON c.id = o.class_id WHERE o.type = 'indicator'",
  );
  assert.equal(JSON.parse(held!.class).tlp, 'green');
});

test('a kept warninglist marks values for the kinds that it speaks about, and hides nothing', async (context) => {
  const node = await startTestNode(context, 'Test', { now: new Date('2026-12-01T08:00:00Z') });
  const { registry } = node;
  await importOwn(node, [
    indicator(1),
    indicator(2, {
      more: {
        pattern: "[ipv4-addr:value = '192.0.2.1']",
        confidence: 30,
        valid_until: '2026-11-30T00:00:00Z',
      },
    }),
  ]);
  const list = (name: string, type: string, entries: string[], attributes?: string[]) =>
    addWarninglist(
      registry,
      JSON.stringify({
        name,
        type,
        version: 3,
        list: entries,
        ...(attributes ? { matching_attributes: attributes } : {}),
      }),
      'test',
    );
  await list('resolvers', 'cidr', ['192.0.2.0/24'], ['ip-src', 'ip-dst', 'domain|ip']);
  await list('mail only', 'string', ['host-1.example'], ['email-src']);
  await list('of nothing known', 'string', ['host-1.example'], ['favourite-colour']);
  assert.deepEqual(
    (await listWarninglists(registry)).map(({ name, entries }) => [name, entries]),
    [
      ['mail only', 1],
      ['of nothing known', 1],
      ['resolvers', 1],
    ],
  );
  const { sources } = await usableIndicators(registry, '2026-12-01T00:00:00Z');
  assert.deepEqual(
    sources.map(({ value, warninglists, confidence, validUntil }) => [
      value,
      warninglists,
      confidence,
      validUntil,
    ]),
    [
      ['host-1.example', undefined, undefined, undefined],
      ['192.0.2.1', ['resolvers'], 30, '2026-11-30T00:00:00Z'],
    ],
  );
  await removeWarninglist(registry, 'resolvers');
  assert.equal((await heldWarninglists(registry)).lists, 2);
  await assert.rejects(removeWarninglist(registry, 'resolvers'), { code: 'not-found' });
  for (const wrong of ['{', '[]', '{"type":"cidr"}', '{"type":"magic","list":[]}'])
    await assert.rejects(addWarninglist(registry, wrong, 'wrong.json'), {
      code: 'intelligence-format',
      message: /wrong.json/,
    });
});

test('an indicator is assessed by its own words and its age', () => {
  const now = '2026-12-01T00:00:00.000Z';
  const of = (more: Record<string, unknown>) =>
    assess(
      {
        type: 'indicator',
        pattern_type: 'stix',
        pattern: "[domain-name:value = 'a.example']",
        valid_from: '2026-12-01T00:00:00Z',
        modified: '2026-12-01T00:00:00Z',
        ...more,
      },
      now,
    )!;
  assert.deepEqual(of({}).decay, { score: 80, base: 80, model: 'network', since: '2026-12-01T00:00:00Z' });
  const aged = (days: number) => new Date(Date.parse(now) - days * 86_400_000).toISOString();
  // base × (1 − (age / 120)^(1/2))
  for (const [days, score] of [
    [30, 40],
    [120, 0],
    [400, 0],
    [1, Math.round(80 * (1 - Math.sqrt(1 / 120)))],
  ] as const)
    assert.equal(of({ modified: aged(days), valid_from: aged(days) }).decay!.score, score, `${days} days`);
  assert.equal(of({ confidence: 50, modified: aged(30), valid_from: aged(30) }).decay!.score, 25);
  const hash = {
    pattern: `[file:hashes.'SHA-256' = '${'a'.repeat(64)}']`,
    modified: aged(400),
    valid_from: aged(400),
    confidence: 60,
  };
  assert.deepEqual(of(hash).decay, { score: 60, base: 60, model: 'none', since: aged(400) });
  assert.equal(of({ valid_until: '2026-11-30T23:59:59Z' }).state, 'expired');
  assert.equal(of({ valid_from: '2026-12-02T00:00:00Z' }).state, 'not-yet-valid');
  assert.equal(of({ revoked: true }).state, 'revoked');
  assert.equal(assess({ type: 'report' }, now), null);
});

test('a sighting makes an indicator young again', async (context) => {
  const node = await startTestNode(context, 'Test', { now: new Date('2026-12-01T08:00:00Z') });
  const seen = indicator(1);
  await importOwn(node, [
    seen,
    {
      type: 'sighting',
      spec_version: '2.1',
      id: 'sighting--00000000-0000-4000-8000-000000000009',
      created: '2026-11-02T00:00:00.000Z',
      modified: '2026-11-02T00:00:00.000Z',
      last_seen: '2026-11-30T00:00:00Z',
      sighting_of_ref: seen.id,
    },
  ]);
  const last = await lastSighting(node.registry, seen.id);
  assert.equal(last, '2026-11-30T00:00:00Z');
  assert.equal(assess(seen, '2026-12-01T00:00:00Z', last)!.decay!.since, last);
});
