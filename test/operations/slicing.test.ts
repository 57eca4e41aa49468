import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { sendInOperation } from '../../src/exchange/index.ts';
import {
  findTarget,
  holdTarget,
  listDecisions,
  openDatabases,
  placeTarget,
  readQueue,
  readTargets,
  routeConflicts,
  routeTarget,
  sliceOperation,
} from '../../src/operations/index.ts';
import { writeMmdb } from '../geography/mmdb-writer.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { GEO } from './geo.ts';
import { createOperation, give, openNode } from './nodes.ts';

async function sliced(context: TestContext, csv: string) {
  const lead = await openNode(temporaryFolder(context), 'Interlink', {
    now: new Date('2026-12-01T08:00:00Z'),
  });
  context.after(() => lead.close());
  const operation = await createOperation(lead, { name: 'Lanternfish' });
  await give(lead, 'Lanternfish', csv, [lead]);
  const report = await sliceOperation(lead, operation, GEO, sendInOperation(lead));
  return {
    lead,
    operation,
    report,
    find: (value: string) => findTarget(lead.db, operation, value),
    send: sendInOperation(lead),
  };
}

const CSV = `value,mark,source,information,seat,hosting
11.0.0.1,suspect,A,1,,
11.1.0.1,victim,A,1,DE,
11.2.0.1,suspect,A,1,,
11.0.0.2,victim,A,1,DE,
11.3.0.1,suspect,A,1,,
10.0.0.1,suspect,A,1,,
8.8.8.8,suspect,A,1,,
http://11.0.0.7/x,suspect,A,1,,
shop.example,suspect,A,1,,11.1.0.9
shop.example.fr,suspect,A,1,,11.1.0.9
other.example,victim,A,1,ZR,
third.example,victim,A,1,AN,
fourth.example,victim,A,1,QZ,`;

test('agreement routes; conflicts, addresses in no country, withdrawn and unknown codes wait with their reasons', async (context) => {
  const { lead, operation, report } = await sliced(context, CSV);
  const places = new Map(
    (await readTargets(lead.db, operation)).map(({ value, country, queue }) => [value, country ?? queue]),
  );
  assert.deepEqual(Object.fromEntries(places), {
    '11.0.0.1': 'FR',
    '11.1.0.1': 'DE',
    '11.2.0.1': 'conflict',
    '11.0.0.2': 'conflict',
    '11.3.0.1': 'unplaced',
    '10.0.0.1': 'special',
    '8.8.8.8': 'special',
    'http://11.0.0.7/x': 'FR',
    'shop.example': 'DE',
    'shop.example.fr': 'conflict',
    'other.example': 'CD',
    'third.example': 'withdrawn-country',
    'fourth.example': 'unplaced',
  });
  assert.deepEqual(report.countries, { DE: 2, FR: 2, CD: 1 });
  assert.deepEqual(report.databases, ['geolocation 2026-11-01', 'asn 2026-11-01']);
  const conflict = (await readQueue(lead.db, operation)).find(({ value }) => value === '11.2.0.1')!;
  assert.deepEqual(
    conflict.placement!.candidates.map(({ country, grounds }) => [country, grounds[0]!.reason]),
    [
      ['ES', 'geolocation'],
      ['FR', 'asn'],
    ],
  );
});

test('a person routes, re-routes and holds with a reason, and slicing again leaves it so', async (context) => {
  const { lead, operation, find, send } = await sliced(context, CSV);
  await assert.rejects(
    routeTarget(lead, operation, await find('11.2.0.1'), 'ES', '', 'analyst', send),
    /reason/,
  );
  await assert.rejects(
    routeTarget(lead, operation, await find('11.2.0.1'), 'YU', 'why not', 'analyst', send),
    /no longer exists/,
  );
  await routeTarget(lead, operation, await find('11.2.0.1'), 'ES', 'the provider confirms', 'analyst', send);
  await routeTarget(lead, operation, await find('11.0.0.1'), 'IT', 'moved last week', 'analyst', send);
  await holdTarget(lead, operation, await find('11.1.0.1'), true, 'under surveillance', 'analyst');
  await sliceOperation(lead, operation, GEO, sendInOperation(lead));
  assert.deepEqual(
    [(await find('11.2.0.1')).country, (await find('11.0.0.1')).country, (await find('11.1.0.1')).decision],
    ['ES', 'IT', 'hold'],
  );
  assert.deepEqual(
    (await listDecisions(lead.db, await find('11.0.0.1'))).map(({ was, becomes, reason }) => [
      was,
      becomes,
      reason,
    ]),
    [['FR', 'IT', 'moved last week']],
  );
  const routed = await routeConflicts(lead, operation, 'geolocation', 'operators know best', 'analyst');
  assert.equal(routed, 1); // 11.0.0.2; the shop's geolocation is that of its hosting, which is another ground
  assert.equal((await find('11.0.0.2')).country, 'FR');
});

test('contributors who name different seats contradict each other', async (context) => {
  const { lead, operation, find } = await sliced(context, 'value,mark,seat\nv.example,victim,FR');
  assert.equal((await find('v.example')).country, 'FR');
  const target = await find('v.example');
  const two = {
    ...target,
    contributions: [...target.contributions, { ...target.contributions[0]!, peer: 'x', seat: 'BE' }],
  };
  assert.deepEqual(
    placeTarget(two, GEO).candidates.map(({ country }) => country),
    ['FR', 'BE'],
  );
  assert.equal(placeTarget(two, GEO).state, 'conflict');
  assert.equal(operation.name, 'Lanternfish');
  assert.equal((await readQueue(lead.db, operation)).length, 0);
});

test('a user’s own database takes the place of the one that comes along, and is named with its date', async (context) => {
  const file = join(temporaryFolder(context), 'ours.mmdb');
  writeFileSync(file, writeMmdb({ '11.0.0.0/8': 'SN' }, { builtAt: '2026-10-05T00:00:00Z' }));
  const [own, asn] = await openDatabases([file]);
  assert.deepEqual([own!.reason, own!.name, asn!.reason], ['geolocation', 'ours.mmdb 2026-10-05', 'asn']);
  writeFileSync(file, 'no database');
  await assert.rejects(openDatabases([file]), /is no MaxMind DB/);
  await assert.rejects(openDatabases([`${file}.gone`]), /cannot be read/);
});
