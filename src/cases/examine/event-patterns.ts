/**
 * STIX patterns over events, one exhibit after the other. A pattern that one event can meet is decided at that event. Of the others only
 * the events that satisfy one of their terms are kept (no other can take part in a match), within bounds, and the pattern is decided when the
 * exhibit was read, in order of time.
 */
import { isEntenteError } from '../../base/index.ts';
import type { Event } from '../../forensics/index.ts';
import { type ObservedData, observedData } from '../../forensics/observations/index.ts';
import {
  compilePatternSet,
  matchPattern,
  type ObservationTest,
  type Pattern,
  type PatternSet,
  parsePattern,
  type StixObject,
} from '../../stix/pattern/index.ts';
import type { RejectedSource, RuleSource } from './job.ts';

/** A pattern that was met: `file` and `offset` of the last event it rests on. */
export interface PatternHit {
  /** Which of the patterns given. */
  readonly pattern: number;
  readonly file: string;
  readonly offset: number;
  /** What the events say that it rests on, in order of time. */
  readonly messages: readonly string[];
  readonly events: number;
}

export interface Undecided {
  readonly indicator: string;
  readonly exhibit: number;
  readonly reason: string;
}

/** Events kept for one pattern, and for all of them: at about 2 KB each some 100 MB. */
const KEPT_MAX = 5_000;
const KEPT_IN_ALL_MAX = 50_000;
/** Events asked together first: most patterns are met by none of them, and are done with at once. */
const BATCH = 256;
const MESSAGE_CHARS = 300;
const MESSAGES_SHOWN = 10;
const UNDECIDED_MAX = 1_000;

interface Place {
  readonly file: string;
  readonly offset: number;
  readonly message: string;
}

interface Kept {
  readonly observed: StixObject[];
  /** Events that would have been kept beyond the bound. */
  dropped: number;
}

export class EventPatterns {
  readonly rejected: readonly RejectedSource[];
  readonly size: number;
  readonly #given: readonly RuleSource[];
  readonly #patterns: readonly (Pattern | null)[];
  readonly #terms: readonly Pattern[];
  readonly #all: PatternSet;
  /** Of each term, the pattern that it belongs to. */
  readonly #owners: readonly number[];
  readonly #kept = new Map<number, Kept>();
  readonly #places = new Map<StixObject, Place>();
  readonly #batch: { readonly observed: ObservedData; readonly place: Place }[] = [];
  #keptInAll = 0;
  readonly #undecided = new Map<string, Undecided>();
  #undecidedCount = 0;
  #shown = 0;
  readonly #silent = new Map<string, number>();

