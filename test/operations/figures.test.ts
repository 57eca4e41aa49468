/** Figures are counted from what stands beside targets and contributions; here they are compared with a plain count of everything that is kept. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sendInOperation } from '../../src/exchange/index.ts';
import {
  countTargets,
  findOperation,
  findTarget,
  holdTarget,
  listTargetOutcomes,
  OUTCOME_KINDS,
  readFigures,
  readTargets,
  reportOutcomes,
  supersedeOutcome,
} from '../../src/operations/index.ts';
import { MIGRATIONS } from '../../src/store/index.ts';
import { deliver, give, type Node } from './nodes.ts';
import { HEAD, NAME, world } from './world.ts';

const TARGETS = 60;
const ROUNDS = 4;
const CONFIRMING = ['taken-down', 'seized', 'arrested', 'victim-notified'];

const at = (node: Node) => findOperation(node.db, NAME);

test('figures are what a plain count gives, at the lead and at a contributor, whatever was reported and decided', async (context) => {
  let state = 20_261_128;
  const below = (n: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
  const any = <T>(list: readonly T[]): T => list[below(list.length)]!;
  const lines = (from: number, until: number) =>
    [
      HEAD,
      ...Array.from({ length: until - from }, (_, i) => {
        const n = from + i;
        const seen = any(['', '2026-11-20T00:00:00Z', '2026-06-01T00:00:00Z']);
        return `11.${n % 3}.0.${n},${any(['suspect', 'victim', 'undetermined'])},A,1,${seen},c2,`;
      }),
    ].join('\n');
  const { lead, company, france, germany, cert, nodes, sendAll } = await world(context, lines(1, TARGETS));
  await give(lead, NAME, lines(20, TARGETS + 10), nodes); // some that are known, some that nobody has placed
  await sendAll();
  const reports = async (node: Node, count: number) => {
    const targets = await readTargets(node.db, await at(node));
    const list = Array.from({ length: count }, () => ({
      target: any(targets).id,
      kind: any(OUTCOME_KINDS),
      quantity: below(4),
      at: `2026-12-0${1 + below(5)}T05:00:00Z`,
    }));
    await reportOutcomes(node, await at(node), list, sendInOperation(node));
  };
  for (let round = 0; round < ROUNDS; round++) {
    for (const node of [lead, france, germany, cert]) await reports(node, 6);
    assert.deepEqual(await deliver(nodes), []);
    const operation = await at(lead);
    for (const { id, superseded } of await listTargetOutcomes(lead.db, operation))
      if (superseded === null && below(6) === 0)
        await supersedeOutcome(lead, operation, id, 'seen again', 'analyst', sendInOperation(lead));
    const target = any(await readTargets(lead.db, operation));
    await holdTarget(lead, operation, target, true, 'wait', 'analyst');
    assert.equal((await findTarget(lead.db, operation, target.id)).decision, 'hold');
    assert.deepEqual(await deliver(nodes), []);
    if (round === 1) await give(company, NAME, lines(30, TARGETS + 5), nodes); // after something was said of them
    for (const node of [lead, company, france]) await compare(node);
  }
  const { contradictory, outcomes, contributors } = await readFigures(lead, await at(lead));
  assert.ok(contradictory > 0 && outcomes.every(({ targets }) => targets > 0), 'something of everything');
  for (const figure of ['confirmed', 'falsePositive', 'stale', 'silent'] as const)
    assert.ok(
      contributors.some((one) => one[figure] > 0),
      figure,
    );

  // A store of before gets the same from what it holds.
  const kept = await saidIn(lead);
  const statements = MIGRATIONS.find(({ name }) => name === 'operation-figures')!.statements;
  await lead.db.transaction(async (tx) => {
    await tx.run('UPDATE operation_target SET said = 0');
    await tx.run(`UPDATE operation_contribution SET said = 0, operation_id = ''`);
    for (const sql of statements) if (sql.startsWith('UPDATE')) await tx.run(sql);
  });
  assert.deepEqual(await saidIn(lead), kept);
});

const saidIn = ({ db }: Node) =>
  db.all(
    `SELECT id, said, operation_id, '' AS peer FROM operation_target
     UNION ALL SELECT target_id, said, operation_id, peer FROM operation_contribution ORDER BY 1, 4`,
  );

async function compare(node: Node): Promise<void> {
  const operation = await at(node);
  const targets = await readTargets(node.db, operation);
  const counting = (await listTargetOutcomes(node.db, operation)).filter(
    ({ superseded, direction }) => superseded === null && direction !== 'out',
  );
  const said = Map.groupBy(counting, ({ target }) => target);
  const kinds = (id: string) => (said.get(id) ?? []).map(({ kind }) => kind);
  const confirmed = (id: string) => kinds(id).some((kind) => CONFIRMING.includes(kind));
  const wrong = (id: string) => kinds(id).includes('false-positive');
  const counts = await countTargets(node.db, operation);
  const figures = await readFigures(node, operation);
  assert.equal(counts.targets, targets.length);
  const waits = targets.filter(({ queue, decision }) => queue !== null || decision === 'hold');
  assert.equal(counts.waiting, waits.length);
  assert.deepEqual(
    Object.fromEntries(
      counts.countries.map((one) => [one.country, [one.targets, one.victims, one.outcomes]]),
    ),
    Object.fromEntries(
      [...Map.groupBy(targets, ({ country }) => country)]
        .filter(([country]) => country !== null)
        .map(([country, of]) => [
          country,
          [
            of.length,
            of.filter(({ mark }) => mark === 'victim').length,
            of.filter(({ id }) => said.has(id)).length,
          ],
        ]),
    ),
  );
  assert.deepEqual(
    Object.fromEntries(counts.queues.map(({ queue, targets }) => [queue, targets])),
    Object.fromEntries(
      [...Map.groupBy(waits, ({ queue, decision }) => (decision === 'hold' ? 'held' : queue!))].map(
        ([queue, of]) => [queue, of.length],
      ),
    ),
  );
  assert.deepEqual(
    figures.outcomes,
    OUTCOME_KINDS.map((kind) => {
      const of = counting.filter((one) => one.kind === kind);
      return {
        kind,
        targets: new Set(of.map(({ target }) => target)).size,
        quantity: of.reduce((sum, { quantity }) => sum + quantity, 0),
      };
    }),
  );
  assert.deepEqual(
    Object.fromEntries(figures.days.map(({ day, count }) => [day, count])),
    Object.fromEntries(
      [...Map.groupBy(counting, (one) => one.at.slice(0, 10))].map(([day, of]) => [day, of.length]),
    ),
  );
  const leads = operation.lead === '';
  assert.equal(
    figures.contradictory,
    targets.filter(({ id, country }) => leads && country !== null && confirmed(id) && wrong(id)).length,
  );
  const given = targets.flatMap(({ id, contributions }) => contributions.map((one) => ({ id, ...one })));
  assert.deepEqual(
    Object.fromEntries(figures.contributors.map(({ name: _name, peer, ...one }) => [peer, one])),
    Object.fromEntries(
      [...Map.groupBy(given, ({ peer }) => peer)].map(([peer, of]) => [
        peer,
        {
          given: of.length,
          confirmed: of.filter(({ id }) => confirmed(id) && !wrong(id)).length,
          falsePositive: of.filter(({ id }) => wrong(id) && !confirmed(id)).length,
          stale: of.filter(
            (one) => one.seenAt !== null && Date.parse(one.at) - Date.parse(one.seenAt) > 90 * 86_400_000,
          ).length,
          withdrawn: of.filter(({ withdrawnAt }) => withdrawnAt !== null).length,
          silent: of.filter(({ id }) => !said.has(id)).length,
        },
      ]),
    ),
  );
}
