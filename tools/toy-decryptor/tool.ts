/**
 * Decrypts what the exercises encrypt. The toy cipher keeps nothing secret from anybody, on purpose: an exercise must not teach a way to lock
 * files. A locked file is text: the line `LOCKED42`, the name that the file had, the check of its content, and the content as hexadecimal
 * digits, each byte combined with a key stream (xorshift32, begun from the FNV-1a of the key). The same in `src/desk/training/toy-cipher.ts`.
 */
import { create, files, Lines, name, note, parameter, writeBytes, writeText } from '../entente';

const MAGIC = 'LOCKED42';

function fnv1a(bytes: Uint8Array): u32 {
  let hash: u32 = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i++) hash = (hash ^ bytes[i]) * 0x01000193;
  return hash;
}

function digit(code: i32): i32 {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  if (code >= 0x61 && code <= 0x66) return code - 0x61 + 10;
  return -1;
}

function checkOf(bytes: Uint8Array): string {
  return fnv1a(bytes).toString(16).padStart(8, '0');
}

/** Null when the digits are none. */
function decrypt(lines: Lines, state: u32): Uint8Array | null {
  let out = new Uint8Array(1024);
  let length = 0;
  while (lines.next()) {
    const line = lines.text();
    if (line.startsWith('#')) continue;
    if (line.length % 2 != 0) return null;
    for (let i = 0; i < line.length; i += 2) {
      const high = digit(line.charCodeAt(i));
      const low = digit(line.charCodeAt(i + 1));
      if (high < 0 || low < 0) return null;
      state ^= state << 13;
      state ^= state >> 17;
      state ^= state << 5;
      if (length == out.length) {
        const larger = new Uint8Array(out.length * 2);
        larger.set(out);
        out = larger;
      }
      out[length++] = <u8>((high << 4) | low) ^ <u8>(state & 0xff);
    }
  }
  return out.subarray(0, length);
}

/** Part by part as the sandbox names outputs; a name that would lead elsewhere is told, and the file is called by its number. */
function safeName(named: string, file: i32): string {
  const base = named.substring(named.lastIndexOf('/') + 1);
  const isPlain = base.length > 0 && base != '.' && base != '..' && base.length <= 100 && !base.includes('\\') && !base.includes(':');
  return isPlain ? base : 'file-' + file.toString();
}

export function run(): i32 {
  const key = parameter('key');
  if (key === null) {
    note('the parameter "key" is missing');
    return 1;
  }
  let state = fnv1a(Uint8Array.wrap(String.UTF8.encode(key)));
  if (state == 0) state = 1;
  const made: string[] = [];
  for (let file = 0; file < files(); file++) {
    const lines = new Lines(file);
    if (!lines.next() || lines.text() != MAGIC) continue;
    const named = lines.next() ? lines.text() : '';
    const check = lines.next() ? lines.text() : '';
    const content = decrypt(lines, state);
    if (content === null || checkOf(content) != check) {
      note(name(file) + ' is locked with another key, or damaged');
      continue;
    }
    let output = safeName(named, file);
    if (made.includes(output)) output = 'file-' + file.toString() + '-' + output;
    made.push(output);
    const out = create(output);
    if (content.length > 0) writeBytes(out, content.dataStart, content.length);
    else writeText(out, '');
  }
  return 0;
}
