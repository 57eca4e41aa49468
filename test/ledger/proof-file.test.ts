import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8 } from '../../src/base/index.ts';
import {
  addSignatures,
  cosignCheckpoint,
  encodeProofFile,
  encodeVerifierKey,
  hashLeaf,
  inclusionProof,
  parseNote,
  parsePolicy,
  parseProofFile,
  signCheckpoint,
  treeRoot,
  verifyByPolicy,
  verifyCheckpoint,
  verifyProofFile,
} from '../../src/ledger/index.ts';
import { entry, flipBit, memoryLog, testKey, verifyEd25519 } from './fixtures.ts';

const format = { code: 'ledger-format' };
const origin = 'log.example/a';
const logKey = testKey(origin, 'ed25519', 1);
const w1 = testKey('witness.example/1', 'cosignature', 2);
const w2 = testKey('witness.example/2', 'cosignature', 3);
const w3 = testKey('witness.example/3', 'cosignature', 4);
const trust = { origin, logKeys: [logKey.key], witnessKeys: [w1.key], verify: verifyEd25519 };
const byKeys = (note: string) => verifyCheckpoint(note, trust);
const vkey = (signer: { key: typeof w1.key }) => encodeVerifierKey(signer.key);

async function proofFile(witnesses = [w1], extra?: Uint8Array): Promise<string> {
  const log = await memoryLog(20);
  const note = parseNote(
    await signCheckpoint({ origin, size: 20, root: await treeRoot(20, log) }, logKey.key, logKey.sign),
  );
  const lines = await Promise.all(witnesses.map((w) => cosignCheckpoint(note, w.key, 1_790_000_000, w.sign)));
  return encodeProofFile({
    ...(extra ? { extra } : {}),
    index: 11,
    proof: await inclusionProof(11, 20, log),
    checkpoint: addSignatures(note, lines),
  });
}

test('a proof file verifies with the leaf alone, and carries its extra data', async () => {
  const file = await proofFile([w1], utf8('where it came from'));
  assert.match(file, /^c2sp\.org\/tlog-proof@v1\nextra [A-Za-z0-9+/=]+\nindex 11\n/);
  const head = await verifyProofFile(utf8(file), hashLeaf(entry(11)), byKeys);
  assert.equal(head.size, 20);
  assert.equal(head.cosignatures.length, 1);
  assert.deepEqual(parseProofFile(file).extra, utf8('where it came from'));
  assert.equal(encodeProofFile(parseProofFile(file)), file);
  await assert.rejects(verifyProofFile(file, hashLeaf(entry(12)), byKeys), { code: 'verification-failed' });
});

test('flipping any bit of a proof file or cutting it anywhere never proves more', async () => {
  const bytes = utf8(await proofFile());
  const leafHash = hashLeaf(entry(11));
  for (let at = 0; at < bytes.length; at++) {
    for (const changed of [
      flipBit(bytes, at, at % 8),
      flipBit(bytes, at, (at + 3) % 8),
      bytes.subarray(0, at),
    ]) {
      try {
        // Only the witness's line is beyond what the log signed; without it the proof says less, nothing else.
        const head = await verifyProofFile(changed, leafHash, byKeys);
        assert.equal(head.cosignatures.length, 0, `byte ${at}`);
      } catch (error) {
        assert.match(
          (error as { code: string }).code,
          /^(ledger-format|signature-invalid|verification-failed)$/,
        );
      }
    }
  }
});

test('proof files that break the format are refused', async () => {
  const file = await proofFile();
  for (const wrong of [
    '',
    file.replace('@v1', '@v2'),
    file.replace('\n', '\r\n'),
    file.replace('index 11', 'index 011'),
    file.replace('index 11', 'index -1'),
    file.replace('index 11', 'Index 11'),
    file.replace('index 11', 'extra =\nindex 11'),
    file.replace('index 11', 'extra QQ==\nextra QQ==\nindex 11'),
    file.replace('index 11\n', 'index 11\nAAAA\n'),
    file.replace('index 11\n', `index 11\n${`${'A'.repeat(43)}=\n`.repeat(64)}`),
    file.replace('\n\n', '\n'),
    `${file}\n`,
  ])
    assert.throws(() => parseProofFile(wrong), format, wrong.slice(0, 60));
});

