/** The running node asks about silence by itself: once in a period, across restarts, and only where somebody is silent. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sendInOperation } from '../../src/exchange/index.ts';
import {
  changeOperation,
  createTask,
  findOperation,
  listPackages,
  listReminders,
  remindDue,
  reportOutcomes,
} from '../../src/operations/index.ts';
import { openRegistry } from '../../src/registry/index.ts';
import { buildApp, invite, startNode } from '../../src/server/index.ts';
import { redeem } from '../../src/server/sessions.ts';
import { deliver, type Node } from '../operations/nodes.ts';
import { NAME, world } from '../operations/world.ts';

const DAY_MS = 86_400_000;

/** Starts the node as `entente up` does, waits until its first round is over, stops it. It closes its store. */
async function upForAMoment(node: Node): Promise<void> {
  const running = await startNode(node, { host: '127.0.0.1', port: 0 });
  await sleep(50);
  await running.stop();
}

async function silentFor(context: TestContext, days: number) {
  const all = await world(context);
  await all.sendAll();
  const { time, lead } = all;
  const operation = await findOperation(lead.db, NAME);
  await createTask(
    lead,
    operation,
    {
      title: 'Preserve the logs',
      owner: all.france.identity.kid,
      due: new Date(time.now.getTime() + DAY_MS).toISOString(),
    },
    sendInOperation(lead),
  );
  await deliver(all.nodes);
  time.now = new Date(time.now.getTime() + days * DAY_MS);
  /** The lead's store, opened anew: what a restart finds. */
  const reopen = async () => {
    const again = await openRegistry(lead.folder, { clock: () => new Date(time.now) });
    context.after(() => again.close());
    return again;
  };
  const asked = async (node: Node) =>
    Number(
      (await node.db.get<{ n: number }>(
        `SELECT count(*) AS n FROM operation_reminder WHERE direction = 'out'`,
      ))!.n,
    );
  return { ...all, operation, reopen, asked };
}

test('a node that is started after a week of silence asks, and started again the next day does not', async (context) => {
  const { time, lead, france, nodes, reopen, asked } = await silentFor(context, 8);
  await upForAMoment(lead);
  const first = await reopen();
  const after = await asked(first);
  assert.equal(after, 5, 'four packages, one task');
  await deliver([first, ...nodes.slice(1)]);
  const reminders = await listReminders(france.db, await findOperation(france.db, NAME));
  assert.deepEqual(reminders.map(({ about }) => about).sort(), ['task', 'unread']);
  const app = await buildApp(france);
  context.after(() => app.close());
  const { invitation } = await invite(france, { name: 'Analyst', roles: ['analyst'] });
  const session = await redeem(france, invitation, 'test');
  const board = await app.inject({
    url: `/api/v1/operations/${NAME}`,
    headers: { cookie: `entente_session=${session!.token}` },
  });
  assert.deepEqual(
    board.json<{ reminders: { id: string }[] }>().reminders.map(({ id }) => id),
    reminders.map(({ id }) => id),
  );

  time.now = new Date(time.now.getTime() + DAY_MS);
  await upForAMoment(first);
  const second = await reopen();
  assert.equal(await asked(second), after);

  time.now = new Date(time.now.getTime() + 7 * DAY_MS);
  await upForAMoment(second);
  assert.equal(await asked(await reopen()), 2 * after);
});

test('the node asks nobody when the lead says never, when the operation is closed, or when all is answered', async (context) => {
  const { lead, germany, nodes, operation, asked } = await silentFor(context, 8);
  const send = sendInOperation(lead);
  const never = await changeOperation(lead, operation, { remindDays: 0 }, send);
  assert.equal(await remindDue(lead, send), 0);
  await assert.rejects(changeOperation(lead, never, { remindDays: 366 }, send), /1 to 365 days, or never/);
  await assert.rejects(changeOperation(lead, never, { remindDays: 1.5 }, send), /1 to 365 days/);
  await changeOperation(lead, never, { remindDays: 30 }, send);
  assert.equal(await remindDue(lead, send), 1, 'the task is past its time; the packages are not a month old');

  const weekly = await changeOperation(lead, never, { remindDays: 7 }, send);
  const there = await findOperation(germany.db, NAME);
  await germany.db.transaction((tx) => tx.run(`UPDATE operation_package SET read_at = received_at`));
  await lead.db.transaction((tx) =>
    tx.run(`UPDATE operation_package SET read_at = received_at WHERE peer = ?`, germany.identity.kid),
  );
  await reportOutcomes(
    germany,
    there,
    ['11.1.0.1', '11.1.0.2'].map((target) => ({ target, kind: 'no-action' })),
    sendInOperation(germany),
  );
  await deliver(nodes);
  const packages = (await listPackages(lead.db, weekly)).filter(({ direction }) => direction === 'out');
  assert.equal(await remindDue(lead, send), packages.length - 1, 'all but the one that is answered');
  const before = await asked(lead);
  await changeOperation(lead, weekly, { state: 'closed' }, send);
  assert.equal(await remindDue(lead, send), 0);
  assert.equal(await asked(lead), before);
});

test('a person asks by the API, and is told who was asked about what', async (context) => {
  const { lead, france } = await silentFor(context, 8);
  const app = await buildApp(lead);
  context.after(() => app.close());
  const { invitation } = await invite(lead, { name: 'Analyst', roles: ['analyst'] });
  const session = await redeem(lead, invitation, 'test');
  const response = await app.inject({
    method: 'POST',
    url: `/api/v1/operations/${NAME}/reminders`,
    headers: { cookie: `entente_session=${session!.token}` },
    payload: { days: 7 },
  });
  assert.equal(response.statusCode, 200, response.body);
  const { reminders } = response.json<{ reminders: { id: string; peer: string; about: string }[] }>();
  assert.deepEqual(
    reminders
      .filter(({ peer }) => peer === france.identity.kid)
      .map(({ id, about }) => [id.split('--')[0], about])
      .sort(),
    [
      ['package', 'unread'],
      ['task', 'task'],
    ],
  );
});
