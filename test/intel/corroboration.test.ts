import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ImportQueue, newCounts } from '../../src/intel/import-queue.ts';
import { aboutValue, findObject, readingsOf, valuesOf, vouchersFor } from '../../src/intel/index.ts';
import { importOwn, indicator, pull, startTestNode, twoNodes } from '../two-nodes.ts';

const PATTERN = { pattern: `[domain-name:value = 'HOST-1.Example.']` };

test('one value from several contributors is corroboration: each keeps its object, and vouches for the others', async (context) => {
  const nodes = await twoNodes(context);
  await importOwn(nodes.company, [indicator(1), indicator(2)]);
  await pull(nodes);
  // The police's own, of the same value in another form.
  const own = indicator(900, { more: PATTERN });
  await importOwn(nodes.police, [own]);
  const { registry } = nodes.police;
  const [reading] = readingsOf('host-1[.]example'.replace('[.]', '.'));
  const { objects } = await aboutValue(registry, reading!);
  assert.deepEqual(
    objects.map(({ id }) => id),
    [indicator(1).id, own.id],
  );
  const vouchers = await vouchersFor(registry, await findObject(registry, own.id));
  assert.deepEqual(
    vouchers.map(({ name, objects: theirs }) => [name, theirs]),
    [['Northlight Security', [indicator(1).id]]],
  );
  assert.deepEqual(await vouchersFor(registry, await findObject(registry, indicator(2).id)), []);
});

test('the same object from another contributor is kept once, and both are known', async (context) => {
  const nodes = await twoNodes(context);
  await importOwn(nodes.police, [indicator(1)]);
  await importOwn(nodes.company, [indicator(1)]);
  await pull(nodes);
  const { registry } = nodes.police;
  const rows = await registry.db.all('SELECT 1 FROM object');
  assert.equal(rows.length, 1);
  const vouchers = await vouchersFor(registry, await findObject(registry, indicator(1).id));
  assert.deepEqual(
    vouchers.map(({ name, objects }) => [name, objects]),
    [['Northlight Security', [indicator(1).id]]],
  );
});

test('what was recalled vouches for nothing', async (context) => {
  const nodes = await twoNodes(context);
  await importOwn(nodes.company, [indicator(1)]);
  await pull(nodes);
  await importOwn(nodes.police, [indicator(900, { more: PATTERN })]);
  await nodes.police.registry.db.transaction((tx) =>
    tx.run('UPDATE object SET withdrawn_at = ? WHERE id = ?', '2026-12-01T00:00:00.000Z', indicator(1).id),
  );
  assert.deepEqual(
    await vouchersFor(nodes.police.registry, await findObject(nodes.police.registry, indicator(900).id)),
    [],
  );
});

test('values that an import left without entry, cut off by a crash, are found all the same', async (context) => {
  const { registry } = await startTestNode(context, 'Northlight Security', {
    now: new Date('2026-12-01T08:00:00Z'),
  });
  const queue = new ImportQueue(registry, newCounts());
  for (let n = 0; n < 3; n++)
    await queue.add({ text: JSON.stringify(indicator(n)), index: n, agreementId: '' });
  await queue.end();
  assert.equal((await registry.db.all('SELECT 1 FROM object_value')).length, 3);
  assert.equal((await registry.db.all("SELECT 1 FROM meta WHERE key LIKE 'values-missing%'")).length, 0);
  await registry.db.transaction(async (tx) => {
    await tx.run('DELETE FROM object_value');
    await tx.run("INSERT INTO meta (key, value) VALUES ('values-missing-after 999999999', '0')");
  });
  const about = await aboutValue(registry, readingsOf('host-2.example')[0]!);
  assert.deepEqual(
    about.objects.map(({ id }) => id),
    [indicator(2).id],
  );
  assert.equal((await registry.db.all("SELECT 1 FROM meta WHERE key LIKE 'values-missing%'")).length, 0);
});

test('values are told in one form, whatever the object writes', () => {
  const of = (object: Record<string, unknown>) =>
    valuesOf(object).map(({ kind, value }) => `${kind} ${value}`);
  assert.deepEqual(of({ type: 'domain-name', value: 'EXAMPLE.org.' }), ['domain example.org']);
  assert.deepEqual(of({ type: 'ipv4-addr', value: '198.51.100.0/24' }), ['cidr 198.51.100.0/24']);
  assert.deepEqual(of({ type: 'file', name: 'a.exe', hashes: { MD5: 'D41D8CD98F00B204E9800998ECF8427E' } }), [
    'md5 d41d8cd98f00b204e9800998ecf8427e',
    'file-name a.exe',
  ]);
  assert.deepEqual(of({ type: 'autonomous-system', number: 64500 }), ['asn AS64500']);
  assert.deepEqual(of({ type: 'report', name: 'example.org' }), []);
});
