/**
 * The observation level of STIX 2.1 §9.5 as the text has it, with no thought for cost: every expression gives all sets
 * of distinct observations that satisfy it, and operators combine every set with every other. Brackets hold one
 * property compared with one string.
 */
import type { ObservationExpression, Qualifier } from '../../../src/stix/pattern/index.ts';

export interface SlowObservation {
  /** In seconds. */
  readonly first: number;
  readonly last: number;
  /** The values of property `p` of the objects. */
  readonly values: readonly string[];
}

/** Indexes of observations, each at most once, ascending. */
type Found = readonly number[];

/** The sets of observations that satisfy the expression. One entry in `observations` is one observation. */
export function slowMatches(
  expression: ObservationExpression,
  observations: readonly SlowObservation[],
): Found[] {
  switch (expression.kind) {
    case 'observation': {
      const { comparison } = expression;
      if (comparison.kind !== 'comparison' || comparison.operator !== '=') throw new TypeError('only =');
      return [...observations.keys()]
        .filter((index) => observations[index]!.values.includes(comparison.value.value as string))
        .map((index) => [index]);
    }
    case 'or':
      return distinct(expression.operands.flatMap((operand) => slowMatches(operand, observations)));
    case 'and':
      return expression.operands
        .map((operand) => slowMatches(operand, observations))
        .reduce((left, right) => both(left, right));
    case 'followed-by':
      return expression.operands
        .map((operand) => slowMatches(operand, observations))
        .reduce((left, right) =>
          both(left, right, (a, b) =>
            a.every((i) => b.every((j) => observations[j]!.first >= observations[i]!.last)),
          ),
        );
    case 'qualified':
      return expression.qualifiers.reduce(
        (found, qualifier) => qualify(found, qualifier, observations),
        slowMatches(expression.operand, observations),
      );
  }
}

function both(left: Found[], right: Found[], fits: (a: Found, b: Found) => boolean = () => true): Found[] {
  const found: Found[] = [];
  for (const a of left) {
    for (const b of right) {
      if (a.some((index) => b.includes(index)) || !fits(a, b)) continue;
      found.push([...a, ...b].sort((x, y) => x - y));
    }
  }
  return distinct(found);
}

function qualify(found: Found[], qualifier: Qualifier, observations: readonly SlowObservation[]): Found[] {
  switch (qualifier.kind) {
    case 'repeats': {
      let sets = found;
      for (let time = 1; time < qualifier.times; time++) sets = both(sets, found);
      return sets;
    }
    case 'within':
      return found.filter((set) => {
        const first = Math.min(...set.map((index) => observations[index]!.first));
        const last = Math.max(...set.map((index) => observations[index]!.last));
        return set.length < 2 || last < first + qualifier.seconds;
      });
    case 'start-stop': {
      const start = Date.parse(qualifier.start) / 1000;
      const stop = Date.parse(qualifier.stop) / 1000;
      return found.filter((set) =>
        set.every((index) => observations[index]!.first >= start && observations[index]!.last < stop),
      );
    }
  }
}

function distinct(sets: Found[]): Found[] {
  return [...new Map(sets.map((set) => [set.join(), set])).values()];
}
