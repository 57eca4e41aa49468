/**
 * The least spans of time in which a pattern could be met, if every block had its observations to itself.
 *
 * For every node the spans that contain no other are a staircase: ascending starts, ascending ends, at most as many as
 * there are instants. Those of a block come from a window that slides over the observations once; those of operators
 * come from merging staircases. All of it costs n log n in the number of observations. What the staircases do not see is
 * two blocks wanting the same observation: `search.ts` does.
 */
import { Assignment } from './assignment.ts';
import type { BlockNode, Node } from './instance.ts';
import type { Term } from './plan.ts';
import { lowerBound, type Timeline } from './timeline.ts';

/** Ranks, both inclusive. */
export interface Window {
  readonly low: number;
  readonly high: number;
}

export interface Span {
  readonly start: number;
  readonly end: number;
  /** The spans it was made of: of an AND or FOLLOWEDBY, all parts before the last, and the last. */
  readonly left: Span | null;
  readonly right: Span | null;
  /** Of an OR: which part. */
  readonly choice: number;
}

/** A block's observations, those that can serve the same terms grouped. */
interface BlockIndex {
  readonly demand: readonly number[];
  readonly groups: readonly (readonly number[])[];
  /** Observation indexes, in order of their first instant and of their last. */
  readonly byFirst: Int32Array;
  readonly byLast: Int32Array;
  readonly groupOf: ReadonlyMap<number, number>;
}

/** What the spans tell about the parameters. */
export interface Bounds {
  /** Per parameter, the only values that can be. */
  readonly ranges: (Window | undefined)[];
  /** Per start of a window, where the observations inside it can lie at all. */
  readonly reaches: (readonly Window[] | undefined)[];
}

/** What `SpanFinder` is to look at: per block, where its observations must lie; per OR, the part decided on, or -1. */
export interface Scene {
  readonly windows: readonly Window[];
  readonly choices: Int32Array;
}

export class SpanFinder {
  readonly #timeline: Timeline;
  readonly #indexes = new Map<readonly Term[], BlockIndex>();
  /** Per observation, whether the window that slides just now holds it. All zero between slides. */
  readonly #isIn: Uint8Array;
  /** Per rank, how many observations that the pattern can use begin or end there. */
  readonly #touching: Float64Array;

  /** `blocks`: of the whole pattern. */
  constructor(timeline: Timeline, blocks: readonly BlockNode[]) {
    this.#timeline = timeline;
    this.#isIn = new Uint8Array(timeline.first.length);
    this.#touching = new Float64Array(timeline.endRank + 1);
    const seen = new Set<number>();
    for (const terms of new Set(blocks.map((block) => block.terms))) {
      for (const { leaf } of terms) for (const index of timeline.satisfying(leaf)) seen.add(index);
    }
    for (const index of seen) {
      const first = timeline.first[index]!;
      const last = timeline.last[index]!;
      this.#touching[first]! += timeline.observations[index]!.count;
      if (last !== first) this.#touching[last]! += timeline.observations[index]!.count;
    }
  }

  /** The least spans of the node, and what they tell about the parameters in it. */
  find(node: Node, scene: Scene): { spans: readonly Span[]; bounds: Bounds } {
    const bounds: Bounds = { ranges: [], reaches: [] };
    return { spans: this.#find(node, scene, false, bounds, new Map()), bounds };
  }

  /** The same with FOLLOWEDBY's parts sharing no instant, so that they cannot share an observation either. */
  findApart(node: Node, scene: Scene): readonly Span[] {
    return this.#find(node, scene, true, null, new Map());
  }

  #find(
    node: Node,
    scene: Scene,
    apart: boolean,
    bounds: Bounds | null,
    known: Map<readonly Term[], Map<string, readonly Span[]>>,
  ): readonly Span[] {
    const find = (part: Node) => this.#find(part, scene, apart, bounds, known);
    switch (node.kind) {
      case 'block': {
        const window = scene.windows[node.id]!;
        const key = `${window.low} ${window.high}`;
        const ofTerms = known.get(node.terms) ?? new Map<string, readonly Span[]>();
        known.set(node.terms, ofTerms);
        const spans = ofTerms.get(key) ?? this.#blockSpans(node, window);
        ofTerms.set(key, spans);
        return spans;
      }
      case 'within': {
        const timeline = this.#timeline;
        const { ns } = node;
        const all = find(node.part);
        timeline.work.spend(all.length);
        const spans = all.filter(({ start, end }) => timeline.instant(end) - timeline.instant(start) < ns);
        if (bounds && spans.length > 0) {
          // Whatever is found inside the window contains one of these spans, and is shorter than the window.
          const reach = spans.map(({ start, end }) => ({
            low: timeline.firstAfter(timeline.instant(end) - ns),
            high: timeline.lastBefore(timeline.instant(start) + ns),
          }));
          bounds.reaches[node.start] = reach;
          bounds.ranges[node.start] = { low: reach[0]!.low, high: spans.at(-1)!.start };
        }
        return spans;
      }
      case 'or': {
        const chosen = scene.choices[node.choice]!;
        const spans: Span[] = [];
        for (const [choice, part] of node.parts.entries()) {
          if (chosen >= 0 && chosen !== choice) continue;
          for (const left of find(part)) {
            spans.push({ start: left.start, end: left.end, left, right: null, choice });
          }
        }
        spans.sort((a, b) => a.start - b.start || b.end - a.end);
        return this.#least(spans);
      }
      default: {
        let spans = find(node.parts[0]!);
        for (let i = 1; i < node.parts.length && spans.length > 0; i++) {
          const next = find(node.parts[i]!);
          if (node.kind === 'followed-by') {
            if (bounds && next.length > 0) {
              bounds.ranges[node.splits + i - 1] = { low: spans[0]!.end, high: next.at(-1)!.start };
            }
            spans = this.#least(chains(spans, next, (instant) => !apart && this.#touching[instant]! > 1));
          } else spans = this.#least(hulls(spans, next));
        }
        return spans;
      }
    }
  }

