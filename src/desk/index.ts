export { calendarOf, setCalendar } from './calendars.ts';
export { type Fit, type Lack, matchExperts, type Want } from './experts/match.ts';
export {
  addExpert,
  type Expert,
  listExperts,
  type Profile,
  parseProfile,
  removeExpert,
  requireExpert,
} from './experts/roster.ts';
export {
  type KeptSeatAct,
  recordSeatAct,
  runsFrom,
  type SeatAct,
  type SeatRun,
  seatRecord,
} from './experts/seat-record.ts';
export { denied, type SeatAway, seatsAway } from './experts/seat-term.ts';
export {
  admit,
  assertUsableSeat,
  grantSeat,
  type Holder,
  listSeats,
  recordingRefusal,
  requireSeat,
  type Seat,
  type SeatGrant,
  seatOf,
  withdrawSeat,
} from './experts/seats.ts';
export {
  type Agency,
  admitAgency,
  blockAgency,
  CLOSED,
  confirmMail,
  type FreeTerms,
  freeTerms,
  listAgencies,
  OFFERS,
  type Offer,
  ownVoucher,
  registerByMail,
  registerWithVoucher,
  setFreeTerms,
  takePendingMail,
  type Under,
  vouch,
} from './free/agencies.ts';
export { charge, type Quota } from './free/quota.ts';
export { ATTACHMENTS_BYTES_MAX, type Attachment, makeAttachment } from './requests/attachment.ts';
export { clockOf, type RequestClock, type Target } from './requests/clock.ts';
export { countRequests, type RequestCount } from './requests/counts.ts';
export { listRequests, PAGE_MAX, type RequestFilter, type RequestPage } from './requests/list.ts';
export {
  attachmentsIn,
  type DeskRequest,
  draftRequest,
  type PersonalStep,
  type QueueStep,
  receiveStep,
  requireRequest,
  reviewRequest,
  sendRequest,
  takeStep,
} from './requests/requests.ts';
export { REQUEST_STATES, type RequestState, stepOf } from './requests/state.ts';
export {
  type Ask,
  CLOSE_OUTCOMES,
  DECLINE_REASONS,
  REQUEST_KINDS,
  type RequestKind,
  type StepBodies,
} from './requests/step.ts';
export { countUse } from './service-use.ts';
export {
  acceptHeld,
  assertAcceptable,
  assertUsable,
  type HeldTool,
  keepHeld,
  listHeld,
  receiveSeatNotice,
  requireHeld,
  retireHeld,
  retireUnlisted,
  stateOf as toolStateOf,
  type TellSeats,
  whyNotOffered,
} from './tools/held.ts';
export {
  assertParameters,
  compareVersions,
  isWasm,
  type Manifest,
  notAPackage,
  parseManifest,
  type SelfTest,
  TOOL_KINDS,
  type ToolKind,
} from './tools/manifest.ts';
export { packTool, parsePackage, type ToolPackage } from './tools/package.ts';
export {
  listPublished,
  type Published,
  publishPackage,
  targetName,
  withdrawPublished,
} from './tools/published.ts';
// `tools/repository.ts` and `tools/trusted.ts` are imported by themselves, where they are used: their libraries are no part of a node's start.
export { type RepositoryFault, repositoryFault } from './tools/repository-fault.ts';
export {
  type Attempt,
  answerTask,
  assertTeam,
  grade,
  inject,
  listAttempts,
  membersIn,
  recordOf,
  requireAttempt,
  startAttempt,
  takeHint,
} from './training/attempts.ts';
export { COURSES, type Course, requireCourse, type Step, titleOf } from './training/courses.ts';
export {
  type CredentialVerdict,
  issueCourseCredential,
  issueCredential,
  revokeCredential,
  statusList,
  verifyCredential,
} from './training/credential.ts';
export { generateEvidence } from './training/evidence.ts';
export { type Exercise, PATHS, type Path, type Task } from './training/exercise.ts';
export { EXERCISES, requireExercise } from './training/exercises/index.ts';
export { type CaseActions, decideHandling, type Grade, isDone, openTasks } from './training/grade.ts';
export { LESSONS, type Lesson, requireLesson } from './training/lesson.ts';
export { answerLesson, type LessonResult, progressOf } from './training/progress.ts';
export { courseStatements, xapiStatements } from './training/xapi.ts';
export { DEFAULT_CALENDAR, parseCalendar, WEEKDAYS, type WorkingCalendar } from './working-calendar.ts';
