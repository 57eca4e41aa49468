/** The thread of `checkpoints.ts`. */
import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';

const database = new DatabaseSync(workerData as string);
database.exec('PRAGMA synchronous = FULL; PRAGMA busy_timeout = 0');

parentPort!.on('message', (message: 'checkpoint' | 'close') => {
  if (message === 'close') {
    database.close();
    parentPort!.close();
    return;
  }
  database.exec('PRAGMA wal_checkpoint(PASSIVE)');
  parentPort!.postMessage('done');
});
