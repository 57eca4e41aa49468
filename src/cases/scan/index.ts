export { type CollectedObservables, collectObservables } from './collect-observables.ts';
export { isExerciseEvidence } from './exercise-evidence.ts';
export { type FileJournal, journalPath, openFileJournal } from './file-journal.ts';
export {
  type EvidenceInput,
  type FinishedTask,
  type ScanAccount,
  type ScanEvidenceOptions,
  type ScanJournal,
  scanEvidence,
} from './scan-evidence.ts';
export type { EvidenceHit, ScanIssue } from './scan-task.ts';
export { type EvidenceEntry, walkEvidence } from './walk-evidence.ts';
