/**
 * Runs a WebAssembly tool over the files of one exhibit, in a thread of its own that is ended when its time is over. What the tool can reach is
 * in `host.ts`, what modules are let in in `module.ts`. The same module over the same files with the same parameters gives the same bytes:
 * there is nothing else that it could ask.
 *
 * Outputs stay in memory, within their limit: what is derived from encrypted evidence is never on a disk in the clear.
 */
import { Worker } from 'node:worker_threads';
import { EntenteError, type Issue } from '../../base/index.ts';
import type { BlobLocation } from '../../store/index.ts';
import { type SandboxLimits, type SandboxOutput, stopped } from './host.ts';
import { assertModule, type ModuleMemory } from './module.ts';

export interface SandboxTask {
  readonly module: Uint8Array;
  /** As the tool sees them; nobody else's files exist for it. */
  readonly files: readonly { readonly name: string; readonly location: BlobLocation }[];
  readonly parameters: Readonly<Record<string, string>>;
  readonly limits: SandboxLimits;
}

export interface SandboxStart extends SandboxTask {
  readonly memory: ModuleMemory;
}

export interface SandboxResult {
  readonly outputs: readonly SandboxOutput[];
  /** What the tool says that it could not read: the first, and how many in all. */
  readonly notes: readonly string[];
  readonly noteCount: number;
  readonly bytesRead: number;
}

export interface SandboxAnswer extends SandboxResult {
  readonly stopped: { readonly message: string; readonly issue: Issue } | null;
}

/** For the thread's own work, beside the tool's memory and what it makes. */
const HEAP_MIB = 64;
/** Calls of a tool that nests without end overflow this, and are told as a trap. */
const STACK_MIB = 4;

/** @throws EntenteError `tool-stopped`; its issue's code names the limit: `time-limit`, `memory-limit`, `output-limit`, `path-escape`, `import` … */
export async function runInSandbox(task: SandboxTask): Promise<SandboxResult> {
  const memory = assertModule(task.module, task.limits.memoryPages);
  const start: SandboxStart = { ...task, memory };
  const worker = new Worker(new URL('./sandbox-worker.ts', import.meta.url), {
    workerData: start,
    env: {},
    resourceLimits: {
      maxOldGenerationSizeMb: HEAP_MIB,
      maxYoungGenerationSizeMb: 16,
      stackSizeMb: STACK_MIB,
    },
  });
  let timer: NodeJS.Timeout | undefined;
  try {
    const answer = await new Promise<SandboxAnswer>((resolve, reject) => {
      const { timeMs } = task.limits;
      timer = setTimeout(
        () => reject(stopped('time-limit', `it was not done within ${timeMs / 1000} seconds`)),
        timeMs,
      );
      worker.once('message', resolve);
      worker.once('error', (cause: NodeJS.ErrnoException) =>
        reject(
          cause.code === 'ERR_WORKER_OUT_OF_MEMORY'
            ? stopped('memory-limit', `its thread needs more than ${HEAP_MIB} MiB beside its memory`)
            : new EntenteError('internal', 'the sandbox failed', { cause }),
        ),
      );
      worker.once('exit', () => reject(stopped('ended', 'its thread ended before it was done')));
    });
    if (answer.stopped)
      throw new EntenteError('tool-stopped', answer.stopped.message, { issues: [answer.stopped.issue] });
    return answer;
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}
