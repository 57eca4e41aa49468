/**
 * A scan of evidence: lists it, cuts it into tasks, gives them to workers, and hands on hits in the order of the
 * evidence, whichever worker was faster, so that the same evidence always gives the same list.
 *
 * Memory is bounded: tasks run a few ahead of the oldest unfinished one, and no further while many hits wait for it.
 */
import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, resolve } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { EntenteError } from '../../base/index.ts';
import { detectFile } from '../../forensics/archives/index.ts';
import { detectEncoding, type Index, shareIndex } from '../../match/index.ts';
import { startThread, unsealedSize } from '../../store/index.ts';
import { openEvidenceFile } from './evidence-file.ts';
import type { EvidenceHit, ScanIssue, ScanTask, TaskResult } from './scan-task.ts';
import type { WorkerStart } from './scan-worker.ts';
import { reason, walkEvidence } from './walk-evidence.ts';

export interface EvidenceInput {
  /** A file or folder on disk. */
  readonly path: string;
  /** Opens a file that is encrypted in this node's store. */
  readonly key?: Uint8Array;
  /** How it is called in findings; its own name when absent. */
  readonly name?: string;
}

export interface ScanEvidenceOptions {
  readonly inputs: readonly EvidenceInput[];
  readonly index: Index;
  /** Worker threads; as many as there are processors when absent. */
  readonly jobs?: number;
  /** Undo defanging too. */
  readonly refang?: boolean;
  /** Digest files and members where the index has digests; on unless said otherwise. */
  readonly digests?: boolean;
  /** Called in the order of the evidence. */
  readonly onHit: (hit: EvidenceHit) => void;
  readonly onProgress?: (bytesDone: number, bytesTotal: number) => void;
  /** Stops the scan; what was found by then stays and the account says it is partial. */
  readonly signal?: AbortSignal;
  /** Work that an earlier, interrupted scan of the same evidence finished, and where to note what this one does. */
  readonly journal?: ScanJournal;
}

/** Remembers finished tasks. `key` is the same for the same work on the same state of a file. */
export interface ScanJournal {
  find(key: string): FinishedTask | undefined;
  note(key: string, finished: FinishedTask): void;
}

export interface FinishedTask {
  readonly result: TaskResult;
  readonly hits: readonly EvidenceHit[];
}

export interface ScanAccount {
  readonly files: number;
  readonly members: number;
  /** Read from disk, and unpacked from archives. */
  readonly bytes: number;
  readonly unpackedBytes: number;
  readonly hits: number;
  /** What was not read, or not wholly, and why. The first ISSUES_MAX; `issueCount` counts all. */
  readonly issues: readonly ScanIssue[];
  readonly issueCount: number;
  /** The scan was stopped before its end. */
  readonly partial: boolean;
  /** Digest of the index that was used. */
  readonly index: string;
}

/** Larger files are cut into ranges, so that one file keeps all workers busy. */
const SPLIT_BYTES = 64 * 1024 * 1024;
const RANGE_BYTES = 16 * 1024 * 1024;
/** Tasks given out beyond those that run, so that no worker waits for the main thread. */
const AHEAD_PER_JOB = 2;
/** No task is given out while this many hits wait for an earlier task to end. */
const WAITING_HITS_MAX = 200_000;
const ISSUES_MAX = 10_000;

/** @throws EntenteError `file-unreadable` when an input itself is not there; below it, faults are in the account */
export async function scanEvidence(options: ScanEvidenceOptions): Promise<ScanAccount> {
  const plan = await planScan(options);
  const run = new ScanRun(options, plan);
  return run.run();
}

interface Plan {
  readonly tasks: readonly ScanTask[];
  readonly issues: readonly ScanIssue[];
  readonly files: number;
  readonly bytes: number;
}

