import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildApp, invite } from '../../src/server/index.ts';
import { redeem } from '../../src/server/sessions.ts';
import { HEAD, NAME, world } from '../operations/world.ts';

test('the API shows the board, decides, sends, and shows a CERT analyst victims only', async (context) => {
  const { lead } = await world(
    context,
    `${HEAD}\n11.0.0.1,suspect,A,1,,c2,\n11.0.0.2,victim,A,1,,infected-host,\n11.2.0.1,suspect,A,1,,c2,`,
  );
  const app = await buildApp(lead);
  context.after(() => app.close());
  const as = async (...roles: ('analyst' | 'cert-analyst')[]) => {
    const { invitation } = await invite(lead, { name: roles.join(), roles });
    const session = await redeem(lead, invitation, 'test');
    return { cookie: `entente_session=${session!.token}` };
  };
  const analyst = await as('analyst');
  const base = `/api/v1/operations/${NAME}`;
  const get = async (path: string, headers: { cookie: string }) => {
    const response = await app.inject({ url: `${base}${path}`, headers });
    assert.equal(response.statusCode, 200, `${path}: ${response.body}`);
    return response;
  };
  const board = (await get('', analyst)).json<{ operation: Record<string, unknown>; parties: unknown[] }>();
  assert.equal(board.parties.length, 4);
  assert.ok(!('lookUpKey' in board.operation));
  const values = async (path: string, headers: { cookie: string }) =>
    (await get(path, headers)).json<{ targets: { value: string }[] }>().targets.map(({ value }) => value);
  assert.deepEqual(await values('/targets?waits=any', analyst), ['11.2.0.1']);
  assert.deepEqual(await values('/targets', await as('cert-analyst')), ['11.0.0.2']);
  const post = (path: string, payload: Record<string, unknown>) =>
    app.inject({ method: 'POST', url: `${base}${path}`, headers: analyst, payload });
  assert.equal(
    (await post('/targets/11.2.0.1/decisions', { kind: 'route', becomes: 'YU', reason: 'x' })).statusCode,
    400,
  );
  assert.equal(
    (
      await post('/targets/11.2.0.1/decisions', {
        kind: 'route',
        becomes: 'FR',
        reason: 'the provider says so',
      })
    ).statusCode,
    200,
  );
  assert.deepEqual(
    (await get('/prepared', analyst))
      .json<{ packages: { items: number }[] }>()
      .packages.map(({ items }) => items)
      .sort(),
    [0, 0, 1, 3],
  );
  assert.equal((await get('/figures', analyst)).json<{ targets: number }>().targets, 3);
  assert.match((await get('/report/ar', analyst)).body, /dir="rtl"/);
});
