/** Random patterns over the whole grammar, for properties that hold of every pattern. */
import type {
  Comparison,
  ComparisonExpression,
  Constant,
  ObjectPath,
  ObservationExpression,
  PathStep,
  Qualifier,
} from '../../../src/stix/pattern/index.ts';
import type { Random } from './random.ts';

const TEXTS = [
  '',
  'a',
  "it's",
  'back\\slash',
  "\\'",
  '%_',
  'é',
  'e\u0301',
  '\u{1f0a1}',
  'two\nlines',
  '[*]',
  '/* no comment */',
  '//',
  'AND',
  "h'00'",
];
const NAMES = [
  'a',
  'B_2',
  '_',
  'a-b',
  'a.b',
  '',
  "it's",
  'x y',
  'AND',
  'true',
  '0',
  'ünïcode',
  'value_bin',
  'some_ref',
];
const TIMES = [
  '2026-01-01T00:00:00Z',
  '2024-02-29T23:59:59.999999999999Z',
  '2016-12-31T23:59:60Z',
  '0001-01-01T00:00:00.0Z',
];
const FLOATS = [0, 0.5, -0.5, 1, 1e-7, 1e21, 123456789.125, 5e-324, -1.7976931348623157e308, 0.1, 1 / 3];
const INTEGERS = [0, 1, -1, 42, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER];

export function randomConstant(random: Random): Constant {
  return random.pick<() => Constant>([
    () => ({ kind: 'boolean', value: random.chance(0.5) }),
    () => ({ kind: 'integer', value: random.pick(INTEGERS) }),
    () => ({ kind: 'float', value: random.pick(FLOATS) }),
    () => ({ kind: 'string', value: random.pick(TEXTS) }),
    () => ({ kind: 'binary', value: randomBytes(random) }),
    () => ({ kind: 'hex', value: randomBytes(random) }),
    () => ({ kind: 'timestamp', value: random.pick(TIMES) }),
  ])();
}

function randomBytes(random: Random): Uint8Array {
  return Uint8Array.from({ length: random.integer(0, 5) }, () => random.integer(0, 255));
}

function randomPath(random: Random, objectType: string): ObjectPath {
  const property = (): PathStep => ({ kind: 'property', name: random.pick(NAMES) });
  const steps = [property()];
  while (random.chance(0.4)) {
    const isIndex = random.chance(0.4);
    steps.push(isIndex ? { kind: 'index', index: random.pick([0, 7, '*'] as const) } : property());
  }
  return { objectType, steps };
}

function randomComparison(random: Random, objectType: string): Comparison {
  const path = randomPath(random, objectType);
  const negated = random.chance(0.3);
  const value = randomConstant(random);
  return random.pick<() => Comparison>([
    () => {
      const operator = random.pick(
        value.kind === 'boolean' ? (['=', '!='] as const) : (['=', '!=', '<', '<=', '>', '>='] as const),
      );
      return { kind: 'comparison', path, operator, negated, value };
    },
    () => ({ kind: 'in', path, negated, values: Array.from({ length: random.integer(0, 3) }, () => value) }),
    () => ({ kind: 'text', path, operator: 'LIKE', negated, value: random.pick(TEXTS) }),
    () => ({
      kind: 'text',
      path,
      operator: 'MATCHES',
      negated,
      value: random.pick(['^a+$', '\\d{2,3}', "'", '(?i)x|y']),
    }),
    () => ({
      kind: 'text',
      path,
      operator: random.pick(['ISSUBSET', 'ISSUPERSET'] as const),
      negated,
      value: random.pick(['192.0.2.0/24', '2001:db8::/32']),
    }),
    () => ({ kind: 'exists', path, negated }),
  ])();
}

export function randomComparisons(random: Random, depth: number, objectType: string): ComparisonExpression {
  if (depth === 0 || random.chance(0.3)) return randomComparison(random, objectType);
  const kind = random.pick(['and', 'or'] as const);
  const operands = Array.from({ length: random.integer(2, 4) }, () =>
    randomComparisons(random, depth - 1, objectType),
  );
  return { kind, operands };
}

export function randomPattern(random: Random, depth: number): ObservationExpression {
  if (depth === 0 || random.chance(0.2)) {
    return {
      kind: 'observation',
      comparison: randomComparisons(random, 2, random.pick(['file', 'x-a_b', 'T1'])),
    };
  }
  if (random.chance(0.6)) {
    const kind = random.pick(['and', 'or', 'followed-by'] as const);
    return {
      kind,
      operands: Array.from({ length: random.integer(2, 3) }, () => randomPattern(random, depth - 1)),
    };
  }
  const qualifiers = (
    [
      { kind: 'repeats', times: random.integer(1, 1e6) },
      { kind: 'within', seconds: random.pick([1, 0.0001, 600, 2.5, 1e-9]) },
      { kind: 'start-stop', start: random.pick(TIMES), stop: random.pick(TIMES) },
    ] satisfies Qualifier[]
  ).filter(() => random.chance(0.5));
  if (qualifiers.length === 0) qualifiers.push({ kind: 'repeats', times: 1 });
  if (random.chance(0.5)) qualifiers.reverse();
  return { kind: 'qualified', operand: randomPattern(random, depth - 1), qualifiers };
}
