/**
 * Finds distinct observations that meet a pattern, or proves that there are none.
 *
 * Two relaxations are cheap. An *assignment* gives every term distinct observations and forgets the conditions on time
 * between them; *spans* keep every condition on time and forget that observations must be distinct. If either is
 * impossible, so is the pattern. If an assignment happens to keep the times, or if there is an assignment within the least
 * spans, the pattern is met. For blocks by themselves, and for patterns whose blocks do not want the same observations,
 * one of these always decides. Otherwise a parameter that the assignment violates — an OR's part, a window's start, the
 * instant at which FOLLOWEDBY splits — has its range halved, and both halves are searched. The ranges are finite and a
 * parameter with one value left cannot be violated, so the search ends; its work is bounded, because
 * the question as such is hard for conditions that are entangled enough.
 */
import { Assignment } from './assignment.ts';
import type { BlockNode, Instance, Node } from './instance.ts';
import type { Term } from './plan.ts';
import { type Bounds, groupByTerms, type Scene, type Span, SpanFinder, type Window } from './spans.ts';
import { lowerBound, type Timeline } from './timeline.ts';

/** Observations that a term got: indexes of the timeline, with how many of what each stands for. */
export interface Given {
  readonly term: Term;
  readonly observations: readonly (readonly [index: number, count: number])[];
}

/** What is decided so far: ranges of ranks per parameter, both ends inclusive, and a part per OR, or -1. */
interface State {
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly choices: Int32Array;
}

/** Per block; null where a block belongs to a part of an OR that is not, or not yet, chosen. */
type Solution = readonly (readonly Given[] | null)[];

/** @throws EntenteError `input-limit` when the answer takes more work than is allowed. */
export function searchMatch(instance: Instance, timeline: Timeline): readonly Given[] | null {
  return new Search(instance, timeline).run();
}

class Search {
  readonly #instance: Instance;
  readonly #timeline: Timeline;
  readonly #spans: SpanFinder;

  constructor(instance: Instance, timeline: Timeline) {
    this.#instance = instance;
    this.#timeline = timeline;
    this.#spans = new SpanFinder(timeline, instance.blocks);
  }

  run(): readonly Given[] | null {
    const { parameters, choices, root } = this.#instance;
    const open: State[] = [
      {
        low: new Int32Array(parameters).fill(1),
        high: new Int32Array(parameters).fill(this.#timeline.endRank - 1),
        choices: new Int32Array(choices).fill(-1),
      },
    ];
    for (let state = open.pop(); state; state = open.pop()) {
      let reaches: Bounds['reaches'] = [];
      let span: Span | undefined;
      if (parameters > 0) {
        const { spans, bounds } = this.#spans.find(root, this.#scene(state));
        span = spans[0];
        if (!span) continue;
        reaches = bounds.reaches;
        tighten(state, bounds.ranges);
      }
      const scene = this.#scene(state);
      const solution = this.#assign(scene, reaches);
      if (!solution) continue;
      const undecided = this.#undecided(root, state.choices);
      const violated = undecided === null ? this.#violated(root, solution) : null;
      if (undecided === null && violated === null) return solution.flatMap((given) => given ?? []);
      const found = span && this.#inLeastSpans(scene, span);
      if (found) return found.flatMap((given) => given ?? []);
      if (undecided !== null) {
        for (let part = undecided.parts.length - 1; part >= 0; part--) {
          const choices = state.choices.slice();
          choices[undecided.choice] = part;
          open.push({ low: state.low.slice(), high: state.high.slice(), choices });
        }
      } else {
        const middle = (state.low[violated!]! + state.high[violated!]!) >> 1;
        const late = { ...state, low: state.low.slice(), high: state.high.slice() };
        late.low[violated!] = middle + 1;
        state.high[violated!] = middle;
        open.push(late, state);
      }
    }
    return null;
  }

  /** Carries bounds over between copies. A range may become empty, and with it the windows below. */
  #order({ low, high }: State): void {
    const { ordered } = this.#instance;
    for (const [before, after] of ordered) low[after] = Math.max(low[after]!, low[before]!);
    for (let i = ordered.length - 1; i >= 0; i--) {
      const [before, after] = ordered[i]!;
      high[before] = Math.min(high[before]!, high[after]!);
    }
  }

