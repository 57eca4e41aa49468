/**
 * Finds which of many texts occur in a value, in one pass over it (Aho and Corasick, 1975). This is what makes the
 * cost of an event independent of the number of rules.
 *
 * The table is dense: a state has a cell for each class of characters, and only characters that occur in a
 * text have a class of their own.
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
  /** UTF-16 code unit to its class; 0 for those that occur in no text. */
  readonly #classes = new Uint16Array(65_536);
  readonly #width: number;
  readonly #next: Int32Array;
  /** The first pattern that ends in a state, or -1. */
  readonly #ends: Int32Array;
  /** The nearest suffix state in which a pattern ends, or 0. */
  readonly #suffix: Int32Array;
  /** Patterns chained by the state they end in. */
  readonly #chain: Int32Array;
  readonly #patterns: readonly Pattern[];

  constructor(patterns: readonly Pattern[]) {
    this.#patterns = patterns;
    let width = 1;
    let states = 1;
    for (const { text } of patterns) {
      for (let i = 0; i < text.length; i++) {
        const unit = text.charCodeAt(i);
        if (this.#classes[unit] === 0) this.#classes[unit] = width++;
      }
      states += text.length;
    }
    this.#width = width;
    const next = new Int32Array(states * width).fill(-1);
    const ends = new Int32Array(states).fill(-1);
    const chain = new Int32Array(patterns.length).fill(-1);
    let count = 1;
    for (const [index, { text }] of patterns.entries()) {
      let state = 0;
      for (let i = 0; i < text.length; i++) {
        const cell = state * width + this.#classes[text.charCodeAt(i)]!;
        if (next[cell]! < 0) next[cell] = count++;
        state = next[cell]!;
      }
      chain[index] = ends[state]!;
      ends[state] = index;
    }
    this.#next = next.subarray(0, count * width);
    this.#ends = ends.subarray(0, count);
    this.#chain = chain;
    this.#suffix = new Int32Array(count);
    this.#link();
  }

  /** Fills the transitions that no text has with those of the longest suffix that some text begins with. */
  #link(): void {
    const next = this.#next;
    const width = this.#width;
    const fail = new Int32Array(this.#ends.length);
    const queue: number[] = [];
    for (let c = 0; c < width; c++) {
      const state = next[c]!;
      if (state < 0) next[c] = 0;
      else if (state > 0) queue.push(state);
    }
    for (let head = 0; head < queue.length; head++) {
      const state = queue[head]!;
      const back = fail[state]!;
      this.#suffix[state] = this.#ends[back]! >= 0 ? back : this.#suffix[back]!;
      for (let c = 0; c < width; c++) {
        const cell = state * width + c;
        const to = next[cell]!;
        if (to < 0) next[cell] = next[back * width + c]!;
        else {
          fail[to] = next[back * width + c]!;
          queue.push(to);
        }
      }
    }
  }

  /** Sets `hits[id]` to `mark` for the id of every text that is in its place in `value`, and calls `found` for the new ones. */
  scan(value: string, hits: Uint32Array, mark: number, found: (id: number) => void): void {
    const next = this.#next;
    const classes = this.#classes;
    const ends = this.#ends;
    const suffix = this.#suffix;
    const width = this.#width;
    const length = value.length;
    let state = 0;
    for (let i = 0; i < length; i++) {
      state = next[state * width + classes[value.charCodeAt(i)]!]!;
      for (let at = ends[state]! >= 0 ? state : suffix[state]!; at > 0; at = suffix[at]!) {
        for (let index = ends[at]!; index >= 0; index = this.#chain[index]!) {
          const { text, place, id } = this.#patterns[index]!;
          if (hits[id] === mark) continue;
          if (place !== 'anywhere') {
            if ((place === 'start' || place === 'whole') && i + 1 !== text.length) continue;
            if ((place === 'end' || place === 'whole') && i + 1 !== length) continue;
          }
          hits[id] = mark;
          found(id);
        }
      }
    }
  }
}
