/** Threads of this process. */
import { getCompileCacheDir } from 'node:module';
import { Worker, type WorkerOptions } from 'node:worker_threads';

/** Runs in the new thread before anything else. It is no TypeScript: for that the thread would first load a compiler of its own. */
const BEGIN = `
const [folder, module] = process.argv.slice(2);
const { enableCompileCache, flushCompileCache } = require('node:module');
if (folder !== '') enableCompileCache(folder);
import(module).then(() => { if (folder !== '') flushCompileCache(); });
`;

/**
 * Starts `module` in a thread. Its code is taken from where this process keeps compiled code, if it does: threads do not share that with the thread
 * that starts them, and reading all modules anew takes longer than scanning a hundred megabytes.
 */
export function startThread(module: URL, options: Omit<WorkerOptions, 'eval' | 'argv'> = {}): Worker {
  return new Worker(BEGIN, { ...options, eval: true, argv: [getCompileCacheDir() ?? '', module.href] });
}
