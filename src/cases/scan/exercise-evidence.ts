/**
 * Whether evidence that is read without a case is an exercise's: every file of it says so, in its first or last bytes, as what exercises are made
 * of does. One file among others that says so proves nothing: whoever made it may want the others not to be believed.
 */
import { open } from 'node:fs/promises';
import { decodeUtf8, EXERCISE_MARK } from '../../base/index.ts';
import { walkEvidence } from './walk-evidence.ts';

/** The mark is the first or the last line; a long first line has it at its beginning. */
const LOOK_BYTES = 4_096;
/** No exercise has so many; what has more is not looked through. */
const FILES_MAX = 1_000;

/** The English part, as headers of mail take no other letters. */
const MARK = EXERCISE_MARK.slice(0, 'EXERCISE - NOT REAL'.length);

export async function isExerciseEvidence(roots: readonly string[]): Promise<boolean> {
  let files = 0;
  for (const root of roots)
    for await (const entry of walkEvidence(root)) {
      if (++files > FILES_MAX || entry.skipped !== undefined) return false;
      if (!(await saysSo(entry.path, entry.sizeBytes))) return false;
    }
  return files > 0;
}

async function saysSo(path: string | Buffer, sizeBytes: number): Promise<boolean> {
  const file = await open(path).catch(() => null);
  if (!file) return false; // the scan tells that it cannot be read
  try {
    const buffer = new Uint8Array(LOOK_BYTES);
    for (const position of [0, Math.max(0, sizeBytes - LOOK_BYTES)]) {
      const { bytesRead } = await file.read(buffer, 0, LOOK_BYTES, position);
      if (decodeUtf8(buffer.subarray(0, bytesRead)).includes(MARK)) return true;
    }
    return false;
  } finally {
    await file.close();
  }
}