  /** Where each block's observations must lie, as the ranges of the parameters above it have it. */
  #scene(state: State): Scene {
    this.#order(state);
    const windows: Window[] = new Array(this.#instance.blocks.length);
    const narrow = (node: Node, low: number, high: number): void => {
      switch (node.kind) {
        case 'block':
          windows[node.id] = { low, high };
          break;
        case 'within': {
          const start = state.low[node.start]!;
          const latest = state.high[node.start]!;
          if (start > latest) narrow(node.part, start, start - 1);
          else {
            const end = this.#timeline.lastBefore(this.#timeline.instant(latest) + node.ns);
            narrow(node.part, Math.max(low, start), Math.min(high, end));
          }
          break;
        }
        case 'followed-by': {
          const lows = node.parts.map(() => low);
          const highs = node.parts.map(() => high);
          const last = node.parts.length - 1;
          lows[0] = Math.max(low, 1);
          highs[last] = Math.min(high, this.#timeline.endRank - 1);
          for (let i = 0; i < last; i++) lows[i + 1] = Math.max(lows[i]!, state.low[node.splits + i]!);
          for (let i = last - 1; i >= 0; i--)
            highs[i] = Math.min(highs[i + 1]!, state.high[node.splits + i]!);
          for (const [i, part] of node.parts.entries()) narrow(part, lows[i]!, highs[i]!);
          break;
        }
        default:
          for (const part of node.parts) narrow(part, low, high);
      }
    };
    narrow(this.#instance.root, 0, this.#timeline.endRank);
    return { windows, choices: state.choices };
  }

  /** Distinct observations for the terms of all chosen blocks, each from its block's window; null when there are none. */
  #assign({ windows, choices }: Scene, reaches: Bounds['reaches']): Solution | null {
    const { first, last, observations } = this.#timeline;
    const terms: { block: number; term: Term }[] = [];
    const candidates: number[][] = [];
    for (const block of this.#chosen(this.#instance.root, choices)) {
      const { low, high } = windows[block.id]!;
      for (const term of block.terms) {
        const within: number[] = [];
        const satisfying = this.#timeline.satisfying(term.leaf);
        for (let at = lowerBound(satisfying, first, low); at < satisfying.length; at++) {
          const index = satisfying[at]!;
          if (first[index]! > high) break;
          if (last[index]! > high) continue;
          if (block.windows.every((start) => isReached(reaches[start], first[index]!, last[index]!)))
            within.push(index);
        }
        this.#timeline.work.spend(1 + within.length);
        terms.push({ block: block.id, term });
        candidates.push(within);
      }
    }
    const { groups, members } = groupByTerms(candidates);
    const assignment = new Assignment(
      terms.map(({ term }) => term.demand),
      groups,
    );
    for (const [group, indexes] of members.entries()) {
      for (const index of indexes) assignment.add(group, observations[index]!.count);
    }
    const isFeasible = assignment.isFeasible();
    this.#timeline.work.spend(assignment.steps);
    if (!isFeasible) return null;
    const given = terms.map(({ term }): { term: Term; observations: [number, number][] } => ({
      term,
      observations: [],
    }));
    for (const [group, indexes] of members.entries())
      hand(assignment.given(group), indexes, observations, given);
    const byBlock: (Given[] | null)[] = this.#instance.blocks.map(() => null);
    for (const [at, { block }] of terms.entries()) {
      byBlock[block] ??= [];
      byBlock[block].push(given[at]!);
    }
    return byBlock;
  }

  *#chosen(node: Node, choices: Int32Array): Generator<BlockNode> {
    switch (node.kind) {
      case 'block':
        yield node;
        break;
      case 'within':
        yield* this.#chosen(node.part, choices);
        break;
      case 'or': {
        const part = node.parts[choices[node.choice]!];
        if (part) yield* this.#chosen(part, choices);
        break;
      }
      default:
        for (const part of node.parts) yield* this.#chosen(part, choices);
    }
  }

