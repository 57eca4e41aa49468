/** The fastest engine that this platform runs. */
import type { Engine } from './engine.ts';
import type { Index } from './index-format.ts';
import { openKernelEngine, shareIndex } from './kernel.ts';
import { openReferenceEngine } from './reference.ts';

/** Without WebAssembly SIMD, or where memory cannot be had, the reference engine: as right, and a hundred times slower. */
export async function openEngine(index: Index): Promise<Engine> {
  try {
    return await openKernelEngine(index, await shareIndex(index, 1), 0);
  } catch (error) {
    if (error instanceof WebAssembly.CompileError || error instanceof RangeError)
      return openReferenceEngine(index);
    throw error;
  }
}
