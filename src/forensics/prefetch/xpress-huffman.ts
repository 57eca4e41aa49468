/**
 * LZ77 with Huffman codes, as Windows compresses prefetch files ([MS-XCA] §2.1, §2.2). A block of 64 KiB begins with the lengths of
 * 512 codes, four bits each; bits come in 16-bit words, and long match lengths as bytes between them.
 */
import { uint16, uint32 } from '../windows-values.ts';

const BLOCK_BYTES = 65_536;
const TABLE_BYTES = 256;
const CODE_BITS_MAX = 15;

/** The first `size` bytes that the input gives; fewer when it is damaged or ends early. */
export function decompressXpressHuffman(input: Uint8Array, size: number): Uint8Array {
  const output = new Uint8Array(size);
  const table = new Uint16Array(1 << CODE_BITS_MAX);
  const lengths = new Uint8Array(512);
  let at = 0;
  let out = 0;
  while (out < size && at + TABLE_BYTES + 4 <= input.length) {
    for (let i = 0; i < TABLE_BYTES; i++) {
      lengths[2 * i] = input[at + i]! & 15;
      lengths[2 * i + 1] = input[at + i]! >> 4;
    }
    if (!fillTable(table, lengths)) break;
    at += TABLE_BYTES;
    const word = (): number => {
      const value = at + 2 <= input.length ? uint16(input, at) : 0;
      at += 2;
      return value;
    };
    let bits = ((word() << 16) | word()) >>> 0;
    let extra = 16;
    const consume = (count: number): void => {
      bits = (bits << count) >>> 0;
      extra -= count;
      if (extra < 0) {
        bits = (bits | (word() << -extra)) >>> 0;
        extra += 16;
      }
    };
    const end = Math.min(size, out + BLOCK_BYTES);
    while (out < end) {
      if (at > input.length + 4) return output.subarray(0, out);
      const symbol = table[bits >>> (32 - CODE_BITS_MAX)]!;
      consume(lengths[symbol]!);
      if (symbol < 256) {
        output[out++] = symbol;
        continue;
      }
      let length = symbol & 15;
      const offsetBits = (symbol - 256) >> 4;
      if (length === 15) {
        length = (input[at++] ?? 0) + 15;
        if (length === 255 + 15) {
          length = at + 2 <= input.length ? uint16(input, at) : 0;
          at += 2;
          if (length === 0) {
            length = at + 4 <= input.length ? uint32(input, at) : 0;
            at += 4;
          }
          if (length < 15) return output.subarray(0, out);
        }
      }
      length += 3;
      const offset = (offsetBits === 0 ? 0 : bits >>> (32 - offsetBits)) + (1 << offsetBits);
      if (offsetBits > 0) consume(offsetBits);
      if (offset > out) return output.subarray(0, out);
      for (let stop = Math.min(out + length, size); out < stop; out++) output[out] = output[out - offset]!;
    }
  }
  return output.subarray(0, out);
}

/** Canonical codes: shorter ones first, then by symbol. False when the lengths describe no code. */
function fillTable(table: Uint16Array, lengths: Uint8Array): boolean {
  let place = 0;
  for (let bits = 1; bits <= CODE_BITS_MAX; bits++) {
    const span = 1 << (CODE_BITS_MAX - bits);
    for (let symbol = 0; symbol < lengths.length; symbol++) {
      if (lengths[symbol] !== bits) continue;
      if (place + span > table.length) return false;
      table.fill(symbol, place, place + span);
      place += span;
    }
  }
  return place === table.length;
}
