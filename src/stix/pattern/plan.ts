/**
 * The form in which a pattern is solved.
 *
 * - START/STOP restricts every observation below it, so it moves into the terms.
 * - AND of terms is a *block*: so many distinct observations of each term, in any order. REPEATS multiplies a block.
 * - OR of single terms is one term.
 * - What remains above blocks is AND, OR, FOLLOWEDBY, WITHIN, and copies that REPEATS asks for of an expression with
 *   conditions on time inside.
 *
 * The rewriting keeps what a pattern means; it decides nothing about observations.
 */
import { timestampNs } from '../../base/time.ts';
import type { ComparisonExpression, ObservationExpression, ObservationOperation, Pattern } from './ast.ts';
import { type CompiledComparison, compileComparisons } from './predicate.ts';
import { printComparison, printDecimal } from './print.ts';

/** `startNs` belongs to it, `stopNs` does not. */
export interface Period {
  readonly startNs: bigint;
  readonly stopNs: bigint;
}

/** One `[ … ]` of the pattern. */
export interface Alternative {
  /** Counted from 0 in reading order. */
  readonly index: number;
  readonly comparison: ComparisonExpression;
  readonly period: Period | null;
}

/** What one observation can be: it satisfies a leaf if it satisfies one of the alternatives. */
export class Leaf {
  readonly alternatives: readonly Alternative[];
  #key: string | null = null;
  #tests: LeafTest[] | null = null;

  constructor(alternatives: readonly Alternative[]) {
    this.alternatives = alternatives;
  }

  /** Leaves of one key are satisfied by the same observations. */
  get key(): string {
    this.#key ??= this.alternatives
      .map(({ comparison, period }) => `${printComparison(comparison)} ${periodKey(period)}`)
      .join('\n');
    return this.#key;
  }

  /** The alternatives, those of one period made ready together. */
  get tests(): readonly LeafTest[] {
    if (this.#tests) return this.#tests;
    const byPeriod = new Map<string, { period: Period | null; comparisons: ComparisonExpression[] }>();
    for (const { comparison, period } of this.alternatives) {
      const key = periodKey(period);
      const entry = byPeriod.get(key);
      if (entry) entry.comparisons.push(comparison);
      else byPeriod.set(key, { period, comparisons: [comparison] });
    }
    this.#tests = [...byPeriod.values()].map(({ period, comparisons }) => ({
      period,
      predicate: compileComparisons(comparisons),
    }));
    return this.#tests;
  }
}

interface LeafTest {
  readonly period: Period | null;
  readonly predicate: CompiledComparison;
}

function periodKey(period: Period | null): string {
  return period ? `${period.startNs} ${period.stopNs}` : '';
}

export interface Term {
  readonly leaf: Leaf;
  /** How many distinct observations are asked for. */
  readonly demand: number;
  /** Whose demand it is: the sum of the counts is `demand`. */
  readonly shares: readonly { readonly alternatives: readonly Alternative[]; readonly count: number }[];
}

export type Plan =
  | { readonly kind: 'block'; readonly terms: readonly Term[] }
  | { readonly kind: 'and' | 'or' | 'followed-by'; readonly parts: readonly Plan[] }
  | { readonly kind: 'copies'; readonly part: Plan; readonly times: number }
  /** The last of at least two observations comes less than `ns` after the first. */
  | { readonly kind: 'within'; readonly part: Plan; readonly ns: bigint };

export function planPattern(pattern: Pattern): Plan {
  let index = 0;
  const plan = (expression: ObservationExpression, period: Period | null): Plan => {
    switch (expression.kind) {
      case 'observation':
        return leafBlock([{ index: index++, comparison: expression.comparison, period }]);
      case 'and':
        return planAnd(expression.operands.map((operand) => plan(operand, period)));
      case 'or':
        return planOr(operandsOf(expression).map((operand) => plan(operand, period)));
      case 'followed-by':
        return {
          kind: 'followed-by',
          parts: flatten(
            'followed-by',
            expression.operands.map((operand) => plan(operand, period)),
          ),
        };
      case 'qualified': {
        let inner = period;
        for (const qualifier of expression.qualifiers) {
          if (qualifier.kind === 'start-stop') inner = intersect(inner, qualifier.start, qualifier.stop);
        }
        let part = plan(expression.operand, inner);
        for (const qualifier of expression.qualifiers) {
          if (qualifier.kind === 'repeats') part = repeat(part, qualifier.times);
          if (qualifier.kind === 'within') part = within(part, secondsNs(qualifier.seconds));
        }
        return part;
      }
    }
  };
  return plan(pattern, null);
}

