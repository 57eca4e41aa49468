/**
 * The cipher by which an exercise locks a file, so that there is something to decrypt. It keeps nothing secret from anybody, on purpose: a key stream
 * of one byte a step (xorshift32, begun from the FNV-1a of the key). The tool `tools/toy-decryptor` undoes it, and says what a locked file looks like.
 */
import { encodeHex, utf8 } from '../../base/index.ts';

function fnv1a(bytes: Uint8Array): number {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash;
}

/** Hexadecimal digits in a line of a locked file. */
const LINE = 64;

export function lockToy(name: string, content: string, key: string): string {
  const plain = utf8(content);
  let state = fnv1a(utf8(key)) || 1;
  const locked = plain.map((byte) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return byte ^ (state & 0xff);
  });
  const lines = encodeHex(locked).match(new RegExp(`.{1,${LINE}}`, 'g')) ?? [];
  return ['LOCKED42', name, fnv1a(plain).toString(16).padStart(8, '0'), ...lines, ''].join('\n');
}
