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
