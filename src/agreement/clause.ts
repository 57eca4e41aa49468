/** A clause of an agreement as the engine sees it: one Cedar policy, its path, its words, its remedy. */
import type { Agreement, Party } from './document.ts';
import type { Question } from './question.ts';

export interface Clause {
  /** Where it stands in the document: `flows[0].tlp`. */
  readonly path: string;
  /** What it does when its policy holds. A `permit` covers, a `deny` or `ask` restricts what is covered. */
  readonly effect: 'permit' | 'deny' | 'ask';
  readonly cedar: string;
  /** The clause in words, for a person who asks why. */
  words(question: Question): string;
  /** What would have to be different for this clause not to stand in the way. */
  remedy(question: Question): string;
}

/** A permitting clause and the restrictions on it: one flow, one service. */
export interface ClauseGroup {
  readonly path: string;
  readonly clauses: readonly Clause[];
}

export function partyName(agreement: Agreement, id: string): string {
  return findParty(agreement, id)?.name ?? `"${id.slice(0, 80)}"`;
}

export function findParty(agreement: Agreement, id: string): Party | undefined {
  return agreement.parties.find((party) => party.id === id);
}

export const list = (words: readonly string[], conjunction = 'and'): string =>
  words.length < 2
    ? (words[0] ?? 'nothing')
    : `${words.slice(0, -1).join(', ')} ${conjunction} ${words.at(-1)}`;
