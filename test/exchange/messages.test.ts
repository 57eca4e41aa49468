import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { isEntenteError, newId } from '../../src/base/index.ts';
import { messageHandlers } from '../../src/exchange/index.ts';
import { MESSAGE_BYTES_MAX, receiveMessage } from '../../src/exchange/messages.ts';
import { peerToken } from '../../src/exchange/peer-auth.ts';
import { signStatement, verifyLedger } from '../../src/registry/index.ts';
import {
  giveNotice,
  importOwn,
  indicator,
  introduce,
  pull,
  sendOutcome,
  startTestNode,
  type TestNode,
  type TwoNodes,
  twoNodes,
} from '../two-nodes.ts';

/** A message as the police node would sign it, with parts of the test's choice. */
async function messageFrom(from: TestNode, to: string, parts: Record<string, unknown>): Promise<string> {
  return signStatement(from.registry.identity, 'message', {
    id: newId('message'),
    kind: 'outcome',
    from: from.registry.identity.kid,
    to,
    at: from.registry.clock().toISOString(),
    body: {},
    ...parts,
  });
}

function outcomeOn(object: string, agreement: string, parts: Record<string, unknown> = {}) {
  return {
    kind: 'outcome',
    body: {
      id: newId('outcome'),
      object,
      kind: 'taken-down',
      at: '2026-12-01T09:00:00.000Z',
      quantity: 1,
      agreement,
      ...parts,
    },
  };
}

/** Posts to the company as the police node; the answer's status and body. */
async function post(world: TwoNodes, from: TestNode, path: string, body: string) {
  const { company, time } = world;
  const token = await peerToken(
    from.registry.identity,
    company.registry.identity.kid,
    'POST',
    path,
    new Date(time.now),
  );
  const answer = await fetch(company.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body,
  });
  return { status: answer.status, body: (await answer.json().catch(() => null)) as Record<string, unknown> };
}

const refused = (code: string) => (error: unknown) =>
  isEntenteError(error) && error.code === code ? true : assert.fail(`expected ${code}, got ${String(error)}`);

