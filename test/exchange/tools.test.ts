/** Tools go from a company to the police: published, shown where an agreement gives them, fetched, accepted by a second person, run, retired. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { EntenteError } from '../../src/base/index.ts';
import {
  addExhibit,
  type Case,
  type Exhibit,
  openCase,
  readExhibit,
  requireCase,
  rerunTool,
} from '../../src/cases/index.ts';
import {
  listHeld,
  type Manifest,
  packTool,
  parsePackage,
  publishPackage,
  receiveSeatNotice,
  requireExercise,
  toolStateOf,
  withdrawPublished,
} from '../../src/desk/index.ts';
import { callPeer } from '../../src/exchange/http-client.ts';
import { beginExercise, exhibitsFor, pushMessages } from '../../src/exchange/index.ts';
import {
  acceptTool,
  fetchTools,
  publishTool,
  repositoryIn,
  retireTool,
  runAccepted,
  runSelfTests,
  writeRepository,
} from '../../src/exchange/tools/index.ts';
import { type Registry, verifyLedger } from '../../src/registry/index.ts';
import { constant, handMade } from '../cases/wat.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { giveNotice, indicator, type TwoNodes, testUuid, twoNodes } from '../two-nodes.ts';

const TOOLS = join(import.meta.dirname, '../../tools');
/** The titles that the example agreement gives seats for. */
const GIVEN = 'Northlight Unpacker';
const OTHER = 'Northlight Passive DNS';
const WISH = { purpose: 'investigation', seats: 1 } as const;
const FETCH = { purpose: 'investigation' } as const;

/** A tool of this repository under a title that the agreement names. */
function toolNamed(folder: string, title: string, more: Partial<Manifest> = {}): Uint8Array {
  const read = (path: string) => readFileSync(join(TOOLS, folder, path));
  const manifest = { ...(JSON.parse(read('tool.json').toString()) as Manifest), title, ...more };
  const paths = [...manifest.content, ...manifest.selfTests.flatMap(({ inputs }) => inputs)];
  return packTool(manifest, new Map(paths.map((path) => [path, new Uint8Array(read(path))])));
}

const refusal = (code: string, words: RegExp) => (error: EntenteError) =>
  error.code === code && words.test(error.message);

async function caseWith(
  context: TestContext,
  registry: Registry,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<{ file: Case; exhibits: Exhibit[] }> {
  const folder = temporaryFolder(context);
  const file = await openCase(registry, 'Harbour');
  const exhibits: Exhibit[] = [];
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(folder, name), content);
    exhibits.push(await addExhibit(registry, file, join(folder, name), { person: 'Amira', purpose: 'test' }));
  }
  return { file, exhibits };
}

const leaves = async (registry: Registry) =>
  (
    await registry.db.all<{ body: string }>("SELECT body FROM ledger_leaf WHERE kind = 'tool' ORDER BY idx")
  ).map(({ body }) => (JSON.parse(body) as { act: string }).act);

const seatsUsed = async (registry: Registry) =>
  Number((await registry.db.get<{ n: number }>('SELECT coalesce(sum(amount), 0) AS n FROM service_use'))!.n);

async function fetched(nodes: TwoNodes, bytes: Uint8Array): Promise<string> {
  await publishTool(nodes.company.registry, bytes, 'Noor');
  const { fetched: came } = await fetchTools(nodes.police.registry, nodes.companyAtPolice, 'Amira', FETCH);
  return came[0]!.id;
}

