import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8 } from '../../src/base/index.ts';
import {
  type AddCheckpointDecision,
  addSignatures,
  consistencyProof,
  cosignCheckpoint,
  decideAddCheckpoint,
  decideAfterConflict,
  EMPTY_ROOT,
  encodeAddCheckpoint,
  encodeCosignatures,
  encodeFork,
  encodeTreeSize,
  formatNote,
  gatherFork,
  parseAddCheckpoint,
  parseCosignatures,
  parseFork,
  parseNote,
  parseTreeSize,
  signCheckpoint,
  treeRoot,
  verifyCheckpoint,
  verifyFork,
  type WitnessedHead,
} from '../../src/ledger/index.ts';
import { entry, flipBit, MemoryLog, memoryLog, testKey, verifyEd25519 } from './fixtures.ts';

const format = { code: 'ledger-format' };
const origin = 'log.example/a';
const logKey = testKey(origin, 'ed25519', 1);
const witness = testKey('witness.example/w', 'cosignature', 2);
const trust = { origin, logKeys: [logKey.key], verify: verifyEd25519 };

const head = async (log: MemoryLog, size: number) =>
  signCheckpoint({ origin, size, root: await treeRoot(size, log) }, logKey.key, logKey.sign);
const known = async (log: MemoryLog, size: number): Promise<WitnessedHead> => ({
  size,
  root: await treeRoot(size, log),
});
const ask = (body: string, at: WitnessedHead | null): Promise<AddCheckpointDecision> =>
  decideAddCheckpoint(parseAddCheckpoint(body), { origin, logKeys: [logKey.key], head: at }, verifyEd25519);
const request = async (log: MemoryLog, from: number, to: number) =>
  encodeAddCheckpoint(from, await consistencyProof(from, to, log), await head(log, to));

/** A log with the first `shared` entries of the other, then its own. */
async function rewritten(size: number, shared: number): Promise<MemoryLog> {
  const log = new MemoryLog();
  await log.append(Array.from({ length: size }, (_, i) => entry(i, i < shared ? '' : ' rewritten')));
  return log;
}

test('a log that only grows is cosigned at every step, by a witness that keeps one head', async () => {
  const log = await memoryLog(50);
  let at: WitnessedHead | null = null;
  for (const size of [0, 1, 1, 7, 8, 33, 50]) {
    const decision = await ask(await request(log, at?.size ?? 0, size), at);
    assert.equal(decision.status, 200);
    at = (decision as { head: WitnessedHead }).head;
    assert.deepEqual(at, await known(log, size));
  }
});

test('the answer is the cosignature, which the log adds to its checkpoint', async () => {
  const log = await memoryLog(5);
  const note = parseNote(await head(log, 5));
  const answer = encodeCosignatures([await cosignCheckpoint(note, witness.key, 1_790_000_000, witness.sign)]);
  const accepted = await parseCosignatures(utf8(answer), note, [witness.key], verifyEd25519);
  assert.equal(accepted[0]?.timeSeconds, 1_790_000_000);
  const cosigned = addSignatures(
    note,
    accepted.map((line) => line.signature),
  );
  const verified = await verifyCheckpoint(cosigned, { ...trust, witnessKeys: [witness.key] });
  assert.equal(verified.cosignatures.length, 1);

  const other = testKey('witness.example/x', 'cosignature', 3);
  const invalid = { code: 'signature-invalid' };
  await assert.rejects(parseCosignatures(answer, note, [other.key], verifyEd25519), invalid);
  const later = parseNote(await head(await memoryLog(6), 6));
  await assert.rejects(parseCosignatures(answer, later, [witness.key], verifyEd25519), invalid);
  await assert.rejects(parseCosignatures('', note, [witness.key], verifyEd25519), format);
  await assert.rejects(parseCosignatures('<html>\n', note, [witness.key], verifyEd25519), format);
});

test('each refusal has the status that the specification gives it', async () => {
  const log = await memoryLog(50);
  const at = await known(log, 20);
  const good = await request(log, 20, 50);
  assert.equal((await ask(good, at)).status, 200);

  const unknown = await decideAddCheckpoint(parseAddCheckpoint(good), null, verifyEd25519);
  assert.equal(unknown.status, 404);
  const foreign = { origin: 'log.example/b', logKeys: [logKey.key], head: null };
  assert.equal((await decideAddCheckpoint(parseAddCheckpoint(good), foreign, verifyEd25519)).status, 404);

  const stranger = testKey(origin, 'ed25519', 9);
  const checkpoint = { origin, size: 50, root: await treeRoot(50, log) };
  const proof = await consistencyProof(20, 50, log);
  const forged = await signCheckpoint(checkpoint, stranger.key, stranger.sign);
  assert.equal((await ask(encodeAddCheckpoint(20, proof, forged), at)).status, 403);
  const note = parseNote(await head(log, 50));
  const line = note.signatures[0]!;
  const bad = formatNote({ ...note, signatures: [{ ...line, signature: flipBit(line.signature, 9) }] });
  assert.equal((await ask(encodeAddCheckpoint(20, proof, bad), at)).status, 403);

  assert.equal((await ask(encodeAddCheckpoint(20, [], await head(log, 19)), at)).status, 400);
  assert.deepEqual(await ask(await request(log, 10, 50), at), { status: 409, size: 20, isFork: false });
  assert.deepEqual(await ask(await request(log, 0, 50), at), { status: 409, size: 20, isFork: false });
  assert.deepEqual(await ask(await request(log, 20, 50), null), { status: 409, size: 0, isFork: false });

  const statusOf = async (body: string, from: WitnessedHead | null) => (await ask(body, from)).status;
  assert.equal(await statusOf(encodeAddCheckpoint(20, proof.slice(1), await head(log, 50)), at), 422);
  assert.equal(await statusOf(encodeAddCheckpoint(20, [], await head(log, 50)), at), 422);
  assert.equal(await statusOf(encodeAddCheckpoint(0, proof, await head(log, 50)), null), 422);
  assert.equal(await statusOf(encodeAddCheckpoint(20, proof, await head(log, 20)), at), 422);
  const hollow = await signCheckpoint({ origin, size: 0, root: at.root }, logKey.key, logKey.sign);
  assert.equal(await statusOf(encodeAddCheckpoint(0, [], hollow), null), 422);
  assert.notDeepEqual(at.root, EMPTY_ROOT);
});

