/**
 * From the text of a pattern to its tree (STIX 2.1 §9; grammar as OASIS publishes it with the text).
 *
 * Patterns arrive inside other organisations' indicators, so everything here is under an attacker's control: length and
 * nesting are bounded, operands are collected in loops, and regular expressions and address constants are checked
 * before a pattern counts as parsed, since "an invalid pattern MUST NOT match any Observations" (§9.4).
 */
import { isAddressSet } from './address-set.ts';
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
import { PATH_STEPS_MAX, PATTERN_DEPTH_MAX, PATTERN_LENGTH_MAX } from './limits.ts';
import { regularExpressionFault } from './regular-expression.ts';
import { PatternSyntaxError } from './syntax-error.ts';
import { readToken, type Token } from './tokens.ts';

/** @throws PatternSyntaxError */
export function parsePattern(text: string): Pattern {
  if (text.length > PATTERN_LENGTH_MAX) {
    throw new PatternSyntaxError(
      `a pattern has at most ${PATTERN_LENGTH_MAX} characters`,
      PATTERN_LENGTH_MAX,
    );
  }
  return new Parser(text).pattern();
}

/** A comparison with the object types that can satisfy it: AND leaves those that all its operands share. */
interface Typed {
  readonly expression: ComparisonExpression;
  readonly types: ReadonlySet<string>;
}

