/**
 * A journal of a scan on disk, so that an interrupted one goes on where it was. One JSON line a finished task, appended
 * as it is finished; a line cut short by a crash is dropped, and so is whatever follows it. The journal begins with the digest of the index and is
 * of no use to another; a file that changed has another key and is read again.
 */
import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { EvidenceInput, FinishedTask, ScanJournal } from './scan-evidence.ts';

export interface FileJournal extends ScanJournal {
  readonly path: string;
  /** Tasks that an earlier scan finished. */
  readonly found: number;
  /** Writes what is not yet written: the scan was interrupted. */
  flush(): void;
  /** Deletes the journal: the scan is complete. */
  remove(): void;
}

/** Short scans leave no file: nothing is written before this many bytes of evidence were read. */
const WRITE_AFTER_BYTES = 256 * 1024 * 1024;

/** Where the journal of this scan of these inputs lies. */
export function journalPath(
  folder: string,
  indexDigest: string,
  inputs: readonly EvidenceInput[],
  options: string,
): string {
  const paths = inputs.map(({ path, name }) => [resolve(path), name ?? null]);
  const name = createHash('sha256')
    .update(JSON.stringify([indexDigest, paths, options]))
    .digest('hex')
    .slice(0, 32);
  return join(folder, 'match', `${name}.jsonl`);
}

/** Opens the journal; with `resume`, what an earlier scan finished is found in it, else it begins empty. */
export function openFileJournal(path: string, indexDigest: string, resume: boolean): FileJournal {
  const finished = resume ? readJournal(path, indexDigest) : new Map<string, FinishedTask>();
  const head = `${JSON.stringify({ v: 1, index: indexDigest })}\n`;
  let waiting: string[] = [head, ...[...finished].map(line)];
  let waitingBytes = finished.size > 0 ? WRITE_AFTER_BYTES : 0;
  let isWritten = false;
  const flush = () => {
    if (waiting.length === 0) return;
    mkdirSync(dirname(path), { recursive: true });
    if (isWritten) appendFileSync(path, waiting.join(''));
    // What it says of evidence is for its owner only.
    else writeFileSync(path, waiting.join(''), { mode: 0o600 });
    isWritten = true;
    waiting = [];
  };
  if (!resume) rmSync(path, { force: true });
  return {
    path,
    found: finished.size,
    find: (key) => finished.get(key),
    note(key, task) {
      waiting.push(line([key, task]));
      waitingBytes += task.result.bytes + task.result.unpackedBytes;
      if (isWritten || waitingBytes >= WRITE_AFTER_BYTES) flush();
    },
    flush,
    remove: () => rmSync(path, { force: true }),
  };
}

function line([key, task]: readonly [string, FinishedTask]): string {
  return `${JSON.stringify({ key, ...task })}\n`;
}

function readJournal(path: string, indexDigest: string): Map<string, FinishedTask> {
  const finished = new Map<string, FinishedTask>();
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return finished;
  }
  const [head, ...lines] = text.split('\n');
  if (parse(head ?? '')?.['index'] !== indexDigest) return finished;
  for (const one of lines) {
    const value = parse(one);
    if (value === null || typeof value['key'] !== 'string') break;
    finished.set(value['key'], value as unknown as FinishedTask);
  }
  return finished;
}

function parse(text: string): Record<string, unknown> | null {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return null;
  }
}
