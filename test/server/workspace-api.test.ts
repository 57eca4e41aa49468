/** What the workspace does, as requests of a signed-in person. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { verifyBundle } from '../../src/cases/index.ts';
import { pushMessages } from '../../src/exchange/index.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { indicator, pull, relationship, startTestNode, twoNodes } from '../two-nodes.ts';
import { type Answer, signIn } from './people.ts';

const bytesOf = (value: unknown) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
const ok = ({ status, body }: Answer) => {
  assert.equal(status, 200, JSON.stringify(body));
  return body;
};
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const START = () => ({ now: new Date('2026-12-01T08:00:00Z') });
const bundle = (objects: unknown[]) =>
  bytesOf({ type: 'bundle', id: 'bundle--00000000-0000-4000-8000-000000000001', objects });

test('intelligence by the workspace', async (t) => {
  const nodes = await twoNodes(t);
  const me = await signIn(t, nodes.company.registry);
  const [one, two, broken] = [indicator(1), indicator(2, { tlp: 'red' }), { ...indicator(3), pattern: 5 }];
  const link = relationship(4, one!.id, two!.id);

  await t.test('an import goes on beside, counts what it took, and names what it refused', async () => {
    const upload = await me.upload('lantern.json', bundle([one, two, broken, link]));
    const { status, body } = await me.call('POST', '/imports', { upload });
    assert.equal(status, 202);
    const work = await me.ended(body.id);
    assert.equal(work.state, 'done', JSON.stringify(work.problem));
    assert.equal(work.result.accepted, 3);
    assert.equal(work.result.refusedCount, 1);
    assert.match(work.result.refused[0].why, /pattern/);
    assert.equal((await me.call('GET', '/work')).body.work[0].id, body.id, 'found again after a reload');
    assert.equal((await me.call('GET', `/uploads/${upload}`)).status, 404, 'the upload is gone');
  });

  await t.test(
    'objects are found by value in any form, by identifier, by words, and page by page',
    async () => {
      const ids = async (query: string) =>
        ok(await me.call('GET', `/objects?${query}`)).objects.map((line: { id: string }) => line.id);
      assert.deepEqual(await ids('text=host-1.example'), [one!.id]);
      assert.deepEqual(await ids('text=HOST-1%5B.%5Dexample'), [one!.id]);
      assert.deepEqual(await ids(`text=${two!.id}`), [two!.id]);
      assert.deepEqual(await ids('text=indicator+2'), [two!.id]);
      assert.deepEqual(await ids('text=nothing+of+the+kind'), []);
      assert.deepEqual(await ids('type=relationship'), [link.id]);
      const first = (await me.call('GET', '/objects?limit=2')).body;
      const second = (await me.call('GET', `/objects?limit=2&before=${first.next}`)).body;
      const all = [...first.objects, ...second.objects].map((line: { id: string }) => line.id);
      assert.deepEqual(all, [link.id, two!.id, one!.id]);
    },
  );

  await t.test(
    'an object’s page has its relations, and for each peer the verdict with the clauses',
    async () => {
      const { body } = await me.call('GET', `/objects/${one!.id}`);
      assert.deepEqual(
        body.relations.map(({ id, direction, says }: Record<string, string>) => [id, direction, says]),
        [[two!.id, 'to', 'indicates']],
      );
      const verdictOf = async (id: string) =>
        (await me.call('GET', `/objects/${id}/verdicts`)).body.verdicts[0];
      assert.equal((await verdictOf(one!.id)).crosses, true);
      const red = await verdictOf(two!.id);
      assert.equal(red.crosses, false);
      assert.ok(red.classes[0].clauses.length > 0, 'cites what decides');
      assert.equal((await verdictOf(link.id)).crosses, false, 'it refers to one that may not cross');
    },
  );

  await t.test('a recall reaches whoever has it, and the list says who has answered', async () => {
    await pull(nodes);
    const { body: deliveries } = await me.call('GET', '/deliveries');
    assert.equal(deliveries.deliveries[0].direction, 'out');
    const { body: shown } = await me.call('GET', `/deliveries/${deliveries.deliveries[0].id}`);
    assert.deepEqual(
      shown.objects.map(({ id }: { id: string }) => id),
      [one!.id],
    );
    const { status, body } = await me.call('POST', `/objects/${one!.id}/recall`, { reason: 'a mistake' });
    assert.equal(status, 201);
    assert.deepEqual(body.peers, [nodes.police.registry.identity.kid]);
    const { body: recalls } = await me.call('GET', '/recalls');
    assert.equal(recalls.recalls[0].peers[0].answeredAt, null);
    assert.equal((await me.call('POST', `/objects/${one!.id}/recall`, { reason: 'again' })).status, 409);
  });

  await t.test('what was recalled is called by its name, or by its kind and whose it is', async () => {
    await pushMessages(nodes.company.registry);
    const { registry } = nodes.police;
    const reader = await signIn(t, registry);
    const recalled = async () =>
      (await reader.call('GET', '/today')).body.items
        .filter(({ kind }: { kind: string }) => kind === 'recall-received')
        .map(({ id, subject, unnamed }: Record<string, unknown>) => ({ id, subject, unnamed }));
    assert.deepEqual(await recalled(), [{ id: one!.id, subject: 'Indicator 1', unnamed: undefined }]);
    const [{ id, title }] = (await reader.call('GET', '/recalls')).body.recalls;
    assert.equal(title, 'Indicator 1');
    // As at the end of its retention.
    await registry.db.transaction((tx) => tx.run('DELETE FROM object WHERE id = ?', one!.id));
    const unnamed = { type: 'indicator', from: 'Northlight Security' };
    assert.deepEqual(await recalled(), [{ id, subject: '', unnamed }]);
  });

  await t.test('the ledger is shown, proved and checked', async () => {
    const { body: head } = await me.call('GET', '/ledger');
    assert.equal(head.witnesses[0].name, 'Interlink Police Organisation');
    const { body: page } = await me.call('GET', '/ledger/leaves?kind=recall&limit=5');
    assert.equal(page.leaves[0].kind, 'recall');
    const { body: proof } = await me.call('GET', `/ledger/leaves/${page.leaves[0].index}/proof`);
    assert.equal(proof.size, Number(proof.checkpoint.split('\n')[1]));
    const { body } = await me.call('POST', '/ledger/checks');
    const checked = await me.ended(body.id);
    assert.equal(checked.result.ok, true);
  });
});

test('a case by the workspace', async (t) => {
  const { registry } = await startTestNode(t, 'Police of Arvenia', START());
  const me = await signIn(t, registry);
  const list = await me.upload('domains.txt', bytesOf('evil.example\n'));
  await me.ended((await me.call('POST', '/imports', { upload: list, unmarked: 'green' })).body.id);
  const opened = await me.call('POST', '/cases', { name: 'Lantern' });
  assert.equal(opened.status, 201);
  const at = `/cases/${opened.body.id}`;
  const evidence = bytesOf(`${'.'.repeat(5_000)}\nGET http://evil.example/gate\n`);

  await t.test('evidence comes in pieces that may be sent again, and its digest is compared', async () => {
    const { body: upload } = await me.call('POST', '/uploads', {
      name: 'proxy.log',
      sizeBytes: evidence.length,
    });
    const send = (offset: number) =>
      me.call('PUT', `/uploads/${upload.id}?offset=${offset}`, evidence.subarray(offset, offset + 3_000));
    assert.equal((await send(0)).body.receivedBytes, 3_000);
    const again = await send(0);
    assert.equal(again.status, 409, 'a piece that came is not written twice');
    const said = { upload: upload.id, purpose: 'seized at the premises' };
    const early = await me.call('POST', `${at}/exhibits`, { ...said, sha256: sha256(evidence) });
    assert.equal(early.status, 409, 'bytes are missing');
    const { body: open } = await me.call('GET', '/uploads');
    assert.deepEqual(open.uploads, [
      { id: upload.id, name: 'proxy.log', sizeBytes: evidence.length, receivedBytes: 3_000 },
    ]);
    const [where] = open.uploads;
    assert.equal((await send(where.receivedBytes)).body.receivedBytes, evidence.length);
    const wrong = await me.call('POST', `${at}/exhibits`, { ...said, sha256: 'a'.repeat(64) });
    const failed = await me.ended(wrong.body.id);
    assert.equal(failed.problem.code, 'verification-failed');
    assert.equal((await me.call('GET', at)).body.exhibits.length, 0);
    assert.equal(
      (await me.call('GET', `/uploads/${upload.id}`)).status,
      404,
      'nobody goes on with wrong bytes',
    );
    const whole = await me.upload('proxy.log', evidence);
    const right = await me.call('POST', `${at}/exhibits`, {
      ...said,
      upload: whole,
      sha256: sha256(evidence),
    });
    const { result } = await me.ended(right.body.id);
    assert.equal(result.sha256, sha256(evidence));
  });

  await t.test('names that lead elsewhere are refused', async () => {
    for (const name of ['../x', 'a/b', 'a\\b', '..', 'a\u0000b', ''])
      assert.equal((await me.call('POST', '/uploads', { name, sizeBytes: 1 })).status, 400, name);
  });

  await t.test('a search finds, and the bytes at the finding are read under custody by name', async () => {
    const { body: begun } = await me.call('POST', `${at}/matches`, { purpose: 'find known indicators' });
    const run = await me.ended(begun.id);
    assert.equal(run.state, 'done', JSON.stringify(run.problem));
    assert.equal(run.result.findings, 1);
    const { body } = await me.call('GET', `${at}/findings`);
    assert.equal(body.total, 1);
    const [finding] = body.findings;
    const reading = await me.call('POST', `${at}/exhibits/1/readings`, {
      offset: finding.offset,
      length: finding.length,
      purpose: 'look at the finding',
    });
    assert.equal(Buffer.from(reading.body.bytes, 'base64').toString(), finding.matched);
    const { body: custody } = await me.call('GET', `${at}/exhibits/1/custody`);
    const types = custody.events.map(({ type }: { type: string }) => type);
    assert.deepEqual(types, ['collect', 'analyse', 'access']);
    for (const event of custody.events) assert.equal(event.person, 'Rana Aydin');
  });

  await t.test('findings come page by page', async () => {
    const { body } = await me.call('GET', `${at}/findings?limit=1`);
    const { body: rest } = await me.call('GET', `${at}/findings?limit=1&after=${body.next}`);
    assert.deepEqual([body.findings.length, rest.findings.length, rest.next], [1, 0, null]);
  });

  await t.test('the bundle that comes out verifies offline', async () => {
    assert.equal((await me.call('GET', `${at}/bundle`)).status, 404);
    const { body } = await me.call('POST', `${at}/bundles`, { purpose: 'for the court' });
    const made = await me.ended(body.id);
    assert.equal(made.state, 'done', JSON.stringify(made.problem));
    const { bytes } = await me.call('GET', `${at}/bundle`);
    assert.equal(sha256(bytes), made.result.sha256);
    const path = join(temporaryFolder(t), 'case.zip');
    writeFileSync(path, bytes);
    assert.equal((await verifyBundle(path)).ok, true);
  });

  await t.test('uploads and work of others are not there', async () => {
    const upload = await me.upload('mine.txt', bytesOf('x'));
    const other = await signIn(t, registry, ['investigator']);
    assert.equal((await other.call('GET', `/uploads/${upload}`)).status, 404);
    assert.deepEqual((await other.call('GET', '/work')).body.work, []);
  });

  await t.test('what needs me names the case with its findings', async () => {
    const { body } = await me.call('GET', '/today');
    assert.deepEqual(
      body.items.map(({ kind, subject, count }: { kind: string; subject: string; count: number }) => [
        kind,
        subject,
        count,
      ]),
      [['findings', 'Lantern', 1]],
    );
  });
});
