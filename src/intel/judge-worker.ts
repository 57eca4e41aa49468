/** A thread of `judging.ts`. */
import { parentPort } from 'node:worker_threads';
import { type Incoming, judge } from './judging.ts';

parentPort!.on('message', (batch: readonly Incoming[]) => parentPort!.postMessage(batch.map(judge)));
