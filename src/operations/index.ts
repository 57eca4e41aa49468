export { type LocalTime, localTime, readInstant, writeLocalTime } from './action-day.ts';
export { type BoardCounts, countTargets, pageOfTargets, TARGETS_MAX, type TargetQuestion } from './board.ts';
export { type ContributionReport, contributeTargets, withdrawTargets } from './contribute.ts';
export { openDatabases } from './databases.ts';
export {
  askWhoWorksOn,
  type ContactCard,
  countQueries,
  listPointers,
  type Pointer,
  registerInterest,
  valueKey,
} from './deconfliction.ts';
export { changeMark } from './marks.ts';
export {
  contradictions,
  type KeptOutcome,
  listTargetOutcomes,
  OUTCOMES_MAX,
  pageOfOutcomes,
  type Reported,
  reportOutcomes,
  supersedeOutcome,
} from './operation-outcomes.ts';
export {
  answerInvitation,
  changeOperation,
  createOperation,
  findOperation,
  inviteParty,
  LANGUAGES,
  listOperations,
  listParties,
  type Operation,
  ownTerms,
  type Party,
  REMIND_DAYS_MAX,
  type Send,
} from './operations.ts';
export {
  assertOutcomeMayCross,
  isOutcomeKind,
  listOutcomes,
  OUTCOME_KINDS,
  type Outcome,
  type OutcomeKind,
  parseOutcome,
  recordOutcome,
  type StoredOutcome,
  storeOutcome,
} from './outcomes.ts';
export * from './package/index.ts';
export type { Quality } from './quality.ts';
export { receiveOperationMessage } from './receive.ts';
export { listReminders, type Reminder, remindDue, remindSilent } from './reminders.ts';
export { type Figures, readFigures } from './report/figures.ts';
export { renderReport } from './report/page.ts';
export { listPosts, type Post, postInRoom } from './rooms.ts';
export {
  holdTarget,
  placeTarget,
  readQueue,
  routeConflicts,
  routeTarget,
  type SlicingReport,
  sliceOperation,
} from './slicing.ts';
export { type LineDefaults, readTargetFile, type TargetLine } from './target-line.ts';
export { findTarget, isActive, listDecisions, readTargets, type Target } from './targets.ts';
export {
  blockedBy,
  createTask,
  endTask,
  listTasks,
  type Task,
} from './tasks.ts';
export {
  INFORMATION_GRADES,
  MARKS,
  type Mark,
  QUEUES,
  type Queue,
  ROLES,
  ROOMS,
  SOURCE_GRADES,
} from './vocabulary.ts';
