/**
 * BLAKE3 beside SHA-256, without slowing it down: large streams are hashed in a thread of their own, from memory that both threads see; small
 * ones at once. WebAssembly does it at ten times the speed of JavaScript; where its library is not installed, JavaScript does.
 */
import { Worker } from 'node:worker_threads';
import { blake3 } from '@noble/hashes/blake3.js';
import { encodeHex } from '../base/index.ts';

export interface Blake3 {
  /** Resolves when the next chunk may come; the chunk itself may be reused at once. */
  update(chunk: Uint8Array): Promise<void>;
  /** 64 hexadecimal digits; the hasher is then done. */
  digest(): Promise<string>;
  /** For one that is given up. */
  close(): Promise<void>;
}

/** As much of the library's interface as is used here. */
interface WasmHasher {
  init(): void;
  update(bytes: Uint8Array): void;
  digest(): string;
}

let library: Promise<(() => Promise<WasmHasher>) | null> | undefined;

function loadLibrary(): Promise<(() => Promise<WasmHasher>) | null> {
  const name = 'hash-wasm';
  library ??= import(name).then(
    (found: { createBLAKE3(): Promise<WasmHasher> }) => () => found.createBLAKE3(),
    () => null,
  );
  return library;
}

/** Hashes in the calling thread. */
export async function inlineBlake3(): Promise<{ update(chunk: Uint8Array): void; digest(): string }> {
  const create = await loadLibrary();
  if (create) {
    const hasher = await create();
    hasher.init();
    return hasher;
  }
  const hasher = blake3.create();
  return { update: (chunk) => void hasher.update(chunk), digest: () => encodeHex(hasher.digest()) };
}

/** A stream up to this long is hashed where it is: starting a thread costs more. */
const INLINE_BYTES_MAX = 2 * 1024 * 1024;
/** Chunks that may wait for the other thread: 4 MiB in all. */
const SLOTS = 4;
const SLOT_BYTES = 1 << 20;

/** Begins in the calling thread and moves on to another one when there is more than a little. */
export function openBlake3(): Blake3 {
  const held: Uint8Array[] = [];
  let heldBytes = 0;
  let thread: Blake3 | null = null;
  return {
    async update(chunk) {
      if (thread === null && heldBytes + chunk.length <= INLINE_BYTES_MAX) {
        held.push(chunk.slice());
        heldBytes += chunk.length;
        return;
      }
      if (thread === null) {
        thread = openThread();
        for (const earlier of held.splice(0)) await thread.update(earlier);
      }
      await thread.update(chunk);
    },
    async digest() {
      if (thread) return thread.digest();
      const hasher = await inlineBlake3();
      for (const chunk of held) hasher.update(chunk);
      return hasher.digest();
    },
    close: async () => thread?.close(),
  };
}

/** The thread holds a hash's state and nothing else. */
const THREAD_MEMORY = { maxOldGenerationSizeMb: 24, maxYoungGenerationSizeMb: 2 };

/** What the thread is told: a filled slot, or that nothing more comes. */
export type Blake3Message = { readonly slot: number; readonly length: number } | 'end';
/** What it answers: a slot that is free again, or the digest. */
export type Blake3Answer = { readonly slot: number } | { readonly digest: string };

function openThread(): Blake3 {
  const shared = new SharedArrayBuffer(SLOTS * SLOT_BYTES);
  const memory = new Uint8Array(shared);
  const worker = new Worker(new URL('./blake3-worker.ts', import.meta.url), {
    workerData: shared,
    resourceLimits: THREAD_MEMORY,
  });
  const free = Array.from({ length: SLOTS }, (_, slot) => slot);
  let wake: (() => void) | null = null;
  let failed: Error | null = null;
  const ended = Promise.withResolvers<string>();
  ended.promise.catch(() => {}); // told by `digest`, if anybody asks
  worker.on('message', (answer: Blake3Answer) => {
    if ('digest' in answer) ended.resolve(answer.digest);
    else free.push(answer.slot);
    wake?.();
  });
  worker.on('error', (error) => {
    failed = error as Error;
    ended.reject(failed);
    wake?.();
  });
  return {
    async update(chunk) {
      for (let at = 0; at < chunk.length; at += SLOT_BYTES) {
        while (free.length === 0 && failed === null) {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
        if (failed) throw failed;
        const slot = free.pop()!;
        const piece = chunk.subarray(at, at + SLOT_BYTES);
        memory.set(piece, slot * SLOT_BYTES);
        worker.postMessage({ slot, length: piece.length } satisfies Blake3Message);
      }
    },
    async digest() {
      worker.postMessage('end' satisfies Blake3Message);
      return ended.promise.finally(() => worker.terminate());
    },
    async close() {
      await worker.terminate();
    },
  };
}

export const BLAKE3_SLOT_BYTES = SLOT_BYTES;
