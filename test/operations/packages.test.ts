import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { EntenteError } from '../../src/base/index.ts';
import { sendInOperation } from '../../src/exchange/index.ts';
import {
  attachmentsOf,
  changeOperation,
  decideText,
  findOperation,
  findTarget,
  isRenderedHere,
  LANGUAGES,
  listPackages,
  type PackageContents,
  preparePackages,
  readPackage,
  readTargets,
  renderPackage,
  routeTarget,
  sendPackage,
  signPackage,
  verifyPackage,
  withdrawTargets,
} from '../../src/operations/index.ts';
import { verifyLedger } from '../../src/registry/index.ts';
import { parseBundle } from '../../src/stix/index.ts';
import { deliver, endAgreement, fetchAll, type Node } from './nodes.ts';
import { HEAD, NAME, TARGETS, world } from './world.ts';

test('police get all of their country, a CERT the victims of its constituency, and receipts come back', async (context) => {
  const { lead, france, germany, cert, nodes, sendAll, targetsAt } = await world(context);
  await sendAll();
  assert.deepEqual(await targetsAt(france), ['11.0.0.1', '11.0.0.2', '11.0.0.3', 'http://11.0.0.4/login']);
  assert.deepEqual(await targetsAt(germany), ['11.1.0.1', '11.1.0.2']);
  assert.deepEqual(await targetsAt(cert), ['11.0.0.2', '11.1.0.2']);
  const operation = await findOperation(lead.db, NAME);
  const sent = await listPackages(lead.db, operation);
  assert.deepEqual(
    sent.map(({ scope, items, receivedAt, readAt }) => [scope, items, receivedAt !== null, readAt]).sort(),
    [
      ['DE', 2, true, null],
      ['FR', 1, true, null],
      ['FR', 4, true, null],
      ['networks', 1, true, null],
    ],
  );
  const there = await findOperation(france.db, NAME);
  const [received] = await listPackages(france.db, there);
  const { contents } = await readPackage(france, there, received!.id, sendInOperation(france));
  assert.equal(contents.language, 'fr');
  await deliver(nodes);
  assert.ok((await listPackages(lead.db, operation)).find(({ id }) => id === received!.id)!.readAt);
  // Nothing new: nothing goes out again.
  assert.deepEqual(
    (await preparePackages(lead, operation)).filter((one) => one.contents),
    [],
  );
  for (const node of nodes) assert.equal((await verifyLedger(node)).ok, true);
});

test('nothing of one country is anywhere in another country’s file', async (context) => {
  const { lead, germany, france, sendAll } = await world(
    context,
    `${TARGETS}\n11.0.0.9,suspect,A,1,,c2,"reports to 11.1.0.1 in Germany, see panel.example.de"`,
  );
  await sendAll();
  const foreign: Record<string, readonly string[]> = {
    FR: ['11.1.0.', '11.2.0.', 'Germany', 'Allemagne', 'example.de', 'Police DE', 'Northlight'],
    DE: ['11.0.0.', '11.2.0.', 'France', 'Police FR', 'Northlight'],
  };
  for (const [node, scope] of [
    [france, 'FR'],
    [germany, 'DE'],
  ] as const) {
    const operation = await findOperation(node.db, NAME);
    const [received] = await listPackages(node.db, operation);
    const { file, contents } = await readPackage(node, operation, received!.id, sendInOperation(node));
    const texts = [
      file.toString(),
      ...attachmentsOf(contents).map(({ name, bytes }) =>
        (name.endsWith('.gz') ? gunzipSync(bytes) : Buffer.from(bytes)).toString(),
      ),
    ];
    for (const word of foreign[scope]!)
      for (const text of texts) assert.ok(!text.includes(word), `${scope}: ${word}`);
  }
  const [prepared] = (
    await preparePackages(lead, await findOperation(lead.db, NAME), { again: true })
  ).filter(({ peer }) => peer.name === 'Police FR');
  assert.deepEqual(
    prepared!.selection.texts[0]!.passages.map(({ text }) => text),
    ['11.1.0.1', 'Germany', 'panel.example.de'],
  );
});

