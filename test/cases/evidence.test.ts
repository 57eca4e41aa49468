import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isEntenteError } from '../../src/base/index.ts';
import {
  custodyOf,
  disposedExhibits,
  disposeExhibit,
  makeBundle,
  readExhibit,
  rerunTool,
  runMatch,
  verifyBundle,
} from '../../src/cases/index.ts';
import { verifyLedger } from '../../src/registry/index.ts';
import { addFolder, addText, exampleCase, ownSource, SAID } from './example-case.ts';

const refusal = (code: string) => (error: unknown) => isEntenteError(error) && error.code === code;

async function bytesOf(source: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

test('a custody event says who, in which role, why, where, under which authority, with what, and whether anything changed', async (t) => {
  const example = await exampleCase(t);
  const exhibit = await addText(example, 'a.txt', 'evidence');
  const said = {
    ...SAID,
    role: 'examiner',
    authority: 'warrant 12/2026',
    place: 'laboratory 2',
    seal: 'B-77, whole',
    storage: 'cabinet 4',
    restrictions: ['not to be copied'],
    change: { what: 'seal opened', justification: 'to image the disk' },
    clockSource: 'NTP, within 20 ms',
  };
  await readExhibit(example.registry, exhibit, {}, said);
  const [collected, read] = (await custodyOf(example.registry, exhibit.id)).map(({ event }) => event);
  assert.equal(collected!.type, 'collect');
  assert.equal(collected!.comparison, 'first-seen');
  assert.equal(read!.type, 'access');
  assert.equal(read!.comparison, 'unchanged');
  assert.deepEqual(read!.actor, {
    organisation: 'Police of Arvenia',
    person: 'A. Person',
    role: 'examiner',
    key: example.registry.identity.kid,
  });
  for (const field of ['authority', 'place', 'seal', 'storage', 'change', 'restrictions'] as const)
    assert.deepEqual(read![field], said[field]);
  assert.equal(read!.clock.source, 'NTP, within 20 ms');
  assert.equal(read!.rootExhibit, exhibit.id);
  assert.equal(read!.tool.name, 'entente evidence show');
  assert.match(read!.tool.sha256, /^[0-9a-f]{64}$/);
});

test('reading is an event with the digest of exactly what was read, made before the first byte is given', async (t) => {
  const example = await exampleCase(t);
  const { registry } = example;
  const exhibit = await addText(example, 'a.txt', 'the quick brown fox');
  const reading = await readExhibit(registry, exhibit, { offset: 4, length: 5 }, SAID);
  const before = await custodyOf(registry, exhibit.id);
  assert.equal(await bytesOf(reading.bytes), 'quick');
  const { event } = before.at(-1)!;
  assert.equal(event.outputs[0], createHash('sha256').update('quick').digest('hex'));
  assert.deepEqual([event.details['offset'], event.details['length']], [4, 5]);
  assert.equal(event.comparison, 'not-compared', 'a part says nothing of the whole');
  assert.equal(await bytesOf((await readExhibit(registry, exhibit, { offset: 19 }, SAID)).bytes), '');
  await assert.rejects(readExhibit(registry, exhibit, { offset: 20 }, SAID), refusal('usage'));
  await assert.rejects(readExhibit(registry, exhibit, {}, { ...SAID, person: 'a\nb' }), refusal('usage'));

  const folder = await addFolder(example, 'box', { 'x.txt': 'one', 'y.txt': 'two' });
  assert.equal(await bytesOf((await readExhibit(registry, folder, { path: 'y.txt' }, SAID)).bytes), 'two');
  await assert.rejects(readExhibit(registry, folder, {}, SAID), refusal('usage'));
  await assert.rejects(readExhibit(registry, folder, { path: '../a.txt' }, SAID), refusal('not-found'));
});

test('evidence that was changed on disk is told by the event and given to nobody', async (t) => {
  const example = await exampleCase(t);
  const { registry, file, folder } = example;
  const exhibit = await addText(example, 'a.txt', 'see evil.example');
  const path = await registry.blobs.path(exhibit.sha256);
  chmodSync(path, 0o600);
  writeFileSync(path, 'see good.example');
  await assert.rejects(readExhibit(registry, exhibit, {}, SAID), refusal('store-damaged'));
  await assert.rejects(
    runMatch(registry, file, [ownSource(registry, 'good.example')], SAID),
    refusal('store-damaged'),
  );
  const events = (await custodyOf(registry, exhibit.id)).map(({ event }) => event);
  assert.deepEqual(
    events.map((event) => event.comparison),
    ['first-seen', 'changed', 'changed'],
  );
  writeFileSync(path, 'see evil.example');
  const out = join(folder, 'out.zip');
  await makeBundle(registry, file, out);
  const verdict = await verifyBundle(out);
  assert.equal(verdict.ok, true, verdict.cause ?? '');
  assert.equal(verdict.remarks.filter((remark) => remark.includes('found changed')).length, 2);
});

test('evidence is disposed of only under an authority; its history stays and verifies', async (t) => {
  const example = await exampleCase(t);
  const { registry, file, folder } = example;
  const exhibit = await addText(example, 'a.txt', 'shared');
  const box = await addFolder(example, 'box', { 'x.txt': 'shared', 'y.txt': 'alone' });
  const blobs = await Promise.all(
    ['shared', 'alone'].map((text) => registry.blobs.path(createHash('sha256').update(text).digest('hex'))),
  );
  await assert.rejects(disposeExhibit(registry, box, SAID), refusal('usage'));
  const disposal = await disposeExhibit(registry, box, { ...SAID, authority: 'order 9/2026' });
  assert.deepEqual(disposal.kept, [exhibit.sha256], 'another exhibit consists of it too');
  assert.deepEqual(blobs.map(existsSync), [true, false]);
  assert.ok((await disposedExhibits(registry, file.id)).has(box.id));
  await assert.rejects(readExhibit(registry, box, { path: 'x.txt' }, SAID), refusal('conflict'));
  await assert.rejects(
    disposeExhibit(registry, box, { ...SAID, authority: 'order 9/2026' }),
    refusal('conflict'),
  );
  const { event } = (await custodyOf(registry, box.id)).at(-1)!;
  assert.deepEqual([event.type, event.comparison, event.authority], ['dispose', 'destroyed', 'order 9/2026']);
  await disposeExhibit(registry, exhibit, { ...SAID, authority: 'order 10/2026' });
  assert.equal(existsSync(blobs[0]!), false, 'the last exhibit that needed it is gone');
  const out = join(folder, 'out.zip');
  await makeBundle(registry, file, out);
  const verdict = await verifyBundle(out);
  assert.equal(verdict.ok, true, verdict.cause ?? '');
  assert.ok(
    verdict.remarks.some((remark) => remark.includes('disposed of') && remark.includes('order 9/2026')),
  );
  assert.equal((await verifyLedger(registry)).ok, true);
});

test('a run that is executed again is identical, or says precisely what differs', async (t) => {
  const example = await exampleCase(t);
  const { registry, file } = example;
  await addText(example, 'a.txt', 'evil.example and worse.example\n');
  await addFolder(example, 'box', { 'x.txt': 'worse.example' });
  const sources = [ownSource(registry, 'evil.example', 1), ownSource(registry, 'worse.example', 2)];
  const { record, findings } = await runMatch(registry, file, sources, SAID);
  assert.equal(findings.length, 3);
  const again = await rerunTool(registry, record.id, SAID);
  assert.deepEqual([again.identical, again.sameTool, again.differences], [true, true, []]);

  // Somebody with access to the store changes what a run found, or what it was given.
  const [row] = await registry.db.all<{ id: string; finding: string }>('SELECT id, finding FROM finding');
  const rewrite = (text: string) =>
    registry.db.transaction((tx) => tx.run('UPDATE finding SET finding = ? WHERE id = ?', text, row!.id));
  await rewrite(row!.finding.replace('evil.example', 'else.example'));
  await assert.rejects(rerunTool(registry, record.id, SAID), refusal('store-damaged'));
  await rewrite(row!.finding);
  const materials = await registry.blobs.path(String(record.parameters['materials']));
  const given = readFileSync(materials);
  chmodSync(materials, 0o600);
  writeFileSync(materials, given.subarray(0, given.indexOf('\n') + 1));
  await assert.rejects(rerunTool(registry, record.id, SAID), refusal('store-damaged'));
  writeFileSync(materials, given);

  const parameters = { ...record, account: { ...record.account, files: 7 } };
  await registry.db.transaction((tx) =>
    tx.run('UPDATE run SET record = ? WHERE id = ?', JSON.stringify(parameters), record.id),
  );
  const other = await rerunTool(registry, record.id, SAID);
  assert.equal(other.identical, false);
  assert.deepEqual(other.differences, [{ what: 'account.files', recorded: 7, now: 2 }]);
});

test('a bundle without an exhibit, or without its bytes, still verifies, and says that and why', async (t) => {
  const example = await exampleCase(t);
  const { registry, file, folder } = example;
  await addText(example, 'open.txt', 'evil.example');
  await addText(example, 'sealed.txt', 'evil.example again');
  await addFolder(example, 'box', { 'x.txt': 'secret words' });
  await runMatch(registry, file, [ownSource(registry, 'evil.example')], SAID);
  const out = join(folder, 'out.zip');
  const made = await makeBundle(registry, file, out, {
    withhold: [
      { what: 'exhibit', number: 2, why: 'under seal until the hearing' },
      { what: 'bytes', number: 3, why: 'contains legal privilege' },
    ],
  });
  assert.deepEqual([made.exhibits, made.findings, made.withheldFindings], [2, 1, 1]);
  const verdict = await verifyBundle(out);
  assert.equal(verdict.ok, true, verdict.cause ?? '');
  for (const why of ['under seal until the hearing', 'contains legal privilege'])
    assert.ok(
      verdict.remarks.some((remark) => remark.includes(why)),
      why,
    );
  const whole = readFileSync(out).toString('latin1');
  for (const text of ['sealed.txt', 'evil.example again', 'secret words'])
    assert.equal(whole.includes(text), false, `${text} is not in the bundle`);
  assert.ok(whole.includes('open.txt'));

  const digests = join(folder, 'digests.zip');
  await makeBundle(registry, file, digests, { digestsOnly: true });
  assert.equal((await verifyBundle(digests)).ok, true);
  assert.equal(readFileSync(digests).toString('latin1').includes('secret words'), false);
  await assert.rejects(
    makeBundle(registry, file, `${out}.other`, { withhold: [{ what: 'bytes', number: 9, why: 'x' }] }),
    refusal('not-found'),
  );
});