async function planScan(options: ScanEvidenceOptions): Promise<Plan> {
  const tasks: ScanTask[] = [];
  const issues: ScanIssue[] = [];
  let files = 0;
  let bytes = 0;
  const digests = options.digests !== false;
  const wantsDigests =
    digests &&
    (['md5', 'sha1', 'sha256', 'sha512'] as const).some((kind) => options.index.kinds.includes(kind));
  const wantsNames = (['file-name', 'file-path'] as const).some((kind) => options.index.kinds.includes(kind));
  for (const input of options.inputs) {
    const rootName = input.name ?? basename(resolve(input.path));
    const isFolder = await stat(input.path).then(
      (found) => found.isDirectory(),
      () => false,
    );
    for await (const entry of walkEvidence(input.path)) {
      // A folder's own name begins the names in it.
      const name = isFolder ? `${rootName}/${entry.name}` : rootName;
      if (entry.skipped !== undefined) {
        issues.push({ code: 'file-skipped', file: name, container: null, message: entry.skipped });
        continue;
      }
      const { path, modifiedMs } = entry;
      const { key } = input;
      const sizeBytes = key ? unsealedSize(entry.sizeBytes) : entry.sizeBytes;
      files++;
      bytes += sizeBytes;
      const opened = { path, ...(key ? { key } : {}) };
      const common = { ...opened, name, sizeBytes, modifiedMs, refang: options.refang === true, digests };
      const beginning = sizeBytes > SPLIT_BYTES ? await look(path, key) : null;
      if (typeof beginning === 'string') {
        issues.push({ code: 'file-unreadable', file: name, container: null, message: beginning });
        continue;
      }
      if (beginning === null || beginning.isContainer) {
        tasks.push({ ...common, id: tasks.length, work: 'whole', from: 0, to: sizeBytes });
        continue;
      }
      const encoding = beginning.encoding;
      if (wantsDigests || wantsNames) {
        tasks.push({ ...common, id: tasks.length, work: 'digest', from: 0, to: sizeBytes });
      }
      for (let from = 0; from < sizeBytes; from += RANGE_BYTES) {
        const to = Math.min(sizeBytes, from + RANGE_BYTES);
        tasks.push({ ...common, id: tasks.length, work: 'range', from, to, encoding });
      }
    }
  }
  return { tasks, issues, files, bytes };
}

/** What the encoding is found out from. */
const BEGINNING_BYTES = 4096;

async function look(path: string | Buffer, key?: Uint8Array) {
  try {
    await using file = await openEvidenceFile(path, key);
    const isContainer = (await detectFile(file)) !== null;
    return { isContainer, encoding: detectEncoding(await file.read(0, BEGINNING_BYTES)) };
  } catch (error) {
    return reason(error);
  }
}

class ScanRun {
  readonly #options: ScanEvidenceOptions;
  readonly #plan: Plan;
  readonly #control = new Int32Array(new SharedArrayBuffer(4));
  /** Tasks that are done or under way, by number, until their turn to be handed on. */
  readonly #open = new Map<number, { hits: EvidenceHit[]; result: TaskResult | null }>();
  #next = 0;
  #turn = 0;
  #waitingHits = 0;
  /** Lines before the range whose turn it is; null behind a range of the same file that was not read to its end. */
  #lineBase: number | null = 0;
  #bytesDone = 0;
  #bytes = 0;
  #unpacked = 0;
  #members = 0;
  #hits = 0;
  #partial = false;
  #issueCount = 0;
  readonly #issues: ScanIssue[] = [];

  constructor(options: ScanEvidenceOptions, plan: Plan) {
    this.#options = options;
    this.#plan = plan;
    for (const issue of plan.issues) this.#issue(issue);
  }

