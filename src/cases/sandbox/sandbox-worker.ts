/** The thread in which one tool runs over one exhibit, once. Whoever started it ends it when its time is over. */
import { parentPort, workerData } from 'node:worker_threads';
import { isEntenteError } from '../../base/index.ts';
import { openBlobFileSync } from '../../store/index.ts';
import { SandboxHost, stopped } from './host.ts';
import type { SandboxAnswer, SandboxStart } from './sandbox.ts';

const { module, memory: pages, files, parameters, limits } = workerData as SandboxStart;

/** A module that grew to its limit mostly fails next; then the limit is the reason to tell. */
function reasonOf(error: unknown, memory: WebAssembly.Memory): SandboxAnswer['stopped'] {
  const full =
    memory.buffer.byteLength / 65_536 >= pages.maximum
      ? ` (its memory had grown to its limit of ${pages.maximum} pages)`
      : '';
  const words = error instanceof Error ? error.message : String(error);
  const isRefused = error instanceof WebAssembly.CompileError || error instanceof WebAssembly.LinkError;
  const code = isRefused ? 'module-format' : full ? 'memory-limit' : 'trap';
  const found = isEntenteError(error) ? error : stopped(code, `${words.slice(0, 300)}${full}`);
  return { message: found.message, issue: found.issues[0]! };
}

function run(): SandboxAnswer {
  const memory = new WebAssembly.Memory({ initial: pages.initial, maximum: pages.maximum });
  const opened: Disposable[] = [];
  let host: SandboxHost | null = null;
  try {
    const readers = files.map(({ name, location }) => {
      const file = openBlobFileSync(location);
      opened.push(file);
      return {
        name,
        sizeBytes: file.sizeBytes,
        read: (offset: number, length: number) => file.read(offset, length),
      };
    });
    host = new SandboxHost(memory, readers, parameters, limits);
    const instance = new WebAssembly.Instance(new WebAssembly.Module(module as Uint8Array<ArrayBuffer>), {
      env: { memory },
      entente: host.functions() as WebAssembly.ModuleImports,
    });
    const status = (instance.exports['run'] as () => unknown)();
    if (host.stop) throw host.stop;
    if (typeof status === 'number' && status !== 0)
      throw stopped('failed', `it says that it failed, with the code ${status}`);
    const { kept, count } = host.notes;
    return {
      stopped: null,
      outputs: host.outputs(),
      notes: kept,
      noteCount: count,
      bytesRead: host.bytesRead,
    };
  } catch (error) {
    const { kept, count } = host?.notes ?? { kept: [], count: 0 };
    const why = reasonOf(host?.stop ?? error, memory);
    return { stopped: why, outputs: [], notes: kept, noteCount: count, bytesRead: host?.bytesRead ?? 0 };
  } finally {
    for (const file of opened) file[Symbol.dispose]();
  }
}

const answer = run();
parentPort!.postMessage(
  answer,
  answer.outputs.map(({ bytes }) => bytes.buffer as ArrayBuffer),
);
