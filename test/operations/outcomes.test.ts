import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EntenteError } from '../../src/base/index.ts';
import { sendInOperation } from '../../src/exchange/index.ts';
import {
  askWhoWorksOn,
  contradictions,
  countQueries,
  createTask,
  endTask,
  findOperation,
  LANGUAGES,
  listPackages,
  listPointers,
  listReminders,
  listTargetOutcomes,
  listTasks,
  pageOfOutcomes,
  readFigures,
  registerInterest,
  remindSilent,
  renderReport,
  reportOutcomes,
  supersedeOutcome,
} from '../../src/operations/index.ts';
import { verifyLedger } from '../../src/registry/index.ts';
import { deliver, endAgreement, type Node } from './nodes.ts';
import { HEAD, NAME, world } from './world.ts';

const at = (node: Node) => findOperation(node.db, NAME);
const report = async (node: Node, target: string, kind: string, more: Record<string, unknown> = {}) =>
  reportOutcomes(node, await at(node), [{ target, kind, ...more }], sendInOperation(node));

test('an outcome goes back to the lead, and to the contributor without evidence, person or reporter', async (context) => {
  const { lead, company, france, nodes, sendAll } = await world(context);
  await sendAll();
  await report(france, '11.0.0.1', 'seized', { quantity: 2, evidence: 'file 4711' });
  assert.deepEqual(await deliver(nodes), []);
  const heard = (await listTargetOutcomes(lead.db, await at(lead)))[0]!;
  assert.deepEqual(
    [heard.value, heard.kind, heard.quantity, heard.evidence, heard.peer],
    ['11.0.0.1', 'seized', 2, 'file 4711', france.identity.kid],
  );
  const told = (await listTargetOutcomes(company.db, await at(company)))[0]!;
  assert.deepEqual(
    [told.value, told.kind, told.quantity, told.evidence, told.direction, told.peer],
    ['11.0.0.1', 'seized', 2, '', 'told', lead.identity.kid],
  );
  const message = await company.db.get<{ message: string }>(
    `SELECT message FROM inbox WHERE kind = 'operation' ORDER BY received_at DESC, id LIMIT 1`,
  );
  const body = Buffer.from(message!.message.split('.')[1]!, 'base64url').toString();
  assert.ok(!body.includes('4711') && !body.includes(france.identity.kid) && !body.includes('Police FR'));
});

test('an outcome about a target that did not go to its sender, or without a flow in force, does not cross', async (context) => {
  const { time, lead, germany, france, nodes, agreements, sendAll } = await world(context);
  await sendAll();
  const foreign = (await lead.db.get<{ id: string }>(
    `SELECT id FROM operation_target WHERE value = '11.1.0.1'`,
  ))!.id;
  const send = sendInOperation(france);
  const outcome = {
    id: 'outcome--00000000-0000-4000-8000-000000000001',
    target: foreign,
    kind: 'seized',
    at: '2026-12-02T00:00:00Z',
    quantity: 1,
    evidence: '',
  };
  const operation = await at(france);
  await france.db.transaction((tx) =>
    send(tx, lead.identity.kid, { act: 'outcomes', operation: operation.id, outcomes: [outcome] }),
  );
  assert.match((await deliver(nodes)).join(), /did not go to its sender/);
  await endAgreement(time, lead, agreements.get(germany)!, nodes);
  await assert.rejects(
    report(germany, '11.1.0.1', 'seized'),
    (error: EntenteError) => error.code === 'agreement-denied',
  );
  for (const [kind, more] of [
    ['jailed', {}],
    ['seized', { quantity: -1 }],
    ['seized', { at: 'yesterday' }],
    ['seized', { evidence: 'x'.repeat(500) }],
  ] as const)
    await assert.rejects(
      report(france, '11.0.0.1', kind, more),
      (error: EntenteError) => error.code === 'usage',
    );
});

