import assert from 'node:assert/strict';
import { test } from 'node:test';
import { draftAmendment } from '../../src/agreement/index.ts';
import { isEntenteError } from '../../src/base/index.ts';
import { pushMessages, queueMessage, syncPeer } from '../../src/exchange/index.ts';
import { decideRelease } from '../../src/intel/index.ts';
import { type Registry, saveDraft, showAgreement, signStored } from '../../src/registry/index.ts';
import { giveNotice, importOwn, indicator, twoNodes } from '../two-nodes.ts';

const sign = (registry: Registry, id: string) =>
  signStored(registry, id, (tx, to, body) => queueMessage(tx, registry, to, 'agreement', body));

test('an amendment changes nothing until both have signed, and then on both nodes', async (context) => {
  const { time, company, police, agreement, policeAtCompany, companyAtPolice } = await twoNodes(context);
  await importOwn(company, [indicator(1, { tlp: 'amber' }), indicator(2, { tlp: 'green' })]);
  const allowed = async () =>
    (await decideRelease(company.registry, policeAtCompany)).classes.filter(
      ({ verdict }) => verdict.verdict === 'allow',
    ).length;
  assert.equal(await allowed(), 2);

  const { document } = await showAgreement(company.registry, agreement);
  const flows = document.flows.map((flow) => ({ ...flow, tlp: 'green' as const }));
  time.now = new Date(time.now.getTime() + 60_000);
  await saveDraft(company.registry, draftAmendment(document, { flows }));
  await sign(company.registry, agreement);
  await pushMessages(company.registry);
  assert.equal((await showAgreement(company.registry, agreement)).version, 1);
  assert.equal(await allowed(), 2);

  time.now = new Date(time.now.getTime() + 60_000);
  await sign(police.registry, agreement);
  assert.equal((await showAgreement(police.registry, agreement)).version, 2);
  // The company has not heard of the last signature: the two take different versions to be in force.
  const pulled = await syncPeer(police.registry, companyAtPolice).catch((error) => error);
  // Synchronising brings the signature first, so that both then agree and only GREEN crosses.
  assert.equal(isEntenteError(pulled), false, String(pulled.message));
  assert.equal((await showAgreement(company.registry, agreement)).version, 2);
  assert.equal(pulled.accepted, 1);
});

test('nothing crosses while the two nodes hold different papers, and the refusal says so', async (context) => {
  const { company, police, agreement, companyAtPolice } = await twoNodes(context);
  await importOwn(company, [indicator(1)]);
  // The police suspends, and the company cannot be told: its message is lost on the way.
  await giveNotice(police, agreement, 'suspend', { push: false });
  await police.registry.db.transaction((tx) => tx.run('DELETE FROM outbox'));
  await assert.rejects(
    syncPeer(police.registry, companyAtPolice),
    (error) =>
      isEntenteError(error) && error.code === 'agreement-denied' && /same versions/.test(error.message),
  );
});

test('an amendment of another text than the one in force is refused', async (context) => {
  const { company, agreement } = await twoNodes(context);
  const { document } = await showAgreement(company.registry, agreement);
  const other = { ...document, title: 'A text that nobody signed' };
  await assert.rejects(
    saveDraft(company.registry, draftAmendment(other, {})),
    (error) => isEntenteError(error) && error.code === 'agreement-state',
  );
});
