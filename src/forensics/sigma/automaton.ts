/**
 * Finds which of many texts occur in a value, in one pass over it (Aho and Corasick, 1975). This is what makes the
 * cost of an event independent of the number of rules.
 *
 * A state takes some twenty bytes: its children have numbers that follow each other, and few have more than two, so they are
 * looked through. Only the root and the states below it have whole rows of transitions.
 */

export type Place = 'anywhere' | 'start' | 'end' | 'whole';

interface Pattern {
  readonly text: string;
  readonly place: Place;
  readonly id: number;
}

export class AutomatonBuilder {
  readonly #patterns: Pattern[] = [];

  /** `id` is what a hit reports; several texts may share one. Texts are not empty. */
  add(text: string, place: Place, id: number): void {
    this.#patterns.push({ text, place, id });
  }

  build(): Automaton {
    return new Automaton(this.#patterns);
  }
}

export class Automaton {
  /** Patterns in the order of their texts: those below a state lie next to each other. */
  readonly #patterns: readonly Pattern[];
  /** ASCII code unit to its class; 0 for those that occur in no text. */
  readonly #ascii = new Uint16Array(128);
  readonly #others = new Map<number, number>();
  #width = 1;
  /** States are numbered level by level, so the children of a state follow each other: from here to that of the next. */
  readonly #firstChild: Int32Array;
  /** The class that leads into a state. */
  readonly #label: Uint16Array;
  /** The state of the longest proper suffix that some text begins with. */
  readonly #fail: Int32Array;
  /** The patterns that end in a state: from `#endFrom` so many. */
  readonly #endFrom: Int32Array;
  readonly #endCount: Int32Array;
  /** The nearest state, itself or a suffix, in which a pattern ends; 0 when there is none. */
  readonly #report: Int32Array;
  /** Whole rows of transitions for the root and the level below, where most characters of most values are. */
  readonly #dense: Int32Array;
  readonly #denseStates: number;

  constructor(patterns: readonly Pattern[]) {
    this.#patterns = [...patterns].sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0));
    const from = [0];
    const to = [this.#patterns.length];
    const depths = [0];
    const labels = [0];
    const firstChild: number[] = [];
    const endCount: number[] = [];
    for (let state = 0; state < from.length; state++) {
      const depth = depths[state]!;
      const stop = to[state]!;
      let at = from[state]!;
      while (at < stop && this.#patterns[at]!.text.length === depth) at++;
      endCount.push(at - from[state]!);
      firstChild.push(from.length);
      while (at < stop) {
        const unit = this.#patterns[at]!.text.charCodeAt(depth);
        let next = at + 1;
        while (next < stop && this.#patterns[next]!.text.charCodeAt(depth) === unit) next++;
        from.push(at);
        to.push(next);
        depths.push(depth + 1);
        labels.push(this.#classOf(unit, true));
        at = next;
      }
    }
    const states = from.length;
    this.#firstChild = Int32Array.from([...firstChild, states]);
    this.#label = Uint16Array.from(labels);
    this.#endFrom = Int32Array.from(from);
    this.#endCount = Int32Array.from(endCount);
    this.#fail = new Int32Array(states);
    this.#report = new Int32Array(states);
    for (let state = 0; state < states; state++) {
      if (state > 0)
        this.#report[state] = this.#endCount[state]! > 0 ? state : this.#report[this.#fail[state]!]!;
      for (let child = this.#firstChild[state]!; child < this.#firstChild[state + 1]!; child++) {
        if (state > 0) this.#fail[child] = this.#walk(this.#fail[state]!, this.#label[child]!);
      }
    }
    this.#denseStates = states > 1 ? this.#firstChild[1]! : 1;
    const dense = new Int32Array(this.#denseStates * this.#width);
    for (let state = 0; state < this.#denseStates; state++) {
      for (let c = 1; c < this.#width; c++) dense[state * this.#width + c] = this.#walk(state, c);
    }
    this.#dense = dense;
  }

  #classOf(unit: number, isNew: boolean): number {
    const known = unit < 128 ? this.#ascii[unit]! : (this.#others.get(unit) ?? 0);
    if (known > 0 || !isNew) return known;
    if (unit < 128) this.#ascii[unit] = this.#width;
    else this.#others.set(unit, this.#width);
    return this.#width++;
  }

  /** The next state, without the dense rows. */
  #walk(from: number, label: number): number {
    for (let state = from; ; state = this.#fail[state]!) {
      for (let child = this.#firstChild[state]!; child < this.#firstChild[state + 1]!; child++) {
        if (this.#label[child] === label) return child;
      }
      if (state === 0) return 0;
    }
  }

  /** Sets `hits[id]` to `mark` for the id of every text that is in its place in `value`, and calls `found` for the new ones. */
  scan(value: string, hits: Uint32Array, mark: number, found: (id: number) => void): void {
    const ascii = this.#ascii;
    const firstChild = this.#firstChild;
    const labels = this.#label;
    const fail = this.#fail;
    const report = this.#report;
    const dense = this.#dense;
    const denseStates = this.#denseStates;
    const width = this.#width;
    const length = value.length;
    let state = 0;
    for (let i = 0; i < length; i++) {
      const unit = value.charCodeAt(i);
      const label = unit < 128 ? ascii[unit]! : (this.#others.get(unit) ?? 0);
      if (label === 0) {
        state = 0;
        continue;
      }
      for (;;) {
        if (state < denseStates) {
          state = dense[state * width + label]!;
          break;
        }
        let child = firstChild[state]!;
        const end = firstChild[state + 1]!;
        while (child < end && labels[child] !== label) child++;
        if (child < end) {
          state = child;
          break;
        }
        state = fail[state]!;
      }
      for (let at = report[state]!; at > 0; at = report[fail[at]!]!) {
        this.#give(at, i + 1, length, hits, mark, found);
      }
    }
  }

  /** The patterns that end in a state, `end` characters into a value of `length`. */
  #give(
    state: number,
    end: number,
    length: number,
    hits: Uint32Array,
    mark: number,
    found: (id: number) => void,
  ): void {
    const from = this.#endFrom[state]!;
    for (let index = from; index < from + this.#endCount[state]!; index++) {
      const { text, place, id } = this.#patterns[index]!;
      if (hits[id] === mark) continue;
      if ((place === 'start' || place === 'whole') && end !== text.length) continue;
      if ((place === 'end' || place === 'whole') && end !== length) continue;
      hits[id] = mark;
      found(id);
    }
  }
}
