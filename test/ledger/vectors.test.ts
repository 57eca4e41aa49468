/**
 * The formats are promises: leaves are never rewritten and proof files are read years later. The vectors pin every byte, and
 * can be checked with any other implementation.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { decodeHex, decodeUtf8, encodeHex, utf8 } from '../../src/base/index.ts';
import {
  addSignatures,
  commit,
  cosignCheckpoint,
  encodeLeaf,
  encodeProofFile,
  encodeVerifierKey,
  hashLeaf,
  inclusionProof,
  parseLeaf,
  parseNote,
  parsePolicy,
  parseVerifierKey,
  signCheckpoint,
  treeRoot,
  verifyByPolicy,
  verifyCommitment,
  verifyNote,
  verifyProofFile,
} from '../../src/ledger/index.ts';
import { MemoryLog, testKey, verifyEd25519 } from './fixtures.ts';

const read = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../vectors/ledger/${name}`, import.meta.url), 'utf8'));

const leaves = read('leaves.json');
const proof = read('proof.json');

test('leaves of the vectors are made byte by byte, and open', () => {
  for (const { kind, at, salt, body, leaf, leafHash } of leaves.leaves) {
    const bytes = encodeLeaf({ kind, at, commitment: commit(decodeHex(salt)!, body) });
    assert.equal(decodeUtf8(bytes), leaf);
    assert.equal(encodeHex(hashLeaf(bytes)), leafHash);
    verifyCommitment(parseLeaf(utf8(leaf)), decodeHex(salt)!, body);
  }
});

test('the proof file of the vectors is made byte by byte, and its policy accepts it', async () => {
  const log = new MemoryLog();
  await log.append(leaves.leaves.map(({ leaf }: { leaf: string }) => utf8(leaf)));
  const logKey = testKey(proof.origin, 'ed25519', proof.logSeedByte);
  const witness = testKey(proof.witness, 'cosignature', proof.witnessSeedByte);
  const head = { origin: proof.origin, size: log.size, root: await treeRoot(log.size, log) };
  const note = parseNote(await signCheckpoint(head, logKey.key, logKey.sign));
  const line = await cosignCheckpoint(note, witness.key, proof.timeSeconds, witness.sign);
  const file = encodeProofFile({
    index: proof.index,
    proof: await inclusionProof(proof.index, log.size, log),
    checkpoint: addSignatures(note, [line]),
  });
  assert.equal(file, proof.proofFile);
  assert.deepEqual(
    [logKey, witness].map(({ key }) => encodeVerifierKey(key)),
    [proof.logKey, proof.witnessKey],
  );
  const policy = parsePolicy(proof.policy);
  const leafHash = hashLeaf(utf8(leaves.leaves[proof.index].leaf));
  await verifyProofFile(proof.proofFile, leafHash, (checkpoint) =>
    verifyByPolicy(checkpoint, policy, verifyEd25519),
  );
});

test('notes signed by other implementations verify', async () => {
  for (const { verifierKey, note } of read('notes.json').notes)
    assert.equal(
      (await verifyNote(parseNote(note), [parseVerifierKey(verifierKey)], verifyEd25519)).length,
      1,
    );
});