test('a rewritten or split log is never cosigned, and one size with two roots is told as a fork', async () => {
  const log = await memoryLog(50);
  const at = await known(log, 20);
  for (const shared of [0, 5, 19]) {
    const liar = await rewritten(50, shared);
    assert.equal((await ask(await request(liar, 20, 50), at)).status, 422);
    const same = await ask(await request(liar, 20, 20), at);
    assert.deepEqual([same.status, 'isFork' in same && same.isFork], [422, true]);
    const replayed = await ask(await request(liar, 10, 20), at);
    assert.deepEqual(replayed, { status: 409, size: 20, isFork: true });
  }
  assert.equal((await ask(await request(await rewritten(50, 20), 20, 50), at)).status, 200);
});

test('after a conflict the log asks again from there, unless the witness has seen more than it holds', () => {
  assert.equal(decideAfterConflict(50, parseTreeSize(encodeTreeSize(20))), 20);
  assert.equal(decideAfterConflict(50, 50), 50);
  assert.throws(() => decideAfterConflict(50, 51), { code: 'ledger-fork', exit: 3 });
  for (const body of ['', '20', '020\n', '20\n\n', '-1\n', '1e3\n', `${'9'.repeat(40)}\n`])
    assert.throws(() => parseTreeSize(body), format, body);
});

test('requests have one spelling', async () => {
  const log = await memoryLog(50);
  const body = await request(log, 20, 50);
  const parsed = parseAddCheckpoint(utf8(body));
  assert.equal(encodeAddCheckpoint(parsed.oldSize, parsed.proof, formatNote(parsed.note)), body);
  for (const wrong of [
    '',
    body.slice(1),
    body.replace('old 20', 'old 020'),
    body.replace('old 20', 'old  20'),
    body.replace('old 20\n', 'old 20\nAAAA\n'),
    body.replace('old 20\n', `old 20\n${`${'A'.repeat(43)}=\n`.repeat(64)}`),
    body.replace('\n\n', '\n'),
    body.replace('\n\n', '\n\n\n'),
    body.replaceAll('\n', '\r\n'),
    body.replace('\n50\n', '\n050\n'),
    body.slice(0, -1),
    `${body}x`,
  ])
    assert.throws(() => parseAddCheckpoint(wrong), format, wrong.slice(0, 40));
});

test('a fork can be proven to a third party, whatever the two sizes', async () => {
  const log = await memoryLog(50);
  const liar = await rewritten(60, 10);
  for (const [size, other] of [
    [50, 60],
    [32, 60],
    [11, 60],
    [50, 50],
    [50, 12],
  ] as const) {
    const larger = size <= other ? liar : log;
    const evidence = await gatherFork(await head(log, size), await head(liar, other), larger);
    const shown = await verifyFork(parseFork(utf8(encodeFork(evidence))), trust);
    assert.equal(shown.smaller.size, Math.min(size, other));
  }
});

test('nobody can accuse an honest log', async () => {
  const log = await memoryLog(50);
  const liar = await rewritten(60, 10);
  const honest = await gatherFork(await head(log, 20), await head(log, 50), log);
  const failed = { code: 'verification-failed' };
  await assert.rejects(verifyFork(honest, trust), failed);
  await assert.rejects(verifyFork({ ...honest, prefixRoot: await treeRoot(20, liar) }, trust), failed);
  await assert.rejects(
    verifyFork({ ...honest, smaller: honest.larger, larger: honest.smaller }, trust),
    failed,
  );
  const stranger = testKey(origin, 'ed25519', 9);
  const forged = await signCheckpoint(
    { origin, size: 60, root: await treeRoot(60, liar) },
    stranger.key,
    stranger.sign,
  );
  const framed = await gatherFork(await head(log, 50), forged, liar);
  await assert.rejects(verifyFork(framed, trust), { code: 'signature-invalid' });
  for (const wrong of [
    '',
    'null',
    '[]',
    '{}',
    '{"v":1}',
    encodeFork(honest).replace('"proof":[', '"proof":[{"toString":1},'),
    '{"v":1,"smaller":"","larger":"","prefixRoot":"","proof":[]}',
  ])
    assert.throws(() => parseFork(wrong), format, wrong);
});