test('a tool crosses under its clause, is accepted by a second person, runs, and is repeated byte for byte', async (context) => {
  const nodes = await twoNodes(context);
  const { company, police } = nodes;
  const id = await fetched(nodes, toolNamed('toy-decryptor', GIVEN));
  const locked = readFileSync(join(TOOLS, 'toy-decryptor/tests/patients.csv.locked42'));
  const { file, exhibits } = await caseWith(context, police.registry, {
    'patients.csv.locked42': locked,
    'note.txt': 'x',
  });
  const key = { key: 'harbour-9-lantern' };
  const run = () => runAccepted(police.registry, id, file, exhibits, key, { person: 'Amira' });
  await assert.rejects(run(), refusal('conflict', /not accepted yet/));
  await assert.rejects(
    acceptTool(police.registry, id, ' AMIRA ', WISH),
    refusal('forbidden', /second person/),
  );
  const accepted = await acceptTool(police.registry, id, 'Bruno', { ...WISH, seats: 4 });
  assert.equal(accepted.accepted!.clause, 'services[1]');
  assert.deepEqual(accepted.accepted!.selfTests, ['the right key', 'a wrong key gives nothing']);
  assert.equal(await seatsUsed(police.registry), 4);
  await pushMessages(police.registry);
  assert.equal(await seatsUsed(company.registry), 4, 'counted on both sides');
  await assert.rejects(
    runAccepted(police.registry, id, file, exhibits, {}, { person: 'Amira' }),
    refusal('usage', /needs the parameter "key"/),
  );
  const made = await run();
  assert.deepEqual(
    made.derived.map(({ name, parent }) => [name, parent!.number]),
    [['patients.csv', 1]],
  );
  const reading = await readExhibit(
    police.registry,
    made.derived[0]!,
    {},
    { person: 'Amira', purpose: 'test' },
  );
  const parts: Uint8Array[] = [];
  for await (const part of reading.bytes) parts.push(part);
  assert.match(Buffer.concat(parts).toString(), /^ward,patient,bed\nA,example-1,12\n/);
  assert.equal(made.record.tool.name, 'entente tool');
  assert.deepEqual((made.record.parameters as { package: unknown }).package, {
    id: 'toy-decryptor',
    version: '1.0.0',
    sha256: accepted.sha256,
  });
  const again = await rerunTool(police.registry, made.record.id, { person: 'Bruno' });
  assert.equal(again.identical, true, JSON.stringify(again.differences));
  assert.equal(again.derived.now, 1);
  await retireTool(police.registry, id, 'Bruno', 'no longer needed');
  await assert.rejects(run(), refusal('conflict', /retired/));
  assert.equal(await seatsUsed(police.registry), 0);
  await pushMessages(police.registry);
  assert.equal(await seatsUsed(company.registry), 0, 'seats are given back on both sides');
  assert.deepEqual(await leaves(company.registry), [
    'published',
    'fetched',
    'root-signed',
    'delivered',
    'seats-taken',
    'seats-given-back',
  ]);
  assert.deepEqual(await leaves(police.registry), ['root-trusted', 'fetched', 'accepted', 'retired']);
  for (const { registry } of [company, police]) assert.equal((await verifyLedger(registry)).ok, true);
});

test('a peer is shown what its agreement gives, and of nothing else does it learn even the name', async (context) => {
  const nodes = await twoNodes(context);
  const { company, police, companyAtPolice } = nodes;
  await publishTool(company.registry, toolNamed('credential-theft', 'A tool for others'), 'Noor');
  const ask = (path: string) => callPeer(police.registry, companyAtPolice, `/api/v1/exchange/tools/${path}`);
  const refused = await ask('metadata/timestamp.json');
  assert.equal(refused.status, 403);
  const why = JSON.stringify(refused.json());
  assert.match(why, /services\[1\]\.tools: no tool that this node publishes is among those agreed/);
  assert.doesNotMatch(why, /others/);
  await publishTool(company.registry, toolNamed('ransomware-triage', GIVEN), 'Noor');
  const report = await fetchTools(police.registry, companyAtPolice, 'Amira', FETCH);
  assert.deepEqual(
    report.fetched.map(({ tool }) => tool),
    ['ransomware-triage'],
  );
  const { peer, body } = (await police.registry.db.get<{ peer: string; body: string }>(
    "SELECT peer, body FROM tool_trust WHERE role = 'targets'",
  ))!;
  assert.equal(peer, companyAtPolice.kid);
  assert.doesNotMatch(body, /credential-theft|others/);
  const other = (await company.registry.db.get<{ sha256: string }>(
    "SELECT sha256 FROM tool_published WHERE tool = 'credential-theft'",
  ))!;
  assert.equal((await ask(`targets/${other.sha256}.credential-theft-1.0.0.tool?offset=0`)).status, 404);
  await giveNotice(company, nodes.agreement, 'suspend');
  for (const path of ['metadata/timestamp.json', 'metadata/1.root.json', 'metadata/1.targets.json'])
    assert.equal((await ask(path)).status, 403, path);
  await assert.rejects(
    fetchTools(police.registry, companyAtPolice, 'Amira', FETCH),
    refusal('agreement-denied', /suspend/),
  );
  assert.equal(
    toolStateOf((await listHeld(police.registry.db))[0]!),
    'fetched',
    'a suspension takes nothing back',
  );
  await assert.rejects(acceptTool(police.registry, report.fetched[0]!.id, 'Bruno', WISH), {
    code: 'agreement-denied',
  });
});

