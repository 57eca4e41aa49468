/**
 * All content of a file: itself when it is no container, else what its members hold, and their members.
 *
 * gzip, zstd and tar are read as they stream; zip needs its end first, so a nested one is held in memory. Faults end the
 * reading of the container they are in, are reported with its path, and leave everything else standing.
 */
import { ByteQueue } from './byte-queue.ts';
import { decompress, isGzip } from './compressed.ts';
import {
  Budget,
  type ByteStream,
  CONTAINER_LIMITS,
  ContainerFault,
  type ContainerIssue,
  type ContainerLimits,
  type RandomReader,
} from './content.ts';
import { withoutControls } from './name-text.ts';
import { isTarHeader, readTar, type TarMember, withHoles } from './tar.ts';
import {
  endsAsZip,
  overlappingMembers,
  readRange,
  readZipDirectory,
  readZipMember,
  type ZipDirectory,
  zipGaps,
} from './zip.ts';
import { isZstd } from './zstd-frames.ts';

export interface ContentVisitor {
  /** The content of the outermost file (`path` is '') or of a member that is no container. Must read it, or may stop early. */
  leaf(path: string, stream: ByteStream): Promise<void>;
  /** Sees the bytes of every member as they are read, containers included: gives back the stream to read instead. */
  member?(path: string, stream: ByteStream): ByteStream;
  issue(issue: ContainerIssue): void;
}

export type ContainerFormat = 'gzip' | 'zstd' | 'zip' | 'tar';

/** How much of a file `detectContainer` wants to see. */
export const DETECT_BYTES = 512;

export function detectContainer(beginning: Uint8Array): ContainerFormat | null {
  const [a, b, c, d] = beginning;
  if (isGzip(beginning)) return 'gzip';
  if (isZstd(beginning)) return 'zstd';
  if (a === 0x50 && b === 0x4b && ((c === 3 && d === 4) || (c === 5 && d === 6))) return 'zip';
  return isTarHeader(beginning) ? 'tar' : null;
}

/** Walks a file that can be read at any place. `name` is its own name, from which that of a compressed file's content follows. */
export async function walkContent(
  reader: RandomReader,
  name: string,
  stream: () => ByteStream,
  visitor: ContentVisitor,
  limits: ContainerLimits = CONTAINER_LIMITS,
): Promise<void> {
  const budget = new Budget(limits);
  const walk = new Walk(visitor, budget);
  const counted = async function* () {
    for await (const chunk of stream()) {
      budget.readBytes(chunk.length);
      yield chunk;
    }
  };
  if ((await detectFile(reader)) !== 'zip') return walk.stream(counted(), '', name, 0);
  const countedReader: RandomReader = {
    sizeBytes: reader.sizeBytes,
    async read(offset, length) {
      const bytes = await reader.read(offset, length);
      budget.readBytes(bytes.length);
      return bytes;
    },
  };
  await walk.zip(countedReader, '', 0, () => visitor.leaf('', stream()));
}

/** As `detectContainer`, and a zip that something was put before, which only its end shows. */
export async function detectFile(reader: RandomReader): Promise<ContainerFormat | null> {
  const format = detectContainer(await reader.read(0, DETECT_BYTES));
  return format ?? ((await endsAsZip(reader)) ? 'zip' : null);
}

class Walk {
  readonly #visitor: ContentVisitor;
  readonly #budget: Budget;

  constructor(visitor: ContentVisitor, budget: Budget) {
    this.#visitor = visitor;
    this.#budget = budget;
  }

  async stream(stream: ByteStream, path: string, name: string, depth: number): Promise<void> {
    const queue = new ByteQueue(stream);
    try {
      await this.#content(queue, path, name, depth);
      // Whatever a reader left is still part of the member that is being digested.
      for await (const _ of queue.rest());
    } catch (error) {
      this.#report(path, error);
    } finally {
      await queue.close();
    }
  }

