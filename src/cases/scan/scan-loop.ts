/** The work of a scanning thread: receives an index once, then one task after the other. Started by scan-worker.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { openKernelEngine, openSharedIndex, type SharedIndex } from '../../match/index.ts';
import { runScanTask, type ScanTask } from './scan-task.ts';

export interface WorkerStart {
  /** The index, once for all workers, and which region of its memory is this worker's. */
  readonly shared: SharedIndex;
  readonly region: number;
  /** One 32-bit word: not zero once the scan is to stop. */
  readonly control: SharedArrayBuffer;
  /** The folder of compiled code. */
  readonly compileCache: string | null;
}

const port = parentPort!;
const start = workerData as WorkerStart;
const control = new Int32Array(start.control);
const index = openSharedIndex(start.shared);
const engine = await openKernelEngine(index, start.shared, start.region);

/** Progress is told this often at most. */
const PROGRESS_BYTES = 4 * 1024 * 1024;

port.on('message', (task: ScanTask) => {
  let bytes = 0;
  const tell = () => {
    if (bytes > 0) port.postMessage({ type: 'progress', id: task.id, bytes });
    bytes = 0;
  };
  runScanTask(task, {
    index,
    engine,
    hits: (hits) => port.postMessage({ type: 'hits', id: task.id, hits }),
    progress(more) {
      bytes += more;
      if (bytes >= PROGRESS_BYTES) tell();
    },
    isStopped: () => Atomics.load(control, 0) !== 0,
  }).then(
    (result) => {
      tell();
      port.postMessage({ type: 'done', id: task.id, result });
    },
    (error) => port.postMessage({ type: 'failed', id: task.id, message: String(error?.stack ?? error) }),
  );
});
