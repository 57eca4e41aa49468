/**
 * Opens what a person named as evidence: a file, a folder with all below it, and the members of archives. Parsers get a
 * reader of exactly one exhibit and nothing else. Nothing is written to evidence, and links found in a folder are not followed.
 */
import {
  closeSync,
  fstatSync,
  lstatSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { opendir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ByteStream, DETECT_BYTES, detectContainer, walkContent } from '../forensics/archives/index.ts';
import { type ByteReader, type Companions, memoryReader } from '../forensics/index.ts';

export interface Exhibit {
  /** The path as given; members of archives follow behind a slash. */
  readonly name: string;
  readonly reader: ByteReader;
  /** What lies beside a file and holds part of its state: a write-ahead log, transaction logs. */
  readonly companions?: Companions;
}

export type Note = (name: string, message: string) => void;

/** Members up to this size are held in memory; larger ones go through a temporary file. */
const MEMBER_MEMORY_BYTES = 64 * 1024 * 1024;

/** The files at a path: itself, or those below it in the order of their names. Links and devices are told to `note`. */
export async function filesAt(path: string, note: Note): Promise<string[]> {
  if (!statSync(path).isDirectory()) return [path];
  const files: string[] = [];
  const entries = [];
  for await (const entry of await opendir(path)) entries.push(entry);
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const inner = join(path, entry.name);
    if (entry.isDirectory()) files.push(...(await filesAt(inner, note)));
    else if (entry.isFile()) files.push(inner);
    else note(inner, 'neither a file nor a folder; not read');
  }
  return files;
}

/** A file as a reader. The file stays open until `close`. */
export function openFile(path: string): { reader: ByteReader; close(): void } {
  const fd = openSync(path, 'r');
  const sizeBytes = fstatSync(fd).size;
  return {
    reader: {
      sizeBytes,
      read(offset, length) {
        const wanted = Math.max(0, Math.min(length, sizeBytes - offset));
        const bytes = Buffer.allocUnsafeSlow(wanted);
        let at = 0;
        while (at < wanted) {
          const got = readSync(fd, bytes, at, wanted - at, offset + at);
          if (got === 0) break;
          at += got;
        }
        return at === wanted ? bytes : bytes.subarray(0, at);
      },
    },
    close: () => closeSync(fd),
  };
}

/** Calls `visit` for a file, or for each member when it is an archive. */
export async function visitExhibits(
  path: string,
  visit: (exhibit: Exhibit) => void,
  note: Note,
): Promise<void> {
  const file = openFile(path);
  const opened: { close(): void }[] = [file];
  try {
    if (detectContainer(file.reader.read(0, DETECT_BYTES)) === null) {
      const beside = (name: string): ByteReader | undefined => {
        // A link beside the evidence may lead anywhere: only plain files count.
        if (!lstatSync(name, { throwIfNoEntry: false })?.isFile()) return undefined;
        const companion = openFile(name);
        opened.push(companion);
        return companion.reader;
      };
      const wal = beside(`${path}-wal`);
      const logs = ['.LOG1', '.LOG2'].flatMap(
        (ending) => beside(path + ending) ?? beside(path + ending.toLowerCase()) ?? [],
      );
      const companions = { ...(wal === undefined ? {} : { wal }), ...(logs.length === 0 ? {} : { logs }) };
      visit({ name: path, reader: file.reader, companions });
      return;
    }
    await walkContent(
      { sizeBytes: file.reader.sizeBytes, read: async (offset, length) => file.reader.read(offset, length) },
      path.split('/').at(-1)!,
      () => streamOf(file.reader),
      {
        leaf: (member, stream) => visitMember(member === '' ? path : `${path}/${member}`, stream, visit),
        issue: (issue) => note(issue.path === '' ? path : `${path}/${issue.path}`, issue.message),
      },
    );
  } finally {
    for (const { close } of opened) close();
  }
}

async function visitMember(
  name: string,
  stream: ByteStream,
  visit: (exhibit: Exhibit) => void,
): Promise<void> {
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  let spool: { folder: string; fd: number } | null = null;
  try {
    for await (const part of stream) {
      sizeBytes += part.length;
      if (spool === null && sizeBytes > MEMBER_MEMORY_BYTES) {
        const folder = mkdtempSync(join(tmpdir(), 'entente-member-'));
        spool = { folder, fd: openSync(join(folder, 'member'), 'wx+', 0o600) };
        for (const held of parts.splice(0)) writeSync(spool.fd, held);
      }
      if (spool === null) parts.push(part.slice());
      else writeSync(spool.fd, part);
    }
    if (spool === null) visit({ name, reader: memoryReader(Buffer.concat(parts)) });
    else {
      const file = openFile(join(spool.folder, 'member'));
      try {
        visit({ name, reader: file.reader });
      } finally {
        file.close();
      }
    }
  } finally {
    if (spool !== null) {
      closeSync(spool.fd);
      rmSync(spool.folder, { recursive: true, force: true });
    }
  }
}

async function* streamOf(reader: ByteReader): AsyncGenerator<Uint8Array> {
  const step = 1024 * 1024; // large enough that the hand-over costs nothing against unpacking
  for (let at = 0; at < reader.sizeBytes; at += step) yield reader.read(at, step);
}

/** Gathers lines and passes them on in large pieces: a system call for each event would cost more than parsing it. */
export class LineBuffer {
  readonly #out: (lines: string) => void;
  #lines: string[] = [];
  #length = 0;

  constructor(out: (lines: string) => void) {
    this.#out = out;
  }

  add(line: string): void {
    this.#lines.push(line);
    this.#length += line.length;
    if (this.#length > 256 * 1024) this.flush();
  }

  flush(): void {
    if (this.#lines.length > 0) this.#out(this.#lines.join('\n'));
    this.#lines = [];
    this.#length = 0;
  }
}
