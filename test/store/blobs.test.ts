import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { blake3 } from '@noble/hashes/blake3.js';
import { encodeHex, isEntenteError } from '../../src/base/index.ts';
import { filePieces, openBlobs } from '../../src/store/index.ts';
import { temporaryFolder } from '../temporary-folder.ts';

async function* pieces(...texts: string[]): AsyncIterable<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

test('a blob is named by its SHA-256 and cannot be written', async (context) => {
  const blobs = await openBlobs(temporaryFolder(context));
  const digests = await blobs.put(pieces('hel', 'lo'));
  assert.equal(digests.sha256, createHash('sha256').update('hello').digest('hex'));
  assert.equal(digests.blake3, 'ea8f163db38682925e4491c5e58d4bb3506ef8c14eb78a86e908c5624a67200f'); // BLAKE3 of "hello"
  assert.equal(digests.size, 5);
  assert.equal(statSync(await blobs.path(digests.sha256)).mode & 0o222, 0);
  assert.equal(await collect(blobs.read(digests.sha256)), 'hello');
  assert.equal(await collect(blobs.read(digests.sha256, { start: 1, end: 3 })), 'el');
});

test('the same content is kept once', async (context) => {
  const folder = temporaryFolder(context);
  const blobs = await openBlobs(folder);
  const first = await blobs.put(pieces('same'));
  assert.deepEqual(await blobs.put(pieces('sa', 'me')), first);
  assert.deepEqual(readdirSync(join(folder, 'tmp')), []);
});

test('a source that fails leaves nothing behind', async (context) => {
  const folder = temporaryFolder(context);
  const blobs = await openBlobs(folder);
  async function* failing(): AsyncIterable<Uint8Array> {
    yield Buffer.from('half');
    throw new Error('the disk was pulled');
  }
  await assert.rejects(blobs.put(failing()), /pulled/);
  assert.deepEqual(readdirSync(join(folder, 'tmp')), []);
});

test('what a killed process left in tmp is removed by the next start, what a living one writes is not', async (context) => {
  const folder = temporaryFolder(context);
  await openBlobs(folder);
  writeFileSync(join(folder, 'tmp', '999999999-0'), 'left over');
  writeFileSync(join(folder, 'tmp', `${process.pid}-0`), 'being written');
  await openBlobs(folder);
  assert.deepEqual(readdirSync(join(folder, 'tmp')), [`${process.pid}-0`]);
});

test('a missing blob is a damaged store, not an empty file', async (context) => {
  const blobs = await openBlobs(temporaryFolder(context));
  await assert.rejects(
    blobs.path('0'.repeat(64)),
    (error) => isEntenteError(error) && error.code === 'store-damaged',
  );
});

test('a file is stored as it is, whatever its size, by pieces whose buffers are used again', async (context) => {
  const folder = temporaryFolder(context);
  const blobs = await openBlobs(join(folder, 'blobs'));
  for (const size of [0, 1, 1024, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3 * (1 << 20) + 17, 40 << 20]) {
    const bytes = Buffer.alloc(size);
    for (let at = 0; at + 4 <= size; at += 4) bytes.writeUInt32LE(Math.imul(at, 0x9e37_79b1) >>> 0, at);
    const path = join(folder, 'file');
    writeFileSync(path, bytes);
    const handle = await open(path);
    const digests = await blobs.put(filePieces(handle)).finally(() => handle.close());
    assert.equal(digests.size, size);
    assert.equal(digests.sha256, createHash('sha256').update(bytes).digest('hex'));
    if (size < 4 << 20) assert.equal(digests.blake3, encodeHex(blake3(bytes)));
    assert.ok(readFileSync(await blobs.path(digests.sha256)).equals(bytes), `${size} bytes`);
  }
});
