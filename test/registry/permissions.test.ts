import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askForObject, pushMessages, queuePermission } from '../../src/exchange/index.ts';
import { releaseClassOf } from '../../src/intel/index.ts';
import {
  answerPermission,
  listPermissions,
  openVerdicts,
  receivePermissionAnswer,
} from '../../src/registry/index.ts';
import { importOwn, indicator, pull, type TwoNodes, twoNodes } from '../two-nodes.ts';

/** The example agreement's code for evidence is H1: its contributor is asked. */
async function asking(context: Parameters<typeof twoNodes>[0]) {
  const nodes = await twoNodes(context);
  await importOwn(nodes.company, [indicator(1), indicator(2)]);
  await pull(nodes);
  return nodes;
}

async function verdictOn({ police, companyAtPolice }: TwoNodes, purpose: 'prosecution' | 'investigation') {
  const found = await releaseClassOf(police.registry, indicator(1).id);
  return (await openVerdicts(police.registry, companyAtPolice)).decide({
    act: 'evidence-use',
    contributor: 'peer',
    purpose,
    releaseClass: found!.releaseClass!,
    receivedAt: found!.receivedAt,
  });
}

const WISH = { act: 'evidence-use', purpose: 'investigation', reason: 'case 12 goes to court' } as const;
const inDays = (nodes: TwoNodes, days: number) =>
  new Date(nodes.time.now.getTime() + days * 86_400_000).toISOString();

test('what a clause leaves to the contributor is asked, answered and then allowed until its day, citing the answer', async (context) => {
  const nodes = await asking(context);
  const { company, police } = nodes;
  assert.equal((await verdictOn(nodes, 'investigation')).verdict, 'ask');
  const asked = await askForObject(police.registry, indicator(1).id, WISH);
  await assert.rejects(
    askForObject(police.registry, indicator(2).id, WISH),
    { code: 'conflict' },
    'of one class, asked once',
  );
  await pushMessages(police.registry);
  const [question] = await listPermissions(company.registry);
  assert.deepEqual(
    [question!.direction, question!.about, question!.reason],
    ['in', indicator(1).id, WISH.reason],
  );
  assert.ok(
    question!.clauses[0]!.path.endsWith('.evidenceUse.code') ||
      question!.clauses[0]!.path.includes('evidenceUse'),
    question!.clauses[0]!.path,
  );
  await answerPermission(
    company.registry,
    asked.id,
    { verdict: 'allow', validUntil: inDays(nodes, 10), words: 'for this case' },
    queuePermission(company.registry),
  );
  await pushMessages(company.registry);
  const verdict = await verdictOn(nodes, 'investigation');
  assert.equal(verdict.verdict, 'allow');
  assert.ok(
    verdict.clauses.some(({ words }) => words.includes('for this case') && words.includes(asked.id)),
    JSON.stringify(verdict.clauses),
  );
  await assert.rejects(askForObject(police.registry, indicator(1).id, WISH), {
    code: 'conflict',
    message: /allowed already/,
  });
  // For exactly this question, and until its day.
  assert.notEqual((await verdictOn(nodes, 'prosecution')).verdict, 'allow');
  nodes.time.now = new Date(inDays(nodes, 10));
  assert.equal((await verdictOn(nodes, 'investigation')).verdict, 'ask');
});

test('a refusal stays a question that was refused, and can be asked anew', async (context) => {
  const nodes = await asking(context);
  const { company, police } = nodes;
  const asked = await askForObject(police.registry, indicator(1).id, WISH);
  await pushMessages(police.registry);
  await answerPermission(
    company.registry,
    asked.id,
    { verdict: 'deny', validUntil: null, words: 'not now' },
    queuePermission(company.registry),
  );
  await pushMessages(company.registry);
  assert.equal((await verdictOn(nodes, 'investigation')).verdict, 'ask');
  await assert.rejects(
    answerPermission(
      company.registry,
      asked.id,
      { verdict: 'allow', validUntil: inDays(nodes, 1), words: 'yes after all' },
      queuePermission(company.registry),
    ),
    { code: 'conflict' },
  );
  assert.notEqual((await askForObject(police.registry, indicator(1).id, WISH)).id, asked.id);
});

test('a permission without an end, without words, or answered by somebody else is refused', async (context) => {
  const nodes = await asking(context);
  const { company, police, policeAtCompany, companyAtPolice } = nodes;
  const asked = await askForObject(police.registry, indicator(1).id, WISH);
  await pushMessages(police.registry);
  const answer = (more: object) =>
    answerPermission(
      company.registry,
      asked.id,
      { verdict: 'allow', validUntil: inDays(nodes, 1), words: 'yes', ...more },
      queuePermission(company.registry),
    );
  await assert.rejects(answer({ validUntil: null }), { code: 'usage' });
  await assert.rejects(answer({ validUntil: inDays(nodes, -1) }), { code: 'usage' });
  await assert.rejects(answer({ validUntil: inDays(nodes, 4_000) }), { code: 'usage' });
  await assert.rejects(answer({ words: ' ' }), { code: 'usage' });
  const body = {
    id: asked.id,
    verdict: 'allow',
    validUntil: inDays(nodes, 1),
    words: 'yes',
    at: nodes.time.now.toISOString(),
  };
  const take = (more: object, peer = companyAtPolice) =>
    police.registry.db.transaction((tx) =>
      receivePermissionAnswer(tx, police.registry, { ...body, ...more }, peer),
    );
  await assert.rejects(take({}, policeAtCompany), { code: 'forbidden' });
  await assert.rejects(take({ validUntil: null }), { code: 'message-invalid' });
  await assert.rejects(take({ verdict: 'perhaps' }), { code: 'message-invalid' });
  await assert.rejects(take({ id: 'permission--00000000-0000-4000-8000-000000000000' }), {
    code: 'not-found',
  });
});

test('what is allowed or forbidden outright is not asked', async (context) => {
  const nodes = await asking(context);
  const { police } = nodes;
  await assert.rejects(askForObject(police.registry, indicator(1).id, { ...WISH, act: 'look-up' }), {
    code: 'conflict',
  });
  await importOwn(police, [indicator(5)]);
  await assert.rejects(askForObject(police.registry, indicator(5).id, WISH), { code: 'usage' });
  await assert.rejects(askForObject(police.registry, indicator(99).id, WISH), { code: 'not-found' });
});
