/**
 * Whether distinct observations can be given to all terms: a transport problem (Hall's theorem; augmenting paths).
 *
 * Observations that can serve the same terms are one *group*. Observations come and go while a time window slides, and
 * only what a change makes necessary is worked out anew.
 */
export class Assignment {
  readonly #demand: readonly number[];
  readonly #met: Float64Array;
  /** How many observations of its groups are present, per term. */
  readonly #supply: Float64Array;
  readonly #groupsOf: readonly number[][];
  readonly #groups: readonly Group[];
  /** Terms with less supply than demand: while there is one, nothing needs to be searched. */
  #scarce = 0;
  /** Terms with less given than demanded. */
  #unmet = 0;
  /** Terms and groups looked at: the measure of work. */
  steps = 0;

  /** `demand`: positive numbers. `groups`: the terms that each group can serve. */
  constructor(demand: readonly number[], groups: readonly (readonly number[])[]) {
    this.#demand = demand;
    this.#met = new Float64Array(demand.length);
    this.#supply = new Float64Array(demand.length);
    this.#groupsOf = demand.map(() => []);
    this.#groups = groups.map((terms) => ({ terms, present: 0, used: 0, given: new Map() }));
    for (const [group, terms] of groups.entries())
      for (const term of terms) this.#groupsOf[term]!.push(group);
    this.#scarce = demand.length;
    this.#unmet = demand.length;
  }

  add(group: number, count: number): void {
    const entry = this.#groups[group]!;
    entry.present += count;
    for (const term of entry.terms) {
      const before = this.#supply[term]!;
      this.#supply[term] = before + count;
      const demand = this.#demand[term]!;
      if (before < demand && before + count >= demand) this.#scarce--;
    }
  }

  remove(group: number, count: number): void {
    const entry = this.#groups[group]!;
    entry.present -= count;
    for (const term of entry.terms) {
      const before = this.#supply[term]!;
      this.#supply[term] = before - count;
      const demand = this.#demand[term]!;
      if (before >= demand && before - count < demand) this.#scarce++;
    }
    for (const [term, amount] of entry.given) {
      const excess = entry.used - entry.present;
      if (excess <= 0) break;
      if (this.#met[term] === this.#demand[term]) this.#unmet++;
      this.#give(entry, term, -Math.min(excess, amount));
      this.#met[term]! -= Math.min(excess, amount);
    }
  }

  isFeasible(): boolean {
    if (this.#scarce > 0) return false;
    for (let term = 0; this.#unmet > 0 && term < this.#demand.length; term++) {
      this.steps++;
      while (this.#met[term]! < this.#demand[term]!) if (!this.#augment(term)) return false;
    }
    return true;
  }

  /** How many observations of a group each term got, in the order of terms. */
  given(group: number): readonly (readonly [term: number, count: number])[] {
    return [...this.#groups[group]!.given].sort(([a], [b]) => a - b);
  }

  /** Finds a free observation for the term, moving other terms to other groups if need be: the shortest such path. */
  #augment(start: number): boolean {
    const reachedFrom = new Map<number, number>();
    const movedFrom = new Map<number, number>([[start, -1]]);
    const queue = [start];
    for (let at = 0; at < queue.length; at++) {
      const term = queue[at]!;
      for (const group of this.#groupsOf[term]!) {
        this.steps++;
        if (reachedFrom.has(group)) continue;
        const entry = this.#groups[group]!;
        if (entry.present === 0) continue;
        reachedFrom.set(group, term);
        if (entry.used < entry.present) {
          this.#shift(start, group, reachedFrom, movedFrom);
          return true;
        }
        for (const other of entry.given.keys()) {
          this.steps++;
          if (movedFrom.has(other)) continue;
          movedFrom.set(other, group);
          queue.push(other);
        }
      }
    }
    return false;
  }

  #shift(
    start: number,
    last: number,
    reachedFrom: ReadonlyMap<number, number>,
    movedFrom: ReadonlyMap<number, number>,
  ): void {
    const end = this.#groups[last]!;
    let amount = Math.min(this.#demand[start]! - this.#met[start]!, end.present - end.used);
    for (let term = reachedFrom.get(last)!; term !== start; ) {
      const group = movedFrom.get(term)!;
      amount = Math.min(amount, this.#groups[group]!.given.get(term)!);
      term = reachedFrom.get(group)!;
    }
    for (let term = reachedFrom.get(last)!, group = last; ; ) {
      this.#give(this.#groups[group]!, term, amount);
      if (term === start) break;
      group = movedFrom.get(term)!;
      this.#give(this.#groups[group]!, term, -amount);
      term = reachedFrom.get(group)!;
    }
    this.#met[start]! += amount;
    if (this.#met[start] === this.#demand[start]) this.#unmet--;
  }

  #give(entry: Group, term: number, amount: number): void {
    const total = (entry.given.get(term) ?? 0) + amount;
    if (total === 0) entry.given.delete(term);
    else entry.given.set(term, total);
    entry.used += amount;
  }
}

interface Group {
  readonly terms: readonly number[];
  present: number;
  used: number;
  /** Observations given, per term; no zeros. */
  readonly given: Map<number, number>;
}
