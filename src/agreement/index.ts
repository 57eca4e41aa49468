export {
  agreementEnd,
  breachReportDue,
  coveringFlows,
  type Duty,
  dutiesAtEnd,
  retentionDates,
  serviceDeadlines,
  type Warning,
  warningsAhead,
} from './calendar.ts';
export { checkAgreement, instrumentOf, parseAgreement } from './check.ts';
export type { Clause } from './clause.ts';
export { type PrivateKey, type Signature, unverifiedHeader } from './detached-jws.ts';
export { type Change, diffAgreements } from './diff.ts';
export { agreementDigest, bindText, keyThumbprint, machineDigest } from './digest.ts';
export {
  AGREEMENT_BYTES_MAX,
  AGREEMENT_FORMAT,
  type Agreement,
  AgreementSchema,
  type Flow,
  type Party,
  type PublicKey,
  type Service,
  type Signatory,
  type Term,
} from './document.ts';
export { quotaPeriod } from './gate.ts';
export { formatInstant, instantNs, parseInstant } from './instant.ts';
export { type KeyState, keysInUse, nodeKeyAt } from './keys.ts';
export {
  assertNotice,
  earliestEnd,
  noticeIssues,
  renewalWaitsFor,
  type State,
  type StateContext,
  type StateName,
  stateAt,
} from './lifecycle.ts';
export { draftNotice, NOTICE_KINDS, type Notice, type NoticeKind, NoticeSchema } from './notice.ts';
export { clauseIssues } from './policies.ts';
export {
  type DecidingClause,
  decidingClause,
  denialError,
  type Effect,
  type Obligation,
  parseDecidingClause,
  parseReleaseClass,
  type Question,
  type ReleaseClass,
  releaseClassKey,
  strictest,
  type Verdict,
} from './question.ts';
export { parseReason, REASON_WORDS, type Reason, sayClause, sayReason } from './reasons/index.ts';
export {
  assertDecidable,
  assertFullySigned,
  decodeSignedAgreement,
  encodeSignedAgreement,
  type PartySignatures,
  parseSignedAgreement,
  type SignatureReport,
  type SignedAgreement,
  signAgreement,
  unsignedAsIfSigned,
  type VerifiedAgreement,
  verifyAgreement,
  verifySignatures,
} from './signatures.ts';
export {
  decodeSignedNotice,
  encodeSignedNotice,
  parseSignedNotice,
  type SignedNotice,
  signNotice,
  verifyNotice,
} from './signed-notice.ts';
export { type Affected, type SimulatedChange, type Simulation, simulate, type WhatIf } from './simulate.ts';
export { fillTemplate, parseDraft, standIns, type TemplateValues, templatePlaceholders } from './template.ts';
export * from './terms.ts';
export { compileAgreement, type Decider } from './verdict.ts';
export {
  amendmentIssues,
  draftAmendment,
  draftRenewal,
  type VersionInForce,
  type VersionStatement,
  versionInForce,
  versionMismatch,
  versionStatement,
} from './versions.ts';
