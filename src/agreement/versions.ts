/**
 * Amendments, and which version is in force. A version is the whole text, names the one before by digest, and must be signed by
 * every party with a key the others knew already; until then the one before stays in force.
 *
 * A peer can send any chain of versions. It gains nothing by a version that only it signed, by keys it put in itself, or by
 * leaving a party out: each makes the version not count.
 */
import { EntenteError, type Issue } from '../base/index.ts';
import { instrumentOf, parseAgreement } from './check.ts';
import { unverifiedHeader } from './detached-jws.ts';
import { agreementDigest, bindText } from './digest.ts';
import type { Agreement } from './document.ts';
import { instantNs, parseInstant } from './instant.ts';
import { keysInUse } from './keys.ts';
import type { Notice } from './notice.ts';
import type { VerifiedAgreement } from './signatures.ts';

/**
 * The next version with some top-level members changed, its number, reference and bound text filled in. The prose is kept; whoever
 * amends reads it again. @throws EntenteError `agreement-invalid`
 */
export function draftAmendment(
  current: Agreement,
  changes: Partial<Record<keyof Agreement, unknown>>,
): Agreement {
  const { amends: _, ...kept } = current;
  return parseAgreement(
    bindText({
      ...kept,
      ...changes,
      instrument: 'amendment',
      version: current.version + 1,
      amends: {
        version: current.version,
        digest: agreementDigest(current),
        instrument: instrumentOf(current),
      },
    }),
    'amendment',
  );
}

/** The next version with a later end, by amendment. @throws EntenteError `agreement-invalid` */
export function draftRenewal(current: Agreement, until: string): Agreement {
  if (parseInstant(until, 'until') <= instantNs(current.term.until)!) {
    throw new EntenteError(
      'agreement-invalid',
      `the new end, ${until}, is not after the present one, ${current.term.until}`,
    );
  }
  return draftAmendment(current, { term: { ...current.term, until } });
}

/** Why `next` cannot replace `current`; an empty list means it can, once all have signed. */
export function amendmentIssues(current: VerifiedAgreement, next: Agreement): Issue[] {
  const issues: Issue[] = [];
  const report = (path: string, message: string) => issues.push({ code: 'agreement-state', path, message });
  const { agreement } = current;
  if (next.id !== agreement.id) report('id', 'the amendment is of another agreement');
  if (next.amends?.version !== agreement.version) {
    report(
      'amends.version',
      `version ${agreement.version} is the one to amend, not ${next.amends?.version ?? 'none'}`,
    );
  } else if (next.amends.digest !== current.digest) {
    report(
      'amends.digest',
      `the amendment is of another text under version ${agreement.version}; compare both`,
    );
  }
  if (instrumentOf(next) !== instrumentOf(agreement)) {
    report('amends.instrument', `the instrument amended is a ${instrumentOf(agreement)}`);
  }
  for (const party of agreement.parties) {
    if (!next.parties.some(({ id }) => id === party.id)) {
      report('parties', `${party.name} is left out; a party leaves by ending the agreement`);
    }
  }
  return issues;
}

/**
 * Whether a fully signed next version was signed, for every party that was one before, with a key known before. `notices` are
 * verified: a rotated key counts in place of the old one.
 */
function continuityIssues(
  current: VerifiedAgreement,
  next: VerifiedAgreement,
  notices: readonly Notice[],
): Issue[] {
  const at = instantNs(next.signedAt ?? '');
  if (at === null) return [];
  return current.agreement.parties.flatMap((party) => {
    if (party.roles.includes('observer')) return [];
    const known = new Set(keysInUse(current.agreement, party, notices, at).map(({ kid }) => kid));
    // All signatures of a complete version are verified, so their headers can be relied on.
    const used = next.signatures
      .map(unverifiedHeader)
      .flatMap((header) => (header?.party === party.id ? [header.kid] : []));
    if (used.some((kid) => known.has(kid))) return [];
    const message = `${party.name} signed with keys that were not known before; it rotates its key first`;
    return [{ code: 'agreement-signature', path: 'signatures', message }];
  });
}

export interface VersionInForce {
  /** Null when no version is fully signed. */
  readonly version: VerifiedAgreement | null;
  /** Versions that do not count, and why. */
  readonly issues: readonly Issue[];
}

/**
 * The version that decides at `now`: the latest of the unbroken chain whose signatures are complete and whose `term.from` and
 * last signature are not in the future. Two different fully signed texts of one version stop the agreement.
 */
export function versionInForce(
  versions: readonly VerifiedAgreement[],
  notices: readonly Notice[],
  now: string,
): VersionInForce {
  const at = parseInstant(now);
  const issues: Issue[] = [];
  const complete = versions.filter((version) => version.complete);
  let current: VerifiedAgreement | null = null;
  for (let number = 1; ; number++) {
    const candidates = complete.filter(({ agreement }) => agreement.version === number);
    const [first] = candidates;
    if (!first) return { version: current, issues };
    if (candidates.some(({ digest }) => digest !== first.digest)) {
      const message = `two different texts are signed as version ${number}; nothing crosses until the parties agree on one`;
      return { version: null, issues: [...issues, { code: 'agreement-state', path: 'version', message }] };
    }
    if (current) {
      const wrong = [
        ...amendmentIssues(current, first.agreement),
        ...continuityIssues(current, first, notices),
      ];
      if (wrong.length > 0) return { version: current, issues: [...issues, ...wrong] };
      const begins = [first.agreement.term.from, first.signedAt ?? first.agreement.term.from].map(
        (text) => instantNs(text)!,
      );
      if (begins.some((instant) => instant > at)) return { version: current, issues };
    }
    current = first;
  }
}

/** What a node says to a peer about the version it decides by. */
export interface VersionStatement {
  readonly id: string;
  readonly version: number;
  readonly digest: string;
}

export function versionStatement({ agreement, digest }: VerifiedAgreement): VersionStatement {
  return { id: agreement.id, version: agreement.version, digest };
}

/** Why two nodes do not decide by the same text; null when they do. A mismatch stops the flow. */
export function versionMismatch(ours: VersionStatement, theirs: VersionStatement): Issue | null {
  if (ours.id !== theirs.id)
    return { code: 'agreement-state', path: 'id', message: 'these are two agreements' };
  if (ours.version !== theirs.version) {
    const message = `here version ${ours.version} is in force, there version ${theirs.version}; the older side fetches the newer one`;
    return { code: 'agreement-state', path: 'version', message };
  }
  if (ours.digest === theirs.digest) return null;
  const message = `both sides have version ${ours.version}, but different texts; compare the signed files`;
  return { code: 'agreement-state', path: 'version', message };
}