test('a message', async (t) => {
  const world = await twoNodes(t);
  const object = indicator(1).id;
  await importOwn(world.company, [indicator(1), indicator(2, { tlp: 'red' })]);
  await pull(world);
  const receive = (jws: string) => {
    const { company, policeAtCompany } = world;
    return receiveMessage(company.registry, messageHandlers(company.registry), policeAtCompany, jws);
  };
  const count = async (table: string) =>
    Number((await world.company.registry.db.get<{ n: number }>(`SELECT count(*) AS n FROM ${table}`))!.n);
  const companyKid = () => world.company.registry.identity.kid;

  await t.test('has its effect once, however often it comes', async () => {
    const jws = await messageFrom(world.police, companyKid(), outcomeOn(object, world.agreement));
    assert.equal(await receive(jws), 'applied');
    const outcomes = await count('outcome');
    const leaves = await count('ledger_leaf');
    assert.equal(await receive(jws), 'known');
    assert.equal(await receive(jws), 'known');
    assert.equal(await count('outcome'), outcomes);
    assert.equal(await count('ledger_leaf'), leaves);
  });

  await t.test('with the same outcome under a new message id is refused, not an accident', async () => {
    const parts = outcomeOn(object, world.agreement);
    assert.equal(await receive(await messageFrom(world.police, companyKid(), parts)), 'applied');
    const again = await messageFrom(world.police, companyKid(), parts);
    await assert.rejects(receive(again), refused('conflict'));
  });

  await t.test('is refused when another node signed it, or it is between other nodes', async (t) => {
    const stranger = await startTestNode(t, 'Stranger', world.time);
    const forged = await messageFrom(stranger, companyKid(), {
      ...outcomeOn(object, world.agreement),
      from: world.police.registry.identity.kid,
    });
    await assert.rejects(receive(forged), refused('signature-invalid'));
    const misdirected = await messageFrom(
      world.police,
      stranger.registry.identity.kid,
      outcomeOn(object, ''),
    );
    await assert.rejects(receive(misdirected), refused('forbidden'));
    const inAnothersName = await messageFrom(world.police, companyKid(), {
      ...outcomeOn(object, world.agreement),
      from: stranger.registry.identity.kid,
    });
    await assert.rejects(receive(inAnothersName), refused('forbidden'));
  });

  await t.test('is refused when a byte of it was changed, or it is a statement of another kind', async () => {
    const jws = await messageFrom(world.police, companyKid(), outcomeOn(object, world.agreement));
    const [head, payload, signature] = jws.split('.') as [string, string, string];
    const text = Buffer.from(payload, 'base64url').toString().replace('taken-down', 'no-actions');
    const changed = `${head}.${Buffer.from(text).toString('base64url')}.${signature}`;
    await assert.rejects(receive(changed), refused('signature-invalid'));
    const asDelivery = await signStatement(world.police.registry.identity, 'delivery', {
      id: newId('message'),
    });
    await assert.rejects(receive(asDelivery), refused('signature-invalid'));
    for (const junk of ['', '.', '..', 'a.b.c', 'x'.repeat(1000), `${jws}.`, `${head}..${signature}`]) {
      await assert.rejects(receive(junk), refused('signature-invalid'));
    }
  });

  await t.test('of an unknown kind, without an id, or with a time that is none is refused', async () => {
    for (const parts of [
      { kind: 'order' },
      { kind: '__proto__' },
      { kind: 'constructor' },
      { id: 'message--1' },
      { id: 5 },
      { body: null },
      { body: [] },
      { at: 'yesterday' },
      { at: 0 },
    ]) {
      const jws = await messageFrom(world.police, companyKid(), {
        ...outcomeOn(object, world.agreement),
        ...parts,
      });
      await assert.rejects(receive(jws), refused('message-invalid'), JSON.stringify(parts));
    }
  });

  await t.test('that is too large is refused before it is verified, over HTTP as well', async () => {
    await assert.rejects(receive('x'.repeat(MESSAGE_BYTES_MAX + 1)), refused('input-limit'));
    const path = '/api/v1/exchange/messages';
    const tooLarge = JSON.stringify({ message: 'x'.repeat(MESSAGE_BYTES_MAX + 2_000) });
    const answer = await post(world, world.police, path, tooLarge);
    assert.equal(answer.status, 413);
    assert.equal(answer.body['code'], 'input-limit');
  });

  await t.test('whose body makes no sense is refused with a 4xx, whatever its kind', async () => {
    const path = '/api/v1/exchange/messages';
    const bodies: Record<string, unknown>[] = [
      {},
      { signed: null },
      { signed: [] },
      { signed: { agreement: null, signatures: null } },
      { signed: { notice: null, signatures: [] } },
      { delivery: { a: 1 }, statement: null },
      { recall: null, object: 3 },
      { id: 'x', object, reason: 'r', at: 'never' },
      { id: 'x', object, reason: 'r'.repeat(5_000), at: '2026-12-01T09:00:00Z' },
      outcomeOn(object, world.agreement, { quantity: -1 }).body,
      outcomeOn(object, world.agreement, { quantity: 1e300 }).body,
      outcomeOn(object, world.agreement, { kind: 'toString' }).body,
      outcomeOn(object, world.agreement, { at: 'soon' }).body,
      outcomeOn(object, world.agreement, { id: '' }).body,
    ];
    const before = await count('inbox');
    for (const kind of ['agreement', 'agreement-notice', 'receipt', 'recall', 'recall-receipt', 'outcome']) {
      for (const body of bodies) {
        const jws = await messageFrom(world.police, companyKid(), { kind, body });
        const answer = await post(world, world.police, path, JSON.stringify({ message: jws }));
        const what = `${kind} ${JSON.stringify(body).slice(0, 80)}: ${JSON.stringify(answer.body)}`;
        assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status} for ${what}`);
      }
    }
    assert.equal(await count('inbox'), before, 'nothing of it is kept');
    assert.equal((await verifyLedger(world.company.registry)).ok, true);
  });

  await t.test('brought by a node that did not sign it is refused', async (t) => {
    const stranger = await startTestNode(t, 'Messenger', world.time);
    await introduce(world.company, stranger);
    const jws = await messageFrom(world.police, companyKid(), outcomeOn(object, world.agreement));
    const answer = await post(world, stranger, '/api/v1/exchange/messages', JSON.stringify({ message: jws }));
    assert.equal(answer.status, 401);
    assert.equal(answer.body['code'], 'signature-invalid');
  });

  await t.test('that comes before the one it rests on is refused now and taken later', async (t) => {
    // A receipt for a delivery that this node does not have yet, and an answer to a recall that was not made.
    for (const parts of [
      {
        kind: 'receipt',
        body: { delivery: newId('delivery'), statement: 'a'.repeat(64), held: 0, refused: [] },
      },
      {
        kind: 'recall-receipt',
        body: { recall: newId('recall'), object, withdrawn: 1, findings: 0, at: '2026-12-01T09:00:00Z' },
      },
    ])
      await assert.rejects(
        receive(await messageFrom(world.police, companyKid(), parts)),
        refused('conflict'),
      );
    // A recall of something that has not arrived: refused, so the sender keeps it and offers it again.
    const { registry } = world.police;
    const early = await messageFrom(world.company, registry.identity.kid, {
      kind: 'recall',
      body: { id: newId('recall'), object: indicator(50).id, reason: 'early', at: '2026-12-01T09:00:00Z' },
    });
    const take = () => receiveMessage(registry, messageHandlers(registry), world.companyAtPolice, early);
    await assert.rejects(take(), refused('forbidden'));
    await importOwn(world.company, [indicator(50)]);
    await pull(world);
    assert.equal(await take(), 'applied');
    t.diagnostic('a recall that overtook its object is applied when it is offered again');
  });

  await t.test('about an object that was never delivered to its sender is refused', async () => {
    for (const id of [indicator(2).id, indicator(999).id, `indicator--${randomUUID()}`]) {
      const jws = await messageFrom(world.police, companyKid(), outcomeOn(id, world.agreement));
      await assert.rejects(receive(jws), refused('forbidden'));
    }
  });
});

test('two messages that crossed in the wrong order leave both nodes with the same agreement', async (t) => {
  const world = await twoNodes(t);
  const { company, police, agreement } = world;
  await giveNotice(company, agreement, 'suspend', { push: false });
  world.time.now = new Date(world.time.now.getTime() + 60_000);
  await giveNotice(company, agreement, 'resume', { push: false });
  // Offered newest first.
  const waiting = await company.registry.db.all<{ message: string }>(
    'SELECT message FROM outbox WHERE delivered_at IS NULL ORDER BY seq DESC',
  );
  assert.equal(waiting.length, 2);
  const handlers = messageHandlers(police.registry);
  const peer = world.companyAtPolice;
  await assert.rejects(
    receiveMessage(police.registry, handlers, peer, waiting[0]!.message),
    refused('agreement-state'),
  );
  assert.equal(await receiveMessage(police.registry, handlers, peer, waiting[1]!.message), 'applied');
  assert.equal(await receiveMessage(police.registry, handlers, peer, waiting[0]!.message), 'applied');
});

test('a message waits while its receiver is away and arrives once when it is back', async (t) => {
  const world = await twoNodes(t);
  await importOwn(world.company, [indicator(1)]);
  await pull(world);
  await world.company.registry.db.transaction((tx) =>
    tx.run("UPDATE peer SET url = 'http://127.0.0.1:9' WHERE 1 = 1"),
  );
  await world.police.registry.db.transaction((tx) => tx.run("UPDATE peer SET url = 'http://127.0.0.1:9'"));
  const id = await sendOutcome(world.police, indicator(1).id);
  const waiting = await world.police.registry.db.all('SELECT 1 FROM outbox WHERE delivered_at IS NULL');
  assert.equal(waiting.length, 1);
  await introduce(world.police, world.company);
  await introduce(world.company, world.police);
  await pull(world);
  const rows = await world.company.registry.db.all<{ id: string }>('SELECT id FROM outcome');
  assert.deepEqual(
    rows.map((row) => row.id),
    [id],
  );
});
