/** What a run over evidence read and what it did not, summed over all files. The same evidence gives the same account. */
import type { ParserAccount } from '../../forensics/index.ts';

export interface ExamineIssue {
  readonly file: string;
  readonly code: string;
  readonly message: string;
  /** In the file, in bytes, where the issue has a place. */
  readonly offset?: number;
  readonly lengthBytes?: number;
}

export interface ExamineAccount {
  readonly files: number;
  readonly bytes: number;
  /** Files, and members of archives, whose content is of a format that can be parsed. */
  readonly parsed: number;
  /** Those of no such format: nothing of them is in the result. */
  readonly unknown: number;
  readonly formats: Readonly<Record<string, number>>;
  readonly records: number;
  readonly recovered: number;
  readonly events: number;
  readonly errors: number;
  readonly warnings: number;
  readonly skippedBytes: number;
  /** The first ISSUES_MAX; `issueCount` counts all. */
  readonly issues: readonly ExamineIssue[];
  readonly issueCount: number;
}

/** Kept in the run's record; a person reads the first, and the counts tell of all. */
const ISSUES_MAX = 1_000;

export class ExamineAccounts {
  #files = 0;
  #bytes = 0;
  #parsed = 0;
  #unknown = 0;
  #records = 0;
  #recovered = 0;
  #events = 0;
  #errors = 0;
  #warnings = 0;
  #skippedBytes = 0;
  #issueCount = 0;
  readonly #formats = new Map<string, number>();
  readonly #issues: ExamineIssue[] = [];

  file(sizeBytes: number): void {
    this.#files++;
    this.#bytes += sizeBytes;
  }

  unknown(file: string): void {
    this.#unknown++;
    this.issue({ file, code: 'format-unknown', message: 'the content is of no format that can be parsed' });
  }

  parsed(file: string, account: ParserAccount): void {
    this.#parsed++;
    this.#formats.set(account.format, (this.#formats.get(account.format) ?? 0) + 1);
    this.#records += account.records;
    this.#recovered += account.recovered;
    this.#events += account.events;
    this.#errors += account.errors;
    this.#warnings += account.warnings;
    this.#skippedBytes += account.skippedBytes;
    for (const { code, message, offset, lengthBytes } of account.issues)
      this.issue({ file, code, message, offset, ...(lengthBytes === undefined ? {} : { lengthBytes }) });
    this.#issueCount += account.errors + account.warnings - account.issues.length;
  }

  issue(issue: ExamineIssue): void {
    this.#issueCount++;
    if (this.#issues.length < ISSUES_MAX) this.#issues.push(issue);
  }

  finish(): ExamineAccount {
    return {
      files: this.#files,
      bytes: this.#bytes,
      parsed: this.#parsed,
      unknown: this.#unknown,
      formats: Object.fromEntries([...this.#formats].sort(([a], [b]) => (a < b ? -1 : 1))),
      records: this.#records,
      recovered: this.#recovered,
      events: this.#events,
      errors: this.#errors,
      warnings: this.#warnings,
      skippedBytes: this.#skippedBytes,
      issues: this.#issues,
      issueCount: this.#issueCount,
    };
  }
}