  /** An OR that belongs to what is chosen and has no part chosen yet. */
  #undecided(node: Node, choices: Int32Array): Extract<Node, { kind: 'or' }> | null {
    switch (node.kind) {
      case 'block':
        return null;
      case 'within':
        return this.#undecided(node.part, choices);
      case 'or': {
        const part = node.parts[choices[node.choice]!];
        return part ? this.#undecided(part, choices) : node;
      }
      default:
        for (const part of node.parts) {
          const found = this.#undecided(part, choices);
          if (found) return found;
        }
        return null;
    }
  }

  /** A parameter whose condition the solution breaks, or null. */
  #violated(root: Node, solution: Solution): number | null {
    let violated: number | null = null;
    const timeline = this.#timeline;
    const hull = (node: Node): { start: number; end: number } | null => {
      switch (node.kind) {
        case 'block': {
          const given = solution[node.id];
          if (!given) return null;
          let start = Number.POSITIVE_INFINITY;
          let end = 0;
          for (const { observations } of given) {
            for (const [index] of observations) {
              start = Math.min(start, timeline.first[index]!);
              end = Math.max(end, timeline.last[index]!);
            }
          }
          return { start, end };
        }
        case 'within': {
          const span = hull(node.part);
          if (span && timeline.instant(span.end) - timeline.instant(span.start) >= node.ns)
            violated ??= node.start;
          return span;
        }
        default: {
          let whole: { start: number; end: number } | null = null;
          for (const [at, part] of node.parts.entries()) {
            const span = hull(part);
            if (!span) continue;
            if (node.kind === 'followed-by' && whole && span.start < whole.end)
              violated ??= node.splits + at - 1;
            whole = whole
              ? { start: Math.min(whole.start, span.start), end: Math.max(whole.end, span.end) }
              : span;
          }
          return whole;
        }
      }
    };
    hull(root);
    return violated;
  }

  /**
   * A solution within least spans, if there is one there: within the first span, within one whose FOLLOWEDBY parts
   * share no instant, or with copies one after another.
   */
  #inLeastSpans(scene: Scene, first: Span): Solution | null {
    const { root } = this.#instance;
    const attempts = [
      () => narrowed(scene, root, first),
      () => {
        const [apart] = this.#spans.findApart(root, scene);
        return apart ? narrowed(scene, root, apart) : null;
      },
      () => this.#oneAfterAnother(root, scene, narrowed(scene, root, first)),
    ];
    for (const attempt of attempts) {
      const candidate = attempt();
      const solution = candidate && this.#assign(candidate, []);
      if (solution && this.#violated(root, solution) === null) return solution;
    }
    return null;
  }

  /**
   * Gives every copy under `node` the first least span behind that of the copy before, and leaves the rest as `decided`
   * has it, where every OR is decided. Null when there are no copies, or not spans enough.
   */
  #oneAfterAnother(node: Node, scene: Scene, decided: Scene): Scene | null {
    let result: Scene | null = null;
    if (node.kind === 'and') {
      for (const part of node.parts) result = this.#oneAfterAnother(part, scene, result ?? decided) ?? result;
    }
    if (node.kind !== 'copies') return result;
    result = decided;
    let before = 0;
    for (const part of node.parts) {
      const span = this.#spans.findApart(part, scene).find(({ start }) => start > before);
      if (!span) return null;
      result = narrowed(result, part, span);
      before = span.end;
    }
    return result;
  }
}

/** Narrows the ranges to what the spans leave possible. A range may become empty. */
function tighten({ low, high }: State, ranges: Bounds['ranges']): void {
  for (const [parameter, range] of ranges.entries()) {
    if (!range) continue;
    low[parameter] = Math.max(low[parameter]!, range.low);
    high[parameter] = Math.min(high[parameter]!, range.high);
  }
}

/** Whether one of the windows, which ascend at both ends, holds all of the observation. */
function isReached(windows: readonly Window[] | undefined, first: number, last: number): boolean {
  if (!windows) return true;
  let low = 0;
  let high = windows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (windows[middle]!.low <= first) low = middle + 1;
    else high = middle;
  }
  return low > 0 && last <= windows[low - 1]!.high;
}

function narrowed(scene: Scene, node: Node, span: Span): Scene {
  const windows = [...scene.windows];
  const choices = scene.choices.slice();
  applySpan(node, span, windows, choices);
  return { windows, choices };
}

/** Sets the windows of the blocks, and the parts of the ORs, from which the span was made. */
function applySpan(node: Node, span: Span, windows: Window[], choices: Int32Array): void {
  switch (node.kind) {
    case 'block':
      windows[node.id] = { low: span.start, high: span.end };
      break;
    case 'within':
      applySpan(node.part, span, windows, choices);
      break;
    case 'or':
      choices[node.choice] = span.choice;
      applySpan(node.parts[span.choice]!, span.left!, windows, choices);
      break;
    default: {
      let rest = span;
      for (let i = node.parts.length - 1; i > 0; i--) {
        applySpan(node.parts[i]!, rest.right!, windows, choices);
        rest = rest.left!;
      }
      applySpan(node.parts[0]!, rest, windows, choices);
    }
  }
}

/** Hands the observations of one group out to its terms, the earliest to the first term. */
function hand(
  shares: readonly (readonly [term: number, count: number])[],
  indexes: readonly number[],
  observations: readonly { readonly count: number }[],
  given: readonly { observations: [number, number][] }[],
): void {
  let at = 0;
  let left = observations[indexes[0]!]!.count;
  for (const [term, count] of shares) {
    for (let wanted = count; wanted > 0; ) {
      if (left === 0) left = observations[indexes[++at]!]!.count;
      const taken = Math.min(wanted, left);
      given[term]!.observations.push([indexes[at]!, taken]);
      wanted -= taken;
      left -= taken;
    }
  }
}