test('a peer without an agreement, or with nothing published for it, learns nothing', async (context) => {
  const { company, police, companyAtPolice } = await twoNodes(context, { agreement: false });
  const ask = async () => {
    const answer = await callPeer(
      police.registry,
      companyAtPolice,
      '/api/v1/exchange/tools/metadata/timestamp.json',
    );
    return [answer.status, (answer.json() as { detail: string }).detail];
  };
  const before = await ask();
  assert.equal(before[0], 403);
  await publishTool(company.registry, toolNamed('credential-theft', GIVEN), 'Noor');
  assert.deepEqual(await ask(), before);
});

test('an indicator set is matched like other intelligence, and findings name who gave it and the clause', async (context) => {
  const nodes = await twoNodes(context);
  const { police } = nodes;
  const manifest = (outputs: Manifest['selfTests'][0]['outputs']): Manifest => ({
    v: 1,
    id: 'harbour-set',
    version: '1.0.0',
    kind: 'indicator-set',
    title: OTHER,
    licence: 'CC0-1.0',
    author: 'Northlight',
    description: 'Domains of one operation.',
    inputs: 'Any files.',
    outputs: 'Findings.',
    content: ['set.json'],
    selfTests: [{ name: 'a domain', inputs: ['visited.txt'], outputs }],
  });
  const bundle = { type: 'bundle', id: `bundle--${testUuid(9)}`, objects: [indicator(7)] };
  const files = new Map([
    ['set.json', Buffer.from(JSON.stringify(bundle))],
    ['visited.txt', Buffer.from('GET http://host-7.example/')],
  ]);
  const [report] = await runSelfTests(parsePackage(packTool(manifest([]), files)));
  const id = await fetched(nodes, packTool(manifest(report!.outputs), files));
  await acceptTool(police.registry, id, 'Bruno', WISH);
  const { file, exhibits } = await caseWith(context, police.registry, {
    'proxy.log': 'to host-7.example and back',
  });
  const { findings, record } = await runAccepted(
    police.registry,
    id,
    file,
    exhibits,
    {},
    { person: 'Amira' },
  );
  assert.deepEqual(
    findings.map(({ value, contributor, clause, offset }) => [value, contributor, clause, offset]),
    [['host-7.example', 'Northlight Security', 'services[1]', 3]],
  );
  assert.equal((await rerunTool(police.registry, record.id, { person: 'Bruno' })).identical, true);
});

test('seats are those of the clause, and what it gives no more is not used', async (context) => {
  const nodes = await twoNodes(context);
  const { company, police, agreement } = nodes;
  const id = await fetched(nodes, toolNamed('credential-theft', GIVEN));
  await assert.rejects(
    acceptTool(police.registry, id, 'Bruno', { ...WISH, purpose: 'research' }),
    refusal('agreement-denied', /services\[1\]\.purposes/),
  );
  await assert.rejects(
    acceptTool(police.registry, id, 'Bruno', { ...WISH, seats: 11 }),
    refusal('agreement-denied', /services\[1\]\.quota.*10 seats/),
  );
  await acceptTool(police.registry, id, 'Bruno', { ...WISH, seats: 8 });
  const next = await fetched(nodes, toolNamed('ransomware-triage', OTHER));
  await assert.rejects(
    acceptTool(police.registry, next, 'Bruno', { ...WISH, seats: 3 }),
    refusal('agreement-denied', /8 are used/),
  );
  await acceptTool(police.registry, next, 'Bruno', { ...WISH, seats: 2 });
  const { file, exhibits } = await caseWith(context, police.registry, { 'letter.txt': 'nothing' });
  const run = () => runAccepted(police.registry, id, file, exhibits, {}, { person: 'Amira' });
  assert.equal((await run()).derived.length, 2);
  await giveNotice(company, agreement, 'suspend');
  await assert.rejects(run(), refusal('agreement-denied', /suspend/));
});

