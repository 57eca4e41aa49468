/** What stands between brackets, made ready to be asked of one object after another (STIX 2.1 §9.5, §9.6). */
import type { Comparison, ComparisonExpression } from './ast.ts';
import { compileValueTest, type ValueTest } from './compare.ts';
import { EqualityTable } from './equality-table.ts';
import type { Observation, StixObject } from './observations.ts';
import { type CompiledPath, compilePath, someValue } from './path.ts';
import { printPath } from './print.ts';

export interface Predicate {
  /**
   * Whether `root` satisfies the expression; every path of it starts there (§9.5). If it does, `chain` gains the objects
   * that references led through; if it does not, `chain` may hold objects of what was tried.
   */
  test(root: StixObject, observation: Observation, chain?: StixObject[]): boolean;
}

export interface CompiledComparison extends Predicate {
  /** Only objects of these types can satisfy it. */
  readonly types: ReadonlySet<string>;
}

/** One expression, or several of which one must hold. */
export function compileComparisons(expressions: readonly ComparisonExpression[]): CompiledComparison {
  const types = new Set<string>();
  const predicate = compileOr(expressions, types);
  return { types, test: (root, observation, chain) => predicate.test(root, observation, chain) };
}

/** Some object of the observation that satisfies the predicate, with the objects its references led through. */
export function findObjects(predicate: CompiledComparison, observation: Observation): StixObject[] | null {
  for (const root of observation.objects) {
    if (!predicate.types.has(root.type)) continue;
    const chain: StixObject[] = [];
    if (predicate.test(root, observation, chain)) return [...new Set([root, ...chain])];
  }
  return null;
}

export function holdsIn(predicate: CompiledComparison, observation: Observation): boolean {
  for (const root of observation.objects) {
    if (predicate.types.has(root.type) && predicate.test(root, observation)) return true;
  }
  return false;
}

function compile(expression: ComparisonExpression, types: Set<string>): Predicate {
  if (!('operands' in expression)) return compileTest(expression, types);
  if (expression.kind === 'or') return compileOr(expression.operands, types);
  const parts = expression.operands.map((operand) => compile(operand, types));
  return { test: (root, observation, chain) => parts.every((part) => part.test(root, observation, chain)) };
}

/** Equalities over one path become one table, so that ten thousand of them cost one look-up. */
function compileOr(operands: readonly ComparisonExpression[], types: Set<string>): Predicate {
  const parts: Predicate[] = [];
  const tables = new Map<string, { path: CompiledPath; table: EqualityTable<true> }>();
  const add = (operand: ComparisonExpression): void => {
    if (operand.kind === 'or') {
      for (const inner of operand.operands) add(inner);
      return;
    }
    if (operand.kind !== 'comparison' || operand.operator !== '=' || operand.negated) {
      parts.push(compile(operand, types));
      return;
    }
    const key = printPath(operand.path);
    let entry = tables.get(key);
    if (!entry) {
      const path = compilePath(operand.path);
      entry = { path, table: new EqualityTable(path.encoding) };
      tables.set(key, entry);
      const { table } = entry;
      types.add(path.objectType);
      parts.push(testPath(path, (value) => table.has(value)));
    }
    entry.table.add(operand.value, true);
  };
  for (const operand of operands) add(operand);
  if (parts.length === 1) return parts[0]!;
  return { test: (root, observation, chain) => parts.some((part) => part.test(root, observation, chain)) };
}

function compileTest(comparison: Comparison, types: Set<string>): Predicate {
  const path = compilePath(comparison.path);
  types.add(path.objectType);
  const predicate = testPath(path, compileValueTest(comparison, path.encoding));
  if (comparison.kind !== 'exists' || !comparison.negated) return predicate;
  // The object is there and has nothing at the path.
  return {
    test: (root, observation) => root.type === path.objectType && !predicate.test(root, observation),
  };
}

/** A path that leads nowhere satisfies no comparison, NOT or not (§9.6): only values that exist are tested. */
function testPath(path: CompiledPath, test: ValueTest): Predicate {
  return {
    test: (root, observation, chain) =>
      root.type === path.objectType && someValue(path, root, observation, test, chain),
  };
}
