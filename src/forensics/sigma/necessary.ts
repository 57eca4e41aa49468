/**
 * What must occur in an event before a rule can hold: a few literals in named fields, one of which has to be there.
 * A rule is only evaluated when one is found. Negations and patterns without literal text give nothing; if
 * a rule consists of such only, it is evaluated on every event of its source.
 */
import type { Place } from './automaton.ts';
import { foldCase } from './fold.ts';
import { ANY_CHARACTER, type Expression, type Glob, type Test } from './rule.ts';

export interface Literal {
  /** Null: in any value. */
  readonly field: string | null;
  /** Folded, as the values are in which it is looked for. */
  readonly text: string;
  readonly place: Place;
}

interface Clause {
  readonly literals: readonly Literal[];
  /** How rare the least rare literal may be; higher is better. */
  readonly rarity: number;
}

/** The best necessary literals of an expression, or null when it can hold without any. */
export function necessaryLiterals(expression: Expression): readonly Literal[] | null {
  return clauseOf(expression)?.literals ?? null;
}

function clauseOf(expression: Expression): Clause | null {
  switch (expression.op) {
    case 'not':
      return null;
    case 'and': {
      let best: Clause | null = null;
      for (const item of expression.items) {
        const clause = clauseOf(item);
        if (clause !== null && (best === null || clause.rarity > best.rarity)) best = clause;
      }
      return best;
    }
    case 'or': {
      const literals: Literal[] = [];
      let rarity = Number.POSITIVE_INFINITY;
      for (const item of expression.items) {
        const clause = clauseOf(item);
        if (clause === null) return null;
        literals.push(...clause.literals);
        rarity = Math.min(rarity, clause.rarity);
      }
      return literals.length === 0 ? null : { literals, rarity };
    }
    case 'test': {
      const literal = literalOf(expression.field, expression.test);
      return literal === null ? null : { literals: [literal], rarity: rarityOf(literal) };
    }
  }
}

function literalOf(field: string | null, test: Test): Literal | null {
  if (test.kind !== 'glob') return null;
  return longestSegment(field, test.glob);
}

function longestSegment(field: string | null, glob: Glob): Literal | null {
  let best: Literal | null = null;
  const last = glob.segments.length - 1;
  for (const [i, segment] of glob.segments.entries()) {
    const pieces = segment.split(ANY_CHARACTER);
    for (const [j, piece] of pieces.entries()) {
      const text = foldCase(piece);
      if (text === '' || (best !== null && best.text.length >= text.length)) continue;
      const start = i === 0 && j === 0 && glob.fromStart;
      const end = i === last && j === pieces.length - 1 && glob.toEnd;
      best = { field, text, place: start && end ? 'whole' : start ? 'start' : end ? 'end' : 'anywhere' };
    }
  }
  return best;
}

/** A literal is only a filter, so a part of it will do, and the automaton's table stays small. */
export function shortened(literal: Literal): Literal {
  const { field, text, place } = literal;
  if (text.length <= LITERAL_CHARS_MAX) return literal;
  if (place === 'end') return { field, text: text.slice(-LITERAL_CHARS_MAX), place };
  return { field, text: text.slice(0, LITERAL_CHARS_MAX), place: place === 'whole' ? 'start' : place };
}

/** Long enough that hardly a rule becomes a candidate by it that does not hold; shorter ones measured slower. */
const LITERAL_CHARS_MAX = 24;

/** Literals that ordinary events are full of tell little, however long they are. */
const COMMON =
  /^(?:true|false|-|4|c:\\|hklm\\?|hkcu\\?|hku\\?|http|https|\\(?:cmd|powershell|pwsh|rundll32|svchost|explorer|services)\.exe|(?:cmd|powershell|pwsh|rundll32)\.(?:exe|dll)|\.(?:exe|dll)|microsoft.*|c:\\(?:windows|program files).*|\\windows\\.*|\\microsoft\\.*)$/;

function rarityOf({ text, place }: Literal): number {
  const length = Math.min(text.length, 24);
  const bonus = place === 'whole' ? 8 : place === 'anywhere' ? 0 : 2;
  return COMMON.test(text) ? Math.min(3, length) : length + bonus;
}
