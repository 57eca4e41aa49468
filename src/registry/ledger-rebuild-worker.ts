/** A thread that rebuilds some pages of the ledger; see `ledger-rebuild.ts`. */
import { parentPort, workerData } from 'node:worker_threads';
import { openSqlite } from '../store/index.ts';
import { checkPages, type PageRange } from './ledger-rebuild.ts';

const { path, range } = workerData as { path: string; range: PageRange };
const database = openSqlite(path);
const verdict = await checkPages(database, range, () => parentPort!.postMessage('page'));
await database.close();
parentPort!.postMessage(verdict);