test('two outcomes that contradict are shown, count for neither side, and a person decides', async (context) => {
  const { lead, company, france, cert, nodes, sendAll } = await world(context);
  await sendAll();
  await report(france, '11.0.0.2', 'false-positive');
  await report(cert, '11.0.0.2', 'victim-notified');
  await deliver(nodes);
  const operation = await at(lead);
  const quality = async () => (await readFigures(lead, operation)).contributors[0]!;
  const [pair] = contradictions(await listTargetOutcomes(lead.db, operation));
  assert.equal(pair!.length, 2);
  await report(france, '11.0.0.1', 'seized');
  await deliver(nodes);
  const pages = [];
  for (let after: string | null | undefined; after !== null; after = pages.at(-1)!.next)
    pages.push(
      await pageOfOutcomes(lead.db, operation, false, {
        limit: 2,
        ...(after === undefined ? {} : { after }),
      }),
    );
  assert.deepEqual(
    pages.map(({ total, outcomes }) => [total, outcomes.map(({ contradicts }) => contradicts)]),
    [
      [3, [true, true]],
      [3, [false]],
    ],
  );
  const waiting = await pageOfOutcomes(lead.db, operation, true, { limit: 10 });
  assert.deepEqual(waiting.outcomes.map(({ id }) => id).sort(), pair!.map(({ id }) => id).sort());
  assert.deepEqual([waiting.total, (await readFigures(lead, operation)).contradictory], [2, 1]);
  assert.deepEqual([(await quality()).confirmed, (await quality()).falsePositive], [1, 0]);
  const wrong = pair!.find(({ kind }) => kind === 'false-positive')!;
  await assert.rejects(
    supersedeOutcome(lead, operation, wrong.id, '', 'analyst', sendInOperation(lead)),
    /reason/,
  );
  await supersedeOutcome(
    lead,
    operation,
    wrong.id,
    'the CERT saw the infection itself',
    'analyst',
    sendInOperation(lead),
  );
  await deliver(nodes);
  assert.deepEqual(contradictions(await listTargetOutcomes(lead.db, operation)), []);
  assert.deepEqual(
    [(await quality()).confirmed, (await quality()).falsePositive, (await quality()).given],
    [2, 0, 7],
  );
  const told = await listTargetOutcomes(company.db, await at(company));
  assert.deepEqual(told.map(({ kind, superseded }) => [kind, superseded !== null]).sort(), [
    ['false-positive', true],
    ['seized', false],
    ['victim-notified', false],
  ]);
});

test('tasks have an owner, a time and an order; only the owner says that its task is done', async (context) => {
  const { lead, france, nodes } = await world(context);
  const operation = await at(lead);
  const send = sendInOperation(lead);
  const first = await createTask(
    lead,
    operation,
    { title: 'Preserve', owner: france.identity.kid, due: '2026-12-02T05:00:00Z' },
    send,
  );
  const second = await createTask(
    lead,
    operation,
    { title: 'Search', owner: '', due: '2026-12-03T05:00:00Z', after: [first.id] },
    send,
  );
  await deliver(nodes);
  await assert.rejects(endTask(lead, operation, second.id, 'done', send), /"Preserve" has to be done first/);
  await assert.rejects(endTask(lead, operation, first.id, 'done', send), /only its owner/);
  await endTask(france, await at(france), first.id, 'done', sendInOperation(france));
  await deliver(nodes);
  await endTask(lead, operation, second.id, 'done', send);
  assert.deepEqual(
    (await listTasks(lead.db, operation)).map(({ state }) => state),
    ['done', 'done'],
  );
  await assert.rejects(
    createTask(lead, operation, { title: 'x', owner: 'stranger', due: '2026-12-03T05:00:00Z' }, send),
    /does not take part/,
  );
  await assert.rejects(
    createTask(lead, operation, { title: 'x', owner: '', due: 'soon' }, send),
    /instant in UTC/,
  );
  await assert.rejects(
    createTask(
      lead,
      operation,
      { title: 'x', owner: '', due: '2026-12-03T05:00:00Z', after: [operation.id] },
      send,
    ),
    /comes after/,
  );
});

