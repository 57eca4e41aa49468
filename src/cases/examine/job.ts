/** What a thread is to do with each content it reads. */
import type { ParserOptions } from '../../forensics/index.ts';
import type { EvidenceContent, EvidenceSource } from './evidence-reader.ts';
import type { ExamineMessage } from './examine.ts';

export type Job = TimelineJob;

/** Every event, in chunks. */
export interface TimelineJob {
  readonly kind: 'timeline';
  readonly options: ParserOptions;
}

export type Post = (message: ExamineMessage, transfer?: readonly ArrayBuffer[]) => void;

export interface Examiner {
  /** Content of `source` or of a member of it. */
  content(content: EvidenceContent, source: EvidenceSource): void;
  /** All files were read. Returns what the run's account says of the job itself. */
  end(): Readonly<Record<string, unknown>>;
}
