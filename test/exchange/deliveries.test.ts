import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { isEntenteError, newId } from '../../src/base/index.ts';
import { statementDigest } from '../../src/exchange/deliveries.ts';
import { listDeliveries, messageHandlers, syncPeer } from '../../src/exchange/index.ts';
import { receiveMessage } from '../../src/exchange/messages.ts';
import { usableIndicators } from '../../src/intel/index.ts';
import { listOutcomes } from '../../src/operations/index.ts';
import { signStatement, verifyLedger, verifyStatement } from '../../src/registry/index.ts';
import {
  giveNotice,
  importOwn,
  indicator,
  malware,
  pull,
  recall,
  relationship,
  report,
  sendOutcome,
  type TwoNodes,
  twoNodes,
} from '../two-nodes.ts';

const refused = (code: string) => (error: unknown) =>
  isEntenteError(error) && error.code === code ? true : assert.fail(`not ${code}: ${String(error)}`);

const rows = <T>({ registry }: TwoNodes['company'], sql: string) => registry.db.all<T>(sql);

test('a delivery', async (t) => {
  const world = await twoNodes(t);
  const { company, police } = world;
  const secret = malware(3, { tlp: 'red' });
  const objects = [
    indicator(1),
    indicator(1, { modified: '2026-11-02T00:00:00.000Z' }),
    indicator(2),
    secret,
    relationship(4, indicator(1).id, secret.id),
    report(5, [indicator(2).id]),
  ];
  await importOwn(company, objects);
  await pull(world);

  await t.test('is stated by its sender, and the statement covers exactly what was sent', async () => {
    const sent = await rows<{ statement: string; receipt: string | null }>(
      company,
      "SELECT statement, receipt FROM delivery WHERE direction = 'out'",
    );
    const kept = await rows<{ statement: string }>(
      police,
      "SELECT statement FROM delivery WHERE direction = 'in'",
    );
    assert.deepEqual(
      kept.map((row) => row.statement),
      sent.map((row) => row.statement),
      'both hold the same signed statements',
    );
    const stated: string[] = [];
    for (const { statement } of sent) {
      const said = await verifyStatement(statement, 'delivery', company.registry.identity.publicJwk);
      assert.equal(said['to'], police.registry.identity.kid);
      for (const object of said['objects'] as { id: string; version: string; digest: string }[])
        stated.push(`${object.id} ${object.version} ${object.digest}`);
    }
    const held = await rows<{ id: string; version: string; body: string }>(
      police,
      'SELECT id, version, body FROM object',
    );
    const digest = (body: string) => createHash('sha256').update(body).digest('hex');
    assert.deepEqual(
      held.map(({ id, version, body }) => `${id} ${version} ${digest(body)}`).sort(),
      stated.sort(),
    );
    assert.equal(held.length, 4);
    for (const { receipt } of sent)
      assert.equal((JSON.parse(receipt!) as { held: number }).held, 4, 'the receipt says what was kept');
  });

  await t.test('has a leaf at both ends before its receipt has one', async () => {
    for (const node of [company, police]) {
      const kinds = (await rows<{ kind: string }>(node, 'SELECT kind FROM ledger_leaf ORDER BY idx')).map(
        (row) => row.kind,
      );
      assert.ok(kinds.includes('delivery'));
      assert.equal((await verifyLedger(node.registry)).ok, true);
    }
  });

  await t.test('takes one receipt, from its receiver, about exactly its statement', async () => {
    const [sent] = await rows<{ id: string; statement: string }>(
      company,
      "SELECT id, statement FROM delivery WHERE direction = 'out'",
    );
    const bring = async (body: Record<string, unknown>) =>
      receiveMessage(
        company.registry,
        messageHandlers(company.registry),
        world.policeAtCompany,
        await signStatement(police.registry.identity, 'message', {
          id: newId('message'),
          kind: 'receipt',
          from: police.registry.identity.kid,
          to: company.registry.identity.kid,
          at: world.time.now.toISOString(),
          body,
        }),
      );
    const right = {
      delivery: sent!.id,
      statement: statementDigest(sent!.statement),
      held: 4,
      refused: [],
    };
    await assert.rejects(bring(right), refused('conflict')); // it has one
    await assert.rejects(bring({ ...right, delivery: newId('delivery') }), refused('conflict'));
    await assert.rejects(bring({ ...right, statement: '0'.repeat(64) }), refused('conflict'));
    await assert.rejects(bring({ ...right, held: 'all' }), refused('message-invalid'));
    await company.registry.db.transaction((tx) =>
      tx.run('UPDATE delivery SET receipt = NULL, receipt_at = NULL WHERE id = ?', sent!.id),
    );
    await assert.rejects(bring({ ...right, statement: '0'.repeat(64) }), refused('conflict'));
    assert.equal(await bring(right), 'applied');
    await assert.rejects(bring(right), refused('conflict'));
  });

  await t.test('is not repeated: what was received is not asked for again', async () => {
    const before = (await listDeliveries(company.registry)).length;
    const again = await pull(world);
    assert.deepEqual([again.pages, again.accepted, again.unchanged], [0, 0, 0]);
    assert.equal((await listDeliveries(company.registry)).length, before);
  });

  await t.test('of what was recalled does not happen again, even from the beginning', async () => {
    await recall(company, indicator(2).id);
    await police.registry.db.transaction((tx) => tx.run('DELETE FROM sync_state'));
    const again = await pull(world);
    assert.equal(again.unchanged, 2, 'both versions of the other indicator');
    const withdrawn = await rows<{ withdrawn_at: string | null }>(
      police,
      `SELECT withdrawn_at FROM object WHERE id = '${indicator(2).id}'`,
    );
    assert.ok(withdrawn.length === 1 && withdrawn[0]!.withdrawn_at !== null);
    const { sources } = await usableIndicators(police.registry, world.time.now.toISOString());
    assert.deepEqual([...new Set(sources.map((source) => source.indicator))], [indicator(1).id]);
  });
});

