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
export { parsePattern } from './parse.ts';
export { printPattern } from './print.ts';
export { type SimpleEquality, simpleEqualities } from './simple-equalities.ts';
export { PatternSyntaxError } from './syntax-error.ts';
