import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { EntenteError } from '../../src/base/index.ts';
import { sendInOperation } from '../../src/exchange/index.ts';
import {
  answerInvitation,
  changeMark,
  changeOperation,
  findOperation,
  findTarget,
  listDecisions,
  listParties,
  listPosts,
  postInRoom,
  readTargets,
  withdrawTargets,
} from '../../src/operations/index.ts';
import { verifyLedger } from '../../src/registry/index.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import {
  agree,
  createOperation,
  deliver,
  endAgreement,
  give,
  invite,
  openFlows,
  openNode,
  type Time,
} from './nodes.ts';

const NAME = 'Lanternfish';
const HEAD = 'value,mark,source,information,seen,note';

async function operation(context: TestContext) {
  const time: Time = { now: new Date('2026-12-01T08:00:00Z') };
  const open = async (name: string) => {
    const node = await openNode(temporaryFolder(context), name, time);
    context.after(() => node.close());
    return node;
  };
  const lead = await open('Interlink');
  const northlight = await open('Northlight');
  const southgate = await open('Southgate');
  const police = await open('Police of Arvenia');
  const nodes = [lead, northlight, southgate, police];
  const agreements = new Map<string, string>();
  for (const node of [northlight, southgate])
    agreements.set(node.name, await agree(time, { lead, party: node }, openFlows([police.name])));
  agreements.set(
    police.name,
    await agree(time, { lead, party: police }, openFlows([northlight.name, southgate.name])),
  );
  const made = await createOperation(lead, { name: NAME, purpose: 'Loaders of the Lanternfish family' });
  await invite(lead, made, northlight, { role: 'company' });
  await invite(lead, made, southgate, { role: 'company' });
  await invite(lead, made, police, {
    role: 'police',
    covers: ['FR'],
    language: 'fr',
    timeZone: 'Europe/Paris',
  });
  return { time, lead, northlight, southgate, police, nodes, agreements, made };
}

test('parties join under their own agreements, and know of the operation what the lead says to them', async (context) => {
  const { lead, police, made } = await operation(context);
  const parties = await listParties(lead.db, made);
  assert.deepEqual(parties.map(({ role, state, covers }) => [role, state, covers]).sort(), [
    ['company', 'joined', []],
    ['company', 'joined', []],
    ['police', 'joined', ['FR']],
  ]);
  const there = await findOperation(police.db, NAME);
  assert.equal(there.lead, lead.identity.kid);
  assert.deepEqual(
    (await listParties(police.db, there)).map(({ peer }) => peer),
    [''],
  ); // nobody else
});

test('nobody is invited without an agreement in force, nor joins after it has ended', async (context) => {
  const { time, lead, police, nodes, agreements, made } = await operation(context);
  await endAgreement(time, lead, agreements.get(police.name)!, nodes);
  await assert.rejects(
    answerInvitation(police, await findOperation(police.db, NAME), 'join', '', sendInOperation(police)),
    (error: EntenteError) => error.code === 'agreement-denied',
  );
  await assert.rejects(
    invite(lead, made, police, { role: 'police', covers: ['FR'] }),
    (error: EntenteError) => error.code !== 'internal',
  );
});

test('targets of several contributors are one target with each one’s grading; contradictions wait for a person', async (context) => {
  const { lead, northlight, southgate, nodes, made } = await operation(context);
  await give(
    northlight,
    NAME,
    `${HEAD}\nHXXP://Bad[.]example/a,suspect,A,1,,\n11.0.0.1,suspect,B,2,2026-11-20T00:00:00Z,\n11.0.0.2,victim,B,2,,`,
    nodes,
  );
  const second = await give(
    southgate,
    NAME,
    `${HEAD}\nhttp://bad.example/a,undetermined,C,3,,\n011.0.0.001,suspect,A,1,,\n11.0.0.2,suspect,C,4,,`,
    nodes,
  );
  assert.deepEqual(second.problems, []);
  const targets = await readTargets(lead.db, made);
  assert.deepEqual(
    targets.map(({ value, mark, queue, contributions }) => [
      value,
      mark,
      queue,
      contributions.map(({ source, information }) => source + information).sort(),
    ]),
    [
      ['http://bad.example/a', 'suspect', null, ['A1', 'C3']],
      ['11.0.0.1', 'suspect', null, ['A1', 'B2']],
      ['11.0.0.2', 'undetermined', 'mark', ['B2', 'C4']],
    ],
  );
  await assert.rejects(
    changeMark(lead, made, targets[2]!, 'victim', ' ', 'analyst', sendInOperation(lead)),
    /needs a reason/,
  );
  await changeMark(
    lead,
    made,
    targets[2]!,
    'victim',
    'the sensor shows a bot calling home',
    'analyst',
    sendInOperation(lead),
  );
  const changed = await findTarget(lead.db, made, '11.0.0.2');
  assert.deepEqual([changed.mark, changed.queue], ['victim', null]);
  assert.deepEqual(
    (await listDecisions(lead.db, changed)).map(({ was, becomes, person }) => [was, becomes, person]),
    [['undetermined', 'victim', 'analyst']],
  );
  // A contributor that repeats itself does not undo the decision.
  await give(southgate, NAME, `${HEAD}\n11.0.0.2,suspect,C,4,,`, nodes);
  assert.equal((await findTarget(lead.db, made, '11.0.0.2')).mark, 'victim');
});

