/** Verifying a bundle that is a file. The check itself is in `check.ts`; the page that goes with a bundle runs the same one. */
import { type FileHandle, open } from 'node:fs/promises';
import { EntenteError } from '../../base/index.ts';
import { type BundleVerdict, type CheckOptions, checkBundle } from './check.ts';
import { NODE_PLATFORM } from './node-platform.ts';
import type { ByteSource } from './zip.ts';

/** @throws EntenteError for what cannot be read as a bundle at all; everything else is a verdict. */
export async function verifyBundle(path: string, options: CheckOptions = {}): Promise<BundleVerdict> {
  const handle = await open(path, 'r').catch((cause) => {
    throw new EntenteError('file-unreadable', `${path}: the file cannot be opened`, { where: path, cause });
  });
  try {
    return await verifyBundleSource(await sourceOf(handle), options);
  } finally {
    await handle.close();
  }
}

/** As `verifyBundle`, for bytes that are no file. */
export function verifyBundleSource(source: ByteSource, options: CheckOptions = {}): Promise<BundleVerdict> {
  return checkBundle(source, NODE_PLATFORM, options);
}

async function sourceOf(handle: FileHandle): Promise<ByteSource> {
  const { size } = await handle.stat();
  return {
    sizeBytes: size,
    async read(offset, length) {
      const bytes = Buffer.allocUnsafe(length);
      let filled = 0;
      while (filled < length) {
        const { bytesRead } = await handle.read(bytes, filled, length - filled, offset + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      if (filled !== length)
        throw new EntenteError('archive-damaged', `the file ends before byte ${offset + length}`, { offset });
      return bytes;
    },
  };
}
