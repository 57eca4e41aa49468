/**
 * One piece of work of a scan: a whole file with what is in it, a range of a large one, or the digests of a large one.
 * Runs in a worker; knows nothing of the others.
 */
import { createHash, type Hash } from 'node:crypto';
import { CONTEXT_BYTES, type Engine, type Hit, type Index, type Kind, openScan } from '../../match/index.ts';
import { type EvidenceFile, openEvidenceFile, READ_BYTES } from './evidence-file.ts';
import { reason } from './walk-evidence.ts';

export interface ScanTask {
  readonly id: number;
  /** Bytes where its name is no UTF-8. */
  readonly path: string | Buffer;
  /** Opens a file that is encrypted in this node's store. */
  readonly key?: Uint8Array;
  readonly name: string;
  readonly work: 'whole' | 'range' | 'digest';
  readonly from: number;
  readonly to: number;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  /** Of a range: what the file's beginning showed. */
  readonly encoding?: 'bytes' | 'utf-16le' | 'utf-16be';
  readonly refang: boolean;
  readonly digests: boolean;
}

export interface EvidenceHit {
  readonly file: string;
  /** Path inside the archive; null outside of archives. */
  readonly container: string | null;
  /** Where it was found: in what the file says, in what it is called, or in what it is. */
  readonly where: 'content' | 'name' | 'digest';
  readonly entry: number;
  readonly kind: Kind;
  readonly matched: string;
  /** Byte offset in the file, or in the member; null in a name. */
  readonly offset: number | null;
  readonly length: number;
  /** Counted from 1; null where there are no lines. */
  readonly line: number | null;
  readonly encoding: Hit['encoding'] | null;
  readonly defanged: boolean;
  readonly keyClass: number;
  readonly key: string;
}

export interface ScanIssue {
  readonly code: string;
  readonly file: string;
  readonly container: string | null;
  readonly message: string;
}

export interface TaskResult {
  readonly id: number;
  /** Line feeds in the range; null when it was not read to its end, so that nobody counts on from it. */
  readonly lines: number | null;
  /** Bytes read from disk. */
  readonly bytes: number;
  /** Bytes that members of archives unpacked to. */
  readonly unpackedBytes: number;
  readonly members: number;
  readonly issues: readonly ScanIssue[];
  /** The task was stopped before its end. */
  readonly stopped: boolean;
}

/** Beginnings of containers that nothing here opens: searched as bytes they look clean, so it is said. */
const UNOPENED: readonly (readonly [string, readonly number[]])[] = [
  ['compressed with bzip2', [0x42, 0x5a, 0x68]],
  ['compressed with xz', [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]],
  ['a 7-Zip archive', [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]],
  ['a RAR archive', [0x52, 0x61, 0x72, 0x21, 0x1a, 0x07]],
  ['compressed with lz4', [0x04, 0x22, 0x4d, 0x18]],
  ['a Microsoft cabinet', [0x4d, 0x53, 0x43, 0x46, 0x00, 0x00, 0x00, 0x00]],
];

/** Loaded by the first task that may open one: a thread that reads ranges starts the sooner. */
const archives = () => import('../../forensics/archives/index.ts');

function unopenedContainer(beginning: Uint8Array): string | null {
  return UNOPENED.find(([, magic]) => magic.every((byte, i) => beginning[i] === byte))?.[0] ?? null;
}

export interface TaskContext {
  readonly index: Index;
  readonly engine: Engine;
  hits(hits: readonly EvidenceHit[]): void;
  progress(bytes: number): void;
  isStopped(): boolean;
}

const DIGESTS = [
  ['md5', 'md5'],
  ['sha1', 'sha1'],
  ['sha256', 'sha256'],
  ['sha512', 'sha512'],
] as const;

class Stopped extends Error {}

export async function runScanTask(task: ScanTask, context: TaskContext): Promise<TaskResult> {
  return new TaskRun(task, context).run();
}

/** Hits are handed on in batches of this many. */
const BATCH = 512;

class TaskRun {
  readonly #task: ScanTask;
  readonly #context: TaskContext;
  readonly #issues: ScanIssue[] = [];
  #batch: EvidenceHit[] = [];
  #bytes = 0;
  #reported = 0;
  #unpacked = 0;
  #members = 0;
  #lines: number | null = 0;

