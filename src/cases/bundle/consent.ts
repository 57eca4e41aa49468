/**
 * Whether intelligence that found something may be used as evidence: asked of the agreement with its contributor, by the release class of
 * the object, when the bundle is made. Denied findings are left out and counted; those that need a permission say so.
 */
import { decidingClause, type ReleaseClass } from '../../agreement/index.ts';
import { canonicalJson } from '../../base/index.ts';
import { findPeer, openVerdicts, type Registry, type Verdicts } from '../../registry/index.ts';
import type { Case } from '../cases.ts';
import type { Finding } from '../findings.ts';
import type { Consent } from './contents.ts';

/** What this node holds of an indicator. `releaseClass` is null when its contributor has recalled it. */
export interface HeldClass {
  readonly releaseClass: ReleaseClass | null;
  readonly receivedAt: string;
}

/** Tells of an indicator; null when it is no longer held. Given by whoever keeps the intelligence. */
export type ClassOf = (indicator: string) => Promise<HeldClass | null>;

export interface EvidenceUse {
  readonly consents: readonly Consent[];
  /** For each finding its consent, by place; null for own intelligence, which needs none. */
  readonly of: readonly (number | null)[];
}

type Decision = Pick<Consent, 'verdict' | 'agreement' | 'clauses'>;

/** Without a way to ask, nothing of a peer's may be used. */
const UNASKED: ClassOf = async () => null;

export async function decideEvidenceUse(
  registry: Registry,
  file: Case,
  findings: readonly Finding[],
  classOf: ClassOf = UNASKED,
): Promise<EvidenceUse> {
  const at = registry.clock().toISOString();
  const gates = new Map<string, Verdicts | null>();
  const decisions = new Map<string, Decision>();
  const places = new Map<string, number>();
  const consents: (Consent & { findings: number })[] = [];
  const of: (number | null)[] = [];
  for (const finding of findings) {
    if (finding.agreement === null) {
      of.push(null);
      continue;
    }
    const { contributor, contributorKey, indicator } = finding;
    const asked = `${contributorKey} ${indicator}`;
    let decision = decisions.get(asked);
    if (!decision) {
      if (!gates.has(contributorKey)) {
        const peer = await findPeer(registry.db, contributorKey);
        gates.set(contributorKey, peer && (await openVerdicts(registry, peer)));
      }
      decision = decide(gates.get(contributorKey)!, await classOf(indicator), file);
      decisions.set(asked, decision);
    }
    const key = canonicalJson({ contributorKey, ...decision });
    let place = places.get(key);
    if (place === undefined) {
      place = consents.push({ contributor, contributorKey, ...decision, at, findings: 0 }) - 1;
      places.set(key, place);
    }
    consents[place] = { ...consents[place]!, findings: consents[place]!.findings + 1 };
    of.push(place);
  }
  return { consents, of };
}

function decide(verdicts: Verdicts | null, held: HeldClass | null, file: Case): Decision {
  const deny = (key: 'contributor-unknown' | 'intelligence-gone' | 'intelligence-recalled'): Decision => ({
    verdict: 'deny',
    agreement: null,
    clauses: [decidingClause('agreements', 'deny', { key, values: {} })],
  });
  if (verdicts === null) return deny('contributor-unknown');
  if (held === null) return deny('intelligence-gone');
  if (held.releaseClass === null) return deny('intelligence-recalled');
  const { verdict, clauses, agreement } = verdicts.decide({
    act: 'evidence-use',
    contributor: 'peer',
    purpose: 'investigation',
    releaseClass: held.releaseClass,
    receivedAt: held.receivedAt,
    caseOpenedAt: file.openedAt,
  });
  return {
    verdict,
    agreement: agreement && { id: agreement.id, version: agreement.version },
    clauses,
  };
}
