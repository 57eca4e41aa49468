/** What a running node does by itself every few minutes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addPeer, nodeCard } from '../../src/registry/index.ts';
import { synchronise } from '../../src/server/node.ts';
import { importOwn, indicator, startTestNode, twoNodes } from '../two-nodes.ts';

test('a round brings what peers have; one that cannot be asked, or fails in a way nobody foresaw, stops no other and is told once', async (context) => {
  const { police, company, time } = await twoNodes(context);
  const away = await startTestNode(context, 'Away', time);
  await addPeer(police.registry, nodeCard(away.registry), 'http://127.0.0.1:1');
  await importOwn(company, [indicator(1)]);
  const told = context.mock.method(console, 'error', () => {});
  const lines = () => told.mock.calls.map(({ arguments: [line] }) => String(line));
  const held = async () =>
    Number((await police.registry.db.get<{ n: number }>('SELECT count(*) AS n FROM object'))!.n);

  const round = synchronise(police.registry);
  await round();
  await round();
  assert.ok((await held()) > 0, 'the company’s objects are here');
  assert.equal(lines().filter((line) => line.startsWith('Away: ')).length, 1);

  // A fault of the program itself, met with every peer.
  const { db } = police.registry;
  const broken = {
    ...police.registry,
    db: {
      ...db,
      transaction: () => Promise.reject(new TypeError('nobody foresaw this')),
    },
  };
  await importOwn(company, [indicator(2)]);
  const failing = synchronise(broken as typeof police.registry);
  await failing();
  await failing();
  assert.equal(lines().filter((line) => /foresaw/.test(line)).length >= 1, true, lines().join('\n'));
  const before = await held();
  await round();
  assert.ok((await held()) > before, 'and the next round goes on');
});
