/** A consistent copy of the database while others write: SQLite's own online backup, page by page, restarted by it when a page changes. */
import { backup, DatabaseSync } from 'node:sqlite';

/** Pages copied before other work gets its turn: 4 MB. */
const PAGES_A_STEP = 1_000;

export async function copySqlite(
  path: string,
  to: string,
  onProgress?: (done: number, total: number) => void,
): Promise<void> {
  const source = new DatabaseSync(path, { readOnly: true });
  try {
    await backup(source, to, {
      rate: PAGES_A_STEP,
      progress: ({ totalPages, remainingPages }) => onProgress?.(totalPages - remainingPages, totalPages),
    });
  } finally {
    source.close();
  }
}
