/**
 * Verdicts on services: whether a party may take up an expert, support, intelligence on request, a tool or training, which clause says so,
 * and how much of the clause's quota its period has used up. Every act of the desk asks here, on both sides, at the moment of the act.
 */
import {
  type Act,
  type Agreement,
  type Clearance,
  type DecidingClause,
  type Priority,
  type Purpose,
  quotaPeriod,
  SERVICE_OF_ACT,
  type Service,
  type TrainingLevel,
  type Verdict,
} from '../agreement/index.ts';
import { EntenteError } from '../base/index.ts';
import type { Registry } from './registry.ts';
import { type Counterpart, openPapers, type Refusal } from './verdicts.ts';

export type ServiceAct = Extract<
  Act,
  'expert-seat' | 'tool-seat' | 'training-place' | 'support' | 'intelligence-request' | 'free-look-up'
>;

export interface ServiceQuestion {
  readonly act: ServiceAct;
  /** Who gives the service: this node, or the peer. */
  readonly giver: 'here' | 'peer';
  readonly purpose: Purpose;
  /** In the unit of the quota; 0 for what goes on with something that was counted already. */
  readonly amount: number;
  readonly priority?: Priority;
  readonly clearance?: Clearance;
  readonly tool?: string;
  readonly level?: TrainingLevel;
  /** When the seat was granted that would be used on. */
  readonly seatGrantedAt?: string;
}

/** A service of an agreement, and the period in which its quota counts now. */
export interface ServiceClause {
  readonly agreement: string;
  /** `services[0]` */
  readonly path: string;
  readonly service: Service;
  readonly period: { readonly from: string; readonly until: string };
}

export interface ServiceVerdict {
  readonly verdict: Verdict | Refusal;
  /** The service that was asked for; null when no agreement has one of the kind. */
  readonly clause: ServiceClause | null;
  /** How much of the quota was used before. */
  readonly used: number;
}

/** How much of a service was taken up in its period; whoever grants services counts them. */
export type CountUse = (clause: ServiceClause) => Promise<number>;

/** An agreement that allows comes first, then one that asks; with none, the first denial. */
export async function decideService(
  registry: Registry,
  peer: Counterpart,
  question: ServiceQuestion,
  countUse: CountUse,
): Promise<ServiceVerdict> {
  const { act, giver, amount, ...rest } = question;
  const papers = await openPapers(registry, peer);
  const [fromKid, toKid] =
    giver === 'here' ? [registry.identity.kid, peer.kid] : [peer.kid, registry.identity.kid];
  const { refusal } = papers;
  const refused = (clause: DecidingClause): ServiceVerdict => ({
    verdict: { verdict: 'deny', clauses: [clause], agreement: null },
    clause: null,
    used: 0,
  });
  if (refusal && papers.current.length > 0) return refused(refusal);
  const found: ServiceVerdict[] = [];
  for (const held of papers.asked) {
    const { agreement } = held.verified;
    const from = papers.partyIn(held, fromKid)!.id;
    const to = papers.partyIn(held, toKid)!.id;
    const clause = clauseOf(agreement, act, from, to, papers.at);
    const used = amount > 0 && clause ? await countUse(clause) : 0;
    const verdict = papers.ask(held, { ...rest, act, from, to, node: toKid, amount, used });
    found.push({ verdict, clause, used });
  }
  const best =
    found.find(({ verdict }) => verdict.verdict === 'allow') ??
    found.find(({ verdict }) => verdict.verdict === 'ask') ??
    found[0];
  if (best && best.verdict.verdict !== 'deny') return best;
  return refusal ? refused(refusal) : best!;
}

function clauseOf(
  agreement: Agreement,
  act: ServiceAct,
  from: string,
  to: string,
  at: string,
): ServiceClause | null {
  const kind = SERVICE_OF_ACT[act];
  const index = agreement.services.findIndex(
    (service) => service.kind === kind && service.from === from && service.to.includes(to),
  );
  const service = agreement.services[index];
  if (!service) return null;
  return {
    agreement: agreement.id,
    path: `services[${index}]`,
    service,
    period: quotaPeriod(agreement, service.quota.per, at),
  };
}

/** What an `ask` needs besides: that the giver said yes, which for services is its acceptance. @throws EntenteError `agreement-denied` */
export function assertServiceAllowed(verdict: Verdict | Refusal, options: { asked: boolean }): void {
  if (verdict.verdict === 'allow' || (verdict.verdict === 'ask' && options.asked)) return;
  const clauses: readonly DecidingClause[] = verdict.clauses;
  const { path, words } = clauses[0]!;
  throw new EntenteError('agreement-denied', `${path}: ${words}`, { clauses });
}

/** Whether how much was exchanged with a peer may be published, under its name. */
export async function mayPublishCounts(registry: Registry, peer: Counterpart): Promise<boolean> {
  const papers = await openPapers(registry, peer);
  return papers.current.some((held) => {
    const from = papers.partyIn(held, registry.identity.kid)!.id;
    const to = papers.partyIn(held, peer.kid)!.id;
    const asked = { act: 'publish-counts', from, to, purpose: 'research' } as const;
    return papers.ask(held, asked).verdict === 'allow' && papers.refusal === null;
  });
}
