/**
 * Runs a rule set over events.
 *
 * Rules are sorted into groups by the views they concern (log source and field names); a group is prepared when its
 * first event comes. In a group, every rule has necessary literals; one automaton per field finds all of them in
 * one pass over the field's value, and only rules of which one was found are evaluated. So the cost of an event
 * grows with its text and with what it hits, not with the number of rules.
 */
import type { Event, FieldValue } from '../event.ts';
import { type Automaton, AutomatonBuilder } from './automaton.ts';
import { compileExpressionTree, type Evaluate } from './evaluate.ts';
import { EventView } from './event-view.ts';
import { isSourceOf, LogSources } from './log-source.ts';
import { necessaryLiterals, shortened } from './necessary.ts';
import type { SigmaRule } from './rule.ts';
import type { View } from './view.ts';

/** Called for each rule that an event satisfies. */
export type MatchSink = (
  rule: SigmaRule,
  event: Event,
  read: (field: string) => FieldValue | undefined,
) => void;

export class SigmaEngine {
  readonly #rules: readonly SigmaRule[];
  readonly #sources = new LogSources();
  readonly #groups = new Map<string, Group>();

  constructor(rules: readonly SigmaRule[]) {
    this.#rules = rules;
  }

  match(event: Event, sink: MatchSink): void {
    for (const view of this.#sources.viewsOf(event)) this.#groupOf(view).match(event, sink);
  }

  #groupOf(view: View): Group {
    let group = this.#groups.get(view.key);
    if (group === undefined) {
      group = new Group(
        this.#rules.filter((rule) => isSourceOf(rule.logSource, view)),
        view,
      );
      if (this.#groups.size < GROUPS_MAX) this.#groups.set(view.key, group);
    }
    return group;
  }
}

/** There are about 120 views; names taken from events (Zeek's) could make more. */
const GROUPS_MAX = 1_000;

class Group {
  readonly #view: EventView;
  readonly #rules: readonly SigmaRule[];
  readonly #evaluate: (Evaluate | null)[];
  readonly #compile: (rule: SigmaRule) => Evaluate;
  /** Rules without necessary literals. */
  readonly #always: readonly number[];
  /** An automaton for each field with literals. */
  readonly #automata: readonly { readonly field: number; readonly automaton: Automaton }[];
  readonly #keywords: Automaton | null;
  /** The turn in which a rule became a candidate. */
  readonly #hits: Uint32Array;
  readonly #candidates: number[] = [];
  readonly #found: (id: number) => void;
  #turn = 0;

  constructor(rules: readonly SigmaRule[], view: View) {
    this.#rules = rules;
    const names = new Map<string, number>();
    const indexOf = (name: string) => {
      let index = names.get(name);
      if (index === undefined) {
        index = names.size;
        names.set(name, index);
      }
      return index;
    };
    const builders = new Map<number | null, AutomatonBuilder>();
    const always: number[] = [];
    for (const [id, rule] of rules.entries()) {
      collectFields(rule.expression, indexOf);
      const literals = necessaryLiterals(rule.expression);
      if (literals === null) {
        always.push(id);
        continue;
      }
      for (const { field, text, place } of literals.map(shortened)) {
        const index = field === null ? null : indexOf(field);
        let builder = builders.get(index);
        if (builder === undefined) {
          builder = new AutomatonBuilder();
          builders.set(index, builder);
        }
        builder.add(text, place, id);
      }
    }
    this.#view = new EventView(view, [...names.keys()]);
    this.#compile = (rule) => compileExpressionTree(rule.expression, indexOf);
    this.#evaluate = new Array<Evaluate | null>(rules.length).fill(null);
    this.#always = always;
    this.#keywords = builders.get(null)?.build() ?? null;
    builders.delete(null);
    this.#automata = [...builders].map(([field, builder]) => ({ field: field!, automaton: builder.build() }));
    this.#hits = new Uint32Array(rules.length);
    this.#found = (id) => void this.#candidates.push(id);
  }

  match(event: Event, sink: MatchSink): void {
    if (this.#rules.length === 0) return;
    const view = this.#view;
    view.take(event);
    this.#turn = (this.#turn + 1) >>> 0;
    if (this.#turn === 0) {
      this.#hits.fill(0);
      this.#turn = 1;
    }
    const candidates = this.#candidates;
    candidates.length = 0;
    for (const { field, automaton } of this.#automata) {
      for (const text of view.folded(field)) automaton.scan(text, this.#hits, this.#turn, this.#found);
    }
    this.#keywords?.scan(view.allText(), this.#hits, this.#turn, this.#found);
    for (const id of this.#always) candidates.push(id);
    if (candidates.length === 0) return;
    candidates.sort((a, b) => a - b); // findings come in the order of the rules, whatever was found first
    for (const id of candidates) {
      let evaluate = this.#evaluate[id] ?? null;
      if (evaluate === null) {
        evaluate = this.#compile(this.#rules[id]!);
        this.#evaluate[id] = evaluate;
      }
      if (evaluate(view)) sink(this.#rules[id]!, event, (name) => view.read(name));
    }
  }
}

function collectFields(expression: SigmaRule['expression'], indexOf: (name: string) => number): void {
  if (expression.op === 'test') {
    if (expression.field !== null) indexOf(expression.field);
    if (expression.test.kind === 'field') indexOf(expression.test.other);
  } else if (expression.op === 'not') collectFields(expression.item, indexOf);
  else for (const item of expression.items) collectFields(item, indexOf);
}