  /** A container, and then whatever lies behind its end and its padding: another one, or plain bytes. */
  async #content(queue: ByteQueue, path: string, name: string, depth: number): Promise<void> {
    await this.#one(queue, path, name, depth);
    for (;;) {
      await queue.skipZeros();
      const beginning = await queue.peek(DETECT_BYTES);
      if (beginning.length === 0) return;
      const place = behind(queue.offset);
      const placePath = joined(path, place);
      this.#budget.takeMember();
      if (detectContainer(beginning) === null) return this.#member(queue.rest(), placePath, place, depth + 1);
      await this.#one(queue, placePath, place, depth);
    }
  }

  async #one(queue: ByteQueue, path: string, name: string, depth: number): Promise<void> {
    const format = detectContainer(await queue.peek(DETECT_BYTES));
    if (format === null) return this.#visitor.leaf(path, queue.rest());
    const { depthMax, nestedZipBytesMax } = this.#budget.limits;
    if (depth >= depthMax) {
      this.#report(path, new ContainerFault('archive-limit', `nests deeper than ${depthMax}; read as it is`));
      return this.#visitor.leaf(path, queue.rest());
    }
    switch (format) {
      case 'gzip':
      case 'zstd': {
        const inner = name.replace(/\.(?:gz|gzip|zst|zstd)$/i, '').replace(/\.tgz$/i, '.tar');
        const innerName = inner === name || inner === '' ? 'content' : (inner.split('/').at(-1) ?? inner);
        this.#budget.takeMember();
        return this.#member(
          decompress(queue, format, this.#budget),
          joined(path, innerName),
          innerName,
          depth + 1,
        );
      }
      case 'tar': {
        try {
          for await (const member of readTar(queue)) await this.#tarMember(member, queue, path, depth);
        } catch (error) {
          if (!(error instanceof ContainerFault) || error.code === 'archive-limit') throw error;
          // What follows is read as it is.
          this.#report(path, error);
        }
        return;
      }
      case 'zip': {
        const held = await this.#hold(queue, nestedZipBytesMax);
        if (held.complete) {
          const bytes = held.bytes;
          return this.zip(memoryReader(bytes), path, depth, () => this.#visitor.leaf(path, once([bytes])));
        }
        this.#report(
          path,
          new ContainerFault(
            'archive-limit',
            `is a nested zip of more than ${nestedZipBytesMax} bytes; read as it is`,
          ),
        );
        return this.#visitor.leaf(path, both(held.bytes, queue.rest()));
      }
    }
  }

  async #tarMember(member: TarMember, queue: ByteQueue, path: string, depth: number): Promise<void> {
    this.#budget.takeMember();
    if (!member.isFile) return;
    const memberPath = joined(path, member.name);
    const { sparse } = member;
    const holes = sparse ? sparse.sizeBytes - member.sizeBytes : 0;
    const isFilled = this.#budget.takeHoles(Math.max(0, holes));
    if (!isFilled)
      this.#report(
        memberPath,
        new ContainerFault(
          'archive-limit',
          `has holes of ${holes} bytes, which are left out: places in it and its digests are those of what is stored`,
        ),
      );
    const end = queue.offset + member.sizeBytes;
    const stored = queue.part(member.sizeBytes);
    const content = sparse && isFilled ? withHoles(new ByteQueue(stored), sparse) : stored;
    await this.#member(content, memberPath, member.name, depth + 1);
    if (queue.offset < end) for await (const _ of queue.part(end - queue.offset));
  }

  async zip(reader: RandomReader, path: string, depth: number, asItIs: () => Promise<void>): Promise<void> {
    let directory: ZipDirectory;
    try {
      if (depth >= this.#budget.limits.depthMax) {
        throw new ContainerFault(
          'archive-limit',
          `nests deeper than ${this.#budget.limits.depthMax}; read as it is`,
        );
      }
      directory = await readZipDirectory(reader, this.#budget.limits.membersMax);
    } catch (error) {
      this.#report(path, error);
      return asItIs();
    }
    const overlapping = overlappingMembers(directory.members);
    for (const member of directory.members) {
      const memberPath = joined(path, member.name);
      try {
        this.#budget.takeMember();
        if (!member.isFile) continue;
        if (overlapping.has(member))
          throw new ContainerFault('archive-damaged', 'shares its bytes with another member');
        await this.#member(readZipMember(reader, member, this.#budget), memberPath, member.name, depth + 1);
      } catch (error) {
        this.#report(memberPath, error);
        if (error instanceof ContainerFault && error.code === 'archive-limit') return;
      }
    }
    const read = directory.members.filter((member) => !overlapping.has(member));
    for await (const { from, to } of zipGaps(reader, { ...directory, members: read })) {
      const queue = new ByteQueue(readRange(reader, from, to - from));
      await queue.skipZeros();
      if ((await queue.peek(1)).length === 0) continue;
      const place = behind(from + queue.offset);
      try {
        this.#budget.takeMember();
        await this.#member(queue.rest(), joined(path, place), place, depth + 1);
      } catch (error) {
        return this.#report(path, error);
      }
    }
  }

  async #member(content: ByteStream, path: string, name: string, depth: number): Promise<void> {
    await this.stream(this.#visitor.member?.(path, content) ?? content, path, name, depth);
  }

  async #hold(queue: ByteQueue, limit: number): Promise<{ bytes: Uint8Array; complete: boolean }> {
    const parts: Uint8Array[] = [];
    let length = 0;
    for (
      let part = await queue.some(limit - length + 1);
      part.length > 0;
      part = await queue.some(limit - length + 1)
    ) {
      parts.push(part.slice());
      length += part.length;
      if (length > limit) break;
    }
    const bytes = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return { bytes, complete: length <= limit };
  }

  #report(path: string, error: unknown): void {
    if (!(error instanceof ContainerFault)) throw error;
    this.#visitor.issue({ code: error.code, path, message: error.message });
  }
}

function memoryReader(bytes: Uint8Array): RandomReader {
  return { sizeBytes: bytes.length, read: async (offset, length) => bytes.subarray(offset, offset + length) };
}

async function* once(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

async function* both(first: Uint8Array, rest: ByteStream): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}

/** What bytes outside of a container's members are called; offsets in them count from there. */
function behind(offset: number): string {
  return `[from byte ${offset}]`;
}

/** Names in archives are the attacker's: bounded, and without anything that a terminal would obey. */
function joined(path: string, name: string): string {
  const clean = withoutControls(name).slice(0, 1024);
  return path === '' ? clean : `${path}/${clean}`;
}
