/**
 * Two nodes, one of them lying about evidence in each way that the threat model names. The other notices, keeps nothing of it, and
 * has papers in hand that convince somebody who trusts neither: signed by the liar, and contradicting what it says now.
 */
import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ReleaseClass } from '../../src/agreement/index.ts';
import { isEntenteError } from '../../src/base/index.ts';
import type { CarriedChain } from '../../src/cases/bundle/contents.ts';
import { eventDigest, parseCustodyEvent } from '../../src/cases/custody-event.ts';
import {
  addExhibit,
  assertChain,
  chainOf,
  custodyOf,
  listExhibits,
  offerExhibit,
  openCase,
  receiveAnswer,
  receiveOffer,
  requireTransfer,
} from '../../src/cases/index.ts';
import { fetchAndAccept, pushMessages, sendAboutEvidence } from '../../src/exchange/index.ts';
import { signStatement, verifyStatement } from '../../src/registry/index.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { pull, twoNodes } from '../two-nodes.ts';
import { bringFlowIntoForce, type Context, SAID } from './example-case.ts';

const CLASS: ReleaseClass = { category: 'case-data', tlp: 'amber', pap: 'amber', personalData: 'none' };

const refusal =
  (...codes: string[]) =>
  (error: unknown) => {
    assert.ok(isEntenteError(error), String(error));
    assert.ok(codes.includes(error.code), `${error.code}: ${error.message}`);
    return true;
  };

/** The company offers an exhibit to the police. */
async function offered(t: Context) {
  const world = await twoNodes(t);
  const { company, police, policeAtCompany } = world;
  await bringFlowIntoForce(world, (flow) => {
    flow['categories'] = ['case-data'];
    flow['title'] = 'Evidence';
  });
  await pull(world);
  const folder = temporaryFolder(t);
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const given = await openCase(company.registry, 'Given');
  const taken = await openCase(police.registry, 'Taken');
  const exhibit = await addExhibit(company.registry, given, write('a.txt', 'the evidence'), SAID);
  const other = await addExhibit(company.registry, given, write('b.txt', 'other evidence'), SAID);
  const send = sendAboutEvidence(company.registry);
  const { id } = await offerExhibit(company.registry, exhibit, policeAtCompany, CLASS, SAID, send);
  await pushMessages(company.registry);
  const transfer = await requireTransfer(police.registry.db, id);
  return { ...world, given, taken, exhibit, other, transfer };
}

test('a giver that hands over other bytes than it offered is refused, and its signed offer says what it should have been', async (t) => {
  const { company, police, companyAtPolice, taken, exhibit, transfer } = await offered(t);
  const path = await company.registry.blobs.path(exhibit.sha256);
  chmodSync(path, 0o600);
  writeFileSync(path, 'THE EVIDENCE');
  await assert.rejects(
    fetchAndAccept(police.registry, transfer, companyAtPolice, taken, SAID),
    refusal('verification-failed'),
  );
  assert.deepEqual(await listExhibits(police.registry, taken.id), []);
  assert.equal(await police.registry.blobs.has(exhibit.sha256), false);
  // A third party with the giver's key alone:
  const said = parseCustodyEvent(
    await verifyStatement(transfer.offer.event, 'custody', company.registry.identity.publicJwk),
  );
  assert.equal(said.after!.sha256, exhibit.sha256);
});

test('a giver cannot shorten, reorder, exchange or make up the custody that it hands over', async (t) => {
  const { company, companyAtPolice, police, exhibit, other, transfer } = await offered(t);
  const chain = JSON.parse(JSON.stringify(await chainOf(company.registry, exhibit))) as CarriedChain;
  const foreign = JSON.parse(JSON.stringify(await chainOf(company.registry, other))) as CarriedChain;
  await assertChain(transfer, companyAtPolice, chain);
  const { identity } = company.registry;
  const madeUp = await signStatement(identity, 'custody', {
    ...(JSON.parse(Buffer.from(chain.custody[0]!.event.split('.')[1]!, 'base64url').toString()) as object),
    purpose: 'something nobody did',
  });
  const lies: Record<string, unknown> = {
    'the first event left out': { ...chain, custody: chain.custody.slice(1) },
    'the offer left out': { ...chain, custody: chain.custody.slice(0, -1) },
    'events exchanged': { ...chain, custody: [...chain.custody].reverse() },
    'an event made up and signed': {
      ...chain,
      custody: [{ ...chain.custody[0]!, event: madeUp }, ...chain.custody.slice(1)],
    },
    'no events': { ...chain, custody: [] },
    'the custody of another exhibit': { ...foreign, exhibit: chain.exhibit },
    'another exhibit': foreign,
    'proofs left out': { ...chain, leaves: chain.leaves.slice(1) },
    'proofs of another exhibit': { ...chain, leaves: foreign.leaves },
    'another name': { ...chain, exhibit: { ...chain.exhibit, name: 'c.txt' } },
    'another node': { ...chain, node: { ...chain.node, kid: police.registry.identity.kid } },
    'another key': { ...chain, node: { ...chain.node, key: police.registry.identity.publicJwk } },
    'a checkpoint of a shorter ledger': {
      ...chain,
      checkpoint: chain.checkpoint.replace(/\n\d+\n/, '\n2\n'),
    },
    nothing: null,
    text: 'trust me',
  };
  for (const [what, lie] of Object.entries(lies))
    await assert.rejects(assertChain(transfer, companyAtPolice, lie), (error) => isEntenteError(error), what);
});

