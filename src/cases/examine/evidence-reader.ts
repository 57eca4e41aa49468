/**
 * Opens files of evidence for parsers: each gets a reader of exactly one file, or of one member of an archive, and nothing else.
 * Nothing is written to evidence. What is encrypted at rest is never written anywhere in the clear: large members of an
 * encrypted archive wait on disk under a key that only this process knows.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ByteStream,
  ContainerFault,
  DETECT_BYTES,
  detectContainer,
  walkContent,
} from '../../forensics/archives/index.ts';
import { type ByteReader, type Companions, memoryReader } from '../../forensics/index.ts';
import { type BlobLocation, openBlobFileSync, SEALING_KEY_BYTES, Sealer } from '../../store/index.ts';

export interface EvidenceSource {
  readonly name: string;
  /** The number of the exhibit that it belongs to, in a case. */
  readonly exhibit?: number;
  readonly location: BlobLocation;
  /** What lies beside it and holds part of its state. */
  readonly wal?: BlobLocation;
  readonly logs?: readonly BlobLocation[];
}

/** One file, or one member of an archive. */
export interface EvidenceContent {
  /** The name of the source; members follow behind a slash. */
  readonly name: string;
  readonly reader: ByteReader;
  readonly companions?: Companions;
}

export type Note = (name: string, message: string) => void;

/** Members up to this size are held in memory. */
const MEMBER_MEMORY_BYTES = 64 * 1024 * 1024;

/** Finds a file's companions beside it: SQLite's write-ahead log, the transaction logs of a registry hive. */
export function companionsOf(
  name: string,
  locate: (name: string) => BlobLocation | undefined,
): Pick<EvidenceSource, 'wal' | 'logs'> {
  const wal = locate(`${name}-wal`);
  const logs = ['1', '2'].flatMap((n) => locate(`${name}.LOG${n}`) ?? locate(`${name}.log${n}`) ?? []);
  return { ...(wal ? { wal } : {}), ...(logs.length > 0 ? { logs } : {}) };
}

/** Calls `visit` for a file, or for each member when it is an archive. */
export async function visitContent(
  source: EvidenceSource,
  visit: (content: EvidenceContent) => void,
  note: Note,
): Promise<void> {
  const opened: Disposable[] = [];
  const open = (location: BlobLocation): ByteReader => {
    const file = openBlobFileSync(location);
    opened.push(file);
    return file;
  };
  const { name } = source;
  try {
    const reader = open(source.location);
    if (detectContainer(reader.read(0, DETECT_BYTES)) === null) {
      const logs = source.logs?.map(open) ?? [];
      const companions = {
        ...(source.wal ? { wal: open(source.wal) } : {}),
        ...(logs.length > 0 ? { logs } : {}),
      };
      visit({ name, reader, companions });
      return;
    }
    await walkContent(
      { sizeBytes: reader.sizeBytes, read: async (offset, length) => reader.read(offset, length) },
      name.split('/').at(-1)!,
      () => streamOf(reader),
      {
        leaf: (member, stream) =>
          visitMember(
            member === '' ? name : `${name}/${member}`,
            stream,
            source.location.key !== null,
            visit,
          ),
        issue: (issue) => note(issue.path === '' ? name : `${name}/${issue.path}`, issue.message),
      },
    );
  } finally {
    for (const file of opened) file[Symbol.dispose]();
  }
}

async function visitMember(
  name: string,
  stream: ByteStream,
  isSecret: boolean,
  visit: (content: EvidenceContent) => void,
): Promise<void> {
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  let waiting: WaitingMember | null = null;
  let fault: ContainerFault | null = null;
  try {
    try {
      for await (const part of stream) {
        sizeBytes += part.length;
        if (waiting === null && sizeBytes > MEMBER_MEMORY_BYTES) {
          waiting = new WaitingMember(isSecret);
          for (const held of parts.splice(0)) waiting.write(held);
        }
        if (waiting === null) parts.push(part.slice());
        else waiting.write(part);
      }
    } catch (error) {
      // What came before a fault is evidence too; the walk names the fault.
      if (!(error instanceof ContainerFault)) throw error;
      fault = error;
    }
    if (fault !== null && sizeBytes === 0) throw fault;
    if (waiting === null) visit({ name, reader: memoryReader(Buffer.concat(parts)) });
    else {
      using file = openBlobFileSync(waiting.end());
      visit({ name, reader: file });
    }
    if (fault !== null) throw fault;
  } finally {
    waiting?.remove();
  }
}

/** A member too large for the memory, on disk until it is parsed. */
class WaitingMember {
  readonly #folder = mkdtempSync(join(tmpdir(), 'entente-member-'));
  readonly #path = join(this.#folder, 'member');
  readonly #fd = openSync(this.#path, 'wx', 0o600);
  readonly #key: Uint8Array | null;
  readonly #sealer: Sealer | null;
  #isOpen = true;

  constructor(isSecret: boolean) {
    this.#key = isSecret ? randomBytes(SEALING_KEY_BYTES) : null;
    this.#sealer = this.#key && new Sealer(this.#key);
    if (this.#sealer) writeAll(this.#fd, this.#sealer.header());
  }

  write(part: Uint8Array): void {
    writeAll(this.#fd, this.#sealer ? this.#sealer.push(part) : part);
  }

  end(): BlobLocation {
    if (this.#sealer) writeAll(this.#fd, this.#sealer.end());
    this.#close();
    return { path: this.#path, key: this.#key, sizeBytes: 0 };
  }

  remove(): void {
    this.#close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #close(): void {
    if (this.#isOpen) closeSync(this.#fd);
    this.#isOpen = false;
  }
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
}

async function* streamOf(reader: ByteReader): AsyncGenerator<Uint8Array> {
  const step = 1024 * 1024; // large enough that the hand-over costs nothing against unpacking
  for (let at = 0; at < reader.sizeBytes; at += step) yield reader.read(at, step);
}
