/**
 * Rebuilding the ledger's tree from its leaves, many leaves at once, and on several processors when it is large. It only says whether all is
 * whole: every leaf is one and is opened by what stands beside it, and every kept hash is that of its children. What is wrong, and
 * where, is then found by the slower walk that stops at it.
 *
 * The tree is cut into pages of 2^12 leaves. A page is checked up to its own root by itself; above the pages there is little left.
 */
import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import { isEntenteError } from '../base/index.ts';
import { hashChildren, hashLeaf } from '../ledger/index.ts';
import { type Queries, startThread } from '../store/index.ts';
import { assertOpens, readLedger } from './ledger-leaves.ts';

const PAGE_LEVEL = 12;
const PAGE_LEAVES = 2 ** PAGE_LEVEL;
/** Below this, threads cost more than they save. */
const THREADS_FROM = 20 * PAGE_LEAVES;

/** Pages [from, to) of a ledger of `size` leaves. */
export interface PageRange {
  readonly size: number;
  readonly from: number;
  readonly to: number;
}

export interface RangeVerdict {
  readonly isWhole: boolean;
  readonly erased: number;
}

/** `path` is that of the store, for threads that open it themselves; null where only this connection can read it. */
export async function rebuildLedger(
  queries: Queries,
  size: number,
  path: string | null,
  onProgress?: (leaves: number) => void,
): Promise<RangeVerdict> {
  const pages = Math.ceil(size / PAGE_LEAVES);
  let done = 0;
  const onPage = () => onProgress?.(Math.min(size, ++done * PAGE_LEAVES));
  const verdicts =
    path !== null && size >= THREADS_FROM
      ? await inThreads(path, size, pages, onPage)
      : [await checkPages(queries, { size, from: 0, to: pages }, onPage)];
  const isWhole = verdicts.every((verdict) => verdict.isWhole);
  return {
    isWhole: isWhole && (await isWholeAbove(queries, size)),
    erased: verdicts.reduce((sum, verdict) => sum + verdict.erased, 0),
  };
}

async function inThreads(
  path: string,
  size: number,
  pages: number,
  onPage: () => void,
): Promise<RangeVerdict[]> {
  const threads = Math.min(availableParallelism(), pages);
  const workers: Worker[] = [];
  try {
    return await Promise.all(
      Array.from({ length: threads }, (_, i) => {
        const range: PageRange = {
          size,
          from: Math.floor((pages * i) / threads),
          to: Math.floor((pages * (i + 1)) / threads),
        };
        const worker = startThread(new URL('./ledger-rebuild-worker.ts', import.meta.url), {
          workerData: { path, range },
        });
        workers.push(worker);
        return new Promise<RangeVerdict>((resolve, reject) => {
          worker.on('message', (message: RangeVerdict | 'page') =>
            message === 'page' ? onPage() : resolve(message),
          );
          worker.on('error', reject);
          worker.on('exit', () => reject(new Error('a thread ended before its time')));
        });
      }),
    );
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

/** Stops at the first page that is not whole. */
export async function checkPages(
  queries: Queries,
  { size, from, to }: PageRange,
  onPage: () => void,
): Promise<RangeVerdict> {
  let erased = 0;
  for (let page = from; page < to; page++) {
    const start = page * PAGE_LEAVES;
    const end = Math.min(size, start + PAGE_LEAVES);
    const entries = await readLedger(queries, start, end - start);
    if (entries.length !== end - start) return { isWhole: false, erased };
    try {
      for (const [i, entry] of entries.entries()) {
        assertOpens(entry, start + i);
        if (entry.salt === null) erased++;
      }
    } catch (error) {
      if (!isEntenteError(error)) throw error;
      return { isWhole: false, erased };
    }
    let hashes = entries.map((entry) => hashLeaf(entry.leaf));
    for (let level = 0; ; level++) {
      if (!(await areKept(queries, level, start / 2 ** level, hashes))) return { isWhole: false, erased };
      if (level === PAGE_LEVEL || hashes.length < 2) break;
      hashes = parents(hashes);
    }
    onPage();
  }
  return { isWhole: true, erased };
}

/** The levels above the pages, from the roots of whole pages, which are right by now. */
async function isWholeAbove(queries: Queries, size: number): Promise<boolean> {
  let hashes = await readLevel(queries, PAGE_LEVEL, 0, Math.floor(size / PAGE_LEAVES));
  for (let level = PAGE_LEVEL + 1; hashes.length >= 2; level++) {
    hashes = parents(hashes);
    if (!(await areKept(queries, level, 0, hashes))) return false;
  }
  return true;
}

/** Of complete pairs only: a hash is kept once its last leaf is there. */
function parents(hashes: readonly Uint8Array[]): Uint8Array[] {
  const above: Uint8Array[] = [];
  for (let i = 0; i + 1 < hashes.length; i += 2) above.push(hashChildren(hashes[i]!, hashes[i + 1]!));
  return above;
}

/** Compared as one text: a row and a value of its own for each hash would cost more than hashing. */
async function areKept(
  queries: Queries,
  level: number,
  from: number,
  hashes: readonly Uint8Array[],
): Promise<boolean> {
  const row = await queries.get<{ kept: string | null }>(
    `SELECT group_concat(hex(hash), '') AS kept
     FROM (SELECT hash FROM ledger_node WHERE level = ? AND idx >= ? AND idx < ? ORDER BY idx) AS nodes`,
    level,
    from,
    from + hashes.length,
  );
  return (row!.kept ?? '') === Buffer.concat(hashes).toString('hex').toUpperCase();
}

async function readLevel(queries: Queries, level: number, from: number, to: number): Promise<Uint8Array[]> {
  const rows = await queries.all<{ hash: Uint8Array }>(
    'SELECT hash FROM ledger_node WHERE level = ? AND idx >= ? AND idx < ? ORDER BY idx',
    level,
    from,
    to,
  );
  return rows.map((row) => row.hash);
}
