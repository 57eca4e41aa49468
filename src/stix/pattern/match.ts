/**
 * A pattern against observations (STIX 2.1 §9.4 to §9.7). The observations and the pattern are both somebody else's.
 *
 * An observed-data object stands for `number_observed` observations, made at unknown moments from `first_observed` to
 * `last_observed` (§9.1). A condition on time must therefore hold whenever they were made: all of that span lies
 * within the period or window, and FOLLOWEDBY's right side begins no earlier than its left side ended.
 */
import type { Pattern } from './ast.ts';
import { writeOut } from './instance.ts';
import { type Observation, readObservations, type StixObject } from './observations.ts';
import { parsePattern } from './parse.ts';
import { type Alternative, leastDemand, type Plan, planPattern } from './plan.ts';
import { type CompiledComparison, compileComparisons, findObjects } from './predicate.ts';
import { printComparison } from './print.ts';
import { type Given, searchMatch } from './search.ts';
import { isDuring, Timeline } from './timeline.ts';
import { type MatchOptions, Work } from './work.ts';

export interface PatternMatch {
  /** The observed-data that were used, each once, in order of time. */
  readonly observations: readonly StixObject[];
  /** Which observation satisfied which part of the pattern; by part, then by time. */
  readonly terms: readonly TermMatch[];
}

export interface TermMatch {
  /** The `[ … ]` of the pattern, counted from 0 in reading order, and as printed. */
  readonly index: number;
  readonly expression: string;
  readonly observation: StixObject;
  /** How many of the observations that it stands for were used. */
  readonly count: number;
  /** The object that satisfied the expression, then those that its references led through. */
  readonly objects: readonly StixObject[];
}

/**
 * How the observations meet the pattern, or null when they do not. `observed` are observed-data and the objects they
 * refer to, or bundles of both; objects that no observed-data names take no part.
 *
 * @throws PatternSyntaxError for a text that is no pattern.
 * @throws EntenteError `input-limit` when the answer takes more work than is allowed.
 */
export function matchPattern(
  pattern: Pattern | string,
  observed: readonly StixObject[],
  options?: MatchOptions,
): PatternMatch | null {
  const plan = preparePattern(pattern);
  const work = new Work(options);
  return matchPlan(plan, new Timeline(readObservations(observed, work), work));
}

const prepared = new WeakMap<Pattern, Plan>();

export function preparePattern(pattern: Pattern | string): Plan {
  if (typeof pattern === 'string') return planPattern(parsePattern(pattern));
  let plan = prepared.get(pattern);
  if (!plan) {
    plan = planPattern(pattern);
    prepared.set(pattern, plan);
  }
  return plan;
}

export function matchPlan(plan: Plan, timeline: Timeline): PatternMatch | null {
  // OR ends with the first part that is met (§9.5).
  if (plan.kind === 'or') {
    for (const part of plan.parts) {
      const match = matchPlan(part, timeline);
      if (match) return match;
    }
    return null;
  }
  if (leastDemand(plan) > timeline.capacity) return null;
  const given = searchMatch(writeOut(plan), timeline);
  return given && report(given, timeline);
}

function report(given: readonly Given[], timeline: Timeline): PatternMatch {
  const used = new Set<number>();
  const terms: (TermMatch & { at: number })[] = [];
  const compiled = new Map<Alternative, CompiledComparison>();
  for (const { term, observations } of given) {
    // Each share of the term takes its count from the observations that the term was given.
    const rest = observations.map(([index, count]) => ({ index, count }));
    let next = 0;
    for (const { alternatives, count } of term.shares) {
      for (let wanted = count; wanted > 0; ) {
        const source = rest[next]!;
        const taken = Math.min(wanted, source.count);
        wanted -= taken;
        source.count -= taken;
        if (source.count === 0) next++;
        used.add(source.index);
        terms.push(
          describe(alternatives, timeline.observations[source.index]!, source.index, taken, compiled),
        );
      }
    }
  }
  terms.sort((a, b) => a.index - b.index || a.at - b.at);
  return {
    observations: [...used].sort((a, b) => a - b).map((index) => timeline.observations[index]!.observedData),
    terms: terms.map(({ at: _, ...term }) => term),
  };
}

/** Which of the alternatives the observation satisfies, and with what. */
function describe(
  alternatives: readonly Alternative[],
  observation: Observation,
  at: number,
  count: number,
  compiled: Map<Alternative, CompiledComparison>,
): TermMatch & { at: number } {
  for (const alternative of alternatives) {
    if (!isDuring(observation, alternative.period)) continue;
    let predicate = compiled.get(alternative);
    if (!predicate) {
      predicate = compileComparisons([alternative.comparison]);
      compiled.set(alternative, predicate);
    }
    const objects = findObjects(predicate, observation);
    if (!objects) continue;
    const expression = `[${printComparison(alternative.comparison)}]`;
    return {
      index: alternative.index,
      expression,
      observation: observation.observedData,
      count,
      objects,
      at,
    };
  }
  throw new TypeError('an observation was given to a term that it does not satisfy');
}