test('silence is asked about once in a period', async (context) => {
  const { time, lead, germany, nodes, sendAll } = await world(context);
  await sendAll();
  const operation = await at(lead);
  const remind = () => remindSilent(lead, operation, 7, sendInOperation(lead));
  assert.deepEqual(await remind(), []);
  time.now = new Date(time.now.getTime() + 8 * 86_400_000);
  assert.equal((await remind()).length, (await listPackages(lead.db, operation)).length);
  assert.deepEqual(await remind(), []);
  await deliver(nodes);
  assert.equal((await listReminders(germany.db, await at(germany)))[0]!.about, 'unread');
});

test('deconfliction gives contact cards and never content; owner-first tells the asker nothing', async (context) => {
  const { lead, france, germany, cert, nodes } = await world(context);
  await registerInterest(
    france,
    await at(france),
    ['panel[.]example'],
    { notify: 'both', contact: 'Unit 1, +33 1 00 00 00 00' },
    sendInOperation(france),
  );
  await registerInterest(
    cert,
    await at(cert),
    ['11.0.0.77'],
    { notify: 'owner-first', contact: 'Duty desk' },
    sendInOperation(cert),
  );
  await deliver(nodes);
  await askWhoWorksOn(
    germany,
    await at(germany),
    ['PANEL.example', '011.000.0.77', 'nobody.example'],
    'Unit 2',
    sendInOperation(germany),
  );
  await deliver(nodes);
  const pointers = async (node: Node) =>
    (await listPointers(node.db, await at(node))).map(
      ({ organisation, contact }) => `${organisation}: ${contact}`,
    );
  assert.deepEqual(await pointers(germany), ['Police FR: Unit 1, +33 1 00 00 00 00']);
  assert.deepEqual(await pointers(france), ['Police DE: Unit 2']);
  assert.deepEqual(await pointers(cert), ['Police DE: Unit 2']);
  assert.deepEqual(
    (await countQueries(lead.db, await at(lead))).map(({ queries, values }) => [
      Number(queries),
      Number(values),
    ]),
    [[1, 3]],
  );
  const crossed = await lead.db.all<{ message: string }>(
    `SELECT message FROM inbox WHERE kind = 'operation'`,
  );
  for (const { message } of crossed) {
    const body = Buffer.from(message.split('.')[1]!, 'base64url').toString();
    if (/"act":"(query|interest)"/.test(body))
      assert.ok(!body.includes('panel') && !body.includes('11.0.0.77'));
  }
  for (let i = 0; i < 51; i++)
    await askWhoWorksOn(germany, await at(germany), [`try-${i}.example`], 'Unit 2', sendInOperation(germany));
  assert.match((await deliver(nodes)).join(), /has asked 50 times within a day/);
});

test('the report is computed, stands in four languages, and is the same for the same figures', async (context) => {
  const { lead, france, nodes, sendAll } = await world(
    context,
    `${HEAD}\n11.0.0.1,suspect,A,1,2026-01-01T00:00:00Z,c2,\n11.1.0.1,victim,A,1,,infected-host,\n11.2.0.1,suspect,A,1,,c2,`,
  );
  await sendAll();
  await report(france, '11.0.0.1', 'taken-down');
  await report(lead, '11.1.0.1', 'no-action');
  await deliver(nodes);
  const figures = await readFigures(lead, await at(lead));
  assert.deepEqual(figures.countries, [
    { country: 'DE', targets: 1, outcomes: 1 },
    { country: 'FR', targets: 1, outcomes: 1 },
  ]);
  assert.deepEqual(
    figures.contributors.map(({ name, given, confirmed, stale, silent }) => [
      name,
      given,
      confirmed,
      stale,
      silent,
    ]),
    [['Northlight', 3, 1, 1, 1]],
  );
  for (const language of LANGUAGES) {
    const page = renderReport(figures, language);
    assert.equal(page, renderReport(figures, language));
    assert.ok(!page.includes('undefined') && page.includes('<svg') && page.includes('Northlight'), language);
    assert.ok(!/https?:/.test(page), 'it loads nothing');
  }
  for (const node of nodes) assert.equal((await verifyLedger(node)).ok, true);
});
