/** From a pattern's tree back to text: one canonical layout, parentheses only where the tree needs them. */
import { encodeBase64, encodeHex } from '../../base/bytes.ts';
import type {
  Comparison,
  ComparisonExpression,
  Constant,
  ObjectPath,
  ObservationExpression,
  PathStep,
  Pattern,
  Qualifier,
} from './ast.ts';

/** `parsePattern` of the result gives an equal tree. */
export function printPattern(pattern: Pattern): string {
  return printObservation(pattern, 0);
}

/** How tightly each operator binds; what binds as loosely as its surroundings, or looser, needs parentheses. */
const BINDING = { 'followed-by': 1, or: 2, and: 3, qualified: 4, observation: 5, comparison: 5 } as const;
const WORD = { 'followed-by': ' FOLLOWEDBY ', or: ' OR ', and: ' AND ' } as const;

function printObservation(expression: ObservationExpression, around: number): string {
  const text = bareObservation(expression);
  return BINDING[expression.kind] > around ? text : `(${text})`;
}

function bareObservation(expression: ObservationExpression): string {
  switch (expression.kind) {
    case 'observation':
      return `[${printComparison(expression.comparison, 0)}]`;
    case 'qualified': {
      const operand = printObservation(expression.operand, BINDING.qualified);
      return [operand, ...expression.qualifiers.map(printQualifier)].join(' ');
    }
    default: {
      const binding = BINDING[expression.kind];
      return expression.operands
        .map((operand) => printObservation(operand, binding))
        .join(WORD[expression.kind]);
    }
  }
}

function printQualifier(qualifier: Qualifier): string {
  switch (qualifier.kind) {
    case 'repeats':
      return `REPEATS ${qualifier.times} TIMES`;
    case 'within':
      return `WITHIN ${printDecimal(qualifier.seconds)} SECONDS`;
    case 'start-stop':
      return `START t'${qualifier.start}' STOP t'${qualifier.stop}'`;
  }
}

/** What stands between brackets. */
export function printComparison(expression: ComparisonExpression, around = 0): string {
  if (!('operands' in expression)) return printTest(expression);
  const binding = BINDING[expression.kind];
  const text = expression.operands
    .map((operand) => printComparison(operand, binding))
    .join(WORD[expression.kind]);
  return binding > around ? text : `(${text})`;
}

function printTest(test: Comparison): string {
  const path = printPath(test.path);
  const not = test.negated ? 'NOT ' : '';
  switch (test.kind) {
    case 'comparison':
      return `${path} ${not}${test.operator} ${printConstant(test.value)}`;
    case 'in':
      return `${path} ${not}IN (${test.values.map(printConstant).join(', ')})`;
    case 'text':
      return `${path} ${not}${test.operator} ${quote(test.value)}`;
    case 'exists':
      return `${not}EXISTS ${path}`;
  }
}

/** `file:hashes.'SHA-256'` */
export function printPath(path: ObjectPath): string {
  return `${path.objectType}:${printSteps(path.steps)}`;
}

function printSteps(steps: readonly PathStep[]): string {
  let text = '';
  for (const step of steps) {
    if (step.kind === 'index') text += `[${step.index}]`;
    else
      text +=
        (text === '' ? '' : '.') +
        (PLAIN_NAME.test(step.name) && !WORDS.has(step.name) ? step.name : quote(step.name));
  }
  return text;
}

const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Other parsers take these for keywords wherever they stand; in apostrophes they are names everywhere. */
const WORDS: ReadonlySet<string> = new Set(
  'AND OR NOT FOLLOWEDBY LIKE MATCHES ISSUPERSET ISSUBSET EXISTS IN START STOP SECONDS TIMES WITHIN REPEATS true false'.split(
    ' ',
  ),
);

export function printConstant(constant: Constant): string {
  switch (constant.kind) {
    case 'boolean':
      return String(constant.value);
    case 'integer':
      return String(constant.value);
    case 'float':
      return printDecimal(constant.value, true);
    case 'string':
      return quote(constant.value);
    case 'binary':
      return `b'${encodeBase64(constant.value)}'`;
    case 'hex':
      return `h'${encodeHex(constant.value)}'`;
    case 'timestamp':
      return `t'${constant.value}'`;
  }
}

function quote(text: string): string {
  return `'${text.replace(/['\\]/g, '\\$&')}'`;
}

/** The shortest decimal that reads back as `value`, without the exponent that patterns do not have. */
export function printDecimal(value: number, alwaysPoint = false): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(value.toExponential())!;
  const digits = match[2]! + (match[3] ?? '');
  const point = 1 + Number(match[4]);
  let whole = '0';
  let fraction = '';
  if (point <= 0) fraction = '0'.repeat(-point) + digits;
  else {
    whole = digits.slice(0, point).padEnd(point, '0');
    fraction = digits.slice(point);
  }
  if (fraction === '' || /^0+$/.test(fraction)) fraction = alwaysPoint ? '0' : '';
  return `${match[1]}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}
