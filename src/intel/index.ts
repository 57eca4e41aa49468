export { affectedByAgreement } from './affected.ts';
export { type Assessment, assess, describeAssessment, lastSighting } from './assessment.ts';
export { classifyObject } from './classify.ts';
export { convertToMisp, type MispExport } from './convert/to-misp.ts';
export { type AboutValue, aboutValue, contributorName, type Voucher, vouchersFor } from './corroboration.ts';
export { decideObject, type ObjectQuestion } from './decide-object.ts';
export { bundleText, type Exported, type ExportScope, exportObjects } from './exporting.ts';
export {
  type Held,
  IMPORT_BATCH,
  type ImportReport,
  importBatch,
  OWN,
  type Refusal,
  withdrawnClass,
} from './holdings.ts';
export {
  type ConvertedCounts,
  ConvertedImport,
  type ConvertedOptions,
  holdAndPublish,
} from './import-converted.ts';
export { type FileImport, type FileImportOptions, importFile } from './import-file.ts';
export { type Counts, newCounts } from './import-queue.ts';
export { COLUMN_FIELDS, parseColumns } from './indicators/columns.ts';
export { readWarninglist } from './indicators/index.ts';
export type { Incoming } from './judging.ts';
export { findObject, type HeldObject, versionsOfObject, walkObjects } from './objects.ts';
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
  describeClass,
  explainRelease,
  type ReleaseDecision,
  type ReleaseSummary,
  summariseRelease,
  type Withheld,
} from './release.ts';
export { releaseClassOf } from './release-class.ts';
export { releaseEpoch } from './release-epoch.ts';
export {
  type Due,
  type Erasure,
  eraseDue,
  listDue,
  listErasures,
  receiveErasure,
  recordReview,
} from './retention.ts';
export {
  countTypes,
  type ObjectLine,
  type ObjectPicture,
  pictureObject,
  searchObjects,
} from './search.ts';

export { type UsableIndicator, type UsableIndicators, usableIndicators } from './usable-indicators.ts';
export { canonicalValue, type HeldAbout, objectsAbout, readingsOf, valuesOf } from './values.ts';
export {
  addWarninglist,
  heldWarninglists,
  listWarninglists,
  removeWarninglist,
  type WarninglistSummary,
} from './warninglists.ts';