test('free text with names of persons is found and shown; a person keeps or drops it, and a clause may still forbid it', async (context) => {
  const note = 'panel run by Mr Ivan Example, phone +33 6 12 34 56 78';
  const { lead } = await world(
    context,
    `${HEAD}\n11.0.0.1,suspect,A,1,,c2,"${note}"\n11.0.0.5,suspect,A,1,,c2,loader of the second stage`,
  );
  const operation = await findOperation(lead.db, NAME);
  const selection = async () =>
    (await preparePackages(lead, operation)).find(({ peer }) => peer.name === 'Police FR')!.selection;
  const before = await selection();
  assert.deepEqual(
    before.items.map(({ note: text }) => text),
    [null, 'loader of the second stage'],
  );
  assert.deepEqual(
    before.texts[0]!.passages.map(({ kind, text }) => [kind, text]),
    [
      ['person', 'Mr Ivan Example'],
      ['telephone', '+33 6 12 34 56 78'],
    ],
  );
  const target = await findTarget(lead.db, operation, '11.0.0.1');
  await decideText(lead, target, 'keep', 'needed for the search', 'analyst');
  const kept = await selection();
  assert.equal(kept.items[0]!.note, null);
  assert.match(kept.texts[0]!.clauses.map(({ path }) => path).join(), /personalData/);
  await decideText(lead, target, 'drop', 'not needed', 'analyst');
  assert.deepEqual((await selection()).texts, []);
});

test('ending one agreement in the middle stops exactly that flow, also for a package that waits to be fetched', async (context) => {
  const { time, lead, company, france, germany, nodes, agreements, targetsAt } = await world(context);
  const operation = await findOperation(lead.db, NAME);
  for (const one of await preparePackages(lead, operation))
    if (one.contents) await sendPackage(lead, operation, one, sendInOperation(lead));
  await deliver(nodes);
  await endAgreement(time, lead, agreements.get(germany)!, nodes);
  await fetchAll(lead, france);
  await assert.rejects(fetchAll(lead, germany), (error: EntenteError) => error.code === 'agreement-denied');
  assert.equal((await targetsAt(france)).length, 4);
  assert.equal((await targetsAt(germany)).length, 0);
  await endAgreement(time, lead, agreements.get(company)!, nodes);
  const denied = await preparePackages(lead, operation, { again: true });
  assert.deepEqual(
    denied.flatMap(({ selection }) => selection.items),
    [],
  );
  assert.ok(denied.find(({ peer }) => peer.name === 'Police FR')!.selection.denied[0]!.count === 4);
});

test('withdrawn and re-routed targets are recalled from whoever has them', async (context) => {
  const { lead, company, france, germany, nodes, sendAll } = await world(context);
  await sendAll();
  await withdrawTargets(
    company,
    await findOperation(company.db, NAME),
    ['11.0.0.1'],
    'a sinkhole',
    sendInOperation(company),
  );
  const operation = await findOperation(lead.db, NAME);
  await routeTarget(
    lead,
    operation,
    await findTarget(lead.db, operation, '11.0.0.3'),
    'DE',
    'the operator says so',
    'analyst',
    sendInOperation(lead),
  );
  await deliver(nodes);
  const [received] = await listPackages(france.db, await findOperation(france.db, NAME));
  assert.equal(received!.recalled, 2);
  assert.equal(
    (await listPackages(lead.db, operation)).reduce((sum, { recalled }) => sum + recalled, 0),
    2,
  );
  await sendAll();
  assert.ok(
    (await readTargets(germany.db, await findOperation(germany.db, NAME))).some(
      ({ value }) => value === '11.0.0.3',
    ),
  );
  assert.equal(
    (await findTarget(france.db, await findOperation(france.db, NAME), '11.0.0.1')).contributions[0]!
      .withdrawnAt !== null,
    true,
  );
  const closed = await changeOperation(lead, operation, { state: 'closed' }, sendInOperation(lead));
  await assert.rejects(preparePackages(lead, closed), /is closed/);
});

async function contentsOf(context: TestContext): Promise<{ lead: Node; contents: PackageContents }> {
  const { lead } = await world(context);
  const operation = await findOperation(lead.db, NAME);
  return {
    lead,
    contents: (await preparePackages(lead, operation)).find(({ peer }) => peer.name === 'Police FR')!
      .contents!,
  };
}

