import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ReleaseClass } from '../../src/agreement/index.ts';
import { isEntenteError } from '../../src/base/index.ts';
import { eventDigest } from '../../src/cases/custody-event.ts';
import {
  addExhibit,
  type Circumstances,
  custodyBefore,
  custodyOf,
  disposeExhibit,
  listTransfers,
  makeBundle,
  offerExhibit,
  openCase,
  readExhibit,
  refuseExhibit,
  requireTransfer,
  verifyBundle,
} from '../../src/cases/index.ts';
import { callPeer } from '../../src/exchange/http-client.ts';
import { fetchAndAccept, pushMessages, sendAboutEvidence } from '../../src/exchange/index.ts';
import { verifyLedger } from '../../src/registry/index.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { pull, type TwoNodes, twoNodes } from '../two-nodes.ts';
import { membersOf } from './bundle-members.ts';
import { bringFlowIntoForce, type Context, filesWith, SAID } from './example-case.ts';

const CLASS: ReleaseClass = {
  category: 'case-data',
  tlp: 'amber',
  pap: 'amber',
  personalData: 'none',
};

const refusal = (code: string) => (error: unknown) => isEntenteError(error) && error.code === code;

/** The company has an exhibit, and an agreement under which data of cases may go to the police. */
async function worldWithExhibit(t: Context, media: 'file' | 'folder' = 'file', encrypted = false) {
  const world = await twoNodes(t);
  const { company, police } = world;
  await bringFlowIntoForce(world, (flow) => {
    flow['categories'] = ['case-data'];
    flow['title'] = 'Evidence';
  });
  await pull(world);
  const folder = temporaryFolder(t);
  const path = join(folder, media === 'file' ? 'server.log' : '.');
  writeFileSync(join(folder, 'server.log'), 'a line of evidence\n'.repeat(250_000));
  writeFileSync(join(folder, 'small.txt'), 'small');
  const given = await openCase(company.registry, 'Given', { encrypted });
  const taken = await openCase(police.registry, 'Taken');
  const exhibit = await addExhibit(company.registry, given, path, SAID);
  return { world, folder, given, taken, exhibit };
}

async function offer({ company, policeAtCompany }: TwoNodes, exhibit: Parameters<typeof offerExhibit>[1]) {
  const send = sendAboutEvidence(company.registry);
  const transfer = await offerExhibit(company.registry, exhibit, policeAtCompany, CLASS, SAID, send);
  assert.deepEqual((await pushMessages(company.registry)).problems, []);
  return transfer;
}

for (const media of ['file', 'folder'] as const)
  test(`a ${media} that is handed over has an offer in one ledger and an acceptance in the other, each naming the other`, async (t) => {
    const { world, folder, given, taken, exhibit } = await worldWithExhibit(t, media);
    const { company, police, companyAtPolice } = world;
    const { id } = await offer(world, exhibit);
    const offered = await requireTransfer(police.registry.db, id);
    assert.equal(offered.state, 'offered');
    const received = await fetchAndAccept(police.registry, offered, companyAtPolice, taken, {
      ...SAID,
      person: 'B. Receiver',
    });
    assert.equal(received.sha256, exhibit.sha256);
    assert.deepEqual(received.origin, {
      node: company.registry.identity.kid,
      exhibit: exhibit.id,
      number: exhibit.number,
    });
    await pushMessages(police.registry);

    const giving = await custodyOf(company.registry, exhibit.id);
    const taking = await custodyOf(police.registry, received.id);
    assert.deepEqual(
      giving.map(({ event }) => event.type),
      ['collect', 'transfer-offer', 'copy', 'transfer-accept'],
    );
    const accepted = taking[0]!;
    assert.equal(accepted.event.type, 'transfer-accept');
    assert.equal(accepted.event.comparison, 'unchanged');
    assert.equal(accepted.event.details['offer'], eventDigest(giving[1]!.jws));
    assert.equal(accepted.event.details['offerLeaf'], giving[1]!.leafIndex);
    assert.equal(giving[2]!.event.details['transfer'], id, 'the bytes left');
    assert.equal(giving[3]!.event.details['acceptance'], accepted.jws);
    assert.equal(giving[3]!.event.details['acceptanceLeaf'], accepted.leafIndex);
    assert.equal(giving[3]!.event.counterparty!.person, 'B. Receiver');

    const before = await custodyBefore(police.registry, received.id);
    assert.deepEqual(
      before.map(({ node, number, leafIndex, jws }) => ({ node, number, leafIndex, jws })),
      giving.slice(0, 2).map(({ leafIndex, jws }) => ({
        node: company.registry.name,
        number: exhibit.number,
        leafIndex,
        jws,
      })),
      'the receiver shows where the exhibit was before',
    );

    // Both sides' bundles verify; the receiver's carries the custody from before.
    for (const [registry, file] of [
      [company.registry, given],
      [police.registry, taken],
    ] as const) {
      const out = join(folder, `${registry.identity.kid}.zip`);
      await makeBundle(registry, file, out);
      const verdict = await verifyBundle(out);
      assert.equal(verdict.ok, true, verdict.cause ?? '');
      const report = (await membersOf(out)).find(({ name }) => name.endsWith('report/en.html'))!;
      const text = Buffer.from(report.bytes)
        .toString('utf8')
        .replaceAll(/<[^>]+>/g, ' ');
      const ledgerOf = registry === police.registry ? ` · +${company.registry.name} ` : ' ';
      assert.match(text, new RegExp(`Ledger entry ${giving[0]!.leafIndex}${ledgerOf}`));
      assert.equal((await verifyLedger(registry)).ok, true);
    }
  });

