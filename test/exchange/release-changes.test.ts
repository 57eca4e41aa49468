/**
 * What becomes releasable later reaches a peer that has read on, and what may not be held any more is taken back, whatever is interrupted.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pushMessages, recallNarrowedCopies } from '../../src/exchange/index.ts';
import { listRecalls } from '../../src/intel/index.ts';
import { importOwn, indicator, malware, pull, relationship, report, twoNodes } from '../two-nodes.ts';

const held = async (node: { registry: { db: { all<T>(sql: string): Promise<T[]> } } }) =>
  (
    await node.registry.db.all<{ id: string }>('SELECT id FROM object WHERE withdrawn_at IS NULL ORDER BY id')
  ).map(({ id }) => id);

test('a report whose only restricted reference is relaxed crosses, though the peer has read past it', async (context) => {
  const nodes = await twoNodes(context);
  const hidden = malware(1, { tlp: 'red' });
  const open = indicator(2);
  await importOwn(nodes.company, [hidden, report(3, [hidden.id]), open]);
  await pull(nodes);
  assert.deepEqual(await held(nodes.police), [open.id]);
  // The newer version is read in the usual way; the report lies behind.
  await importOwn(nodes.company, [malware(1, { tlp: 'green', modified: '2026-11-20T00:00:00.000Z' })]);
  const caught = await pull(nodes);
  assert.ok((await held(nodes.police)).includes(report(3, [hidden.id]).id));
  assert.deepEqual(caught.problems, []);
  const again = await pull(nodes);
  assert.equal(again.pages, 0, 'nothing is asked for twice');
});

test('what has a receipt is not sent again by a catch-up', async (context) => {
  const nodes = await twoNodes(context);
  const hidden = malware(1, { tlp: 'red' });
  await importOwn(nodes.company, [
    hidden,
    report(3, [hidden.id]),
    ...Array.from({ length: 30 }, (_, i) => indicator(100 + i)),
  ]);
  assert.equal((await pull(nodes)).accepted, 30);
  await importOwn(nodes.company, [malware(1, { tlp: 'green', modified: '2026-11-20T00:00:00.000Z' })]);
  const { accepted, unchanged } = await pull(nodes);
  // The newest version and the report; the older version keeps the marking that it has.
  assert.deepEqual({ accepted, unchanged }, { accepted: 2, unchanged: 0 });
});

test('a narrowed marking takes back the copies of whoever may not have them, and a receipt comes', async (context) => {
  const nodes = await twoNodes(context);
  const object = indicator(1);
  const link = relationship(2, object.id, malware(3).id);
  await importOwn(nodes.company, [object, malware(3), link]);
  await pull(nodes);
  assert.equal((await held(nodes.police)).length, 3);
  await importOwn(nodes.company, [indicator(1, { tlp: 'red', modified: '2026-11-20T00:00:00.000Z' })]);
  assert.equal(await recallNarrowedCopies(nodes.company.registry), 1);
  assert.equal(await recallNarrowedCopies(nodes.company.registry), 0, 'once');
  await pushMessages(nodes.company.registry);
  assert.deepEqual(await held(nodes.police), [malware(3).id, link.id].sort());
  await pushMessages(nodes.police.registry);
  const [recall] = await listRecalls(nodes.company.registry);
  assert.equal(recall!.peers[0]!.answer?.withdrawn, 1);
  const here = await nodes.company.registry.db.get<{ n: number }>(
    'SELECT count(*) AS n FROM object WHERE withdrawn_at IS NULL',
  );
  assert.equal(here!.n, 4, 'the contributor keeps all of it in use');
});

test('a marking that changes within what the agreement allows takes nothing back', async (context) => {
  const nodes = await twoNodes(context);
  await importOwn(nodes.company, [indicator(1)]);
  await pull(nodes);
  await importOwn(nodes.company, [indicator(1, { tlp: 'clear', modified: '2026-11-20T00:00:00.000Z' })]);
  assert.equal(await recallNarrowedCopies(nodes.company.registry), 0);
});
