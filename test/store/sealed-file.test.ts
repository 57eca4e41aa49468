import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isEntenteError } from '../../src/base/index.ts';
import { type Blobs, openBlobFile, openBlobFileSync, openBlobs } from '../../src/store/index.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const CHUNK = 64 * 1024;
const KEY = Buffer.alloc(32, 7);
const OTHER_KEY = Buffer.alloc(32, 8);

async function* cut(bytes: Uint8Array, length: number): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(Uint8Array.from(chunk));
  return Buffer.concat(chunks);
}

const refusal = (code: string) => (error: unknown) => isEntenteError(error) && error.code === code;

async function vaultIn(
  t: Parameters<typeof temporaryFolder>[0],
): Promise<{ folder: string; blobs: Blobs; vault: Blobs }> {
  const folder = temporaryFolder(t);
  const blobs = await openBlobs(folder);
  return { folder, blobs, vault: blobs.sealed('key-1', KEY, OTHER_KEY) };
}

test('a sealed blob has the digests of its content, and gives any range of it', async (t) => {
  const { blobs, vault } = await vaultIn(t);
  for (const size of [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 5 * CHUNK + 77]) {
    const bytes = randomBytes(size);
    const plain = await blobs.put(cut(bytes, 10_000));
    for (const length of [777, CHUNK, 3 * CHUNK + 1])
      assert.deepEqual(await vault.put(cut(bytes, length)), plain);
    const location = await vault.locate(plain.sha256);
    assert.equal(location.sizeBytes, size);
    assert.ok((await collect(vault.read(plain.sha256))).equals(bytes));
    await using file = await openBlobFile(location);
    using sync = openBlobFileSync(location);
    assert.ok((await collect(file.pieces())).equals(bytes));
    for (const [offset, length] of [
      [0, 1],
      [0, size],
      [CHUNK - 1, 2],
      [CHUNK, CHUNK],
      [size - 1, 10],
      [size, 5],
      [17, 2 * CHUNK],
    ] as const) {
      const want = bytes.subarray(Math.max(0, offset), Math.max(0, offset) + length);
      if (offset < 0) continue;
      assert.ok(Buffer.from(await file.read(offset, length)).equals(want), `${offset} ${length} of ${size}`);
      assert.ok(Buffer.from(sync.read(offset, length)).equals(want));
      const range = { start: offset, end: Math.min(size, offset + length) };
      if (range.end > offset) assert.ok((await collect(vault.read(plain.sha256, range))).equals(want));
    }
  }
});

test('what is sealed shows nothing of its content, nor that two vaults hold the same', async (t) => {
  const { blobs, vault } = await vaultIn(t);
  const bytes = Buffer.from('the same sentence again and again. '.repeat(9_000));
  const { sha256 } = await vault.put(cut(bytes, 1 << 20));
  const other = blobs.sealed('key-2', KEY, OTHER_KEY);
  await other.put(cut(bytes, 1 << 20));
  const stored = readFileSync(await vault.path(sha256));
  assert.equal(stored.includes('sentence'), false);
  assert.notDeepEqual(readFileSync(await other.path(sha256)), stored);
  assert.equal(await blobs.has(sha256), false, 'it is not among the plain ones');
});

test('any changed, missing, added or moved byte of a sealed blob is noticed, and so is another key', async (t) => {
  const { blobs, vault } = await vaultIn(t);
  const bytes = randomBytes(2 * CHUNK + 500);
  const { sha256 } = await vault.put(cut(bytes, 5_000));
  const path = await vault.path(sha256);
  const whole = readFileSync(path);
  chmodSync(path, 0o600);
  const judge = async (changed: Uint8Array, what: string) => {
    writeFileSync(path, changed);
    await assert.rejects(collect(vault.read(sha256)), refusal('store-damaged'), what);
  };
  const stored = CHUNK + 28;
  const places = [
    0,
    15,
    16,
    31,
    32,
    43,
    44,
    60,
    32 + stored - 1,
    32 + stored,
    whole.length - 1,
    whole.length - 20,
  ];
  for (const at of places) {
    const changed = Buffer.from(whole);
    changed[at]! ^= 1;
    await judge(changed, `byte ${at}`);
  }
  for (const end of [32 + 2 * stored, 32 + stored, 32, 31, whole.length - 1])
    await judge(whole.subarray(0, end), `cut at ${end}`);
  const [header, first, second, last] = [
    whole.subarray(0, 32),
    whole.subarray(32, 32 + stored),
    whole.subarray(32 + stored, 32 + 2 * stored),
    whole.subarray(32 + 2 * stored),
  ];
  await judge(Buffer.concat([header, second, first, last]), 'two chunks exchanged');
  await judge(Buffer.concat([header, first, last]), 'a chunk dropped');
  await judge(Buffer.concat([header, first, second, second, last]), 'a chunk twice');
  await judge(Buffer.concat([whole, Buffer.alloc(100)]), 'bytes added');
  writeFileSync(path, whole);
  const wrong = blobs.sealed('key-1', OTHER_KEY, KEY);
  await assert.rejects(collect(wrong.read(sha256)), refusal('store-damaged'));
  assert.ok((await collect(vault.read(sha256))).equals(bytes));
});

test('what is received into a vault goes on after an interruption, and is never in the clear', async (t) => {
  const { folder, vault } = await vaultIn(t);
  const bytes = Buffer.from('evidence in the clear; '.repeat(20_000));
  const elsewhere = await openBlobs(join(folder, 'elsewhere'));
  const { sha256 } = await elsewhere.put(cut(bytes, 1 << 20));
  const expected = { sha256, sizeBytes: bytes.length };
  const asked: number[] = [];
  for (const until of [100, 3 * CHUNK, 3 * CHUNK + 1, 5 * CHUNK]) {
    await assert.rejects(
      vault.receive(expected, (offset) => {
        asked.push(offset);
        return (async function* () {
          yield* cut(bytes.subarray(offset, until), 9_999);
          throw new Error('the line broke');
        })();
      }),
      /line broke/,
    );
    const partial = readFileSync(join(folder, 'incoming-sealed', sha256));
    assert.equal(partial.includes('clear'), false);
  }
  // Whole chunks with more behind them are kept.
  assert.deepEqual(asked, [0, 0, 2 * CHUNK, 3 * CHUNK]);
  const digests = await vault.receive(expected, (offset) => cut(bytes.subarray(offset), 50_000));
  assert.equal(digests.sha256, sha256);
  assert.ok((await collect(vault.read(sha256))).equals(bytes));
  await assert.rejects(
    vault.receive({ sha256: '0'.repeat(64), sizeBytes: 5 }, () => cut(Buffer.from('other'), 5)),
    refusal('verification-failed'),
  );
});