test('a receiver cannot deny that it accepted, nor have accepted something else', async (t) => {
  const { company, police, companyAtPolice, policeAtCompany, taken, exhibit, transfer } = await offered(t);
  const received = await fetchAndAccept(police.registry, transfer, companyAtPolice, taken, SAID);
  const acceptance = (await custodyOf(police.registry, received.id))[0]!;
  const answer = { transfer: transfer.id, event: acceptance.jws, leaf: acceptance.leafIndex, why: null };
  const { identity } = police.registry;
  const event = acceptance.event as unknown as Record<string, unknown>;
  const details = event['details'] as Record<string, unknown>;
  const signed = (changed: object) => signStatement(identity, 'custody', { ...event, ...changed });
  const tell = (body: Record<string, unknown>) =>
    company.registry.db.transaction((tx) => receiveAnswer(tx, company.registry, policeAtCompany, body));
  const lies: Record<string, Record<string, unknown>> = {
    'other bytes': {
      ...answer,
      event: await signed({
        after: { ...(event['after'] as object), sha256: '0'.repeat(64) },
        comparison: 'changed',
      }),
    },
    'another offer': { ...answer, event: await signed({ details: { ...details, offer: '0'.repeat(64) } }) },
    'another transfer': {
      ...answer,
      event: await signed({
        details: { ...details, transfer: 'transfer--00000000-0000-4000-8000-000000000000' },
      }),
    },
    'an access as an acceptance': { ...answer, event: await signed({ type: 'access' }) },
    'a transfer that nobody offered': {
      ...answer,
      transfer: 'transfer--00000000-0000-4000-8000-000000000000',
    },
    'the giver’s own signature': {
      ...answer,
      event: await signStatement(company.registry.identity, 'custody', event),
    },
    'no event and no reason': { ...answer, event: 5, why: null },
  };
  for (const [what, lie] of Object.entries(lies))
    await assert.rejects(
      tell(lie),
      refusal('message-invalid', 'signature-invalid', 'not-found', 'verification-failed'),
      what,
    );
  assert.equal((await requireTransfer(company.registry.db, transfer.id)).state, 'offered', 'still in hand');
  await tell(answer);
  await assert.rejects(tell(answer), refusal('conflict'), 'a replay');
  await assert.rejects(
    tell({ ...answer, event: null, leaf: null, why: 'never had it' }),
    refusal('conflict'),
    'taken back',
  );
  // What the giver can show anybody, with the receiver's key alone:
  const last = (await custodyOf(company.registry, exhibit.id)).at(-1)!.event;
  const shown = parseCustodyEvent(
    await verifyStatement(String(last.details['acceptance']), 'custody', identity.publicJwk),
  );
  assert.deepEqual(
    [shown.type, shown.after!.sha256, shown.details['offer']],
    ['transfer-accept', exhibit.sha256, eventDigest(transfer.offer.event)],
  );
});

test('an offer that is about something else, for somebody else, made before or by another is not taken', async (t) => {
  const { company, police, companyAtPolice, exhibit, other, transfer } = await offered(t);
  const { event, leaf } = transfer.offer;
  const id = 'transfer--00000000-0000-4000-8000-000000000001';
  const said = JSON.parse(Buffer.from(event.split('.')[1]!, 'base64url').toString()) as Record<
    string,
    unknown
  >;
  const details = said['details'] as Record<string, unknown>;
  const signed = (changed: object, by = company.registry.identity) =>
    signStatement(by, 'custody', { ...said, details: { ...details, transfer: id }, ...changed });
  const offer = { transfer: id, exhibit, event: await signed({}), leaf };
  const lies: Record<string, Record<string, unknown>> = {
    'an offer made before': { ...transfer.offer },
    'the event of another transfer': { ...offer, event },
    'another exhibit': { ...offer, exhibit: other },
    'other bytes': { ...offer, exhibit: { ...exhibit, sha256: '0'.repeat(64) } },
    'for another node': {
      ...offer,
      event: await signed({ details: { ...details, transfer: id, to: company.registry.identity.kid } }),
    },
    'signed by the receiver': { ...offer, event: await signed({}, police.registry.identity) },
    'a name without end': { ...offer, exhibit: { ...exhibit, name: 'x'.repeat(100_000) } },
    'a negative size': { ...offer, exhibit: { ...exhibit, sizeBytes: -1 } },
    'no exhibit': { ...offer, exhibit: null },
  };
  const tell = (body: Record<string, unknown>) =>
    police.registry.db.transaction((tx) => receiveOffer(tx, police.registry, companyAtPolice, body));
  for (const [what, lie] of Object.entries(lies))
    await assert.rejects(
      tell(lie),
      refusal('message-invalid', 'signature-invalid', 'conflict', 'verification-failed'),
      what,
    );
  await tell(offer);
});
