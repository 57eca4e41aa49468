import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  addSignatures,
  cosignCheckpoint,
  EMPTY_ROOT,
  encodeVerifierKey,
  formatCheckpoint,
  formatNote,
  parseCheckpoint,
  parseNote,
  parseVerifierKey,
  signCheckpoint,
  verifierKey,
  verifyCheckpoint,
  verifyNote,
} from '../../src/ledger/index.ts';
import { base64, flipBit, testKey, verifyEd25519 } from './fixtures.ts';

const format = { code: 'ledger-format' };
const invalid = { code: 'signature-invalid' };

// The example of C2SP signed-note, "Verifier keys", "Example".
const EXAMPLE_KEY = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k';
const EXAMPLE_NOTE = `This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
`;
// The example of C2SP tlog-cosignature, whose keys are not published.
const EXAMPLE_CHECKPOINT = `example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
`;

const log = testKey('log.example/a', 'ed25519', 1);
const witness = testKey('witness.example/w', 'cosignature', 2);
const trust = {
  origin: 'log.example/a',
  logKeys: [log.key],
  witnessKeys: [witness.key],
  verify: verifyEd25519,
};
const checkpoint = { origin: 'log.example/a', size: 7, root: new Uint8Array(32).fill(9) };
const signed = () => signCheckpoint(checkpoint, log.key, log.sign);

test('the example of the signed-note specification verifies, and is written back byte by byte', async () => {
  const key = parseVerifierKey(EXAMPLE_KEY);
  assert.equal(key.id, '530d903a');
  assert.equal(encodeVerifierKey(key), EXAMPLE_KEY);
  const note = parseNote(EXAMPLE_NOTE);
  assert.equal(note.text, 'This is an example message.\n');
  assert.equal(formatNote(note), EXAMPLE_NOTE);
  assert.deepEqual(await verifyNote(note, [key], verifyEd25519), [{ key, timeSeconds: null }]);
});

test('the example of the cosignature specification parses, its time included', () => {
  const note = parseNote(EXAMPLE_CHECKPOINT);
  const head = parseCheckpoint(note.text);
  assert.equal(head.origin, 'example.com/behind-the-sofa');
  assert.equal(head.size, 20852163);
  assert.equal(base64.encode(head.root), 'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=');
  const [, line] = note.signatures;
  assert.equal(line?.name, 'witness.example.com/w1');
  assert.equal(new DataView(line!.signature.slice().buffer).getBigUint64(0), 1679315147n);
  assert.equal(formatNote(note), EXAMPLE_CHECKPOINT);
});

test('a signed and cosigned checkpoint verifies and tells who signed it and when', async () => {
  const note = await signed();
  const line = await cosignCheckpoint(parseNote(note), witness.key, 1_790_000_000, witness.sign);
  const cosigned = addSignatures(parseNote(note), [line, line]);
  const verified = await verifyCheckpoint(new TextEncoder().encode(cosigned), trust);
  assert.equal(verified.size, 7);
  assert.equal(verified.logKey, log.key);
  assert.deepEqual(verified.cosignatures, [{ key: witness.key, timeSeconds: 1_790_000_000 }]);
  assert.equal(addSignatures(parseNote(cosigned), [line]), cosigned);
});

test('flipping any bit of a cosigned checkpoint, or cutting it anywhere, is detected', async () => {
  const note = parseNote(await signed());
  const line = await cosignCheckpoint(note, witness.key, 1_790_000_000, witness.sign);
  const bytes = new TextEncoder().encode(addSignatures(note, [line]));
  const faithful = await verifyCheckpoint(bytes, trust);
  for (let at = 0; at < bytes.length; at++) {
    for (const bit of [0, 5, 7]) {
      try {
        const changed = await verifyCheckpoint(flipBit(bytes, at, bit), trust);
        // Names and ids are outside the signatures: such a line is then an unknown key's, and its statement is gone.
        assert.equal(changed.note.text, faithful.note.text);
        assert.equal(changed.cosignatures.length, 0, `byte ${at}`);
      } catch (error) {
        assert.match((error as { code: string }).code, /^(ledger-format|signature-invalid)$/);
      }
    }
    // At the end of its first line, the note is whole but for the witness.
    if (at === new TextEncoder().encode(await signed()).length) continue;
    await assert.rejects(
      verifyCheckpoint(bytes.subarray(0, at), trust),
      /ledger-format|signature|note|checkpoint/,
    );
  }
});

