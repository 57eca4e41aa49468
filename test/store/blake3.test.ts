import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blake3 } from '@noble/hashes/blake3.js';
import { encodeHex } from '../../src/base/index.ts';
import { createBlake3 } from '../../src/store/blake3.ts';

/** xorshift32: the same cases on every machine. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

function randomBytes(length: number, seed: number): Uint8Array {
  const random = generator(seed);
  return Uint8Array.from({ length }, () => random(256));
}

/** What is hashed at once in the kernel, and what it holds. */
const SIZES = [64, 1024, 16 * 1024, 256 * 1024];

test('BLAKE3 is the one of an implementation that shares nothing with it, at every border', () => {
  const bytes = randomBytes(600_000, 1);
  const lengths = new Set([0, 1, 600_000]);
  for (const size of SIZES)
    for (const times of [1, 2, 3, 4, 5, 8, 15, 16, 17])
      for (const off of [-1, 0, 1]) if (size * times + off <= bytes.length) lengths.add(size * times + off);
  for (const length of lengths) {
    const part = bytes.subarray(0, length);
    const hash = createBlake3();
    hash.update(part);
    assert.equal(hash.hex(), encodeHex(blake3(part)), `${length} bytes`);
  }
});

test('BLAKE3 is the same however the bytes are cut, also when their buffer is used again and two streams alternate', () => {
  const random = generator(7);
  for (let round = 0; round < 150; round++) {
    const streams = [0, 1].map((which) => {
      const size = SIZES[random(SIZES.length)]! * (1 + random(3));
      const bytes = randomBytes(Math.max(0, size + random(5) - 2), round * 2 + which + 1);
      return { bytes, at: 0, hash: createBlake3() };
    });
    const buffer = new Uint8Array(300_000);
    while (streams.some(({ bytes, at }) => at < bytes.length)) {
      const stream = streams[random(2)]!;
      const most = [1, 63, 64, 65, 1024, 5000, 16_384, 262_144, 300_000][random(9)]!;
      const length = Math.min(random(most + 1), stream.bytes.length - stream.at);
      buffer.set(stream.bytes.subarray(stream.at, stream.at + length));
      stream.hash.update(buffer.subarray(0, length));
      buffer.fill(random(256), 0, length);
      stream.at += length;
    }
    for (const { bytes, hash } of streams)
      assert.equal(hash.hex(), encodeHex(blake3(bytes)), `round ${round}, ${bytes.length} bytes`);
  }
});
