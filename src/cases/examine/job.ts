/** What a thread is to do with each content it reads. */
import type { ParserAccount, ParserOptions } from '../../forensics/index.ts';
import type { EventChunk } from '../../forensics/timeline/index.ts';
import type { EvidenceContent, EvidenceSource } from './evidence-reader.ts';

export type Job = TimelineJob;

/** Every event, in chunks. */
export interface TimelineJob {
  readonly kind: 'timeline';
  readonly options: ParserOptions;
}

/** What the thread tells. */
export type ExamineMessage<Hit = unknown> =
  | { readonly type: 'chunk'; readonly exhibit: number; readonly chunk: EventChunk }
  | { readonly type: 'hits'; readonly hits: readonly Hit[] }
  | { readonly type: 'parsed'; readonly name: string; readonly account: ParserAccount }
  | { readonly type: 'unknown'; readonly name: string }
  | { readonly type: 'issue'; readonly name: string; readonly code: string; readonly message: string }
  | { readonly type: 'file' }
  | { readonly type: 'end'; readonly summary: Readonly<Record<string, unknown>> }
  | { readonly type: 'failed'; readonly message: string };

export type Post = (message: ExamineMessage, transfer?: readonly ArrayBuffer[]) => void;

export interface Examiner {
  /** Content of `source` or of a member of it. */
  content(content: EvidenceContent, source: EvidenceSource): void;
  /** All files were read. Returns what the run's account says of the job itself. */
  end(): Readonly<Record<string, unknown>>;
}