test('one wrong signature of a known key refuses the note; unknown keys are ignored', async () => {
  const note = parseNote(await signed());
  const bad = { ...note.signatures[0]!, signature: flipBit(note.signatures[0]!.signature, 3) };
  await assert.rejects(
    verifyCheckpoint(formatNote({ ...note, signatures: [...note.signatures, bad] }), trust),
    invalid,
  );
  const stranger = { name: 'log.example/a', id: '00000000', signature: new Uint8Array(64) };
  await verifyCheckpoint(addSignatures(note, [stranger]), trust);
  await assert.rejects(verifyCheckpoint(formatNote({ ...note, signatures: [stranger] }), trust), invalid);
});

test('a witness alone does not make a checkpoint, nor does the log of another origin', async () => {
  const note = parseNote(await signed());
  const line = await cosignCheckpoint(note, witness.key, 5, witness.sign);
  await assert.rejects(verifyCheckpoint(formatNote({ ...note, signatures: [line] }), trust), invalid);
  await assert.rejects(verifyCheckpoint(formatNote(note), { ...trust, origin: 'log.example/b' }), {
    code: 'verification-failed',
  });
});

test('what a log signs cannot be passed off as what a witness signs', async () => {
  // The same private key for both types; the ids differ, and so do the messages.
  const both = testKey('log.example/a', 'cosignature', 1);
  assert.notEqual(both.key.id, log.key.id);
  const note = parseNote(await signed());
  const time = new Uint8Array(8);
  time[7] = 1;
  const forged = {
    name: both.key.name,
    id: both.key.id,
    signature: Buffer.concat([time, note.signatures[0]!.signature]),
  };
  await assert.rejects(
    verifyCheckpoint(addSignatures(note, [forged]), { ...trust, witnessKeys: [both.key] }),
    invalid,
  );
});

test('a cosignature without a time, or with one beyond 2^53, is not valid', async () => {
  const note = parseNote(await signed());
  const line = await cosignCheckpoint(note, witness.key, 5, witness.sign);
  for (const time of [0n, 2n ** 53n, 2n ** 64n - 1n]) {
    const signature = line.signature.slice();
    new DataView(signature.buffer).setBigUint64(0, time);
    const changed = addSignatures(note, [{ ...line, signature }]);
    await assert.rejects(verifyCheckpoint(changed, trust), invalid);
  }
  await assert.rejects(cosignCheckpoint(note, witness.key, 0, witness.sign), RangeError);
});

