/**
 * Reads files of evidence in a thread of its own, one after another, and hands on what comes out in their order. The thread waits when
 * too much of it is not yet taken, so memory does not grow with the evidence. A file over which the thread falls silent is
 * given up, named, and passed over: one hostile file costs a few minutes and never the run.
 */
import type { Worker } from 'node:worker_threads';
import { EntenteError } from '../../base/index.ts';
import { startThread } from '../../store/index.ts';
import type { ExamineAccounts } from './account.ts';
import type { EvidenceSource } from './evidence-reader.ts';
import type { ExamineMessage, Job, RejectedSource } from './job.ts';

export interface ExamineStart {
  readonly files: readonly EvidenceSource[];
  readonly job: Job;
  /** Two 32-bit words: messages sent and not yet taken; a count that grows while the thread reads or tells. */
  readonly control: SharedArrayBuffer;
}

export interface ExamineOptions<Hit> {
  readonly files: readonly EvidenceSource[];
  readonly job: Job;
  readonly accounts: ExamineAccounts;
  /** Awaited before the next is taken. */
  take(message: Extract<ExamineMessage<Hit>, { type: 'chunk' | 'hits' }>): void | Promise<void>;
  readonly onFile?: (done: number) => void;
  /** The job's rules are ready; told once. */
  readonly onReady?: (loaded: {
    readonly rules: number;
    readonly rejected: readonly RejectedSource[];
  }) => void;
  /** For tests. */
  readonly silenceMs?: number;
}

/** Messages under way: enough that neither side waits for the other, some megabytes at most. */
export const AHEAD_MAX = 32;
/** The slowest honest step between two readings takes seconds. */
const SILENCE_MS = 120_000;

/** Rules that silence the thread over so many files would do so over all. */
const SILENT_FILES_MAX = 3;

/**
 * @throws EntenteError `input-limit` when the rules cannot be made ready in time, or silence the thread again and again
 * Returns what the job says of itself at its end. */
export async function examine<Hit>(options: ExamineOptions<Hit>): Promise<Readonly<Record<string, unknown>>> {
  const { files, accounts } = options;
  let summary: Readonly<Record<string, unknown>> = {};
  let silent = 0;
  for (let done = 0; done < files.length; ) {
    const pass = new Pass(options, done);
    const end = await pass.run();
    done = pass.done;
    if (end !== null) return { ...summary, ...end };
    if (!pass.isReady || (++silent >= SILENT_FILES_MAX && options.job.kind !== 'timeline'))
      throw new EntenteError(
        'input-limit',
        `the rules take too long: ${pass.isReady ? `nothing came of ${silent} files` : 'they were not ready'} within ${(options.silenceMs ?? SILENCE_MS) / 1000} seconds`,
      );
    const { name, location } = files[done++]!;
    accounts.file(location.sizeBytes);
    accounts.issue({
      file: name,
      code: 'time-limit',
      message: `was given up: nothing came of it for ${Math.round((options.silenceMs ?? SILENCE_MS) / 1000)} seconds`,
    });
    summary = { ...summary, interrupted: true };
  }
  return summary;
}

/** One thread's life: all files from `done` on, or until one of them silences it. */
class Pass<Hit> {
  readonly #options: ExamineOptions<Hit>;
  readonly #control = new Int32Array(new SharedArrayBuffer(8));
  done: number;
  isReady = false;

  constructor(options: ExamineOptions<Hit>, done: number) {
    this.#options = options;
    this.done = done;
  }

  /** Null when the thread fell silent over the file `done`. */
  async run(): Promise<Readonly<Record<string, unknown>> | null> {
    const { files, job } = this.#options;
    const start: ExamineStart = { files: files.slice(this.done), job, control: this.#control.buffer };
    const worker = startThread(new URL('./examine-worker.ts', import.meta.url), { workerData: start });
    const messages = new Messages(worker, this.#control, this.#options.silenceMs ?? SILENCE_MS);
    try {
      for (;;) {
        const message = (await messages.next()) as ExamineMessage<Hit> | null;
        if (message === null) return null;
        if (message.type === 'end') return message.summary;
        await this.#take(message);
        Atomics.sub(this.#control, 0, 1);
        Atomics.notify(this.#control, 0);
      }
    } finally {
      messages.close();
      await worker.terminate();
    }
  }

  async #take(message: Exclude<ExamineMessage<Hit>, { type: 'end' }>): Promise<void> {
    const { accounts, files } = this.#options;
    switch (message.type) {
      case 'chunk':
      case 'hits':
        await this.#options.take(message);
        return;
      case 'parsed':
        accounts.parsed(message.name, message.account);
        return;
      case 'ready':
        if (this.done === 0) this.#options.onReady?.(message);
        this.isReady = true;
        return;
      case 'unknown':
        accounts.unknown(message.name);
        return;
      case 'issue':
        accounts.issue({ file: message.name, code: message.code, message: message.message });
        return;
      case 'file':
        accounts.file(files[this.done++]!.location.sizeBytes);
        this.#options.onFile?.(this.done);
        return;
      case 'failed':
        throw new EntenteError('internal', 'examining evidence failed', {
          cause: new Error(message.message),
        });
    }
  }
}

/** The thread's messages in order; null once it has been silent for too long. */
class Messages {
  readonly #waiting: unknown[] = [];
  readonly #control: Int32Array;
  readonly #silenceMs: number;
  readonly #timer: NodeJS.Timeout;
  #wake: (() => void) | null = null;
  #failure: unknown = null;
  #isSilent = false;
  #seen = -1;
  #seenAt = performance.now();

  constructor(worker: Worker, control: Int32Array, silenceMs: number) {
    this.#control = control;
    this.#silenceMs = silenceMs;
    worker.on('message', (message) => {
      this.#waiting.push(message);
      this.#wake?.();
    });
    worker.on('error', (error) => {
      this.#failure = error;
      this.#wake?.();
    });
    this.#timer = setInterval(() => this.#watch(), Math.min(1_000, silenceMs / 4));
  }

  async next(): Promise<unknown> {
    for (;;) {
      if (this.#waiting.length > 0) return this.#waiting.shift();
      if (this.#failure !== null)
        throw new EntenteError('internal', 'examining evidence failed', { cause: this.#failure });
      if (this.#isSilent) return null;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = null;
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #watch(): void {
    const activity = Atomics.load(this.#control, 1);
    const isWaitingForUs = Atomics.load(this.#control, 0) > 0;
    if (activity !== this.#seen || isWaitingForUs) {
      this.#seen = activity;
      this.#seenAt = performance.now();
    } else if (performance.now() - this.#seenAt > this.#silenceMs) {
      this.#isSilent = true;
      this.#wake?.();
    }
  }
}