/** How many observations the plan needs at least. */
export function leastDemand(plan: Plan): number {
  switch (plan.kind) {
    case 'block':
      return plan.terms.reduce((sum, term) => sum + term.demand, 0);
    case 'or':
      return Math.min(...plan.parts.map(leastDemand));
    case 'copies':
      return leastDemand(plan.part) * plan.times;
    case 'within':
      return leastDemand(plan.part);
    default:
      return plan.parts.reduce((sum, part) => sum + leastDemand(part), 0);
  }
}

/** The operands of an operator, those of the same operator in parentheses among them. */
function operandsOf(expression: ObservationOperation): readonly ObservationExpression[] {
  return expression.operands.flatMap((operand) =>
    operand.kind === expression.kind ? operandsOf(operand) : [operand],
  );
}

function leafBlock(alternatives: readonly Alternative[]): Plan {
  const leaf = new Leaf(alternatives);
  return { kind: 'block', terms: [{ leaf, demand: 1, shares: [{ alternatives, count: 1 }] }] };
}

/** The alternatives of a block that asks for one observation of one term; null for every other plan. */
function soleAlternatives(plan: Plan): readonly Alternative[] | null {
  if (plan.kind !== 'block' || plan.terms.length !== 1) return null;
  return plan.terms[0]!.demand === 1 ? plan.terms[0]!.leaf.alternatives : null;
}

function planOr(given: readonly Plan[]): Plan {
  const alternatives: Alternative[] = [];
  const others: Plan[] = [];
  for (const part of flatten('or', given)) {
    const sole = soleAlternatives(part);
    if (sole) for (const alternative of sole) alternatives.push(alternative);
    else others.push(part);
  }
  if (alternatives.length === 0) return { kind: 'or', parts: others };
  const block = leafBlock(alternatives);
  return others.length === 0 ? block : { kind: 'or', parts: [block, ...others] };
}

function planAnd(given: readonly Plan[]): Plan {
  const terms = new Map<string, { leaf: Leaf; demand: number; shares: Term['shares'][number][] }>();
  const others: Plan[] = [];
  for (const part of flatten('and', given)) {
    if (part.kind !== 'block') {
      others.push(part);
      continue;
    }
    for (const { leaf, demand, shares } of part.terms) {
      const term = terms.get(leaf.key);
      if (term) {
        term.demand += demand;
        term.shares.push(...shares);
      } else terms.set(leaf.key, { leaf, demand, shares: [...shares] });
    }
  }
  if (terms.size === 0) return { kind: 'and', parts: others };
  const block: Plan = { kind: 'block', terms: [...terms.values()] };
  return others.length === 0 ? block : { kind: 'and', parts: [block, ...others] };
}

/** "a AND a …", so many times (§9.5.1). */
function repeat(plan: Plan, times: number): Plan {
  if (times === 1) return plan;
  if (plan.kind === 'block') {
    const terms = plan.terms.map((term) => ({
      leaf: term.leaf,
      demand: term.demand * times,
      shares: term.shares.map(({ alternatives, count }) => ({ alternatives, count: count * times })),
    }));
    return { kind: 'block', terms };
  }
  if (plan.kind === 'and') return { kind: 'and', parts: plan.parts.map((part) => repeat(part, times)) };
  if (plan.kind === 'copies') return { kind: 'copies', part: plan.part, times: plan.times * times };
  return { kind: 'copies', part: plan, times };
}

/** The rule speaks of "a set of two or more Observations" (§9.5.1): one observation is always within any window. */
function within(plan: Plan, ns: bigint): Plan {
  if (plan.kind === 'or') return { kind: 'or', parts: plan.parts.map((part) => within(part, ns)) };
  if (plan.kind === 'within') return { kind: 'within', part: plan.part, ns: ns < plan.ns ? ns : plan.ns };
  return soleAlternatives(plan) ? plan : { kind: 'within', part: plan, ns };
}

/** Operands of the same operator are its own operands. FOLLOWEDBY too: every part comes after all before it. */
function flatten(kind: 'and' | 'or' | 'followed-by', parts: readonly Plan[]): readonly Plan[] {
  return parts.flatMap((part) => (part.kind === kind ? part.parts : [part]));
}

function intersect(period: Period | null, start: string, stop: string): Period {
  const startNs = timestampNs(start)!;
  const stopNs = timestampNs(stop)!;
  return {
    startNs: period && period.startNs > startNs ? period.startNs : startNs,
    stopNs: period && period.stopNs < stopNs ? period.stopNs : stopNs,
  };
}

/** Spans are whole nanoseconds: one is shorter than the window exactly when it is shorter than the window rounded up. */
function secondsNs(seconds: number): bigint {
  const [whole, fraction = ''] = printDecimal(seconds).split('.') as [string, string?];
  const ns = BigInt(whole + fraction.slice(0, 9).padEnd(9, '0'));
  return /[1-9]/.test(fraction.slice(9)) ? ns + 1n : ns;
}