test('more than a page crosses in several deliveries, each stated and receipted', async (t) => {
  const world = await twoNodes(t);
  const many = Array.from({ length: 1_203 }, (_, i) => indicator(10_000 + i));
  for (let i = 0; i < many.length; i += 500) await importOwn(world.company, many.slice(i, i + 500));
  const done = await pull(world);
  assert.deepEqual([done.pages, done.accepted, done.refused.length], [2, 1_203, 0]);
  const out = (await listDeliveries(world.company.registry)).filter(({ direction }) => direction === 'out');
  assert.deepEqual(out.map(({ objects }) => objects).sort(), [1_000, 203]);
  assert.ok(out.every(({ receiptAt }) => receiptAt !== null));
});

for (const [kind, at] of [
  ['suspend', 'company'],
  ['suspend', 'police'],
  ['terminate', 'company'],
  ['terminate', 'police'],
] as const) {
  test(`when the ${at} ${kind}s the agreement, everything stops at once on both nodes`, async (t) => {
    const world = await twoNodes(t);
    const { company, police, time } = world;
    await importOwn(company, [indicator(1)]);
    await pull(world);
    await importOwn(company, [indicator(2)]);
    time.now = new Date(time.now.getTime() + 60_000);
    const opened = time.now.toISOString();
    // The other side has not even heard of it.
    await giveNotice(world[at], world.agreement, kind, { push: false });
    const stopped = async () => {
      await assert.rejects(syncPeer(police.registry, world.companyAtPolice), refused('agreement-denied'));
      const objects = await rows<{ id: string }>(police, 'SELECT id FROM object');
      assert.deepEqual(
        objects.map((row) => row.id),
        [indicator(1).id],
      );
    };
    await stopped();
    // Now both know.
    await stopped();
    await assert.rejects(sendOutcome(police, indicator(1).id), refused('agreement-denied'));
    assert.deepEqual(await listOutcomes(company.registry), []);
    const { sources, unusable } = await usableIndicators(police.registry, opened);
    assert.deepEqual(sources, [], 'a case opened now does not use it');
    assert.ok(unusable.length > 0 && unusable[0]!.words.length > 10, 'and is told why');
    if (kind === 'suspend') {
      time.now = new Date(time.now.getTime() + 60_000);
      await giveNotice(world[at], world.agreement, 'resume');
      assert.equal((await pull(world)).accepted, 1, 'what waited crosses when it is resumed');
    }
  });
}