test('a newer version takes the place of the older, and what is taken back is not used any more', async (context) => {
  const nodes = await twoNodes(context);
  const { company, police, companyAtPolice } = nodes;
  const first = await fetched(nodes, toolNamed('credential-theft', GIVEN));
  await acceptTool(police.registry, first, 'Bruno', { ...WISH, seats: 10 });
  const second = await fetched(nodes, toolNamed('credential-theft', GIVEN, { version: '1.1.0' }));
  await acceptTool(police.registry, second, 'Bruno', { ...WISH, seats: 10 });
  const states = (await listHeld(police.registry.db)).map((held) => [held.version, toolStateOf(held)]);
  assert.deepEqual(states.sort(), [
    ['1.0.0', 'retired'],
    ['1.1.0', 'accepted'],
  ]);
  await pushMessages(police.registry);
  assert.equal(await seatsUsed(company.registry), 10);
  await assert.rejects(
    publishTool(
      company.registry,
      toolNamed('credential-theft', GIVEN, { version: '1.1.0', author: 'X' }),
      'Noor',
    ),
    refusal('conflict', /other content/),
  );
  await withdrawPublished(company.registry, 'credential-theft', '1.1.0', 'it misses cookies', 'Noor');
  const { retired } = await fetchTools(police.registry, companyAtPolice, 'Amira', FETCH);
  assert.deepEqual(
    retired.map(({ id }) => id),
    [second],
  );
  const { file, exhibits } = await caseWith(context, police.registry, { 'letter.txt': 'nothing' });
  await assert.rejects(
    runAccepted(police.registry, second, file, exhibits, {}, { person: 'Amira' }),
    refusal('conflict', /does not offer it any more/),
  );
});

test('a repository is carried in a folder to a node without a line, within its day', async (context) => {
  const { company, police, companyAtPolice, policeAtCompany, time } = await twoNodes(context);
  await publishTool(company.registry, toolNamed('credential-theft', GIVEN), 'Noor');
  await publishTool(company.registry, toolNamed('ransomware-triage', 'A tool for others'), 'Noor');
  const folder = temporaryFolder(context);
  assert.deepEqual(await writeRepository(company.registry, policeAtCompany, folder), [
    'credential-theft-1.0.0.tool',
  ]);
  assert.ok((await leaves(company.registry)).includes('delivered'));
  await company.node.stop();
  const carried = repositoryIn(companyAtPolice, folder);
  const take = () => fetchTools(police.registry, companyAtPolice, 'Amira', FETCH, carried);
  assert.equal((await take()).fetched[0]!.tool, 'credential-theft');
  time.now = new Date(time.now.getTime() + 25 * 3_600_000);
  await assert.rejects(take(), refusal('tool-repository', /^freeze/));
});

