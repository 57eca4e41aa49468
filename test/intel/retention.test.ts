import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pushMessages, queueMessage } from '../../src/exchange/index.ts';
import { eraseDue, listDue, listErasures, recordReview } from '../../src/intel/index.ts';
import { verifyLedger } from '../../src/registry/index.ts';
import {
  giveNotice,
  importOwn,
  indicator,
  malware,
  pull,
  relationship,
  type TwoNodes,
  twoNodes,
} from '../two-nodes.ts';

const DAY = 86_400_000;
const queue =
  ({ police }: TwoNodes) =>
  (tx: Parameters<typeof queueMessage>[0], peer: string, body: Record<string, unknown>) =>
    queueMessage(tx, police.registry, peer, 'erasure', body);
const held = async ({ police }: TwoNodes) =>
  Number((await police.registry.db.get<{ n: number }>('SELECT count(*) AS n FROM object'))!.n);

async function received(context: Parameters<typeof twoNodes>[0]) {
  const nodes = await twoNodes(context);
  await importOwn(nodes.company, [
    indicator(1),
    indicator(2),
    malware(3),
    relationship(4, indicator(1).id, malware(3).id),
  ]);
  await pull(nodes);
  assert.equal(await held(nodes), 4);
  return nodes;
}

test('what was received is reviewed and erased on the days that its flow names, with a leaf and an account to the contributor', async (context) => {
  const nodes = await received(context);
  const { company, police, time } = nodes;
  assert.deepEqual(await listDue(police.registry), []);
  const ahead = await listDue(police.registry, 3_650);
  const review = ahead.find(({ what }) => what === 'review')!;
  const erase = ahead.find(({ what, clause }) => what === 'erase' && clause.endsWith('.retention'))!;
  assert.ok(review.dueAt < erase.dueAt);
  assert.match(review.clause, /^flows\[\d\]\.retention\.reviewDays$/);
  await assert.rejects(
    eraseDue(police.registry, erase, queue(nodes)),
    { code: 'conflict' },
    'not before its day',
  );

  time.now = new Date(Date.parse(review.dueAt) + 1_000);
  const reviews = (await listDue(police.registry)).filter(({ what }) => what === 'review');
  assert.ok(reviews.length > 0);
  for (const one of reviews) await recordReview(police.registry, one, 'A. Officer');
  assert.deepEqual(
    (await listDue(police.registry)).filter(({ what }) => what === 'review'),
    [],
  );

  time.now = new Date(Date.parse(ahead.filter(({ what }) => what === 'erase').at(-1)!.dueAt) + 1_000);
  const due = (await listDue(police.registry)).filter(({ what }) => what === 'erase');
  assert.equal(
    due.reduce((sum, { objects }) => sum + objects, 0),
    4,
  );
  for (const one of due) await eraseDue(police.registry, one, queue(nodes));
  assert.equal(await held(nodes), 0);
  for (const table of ['collection_object', 'object_reference'])
    assert.equal((await police.registry.db.all(`SELECT 1 FROM ${table}`)).length, 0, table);
  assert.deepEqual(
    (await listDue(police.registry)).filter(({ what }) => what === 'erase'),
    [],
  );
  assert.equal((await verifyLedger(police.registry)).ok, true);
  await pushMessages(police.registry);
  const told = await listErasures(company.registry);
  assert.equal(
    told.reduce((sum, { objects }) => sum + objects, 0),
    4,
  );
  assert.deepEqual(
    told.map(({ digest }) => digest),
    (await listErasures(police.registry)).map(({ digest }) => digest),
  );
});

test('after the end of an agreement what its clauses on the end say is erased, but for what open cases use', async (context) => {
  const nodes = await received(context);
  const { company, police, time, agreement } = nodes;
  // A case that was open found one of them.
  await police.registry.db.transaction(async (tx) => {
    await tx.run(
      `INSERT INTO case_file (id, name, opened_at) VALUES ('case-1', 'a case', ?)`,
      time.now.toISOString(),
    );
    await tx.run(
      `INSERT INTO finding (id, case_id, run_id, exhibit_id, indicator_id, finding) VALUES ('f', 'case-1', 'r', 'e', ?, '{}')`,
      indicator(1).id,
    );
  });
  time.now = new Date(time.now.getTime() + 1_000);
  await giveNotice(company, agreement, 'terminate');
  time.now = new Date(time.now.getTime() + 40 * DAY);
  const due = (await listDue(police.registry, 400)).filter(({ clause }) => clause.startsWith('term.atEnd'));
  assert.ok(due.length > 0, 'the example agreement has what was received erased');
  const kept = due.reduce((sum, { inOpenCases }) => sum + inOpenCases, 0);
  time.now = new Date(Math.max(...due.map(({ dueAt }) => Date.parse(dueAt))) + 1_000);
  for (const one of (await listDue(police.registry)).filter(
    ({ what, clause }) => what === 'erase' && clause.startsWith('term.atEnd'),
  ))
    await eraseDue(police.registry, one, queue(nodes));
  assert.equal(await held(nodes), kept);
  assert.equal(kept, 1, 'the one that the case uses');
  const [left] = await police.registry.db.all<{ id: string }>('SELECT id FROM object');
  assert.equal(left!.id, indicator(1).id);
  time.now = new Date(time.now.getTime() + 3_000 * DAY);
  for (const one of (await listDue(police.registry)).filter(({ what }) => what === 'erase'))
    await eraseDue(police.registry, one, queue(nodes));
  assert.equal(await held(nodes), 0, 'cases do not stay open forever');
});
