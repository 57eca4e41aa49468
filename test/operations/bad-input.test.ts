/** What goes wrong in real operations: found, shown, and left to a person. Each line of it in one place. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sendInOperation } from '../../src/exchange/index.ts';
import {
  answerInvitation,
  assertPackageFetchable,
  contradictions,
  findOperation,
  findTarget,
  inviteParty,
  isActive,
  listPackages,
  listTargetOutcomes,
  preparePackages,
  readQueue,
  readTargets,
  reportOutcomes,
  routeTarget,
  sendPackage,
  waitingPackages,
  withdrawTargets,
} from '../../src/operations/index.ts';
import { findPeer, verifyLedger } from '../../src/registry/index.ts';
import { deliver, fetchAll, give } from './nodes.ts';
import { HEAD, NAME, world } from './world.ts';

test('private, reserved, anycast and bogus addresses are in no package, and each waits or is refused with its reason', async (context) => {
  const special: Readonly<Record<string, RegExp>> = {
    '10.1.2.3': /private/,
    '172.20.0.1': /private/,
    '127.0.0.1': /loopback/,
    '169.254.1.1': /link-local/,
    '100.64.0.1': /shared/,
    '198.18.0.1': /benchmarking/,
    '203.0.113.9': /documentation/,
    '224.0.0.5': /multicast/,
    '255.255.255.255': /reserved/,
    '0.0.0.1': /reserved/,
    '8.8.8.8': /anycast/,
    '198.41.0.4': /anycast/,
    '::1': /loopback/,
    'fd00::1': /private/,
    'fe80::1': /link-local/,
    '2001:db8::1': /documentation/,
  };
  const { lead, company, nodes, sendAll, targetsAt, france, germany, cert } = await world(
    context,
    `${HEAD}\n${Object.keys(special)
      .map((value) => `${value},victim,A,1,,c2,`)
      .join('\n')}\n11.0.0.1,victim,A,1,,c2,`,
  );
  const operation = await findOperation(lead.db, NAME);
  const waiting = new Map((await readQueue(lead.db, operation)).map((target) => [target.value, target]));
  assert.deepEqual([...waiting.keys()].sort(), Object.keys(special).sort());
  for (const [value, reason] of Object.entries(special)) {
    assert.equal(waiting.get(value)!.queue, 'special', value);
    assert.match(waiting.get(value)!.placement!.notes.join(), reason, value);
  }
  await sendAll();
  for (const node of [france, germany, cert])
    for (const value of await targetsAt(node)) assert.equal(value, '11.0.0.1', node.name);
  const bogus = ['1.2.3.400', '999.1.1.1', '11.0.0', '1.2.3.4.5', '2001:::1', 'g::1', '11.0.0.0/24'];
  const { refused } = await give(
    company,
    NAME,
    `${HEAD}\n${bogus.map((one) => `${one},suspect,A,1,,,`).join('\n')}`,
    nodes,
  );
  assert.equal(
    new Set(refused.map(({ path }) => path)).size,
    bogus.length,
    refused.map(({ message }) => message).join('\n'),
  );
});

test('a target withdrawn between announcing and fetching, and after reading, is recalled from everybody who has it', async (context) => {
  const { lead, company, france, cert, nodes, sendAll } = await world(context);
  await sendAll();
  const there = await findOperation(company.db, NAME);
  await withdrawTargets(company, there, ['11.0.0.2'], 'it is our own sensor', sendInOperation(company));
  await deliver(nodes);
  for (const node of [france, cert]) {
    const target = await findTarget(node.db, await findOperation(node.db, NAME), '11.0.0.2');
    assert.notEqual(target.contributions[0]!.withdrawnAt, null, node.name);
  }
  const operation = await findOperation(lead.db, NAME);
  const again = await preparePackages(lead, operation, { again: true });
  for (const { selection } of again)
    assert.ok(!selection.items.some(({ value }) => value === '11.0.0.2'), 'nor is it sent again');
  await assert.rejects(
    withdrawTargets(company, there, ['11.0.0.2'], 'again', sendInOperation(company)),
    /is withdrawn already/,
  );
});

test('two outcomes that contradict each other both stand until a person decides, and the same one twice does not', async (context) => {
  const { lead, france, cert, nodes, sendAll } = await world(context);
  await sendAll();
  for (const [node, kind] of [
    [france, 'false-positive'],
    [cert, 'victim-notified'],
  ] as const)
    await reportOutcomes(
      node,
      await findOperation(node.db, NAME),
      [{ target: '11.0.0.2', kind }],
      sendInOperation(node),
    );
  assert.deepEqual(await deliver(nodes), []);
  const found = contradictions(await listTargetOutcomes(lead.db, await findOperation(lead.db, NAME)));
  assert.deepEqual(
    found.map((list) => list.map(({ kind, superseded }) => [kind, superseded]).sort()),
    [
      [
        ['false-positive', null],
        ['victim-notified', null],
      ],
    ],
  );
});

test('a party that leaves in the middle gets nothing more, and what it had is still recalled from it', async (context) => {
  const { lead, company, france, germany, nodes, sendAll, targetsAt } = await world(context);
  await sendAll();
  const send = sendInOperation(france);
  await answerInvitation(france, await findOperation(france.db, NAME), 'leave', '', send);
  await deliver(nodes);
  await give(company, NAME, `${HEAD}\n11.0.0.50,suspect,A,1,,c2,`, nodes);
  const operation = await findOperation(lead.db, NAME);
  await routeTarget(
    lead,
    operation,
    await findTarget(lead.db, operation, '11.0.0.50'),
    'FR',
    'known',
    'analyst',
    sendInOperation(lead),
  );
  const prepared = await preparePackages(lead, operation);
  assert.ok(!prepared.some(({ peer }) => peer.name === 'Police FR'));
  await withdrawTargets(
    company,
    await findOperation(company.db, NAME),
    ['11.0.0.1'],
    'a sinkhole',
    sendInOperation(company),
  );
  assert.deepEqual(await deliver(nodes), []);
  const had = await findTarget(france.db, await findOperation(france.db, NAME), '11.0.0.1');
  assert.notEqual(had.contributions[0]!.withdrawnAt, null);
  assert.equal((await targetsAt(germany)).length, 2, 'the others have what they had');
  for (const node of nodes) assert.equal((await verifyLedger(node)).ok, true);
});

test('a party that leaves before it has fetched its package does not get it any more', async (context) => {
  const { lead, france, nodes } = await world(context);
  const operation = await findOperation(lead.db, NAME);
  for (const one of await preparePackages(lead, operation))
    if (one.contents) await sendPackage(lead, operation, one, sendInOperation(lead));
  await deliver(nodes);
  await answerInvitation(france, await findOperation(france.db, NAME), 'leave', '', sendInOperation(france));
  await deliver(nodes);
  await assert.rejects(fetchAll(lead, france), /does not take part/);
  const [announced] = await listPackages(france.db, await findOperation(france.db, NAME));
  assert.equal(announced!.receivedAt, null);
});

test('a target withdrawn before its package was fetched does not leave any more; the rest comes with a new package', async (context) => {
  const { lead, company, france, nodes, sendAll, targetsAt } = await world(context);
  const operation = await findOperation(lead.db, NAME);
  for (const one of await preparePackages(lead, operation))
    if (one.contents) await sendPackage(lead, operation, one, sendInOperation(lead));
  await deliver(nodes);
  const announced = await waitingPackages(france.db, lead.identity.kid);
  await withdrawTargets(
    company,
    await findOperation(company.db, NAME),
    ['11.0.0.1'],
    'a sinkhole',
    sendInOperation(company),
  );
  const peer = (await findPeer(lead.db, france.identity.kid))!;
  await deliver([company, lead]);
  await assert.rejects(
    assertPackageFetchable(lead, peer, announced[0]!.id),
    /was taken back; a new package has the rest/,
  );
  await deliver(nodes);
  assert.deepEqual(await waitingPackages(france.db, lead.identity.kid), []);
  await sendAll();
  assert.deepEqual(await targetsAt(france), ['11.0.0.2', '11.0.0.3', 'http://11.0.0.4/login']);
});

test('a recall that crosses the receipt of its package takes back all of it, and the next package brings the rest', async (context) => {
  const { lead, company, france, nodes, sendAll } = await world(context);
  const operation = await findOperation(lead.db, NAME);
  for (const one of await preparePackages(lead, operation))
    if (one.contents) await sendPackage(lead, operation, one, sendInOperation(lead));
  await deliver(nodes);
  await fetchAll(lead, france); // its receipt has not reached the lead
  await withdrawTargets(
    company,
    await findOperation(company.db, NAME),
    ['11.0.0.1'],
    'a sinkhole',
    sendInOperation(company),
  );
  await deliver(nodes);
  await sendAll();
  const there = await findOperation(france.db, NAME);
  const standing = (await readTargets(france.db, there)).filter(isActive).map(({ value }) => value);
  assert.deepEqual(standing.sort(), ['11.0.0.2', '11.0.0.3', 'http://11.0.0.4/login']);
});

test('a country code that no longer exists, or never did, is refused where a person writes it, and waits where a contributor wrote it', async (context) => {
  const { lead, france } = await world(
    context,
    `value,mark,seat\nv1.example,victim,SU\nv2.example,victim,XX\nv3.example,victim,BU\n11.0.0.1,victim,FR`,
  );
  const operation = await findOperation(lead.db, NAME);
  const at = async (value: string) => findTarget(lead.db, operation, value);
  assert.equal((await at('v1.example')).queue, 'withdrawn-country');
  assert.match((await at('v1.example')).placement!.notes.join(), /no longer exists/);
  assert.equal((await at('v2.example')).queue, 'unplaced');
  assert.equal((await at('v3.example')).country, 'MM', 'one successor is no question');
  for (const [code, why] of [
    ['SU', /no longer exists/],
    ['CS', /no longer exists/],
    ['XX', /no country code/],
    ['', /no country code/],
    ['F', /no country code/],
  ] as const)
    await assert.rejects(
      routeTarget(lead, operation, await at('v1.example'), code, 'why not', 'analyst', sendInOperation(lead)),
      why,
    );
  const peer = (await findPeer(lead.db, france.identity.kid))!;
  await assert.rejects(
    inviteParty(lead, operation, peer, { role: 'police', covers: ['YU'] }, sendInOperation(lead)),
    /no longer exists/,
  );
});

test('names of persons in free text, in four languages and in notes of several contributors, stay behind and are shown', async (context) => {
  const notes: readonly (readonly [string, string])[] = [
    ['11.0.0.10', 'operated by Mr Ivan Example'],
    ['11.0.0.11', 'appartient à Madame Claire Exemple'],
    ['11.0.0.12', 'lo usa el Sr. Juan Ejemplo'],
    ['11.0.0.13', 'يديره السيد فلان الفلاني'],
    ['11.0.0.14', 'write to ivan@mail.example'],
    ['11.0.0.15', 'call +33 6 12 34 56 78'],
  ];
  const { lead, sendAll, france } = await world(
    context,
    `${HEAD}\n${notes.map(([value, note]) => `${value},suspect,A,1,,c2,"${note}"`).join('\n')}\n11.0.0.16,suspect,A,1,,c2,second stage of the loader`,
  );
  const operation = await findOperation(lead.db, NAME);
  const { selection } = (await preparePackages(lead, operation)).find(
    ({ peer }) => peer.name === 'Police FR',
  )!;
  assert.deepEqual(
    selection.texts.map(({ value }) => value).sort(),
    notes.map(([value]) => value),
  );
  await sendAll();
  const there = await findOperation(france.db, NAME);
  for (const [value] of notes)
    assert.equal((await findTarget(france.db, there, value)).contributions[0]!.note, '', value);
  assert.equal(
    (await findTarget(france.db, there, '11.0.0.16')).contributions[0]!.note,
    'second stage of the loader',
  );
});