  constructor(task: ScanTask, context: TaskContext) {
    this.#task = task;
    this.#context = context;
  }

  async run(): Promise<TaskResult> {
    const { work } = this.#task;
    let stopped = false;
    try {
      await using file = await openEvidenceFile(this.#task.path, this.#task.key);
      if (work === 'range') await this.#range(file);
      else if (work === 'digest') await this.#digest(file);
      else await this.#whole(file);
    } catch (error) {
      this.#lines = null;
      if (error instanceof Stopped) stopped = true;
      else this.#issue('file-unreadable', null, reason(error));
    }
    this.#flush();
    this.#context.progress(this.#bytes - this.#reported);
    return {
      id: this.#task.id,
      lines: this.#lines,
      bytes: work === 'digest' ? 0 : this.#bytes,
      unpackedBytes: this.#unpacked,
      members: this.#members,
      issues: this.#issues,
      stopped,
    };
  }

  async #whole(file: EvidenceFile): Promise<void> {
    const { name } = this.#task;
    this.#name(name, null);
    const { DETECT_BYTES, detectFile } = await archives();
    const digest = this.#openDigest();
    if ((await detectFile(file)) === null) {
      const unopened = unopenedContainer(await file.read(0, DETECT_BYTES));
      if (unopened !== null)
        this.#issue(
          'container-unopened',
          null,
          `is ${unopened}, which is not opened; only its own bytes were searched`,
        );
      const scan = this.#openScan(null);
      try {
        for await (const piece of file.pieces(0, file.sizeBytes, new Uint8Array(READ_BYTES))) {
          this.#read(piece.length);
          for (const hash of digest) hash.update(piece);
          scan.push(piece);
        }
      } finally {
        this.#lines = scan.end().lines;
      }
      this.#closeDigest(digest, null, file.sizeBytes);
    } else {
      await this.#container(file);
      // The members were read in their own order; the file's own digest needs its bytes in theirs.
      if (digest.length > 0) await this.#digest(file);
    }
    await this.#checkSize(file);
  }

  async #container(file: EvidenceFile): Promise<void> {
    const { DETECT_BYTES, walkContent } = await archives();
    const pieces = () => this.#counted(file.pieces(0, file.sizeBytes));
    const reader = {
      sizeBytes: file.sizeBytes,
      read: async (offset: number, length: number) => {
        const bytes = await file.read(offset, length);
        if (length > DETECT_BYTES) this.#read(bytes.length);
        return bytes;
      },
    };
    await walkContent(reader, this.#task.name, pieces, {
      leaf: async (path, stream) => {
        const scan = this.#openScan(path === '' ? null : path);
        try {
          for await (const chunk of stream) scan.push(chunk);
        } finally {
          // What came before a fault is evidence too.
          scan.end();
        }
      },
      member: (path, stream) => {
        this.#members++;
        this.#name(path, path);
        return this.#memberStream(path, stream);
      },
      issue: ({ code, path, message }) => this.#issue(code, path === '' ? null : path, message),
    });
  }

  async *#counted(pieces: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of pieces) {
      this.#read(piece.length);
      yield piece;
    }
  }

  async *#memberStream(path: string, stream: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const digest = this.#openDigest();
    let length = 0;
    for await (const chunk of stream) {
      if (this.#context.isStopped()) throw new Stopped();
      length += chunk.length;
      this.#unpacked += chunk.length;
      for (const hash of digest) hash.update(chunk);
      yield chunk;
    }
    this.#closeDigest(digest, path, length);
  }

  async #range(file: EvidenceFile): Promise<void> {
    const { from, to, sizeBytes, encoding } = this.#task;
    const start = Math.max(0, from - CONTEXT_BYTES);
    const scan = openScan(this.#context.engine, this.#context.index, {
      encoding: encoding ?? 'bytes',
      offset: start,
      owned: { from, to },
      refang: this.#task.refang,
      onHit: (hit) => this.#contentHit(hit, null),
    });
    const last = Math.min(sizeBytes, to + CONTEXT_BYTES);
    const readBefore = this.#bytes;
    try {
      const { readNow } = file;
      if (readNow === undefined || scan.room() === null) {
        for await (const piece of file.pieces(start, last, new Uint8Array(READ_BYTES))) {
          this.#read(piece.length);
          scan.push(piece);
        }
      } else {
        for (let at = start; at < last; ) {
          const bytes = readNow(scan.room()!.subarray(0, last - at), at);
          if (bytes === 0) break;
          this.#read(bytes);
          scan.wrote(bytes);
          at += bytes;
        }
      }
    } finally {
      const { lines } = scan.end();
      this.#lines = this.#bytes - readBefore < last - start ? null : lines;
    }
    if (to >= sizeBytes) await this.#checkSize(file);
  }

  async #digest(file: EvidenceFile): Promise<void> {
    const digest = this.#openDigest();
    for await (const piece of file.pieces(0, file.sizeBytes, new Uint8Array(READ_BYTES))) {
      if (this.#context.isStopped()) throw new Stopped();
      for (const hash of digest) hash.update(piece);
    }
    this.#closeDigest(digest, null, file.sizeBytes);
    if (this.#task.work === 'digest') this.#name(this.#task.name, null);
  }

  #read(bytes: number): void {
    if (this.#context.isStopped()) throw new Stopped();
    this.#bytes += bytes;
    this.#context.progress(bytes);
    this.#reported += bytes;
  }

  #openScan(container: string | null) {
    return openScan(this.#context.engine, this.#context.index, {
      refang: this.#task.refang,
      onHit: (hit) => this.#contentHit(hit, container),
    });
  }

  #contentHit(hit: Hit, container: string | null): void {
    const { name: file } = this.#task;
    this.#hit({ file, container, where: 'content', ...hit });
  }

  /** File names and paths as evidence: what a file or member is called can be an indicator too. */
  #name(name: string, container: string | null): void {
    const { index, engine } = this.#context;
    if (!index.kinds.includes('file-name') && !index.kinds.includes('file-path')) return;
    const text = new TextEncoder().encode(name);
    for (const match of engine.find(text, 0, text.length)) {
      const kind = index.kindOf(match.entry);
      if (kind !== 'file-name' && kind !== 'file-path') continue;
      this.#hit({
        file: this.#task.name,
        container,
        where: 'name',
        entry: match.entry,
        kind,
        matched: new TextDecoder().decode(text.subarray(match.start, match.end)),
        offset: null,
        length: match.end - match.start,
        line: null,
        encoding: null,
        defanged: false,
        keyClass: match.keyClass,
        key: match.key,
      });
    }
  }

  #openDigest(): Hash[] {
    if (!this.#task.digests) return [];
    return DIGESTS.filter(([kind]) => this.#context.index.kinds.includes(kind)).map(([, algorithm]) =>
      createHash(algorithm),
    );
  }

  #closeDigest(digest: Hash[], container: string | null, sizeBytes: number): void {
    const { index, engine } = this.#context;
    for (const hash of digest) {
      const hex = hash.digest('hex');
      const text = new TextEncoder().encode(hex);
      for (const match of engine.find(text, 0, text.length)) {
        this.#hit({
          file: this.#task.name,
          container,
          where: 'digest',
          entry: match.entry,
          kind: index.kindOf(match.entry),
          matched: hex,
          offset: 0,
          length: sizeBytes,
          line: null,
          encoding: null,
          defanged: false,
          keyClass: match.keyClass,
          key: match.key,
        });
      }
    }
  }

  #hit(hit: EvidenceHit): void {
    this.#batch.push(hit);
    if (this.#batch.length >= BATCH) this.#flush();
  }

  #flush(): void {
    if (this.#batch.length > 0) this.#context.hits(this.#batch);
    this.#batch = [];
  }

  async #checkSize(file: EvidenceFile): Promise<void> {
    const now = await file.currentSize();
    const planned = this.#task.sizeBytes;
    if (now === 0 && file.sizeBytes === 0 && (file.readNow?.(new Uint8Array(1), 0) ?? 0) > 0) {
      const message = 'has a size of 0 bytes and yet gives some, as files of the system do; it was not read';
      this.#issue('file-unreadable', null, message);
      return;
    }
    if (now !== planned || file.sizeBytes !== planned) {
      this.#issue(
        'file-changed',
        null,
        `had ${planned} bytes when listed and ${now} when read; read up to ${Math.min(now, file.sizeBytes)}`,
      );
    }
  }

  #issue(code: string, container: string | null, message: string): void {
    this.#issues.push({ code, file: this.#task.name, container, message });
  }
}
