/** A worker thread of `entente sigma run`: gets the rules once, then one unit of evidence after another. */
import { parentPort, workerData } from 'node:worker_threads';
import type { CorrelationRule, SigmaRule } from '../forensics/sigma/index.ts';
import { type ScanResult, type ScanUnit, SigmaScanner } from './sigma-scan.ts';
import { asEntenteError } from './system-errors.ts';

/** What the worker answers: the unit's number, and its result or why there is none. */
export type WorkerAnswer =
  | { readonly unit: number; readonly result: ScanResult }
  | { readonly unit: number; readonly failure: string };

const { rules, correlations } = workerData as {
  rules: readonly SigmaRule[];
  correlations: readonly CorrelationRule[];
};
const scanner = new SigmaScanner(rules, correlations);

parentPort!.on('message', ({ unit, work }: { unit: number; work: ScanUnit }) => {
  scanner.scan(work).then(
    (result) => parentPort!.postMessage({ unit, result } satisfies WorkerAnswer),
    (error: unknown) =>
      parentPort!.postMessage({ unit, failure: asEntenteError(error).message } satisfies WorkerAnswer),
  );
});
