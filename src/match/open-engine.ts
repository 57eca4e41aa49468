/** The fastest engine that this platform runs. */
import type { Engine } from './engine.ts';
import type { Index } from './index-format.ts';
import { openReferenceEngine } from './reference.ts';

export async function openEngine(index: Index): Promise<Engine> {
  return openReferenceEngine(index);
}
