export { classifyObject } from './classify.ts';
export { IMPORT_BATCH, type ImportReport, importBatch, OWN, type Refusal } from './holdings.ts';
export { type FileImport, importFile } from './import-file.ts';
export { findObject, type HeldObject, walkObjects } from './objects.ts';
export {
  acceptRecallReceipt,
  listRecalls,
  parseRecall,
  type Recall,
  type RecallAnswer,
  type RecallStatus,
  recallObject,
  withdraw,
} from './recalls.ts';
export {
  decideRelease,
  type ReleaseDecision,
  type ReleaseSummary,
  summariseRelease,
  type Withheld,
} from './release.ts';
export { type UsableIndicator, type UsableIndicators, usableIndicators } from './usable-indicators.ts';
