/**
 * "What if we ended this, or amended it so?" The same questions are put to the agreement as it is and as it would be, about
 * whatever the node holds: objects by release class, deliveries, cases, seats. Nothing is changed.
 */
import type { Agreement } from './document.ts';
import { assertNotice, type StateContext } from './lifecycle.ts';
import { draftNotice, type Notice } from './notice.ts';
import type { Question, Verdict } from './question.ts';
import { unsignedAsIfSigned, type VerifiedAgreement } from './signatures.ts';
import type { EndGround } from './terms.ts';
import { compileAgreement } from './verdict.ts';

/** Something the agreement decides about now: many objects of one class, one case, one seat. */
export interface Affected {
  readonly kind: 'object' | 'delivery' | 'case' | 'place' | 'seat' | 'peer';
  /** What a person calls it: a collection, a case number, an expert's name. */
  readonly label: string;
  /** How many such things are decided alike. */
  readonly count: number;
  readonly question: Omit<Question, 'at'>;
}

export type WhatIf =
  | { readonly kind: 'amend'; readonly agreement: Agreement }
  | { readonly kind: 'end'; readonly party: string; readonly ground: EndGround; readonly effective: string }
  | { readonly kind: 'suspend'; readonly party: string };

export interface SimulatedChange {
  readonly item: Affected;
  readonly before: Verdict;
  readonly after: Verdict;
}

export interface Simulation {
  /** The instant the second set of questions is asked for: `now`, or the end if that is later. */
  readonly at: string;
  readonly changes: readonly SimulatedChange[];
  /** Sums by kind of thing: how many are decided alike, lost, gained, or now need asking. */
  readonly totals: Readonly<Record<string, { same: number; lost: number; gained: number; ask: number }>>;
}

/** @throws EntenteError `agreement-state` for an end or suspension that the agreement does not allow; `agreement-invalid` */
export function simulate(
  signed: VerifiedAgreement,
  notices: readonly Notice[],
  whatIf: WhatIf,
  items: readonly Affected[],
  now: string,
  context: StateContext = {},
): Simulation {
  const { agreement } = signed;
  const before = compileAgreement(signed);
  const after = whatIf.kind === 'amend' ? compileAgreement(unsignedAsIfSigned(whatIf.agreement)) : before;
  const added = imaginedNotice(agreement, whatIf, now);
  for (const notice of added) assertNotice(signed, notices, notice);
  const imagined = [...notices, ...added];
  const at = whatIf.kind === 'end' ? whatIf.effective : now;
  const changes: SimulatedChange[] = [];
  const totals: Record<string, { same: number; lost: number; gained: number; ask: number }> = {};
  for (const item of items) {
    const was = before.decide({ ...item.question, at: now }, notices, context);
    const becomes = after.decide({ ...item.question, at }, imagined, context);
    totals[item.kind] ??= { same: 0, lost: 0, gained: 0, ask: 0 };
    const total = totals[item.kind]!;
    if (was.verdict === becomes.verdict) {
      total.same += item.count;
      continue;
    }
    changes.push({ item, before: was, after: becomes });
    if (becomes.verdict === 'deny') total.lost += item.count;
    else if (becomes.verdict === 'allow') total.gained += item.count;
    else total.ask += item.count;
  }
  return { at, changes, totals };
}

function imaginedNotice(agreement: Agreement, whatIf: WhatIf, now: string): Notice[] {
  const fields = { at: now, reason: 'imagined' } as const;
  switch (whatIf.kind) {
    case 'amend':
      return [];
    case 'suspend':
      return [draftNotice(agreement, { ...fields, kind: 'suspend', party: whatIf.party })];
    case 'end': {
      const { party, ground, effective } = whatIf;
      return [draftNotice(agreement, { ...fields, kind: 'terminate', party, ground, effective })];
    }
  }
}
