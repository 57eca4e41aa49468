/** The files of a bundle, and a bundle made of files: for tests that change what is inside. */
import { readFileSync, writeFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { encodeZip, readZip, type ZipEntry } from '../../src/cases/bundle/zip.ts';

export interface Member extends ZipEntry {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export async function membersOf(file: string): Promise<Member[]> {
  const whole = readFileSync(file);
  const entries = await readZip({
    sizeBytes: whole.length,
    read: async (offset, length) => whole.subarray(offset, offset + length),
  });
  return entries.map((entry) => ({
    ...entry,
    bytes: whole.subarray(entry.offset, entry.offset + entry.sizeBytes),
  }));
}

export async function writeMembers(
  file: string,
  members: readonly { name: string; bytes: Uint8Array }[],
): Promise<void> {
  const parts = members.map(({ name, bytes }) => ({
    name,
    sizeBytes: bytes.length,
    crc32: crc32(bytes),
    open: async function* () {
      yield bytes;
    },
  }));
  const chunks: Uint8Array[] = [];
  for await (const chunk of encodeZip(parts)) chunks.push(chunk);
  writeFileSync(file, Buffer.concat(chunks));
}
