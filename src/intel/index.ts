export { affectedByAgreement } from './affected.ts';
export { classifyObject } from './classify.ts';
export { type AboutValue, aboutValue, contributorName, type Voucher, vouchersFor } from './corroboration.ts';
export {
  type Held,
  IMPORT_BATCH,
  type ImportReport,
  importBatch,
  OWN,
  type Refusal,
  withdrawnClass,
} from './holdings.ts';
export { type FileImport, importFile } from './import-file.ts';
export type { Incoming } from './judging.ts';
export { findObject, type HeldObject, walkObjects } from './objects.ts';
export { publish } from './publishing.ts';
export {
  acceptRecallReceipt,
  listRecalls,
  parseRecall,
  type Recall,
  type RecallAnswer,
  type RecallStatus,
  recallNarrowed,
  recallObject,
  withdraw,
} from './recalls.ts';
export {
  decideRelease,
  explainRelease,
  type ReleaseDecision,
  type ReleaseSummary,
  summariseRelease,
  type Withheld,
} from './release.ts';
export { releaseClassOf } from './release-class.ts';
export { releaseEpoch } from './release-epoch.ts';
export {
  countTypes,
  type ObjectLine,
  type ObjectPicture,
  pictureObject,
  searchObjects,
} from './search.ts';
export { type UsableIndicator, type UsableIndicators, usableIndicators } from './usable-indicators.ts';
export { canonicalValue, type HeldAbout, objectsAbout, readingsOf, valuesOf } from './values.ts';
