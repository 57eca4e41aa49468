/** A scanning thread: gets the index once, then one task after the other. */
import { parentPort, workerData } from 'node:worker_threads';
import { openKernelEngine, openSharedIndex, type SharedIndex } from '../../match/index.ts';
import { runScanTask, type ScanTask } from './scan-task.ts';

/** The first message. */
export interface WorkerStart {
  /** The index, once for all workers, and which region of its memory is this worker's. */
  readonly shared: SharedIndex;
  readonly region: number;
}

const port = parentPort!;
/** One 32-bit word: not zero once the scan is to stop. */
const control = new Int32Array(workerData as SharedArrayBuffer);

/** Progress is told this often at most. */
const PROGRESS_BYTES = 4 * 1024 * 1024;

let opened: ReturnType<typeof open> | null = null;
/** Ranges take turns: each is read into the engine's own window, without waiting in between. Whole files wait for the disk beside each other. */
let turn: Promise<void> = Promise.resolve();

port.on('message', (message: WorkerStart | ScanTask) => {
  if (opened === null) {
    opened = open(message as WorkerStart);
    return;
  }
  const scanner = opened;
  const task = message as ScanTask;
  if (task.work === 'range') turn = turn.then(() => run(task, scanner));
  else void run(task, scanner);
});

async function open({ shared, region }: WorkerStart) {
  const index = openSharedIndex(shared);
  return { index, engine: await openKernelEngine(index, shared, region) };
}

async function run(task: ScanTask, scanner: ReturnType<typeof open>): Promise<void> {
  let bytes = 0;
  const tell = () => {
    if (bytes > 0) port.postMessage({ type: 'progress', id: task.id, bytes });
    bytes = 0;
  };
  try {
    const result = await runScanTask(task, {
      ...(await scanner),
      hits: (hits) => port.postMessage({ type: 'hits', id: task.id, hits }),
      progress(more) {
        bytes += more;
        if (bytes >= PROGRESS_BYTES) tell();
      },
      isStopped: () => Atomics.load(control, 0) !== 0,
    });
    tell();
    port.postMessage({ type: 'done', id: task.id, result });
  } catch (error) {
    port.postMessage({ type: 'failed', id: task.id, message: String((error as Error)?.stack ?? error) });
  }
}
