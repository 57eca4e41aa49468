import assert from 'node:assert/strict';
import { test } from 'node:test';
import { syncPeer } from '../../src/exchange/index.ts';
import { decideRelease } from '../../src/intel/index.ts';
import {
  bringIntoForce,
  importOwn,
  indicator,
  introduce,
  report,
  startTestNode,
  twoNodes,
} from '../two-nodes.ts';

/** A third organisation with an agreement of its own with the police node, in which the police contributes. */
async function threeNodes(context: Parameters<typeof twoNodes>[0], name: string) {
  const nodes = await twoNodes(context);
  const third = await startTestNode(context, name, nodes.time);
  const thirdAtPolice = await introduce(nodes.police, third);
  await introduce(third, nodes.police);
  await bringIntoForce(nodes.time, nodes.police, third);
  return { ...nodes, third, thirdAtPolice };
}

test('what was received crosses to a member named by the agreement it came under, and to nobody else', async (context) => {
  for (const [name, crosses] of [
    ['Police of Arvenia', true],
    ['Police of Nowhere', false],
  ] as const) {
    const { company, police, companyAtPolice, thirdAtPolice } = await threeNodes(context, name);
    await importOwn(company, [indicator(1)]);
    await syncPeer(police.registry, companyAtPolice);
    const { classes } = await decideRelease(police.registry, thirdAtPolice);
    const received = classes.find(
      ({ releaseClass }) => releaseClass !== 'withdrawn' && releaseClass.origin !== undefined,
    )!;
    assert.equal(
      received.verdict.verdict === 'allow',
      crosses,
      `${name}: ${JSON.stringify(received.verdict.clauses)}`,
    );
    if (!crosses) assert.match(received.verdict.clauses.map((clause) => clause.path).join(), /onward/);
  }
});

test('a report received under a clause that says "ask" is not passed on without asking', async (context) => {
  const { company, police, companyAtPolice, thirdAtPolice } = await threeNodes(context, 'Police of Arvenia');
  await importOwn(company, [indicator(1), report(2, [indicator(1).id])]);
  await syncPeer(police.registry, companyAtPolice);
  const { classes } = await decideRelease(police.registry, thirdAtPolice);
  const verdicts = classes.flatMap(({ releaseClass, verdict }) =>
    releaseClass !== 'withdrawn' && releaseClass.category === 'reports' && releaseClass.origin !== undefined
      ? [verdict.verdict]
      : [],
  );
  assert.deepEqual(verdicts, ['ask']);
});