test('a package verifies alone; any changed byte, other key or cut is found', async (context) => {
  const { lead, contents } = await contentsOf(context);
  const { file } = await signPackage(lead.identity, contents, 'someone');
  const good = await verifyPackage(file);
  assert.equal(good.signer, lead.identity.kid);
  assert.deepEqual(good.contents, JSON.parse(JSON.stringify(contents)));
  assert.equal(isRenderedHere(file, good), true);
  assert.deepEqual(
    (await signPackage(lead.identity, contents, 'someone')).file.subarray(0, good.statement.sizeBytes),
    file.subarray(0, good.statement.sizeBytes),
  );
  const positions = [
    0,
    100,
    Math.floor(file.length / 3),
    Math.floor(file.length / 2),
    good.statement.sizeBytes - 1,
    good.statement.sizeBytes + 5,
    file.length - 20,
    file.length - 1,
  ];
  for (const at of positions) {
    const bad = Uint8Array.from(file, (byte, i) => (i === at ? byte ^ 1 : byte));
    await assert.rejects(
      verifyPackage(bad),
      (error: EntenteError) => error.code === 'verification-failed',
      `byte ${at}`,
    );
  }
  await assert.rejects(verifyPackage(file.subarray(0, file.length - 1)), EntenteError);
  await assert.rejects(verifyPackage(Buffer.concat([file, Buffer.from(' ')])), EntenteError);
  if (process.env['ENTENTE_KEEP']) writeFileSync(process.env['ENTENTE_KEEP'], file);
});

test('its files are valid STIX without victims as indicators, MISP, and CSV that no spreadsheet takes for formulas', async (context) => {
  const { contents } = await contentsOf(context);
  const hostile = {
    ...contents,
    items: contents.items.map((item) => ({ ...item, note: '=cmd|"/c calc"!A1' })),
  };
  const files = new Map(
    attachmentsOf(hostile).map(({ name, bytes }) => [
      name,
      name.endsWith('.gz') ? gunzipSync(bytes).toString() : Buffer.from(bytes).toString(),
    ]),
  );
  assert.deepEqual(
    [...files.keys()],
    [
      'items.csv',
      'stix.json.gz',
      'misp.json.gz',
      'package.json.gz',
      'preservation-request.html',
      'victim-guide.html',
    ],
  );
  const bundle = parseBundle(files.get('stix.json.gz')!);
  assert.deepEqual(
    bundle.entries.flatMap(({ issues }) => issues.filter(({ severity }) => severity !== 'warning')),
    [],
  );
  const objects = (
    JSON.parse(files.get('stix.json.gz')!) as { objects: { type: string; pattern?: string }[] }
  ).objects;
  assert.equal(objects.filter(({ type }) => type === 'indicator').length, 2);
  assert.ok(!objects.some(({ pattern }) => pattern?.includes('11.0.0.2')));
  const misp = JSON.parse(files.get('misp.json.gz')!) as {
    Event: { Attribute: { value: string; to_ids: boolean }[] };
  };
  assert.deepEqual(
    misp.Event.Attribute.filter(({ to_ids }) => to_ids).map(({ value }) => value),
    ['11.0.0.1', 'http://11.0.0.4/login'],
  );
  const [head, ...rows] = files.get('items.csv')!.trimEnd().split('\r\n');
  assert.match(head!, /^timestamp,severity,ip,/);
  assert.equal(rows.length, 4);
  for (const row of rows) assert.ok(row.endsWith(`"'=cmd|""/c calc""!A1"`), row);
});

test('the page stands in four languages, right to left in Arabic, with every word translated and hostile text escaped', async (context) => {
  const { contents } = await contentsOf(context);
  const [first, ...others] = contents.items;
  for (const language of LANGUAGES) {
    const page = renderPackage({
      ...contents,
      language,
      items: [{ ...first!, note: '<script>alert(1)</script>' }, ...others],
    });
    assert.match(page, new RegExp(`<html lang="${language}" dir="${language === 'ar' ? 'rtl' : 'ltr'}">`));
    assert.ok(!page.includes('undefined'), language);
    assert.ok(!page.includes('<script>alert'), language);
    // By when, as the language writes it, a day's notice after the package.
    assert.match(page, /[34] (?:ديسمبر|décembre|de diciembre de) 2026|December [34], 2026/, language);
    assert.match(page, /@bottom-center .*TLP:AMBER/, 'the marking stands on every printed page');
    assert.ok(!/https?:\/\/(?!11\.0\.0\.4)/.test(page.replaceAll(/data:[^"]*/g, '')), 'it loads nothing');
  }
});