  /** Leaves out the spans that contain another. `spans` ascend by start, and of one start descend by end. */
  #least(spans: Iterable<Span>): Span[] {
    const least: Span[] = [];
    for (const span of spans) {
      this.#timeline.work.spend(1);
      while (least.length > 0 && least.at(-1)!.end >= span.end) least.pop();
      least.push(span);
    }
    return least;
  }

  #blockSpans(block: BlockNode, window: Window): Span[] {
    const { first, last, observations } = this.#timeline;
    const { demand, groups, byFirst, byLast, groupOf } = this.#index(block);
    const assignment = new Assignment(demand, groups);
    const isIn = this.#isIn;
    const spans: Span[] = [];
    let leaving = lowerBound(byFirst, first, window.low);
    let low = window.low;
    for (let at = lowerBound(byLast, last, window.low); at < byLast.length; ) {
      const end = last[byLast[at]!]!;
      if (end > window.high) break;
      for (; at < byLast.length && last[byLast[at]!] === end; at++) {
        const index = byLast[at]!;
        this.#timeline.work.spend(1);
        if (first[index]! < low) continue;
        isIn[index] = 1;
        assignment.add(groupOf.get(index)!, observations[index]!.count);
      }
      // Takes the earliest away while the rest suffices. What starts no later than a span found can only serve longer ones.
      let start = -1;
      while (assignment.isFeasible()) {
        while (isIn[byFirst[leaving]!] === 0) leaving++;
        start = first[byFirst[leaving]!]!;
        for (; leaving < byFirst.length && first[byFirst[leaving]!] === start; leaving++) {
          const index = byFirst[leaving]!;
          if (isIn[index] === 1) assignment.remove(groupOf.get(index)!, observations[index]!.count);
          isIn[index] = 0;
        }
        low = start + 1;
      }
      if (start >= 0) spans.push({ start, end, left: null, right: null, choice: -1 });
    }
    for (; leaving < byFirst.length && first[byFirst[leaving]!]! <= window.high; leaving++)
      isIn[byFirst[leaving]!] = 0;
    this.#timeline.work.spend(assignment.steps);
    return spans;
  }

  #index(block: BlockNode): BlockIndex {
    const known = this.#indexes.get(block.terms);
    if (known) return known;
    const { last } = this.#timeline;
    const { groups, members } = groupByTerms(block.terms.map((term) => this.#timeline.satisfying(term.leaf)));
    const groupOf = new Map<number, number>();
    for (const [group, indexes] of members.entries()) for (const index of indexes) groupOf.set(index, group);
    const byFirst = Int32Array.from(groupOf.keys()).sort();
    const byLast = byFirst.slice().sort((a, b) => last[a]! - last[b]! || a - b);
    const index = { demand: block.terms.map(({ demand }) => demand), groups, byFirst, byLast, groupOf };
    this.#indexes.set(block.terms, index);
    return index;
  }
}

/** Groups observations by the set of terms that they can serve. `candidates`: per term, observation indexes. */
export function groupByTerms(candidates: readonly ArrayLike<number>[]): {
  groups: number[][];
  members: number[][];
} {
  const termsOf = new Map<number, number[]>();
  for (const [term, indexes] of candidates.entries()) {
    for (let i = 0; i < indexes.length; i++) {
      const terms = termsOf.get(indexes[i]!);
      if (terms) terms.push(term);
      else termsOf.set(indexes[i]!, [term]);
    }
  }
  const groupOf = new Map<string, number>();
  const groups: number[][] = [];
  const members: number[][] = [];
  for (const [index, terms] of termsOf) {
    const key = terms.join();
    let group = groupOf.get(key);
    if (group === undefined) {
      group = groups.length;
      groupOf.set(key, group);
      groups.push(terms);
      members.push([]);
    }
    members[group]!.push(index);
  }
  return { groups, members };
}

/** AND: for every start, the first span of each side from there on, and what covers both. */
function* hulls(a: readonly Span[], b: readonly Span[]): Generator<Span> {
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const left = a[i]!;
    const right = b[j]!;
    yield {
      start: Math.min(left.start, right.start),
      end: Math.max(left.end, right.end),
      left,
      right,
      choice: -1,
    };
    if (left.start <= right.start) i++;
    if (right.start <= left.start) j++;
  }
}

/**
 * FOLLOWEDBY: every span of the left, with the first of the right that starts behind its end, or at its end if two
 * observations may meet there.
 */
function* chains(
  a: readonly Span[],
  b: readonly Span[],
  mayMeet: (instant: number) => boolean,
): Generator<Span> {
  let j = 0;
  for (const left of a) {
    while (j < b.length && (mayMeet(left.end) ? b[j]!.start < left.end : b[j]!.start <= left.end)) j++;
    const right = b[j];
    if (!right) return;
    yield { start: left.start, end: right.end, left, right, choice: -1 };
  }
}
