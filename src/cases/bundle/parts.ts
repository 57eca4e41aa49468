/** The files that a bundle is put together from: known by size, checksum and digest before the first byte is written. */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { link, lstat, open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import { canonicalJson, EntenteError } from '../../base/index.ts';
import type { Blobs } from '../../store/index.ts';
import { PATHS } from './contents.ts';
import type { ZipEntry } from './zip.ts';

export interface Part extends ZipEntry {
  readonly sha256: string;
  open(): AsyncIterable<Uint8Array>;
}

export function textPart(name: string, text: string): Part {
  const bytes = Buffer.from(text);
  return {
    name,
    sizeBytes: bytes.length,
    crc32: crc32(bytes),
    sha256: createHash('sha256').update(bytes).digest('hex'),
    open: async function* () {
      yield bytes;
    },
  };
}

export const jsonPart = (name: string, value: unknown) => textPart(name, `${canonicalJson(value)}\n`);

export const linesPart = (name: string, values: readonly unknown[]) =>
  textPart(name, values.map((value) => `${canonicalJson(value)}\n`).join(''));

/**
 * Reads the blob once for its checksum, and to see that it still is what its name says.
 * @throws EntenteError `store-damaged`
 */
export async function blobPart(blobs: Blobs, sha256: string): Promise<Part> {
  await blobs.path(sha256);
  let crc = 0;
  let sizeBytes = 0;
  const hash = createHash('sha256');
  for await (const chunk of blobs.read(sha256)) {
    crc = crc32(chunk, crc);
    hash.update(chunk);
    sizeBytes += chunk.length;
  }
  if (hash.digest('hex') !== sha256)
    throw new EntenteError('store-damaged', `the stored bytes of ${sha256} were changed on disk`, {
      where: sha256,
    });
  return {
    name: PATHS.exhibit(sha256),
    sizeBytes,
    crc32: crc,
    sha256,
    open: () => blobs.read(sha256),
  };
}

/** @throws EntenteError `conflict` */
export async function assertAbsent(out: string): Promise<void> {
  const isThere = await lstat(out).then(
    () => true,
    () => false,
  );
  if (isThere)
    throw new EntenteError('conflict', `${out} is there already; name another file, or remove it first`, {
      where: out,
    });
}

/**
 * Writes beside the final name, and gives it that name when it is whole and flushed; what has the name already stays.
 * @throws EntenteError `conflict`
 */
export async function writeWhole(
  out: string,
  bytes: AsyncIterable<Uint8Array>,
): Promise<{ sizeBytes: number; sha256: string }> {
  await assertAbsent(out);
  const partial = `${out}.${process.pid}.partial`;
  const hash = createHash('sha256');
  let sizeBytes = 0;
  async function* counted(): AsyncIterable<Uint8Array> {
    for await (const chunk of bytes) {
      hash.update(chunk);
      sizeBytes += chunk.length;
      yield chunk;
    }
  }
  try {
    await pipeline(Readable.from(counted()), createWriteStream(partial, { flags: 'w', flush: true }));
    await link(partial, out).catch(async (error) => {
      if (error.code === 'EEXIST') await assertAbsent(out);
      throw error;
    });
    await rm(partial);
    const folder = await open(dirname(out), 'r');
    await folder.sync().finally(() => folder.close());
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
  return { sizeBytes, sha256: hash.digest('hex') };
}
