/** What a thread is to do with each content it reads. */
import type { ParserAccount, ParserOptions } from '../../forensics/index.ts';
import type { EventChunk } from '../../forensics/timeline/index.ts';
import type { EvidenceContent, EvidenceSource } from './evidence-reader.ts';

export type Job = TimelineJob | SigmaJob | YaraJob | PatternsJob;

/** Every event, in chunks. */
export interface TimelineJob {
  readonly kind: 'timeline';
  readonly options: ParserOptions;
}

/** Sigma rules over every event. */
export interface SigmaJob {
  readonly kind: 'sigma';
  readonly rules: readonly RuleSource[];
  readonly options: ParserOptions;
}

/** YARA rules over every content. */
export interface YaraJob {
  readonly kind: 'yara';
  readonly rules: readonly RuleSource[];
}

/** STIX patterns over every event; `path` of each is its indicator. */
export interface PatternsJob {
  readonly kind: 'patterns';
  readonly patterns: readonly RuleSource[];
}

export interface RuleSource {
  readonly path: string;
  readonly text: string;
}

/** A rule that takes no part, and why. */
export interface RejectedSource {
  readonly path: string;
  readonly rule: string | null;
  readonly reason: string;
}

/** What the thread tells. */
export type ExamineMessage<Hit = unknown> =
  | { readonly type: 'chunk'; readonly exhibit: number; readonly chunk: EventChunk }
  | { readonly type: 'hits'; readonly exhibit: number; readonly hits: readonly Hit[] }
  | { readonly type: 'parsed'; readonly name: string; readonly account: ParserAccount }
  | { readonly type: 'unknown'; readonly name: string }
  | { readonly type: 'issue'; readonly name: string; readonly code: string; readonly message: string }
  | { readonly type: 'ready'; readonly rules: number; readonly rejected: readonly RejectedSource[] }
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
