/** What the agreements say about a target: to the lead when it is contributed, to a recipient when it is packaged. Asked once a class, not once a target. */
import {
  type DecidingClause,
  decidingClause,
  type ReleaseClass,
  releaseClassKey,
  type Tlp,
} from '../agreement/index.ts';
import { EntenteError } from '../base/index.ts';
import { openVerdicts, type Peer, type Registry } from '../registry/index.ts';
import type { Operation } from './operations.ts';
import type { Contribution, Target } from './targets.ts';
import { type Mark, personalDataOf, type TargetKind } from './vocabulary.ts';

export interface Permission {
  readonly allowed: boolean;
  readonly clauses: readonly DecidingClause[];
  /** The agreement that allowed it. */
  readonly agreement: string | null;
}

/** The class of a target. `country` is where it is routed; what has none yet concerns no country that is known. */
export function classOf(
  operation: Operation,
  target: { kind: TargetKind; mark: Mark },
  tlp: Tlp,
  country: string | null,
): ReleaseClass {
  const { kind, mark } = target;
  return {
    category: mark === 'victim' ? 'victims' : kind === 'sha256' ? 'file-indicators' : 'network-indicators',
    tlp,
    pap: 'clear',
    personalData: personalDataOf(kind, mark),
    operations: [operation.name],
    ...(country === null ? {} : { countries: [country] }),
  };
}

export const purposeOf = (mark: Mark) => (mark === 'victim' ? 'victim-notification' : 'crime-prevention');

/** Whether a contribution may cross between this node and a peer, as `openContributionGate` of both sides must agree. */
export async function openContributionGate(
  registry: Registry,
  peer: Peer,
  operation: Operation,
  from: 'here' | 'peer',
) {
  const verdicts = await openVerdicts(registry, peer);
  return memoised((releaseClass: ReleaseClass, mark: Mark) =>
    verdicts.decide({ act: 'release', contributor: from, purpose: purposeOf(mark), releaseClass }),
  ).bind(null, operation);
}

/** One thing that a package rests on: a class of contributions of one contributor under one agreement. */
export interface Use {
  /** Contributor's node; empty for this one. */
  readonly from: string;
  /** The agreement under which it came. */
  readonly origin: string;
  readonly mark: Mark;
  readonly releaseClass: ReleaseClass;
}

export const keyOfUse = ({ from, origin, mark, releaseClass }: Use): string =>
  `${releaseClassKey(releaseClass)} ${mark} ${origin} ${from}`;

export function restsOn(
  operation: Operation,
  target: Target,
  { tlp, agreement, peer }: Contribution,
  personalData?: ReleaseClass['personalData'],
): Use {
  const base = classOf(operation, target, tlp, target.country);
  const releaseClass = personalData === undefined ? base : { ...base, personalData };
  return { from: peer, origin: agreement, mark: target.mark, releaseClass };
}

/**
 * Whether a contribution to a target may go to a recipient: this node's own as the agreement with the recipient allows; what another gave, as
 * that one's agreement lets it be passed on, too.
 */
export async function openPackageGate(
  registry: Registry,
  recipient: Peer,
): Promise<(use: Use) => Permission> {
  const verdicts = await openVerdicts(registry, recipient);
  const memo = new Map<string, Permission>();
  return (use) => {
    const key = keyOfUse(use);
    let found = memo.get(key);
    if (!found) {
      const { from, origin, releaseClass } = use;
      const purpose = purposeOf(use.mark);
      const verdict =
        from === ''
          ? verdicts.decide({ act: 'release', contributor: 'here', purpose, releaseClass })
          : from === recipient.kid
            ? OWN
            : verdicts.decideOnward({ origin, from, purpose, releaseClass });
      found = {
        allowed: verdict.verdict === 'allow',
        clauses: verdict.clauses,
        agreement: verdict.agreement?.id ?? null,
      };
      memo.set(key, found);
    }
    return found;
  };
}

/** A recipient's own contribution is not given back to it as somebody's; it has it already. */
const OWN = {
  verdict: 'deny',
  clauses: [decidingClause('flows.onward', 'deny', { key: 'own-contribution', values: {} })],
  agreement: null,
} as const;

function memoised(
  decide: (
    releaseClass: ReleaseClass,
    mark: Mark,
  ) => { verdict: string; clauses: readonly DecidingClause[]; agreement: { id: string } | null },
) {
  const memo = new Map<string, Permission>();
  return (operation: Operation, line: { kind: TargetKind; mark: Mark; tlp: Tlp }): Permission => {
    const releaseClass = classOf(operation, line, line.tlp, null);
    const key = `${releaseClassKey(releaseClass)} ${line.mark}`;
    let found = memo.get(key);
    if (!found) {
      const verdict = decide(releaseClass, line.mark);
      found = {
        allowed: verdict.verdict === 'allow',
        clauses: verdict.clauses,
        agreement: verdict.agreement?.id ?? null,
      };
      memo.set(key, found);
    }
    return found;
  };
}

export const wordsOf = (clauses: readonly DecidingClause[]): string =>
  clauses.map(({ words, path }) => `${words} (${path})`).join('; ');

export function denied(what: string, { clauses }: Permission): EntenteError {
  return new EntenteError('agreement-denied', `${what}: ${wordsOf(clauses)}`, { clauses });
}
