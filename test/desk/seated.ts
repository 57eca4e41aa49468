/** An expert's seat in a case, as two nodes have it. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { EntenteError } from '../../src/base/index.ts';
import { addExhibit, openCase } from '../../src/cases/index.ts';
import { draftRequest, grantSeat, reviewRequest, sendRequest, takeStep } from '../../src/desk/index.ts';
import { pushMessages, queueStep } from '../../src/exchange/index.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { importOwn, indicator, twoNodes } from '../two-nodes.ts';

/** The police hold a case with two exhibits; the company's expert was accepted. */
export async function seated(context: TestContext, more: { supervised?: boolean; log?: string } = {}) {
  const nodes = await twoNodes(context);
  const [police, company] = [nodes.police.registry, nodes.company.registry];
  const ask = {
    kind: 'expert',
    subject: 'a case',
    text: 'help',
    marking: { tlp: 'amber', pap: 'amber' },
    purpose: 'investigation',
    priority: 'normal',
    amount: 2,
    skills: [],
    languages: [],
    clearance: 'confidential',
    attachments: [],
  };
  const { id: request } = await draftRequest(police, nodes.companyAtPolice, ask, 'Ada');
  await reviewRequest(police, request, { decision: 'clear', basis: 'fine' }, 'Lex');
  await sendRequest(police, request, 'Ada', queueStep(police));
  await pushMessages(police);
  await reviewRequest(company, request, { decision: 'clear', basis: 'fine' }, 'Jus');
  const expert = { id: 'expert--1', clearance: 'secret' } as const;
  await takeStep(company, request, 'accepted', { text: '', expert }, 'Bob', queueStep(company));
  await pushMessages(company);
  await importOwn(nodes.police, [indicator(1)]);
  const file = await openCase(police, 'Harbour');
  const folder = temporaryFolder(context);
  const exhibits = [];
  for (const [i, text] of [more.log ?? 'seen: host-1.example\n', 'another host-1.example\n'].entries()) {
    const path = join(folder, `${i}.log`);
    writeFileSync(path, text);
    exhibits.push(await addExhibit(police, file, path, { person: 'Ada', purpose: 'evidence' }));
  }
  const grant = {
    case: file.id,
    request,
    exhibits: [{ id: exhibits[0]!.id, number: 1 }],
    runs: [],
    purpose: 'look into the log',
    until: '2026-12-02T08:00:00Z',
    supervised: more.supervised ?? false,
  };
  const { seat, token } = await grantSeat(police, grant, 'Ada', queueStep(police));
  return { nodes, police, company, request, grant, seat, token, exhibits };
}

/** Refused, with the clause named. */
export const denied = (path: string) => (error: EntenteError) => {
  assert.equal(error.code, 'agreement-denied', error.message);
  assert.equal((error.clauses[0] as { path: string }).path, path);
  return true;
};
