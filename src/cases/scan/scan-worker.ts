/**
 * A scanning thread. Its code is taken from where this process keeps compiled code, if it does: threads do not share that with the
 * thread that starts them, and reading all modules anew takes longer than scanning a hundred megabytes.
 */
import { enableCompileCache, flushCompileCache } from 'node:module';
import { workerData } from 'node:worker_threads';
import type { SharedIndex } from '../../match/index.ts';

export interface WorkerStart {
  /** The index, once for all workers, and which region of its memory is this worker's. */
  readonly shared: SharedIndex;
  readonly region: number;
  /** One 32-bit word: not zero once the scan is to stop. */
  readonly control: SharedArrayBuffer;
  /** The folder of compiled code. */
  readonly compileCache: string | null;
}

const { compileCache } = workerData as WorkerStart;
if (compileCache !== null) enableCompileCache(compileCache);
await import('./scan-loop.ts');
// A worker is ended from outside, and writes nothing then.
if (compileCache !== null) flushCompileCache();
