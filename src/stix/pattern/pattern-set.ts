/**
 * Many patterns against few observations: what an index of indicators asks. Patterns that only name values are entries of
 * tables, by type and path, and cost nothing until a value is met; the others are evaluated one by one, and only when
 * an object of a type that they speak of is there.
 */
import { type EntenteError, isEntenteError } from '../../base/errors.ts';
import type { ComparisonExpression, ObservationExpression, Pattern } from './ast.ts';
import { EqualityTable } from './equality-table.ts';
import { matchPlan, type PatternMatch, preparePattern } from './match.ts';
import { type Observation, readObservations, type StixObject } from './observations.ts';
import { parsePattern } from './parse.ts';
import { type CompiledPath, compilePath, someValue } from './path.ts';
import type { Plan } from './plan.ts';
import { simpleEqualities } from './simple-equalities.ts';
import { Timeline } from './timeline.ts';
import { type MatchOptions, Work } from './work.ts';

export interface PatternSet {
  readonly size: number;
  /** How many of the patterns are evaluated by look-up. */
  readonly lookedUp: number;
  /** @throws EntenteError `input-limit` when the observations are more than can be looked up. */
  match(observed: readonly StixObject[], options?: MatchOptions): PatternSetResult;
}

/** Both in the order of the set. */
export interface PatternSetResult {
  readonly matches: readonly PatternSetMatch[];
  /** Patterns that would take more work than is allowed: whether they are met is not known. */
  readonly undecided: readonly UndecidedPattern[];
}

export interface PatternSetMatch {
  /** Which pattern: its place among those the set was compiled from. */
  readonly index: number;
  readonly match: PatternMatch;
}

export interface UndecidedPattern {
  readonly index: number;
  readonly error: EntenteError;
}

/** @throws PatternSyntaxError for a text that is no pattern. */
export function compilePatternSet(patterns: Iterable<Pattern | string>): PatternSet {
  const tables = new Map<string, Map<string, PathTable>>();
  const others: { index: number; plan: Plan; types: ReadonlySet<string> }[] = [];
  const all: Pattern[] = [];
  for (const given of patterns) {
    const pattern = typeof given === 'string' ? parsePattern(given) : given;
    const index = all.push(pattern) - 1;
    const equalities = simpleEqualities(pattern);
    if (!equalities) {
      others.push({ index, plan: preparePattern(pattern), types: typesOf(pattern) });
      continue;
    }
    for (const { objectType, pathText, path, value } of equalities) {
      let ofType = tables.get(objectType);
      if (!ofType) {
        ofType = new Map();
        tables.set(objectType, ofType);
      }
      let entry = ofType.get(pathText);
      if (!entry) {
        const compiled = compilePath(path);
        entry = { path: compiled, table: new EqualityTable(compiled.encoding) };
        ofType.set(pathText, entry);
      }
      entry.table.add(value, index);
    }
  }
  return {
    size: all.length,
    lookedUp: all.length - others.length,
    match: (observed, options) => {
      const work = new Work(options);
      const timeline = new Timeline(readObservations(observed, work), work);
      const met = new Map<number, Observation>();
      const types = new Set<string>();
      for (const observation of timeline.observations) {
        for (const object of observation.objects) {
          types.add(object.type);
          for (const { path, table } of tables.get(object.type)?.values() ?? []) {
            work.spend(1);
            someValue(path, object, observation, (value) => {
              for (const index of table.find(value)) if (!met.has(index)) met.set(index, observation);
              return false;
            });
          }
        }
      }
      const matches: PatternSetMatch[] = [];
      const undecided: UndecidedPattern[] = [];
      const evaluate = (index: number, plan: Plan, on: Timeline): void => {
        work.restart();
        try {
          const match = matchPlan(plan, on);
          if (match) matches.push({ index, match });
        } catch (error) {
          if (!isEntenteError(error)) throw error;
          undecided.push({ index, error });
        }
      };
      // What was looked up is evaluated on the one observation, to say what satisfied it.
      for (const [index, observation] of met) {
        evaluate(index, preparePattern(all[index]!), new Timeline([observation], work));
      }
      for (const { index, plan, types: needed } of others) {
        if ([...needed].some((type) => types.has(type))) evaluate(index, plan, timeline);
      }
      return { matches: matches.sort(byIndex), undecided: undecided.sort(byIndex) };
    },
  };
}

function byIndex(a: { readonly index: number }, b: { readonly index: number }): number {
  return a.index - b.index;
}

interface PathTable {
  readonly path: CompiledPath;
  readonly table: EqualityTable<number>;
}

/** Every type that an object path of the pattern starts from; no pattern is met without an object of one of them. */
function typesOf(pattern: Pattern): ReadonlySet<string> {
  const types = new Set<string>();
  const collect = (expression: ObservationExpression | ComparisonExpression): void => {
    if ('operands' in expression) for (const operand of expression.operands) collect(operand);
    else if (expression.kind === 'qualified') collect(expression.operand);
    else if (expression.kind === 'observation') collect(expression.comparison);
    else types.add(expression.path.objectType);
  };
  collect(pattern);
  return types;
}