  async run(): Promise<ScanAccount> {
    const { signal } = this.#options;
    const stop = () => Atomics.store(this.#control, 0, 1);
    if (signal?.aborted) stop();
    signal?.addEventListener('abort', stop);
    const workers: Worker[] = [];
    try {
      await this.#work(workers);
    } finally {
      signal?.removeEventListener('abort', stop);
      await Promise.all(workers.map((worker) => worker.terminate()));
    }
    return {
      files: this.#plan.files,
      members: this.#members,
      bytes: this.#bytes,
      unpackedBytes: this.#unpacked,
      hits: this.#hits,
      issues: this.#issues,
      issueCount: this.#issueCount,
      partial: this.#partial,
      index: this.#options.index.digest,
    };
  }

  #work(workers: Worker[]): Promise<void> {
    const { tasks } = this.#plan;
    const jobs = Math.max(1, Math.min(this.#options.jobs ?? availableParallelism(), tasks.length));
    if (tasks.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const load = new Map<Worker, number>();
      const isStopped = () => Atomics.load(this.#control, 0) !== 0;
      const dispatch = () => {
        for (;;) {
          this.#handOn();
          if (this.#turn >= tasks.length) return resolve();
          if (isStopped()) {
            this.#partial = true;
            if ([...load.values()].every((count) => count === 0)) {
              this.#handOnRest();
              return resolve();
            }
            return;
          }
          if (this.#next >= tasks.length) return;
          const isOldest = this.#open.size === 0;
          if (!isOldest && this.#waitingHits > WAITING_HITS_MAX) return;
          const task = tasks[this.#next]!;
          const finished = this.#options.journal?.find(taskKey(task));
          if (finished) {
            this.#next++;
            this.#open.set(task.id, {
              hits: [...finished.hits],
              result: { ...finished.result, id: task.id },
            });
            this.#waitingHits += finished.hits.length;
            this.#advance(task.to - task.from);
            continue;
          }
          let freest: Worker | null = null;
          for (const worker of workers) {
            if (freest === null || load.get(worker)! < load.get(freest)!) freest = worker;
          }
          if (freest === null || load.get(freest)! >= AHEAD_PER_JOB) return;
          this.#next++;
          this.#open.set(task.id, { hits: [], result: null });
          load.set(freest, load.get(freest)! + 1);
          freest.postMessage(task);
        }
      };
      const fail = (cause: unknown) =>
        reject(new EntenteError('internal', 'a scanning worker failed', { cause }));
      const receive = (worker: Worker, message: WorkerMessage) => {
        const open = this.#open.get(message.id);
        if (open === undefined) return;
        switch (message.type) {
          case 'hits':
            open.hits.push(...message.hits);
            this.#waitingHits += message.hits.length;
            this.#handOn();
            return;
          case 'progress':
            if (tasks[message.id]!.work !== 'digest') this.#advance(message.bytes);
            return;
          case 'failed':
            fail(new Error(message.message));
            return;
          case 'done':
            open.result = message.result;
            load.set(worker, load.get(worker)! - 1);
            if (!message.result.stopped) {
              const finished = { result: message.result, hits: open.hits.slice() };
              this.#options.journal?.note(taskKey(tasks[message.id]!), finished);
            }
            dispatch();
        }
      };
      for (let i = 0; i < jobs; i++) {
        const worker = startThread(new URL('./scan-worker.ts', import.meta.url), {
          workerData: this.#control.buffer,
        });
        workers.push(worker);
        load.set(worker, 0);
        worker.on('error', fail);
        worker.on('message', (message: WorkerMessage) => {
          try {
            receive(worker, message);
          } catch (error) {
            reject(error);
          }
        });
      }
      // The threads begin while the index is copied.
      shareIndex(this.#options.index, jobs)
        .then((shared) => {
          for (const [region, worker] of workers.entries())
            worker.postMessage({ shared, region } satisfies WorkerStart);
          dispatch();
        })
        .catch(reject);
      // Not at once: a hit's receiver may be what stops the scan.
      this.#options.signal?.addEventListener('abort', () => setImmediate(dispatch), { once: true });
    });
  }

  /** Gives hits of the task whose turn it is as they come, and goes on to the next when it is done. */
  #handOn(): void {
    for (;;) {
      const open = this.#open.get(this.#turn);
      if (!open) return;
      const task = this.#plan.tasks[this.#turn]!;
      const lineBase = task.work === 'range' ? this.#lineBase : 0;
      // With a journal, a task's hits are noted when it is done, so they stay until then.
      const keep = this.#options.journal !== undefined;
      if (!keep || open.result !== null) {
        for (const hit of open.hits) {
          this.#hits++;
          const line = hit.line === null || lineBase === null ? null : hit.line + lineBase;
          this.#options.onHit(line === hit.line ? hit : { ...hit, line });
        }
        this.#waitingHits -= open.hits.length;
        open.hits.length = 0;
      }
      if (open.result === null) return;
      const { result } = open;
      this.#bytes += result.bytes;
      this.#unpacked += result.unpackedBytes;
      this.#members += result.members;
      if (result.stopped) this.#partial = true;
      for (const issue of result.issues) this.#issue(issue);
      if (task.work !== 'range' || task.to >= task.sizeBytes) this.#lineBase = 0;
      else if (this.#lineBase !== null)
        this.#lineBase = result.lines === null ? null : this.#lineBase + result.lines;
      this.#open.delete(this.#turn);
      this.#turn++;
    }
  }

  /** After a stop: hits of finished tasks behind an unfinished one. Their lines are not known when they follow in its file. */
  #handOnRest(): void {
    for (const [number, open] of [...this.#open].sort(([a], [b]) => a - b)) {
      const { work, from } = this.#plan.tasks[number]!;
      for (const hit of open.hits) {
        this.#hits++;
        this.#options.onHit(work === 'range' && from > 0 ? { ...hit, line: null } : hit);
      }
      if (open.result === null) continue;
      this.#bytes += open.result.bytes;
      this.#unpacked += open.result.unpackedBytes;
      this.#members += open.result.members;
      for (const issue of open.result.issues) this.#issue(issue);
    }
    this.#open.clear();
  }

  #advance(bytes: number): void {
    this.#bytesDone += bytes;
    this.#options.onProgress?.(Math.min(this.#bytesDone, this.#plan.bytes), this.#plan.bytes);
  }

  #issue(issue: ScanIssue): void {
    this.#issueCount++;
    if (this.#issues.length < ISSUES_MAX) this.#issues.push(issue);
  }
}

type WorkerMessage =
  | { type: 'hits'; id: number; hits: EvidenceHit[] }
  | { type: 'progress'; id: number; bytes: number }
  | { type: 'done'; id: number; result: TaskResult }
  | { type: 'failed'; id: number; message: string };

/** The same work on the same state of a file. */
function taskKey(task: ScanTask): string {
  return JSON.stringify([
    task.path,
    task.name,
    task.work,
    task.from,
    task.to,
    task.sizeBytes,
    task.modifiedMs,
    task.refang,
  ]);
}
