/**
 * A scanning thread. Its code is taken from where this process keeps compiled code, if it does: threads do not share that with the
 * thread that starts them, and reading all modules anew takes longer than scanning a hundred megabytes.
 */
import { enableCompileCache, flushCompileCache } from 'node:module';
import { workerData } from 'node:worker_threads';
import type { WorkerStart } from './scan-loop.ts';

const { compileCache } = workerData as WorkerStart;
if (compileCache !== null) enableCompileCache(compileCache);
await import('./scan-loop.ts');
// A worker is ended from outside, and writes nothing then.
if (compileCache !== null) flushCompileCache();