test('encrypted evidence that is handed over is encrypted at the receiver under a key of its own, and outlives the key of the other side', async (t) => {
  const { world, folder, given, taken, exhibit: box } = await worldWithExhibit(t, 'folder', true);
  const { company, police, companyAtPolice } = world;
  const single = await addExhibit(company.registry, given, join(folder, 'server.log'), SAID);
  const secret = await openCase(police.registry, 'Secret', { encrypted: true });
  const inTheClear = (node: TwoNodes['police']) => filesWith(node.registry.folder, 'a line of evidence');
  const wrappedKey = async (node: TwoNodes['police'], { sealed }: typeof box) =>
    (await node.registry.db.get<{ wrapped: Uint8Array }>(
      'SELECT wrapped FROM exhibit_key WHERE id = ?',
      sealed!.key,
    ))!.wrapped;
  const digestOf = async (node: TwoNodes['police'], exhibit: typeof box, path?: string) => {
    const hash = createHash('sha256');
    const { bytes } = await readExhibit(node.registry, exhibit, path ? { path } : {}, SAID);
    for await (const chunk of bytes) hash.update(chunk);
    return hash.digest('hex');
  };

  const handOver = async (exhibit: typeof box, into: typeof taken) => {
    const { id } = await offer(world, exhibit);
    const transfer = await requireTransfer(police.registry.db, id);
    await assert.rejects(
      fetchAndAccept(police.registry, transfer, companyAtPolice, into, SAID, () => {
        throw new Error('the line breaks');
      }),
      /line breaks/,
    );
    assert.deepEqual(inTheClear(police), [], 'nor what has come of it when the line breaks');
    const received = await fetchAndAccept(police.registry, transfer, companyAtPolice, into, SAID);
    assert.deepEqual((await pushMessages(police.registry)).problems, []);
    assert.equal((await requireTransfer(company.registry.db, id)).state, 'accepted');
    assert.equal(received.sha256, exhibit.sha256);
    assert.equal(received.blake3, exhibit.blake3);
    assert.equal((await custodyOf(police.registry, received.id))[0]!.event.comparison, 'unchanged');
    assert.notEqual(received.sealed!.key, exhibit.sealed!.key);
    assert.notEqual(received.sealed!.commitment, exhibit.sealed!.commitment);
    return received;
  };
  const boxAtPolice = await handOver(box, secret);
  const singleAtPolice = await handOver(single, taken); // the case is not encrypted; the giver's exhibit is
  assert.deepEqual([...inTheClear(company), ...inTheClear(police)], []);

  // Each side destroys one key.
  const authority = 'order 3/2026';
  for (const [node, gone, other, kept, path] of [
    [company, box, police, boxAtPolice, 'server.log'],
    [police, singleAtPolice, company, single, undefined],
  ] as const) {
    const wrapped = Buffer.from(await wrappedKey(node, gone));
    assert.notDeepEqual(filesWith(node.registry.folder, wrapped), [], 'the search finds what is there');
    await disposeExhibit(node.registry, gone, { ...SAID, authority });
    assert.deepEqual(filesWith(node.registry.folder, wrapped), []);
    await assert.rejects(digestOf(node, gone, path));
    assert.equal(await digestOf(other, kept, path), single.sha256);
  }
  for (const [node, file] of [
    [company, given],
    [police, secret],
    [police, taken],
  ] as const) {
    const out = join(folder, `${file.id}.zip`);
    await makeBundle(node.registry, file, out);
    const verdict = await verifyBundle(out);
    assert.equal(verdict.ok, true, verdict.cause ?? '');
    assert.equal((await verifyLedger(node.registry)).ok, true);
  }
});

