/** Who is in training solves an exercise in the workspace, with the routes of real work, and reaches nothing else by them. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { openCase } from '../../src/cases/index.ts';
import { operationOf } from '../../src/exchange/index.ts';
import { createOperation } from '../../src/operations/index.ts';
import { openRegistry } from '../../src/registry/index.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { signIn } from './people.ts';

async function academy(context: TestContext) {
  const registry = await openRegistry(temporaryFolder(context), { createAs: 'Academy' });
  context.after(() => registry.close());
  const amira = await signIn(context, registry, ['trainee'], 'Amira');
  const bruno = await signIn(context, registry, ['trainee'], 'Bruno');
  const trainer = await signIn(context, registry, ['trainer'], 'Chen');
  const begin = { team: 'Blue', members: ['Amira'] };
  const { body: attempt } = await amira.call('POST', '/exercises/botnet/attempts', begin);
  return { registry, amira, bruno, trainer, attempt };
}

test('a trainee reads evidence, runs tools, slices the operation, and sees it counted', async (context) => {
  const { registry, amira, trainer, attempt } = await academy(context);
  const here = `/cases/${attempt.case}`;
  const { body: file } = await amira.call('GET', here);
  assert.equal(file.case.exercise, true);
  const said = { purpose: 'exercise' };
  const reading = { ...said, offset: 0, length: 100 };
  assert.equal((await amira.call('POST', `${here}/exhibits/1/readings`, reading)).status, 201);
  const { status, body: work } = await amira.call('POST', `${here}/matches`, said);
  assert.equal(status, 202, JSON.stringify(work));
  assert.equal((await amira.ended(work.id)).state, 'done');
  const csv = 'value,mark,source,information\n203.0.113.10,suspect,B,2\n198.51.100.20,suspect,B,2\n';
  const upload = await amira.upload('targets.csv', Buffer.from(csv));
  const there = `/operations/${attempt.operation}`;
  const given = await amira.call('POST', `${there}/contributions`, { upload });
  assert.equal(given.status, 202, JSON.stringify(given.body));
  assert.equal((await amira.ended(given.body.id)).state, 'done');
  for (const [value, country] of [
    ['203.0.113.10', 'FR'],
    ['198.51.100.20', 'ES'],
  ]) {
    const decided = await amira.call('POST', `${there}/targets/${value}/decisions`, {
      kind: 'route',
      becomes: country,
      reason: 'the list says so',
    });
    assert.equal(decided.status, 200, JSON.stringify(decided.body));
  }
  // Every country has its package, to be looked at; none can be sent.
  const { body: made } = await amira.call('GET', `${there}/prepared`);
  assert.deepEqual(
    made.packages.map(({ to, scope, items }: Record<string, unknown>) => [to, scope, items]),
    [
      ['Police FR', 'FR', 1],
      ['Police ES', 'ES', 1],
    ],
  );
  const liaison = await signIn(context, registry, ['liaison'], 'Dana');
  const { status: refused } = await liaison.call('POST', `${there}/packages`, {});
  assert.equal(refused, 403, 'packages of an exercise go to nobody');
  const { body: after } = await amira.call('GET', `/attempts/${attempt.id}`);
  assert.deepEqual(
    after.tasks
      .filter(({ kind }: { kind: string }) => kind === 'action')
      .map(({ done }: { done: boolean }) => done),
    [true, true, true, true],
  );
  assert.equal((await trainer.call('GET', here)).status, 200);
  const listed = async (person: typeof amira) => (await person.call('GET', '/attempts')).body.attempts.length;
  assert.equal(await listed(amira), 1);
  assert.equal(await listed(trainer), 1);
});

test('what is not an exercise of their own team stays closed to a trainee, and so does what leaves the node', async (context) => {
  const { registry, amira, bruno, trainer, attempt } = await academy(context);
  const real = await openCase(registry, 'Harbour');
  const operation = await createOperation(registry, { name: 'lantern' });
  const own = { upload: 'x', purpose: 'exercise' };
  for (const [person, method, path, body] of [
    [bruno, 'GET', `/cases/${attempt.case}`],
    [bruno, 'GET', `/operations/${attempt.operation}`],
    [bruno, 'POST', `/cases/${attempt.case}/matches`, { purpose: 'exercise' }],
    [amira, 'GET', '/cases'],
    [amira, 'GET', `/cases/${real.id}`],
    [amira, 'GET', '/cases/Harbour'],
    [amira, 'POST', `/cases/${real.id}/matches`, { purpose: 'exercise' }],
    [amira, 'POST', `/cases/${attempt.case}/exhibits`, own],
    [amira, 'GET', '/operations'],
    [amira, 'GET', `/operations/${operation.id}`],
    [amira, 'POST', `/operations/${attempt.operation}/parties`, { peer: 'x', role: 'police' }],
    [amira, 'POST', `/operations/${attempt.operation}/packages`, {}],
    [amira, 'PUT', `/operations/${attempt.operation}`, { state: 'closed' }],
    [trainer, 'GET', `/cases/${real.id}`],
    [trainer, 'GET', `/operations/${operation.id}`],
  ] as const) {
    const { status } = await person.call(method, path, body);
    assert.equal(status, 403, `${method} ${path}`);
  }
  assert.equal(attempt.operation, operationOf(attempt.case));
});
