/** A CERT's constituency by autonomous system: one package for each network owner, and nothing of one owner in another's. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sendInOperation } from '../../src/exchange/index.ts';
import { type GeoSource, openMmdb } from '../../src/geography/index.ts';
import {
  attachmentsOf,
  changeMark,
  findOperation,
  findTarget,
  listPackages,
  openDatabases,
  preparePackages,
  readPackage,
  routeTarget,
  sliceOperation,
} from '../../src/operations/index.ts';
import { writeMmdb } from '../geography/mmdb-writer.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { GEO } from './geo.ts';
import { deliver } from './nodes.ts';
import { HEAD, NAME, world } from './world.ts';

const network = (owners: Record<string, string>): GeoSource => ({
  reason: 'network',
  name: 'owners 2026-11-01',
  table: openMmdb(writeMmdb(owners, { type: 'asn' })),
});
const OWNERS = network({
  '11.0.0.0/24': 'AS64500 Northern Cable',
  '11.0.1.0/24': 'AS64501 Southern Mobile',
  '11.1.0.0/24': 'AS64500 Northern Cable',
});

const VICTIMS = `${HEAD}
11.0.0.1,suspect,A,1,,c2,
11.0.0.2,victim,B,2,,infected-host,
11.0.1.3,victim,B,2,,infected-host,
11.1.0.4,victim,B,2,,infected-host,
11.0.9.5,victim,B,2,,infected-host,
AS64501,victim,B,2,,hijacked,
11.0.1.7,undetermined,B,2,,,`;

test('each network owner of a constituency has its own package, with its victims of every country and nothing else', async (context) => {
  const { lead, cert, nodes, sendAll } = await world(context, VICTIMS, {
    geo: [...GEO, OWNERS],
    constituency: ['AS64500', 'as64501'],
  });
  await sendAll();
  const there = await findOperation(cert.db, NAME);
  const texts = new Map<string, string>();
  const values = new Map<string, string[]>();
  for (const { id, scope } of await listPackages(cert.db, there)) {
    const { file, contents } = await readPackage(cert, there, id, sendInOperation(cert));
    values.set(scope, contents.items.map(({ value }) => value).sort());
    texts.set(
      scope,
      file.toString() + attachmentsOf(contents).map(({ bytes }) => Buffer.from(bytes).toString()),
    );
  }
  assert.deepEqual(Object.fromEntries(values), {
    AS64500: ['11.0.0.2', '11.1.0.4'],
    AS64501: ['11.0.1.3'],
  });
  assert.match(texts.get('AS64500')!, /AS64500 \(Northern Cable\)/);
  assert.match(texts.get('AS64500')!, /11\.0\.0\.2,64500,Northern Cable,FR/);
  for (const foreign of ['11.0.1.3', 'AS64501', 'Southern Mobile', '11.0.0.1<'])
    assert.ok(!texts.get('AS64500')!.includes(foreign), foreign);
  assert.deepEqual(await deliver(nodes), []);
  assert.match(texts.get('AS64501')!, /11\.0\.1\.3,64501,Southern Mobile,FR/);
  for (const foreign of ['11.0.0.2', '11.1.0.4', 'AS64500', 'Northern Cable'])
    assert.ok(!texts.get('AS64501')!.includes(foreign), foreign);

  // A network as a target has no country by itself; once a person routes it, it is its own owner's.
  const operation = await findOperation(lead.db, NAME);
  const whole = await findTarget(lead.db, operation, 'AS64501');
  assert.equal(whole.queue, 'unplaced');
  await routeTarget(lead, operation, whole, 'FR', 'registered there', 'analyst', sendInOperation(lead));
  const next = await preparePackages(lead, operation);
  assert.deepEqual(
    next
      .filter(({ peer }) => peer.name === 'CERT FR')
      .map(({ scope, selection }) => [scope.name, selection.items.length]),
    [
      ['AS64500', 0],
      ['AS64501', 1],
    ],
  );
});

test('routing to another country leaves a victim with its network owner; another mark takes it back from everybody', async (context) => {
  const { lead, cert, france, nodes, sendAll, targetsAt } = await world(context, VICTIMS, {
    geo: [...GEO, OWNERS],
    constituency: ['AS64500', 'AS64501'],
  });
  await sendAll();
  const operation = await findOperation(lead.db, NAME);
  const recalled = async (node: typeof lead) =>
    (await listPackages(node.db, await findOperation(node.db, NAME))).reduce(
      (sum, one) => sum + one.recalled,
      0,
    );
  const send = sendInOperation(lead);
  await routeTarget(
    lead,
    operation,
    await findTarget(lead.db, operation, '11.0.0.2'),
    'DE',
    'moved',
    'analyst',
    send,
  );
  await deliver(nodes);
  assert.deepEqual([await recalled(france), await recalled(cert)], [1, 0]);

  await changeMark(
    lead,
    operation,
    await findTarget(lead.db, operation, '11.0.1.3'),
    'suspect',
    'a relay of theirs',
    'analyst',
    send,
  );
  await deliver(nodes);
  assert.deepEqual([await recalled(france), await recalled(cert)], [2, 1]);
  await sendAll();
  assert.ok((await targetsAt(france)).includes('11.0.1.3'));
  const again = await findTarget(france.db, await findOperation(france.db, NAME), '11.0.1.3');
  assert.deepEqual([again.mark, again.contributions[0]!.withdrawnAt], ['suspect', null]);
  const gone = await findTarget(cert.db, await findOperation(cert.db, NAME), '11.0.1.3');
  assert.notEqual(gone.contributions[0]!.withdrawnAt, null);
});

test('newer data that place a target elsewhere recall it from where it was', async (context) => {
  const { lead, france, nodes, sendAll } = await world(context, VICTIMS, { constituency: ['AS64500'] });
  await sendAll();
  const moved = (reason: 'geolocation' | 'asn'): GeoSource => ({
    reason,
    name: `${reason} 2026-12-01`,
    table: openMmdb(
      writeMmdb(
        { '11.0.0.1/32': 'DE', '11.0.0.2/32': 'FR', '11.0.1.0/24': 'FR', '11.0.9.0/24': 'FR' },
        { type: reason },
      ),
    ),
  });
  const operation = await findOperation(lead.db, NAME);
  await sliceOperation(lead, operation, [moved('geolocation'), moved('asn')], sendInOperation(lead));
  await deliver(nodes);
  const there = await findOperation(france.db, NAME);
  assert.notEqual((await findTarget(france.db, there, '11.0.0.1')).contributions[0]!.withdrawnAt, null);
  assert.equal((await findTarget(france.db, there, '11.0.0.2')).contributions[0]!.withdrawnAt, null);
});

test('without a database of networks slicing says how many victims their owners cannot be told of', async (context) => {
  const { lead } = await world(context, VICTIMS, { constituency: ['AS64500'] });
  const operation = await findOperation(lead.db, NAME);
  const sliced = (sources: readonly GeoSource[]) =>
    sliceOperation(lead, operation, sources, sendInOperation(lead));
  assert.equal((await sliced(GEO)).withoutNetwork, 4);
  assert.equal((await sliced([...GEO, OWNERS])).withoutNetwork, 1);
  const file = join(temporaryFolder(context), 'owners.mmdb');
  writeFileSync(file, writeMmdb({ '11.0.0.0/24': 'AS64500 Northern Cable' }, { type: 'asn' }));
  const opened = await openDatabases([`network=${file}`]);
  assert.deepEqual(
    opened.map(({ reason }) => reason),
    ['network', 'geolocation', 'asn'],
  );
});
