import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { convertMispEvent } from '../../src/intel/convert/misp.ts';
import { convertToMisp } from '../../src/intel/convert/to-misp.ts';
import { type StixObject, validateObject } from '../../src/stix/index.ts';
import { sharedData } from '../shared-data.ts';

const uuid = (n: number) => `5f6e0f0a-0000-4000-8000-${String(n).padStart(12, '0')}`;

const EVENT = {
  uuid: uuid(1),
  info: 'Delivery-notice phishing',
  date: '2026-10-01',
  timestamp: '1790000000',
  threat_level_id: '2',
  analysis: '1',
  distribution: '3',
  Orgc: { uuid: uuid(2), name: 'Example CERT' },
  Tag: [{ name: 'tlp:green' }, { name: 'PAP:AMBER' }],
  Attribute: [
    {
      uuid: uuid(10),
      type: 'ip-src',
      category: 'Network activity',
      to_ids: true,
      value: '192.0.2.1',
      timestamp: '1790000001',
      comment: 'loader',
      Sighting: [
        {
          uuid: uuid(90),
          type: '0',
          date_sighting: '1790000100',
          Organisation: { uuid: uuid(3), name: 'Sensor' },
        },
      ],
    },
    {
      uuid: uuid(11),
      type: 'link',
      to_ids: false,
      value: 'https://report.example/a',
      timestamp: '1790000001',
    },
    {
      uuid: uuid(12),
      type: 'comment',
      category: 'Other',
      to_ids: false,
      value: 'by the way',
      timestamp: '1790000001',
    },
    {
      uuid: uuid(13),
      type: 'vulnerability',
      category: 'Payload delivery',
      to_ids: false,
      value: 'CVE-2026-12345',
      timestamp: '1790000001',
    },
    {
      uuid: uuid(14),
      type: 'url',
      category: 'Network activity',
      to_ids: true,
      value: "http://a.example/it's",
      timestamp: '1790000001',
      Tag: [{ name: 'tlp:amber' }],
    },
    {
      uuid: uuid(15),
      type: 'domain',
      to_ids: true,
      value: 'gone.example',
      deleted: true,
      timestamp: '1790000500',
    },
  ],
  Object: [
    {
      uuid: uuid(20),
      name: 'file',
      'meta-category': 'file',
      timestamp: '1790000002',
      comment: 'dropper',
      Attribute: [
        {
          uuid: uuid(21),
          type: 'filename',
          object_relation: 'filename',
          category: 'Payload delivery',
          to_ids: true,
          value: 'note.exe',
          timestamp: '1790000002',
        },
        {
          uuid: uuid(22),
          type: 'md5',
          object_relation: 'md5',
          category: 'Payload delivery',
          to_ids: true,
          value: 'd41d8cd98f00b204e9800998ecf8427e',
          timestamp: '1790000002',
        },
      ],
      ObjectReference: [
        {
          uuid: uuid(23),
          referenced_uuid: uuid(24),
          relationship_type: 'connects_to',
          timestamp: '1790000003',
        },
      ],
    },
    {
      uuid: uuid(24),
      name: 'domain-ip',
      timestamp: '1790000002',
      Attribute: [
        {
          uuid: uuid(25),
          type: 'domain',
          object_relation: 'domain',
          category: 'Network activity',
          to_ids: true,
          value: 'c2.example',
          timestamp: '1790000002',
        },
      ],
      // A cycle: each refers to the other.
      ObjectReference: [
        {
          uuid: uuid(26),
          referenced_uuid: uuid(20),
          relationship_type: 'dropped-by',
          timestamp: '1790000003',
        },
      ],
    },
  ],
  Galaxy: [
    {
      type: 'mitre-attack-pattern',
      GalaxyCluster: [
        { uuid: uuid(30), value: 'Phishing - T1566', description: 'd', meta: { external_id: ['T1566'] } },
      ],
    },
    { type: 'target-information', GalaxyCluster: [{ uuid: uuid(31), value: 'Somewhere' }] },
  ],
  EventReport: [{ uuid: uuid(40), name: 'Analysis', content: '# What happened', timestamp: '1790000004' }],
  ShadowAttribute: [{ uuid: uuid(41) }],
};

const convert = (event: unknown) => {
  const conversion = convertMispEvent({ Event: event });
  assert.ok(conversion);
  return { ...conversion, all: [...conversion.undated, ...conversion.objects] as StixObject[] };
};

