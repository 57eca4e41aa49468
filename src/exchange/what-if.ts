/** "What if we ended this, suspended it, or amended it so?", about everything that this node has under an agreement. Nothing is changed. */
import {
  type Agreement,
  draftAmendment,
  type EndGround,
  earliestEnd,
  type Simulation,
  simulate,
  type WhatIf,
} from '../agreement/index.ts';
import { EntenteError } from '../base/index.ts';
import { findAgreement, partyOfNode, type Registry } from '../registry/index.ts';
import { allAffected } from './affected.ts';

export type Wish =
  | { readonly kind: 'end'; readonly ground: EndGround }
  | { readonly kind: 'suspend' }
  /** `changes`: the top-level parts that change, each whole. */
  | { readonly kind: 'amend'; readonly changes: Readonly<Record<string, unknown>> };

/** @throws EntenteError `forbidden`, `agreement-state`, `agreement-invalid` */
export async function simulateHeld(registry: Registry, id: string, wish: Wish): Promise<Simulation> {
  const now = registry.clock().toISOString();
  const held = await findAgreement(registry.db, id, now);
  const { agreement } = held.verified;
  const party = partyOfNode(agreement, registry.identity.kid, held.notices, now);
  if (!party) throw new EntenteError('forbidden', 'this node acts for no party of the agreement');
  const whatIf: WhatIf =
    wish.kind === 'end'
      ? {
          kind: 'end',
          party: party.id,
          ground: wish.ground,
          effective: earliestEnd(agreement, wish.ground, now),
        }
      : wish.kind === 'suspend'
        ? { kind: 'suspend', party: party.id }
        : {
            kind: 'amend',
            agreement: draftAmendment(agreement, wish.changes as Partial<Record<keyof Agreement, unknown>>),
          };
  const notices = held.notices.map(({ notice }) => notice);
  return simulate(held.verified, notices, whatIf, await allAffected(registry, held), now);
}