test('what the agreement does not let cross stays with its contributor, and the clause is named', async (context) => {
  const { lead, northlight, nodes, made } = await operation(context);
  const report = await give(
    northlight,
    NAME,
    'value,mark,tlp\n11.0.0.1,suspect,amber\n11.0.0.3,suspect,red',
    nodes,
  );
  assert.equal(report.crossing, 1);
  assert.deepEqual(
    report.kept.map(({ count, clauses }) => [count, clauses[0]!.path]),
    [[1, 'flows[2].tlp']],
  );
  assert.deepEqual(
    (await readTargets(lead.db, made)).map(({ value }) => value),
    ['11.0.0.1'],
  );
  assert.equal((await readTargets(northlight.db, await findOperation(northlight.db, NAME))).length, 2);
});

test('lines that are no targets are refused one by one, and the others are kept', async (context) => {
  const { northlight, nodes } = await operation(context);
  const { refused, added } = await give(
    northlight,
    NAME,
    `${HEAD}\n11.0.0.1,suspect,A,1,,\n11.0.0.0/8,suspect,A,1,,\n1.2.3.400,suspect,A,1,,\n11.0.0.2,guilty,A,1,,\n11.0.0.3,suspect,E,9,,\n11.0.0.4,suspect,A,1,yesterday,\n,suspect,A,1,,`,
    nodes,
  );
  assert.equal(added, 1);
  assert.deepEqual(
    [...new Set(refused.map(({ path }) => path))],
    ['targets[1]', 'targets[2]', 'targets[3]', 'targets[4]', 'targets[5]', 'targets[6]'],
  );
});

test('a party that leaves in the middle gives nothing more, and can still take back what it gave', async (context) => {
  const { lead, northlight, nodes, made } = await operation(context);
  await give(northlight, NAME, `${HEAD}\n11.0.0.1,suspect,A,1,,\n11.0.0.9,suspect,A,1,,`, nodes);
  await answerInvitation(
    northlight,
    await findOperation(northlight.db, NAME),
    'leave',
    '',
    sendInOperation(northlight),
  );
  await deliver(nodes);
  assert.equal(
    (await listParties(lead.db, made)).find(({ peer }) => peer === northlight.identity.kid)!.state,
    'left',
  );
  await assert.rejects(give(northlight, NAME, '11.0.0.5', nodes), /has left/);
  const there = await findTarget(lead.db, made, '11.0.0.1');
  assert.equal(there.contributions[0]!.withdrawnAt, null);
});

test('withdrawn targets are known as withdrawn at the lead', async (context) => {
  const { lead, northlight, southgate, nodes, made } = await operation(context);
  await give(northlight, NAME, `${HEAD}\n11.0.0.1,suspect,A,1,,\n11.0.0.2,suspect,A,1,,`, nodes);
  await give(southgate, NAME, `${HEAD}\n11.0.0.2,suspect,A,1,,`, nodes);
  await withdrawTargets(
    northlight,
    await findOperation(northlight.db, NAME),
    ['11.0.0.1', '11.0.0.2'],
    'a sinkhole of ours',
    sendInOperation(northlight),
  );
  await deliver(nodes);
  const targets = await readTargets(lead.db, made);
  assert.deepEqual(
    targets.map(({ value, contributions }) => [
      value,
      contributions.filter((one) => one.withdrawnAt === null).length,
    ]),
    [
      ['11.0.0.1', 0],
      ['11.0.0.2', 1],
    ],
  );
});

test('the knowledge room takes no operational data; companies are not in the operations room', async (context) => {
  const { lead, northlight, police, nodes } = await operation(context);
  const at = async (node: typeof lead) => findOperation(node.db, NAME);
  await give(northlight, NAME, `${HEAD}\n11.0.0.1,suspect,A,1,,\nbad.example,suspect,A,1,,`, nodes);
  for (const text of ['seen at 11.0.0.1 again', 'look at bad[.]example', 'write to handler@mail.example'])
    await assert.rejects(
      postInRoom(lead, await at(lead), 'knowledge', text, sendInOperation(lead)),
      /no operational data/,
      text,
    );
  await assert.rejects(
    postInRoom(northlight, await at(northlight), 'operations', 'hello', sendInOperation(northlight)),
    /not in the operations room/,
  );
  await postInRoom(
    northlight,
    await at(northlight),
    'knowledge',
    'The loader uses a new packer',
    sendInOperation(northlight),
  );
  await postInRoom(lead, await at(lead), 'operations', 'Searches at five', sendInOperation(lead));
  assert.deepEqual(await deliver(nodes), []);
  const said = async (node: typeof lead) =>
    (await listPosts(node.db, await at(node))).map(({ room, author }) => `${room} ${author}`);
  assert.deepEqual((await said(police)).sort(), ['knowledge Northlight', 'operations Interlink']);
  assert.deepEqual(await said(northlight), ['knowledge Northlight']);
});

test('strangers, and parties in the wrong part, are refused; closing reaches everybody', async (context) => {
  const { lead, northlight, police, nodes, made } = await operation(context);
  const there = await findOperation(police.db, NAME);
  const send = sendInOperation(police);
  // A party pretends to lead.
  await police.db.transaction((tx) =>
    send(tx, lead.identity.kid, { act: 'state', operation: there.id, state: 'closed', actionDay: null }),
  );
  assert.match((await deliver(nodes)).join(), /does not come from/);
  await changeOperation(lead, made, { actionDay: '2026-12-03T05:00:00Z' }, sendInOperation(lead));
  await deliver(nodes);
  assert.equal((await findOperation(police.db, NAME)).actionDay, '2026-12-03T05:00:00Z');
  await changeOperation(lead, made, { state: 'closed' }, sendInOperation(lead));
  await deliver(nodes);
  assert.equal((await findOperation(police.db, NAME)).state, 'closed');
  await assert.rejects(give(northlight, NAME, '11.0.0.5', nodes), /is closed/);
  for (const node of nodes) assert.equal((await verifyLedger(node)).ok, true);
});
