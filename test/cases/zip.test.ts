import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isEntenteError } from '../../src/base/index.ts';
import { type ByteSource, encodeZip, readZip, type ZipEntry } from '../../src/cases/bundle/zip.ts';

const ZEROS = new Uint8Array(1 << 20);

/** A file of zeros, however large, that nobody has to hold. */
const zeros = (name: string, sizeBytes: number): ZipEntry & { open(): AsyncIterable<Uint8Array> } => ({
  name,
  sizeBytes,
  crc32: 7,
  open: async function* () {
    for (let left = sizeBytes; left > 0; left -= ZEROS.length)
      yield left >= ZEROS.length ? ZEROS : ZEROS.subarray(0, left);
  },
});

/** Keeps what is no zeros; the rest is read as zeros. */
async function sparse(
  chunks: AsyncIterable<Uint8Array>,
): Promise<ByteSource & { pieces: Map<number, Uint8Array> }> {
  const pieces = new Map<number, Uint8Array>();
  let sizeBytes = 0;
  for await (const chunk of chunks) {
    if (chunk.buffer !== ZEROS.buffer) pieces.set(sizeBytes, chunk);
    sizeBytes += chunk.length;
  }
  return {
    sizeBytes,
    pieces,
    async read(offset, length) {
      const bytes = new Uint8Array(length);
      for (const [at, piece] of pieces) {
        if (at >= offset + length || at + piece.length <= offset) continue;
        const from = Math.max(at, offset);
        const to = Math.min(at + piece.length, offset + length);
        bytes.set(piece.subarray(from - at, to - at), from - offset);
      }
      return bytes;
    },
  };
}

const GIB = 2 ** 30;

test('a bundle beyond 4 GiB has ZIP64 fields exactly where a number needs them, and any changed byte of them is noticed', async () => {
  for (const [sizes, what] of [
    [[4 * GIB - 2, 10], 'the largest that needs none'],
    [[4 * GIB - 1, 10], 'a size'],
    [[3 * GIB, 2 * GIB, 10], 'an offset'],
    [[5 * GIB, 5 * GIB], 'both'],
  ] as const) {
    const entries = sizes.map((size, i) => zeros(`data/exhibits/${i}`, size));
    const source = await sparse(encodeZip(entries));
    const read = await readZip(source);
    assert.deepEqual(
      read.map(({ name, sizeBytes }) => [name, sizeBytes]),
      entries.map(({ name, sizeBytes }) => [name, sizeBytes]),
      what,
    );
    const last = [...source.pieces.values()].at(-1)!;
    assert.equal(last.length > 22, source.sizeBytes > 4 * GIB, `${what}: end records`);
    let count = 0;
    for (const piece of source.pieces.values())
      for (let at = 0; at < piece.length; at++, count++) {
        piece[at]! ^= 1 << (at % 8);
        await assert.rejects(readZip(source), isEntenteError, `${what}: byte ${at} of ${piece.length}`);
        piece[at]! ^= 1 << (at % 8);
      }
    assert.ok(count > 100);
    await readZip(source);
  }
});