test('an exhibit comes back, and its custody is unbroken over both nodes', async (t) => {
  const { world, folder, taken, exhibit } = await worldWithExhibit(t);
  const { company, police, companyAtPolice, policeAtCompany } = world;
  await bringFlowIntoForce(world, (flow) => {
    Object.assign(flow, { categories: ['case-data'], title: 'Back', from: 'interlink', to: ['northlight'] });
  });
  await pull(world);
  const { id } = await offer(world, exhibit);
  const offered = await requireTransfer(police.registry.db, id);
  const received = await fetchAndAccept(police.registry, offered, companyAtPolice, taken, SAID);
  await pushMessages(police.registry);
  const send = sendAboutEvidence(police.registry);
  const giveBack = (said: Circumstances) =>
    offerExhibit(police.registry, received, companyAtPolice, CLASS, said, send, { isReturn: true });
  await assert.rejects(
    giveBack(SAID),
    refusal('agreement-denied'),
    'data of a case needs a decision each time',
  );
  const back = await giveBack({ ...SAID, authority: 'decision of the prosecutor, 3/2026' });
  await pushMessages(police.registry);
  const again = await openCase(company.registry, 'Again');
  const returned = await fetchAndAccept(
    company.registry,
    await requireTransfer(company.registry.db, back.id),
    policeAtCompany,
    again,
    SAID,
  );
  const out = join(folder, 'again.zip');
  await makeBundle(company.registry, again, out);
  const verdict = await verifyBundle(out);
  assert.equal(verdict.ok, true, verdict.cause ?? '');
  // Its own: acceptance and copying. Carried: acceptance and return at the police, collection and offer at the company.
  assert.equal(verdict.checks.find((check) => check.name === 'custody')!.count, 6);
  assert.equal(returned.origin!.exhibit, received.id);
});

test('nothing is offered or fetched that no agreement lets go', async (t) => {
  const { world, exhibit } = await worldWithExhibit(t);
  const { company, police, policeAtCompany, companyAtPolice } = world;
  const send = sendAboutEvidence(company.registry);
  await assert.rejects(
    offerExhibit(company.registry, exhibit, policeAtCompany, { ...CLASS, tlp: 'red' }, SAID, send),
    refusal('agreement-denied'),
  );
  assert.deepEqual(await listTransfers(company.registry.db), []);
  const { id } = await offer(world, exhibit);
  const base = `/api/v1/exchange/transfers/${id}`;
  const get = async (path: string) => (await callPeer(police.registry, companyAtPolice, path)).status;
  assert.equal(await get(`${base}/blobs/${exhibit.sha256}?offset=0`), 200);
  assert.equal(await get(`${base}/blobs/${'0'.repeat(64)}?offset=0`), 404, 'other bytes of the node');
  assert.equal(await get('/api/v1/exchange/transfers/transfer--x'), 404);
  assert.equal((await fetch(`${company.url}${base}`)).status, 401, 'nobody else');
  world.time.now = new Date('2040-01-01T00:00:00Z'); // long after the agreement
  assert.equal(await get(`${base}/blobs/${exhibit.sha256}?offset=0`), 403);
});

test('what came before an interruption is not fetched again, and other bytes are refused', async (t) => {
  const { world, taken, exhibit } = await worldWithExhibit(t);
  const { company, police, companyAtPolice } = world;
  const { id } = await offer(world, exhibit);
  const transfer = await requireTransfer(police.registry.db, id);
  const first: number[] = [];
  await assert.rejects(
    fetchAndAccept(police.registry, transfer, companyAtPolice, taken, SAID, (done) => {
      first.push(done);
      throw new Error('the line breaks');
    }),
    /line breaks/,
  );
  const second: number[] = [];
  await fetchAndAccept(police.registry, transfer, companyAtPolice, taken, SAID, (done) => second.push(done));
  assert.ok(second[0]! > first[0]!, 'it went on where it was');
  assert.equal(second.at(-1), exhibit.sizeBytes);

  const blobs = police.registry.blobs;
  const lie = { sha256: 'a'.repeat(64), sizeBytes: 3 };
  await assert.rejects(
    blobs.receive(lie, async function* () {
      yield Buffer.from('abc');
    }),
    refusal('verification-failed'),
  );
  await assert.rejects(
    blobs.receive(lie, async function* () {
      yield Buffer.from('abcd');
    }),
    refusal('verification-failed'),
  );
  assert.equal(await blobs.has(lie.sha256), false);
  assert.equal((await verifyLedger(company.registry)).ok, true);
});

test('an offer is answered once, and an exhibit on offer is neither offered again nor disposed of', async (t) => {
  const { world, exhibit } = await worldWithExhibit(t);
  const { company, police, policeAtCompany } = world;
  const { id } = await offer(world, exhibit);
  const send = sendAboutEvidence(company.registry);
  await assert.rejects(
    offerExhibit(company.registry, exhibit, policeAtCompany, CLASS, SAID, send),
    refusal('conflict'),
  );
  await assert.rejects(
    disposeExhibit(company.registry, exhibit, { ...SAID, authority: 'order' }),
    refusal('conflict'),
  );
  const atPolice = await requireTransfer(police.registry.db, id);
  await refuseExhibit(police.registry, atPolice, 'not competent', sendAboutEvidence(police.registry));
  await assert.rejects(
    refuseExhibit(police.registry, atPolice, 'again', sendAboutEvidence(police.registry)),
    refusal('conflict'),
  );
  assert.deepEqual((await pushMessages(police.registry)).problems, []);
  assert.equal((await requireTransfer(company.registry.db, id)).state, 'refused');
});
