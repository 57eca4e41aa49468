export { type ExamineAccount, ExamineAccounts, type ExamineIssue } from './account.ts';
export {
  companionsOf,
  type EvidenceContent,
  type EvidenceSource,
  type Note,
  visitContent,
} from './evidence-reader.ts';
export { examine } from './examine.ts';
export type { ExamineMessage, RejectedSource, RuleSource } from './job.ts';
export { sourcesOf } from './sources.ts';