  /** `path` of each source is its indicator, `text` its pattern. */
  constructor(given: readonly RuleSource[]) {
    const rejected: RejectedSource[] = [];
    const terms: Pattern[] = [];
    const owners: number[] = [];
    this.#given = given;
    this.#patterns = given.map(({ path, text }, index) => {
      try {
        const pattern = parsePattern(text);
        const own = testsOf(pattern);
        compilePatternSet(own);
        for (const term of own) owners[terms.push(term) - 1] = index;
        return pattern;
      } catch {
        // The account goes where patterns may not, so it quotes nothing of them.
        rejected.push({ path, rule: null, reason: 'the pattern does not compile' });
        return null;
      }
    });
    this.rejected = rejected;
    this.size = given.length - rejected.length;
    this.#terms = terms;
    this.#all = compilePatternSet(terms);
    this.#owners = owners;
  }

  event(event: Event, file: string, exhibit: number, found: (hit: PatternHit) => void): void {
    const observed = observedData(event);
    if (observed === null) {
      this.#silent.set(event.kind, (this.#silent.get(event.kind) ?? 0) + 1);
      return;
    }
    this.#shown++;
    const message = event.message.slice(0, MESSAGE_CHARS).toWellFormed();
    this.#batch.push({ observed, place: { file, offset: event.offset, message } });
    if (this.#batch.length >= BATCH) this.decide(exhibit, found);
  }

  /** What the events so far meet by themselves is told; to be called at the end of each file. */
  decide(exhibit: number, found: (hit: PatternHit) => void): void {
    const batch = this.#batch.splice(0);
    const { matches, undecided } = this.#all.match(batch.map(({ observed }) => observed));
    const likely = [...matches, ...undecided].map(({ index }) => index).sort((a, b) => a - b);
    if (likely.length === 0) return;
    const terms = compilePatternSet(likely.map((index) => this.#terms[index]!));
    const ownerOf = ({ index }: { readonly index: number }) => this.#owners[likely[index]!]!;
    for (const { observed, place } of batch) {
      const { matches: met, undecided: left } = terms.match([observed]);
      for (const one of left) this.#leave(ownerOf(one), exhibit, one.error.message);
      for (const index of new Set(met.map(ownerOf))) {
        const { file, offset, message } = place;
        if (isMetByOne(this.#patterns[index]!))
          found({ pattern: index, file, offset, messages: [message], events: 1 });
        else this.#keep(index, observed, place);
      }
    }
  }

  /** The exhibit was read: patterns over several of its events are decided, and its events forgotten. */
  endExhibit(exhibit: number, found: (hit: PatternHit) => void): void {
    this.decide(exhibit, found);
    for (const [index, { observed, dropped }] of [...this.#kept].sort(([a], [b]) => a - b)) {
      try {
        const match = matchPattern(this.#patterns[index]!, observed);
        if (match !== null) {
          const places = match.observations.map((one) => this.#places.get(one)!);
          const { file, offset } = places.at(-1)!;
          const messages = places.slice(-MESSAGES_SHOWN).map(({ message }) => message);
          found({ pattern: index, file, offset, messages, events: places.length });
        } else if (dropped > 0) {
          const reason = `${dropped} events more than the ${observed.length} that were kept satisfy a part of the pattern`;
          this.#leave(index, exhibit, reason);
        }
      } catch (error) {
        if (!isEntenteError(error)) throw error;
        this.#leave(index, exhibit, error.message);
      }
    }
    this.#kept.clear();
    this.#places.clear();
    this.#keptInAll = 0;
  }

  account(): Readonly<Record<string, unknown>> {
    return {
      eventsShown: this.#shown,
      /** By kind: events that show nothing that patterns could ask for. */
      eventsNotShown: Object.fromEntries([...this.#silent].sort(([a], [b]) => (a < b ? -1 : 1))),
      undecided: [...this.#undecided.values()],
      undecidedCount: this.#undecidedCount,
    };
  }

  #keep(index: number, observed: ObservedData, place: Place): void {
    let kept = this.#kept.get(index);
    if (!kept) {
      kept = { observed: [], dropped: 0 };
      this.#kept.set(index, kept);
    }
    if (kept.observed.length >= KEPT_MAX || this.#keptInAll >= KEPT_IN_ALL_MAX) {
      kept.dropped++;
      return;
    }
    kept.observed.push(observed);
    this.#places.set(observed, place);
    this.#keptInAll++;
  }

  /** Once for each pattern and exhibit. */
  #leave(index: number, exhibit: number, reason: string): void {
    const key = `${index} ${exhibit}`;
    if (this.#undecided.has(key)) return;
    this.#undecidedCount++;
    if (this.#undecided.size < UNDECIDED_MAX)
      this.#undecided.set(key, { indicator: this.#given[index]!.path, exhibit, reason });
  }
}

/** Every `[ … ]` of the pattern. */
function testsOf(pattern: Pattern): ObservationTest[] {
  if (pattern.kind === 'observation') return [pattern];
  return pattern.kind === 'qualified' ? testsOf(pattern.operand) : pattern.operands.flatMap(testsOf);
}

const isMetByOne = (pattern: Pattern): boolean =>
  pattern.kind === 'observation' || (pattern.kind === 'or' && pattern.operands.every(isMetByOne));
