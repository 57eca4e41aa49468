/** Every parser of the room, on seeded mutations of good input: it returns or throws an EntenteError of its format, quickly. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeUtf8, isEntenteError, utf8 } from '../../src/base/index.ts';
import {
  commit,
  decodeEntryBundle,
  encodeAddCheckpoint,
  encodeEntryBundle,
  encodeFork,
  encodeLeaf,
  encodeProofFile,
  encodeVerifierKey,
  formatNote,
  parseAddCheckpoint,
  parseCheckpoint,
  parseFork,
  parseLeaf,
  parseNote,
  parsePolicy,
  parseProofFile,
  parseTilePath,
  parseTreeSize,
  parseVerifierKey,
  signCheckpoint,
} from '../../src/ledger/index.ts';
import { entry, seededRandom, testKey } from './fixtures.ts';

const log = testKey('log.example/a', 'ed25519', 1);
const witness = testKey('witness.example/w', 'cosignature', 2);
const hash = new Uint8Array(32).fill(3);
const checkpoint = await signCheckpoint({ origin: log.key.name, size: 9, root: hash }, log.key, log.sign);
const policy = `log ${encodeVerifierKey(log.key)}\nwitness W ${encodeVerifierKey(witness.key)}\ngroup g 1 W\nquorum g\n`;

const PARSERS: [string, Uint8Array, (bytes: Uint8Array) => unknown][] = [
  ['note', utf8(checkpoint), parseNote],
  ['checkpoint', utf8(parseNote(checkpoint).text), (bytes) => parseCheckpoint(decodeUtf8(bytes))],
  [
    'proof file',
    utf8(encodeProofFile({ extra: hash, index: 3, proof: [hash, hash], checkpoint })),
    parseProofFile,
  ],
  ['add-checkpoint', utf8(encodeAddCheckpoint(4, [hash], checkpoint)), parseAddCheckpoint],
  ['tree size', utf8('123\n'), parseTreeSize],
  ['policy', utf8(policy), parsePolicy],
  ['verifier key', utf8(encodeVerifierKey(log.key)), (bytes) => parseVerifierKey(decodeUtf8(bytes))],
  ['tile path', utf8('tile/entries/x001/234.p/17'), (bytes) => parseTilePath(decodeUtf8(bytes))],
  ['entry bundle', encodeEntryBundle([entry(1), entry(2)]), (bytes) => decodeEntryBundle(bytes, 2)],
  [
    'leaf',
    encodeLeaf({ kind: 'run', at: '2026-01-31T12:00:00Z', commitment: commit(hash, null) }),
    parseLeaf,
  ],
  [
    'fork',
    utf8(encodeFork({ smaller: checkpoint, larger: checkpoint, prefixRoot: hash, proof: [hash] })),
    parseFork,
  ],
];

for (const [name, good, parse] of PARSERS) {
  test(`the ${name} parser answers every mutation with a value or a bounded error`, () => {
    parse(good);
    const random = seededRandom(good.length);
    const pick = (below: number) => Math.floor(random() * below);
    for (let round = 0; round < 1500; round++) {
      const bytes = Array.from(good);
      for (let edits = 1 + pick(3); edits > 0; edits--) {
        const at = pick(bytes.length + 1);
        const kind = pick(4);
        if (kind === 0) bytes.splice(at, 1 + pick(8));
        else if (kind === 1) bytes.splice(at, 0, pick(256));
        else if (kind === 2) bytes.splice(at, 1, [0, 0x0a, 0x20, 0x2b, 0x22, 0x7b, 0xff][pick(7)]!);
        else bytes.splice(at, 0, ...bytes.slice(pick(bytes.length), at));
      }
      try {
        parse(Uint8Array.from(bytes));
      } catch (error) {
        assert.ok(isEntenteError(error), `${name}: ${error}`);
        assert.equal(error.code, 'ledger-format');
        assert.ok(error.message.length < 300);
      }
    }
  });
}

test('a note that was read is written back byte by byte', () => {
  assert.equal(formatNote(parseNote(checkpoint)), checkpoint);
});