test('everything of an event that STIX can say becomes valid STIX, and the rest is counted by name', () => {
  const { all, dropped } = convert(EVENT);
  for (const object of all)
    assert.deepEqual(
      validateObject(JSON.parse(JSON.stringify(object)), { warnings: false }).issues,
      [],
      `${object.id}`,
    );
  const count = (type: string) => all.filter((object) => object.type === type).length;
  assert.deepEqual(
    Object.fromEntries(
      [
        'indicator',
        'note',
        'grouping',
        'relationship',
        'sighting',
        'vulnerability',
        'attack-pattern',
        'report',
        'identity',
      ].map((type) => [type, count(type)]),
    ),
    {
      indicator: 5,
      note: 2,
      grouping: 2,
      relationship: 2,
      sighting: 1,
      vulnerability: 1,
      'attack-pattern': 1,
      report: 1,
      identity: 2,
    },
  );
  assert.deepEqual(
    [...dropped],
    [
      ['galaxy target-information', 1],
      ['proposal', 1],
    ],
  );
  const report = all.find(({ type }) => type === 'report')!;
  assert.equal((report['external_references'] as { url: string }[])[0]!.url, 'https://report.example/a');
});

test('an attribute that was deleted revokes what it was taken in as', () => {
  const { all, revoked } = convert(EVENT);
  const gone = revoked[0] as StixObject;
  assert.deepEqual([gone.id, gone['revoked']], [`indicator--${uuid(15)}`, true]);
  assert.deepEqual(validateObject(gone, { warnings: false }).issues, []);
  const report = all.find(({ type }) => type === 'report')!;
  assert.ok(!(report['object_refs'] as string[]).includes(gone.id));
});

/** What both sides can say of an attribute. */
const essence = (attribute: Record<string, unknown>) => ({
  uuid: attribute['uuid'],
  type: attribute['type'],
  value: attribute['value'],
  to_ids: attribute['to_ids'],
  category: attribute['category'],
  comment: attribute['comment'],
  timestamp: attribute['timestamp'],
});
const byUuid = (a: { uuid: unknown }, b: { uuid: unknown }) => (String(a.uuid) < String(b.uuid) ? -1 : 1);

test('an event that went to STIX and back says the same', () => {
  const { all } = convert(EVENT);
  const { events, dropped } = convertToMisp(all);
  assert.deepEqual([...dropped], []);
  assert.equal(events.length, 1);
  const back = events[0] as typeof EVENT & Record<string, unknown>;
  for (const name of [
    'uuid',
    'info',
    'date',
    'timestamp',
    'threat_level_id',
    'analysis',
    'distribution',
  ] as const)
    assert.equal(back[name], EVENT[name], name);
  assert.deepEqual(back.Orgc, EVENT.Orgc);
  assert.deepEqual(back.Tag, EVENT.Tag);
  // A link is a reference of the report and has its time.
  const kept = EVENT.Attribute.filter((attribute) => !('deleted' in attribute)).map((attribute) =>
    attribute.type === 'link' ? { ...attribute, timestamp: EVENT.timestamp } : attribute,
  );
  assert.deepEqual(
    back.Attribute.map(essence)
      .sort(byUuid)
      .map(({ category, ...rest }) => rest),
    kept
      .map(essence)
      .sort(byUuid)
      .map(({ category, ...rest }) => rest),
  );
  const [file, other] = back.Object.toSorted(byUuid);
  assert.deepEqual(file!.Attribute.map(essence), EVENT.Object[0]!.Attribute.map(essence));
  assert.deepEqual(
    [
      file!.name,
      file!['meta-category'],
      file!.comment,
      file!.ObjectReference[0]!.relationship_type,
      other!.ObjectReference[0]!.referenced_uuid,
    ],
    ['file', 'file', 'dropper', 'connects-to', uuid(20)],
  );
  assert.equal(back.EventReport[0]!.content, '# What happened');
  const sighted = back.Attribute.find((attribute) => attribute.uuid === uuid(10))!;
  assert.equal(sighted.Sighting![0]!.date_sighting, '1790000100');
  // And once more: nothing changes any more.
  const again = convertToMisp(convert(back).all).events[0];
  assert.deepEqual(again, back);
});

