export { type Range, type Reading, readExhibit } from './access.ts';
export { casesUnderAgreement } from './affected.ts';
export type { BundleVerdict, Check, Witnessing } from './bundle/check.ts';
export type { ClassOf, HeldClass } from './bundle/consent.ts';
export type { Withheld } from './bundle/contents.ts';
export { type BundleOptions, type BundleReport, makeBundle } from './bundle/make.ts';
export { verifyBundle } from './bundle/verify.ts';
export { chainOf, custodyBefore } from './carried.ts';
export { type Case, listCases, openCase, requireCase } from './cases.ts';
export { custodyOf, type StoredCustodyEvent } from './custody.ts';
export type { Circumstances, Counterparty, CustodyEvent, CustodyEventType } from './custody-event.ts';
export { type Disposal, disposeExhibit } from './dispose.ts';
export {
  blobsOf,
  disposedExhibits,
  type Exhibit,
  evidenceOf,
  type FolderList,
  listExhibits,
  requireExhibit,
} from './exhibits.ts';
export { FINDING_MARKS, type FindingMark, type FindingNote, noteFindings, notesOn } from './finding-notes.ts';
export {
  byPlace,
  type Find,
  type Finding,
  findingsOfRun,
  findingsOn,
  listFindings,
  pageOfFindings,
} from './findings.ts';
export { addExhibit, type Intake } from './intake.ts';
export { MATCH, runMatch } from './match-run.ts';
export { keepMaterials, type MatchSource } from './materials.ts';
export { type Concerned, concernedExhibits, OBSERVABLES } from './observables-run.ts';
export { PATTERNS, type PatternSource } from './pattern-run.ts';
export { type RerunReport, rerunTool } from './rerun.ts';
export { keepRules, readRules, SIGMA, YARA } from './rule-run.ts';
export {
  type RunOptions,
  requireTool,
  runTool,
  type Tool,
  type ToolContext,
  type ToolResult,
  type ToolRun,
} from './run-tool.ts';
export { findRun, listRuns, type RunRecord } from './runs.ts';
export { TOOLS } from './tools.ts';
export {
  acceptExhibit,
  assertChain,
  assertFetchable,
  listTransfers,
  offerExhibit,
  receiveAnswer,
  receiveOffer,
  recordFetch,
  refuseExhibit,
  requireTransfer,
  type Send,
  type Transfer,
} from './transfer.ts';
export { openVault, type SealedWith, vaultOf } from './vault.ts';
