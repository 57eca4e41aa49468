/**
 * Patterns that only name values. Nearly all indicators of the public feeds say `[domain-name:value = 'example.com']` or
 * an OR of such: they can become entries of a table instead of being evaluated one by one.
 */
import type { ComparisonExpression, Constant, ObjectPath, Pattern } from './ast.ts';
import { printPath } from './print.ts';

export interface SimpleEquality {
  /** `file` */
  readonly objectType: string;
  /** As printed, with the type: `file:hashes.'SHA-256'`. Equal paths have equal text. */
  readonly pathText: string;
  readonly path: ObjectPath;
  readonly value: Constant;
}

/**
 * The equalities of which a pattern is exactly the OR: one observation with any of these values matches it, and
 * nothing else does. Null for every pattern that asks for more, or for something else: AND, NOT, other operators,
 * several observations, qualifiers.
 */
export function simpleEqualities(pattern: Pattern): readonly SimpleEquality[] | null {
  const found: SimpleEquality[] = [];
  return collectPattern(pattern, found) ? found : null;
}

function collectPattern(pattern: Pattern, found: SimpleEquality[]): boolean {
  if (pattern.kind === 'observation') return collect(pattern.comparison, found);
  if (pattern.kind !== 'or') return false;
  return pattern.operands.every((operand) => collectPattern(operand, found));
}

function collect(expression: ComparisonExpression, found: SimpleEquality[]): boolean {
  switch (expression.kind) {
    case 'or':
      return expression.operands.every((operand) => collect(operand, found));
    case 'comparison':
      if (expression.operator !== '=' || expression.negated) return false;
      found.push(equality(expression.path, expression.value));
      return true;
    case 'in': {
      if (expression.negated) return false;
      for (const value of expression.values) found.push(equality(expression.path, value));
      return true;
    }
    default:
      return false;
  }
}

function equality(path: ObjectPath, value: Constant): SimpleEquality {
  return { objectType: path.objectType, pathText: printPath(path), path, value };
}
