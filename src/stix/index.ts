export {
  type Bundle,
  type BundleEntry,
  type BundleFrame,
  type BundleOptions,
  BundleReader,
  parseBundle,
  pathInBundle,
  streamBundle,
} from './bundle.ts';
export { isStixId, typeOfId } from './identifiers.ts';
export {
  type GranularMarking,
  granularMarkings,
  markingsAt,
  objectMarkings,
  type TlpOptions,
  tlpAt,
  tlpOf,
  tlpOfDefinition,
} from './markings.ts';
export { observableId } from './observable-id.ts';
export {
  type Comparison,
  type ComparisonExpression,
  type Constant,
  compilePatternSet,
  type MatchOptions,
  matchPattern,
  type ObjectPath,
  type ObservationExpression,
  type ObservationOperation,
  type ObservationTest,
  type PathStep,
  type Pattern,
  type PatternMatch,
  type PatternSet,
  type PatternSetMatch,
  type PatternSetResult,
  PatternSyntaxError,
  parsePattern,
  printPattern,
  type Qualifier,
  type SimpleEquality,
  simpleEqualities,
  type TermMatch,
  type UndecidedPattern,
} from './pattern/index.ts';
export { referencesOf } from './references.ts';
export type { StixIssueCode } from './report.ts';
export { parseSelector, readSelector, selects } from './selectors.ts';
export { compareStixTimestamps, isStixTimestamp } from './timestamps.ts';
export { TLP_LEVELS, TLP1, TLP2, type TlpLevel, type TlpMarking, tlpOfMarkingId } from './tlp.ts';
export {
  isObjectOf,
  type KnownObject,
  type ObjectTypeName,
  type StixObject,
  type StixObjectOf,
} from './types.ts';
export { isStix20, type Upgrade, type UpgradeChange, upgradeStix20 } from './upgrade.ts';
export { type Validation, type ValidationOptions, validateObject } from './validate.ts';
export { compareVersions, isRevoked, successionIssues, versionOf } from './versions.ts';
export { type Term, VOCABULARIES, type VocabularyName } from './vocabularies.ts';
