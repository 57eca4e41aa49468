/**
 * Copying the write-ahead log back into the database file, in a thread of its own: it flushes tens of megabytes, which the thread that
 * serves requests must not wait for. It never delays a writer or a reader (`PASSIVE`); what it does not get done, SQLite does
 * itself, once the log is long.
 */
import type { Worker } from 'node:worker_threads';
import { startThread } from '../thread.ts';

/** Rows written between two checkpoints: some tens of megabytes of log. A short command never starts the thread. */
const ROWS_BETWEEN = 20_000;

export interface Checkpoints {
  readonly wrote: (rows: number) => void;
  /** After each commit. */
  committed(): void;
  close(): Promise<void>;
}

export function openCheckpoints(path: string): Checkpoints {
  let rows = 0;
  let worker: Worker | undefined;
  let isBusy = false;

  function start(): Worker {
    const started = startThread(new URL('./checkpoint-worker.ts', import.meta.url), { workerData: path });
    started.unref();
    started.on('message', () => {
      isBusy = false;
    });
    // A checkpoint that fails is no fault of what was committed; the writer makes it good when the log is long.
    started.on('error', () => {
      if (worker === started) worker = undefined;
      isBusy = false;
    });
    return started;
  }

  return {
    wrote(changed) {
      rows += changed;
    },
    committed() {
      if (rows < ROWS_BETWEEN || isBusy) return;
      rows = 0;
      isBusy = true;
      worker ??= start();
      worker.postMessage('checkpoint');
    },
    async close() {
      if (!worker) return;
      const ended = new Promise((done) => worker!.once('exit', done));
      worker.ref();
      worker.postMessage('close');
      await ended;
    },
  };
}