test('hostile notes are refused with a bounded message', () => {
  const signature = EXAMPLE_NOTE.split('\n')[2]!;
  const cases: [string, string | Uint8Array][] = [
    ['empty', ''],
    ['no empty line', 'text\n'],
    ['no signature', 'text\n\n'],
    ['no final newline', EXAMPLE_NOTE.slice(0, -1)],
    ['carriage return', EXAMPLE_NOTE.replaceAll('\n', '\r\n')],
    ['tab', `a\tb\n\n${signature}\n`],
    ['not UTF-8', Uint8Array.of(0xff, 0x0a, 0x0a)],
    ['hyphen for dash', EXAMPLE_NOTE.replace('—', '-')],
    ['two spaces', EXAMPLE_NOTE.replace('foo ', 'foo  ')],
    ['trailing space', EXAMPLE_NOTE.replace('aQM=', 'aQM= ')],
    ['unpadded base64', EXAMPLE_NOTE.replace('aQM=', 'aQM')],
    ['stray bits in base64', EXAMPLE_NOTE.replace('aQM=', 'aQN=')],
    ['plus in name', EXAMPLE_NOTE.replace('example.com', 'example+com')],
    ['no-break space in name', EXAMPLE_NOTE.replace('example.com', 'example\u00a0com')],
    ['signature of no byte', 'text\n\n— a AAAAAA==\n'],
    ['65 signatures', `text\n\n${`${signature}\n`.repeat(65)}`],
    ['a megabyte', `${'x'.repeat(1_000_000)}\n\n${signature}\n`],
    ['a long name', `text\n\n— ${'n'.repeat(256)} AAAAAAA=\n`],
  ];
  for (const [name, input] of cases)
    assert.throws(
      () => parseNote(input),
      (error: Error & { code: string }) => {
        assert.equal(error.code, 'ledger-format', name);
        assert.ok(error.message.length < 200, name);
        return true;
      },
    );
  assert.equal(parseNote(`text\n\n${`${signature}\n`.repeat(64)}`).signatures.length, 64);
  assert.equal(parseNote(`a\n\nb\n\n${signature}\n`).text, 'a\n\nb\n');
});

test('a byte order mark belongs to the text and so breaks the signature', async () => {
  const marked = new TextEncoder().encode(`\ufeff${EXAMPLE_NOTE}`);
  const note = parseNote(marked);
  await assert.rejects(verifyNote(note, [parseVerifierKey(EXAMPLE_KEY)], verifyEd25519), invalid);
});

test('checkpoints have one spelling', () => {
  const root = base64.encode(EMPTY_ROOT);
  assert.deepEqual(parseCheckpoint(`a\n0\n${root}\n`), {
    origin: 'a',
    size: 0,
    root: EMPTY_ROOT,
    extensions: [],
  });
  assert.deepEqual(parseCheckpoint(`a b\n10\n${root}\nx\ny\n`).extensions, ['x', 'y']);
  for (const text of [
    '',
    `a\n0\n`,
    `a\n0\n${root}`,
    `\n0\n${root}\n`,
    `a\n00\n${root}\n`,
    `a\n+1\n${root}\n`,
    `a\n1e3\n${root}\n`,
    `a\n9007199254740992\n${root}\n`,
    `a\n1\n${root.slice(0, -1)}\n`,
    `a\n1\nAAAA\n`,
    `a\n1\n${root}\n\n`,
    `a\n1\n${root}\n\nx\n`,
  ])
    assert.throws(() => parseCheckpoint(text), format, JSON.stringify(text));
  for (const wrong of [
    { origin: '' },
    { origin: 'a\nb' },
    { size: -1 },
    { size: 1.5 },
    { root: new Uint8Array(31) },
    { extensions: [''] },
    { extensions: ['a\nb'] },
  ])
    assert.throws(() => formatCheckpoint({ ...checkpoint, ...wrong }), format, JSON.stringify(wrong));
});

test('verifier keys are refused when name, id and key do not belong together', () => {
  const text = encodeVerifierKey(witness.key);
  assert.deepEqual(parseVerifierKey(text), witness.key);
  const [name, id, material] = [witness.key.name, witness.key.id, text.split('+').slice(2).join('+')];
  for (const wrong of [
    '',
    name,
    `${name}+${id}`,
    `${name}+${id}+`,
    `${name}x+${id}+${material}`,
    `${name}+00000000+${material}`,
    `${name}+${id.toUpperCase()}A+${material}`,
    `${name}+${id}+${material.slice(0, -4)}`,
    `+${id}+${material}`,
    `${name}+${id}+${base64.encode(Uint8Array.of(2, ...witness.key.publicKey))}`,
    `${'n'.repeat(300)}+${id}+${material}`,
  ])
    assert.throws(() => parseVerifierKey(wrong), format, wrong);
  for (const bad of ['', 'a b', 'a+b', 'a\u2003b', 'a\nb', '\ud800', 'é'.repeat(128)])
    assert.throws(() => verifierKey(bad, 'ed25519', witness.key.publicKey), format);
});
