/**
 * What there is to read below a path. Links are named and not followed, so nothing outside of the evidence is read
 * and no loop is walked; devices, sockets and pipes are named and left alone.
 */
import { isUtf8 } from 'node:buffer';
import { lstat, readdir, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { EntenteError } from '../../base/index.ts';
import { nameText } from '../../forensics/archives/index.ts';

export interface EvidenceEntry {
  /** Where it is on disk; bytes where a name in it is no UTF-8. */
  readonly path: string | Buffer;
  /** How it is called in reports: below a folder, its path in it with `/`. */
  readonly name: string;
  readonly sizeBytes: number;
  /** When it was last changed, in milliseconds since 1970; 0 when it is not read. */
  readonly modifiedMs: number;
  /** Why it is not read; undefined when it is. */
  readonly skipped?: string;
}

/** Folders in folders: file systems allow more, people do not make them. */
const FOLDER_DEPTH_MAX = 128;
/** Entries below one path: above this, it is a disk, which is loaded as an image. */
const ENTRIES_MAX = 5_000_000;

/**
 * The files below a folder, in the order of their names, or the one file that `root` is. A link as `root` itself is followed.
 * @throws EntenteError `file-unreadable` for `root`; below it, what cannot be read is an entry with `skipped`
 */
export async function* walkEvidence(root: string): AsyncGenerator<EvidenceEntry> {
  let real: string;
  let found: Awaited<ReturnType<typeof stat>>;
  try {
    real = await realpath(root);
    found = await stat(real);
  } catch (cause) {
    throw new EntenteError('file-unreadable', `${root}: ${reason(cause)}`, { where: root, cause });
  }
  if (found.isFile()) {
    yield { path: real, name: basename(root), sizeBytes: found.size, modifiedMs: found.mtimeMs };
    return;
  }
  if (!found.isDirectory()) {
    throw new EntenteError('file-unreadable', `${root} is neither a file nor a folder`, { where: root });
  }
  let count = 0;
  for await (const entry of walkFolder(real, '', 0)) {
    if (++count > ENTRIES_MAX) {
      yield {
        path: real,
        name: '',
        sizeBytes: 0,
        modifiedMs: 0,
        skipped: `holds more than ${ENTRIES_MAX} entries; the rest is not read`,
      };
      return;
    }
    yield entry;
  }
}

async function* walkFolder(
  folder: string | Buffer,
  name: string,
  depth: number,
): AsyncGenerator<EvidenceEntry> {
  const skipped = (path: string | Buffer, below: string, why: string) => ({
    path,
    name: below,
    sizeBytes: 0,
    modifiedMs: 0,
    skipped: why,
  });
  if (depth > FOLDER_DEPTH_MAX) {
    yield skipped(folder, name, `lies deeper than ${FOLDER_DEPTH_MAX} folders`);
    return;
  }
  let children: { text: string; path: string | Buffer }[];
  try {
    const names = await readdir(folder, { encoding: 'buffer' });
    children = names.map((bytes) => ({ text: nameText(bytes), path: childPath(folder, bytes) }));
  } catch (error) {
    yield skipped(folder, name, reason(error));
    return;
  }
  children.sort((a, b) => (a.text < b.text ? -1 : 1));
  for (const { text, path } of children) {
    const below = name === '' ? text : `${name}/${text}`;
    try {
      const found = await lstat(path);
      if (found.isFile()) yield { path, name: below, sizeBytes: found.size, modifiedMs: found.mtimeMs };
      else if (found.isDirectory()) yield* walkFolder(path, below, depth + 1);
      else if (found.isSymbolicLink()) yield skipped(path, below, 'is a link, which is not followed');
      else yield skipped(path, below, 'is a device, socket or pipe');
    } catch (error) {
      yield skipped(path, below, reason(error));
    }
  }
}

function childPath(folder: string | Buffer, name: Buffer): string | Buffer {
  if (typeof folder === 'string' && isUtf8(name)) return join(folder, name.toString());
  return Buffer.concat([Buffer.from(folder), Buffer.from('/'), name]);
}

/** A short reason for people, from what the operating system says. */
export function reason(error: unknown): string {
  const code = (error as { code?: unknown }).code;
  switch (code) {
    case 'ENOENT':
      return 'is not there';
    case 'EACCES':
    case 'EPERM':
      return 'may not be read';
    case 'ELOOP':
      return 'is a link, which is not followed';
    case 'ENAMETOOLONG':
      return 'has too long a name';
    case 'EIO':
      return 'cannot be read: the disk reports an error';
    default:
      return `cannot be read (${typeof code === 'string' ? code : (error as Error).message})`;
  }
}