test('random events come back with the same attributes', () => {
  let state = 7;
  const draw = (n: number) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % n;
  };
  const makers: ((n: number) => [string, string])[] = [
    (n) => ['domain', `d-${n}.example`],
    (n) => ['ip-dst', `198.51.100.${n % 255}`],
    (n) => ['ip-src', `2001:db8::${(n % 65_535).toString(16)}`],
    (n) => ['url', `http://x.example/${n}?q='"\\`],
    (n) => ['sha256', n.toString(16).padStart(64, '0')],
    (n) => ['filename', `naïve-${n}.doc`],
    (n) => ['regkey', `HKLM\\Software\\N${n}`],
    (n) => ['mutex', `Global\\m-${n}`],
    (n) => ['email-src', `a${n}@example.org`],
    (n) => ['AS', `AS${64_500 + (n % 10)}`],
    (n) => ['text', `note ${n} “مرحبا”`],
  ];
  for (let round = 0; round < 40; round++) {
    const attributes = Array.from({ length: 1 + draw(30) }, (_, i) => {
      const [type, value] = makers[draw(makers.length)]!(draw(100_000));
      return {
        uuid: uuid(1_000 + i),
        type,
        value,
        to_ids: type !== 'text',
        category: 'Other',
        timestamp: String(1_790_000_000 + i),
        ...(draw(2) ? { comment: `c${i}` } : {}),
      };
    });
    const { all, dropped } = convert({
      ...EVENT,
      Attribute: attributes,
      Object: [],
      Galaxy: [],
      EventReport: [],
      ShadowAttribute: [],
    });
    assert.deepEqual([...dropped], []);
    for (const object of all)
      assert.deepEqual(validateObject(JSON.parse(JSON.stringify(object)), { warnings: false }).issues, []);
    const [back] = convertToMisp(all).events;
    const got = (back!['Attribute'] as Record<string, unknown>[]).map(essence).sort(byUuid);
    assert.deepEqual(got, attributes.map(essence).sort(byUuid));
  }
});

test('what is no event, or pretends to be one, gives no objects and never throws', () => {
  for (const value of [
    null,
    1,
    [],
    'x',
    {},
    { Event: null },
    { Event: { uuid: 'x' } },
    { uuid: '../../etc/passwd' },
  ])
    assert.equal(convertMispEvent(value), null);
  const hostile = {
    uuid: uuid(1),
    info: { toString: null },
    Attribute: [
      null,
      1,
      { uuid: uuid(2), type: {}, value: [] },
      { uuid: 'x', type: 'domain', to_ids: true, value: 'a.example' },
    ],
    Object: [{ Attribute: 'x' }, []],
    Galaxy: 'x',
    Tag: [{ name: 5 }],
    timestamp: 'NaN',
    date: '9999-99-99',
  };
  const { all } = convert(hostile);
  assert.deepEqual(
    all.filter(({ type }) => type === 'indicator'),
    [],
  );
});

const misp = sharedData('misp/eset');
test('real events become valid STIX and come back with every attribute for detection', {
  skip: misp.skip,
}, () => {
  let attributes = 0;
  for (const file of readdirSync(misp.path)) {
    const content = JSON.parse(readFileSync(join(misp.path, file), 'utf8'));
    const events = (content.response ?? [content]).map((entry: { Event?: unknown }) => entry.Event ?? entry);
    for (const event of events) {
      const { all, dropped } = convert(event);
      for (const object of all)
        assert.deepEqual(
          validateObject(JSON.parse(JSON.stringify(object)), { warnings: false }).issues,
          [],
          `${file} ${object.id}`,
        );
      const listed = [
        event.Attribute ?? [],
        ...(event.Object ?? []).map((object: { Attribute: unknown }) => object.Attribute ?? []),
      ].flat();
      const marked = listed.filter(
        (one: { to_ids: unknown; deleted: unknown }) => one.to_ids === true && one.deleted !== true,
      );
      const [back] = convertToMisp(all).events;
      const returned = back
        ? [
            back['Attribute'],
            ...((back['Object'] as { Attribute: unknown }[]) ?? []).map((object) => object.Attribute),
          ].flat()
        : [];
      const uuids = new Set((returned as { uuid: string }[]).map((one) => one.uuid));
      const lost = marked.filter((one: { uuid: string }) => !uuids.has(one.uuid)).length;
      const told = [...dropped]
        .filter(
          ([name]) =>
            !name.startsWith('galaxy') && !name.startsWith('proposal') && !name.startsWith('related'),
        )
        .reduce((sum, [, n]) => sum + n, 0);
      assert.ok(lost <= told, `${file}: ${lost} lost, ${told} told: ${[...dropped].join('; ')}`);
      attributes += marked.length;
    }
  }
  assert.ok(attributes > 300, `${attributes}`);
});
