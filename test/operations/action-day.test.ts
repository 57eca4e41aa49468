import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sendInOperation } from '../../src/exchange/index.ts';
import {
  changeOperation,
  findOperation,
  listParties,
  localTime,
  preparePackages,
  readInstant,
  renderPackage,
  writeLocalTime,
} from '../../src/operations/index.ts';
import { deliver } from './nodes.ts';
import { NAME, world } from './world.ts';

/** Zones that change their clocks at different times, by half an hour, never, or are far from UTC. */
const ZONES = [
  'UTC',
  'Europe/Paris',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Africa/Casablanca',
  'Pacific/Kiritimati',
  'America/St_Johns',
  'Asia/Tokyo',
];

test('one instant is shown in every zone with its distance from UTC, before, in and after a change of clocks', () => {
  const shown: readonly (readonly [string, string, string])[] = [
    // Paris goes forward at 01:00 UTC on 29 March 2026, back at 01:00 UTC on 25 October.
    ['2026-03-29T00:59:00Z', 'Europe/Paris', '2026-03-29 01:59 +01:00 Europe/Paris'],
    ['2026-03-29T01:00:00Z', 'Europe/Paris', '2026-03-29 03:00 +02:00 Europe/Paris'],
    ['2026-10-25T00:30:00Z', 'Europe/Paris', '2026-10-25 02:30 +02:00 Europe/Paris'],
    ['2026-10-25T01:30:00Z', 'Europe/Paris', '2026-10-25 02:30 +01:00 Europe/Paris'],
    // New York has changed three weeks before Europe: for these weeks they are an hour nearer.
    ['2026-03-20T05:00:00Z', 'Europe/Paris', '2026-03-20 06:00 +01:00 Europe/Paris'],
    ['2026-03-20T05:00:00Z', 'America/New_York', '2026-03-20 01:00 -04:00 America/New_York'],
    // Half an hour, where others change an hour.
    ['2026-04-04T14:59:00Z', 'Australia/Lord_Howe', '2026-04-05 01:59 +11:00 Australia/Lord_Howe'],
    ['2026-04-04T15:00:00Z', 'Australia/Lord_Howe', '2026-04-05 01:30 +10:30 Australia/Lord_Howe'],
    ['2026-12-03T05:00:00Z', 'Asia/Kathmandu', '2026-12-03 10:45 +05:45 Asia/Kathmandu'],
    ['2026-12-03T11:00:00Z', 'Pacific/Kiritimati', '2026-12-04 01:00 +14:00 Pacific/Kiritimati'],
    ['2026-12-03T05:00:00Z', 'UTC', '2026-12-03 05:00 +00:00 UTC'],
    ['2026-12-03T00:00:00Z', 'Europe/Paris', '2026-12-03 01:00 +01:00 Europe/Paris'],
    ['2026-12-02T23:00:00Z', 'Europe/Paris', '2026-12-03 00:00 +01:00 Europe/Paris'],
  ];
  for (const [instant, zone, expected] of shown) assert.equal(writeLocalTime(instant, zone), expected);
});

test('every hour of a year is the same instant in every zone, and read back as it was shown', () => {
  const startMs = Date.parse('2026-01-01T00:00:00Z');
  for (const zone of ZONES) {
    let twice = 0;
    for (let hour = 0; hour < 365 * 24; hour++) {
      const instant = new Date(startMs + hour * 3_600_000).toISOString();
      const { local, offset } = localTime(instant, zone);
      if (hour % 13 !== 0 && !/-(?:03|04|10|11)-/.test(local)) continue; // clocks change in these months
      assert.equal(
        new Date(`${local.replace(' ', 'T')}:00${offset}`).toISOString(),
        instant,
        `${instant} in ${zone}`,
      );
      try {
        assert.equal(readInstant(local.replace(' ', 'T'), zone), instant.replace('.000Z', 'Z'));
      } catch (error) {
        assert.match((error as Error).message, /happens twice/, `${local} in ${zone}`);
        twice++;
      }
    }
    assert.ok(twice <= 4, `${zone}: ${twice} hours that happen twice`);
  }
});

test('a local time that clocks skip or show twice is refused with what to write instead', () => {
  assert.equal(readInstant('2026-12-03T06:00', 'Europe/Paris'), '2026-12-03T05:00:00Z');
  assert.equal(readInstant('2026-12-03T05:00:00Z', 'Europe/Paris'), '2026-12-03T05:00:00Z');
  assert.throws(() => readInstant('2026-03-29T02:30', 'Europe/Paris'), /does not exist in Europe\/Paris/);
  assert.throws(
    () => readInstant('2026-10-25T02:30', 'Europe/Paris'),
    /happens twice in Europe\/Paris, at 00:30 and 01:30 UTC/,
  );
  assert.throws(() => readInstant('2026-04-05T01:45', 'Australia/Lord_Howe'), /14:45 and 15:15 UTC/);
  for (const bad of ['tomorrow', '2026-02-30T06:00', '2026-12-03T25:00', '2026-12-03', ''])
    assert.throws(() => readInstant(bad, 'UTC'), /is no time/, bad);
});

test('the action day reaches every party as the same instant, and stands in its package in its own time', async (context) => {
  const { lead, france, germany, nodes } = await world(context);
  await lead.db.transaction(async (tx) => {
    for (const [node, zone] of [
      [france, 'Europe/Paris'],
      [germany, 'Africa/Tunis'],
    ] as const)
      await tx.run(
        `UPDATE operation_party SET body = json_set(body, '$.timeZone', ?) WHERE peer = ?`,
        zone,
        node.identity.kid,
      );
  });
  const operation = await changeOperation(
    lead,
    await findOperation(lead.db, NAME),
    { actionDay: '2026-10-25T01:30:00Z' },
    sendInOperation(lead),
  );
  await deliver(nodes);
  for (const node of nodes)
    assert.equal((await findOperation(node.db, NAME)).actionDay, '2026-10-25T01:30:00Z', node.name);
  const pages = new Map(
    (await preparePackages(lead, operation)).flatMap(({ peer, contents }) =>
      contents ? [[peer.name, renderPackage(contents)] as const] : [],
    ),
  );
  assert.match(
    pages.get('Police FR')!,
    /Jour de l’action<\/dt><dd><bdi>2026-10-25 02:30 \+01:00 Europe\/Paris/,
  );
  assert.match(pages.get('Police DE')!, /2026-10-25 02:30 \+01:00 Africa\/Tunis/);
  assert.equal((await listParties(lead.db, operation)).length, 4);
});
