/** Parties that have all signed one framework agreement, where others have one each with the lead. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sendInOperation } from '../../src/exchange/index.ts';
import {
  findOperation,
  listParties,
  listTargetOutcomes,
  preparePackages,
  readFigures,
  reportOutcomes,
} from '../../src/operations/index.ts';
import { verifyLedger } from '../../src/registry/index.ts';
import { deliver, endAgreement } from './nodes.ts';
import { NAME, TARGETS, world } from './world.ts';

test('one framework agreement of all parties carries the whole operation, and its end stops all of it', async (context) => {
  const { time, lead, company, france, germany, cert, nodes, agreements, sendAll, targetsAt } = await world(
    context,
    TARGETS,
    { framework: ['france', 'germany', 'cert'] },
  );
  assert.equal(new Set(agreements.values()).size, 1);
  const operation = await findOperation(lead.db, NAME);
  assert.deepEqual(
    (await listParties(lead.db, operation)).map(({ state }) => state),
    ['joined', 'joined', 'joined', 'joined'],
  );
  await sendAll();
  assert.deepEqual(await targetsAt(france), ['11.0.0.1', '11.0.0.2', '11.0.0.3', 'http://11.0.0.4/login']);
  assert.deepEqual(await targetsAt(germany), ['11.1.0.1', '11.1.0.2']);
  assert.deepEqual(await targetsAt(cert), ['11.0.0.2', '11.1.0.2']);

  const there = await findOperation(france.db, NAME);
  await reportOutcomes(france, there, [{ target: '11.0.0.1', kind: 'seized' }], sendInOperation(france));
  assert.deepEqual(await deliver(nodes), []);
  const told = await listTargetOutcomes(company.db, await findOperation(company.db, NAME));
  assert.deepEqual(
    told.map(({ value, kind, direction }) => [value, kind, direction]),
    [['11.0.0.1', 'seized', 'told']],
  );
  assert.equal((await readFigures(lead, operation)).parties, 4);

  await endAgreement(time, france, agreements.get(france)!, nodes);
  const prepared = await preparePackages(lead, operation, { again: true });
  assert.deepEqual(
    prepared.flatMap(({ selection }) => selection.items),
    [],
  );
  for (const node of nodes) assert.equal((await verifyLedger(node)).ok, true);
});

test('a framework lets go to a party only what a flow of it names that party for', async (context) => {
  const { germany, france, cert, sendAll, targetsAt } = await world(context, TARGETS, {
    framework: ['france', 'cert'],
  });
  await sendAll();
  assert.equal((await targetsAt(france)).length, 4);
  assert.equal((await targetsAt(cert)).length, 2);
  assert.deepEqual(await targetsAt(germany), []);
});
