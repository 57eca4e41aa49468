/**
 * A folder for what DuckDB must find as a file for a moment. It lies in the machine's memory where the system has such a place; what
 * is encrypted at rest goes nowhere else. Folders of processes that died are removed.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { EntenteError } from '../../base/index.ts';
import { isAlive } from '../../store/index.ts';

const MEMORY = '/dev/shm';

export interface Scratch extends Disposable {
  readonly folder: string;
}

/** @throws EntenteError `conflict` where secrets have no place */
export function openScratch(dataFolder: string, isSecret: boolean): Scratch {
  const inMemory = existsSync(MEMORY);
  if (isSecret && !inMemory)
    throw new EntenteError(
      'conflict',
      `the timeline of an encrypted case needs a file system in memory (${MEMORY}), which this system has not`,
    );
  const parent = inMemory ? MEMORY : join(dataFolder, 'tmp');
  mkdirSync(parent, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(parent)) {
    const owner = /^entente-(\d+)-/.exec(name);
    if (owner && !isAlive(Number(owner[1]))) rmSync(join(parent, name), { recursive: true, force: true });
  }
  const folder = mkdtempSync(join(parent, `entente-${process.pid}-`));
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}
