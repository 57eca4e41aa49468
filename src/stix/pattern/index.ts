export type {
  Comparison,
  ComparisonExpression,
  Constant,
  ObjectPath,
  ObservationExpression,
  ObservationOperation,
  ObservationTest,
  PathStep,
  Pattern,
  Qualifier,
} from './ast.ts';
export { matchPattern, type PatternMatch, type TermMatch } from './match.ts';
export type { StixObject } from './observations.ts';
export { parsePattern } from './parse.ts';
export {
  compilePatternSet,
  type PatternSet,
  type PatternSetMatch,
  type PatternSetResult,
  type UndecidedPattern,
} from './pattern-set.ts';
export { printPattern } from './print.ts';
export { type SimpleEquality, simpleEqualities } from './simple-equalities.ts';
export { PatternSyntaxError } from './syntax-error.ts';
export type { MatchOptions } from './work.ts';
