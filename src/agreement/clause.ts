/** A clause of an agreement as the engine sees it: one Cedar policy, its path, its words, its remedy. */
import { type Policies, type PolicyParts, policyText } from './cedar.ts';
import type { Agreement, Party } from './document.ts';
import type { Question } from './question.ts';
import type { Reason } from './reasons/reason.ts';

export interface Clause {
  /** Where it stands in the document: `flows[0].tlp`. */
  readonly path: string;
  /** What it does when its policy holds. A `permit` covers, a `deny` or `ask` restricts what is covered. */
  readonly effect: 'permit' | 'deny' | 'ask';
  /** Acts it is about, as a Cedar scope such as `action == Action::"onward"`; all when absent. */
  readonly scope?: string;
  /** When it holds, as a Cedar condition. */
  readonly when: string;
  /** The clause as an answer to a person who asks why. */
  reason(question: Question): Reason;
  /** What would have to be different for this clause not to stand in the way; a permit never does. */
  remedy?(question: Question): Reason;
}

/** A permitting clause and the restrictions on it: one flow, one service. */
export interface ClauseGroup {
  readonly path: string;
  readonly clauses: readonly Clause[];
}

/** A clause that asks or denies is a policy that forbids: what nobody objects to is allowed. */
export function policyParts({ effect, scope, when }: Clause): PolicyParts {
  return { effect: effect === 'permit' ? 'permit' : 'forbid', scope, when };
}

/**
 * The policies of a group by the paths of their clauses. Of several that stem from one clause, the later ones are numbered; a
 * clause from elsewhere in the document follows the group it restricts: `flows[0]:parties[1].kind`.
 */
export function policiesOf(group: ClauseGroup): Policies {
  const seen = new Map<string, number>();
  return Object.fromEntries(
    group.clauses.map((clause) => {
      const own = clause.path.startsWith(group.path) ? clause.path : `${group.path}:${clause.path}`;
      const count = (seen.get(own) ?? 0) + 1;
      seen.set(own, count);
      return [count === 1 ? own : `${own}#${count}`, policyText(policyParts(clause), group.path)];
    }),
  );
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
