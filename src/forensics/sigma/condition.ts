/**
 * The condition of a rule: `selection and not 1 of filter_*`. Grammar, from weak to strong: `or`, `and`, `not`, then a
 * name, parentheses, or a quantifier `1 of NAME*`, `all of them`.
 *
 * `near` and `| count()` are the old ways of correlating; they are refused with a message that names the new one.
 */
import { type Expression, RuleFault } from './rule.ts';

/** The longest public condition has about 60 tokens; the bound keeps recursion safe. */
const TOKENS_MAX = 2_000;
const DEPTH_MAX = 64;

const TOKEN = /\s*(\(|\)|\||[^\s()|]+)/gy;

/** @throws RuleFault */
export function parseCondition(text: string, detections: ReadonlyMap<string, Expression>): Expression {
  const tokens = [...text.matchAll(TOKEN)].map((match) => match[1]!);
  if (tokens.length === 0) throw new RuleFault('the condition is empty');
  if (tokens.length > TOKENS_MAX) throw new RuleFault(`the condition has more than ${TOKENS_MAX} words`);
  if (tokens.some((token) => token.toLowerCase() === 'near')) {
    throw new RuleFault('the condition uses "near", which Sigma has given up: write a temporal correlation');
  }
  if (tokens.includes('|')) {
    throw new RuleFault(
      'the condition uses an aggregation ("| count()"), which Sigma has given up: write a correlation',
    );
  }
  let at = 0;
  const word = () => tokens[at]?.toLowerCase();

  const either = (depth: number): Expression => {
    const items = [both(depth)];
    while (word() === 'or') {
      at++;
      items.push(both(depth));
    }
    return join('or', items);
  };
  const both = (depth: number): Expression => {
    const items = [negation(depth)];
    while (word() === 'and') {
      at++;
      items.push(negation(depth));
    }
    return join('and', items);
  };
  const negation = (depth: number): Expression => {
    if (depth > DEPTH_MAX) throw new RuleFault(`the condition is nested deeper than ${DEPTH_MAX} levels`);
    if (word() !== 'not') return primary(depth);
    at++;
    return { op: 'not', item: negation(depth + 1) };
  };
  const primary = (depth: number): Expression => {
    const token = tokens[at];
    if (token === undefined) throw new RuleFault('the condition ends too early');
    at++;
    if (token === '(') {
      const inner = either(depth + 1);
      if (tokens[at] !== ')') throw new RuleFault('a parenthesis in the condition is not closed');
      at++;
      return inner;
    }
    if (word() === 'of' && /^(?:\d+|any|all)$/i.test(token)) {
      at++;
      const pattern = tokens[at++];
      if (pattern === undefined) throw new RuleFault('the condition ends behind "of"');
      return quantify(token.toLowerCase(), pattern, detections);
    }
    const detection = detections.get(token);
    if (detection === undefined)
      throw new RuleFault(`the condition names "${token.slice(0, 64)}", which the detection does not have`);
    return detection;
  };

  const expression = either(0);
  if (at < tokens.length)
    throw new RuleFault(`the condition has an unexpected "${tokens[at]!.slice(0, 64)}"`);
  return expression;
}

function quantify(count: string, pattern: string, detections: ReadonlyMap<string, Expression>): Expression {
  const fits =
    pattern.toLowerCase() === 'them'
      ? (name: string) => !name.startsWith('_')
      : (name: string) => wildcardFits(pattern, name);
  const items = [...detections].filter(([name]) => fits(name)).map(([, expression]) => expression);
  if (items.length === 0)
    throw new RuleFault(`the condition names "${pattern.slice(0, 64)}", which fits no part of the detection`);
  if (count === 'all') return join('and', items);
  if (count === 'any' || count === '1') return join('or', items);
  const wanted = Number(count);
  if (wanted === 0 || wanted > items.length)
    throw new RuleFault(`the condition asks for ${count} of ${items.length}`);
  return atLeast(wanted, items);
}

/** `n of` several: the alternatives of n that hold together. Few parts, so the combinations are few too. */
function atLeast(wanted: number, items: readonly Expression[]): Expression {
  const combinations: Expression[][] = [];
  const choose = (from: number, chosen: Expression[]): void => {
    if (combinations.length > COMBINATIONS_MAX)
      throw new RuleFault('the condition has too many combinations');
    if (chosen.length === wanted) {
      combinations.push(chosen);
      return;
    }
    for (let i = from; i < items.length; i++) choose(i + 1, [...chosen, items[i]!]);
  };
  choose(0, []);
  return join(
    'or',
    combinations.map((combination) => join('and', combination)),
  );
}

/** No public rule asks for more than one of several; this leaves room for five of twelve. */
const COMBINATIONS_MAX = 1_000;

export function join(op: 'and' | 'or', items: readonly Expression[]): Expression {
  return items.length === 1 ? items[0]! : { op, items };
}

function wildcardFits(pattern: string, name: string): boolean {
  const parts = pattern.split('*');
  if (parts.length === 1) return pattern === name;
  if (!name.startsWith(parts[0]!)) return false;
  let at = parts[0]!.length;
  for (const part of parts.slice(1, -1)) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  const last = parts[parts.length - 1]!;
  return name.length - last.length >= at && name.endsWith(last);
}