test('seats close with the agreement, as it says, and nobody takes up seats of others', async (context) => {
  const nodes = await twoNodes(context);
  const { company, police, time, agreement, companyAtPolice, policeAtCompany } = nodes;
  const id = await fetched(nodes, toolNamed('credential-theft', GIVEN));
  await acceptTool(police.registry, id, 'Bruno', WISH);
  const taken = {
    act: 'taken',
    tool: 'credential-theft',
    version: '1.0.0',
    agreement,
    clause: 'services[1]',
    seats: 9,
  };
  const say = (body: object, peer = policeAtCompany) =>
    company.registry.db.transaction((tx) =>
      receiveSeatNotice(tx, company.registry, peer, { seat: 's', ...body }),
    );
  for (const [body, code] of [
    [{ ...taken, seats: 0 }, 'message-invalid'],
    [{ ...taken, act: 'all' }, 'message-invalid'],
    [{ ...taken, tool: 'another' }, 'forbidden'],
    [{ ...taken, clause: 'services[0]' }, 'forbidden'],
    [{ ...taken, clause: 'services[99]' }, 'forbidden'],
    [{ ...taken, agreement: 'agreement--x' }, 'not-found'],
  ] as const)
    await assert.rejects(say(body), { code }, JSON.stringify(body));
  await assert.rejects(say(taken, companyAtPolice), { code: 'forbidden' });
  assert.equal(await seatsUsed(company.registry), 0);
  time.now = new Date(time.now.getTime() + 86_400_000);
  const { file, exhibits } = await caseWith(context, police.registry, { 'letter.txt': 'nothing' });
  const run = () => runAccepted(police.registry, id, file, exhibits, {}, { person: 'Amira' });
  assert.equal((await run()).derived.length, 2);
  await giveNotice(company, agreement, 'terminate');
  await assert.rejects(run(), refusal('agreement-denied', /notice\.terminate/));
});

test('a node uses its own tools too: on the exercise’s locked file, accepted by a second person', async (context) => {
  const { police } = await twoNodes(context, { agreement: false });
  const { registry } = police;
  await publishTool(registry, toolNamed('toy-decryptor', 'Decryptor'), 'The trainer');
  await assert.rejects(acceptTool(registry, 'toy-decryptor', 'the Trainer', WISH), { code: 'forbidden' });
  const accepted = await acceptTool(registry, 'toy-decryptor', 'Bruno', WISH);
  assert.equal(accepted.accepted!.clause, null);
  const attempt = await beginExercise(registry, requireExercise('ransomware'), 'Blue', ['Amira']);
  const file = await requireCase(registry, attempt.case);
  const exhibits = await exhibitsFor(registry, file, 'tool');
  const log = exhibits.find(({ name }) => name === 'server.log')!;
  const parts: Uint8Array[] = [];
  for await (const part of (await readExhibit(registry, log, {}, { person: 'Amira', purpose: 'exercise' }))
    .bytes)
    parts.push(part);
  const key = /--key (\S+)/.exec(Buffer.concat(parts).toString())![1]!;
  const { derived } = await runAccepted(
    registry,
    'toy-decryptor',
    file,
    exhibits,
    { key },
    { person: 'Amira' },
  );
  assert.deepEqual(
    derived.map(({ name }) => name),
    ['patients.csv'],
  );
});

test('rule packs run with the engines of the node, and findings name who gave the rules and the clause', async (context) => {
  const nodes = await twoNodes(context);
  const { police } = nodes;
  const manifest = (outputs: Manifest['selfTests'][0]['outputs']): Manifest => ({
    v: 1,
    id: 'marks',
    version: '1.0.0',
    kind: 'yara-pack',
    title: GIVEN,
    licence: 'Apache-2.0',
    author: 'Northlight',
    description: 'Finds marks.',
    inputs: 'Any files.',
    outputs: 'Findings.',
    content: ['marks.yar'],
    selfTests: [{ name: 'a mark', inputs: ['marked.txt'], outputs }],
  });
  const files = new Map([
    ['marks.yar', Buffer.from('rule marked { strings: $a = "EXERCISE-MARK" condition: $a }\n')],
    ['marked.txt', Buffer.from('here is EXERCISE-MARK')],
  ]);
  const [report] = await runSelfTests(parsePackage(packTool(manifest([]), files)));
  const id = await fetched(nodes, packTool(manifest(report!.outputs), files));
  await acceptTool(police.registry, id, 'Bruno', WISH);
  const { file, exhibits } = await caseWith(context, police.registry, { 'disk.bin': 'xx EXERCISE-MARK xx' });
  const { findings, record } = await runAccepted(
    police.registry,
    id,
    file,
    exhibits,
    {},
    { person: 'Amira' },
  );
  assert.deepEqual(
    findings.map(({ contributor, clause, offset }) => [contributor, clause, offset]),
    [['Northlight Security', 'services[1]', 3]],
  );
  assert.equal((await rerunTool(police.registry, record.id, { person: 'Bruno' })).identical, true);
});

