import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Comparison,
  type ComparisonExpression,
  type Constant,
  matchPattern,
  type PathStep,
  printPattern,
  type StixObject,
} from '../../../src/stix/pattern/index.ts';
import { observed } from './one-observation.ts';
import { Random } from './random.ts';

/** Values at a path, step by step, all of them: the text of §9.7 without thought for cost. */
function slowValues(
  root: unknown,
  steps: readonly PathStep[],
  objects: ReadonlyMap<string, StixObject>,
): unknown[] {
  let values = [root];
  let name = '';
  for (const step of steps) {
    values = values.flatMap((value) => {
      if (step.kind === 'index') {
        if (!Array.isArray(value)) return [];
        return step.index === '*' ? value : value.slice(step.index, step.index + 1);
      }
      const isReference = typeof value === 'string' && /_refs?$/.test(name);
      const object = (isReference ? objects.get(value) : value) as Record<string, unknown> | undefined;
      if (typeof object !== 'object' || object === null || Array.isArray(object)) return [];
      return Object.hasOwn(object, step.name) ? [object[step.name]] : [];
    });
    if (step.kind === 'property') name = step.name;
  }
  return values.filter((value) => value !== null);
}

function slowHolds(
  expression: ComparisonExpression,
  root: StixObject,
  objects: ReadonlyMap<string, StixObject>,
): boolean {
  if (expression.kind === 'and')
    return expression.operands.every((operand) => slowHolds(operand, root, objects));
  if (expression.kind === 'or')
    return expression.operands.some((operand) => slowHolds(operand, root, objects));
  if (root.type !== (expression as Comparison).path.objectType) return false;
  const test = expression as Comparison;
  const values = slowValues(root, test.path.steps, objects);
  if (test.kind === 'exists') return values.length > 0 !== test.negated;
  return values.some((value) => slowCompares(test, value) !== test.negated);
}

/** Strings and numbers only, the strings ASCII without escapes: JavaScript's own order is right for them. */
function slowCompares(test: Exclude<Comparison, { kind: 'exists' }>, value: unknown): boolean {
  if (test.kind === 'in') return test.values.some((constant) => constant.value === value);
  if (test.kind === 'text') {
    const pattern = test.value.replaceAll('%', '.*').replaceAll('_', '.');
    return typeof value === 'string' && new RegExp(`^(?:${pattern})$`, 's').test(value);
  }
  const other = test.value.value as string | number;
  if (typeof value !== typeof other) return test.operator === '!=';
  const own = value as string | number;
  switch (test.operator) {
    case '=':
      return own === other;
    case '!=':
      return own !== other;
    case '<':
      return own < other;
    case '<=':
      return own <= other;
    case '>':
      return own > other;
    case '>=':
      return own >= other;
  }
}

function randomValue(random: Random, depth: number, ids: readonly string[]): unknown {
  const shape = random.integer(0, depth === 0 ? 3 : 6);
  if (shape === 0) return random.pick(ids);
  if (shape === 1) return random.pick(['a', 'ab', 'b', '']);
  if (shape === 2) return random.pick([0, 1, 2]);
  if (shape === 3) return random.chance(0.3) ? null : 'a';
  if (shape === 4)
    return Array.from({ length: random.integer(0, 3) }, () => randomValue(random, depth - 1, ids));
  return randomProperties(random, depth - 1, ids);
}

const NAMES = ['p', 'q', 'o_ref', 'o_refs'];

function randomProperties(random: Random, depth: number, ids: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(
    NAMES.filter(() => random.chance(0.7)).map((name) => [name, randomValue(random, depth, ids)]),
  );
}

function randomExpression(random: Random, depth: number): ComparisonExpression {
  if (depth > 0 && random.chance(0.6)) {
    const operands = Array.from({ length: random.integer(2, 4) }, () => randomExpression(random, depth - 1));
    return { kind: random.pick(['and', 'or', 'or'] as const), operands };
  }
  const steps: PathStep[] = [{ kind: 'property', name: random.pick(NAMES) }];
  while (random.chance(0.5)) {
    steps.push(
      random.chance(0.5)
        ? { kind: 'index', index: random.pick([0, 1, '*'] as const) }
        : { kind: 'property', name: random.pick(NAMES) },
    );
  }
  const path = { objectType: 'x', steps };
  const negated = random.chance(0.2);
  const value: Constant = random.chance(0.5)
    ? { kind: 'integer', value: random.integer(0, 2) }
    : { kind: 'string', value: random.pick(['a', 'ab', 'b', '']) };
  return random.pick<() => Comparison>([
    () => ({ kind: 'comparison', path, negated: false, operator: '=', value }),
    () => ({
      kind: 'comparison',
      path,
      negated,
      operator: random.pick(['=', '!=', '<', '<=', '>', '>='] as const),
      value,
    }),
    () => ({ kind: 'in', path, negated, values: [value, value] }),
    () => ({
      kind: 'text',
      path,
      negated,
      operator: 'LIKE',
      value: random.pick(['a%', '_', '%b', 'a_', '%']),
    }),
    () => ({ kind: 'exists', path, negated }),
  ])();
}

test('comparing agrees with walking every path to every value', () => {
  const random = new Random(20261124);
  let held = 0;
  for (let round = 0; round < 6000; round++) {
    const ids = ['x--0', 'x--1', 'y--2', 'x--none'];
    const given = observed(
      ['x', 'x', 'y'].map((type, index) => ({ ...randomProperties(random, 3, ids), type, id: ids[index] })),
    );
    const objects = new Map(given.slice(1).map((object) => [object.id!, object]));
    const comparison = randomExpression(random, 2);
    const expected = [...objects.values()].some((root) => slowHolds(comparison, root, objects));
    const pattern = { kind: 'observation', comparison } as const;
    assert.equal(
      matchPattern(pattern, given) !== null,
      expected,
      `${printPattern(pattern)} over ${JSON.stringify(given)}`,
    );
    if (expected) held++;
  }
  assert.ok(held > 1500 && held < 4500, `${held} of 6,000 held: too one-sided to tell much`);
});
