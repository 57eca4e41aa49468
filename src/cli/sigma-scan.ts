/** Rules over one file of evidence, wherever it runs: in the command itself or in a worker. */
import { SigmaContents, type SigmaFinding } from '../cases/examine/sigma-job.ts';
import type { ByteRange } from '../forensics/index.ts';
import type { CorrelationRule, GatheredHits, SigmaRule } from '../forensics/sigma/index.ts';
import { visitFile } from './exhibits.ts';

export interface ScanUnit {
  readonly path: string;
  /** A part of a large file; its format can be divided. */
  readonly range?: ByteRange;
}

export interface ScanResult {
  readonly findings: readonly SigmaFinding[];
  readonly gathered: GatheredHits | null;
  readonly events: number;
  readonly errors: number;
  readonly skippedBytes: number;
  readonly notes: readonly string[];
}

export class SigmaScanner {
  readonly #contents: SigmaContents;
  readonly #hasCorrelations: boolean;

  constructor(rules: readonly SigmaRule[], correlations: readonly CorrelationRule[]) {
    this.#contents = new SigmaContents(rules, correlations);
    this.#hasCorrelations = correlations.length > 0;
  }

  async scan({ path, range }: ScanUnit): Promise<ScanResult> {
    const findings: SigmaFinding[] = [];
    const notes: string[] = [];
    let events = 0;
    let errors = 0;
    let skippedBytes = 0;
    await visitFile(
      path,
      (content) => {
        const { name } = content;
        const account = this.#contents.scan(content, range === undefined ? {} : { range }, (finding) =>
          findings.push(finding),
        );
        if (account === null) {
          notes.push(`${name}: the content is of no format that can be parsed`);
          return;
        }
        events += account.events;
        errors += account.errors;
        skippedBytes += account.skippedBytes;
        const [first] = account.issues.filter((issue) => issue.severity === 'error');
        if (first !== undefined) {
          notes.push(
            `${name}: ${account.errors} errors, the first at byte ${first.offset}: ${first.message}`,
          );
        }
      },
      (name, message) => notes.push(`${name}: ${message}`),
    );
    const gathered = this.#hasCorrelations ? this.#contents.correlator.drain() : null;
    return { findings, gathered, events, errors, skippedBytes, notes };
  }
}
