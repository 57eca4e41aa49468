/**
 * Verdicts of this node: what the agreements with one peer say about an act, now. The only way for any room to learn whether something
 * may leave or be used.
 */
import { createHash } from 'node:crypto';
import {
  type Act,
  type Question as AgreementQuestion,
  compileAgreement,
  type Decider,
  type DecidingClause,
  decidingClause,
  type Purpose,
  type Reason,
  type ReleaseClass,
  type State,
  strictest,
  type Verdict,
} from '../agreement/index.ts';
import { allAgreements, type HeldAgreement, partyOfNode, statesAt } from './agreements.ts';
import { type Granted, type Grants, openGrants } from './permissions.ts';
import type { Registry } from './registry.ts';

export interface Question {
  readonly act: Act;
  /** Who contributed what the act is about: this node, or the peer. */
  readonly contributor: 'here' | 'peer';
  readonly purpose: Purpose;
  readonly releaseClass: ReleaseClass;
  readonly receivedAt?: string;
  readonly caseOpenedAt?: string;
}

export interface Verdicts {
  /** An agreement with the peer that is in force now, if there is any. */
  readonly inForce: readonly { readonly id: string; readonly version: number }[];
  /** Why nothing is in force; null when something is. */
  readonly refusal: DecidingClause | null;
  /** Allowed when one agreement in force allows it; the verdict names that agreement. */
  decide(question: Question): Verdict | Refusal;
  /**
   * Passing on to the peer what was received under another agreement: that one must let it be passed on, and one with the peer must let it
   * cross. `from` is the node that contributed it; with it, a peer that is a party to the very agreement it was received under may get it as
   * that agreement lets its contributor give it to that peer.
   */
  decideOnward(
    question: Omit<Question, 'act' | 'contributor'> & { readonly origin: string; readonly from?: string },
  ): Verdict | Refusal;
}

/** A denial that no agreement decided, because none is in force. */
export interface Refusal {
  readonly verdict: 'deny';
  readonly clauses: readonly DecidingClause[];
  readonly agreement: null;
}

/** Compiling loads policies into Cedar, so it is done once for each signed text. */
const deciders = new Map<string, Decider>();
const DECIDER_MEMORY = 1_000;

function deciderOf(held: HeldAgreement): Decider {
  const { digest, signatures } = held.verified;
  const key = `${digest} ${signatures.length}`;
  let decider = deciders.get(key);
  if (!decider) {
    decider = compileAgreement(held.verified);
    if (deciders.size >= DECIDER_MEMORY) deciders.delete(deciders.keys().next().value!);
    deciders.set(key, decider);
  }
  return decider;
}

/** The peer that is asked about, and, when it is the peer that asks, what it takes to be in force (`papersDigest`). */
export interface Counterpart {
  readonly kid: string;
  readonly name: string;
  readonly papers?: string;
}

/**
 * What this node takes to be in force with a peer, as one digest. Both nodes must come to the same one before anything crosses: two
 * organisations never act on different texts, or on different notices, without noticing.
 */
export async function papersDigest(registry: Registry, peerKid: string): Promise<string> {
  const { current } = await readPapers(registry, peerKid, registry.clock().toISOString());
  return digestOf(current);
}

function digestOf(current: readonly HeldAgreement[]): string {
  const papers = current.map(
    ({ verified: { agreement, digest } }) => `${agreement.id} ${agreement.version} ${digest}`,
  );
  return createHash('sha256').update(papers.sort().join('\n')).digest('hex');
}

async function readPapers(registry: Registry, peerKid: string, at: string) {
  const all = await allAgreements(registry.db, at);
  const states = statesAt(all, at);
  const between = all.filter(
    ({ verified: { agreement }, notices }) =>
      partyOfNode(agreement, registry.identity.kid, notices, at) &&
      partyOfNode(agreement, peerKid, notices, at),
  );
  const current = between.filter(({ verified }) => states.get(verified.agreement.id)!.state === 'in-force');
  return { all, states, between, current };
}

/** What this node and a peer have signed with each other, as it stands at the instant of the call. */
export async function openPapers(registry: Registry, peer: Counterpart) {
  const at = registry.clock().toISOString();
  const { all, states, between, current } = await readPapers(registry, peer.kid, at);
  const refusal =
    current.length === 0
      ? refusalOf(
          between.map((held) => ({ held, state: states.get(held.verified.agreement.id)! })),
          peer.name,
        )
      : peer.papers !== undefined && peer.papers !== digestOf(current)
        ? disagreement(peer.name)
        : null;
  const grants = await openGrants(registry.db, at);
  return {
    at,
    all,
    current,
    refusal,
    // Agreements that have ended are asked too, after those in force: some uses in open cases go on for a time.
    asked: [...current, ...between.filter((other) => !current.includes(other))],
    ask: (held: HeldAgreement, question: Omit<AgreementQuestion, 'at'>): Verdict => {
      const granted = grantedFor(grants, held, question);
      const verdict = deciderOf(held).decide(
        { ...question, at, granted: granted.paths },
        held.notices.map((signed) => signed.notice),
        contextOf(held, all, states),
      );
      return verdict.verdict === 'allow' && granted.clauses.length > 0
        ? { ...verdict, clauses: [...verdict.clauses, ...granted.clauses] }
        : verdict;
    },
    partyIn: (held: HeldAgreement, kid: string) =>
      partyOfNode(held.verified.agreement, kid, held.notices, at),
  };
}