const POLICY = `# two of three, in two lines of thought
log ${vkey(logKey)} https://log.example/a
\twitness  W1 ${vkey(w1)}
witness W2 ${vkey(w2)} https://witness.example/2

witness W3 ${vkey(w3)}
group two 2 W1 W2 W3
quorum two
`;

test('a policy asks for its quorum of cosignatures', async () => {
  const policy = parsePolicy(POLICY);
  assert.deepEqual(
    policy.witnesses.map((witness) => witness.name),
    ['W1', 'W2', 'W3'],
  );
  assert.equal(policy.logs[0]?.url, 'https://log.example/a');
  const leafHash = hashLeaf(entry(11));
  const check = async (witnesses: (typeof w1)[], text = POLICY) => {
    const asked = parsePolicy(text);
    const byPolicy = (note: string) => verifyByPolicy(note, asked, verifyEd25519);
    return await verifyProofFile(await proofFile(witnesses), leafHash, byPolicy);
  };
  assert.equal((await check([w1, w3])).cosignatures.length, 2);
  await assert.rejects(check([w1]), { code: 'verification-failed', message: /quorum/ });
  await assert.rejects(check([w1, w1]), { code: 'verification-failed' });
  await check([], POLICY.replace('quorum two', 'quorum none'));
  await check([w2], POLICY.replace('group two 2', 'group two any'));
  await assert.rejects(check([w1, w2], POLICY.replace('group two 2', 'group two all')), {
    code: 'verification-failed',
  });
  const nested = POLICY.replace('group two 2 W1 W2 W3', 'group some any W1 W2\ngroup two all some W3');
  await check([w2, w3], nested);
  await assert.rejects(check([w1, w2], nested), { code: 'verification-failed' });
  const other = encodeVerifierKey(testKey('log.example/b', 'ed25519', 9).key);
  await assert.rejects(check([w1, w2], POLICY.replace(vkey(logKey), other)), {
    code: 'verification-failed',
    message: /does not list the log/,
  });
});

test('policies that break a rule are refused with the line', () => {
  for (const [fault, text] of [
    [/no quorum/, ''],
    [/no quorum/, POLICY.replace('quorum two\n', '')],
    [/newline/, POLICY.slice(0, -1)],
    [/control/, POLICY.replaceAll('\n', '\r\n')],
    [/line 9.*already/, `${POLICY}quorum two\n`],
    [/line 8.*not defined/, POLICY.replace('quorum two', 'quorum three')],
    [/line 7.*not defined/, POLICY.replace('W1 W2 W3\n', 'W1 W4\n')],
    [/line 7.*already member/, POLICY.replace('W1 W2 W3\n', 'W1 W1\n')],
    [/line 7.*not defined/, POLICY.replace('2 W1 W2 W3\n', 'any none\n')],
    [/line 7.*none of all/, POLICY.replace('two 2', 'two 4')],
    [/line 7.*none of all/, POLICY.replace('two 2', 'two 0')],
    [/line 7.*none of all/, POLICY.replace('two 2', 'two 1e0')],
    [/line 7.*write: group/, POLICY.replace('2 W1 W2 W3', '2')],
    [/line 6.*defined already/, POLICY.replace('witness W3', 'witness W2')],
    [/line 6.*defined already/, POLICY.replace('witness W3', 'witness none')],
    [/line 6.*listed already/, POLICY.replace(vkey(w3), vkey(w2))],
    [/line 6.*type cosignature/, POLICY.replace(vkey(w3), vkey(logKey))],
    [/line 2.*type ed25519/, POLICY.replace(vkey(logKey), vkey(w1))],
    [/line 2.*verifier key/, POLICY.replace('log log', 'log x')],
    [/line 1.*none of log/, `logs\n${POLICY}`],
    [/longer/, '#'.repeat(70_000)],
  ] as const)
    assert.throws(() => parsePolicy(text), { code: 'ledger-format', message: fault });
});

test('names in a policy are octets, whatever their encoding', () => {
  const latin1 = Uint8Array.from(POLICY.replaceAll('W1', 'W\u00e91'), (char) => char.charCodeAt(0));
  assert.equal(parsePolicy(latin1).witnesses.length, 3);
});
