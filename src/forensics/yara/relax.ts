/**
 * The condition of a rule, relaxed so that it can be asked of many files laid end to end: it holds there whenever the condition holds in
 * one of them. Only what grows with the bytes is kept: that patterns occur, and how many. Offsets, sizes, modules, other rules and loops
 * count as true.
 */
import type { RuleText, Token } from './rule-text.ts';

/** Null when the rule may match a file in which none of its patterns occurs: it must then be asked of each file by itself. */
export function relaxedCondition(rule: RuleText): string | null {
  if (!rule.hasStrings || rule.hasAnchors) return null;
  const relaxed = new Relaxer(rule.condition).whole();
  return relaxed === null || relaxed.mayHoldWithout ? null : relaxed.text;
}

interface Relaxed {
  readonly text: string;
  /** It can be true where no pattern occurs. */
  readonly mayHoldWithout: boolean;
}

const TRUE: Relaxed = { text: 'true', mayHoldWithout: true };
/** Conditions nest; so deep that no person wrote it, it is asked file by file. */
const DEPTH_MAX = 100;

class Relaxer {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  whole(): Relaxed | null {
    const relaxed = this.#or(0);
    return this.#at === this.#tokens.length ? relaxed : null;
  }

  #or(depth: number): Relaxed | null {
    return this.#list('or', depth, () => this.#list('and', depth, () => this.#part(depth)));
  }

  #list(word: 'and' | 'or', depth: number, part: () => Relaxed | null): Relaxed | null {
    if (depth > DEPTH_MAX) return null;
    const parts: Relaxed[] = [];
    do {
      const one = part();
      if (one === null) return null;
      parts.push(one);
    } while (this.#take(word));
    if (parts.length === 1) return parts[0]!;
    const holds = ({ mayHoldWithout }: Relaxed) => mayHoldWithout;
    return {
      text: `(${parts.map(({ text }) => text).join(` ${word} `)})`,
      mayHoldWithout: word === 'or' ? parts.some(holds) : parts.every(holds),
    };
  }

  #part(depth: number): Relaxed | null {
    if (this.#peek() === 'not') {
      this.#at++;
      return this.#part(depth + 1) === null ? null : TRUE; // the less there is, the more it holds
    }
    if (this.#peek() === '(') {
      const start = this.#at;
      this.#at++;
      const inner = this.#or(depth + 1);
      if (inner !== null && this.#take(')') && this.#endsHere()) return inner;
      this.#at = start; // an arithmetic expression, or a tuple
    }
    const tokens = this.#atom();
    return tokens.length === 0 ? null : relaxAtom(tokens);
  }

  /** Up to the next `and` or `or` of this level, or a bracket that closes it. */
  #atom(): Token[] {
    const start = this.#at;
    for (let depth = 0; this.#at < this.#tokens.length; this.#at++) {
      const { text } = this.#tokens[this.#at]!;
      if (text === '(' || text === '[') depth++;
      else if (text === ')' || text === ']') {
        if (depth === 0) break;
        depth--;
      } else if (depth === 0 && (text === 'and' || text === 'or')) break;
    }
    return this.#tokens.slice(start, this.#at);
  }

  #endsHere(): boolean {
    const next = this.#peek();
    return next === undefined || next === 'and' || next === 'or' || next === ')';
  }

  #peek(): string | undefined {
    return this.#tokens[this.#at]?.text;
  }

  #take(text: string): boolean {
    if (this.#peek() !== text) return false;
    this.#at++;
    return true;
  }
}

/** `$a`, `$a at …`, `$a in …`; `N of …`, `any of …`, `all of …`, each perhaps with a place; `#a > N`. All else counts as true. */
function relaxAtom(tokens: readonly Token[]): Relaxed {
  const [first, second, third] = tokens;
  const only = (text: string): Relaxed => ({ text, mayHoldWithout: false });
  if (
    first!.kind === 'pattern' &&
    first!.text.startsWith('$') &&
    first!.text.length > 1 &&
    !first!.text.endsWith('*')
  ) {
    if (tokens.length === 1 || second!.text === 'at' || second!.text === 'in') return only(first!.text);
    return TRUE;
  }
  if (second?.text === 'of' && third !== undefined) {
    const isCount = /^[1-9]\d*$/.test(first!.text);
    if (!isCount && first!.text !== 'any' && first!.text !== 'all') return TRUE;
    const set = patternSet(tokens.slice(2));
    return set === null ? TRUE : only(`${first!.text} of ${set}`);
  }
  if (
    first!.text.startsWith('#') &&
    first!.text.length > 1 &&
    tokens.length === 3 &&
    /^\d+$/.test(third!.text)
  ) {
    const least = Number(third!.text) + (second!.text === '>' ? 1 : 0);
    const grows = second!.text === '>' || second!.text === '>=';
    if (grows && least > 0) return only(`${first!.text} >= ${least}`);
    if (second!.text === '==' && least > 0) return only(`${first!.text} >= ${least}`);
  }
  return TRUE;
}

/** `them`, or patterns in brackets; names of rules in brackets are none. A place behind it is left out. */
function patternSet(tokens: readonly Token[]): string | null {
  if (tokens[0]!.text === 'them') return 'them';
  if (tokens[0]!.text !== '(') return null;
  const end = tokens.findIndex(({ text }) => text === ')');
  const inside = tokens.slice(1, end);
  const isSet =
    inside.length > 0 &&
    inside.every(({ kind, text }, i) =>
      i % 2 === 0 ? kind === 'pattern' && text.startsWith('$') : text === ',',
    );
  return isSet ? `(${inside.map(({ text }) => text).join('')})` : null;
}
