/** A thread of `judging.ts`. */
import { parentPort } from 'node:worker_threads';
import { type Incoming, judge, READY } from './judging.ts';

parentPort!.on('message', (batch: readonly Incoming[]) => parentPort!.postMessage(batch.map(judge)));
parentPort!.postMessage(READY);