class Parser {
  readonly #text: string;
  #token: Token;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#token = readToken(text, 0);
  }

  pattern(): Pattern {
    const pattern = this.#observations('followed-by');
    if (this.#token.kind !== 'end') throw this.#unexpected('an operator, a qualifier or the end');
    return pattern;
  }

  /** FOLLOWEDBY binds loosest, then OR, then AND (§9.5.3). */
  #observations(operator: 'followed-by' | 'or' | 'and'): ObservationExpression {
    const word = operator === 'followed-by' ? 'FOLLOWEDBY' : operator === 'or' ? 'OR' : 'AND';
    const operand = () =>
      operator === 'followed-by'
        ? this.#observations('or')
        : operator === 'or'
          ? this.#observations('and')
          : this.#qualified();
    const first = operand();
    if (!this.#isWord(word)) return first;
    const operands = [first];
    while (this.#takeWord(word)) operands.push(operand());
    return { kind: operator, operands };
  }

  #qualified(): ObservationExpression {
    let operand: ObservationExpression;
    if (this.#isMark('(')) {
      operand = this.#nested(() => this.#observations('followed-by'));
    } else if (this.#takeMark('[')) {
      const { expression } = this.#comparisons('or');
      this.#expectMark(']');
      operand = { kind: 'observation', comparison: expression };
    } else throw this.#unexpected('"[" or "("');
    const qualifiers: Qualifier[] = [];
    for (;;) {
      const offset = this.#token.offset;
      const qualifier = this.#qualifier();
      if (!qualifier) break;
      if (qualifiers.some(({ kind }) => kind === qualifier.kind)) {
        throw new PatternSyntaxError('an expression has at most one qualifier of a kind', offset);
      }
      qualifiers.push(qualifier);
    }
    return qualifiers.length === 0 ? operand : { kind: 'qualified', operand, qualifiers };
  }

  #qualifier(): Qualifier | null {
    if (this.#takeWord('REPEATS')) {
      const { constant, offset } = this.#constant('a whole number');
      if (constant.kind !== 'integer' || constant.value < 1) {
        throw new PatternSyntaxError('REPEATS takes a positive whole number', offset);
      }
      this.#expectWord('TIMES');
      return { kind: 'repeats', times: constant.value };
    }
    if (this.#takeWord('WITHIN')) {
      const { constant, offset } = this.#constant('a number');
      if ((constant.kind !== 'integer' && constant.kind !== 'float') || constant.value <= 0) {
        throw new PatternSyntaxError('WITHIN takes a positive number', offset);
      }
      this.#expectWord('SECONDS');
      return { kind: 'within', seconds: constant.value };
    }
    if (this.#takeWord('START')) {
      const start = this.#timestamp();
      this.#expectWord('STOP');
      return { kind: 'start-stop', start, stop: this.#timestamp() };
    }
    return null;
  }

  #timestamp(): string {
    const { constant, offset } = this.#constant('a timestamp');
    if (constant.kind !== 'timestamp') throw new PatternSyntaxError("a timestamp t'…' is expected", offset);
    return constant.value;
  }

  #comparisons(operator: 'or' | 'and'): Typed {
    const word = operator === 'or' ? 'OR' : 'AND';
    const operand = () => (operator === 'or' ? this.#comparisons('and') : this.#comparison());
    const first = operand();
    if (!this.#isWord(word)) return first;
    const operands = [first.expression];
    const types = new Set(first.types);
    while (this.#takeWord(word)) {
      const offset = this.#token.offset;
      const next = operand();
      operands.push(next.expression);
      if (operator === 'or') for (const type of next.types) types.add(type);
      else for (const type of types) if (!next.types.has(type)) types.delete(type);
      if (types.size === 0) {
        throw new PatternSyntaxError(
          'what AND joins inside brackets must hold of one object, and no object has two types (§9.5)',
          offset,
        );
      }
    }
    return { expression: { kind: operator, operands }, types };
  }

  #comparison(): Typed {
    if (this.#isMark('(')) return this.#nested(() => this.#comparisons('or'));
    let expression: Comparison;
    let path: ObjectPath;
    const negatedFirst = this.#takeWord('NOT');
    if (this.#takeWord('EXISTS')) {
      path = this.#path();
      expression = { kind: 'exists', path, negated: negatedFirst };
    } else {
      if (negatedFirst) throw this.#unexpected('EXISTS (of other operators, NOT stands behind the path)');
      path = this.#path();
      expression = this.#operation(path, this.#takeWord('NOT'));
    }
    return { expression, types: new Set([path.objectType]) };
  }

  #operation(path: ObjectPath, negated: boolean): Comparison {
    const token = this.#token;
    const word = token.kind === 'mark' || token.kind === 'name' ? token.text : '';
    switch (word) {
      case '=':
      case '!=':
      case '<':
      case '<=':
      case '>':
      case '>=': {
        this.#advance();
        const { constant: value, offset } = this.#constant('a constant');
        if (value.kind === 'boolean' && word !== '=' && word !== '!=') {
          throw new PatternSyntaxError('true and false have no order', offset);
        }
        return { kind: 'comparison', path, operator: word, negated, value };
      }
      case 'IN':
        this.#advance();
        return { kind: 'in', path, negated, values: this.#set() };
      case 'LIKE':
      case 'MATCHES':
      case 'ISSUBSET':
      case 'ISSUPERSET': {
        this.#advance();
        const { constant, offset } = this.#constant('a string');
        if (constant.kind !== 'string') throw new PatternSyntaxError(`${word} takes a string`, offset);
        if (word === 'MATCHES') {
          const fault = regularExpressionFault(constant.value);
          if (fault)
            throw new PatternSyntaxError(fault.message, offsetInQuoted(this.#text, offset, fault.index));
        }
        if ((word === 'ISSUBSET' || word === 'ISSUPERSET') && !isAddressSet(constant.value)) {
          throw new PatternSyntaxError(`${word} takes an IPv4 or IPv6 address or network`, offset);
        }
        return { kind: 'text', path, operator: word, negated, value: constant.value };
      }
      default:
        throw this.#unexpected('a comparison operator');
    }
  }

  #set(): Constant[] {
    this.#expectMark('(');
    const values: Constant[] = [];
    if (this.#takeMark(')')) return values;
    do {
      const { constant, offset } = this.#constant('a constant');
      if (values.length > 0 && values[0]!.kind !== constant.kind) {
        throw new PatternSyntaxError(
          `the constants of IN must be of one type, and ${values[0]!.kind} came before ${constant.kind} (§9.6.1)`,
          offset,
        );
      }
      values.push(constant);
    } while (this.#takeMark(','));
    this.#expectMark(')');
    return values;
  }

  #path(): ObjectPath {
    const type = this.#token;
    if (type.kind !== 'name') throw this.#unexpected('an object path');
    this.#advance();
    this.#expectMark(':');
    const steps: PathStep[] = [this.#property()];
    for (;;) {
      if (steps.length > PATH_STEPS_MAX) {
        throw new PatternSyntaxError(`a path has at most ${PATH_STEPS_MAX} steps`, this.#token.offset);
      }
      if (this.#takeMark('.')) steps.push(this.#property());
      else if (this.#takeMark('[')) {
        steps.push({ kind: 'index', index: this.#index() });
        this.#expectMark(']');
      } else return { objectType: type.text, steps };
    }
  }

  #property(): PathStep {
    const token = this.#token;
    if (token.kind === 'name') {
      const hyphen = token.text.indexOf('-');
      if (hyphen >= 0) {
        throw new PatternSyntaxError(
          'a property name with a hyphen stands in apostrophes (§9.7)',
          token.offset + hyphen,
        );
      }
      this.#advance();
      return { kind: 'property', name: token.text };
    }
    if (token.kind === 'constant' && token.value.kind === 'string') {
      this.#advance();
      return { kind: 'property', name: token.value.value };
    }
    if (token.kind === 'constant' && token.value.kind === 'boolean') {
      this.#advance();
      return { kind: 'property', name: String(token.value.value) };
    }
    throw this.#unexpected('a property name');
  }

  #index(): number | '*' {
    if (this.#takeMark('*')) return '*';
    const { constant, offset } = this.#constant('an index or "*"');
    if (constant.kind !== 'integer' || constant.value < 0) {
      throw new PatternSyntaxError('an index is a whole number from 0 on, or "*" (§9.7.2)', offset);
    }
    return constant.value;
  }

  #nested<T>(read: () => T): T {
    if (++this.#depth > PATTERN_DEPTH_MAX) {
      throw new PatternSyntaxError(`parentheses nest deeper than ${PATTERN_DEPTH_MAX}`, this.#token.offset);
    }
    this.#expectMark('(');
    const value = read();
    this.#expectMark(')');
    this.#depth--;
    return value;
  }

  #constant(expected: string): { constant: Constant; offset: number } {
    const token = this.#token;
    if (token.kind !== 'constant') throw this.#unexpected(expected);
    this.#advance();
    return { constant: token.value, offset: token.offset };
  }

  #isWord(word: string): boolean {
    return this.#token.kind === 'name' && this.#token.text === word;
  }

  #isMark(mark: string): boolean {
    return this.#token.kind === 'mark' && this.#token.text === mark;
  }

  #takeWord(word: string): boolean {
    if (!this.#isWord(word)) return false;
    this.#advance();
    return true;
  }

  #takeMark(mark: string): boolean {
    if (!this.#isMark(mark)) return false;
    this.#advance();
    return true;
  }

  #expectWord(word: string): void {
    if (!this.#takeWord(word)) throw this.#unexpected(word);
  }

  #expectMark(mark: string): void {
    if (!this.#takeMark(mark)) throw this.#unexpected(`"${mark}"`);
  }

  #advance(): void {
    this.#token = readToken(this.#text, this.#token.end);
  }

  #unexpected(expected: string): PatternSyntaxError {
    const { kind, offset, end } = this.#token;
    const found =
      kind === 'end'
        ? 'the pattern ends'
        : `${JSON.stringify(this.#text.slice(offset, end).slice(0, 40))} stands`;
    return new PatternSyntaxError(`${found} where ${expected} is expected`, offset);
  }
}

/** Where the character at `index` of a quoted string's value stands in the text; an escape takes two places. */
function offsetInQuoted(text: string, quote: number, index: number): number {
  let at = quote + 1;
  for (let i = 0; i < index; i++) at += text[at] === '\\' ? 2 : 1;
  return at;
}