test('a hostile package that its publisher never tested is stopped by its own self-tests at acceptance', async (context) => {
  const nodes = await twoNodes(context);
  const { company, police, companyAtPolice } = nodes;
  const loop = [0x03, 0x40, 0x0c, 0, 0x0b, ...constant(0)];
  const hostile: readonly (readonly [string, Uint8Array, string])[] = [
    ['endless-loop', handMade({ run: loop }), 'time-limit'],
    ['fork-bomb', handMade({ run: loop, imports: [['wasi', 'thread-spawn']] }), 'import'],
    ['memory-hog', handMade({ run: constant(0), memory: [0, 60_000] }), 'memory-limit'],
    [
      'escape',
      handMade({
        imports: [['entente', 'create']],
        run: [...constant(0), ...constant(6), 0x10, 0],
        data: '../../',
      }),
      'path-escape',
    ],
    ['liar', handMade({ run: constant(0) }), 'self-test'],
  ];
  for (const [id, module] of hostile) {
    const manifest: Manifest = {
      ...(JSON.parse(readFileSync(join(TOOLS, 'credential-theft/tool.json'), 'utf8')) as Manifest),
      id,
      title: GIVEN,
      limits: { memoryMiB: 1, seconds: 1, outputMiB: 1 },
      selfTests: [{ name: 'x', inputs: ['in.txt'], outputs: [{ name: 'out', sha256: 'a'.repeat(64) }] }],
    };
    const files = new Map([
      ['tool.wasm', module],
      ['in.txt', Buffer.from('x')],
    ]);
    const pkg = parsePackage(packTool(manifest, files));
    await assert.rejects(publishTool(company.registry, packTool(manifest, files), 'Noor'), {
      code: 'tool-package',
    });
    await company.registry.blobs.put(
      (async function* () {
        yield packTool(manifest, files);
      })(),
    );
    await company.registry.db.transaction((tx) => publishPackage(tx, company.registry, pkg, 'Noor'));
  }
  const { fetched: came } = await fetchTools(police.registry, companyAtPolice, 'Amira', FETCH);
  assert.equal(came.length, hostile.length);
  for (const [id, , code] of hostile)
    await assert.rejects(acceptTool(police.registry, id, 'Bruno', WISH), (error: EntenteError) => {
      assert.equal(error.code, 'tool-package');
      assert.equal(error.issues[0]!.code, code, `${id}: ${error.message}`);
      return true;
    });
  assert.equal(await seatsUsed(police.registry), 0);
});

test('a tool that is stopped over one exhibit is named in the account, and the others are read', async (context) => {
  const nodes = await twoNodes(context);
  const { police } = nodes;
  const small = { memoryMiB: 64, seconds: 30, outputMiB: 1 };
  const id = await fetched(nodes, toolNamed('credential-theft', GIVEN, { limits: small }));
  await acceptTool(police.registry, id, 'Bruno', WISH);
  // Lists a thousand of each kind in a file; so many kinds of hosts as to go beyond 1 MiB.
  const cookies = (n: number) => `${'a'.repeat(4_000)}.example\tTRUE\t/\tTRUE\t1\ts\t${n}\n`;
  const { file, exhibits } = await caseWith(context, police.registry, {
    'large.txt': Array.from({ length: 400 }, (_, n) => cookies(n)).join(''),
    'small.txt': 'URL: https://shop.example\nUsername: a\nPassword: b\n',
  });
  const { record, derived } = await runAccepted(police.registry, id, file, exhibits, {}, { person: 'Amira' });
  const account = record.account as { stopped: number; issues: { file: string; code: string }[] };
  assert.equal(account.stopped, 1);
  assert.deepEqual(
    account.issues.map(({ file: name, code }) => [name, code]),
    [['large.txt', 'output-limit']],
  );
  assert.deepEqual(
    derived.map(({ name, parent }) => [name, parent!.number]),
    [
      ['credential-theft.jsonl', 2],
      ['summary.json', 2],
    ],
  );
});