/** Reads the papers once; the verdicts hold for the instant of the call. */
export async function openVerdicts(registry: Registry, peer: Counterpart): Promise<Verdicts> {
  const here = registry.identity.kid;
  const { all, current, refusal, asked, ask, partyIn } = await openPapers(registry, peer);

  function decide(question: Question): Verdict | Refusal {
    if (refusal && current.length > 0) return { verdict: 'deny', clauses: [refusal], agreement: null };
    const { contributor, ...rest } = question;
    const [from, to] = contributor === 'here' ? [here, peer.kid] : [peer.kid, here];
    const verdicts = asked.map((held) =>
      ask(held, { ...rest, from: partyIn(held, from)!.id, to: partyIn(held, to)!.id, node: to }),
    );
    const best = mostFavourable(verdicts);
    if (best && best.verdict !== 'deny') return best;
    return refusal ? { verdict: 'deny', clauses: [refusal], agreement: null } : verdicts[0]!;
  }

  return {
    inForce: current.map(({ verified: { agreement } }) => ({ id: agreement.id, version: agreement.version })),
    refusal,
    decide,
    decideOnward({ origin, from, ...question }) {
      const source = all.find(({ verified }) => verified.agreement.id === origin);
      const holder = source && partyIn(source, here);
      if (!source || !holder)
        return refuse('agreements', { key: 'origin-unknown', values: { agreement: origin } });
      const contributor = from === undefined ? null : partyIn(source, from);
      if (from !== undefined && !contributor)
        return refuse('agreements', { key: 'contributor-no-party', values: {} });
      const recipient = partyIn(source, peer.kid);
      if (recipient) {
        if (!contributor)
          return refuse('flows.onward', { key: 'recipient-is-party', values: { peer: peer.name } });
        return ask(source, {
          ...question,
          act: 'release',
          from: contributor.id,
          to: recipient.id,
          node: peer.kid,
        });
      }
      const contributors = contributor
        ? [contributor]
        : source.verified.agreement.parties.filter((party) => party.id !== holder.id);
      const onward = mostFavourable(
        contributors.map((party) =>
          ask(source, { ...question, act: 'onward', from: party.id, to: holder.id, onwardTo: peer.name }),
        ),
      )!;
      const release = decide({ ...question, act: 'release', contributor: 'here' });
      if (release.agreement === null) return release;
      return strictest([release, onward]);
    },
  };
}

function grantedFor(grants: Grants, held: HeldAgreement, question: Omit<AgreementQuestion, 'at'>): Granted {
  const { act, purpose, releaseClass, onwardTo, attributed } = question;
  if (!releaseClass) return { paths: [], clauses: [] };
  return grants.of(held.verified.agreement, {
    act,
    purpose,
    releaseClass,
    ...(onwardTo === undefined ? {} : { onwardTo }),
    ...(attributed === undefined ? {} : { attributed }),
  });
}

function mostFavourable(verdicts: readonly Verdict[]): Verdict | undefined {
  return (
    verdicts.find((one) => one.verdict === 'allow') ??
    verdicts.find((one) => one.verdict === 'ask') ??
    verdicts[0]
  );
}

function refuse(path: string, reason: Reason): Refusal {
  return { verdict: 'deny', clauses: [decidingClause(path, 'deny', reason)], agreement: null };
}

function contextOf(held: HeldAgreement, all: readonly HeldAgreement[], states: ReadonlyMap<string, State>) {
  const { agreement } = held.verified;
  const parent = agreement.under && states.get(agreement.under.agreement);
  const successors = all
    .map((other) => other.verified)
    .filter((other) => other.agreement.predecessor?.agreement === agreement.id);
  return { ...(parent ? { parent } : {}), successors };
}

const disagreement = (peer: string): DecidingClause =>
  decidingClause('agreements', 'deny', { key: 'papers-differ', values: { peer } });

/** The agreement that came nearest to being in force says why it is not: the one that ended last, or the one not yet begun. */
function refusalOf(between: readonly { held: HeldAgreement; state: State }[], peer: string): DecidingClause {
  const nearest = [...between].sort((a, b) => ((a.state.since ?? '') < (b.state.since ?? '') ? 1 : -1))[0];
  if (!nearest) return decidingClause('agreements', 'deny', { key: 'no-agreement', values: { peer } });
  return decidingClause(nearest.state.because.path, 'deny', nearest.state.because.reason);
}
