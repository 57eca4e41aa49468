/**
 * In which state an agreement is at a given instant, and why: draft → proposed → in-force → suspended → expired |
 * terminated → succeeded. Nothing is stored as a state: it follows from the signed document, the notices received
 * and the instant asked about, so that two nodes with the same papers never differ, and expiry needs no message.
 */
import { EntenteError, type Issue } from '../base/index.ts';
import type { Agreement, Term } from './document.ts';
import { addMonths, DAY_NS, formatInstant, instantNs, parseInstant } from './instant.ts';
import { keysInUse } from './keys.ts';
import type { Notice } from './notice.ts';
import { EN } from './reasons/en.ts';
import type { Reason } from './reasons/reason.ts';
import { sayReason } from './reasons/say.ts';
import type { VerifiedAgreement } from './signatures.ts';

export type StateName =
  | 'draft'
  | 'proposed'
  | 'in-force'
  | 'suspended'
  | 'expired'
  | 'terminated'
  | 'succeeded';

export interface Because {
  readonly path: string;
  /** In English. */
  readonly words: string;
  readonly reason: Reason;
  readonly notice?: Notice;
}

export interface State {
  readonly state: StateName;
  /** Since when, UTC; null when that is not known (a draft). */
  readonly since: string | null;
  /** What makes it so: a clause of the agreement, or a notice. */
  readonly because: Because;
  /** First instant no longer in force as things stand, prolongations and notices included. */
  readonly until: string;
}

const because = (path: string, reason: Reason, notice?: Notice): Because => ({
  path,
  words: sayReason(reason, EN),
  reason,
  ...(notice ? { notice } : {}),
});

export interface StateContext {
  /** The state of the agreement that this one stands `under`, at the same instant. */
  readonly parent?: State;
  /** Fully signed agreements that may name this one as their predecessor. */
  readonly successors?: readonly VerifiedAgreement[];
}

/**
 * `notices` must be verified (`verifyNotice`); those of other agreements, and those the agreement does not allow, have no
 * effect. `now` is any RFC 3339 time. @throws EntenteError `timestamp-invalid`
 */
export function stateAt(
  signed: VerifiedAgreement,
  notices: readonly Notice[],
  now: string,
  context: StateContext = {},
): State {
  const { agreement } = signed;
  const at = parseInstant(now);
  const known = notices.filter(
    (notice) => notice.agreement.id === agreement.id && instantNs(notice.at)! <= at,
  );
  const from = instantNs(agreement.term.from)!;
  const end = endOf(agreement, known, at);
  const until = formatInstant(end.at);
  if (!signed.complete) return unsignedState(signed, until);
  const ended = at >= end.at;
  if (ended) {
    const successor = (context.successors ?? []).find(
      (next) =>
        next.complete && follows(next.agreement, signed) && instantNs(next.agreement.term.from)! <= at,
    );
    if (successor) {
      const { title, term } = successor.agreement;
      return {
        state: 'succeeded',
        since: formatInstant(instantNs(term.from)!),
        because: because('successor', { key: 'replaced', values: { title, from: term.from } }),
        until,
      };
    }
    return { state: end.state, since: until, because: end.because, until };
  }
  if (at < from) {
    const { title, term, predecessor } = agreement;
    const begins: Reason = predecessor
      ? { key: 'begins-after', values: { title, from: term.from, predecessor: predecessor.title } }
      : { key: 'begins', values: { title, from: term.from } };
    return { state: 'proposed', since: signed.signedAt, because: because('term.from', begins), until };
  }
  if (agreement.under && context.parent?.state !== 'in-force') {
    const title = agreement.under.title ?? agreement.under.agreement;
    const above: Reason = context.parent
      ? { key: 'under', values: { title, state: context.parent.state } }
      : { key: 'under-not-here', values: { title } };
    return {
      state: 'suspended',
      since: context.parent?.since ?? null,
      because: because('under', above),
      until,
    };
  }
  const suspension = suspensionAt(agreement, known, at);
  if (suspension) {
    return {
      state: 'suspended',
      since: formatInstant(suspension.since),
      because: becauseOf(agreement, suspension.notice),
      until,
    };
  }
  const { title, term } = agreement;
  const holds = because('term', { key: 'in-force', values: { title, from: term.from, until } });
  return { state: 'in-force', since: formatInstant(from), because: holds, until };
}

/** Whether an agreement names this one as its predecessor, and the same text if it says which. */
function follows({ predecessor }: Agreement, { agreement, digest }: VerifiedAgreement): boolean {
  return (
    predecessor?.agreement === agreement.id &&
    (predecessor.digest === undefined || predecessor.digest === digest)
  );
}

function unsignedState(signed: VerifiedAgreement, until: string): State {
  const started = signed.parties.some((party) => party.signed.length > 0);
  const open = signed.parties.filter((party) => !party.complete).map((party) => party.party);
  const reason: Reason =
    signed.issues.length > 0
      ? { key: 'signatures-wrong', values: { fault: signed.issues[0]!.message } }
      : { key: 'unsigned', values: { parties: open } };
  return {
    state: started ? 'proposed' : 'draft',
    since: signed.signedAt,
    because: because('signatures', reason),
    until,
  };
}

// ------------------------------------------------------------------------------------------- the end

interface End {
  readonly at: bigint;
  readonly state: 'expired' | 'terminated' | 'succeeded';
  readonly because: Because;
}

/** The earliest of: end of the (prolonged) term, a lawful termination, a suspension nobody lifted, the successor's start. */
function endOf(agreement: Agreement, notices: readonly Notice[], at: bigint): End {
  const { term, successor } = agreement;
  const expiry = expiryOf(agreement, notices, at);
  const on = expiry.renewed === 0 ? term.until : formatInstant(expiry.at);
  const over = because('term.until', { key: 'term-ended', values: { title: agreement.title, on } });
  let end: End = { at: expiry.at, state: 'expired', because: over };
  const offer = (other: End) => {
    if (other.at < end.at) end = other;
  };
  if (successor) {
    const { title, agreement: id, from } = successor;
    const replaces = because('successor.from', { key: 'replaces', values: { title, agreement: id, from } });
    offer({ at: instantNs(successor.from)!, state: 'succeeded', because: replaces });
  }
  for (const notice of notices) {
    if (notice.kind !== 'terminate' || terminationFault(term, notice) !== null) continue;
    offer({ at: instantNs(notice.effective)!, state: 'terminated', because: becauseOf(agreement, notice) });
  }
  if (term.suspension.daysMax > 0) {
    for (const spell of suspensionSpells(agreement, notices)) {
      const limit = spell.since + BigInt(term.suspension.daysMax) * DAY_NS;
      if (spell.until !== null && spell.until <= limit) continue;
      const tooLong: Reason = { key: 'suspended-too-long', values: { days: term.suspension.daysMax } };
      const ended = because('term.suspension.daysMax', tooLong, spell.notice);
      offer({ at: limit, state: 'terminated', because: ended });
    }
  }
  return end;
}

/** The end of the term with the prolongations that are certain at `at`. */
export function expiryOf(
  { term, parties }: Agreement,
  notices: readonly Notice[],
  at: bigint,
): { at: bigint; renewed: number } {
  const first = instantNs(term.until)!;
  const { mode, months, times, noticeDays } = term.renewal;
  let expiry = first;
  let renewed = 0;
  const active = parties.filter((party) => !party.roles.includes('observer'));
  while (mode !== 'none' && renewed < times) {
    if (mode === 'automatic') {
      const deadline = expiry - BigInt(noticeDays) * DAY_NS;
      // A refusal given in time, in whatever period, stops this and every later prolongation.
      const refused = notices.some(
        (notice) => notice.kind === 'do-not-renew' && instantNs(notice.at)! <= deadline,
      );
      if (refused || at < deadline) break; // before the deadline a refusal can still come
    } else {
      // Each prolongation needs one renewal from every party, given before the end it prolongs.
      if (active.some((party) => !hasRenewed(notices, party.id, expiry, renewed))) break;
    }
    renewed += 1;
    expiry = addMonths(first, months * renewed);
  }
  return { at: expiry, renewed };
}

const hasRenewed = (notices: readonly Notice[], party: string, before: bigint, times: number): boolean =>
  notices.filter(
    (notice) => notice.kind === 'renew' && notice.party === party && instantNs(notice.at)! < before,
  ).length > times;

/** Parties that still have to agree to a prolongation that another has agreed to; none where nobody has. */
export function renewalWaitsFor(agreement: Agreement, notices: readonly Notice[], at: bigint): string[] {
  const { mode, times } = agreement.term.renewal;
  const expiry = expiryOf(agreement, notices, at);
  if (mode !== 'by-agreement' || expiry.renewed >= times) return [];
  const active = agreement.parties.filter((party) => !party.roles.includes('observer'));
  const waiting = active.filter((party) => !hasRenewed(notices, party.id, expiry.at, expiry.renewed));
  return waiting.length === active.length ? [] : waiting.map((party) => party.id);
}

/** Why this termination has no effect, or null when it has. */
function terminationFault(term: Term, notice: Notice): string | null {
  const { ground } = notice;
  if (ground !== 'convenience') {
    return term.notice.immediate.some((other) => other === ground)
      ? null
      : `the agreement cannot be ended at once on the ground "${ground}"`;
  }
  const earliest = instantNs(notice.at)! + BigInt(term.notice.days) * DAY_NS;
  if (instantNs(notice.effective)! >= earliest) return null;
  return `ending it for convenience takes ${term.notice.days} days of notice: ${formatInstant(earliest)} at the earliest`;
}

/** The first instant at which a party may end the agreement when it says so at `at`. */
export function earliestEnd({ term }: Agreement, ground: NonNullable<Notice['ground']>, at: string): string {
  const given = parseInstant(at);
  return formatInstant(ground === 'convenience' ? given + BigInt(term.notice.days) * DAY_NS : given);
}

// ---------------------------------------------------------------------------------------- suspension

interface Spell {
  readonly since: bigint;
  readonly until: bigint | null;
  /** The suspension that began it. */
  readonly notice: Notice;
}

/** Spells during which at least one party holds the agreement suspended. Each party lifts only its own suspension. */
function suspensionSpells(agreement: Agreement, notices: readonly Notice[]): Spell[] {
  const acts = notices
    .filter(
      ({ kind, party }) =>
        (kind === 'suspend' || kind === 'resume') && agreement.term.suspension.by.includes(party),
    )
    .map((notice) => ({ notice, effective: instantNs(notice.effective)! }))
    // At one instant a suspension is applied after a resumption, so that the cautious reading wins.
    .sort((a, b) => compare(a.effective, b.effective) || rank(a.notice) - rank(b.notice));
  const spells: Spell[] = [];
  const holding = new Map<string, Notice>();
  let open: { since: bigint; notice: Notice } | null = null;
  for (const { notice, effective } of acts) {
    if (notice.kind === 'suspend') {
      if (!holding.has(notice.party)) holding.set(notice.party, notice);
      open ??= { since: effective, notice };
    } else if (holding.delete(notice.party) && holding.size === 0 && open) {
      spells.push({ ...open, until: effective });
      open = null;
    }
  }
  if (open) spells.push({ since: open.since, until: null, notice: [...holding.values()][0]! });
  return spells;
}

const rank = (notice: Notice) => (notice.kind === 'resume' ? 0 : 1);
const compare = (a: bigint, b: bigint) => (a < b ? -1 : a > b ? 1 : 0);

function suspensionAt(agreement: Agreement, notices: readonly Notice[], at: bigint): Spell | null {
  return (
    suspensionSpells(agreement, notices).find(
      (spell) => spell.since <= at && (spell.until === null || at < spell.until),
    ) ?? null
  );
}

function becauseOf(agreement: Agreement, notice: Notice): Because {
  const party = agreement.parties.find(({ id }) => id === notice.party)?.name ?? notice.party;
  const key = notice.kind === 'terminate' ? 'terminated' : 'suspended';
  const values = { party, on: notice.effective, reason: notice.reason };
  return because(`notice.${notice.kind}`, { key, values }, notice);
}

// -------------------------------------------------------------------------------- legal transitions

/**
 * Whether a party may give this notice now, given those before it. Used both before signing one and when one arrives; an
 * empty list means yes.
 */
export function noticeIssues(signed: VerifiedAgreement, earlier: readonly Notice[], notice: Notice): Issue[] {
  const { agreement } = signed;
  const issues: Issue[] = [];
  const report = (path: string, message: string) => issues.push({ code: 'agreement-state', path, message });
  const party = agreement.parties.find(({ id }) => id === notice.party);
  if (!party || party.roles.includes('observer')) {
    report('party', `"${notice.party}" is no party that may give notices`);
    return issues;
  }
  const { state } = stateAt(signed, earlier, notice.at);
  const aboutKey = notice.kind === 'revoke-key' || notice.kind === 'rotate-key';
  if (state === 'draft' || (state === 'proposed' && !signed.complete)) {
    report('kind', 'the agreement is not signed by all parties');
    return issues;
  }
  if (!aboutKey && (state === 'expired' || state === 'terminated' || state === 'succeeded')) {
    report('kind', `the agreement is ${state} already`);
    return issues;
  }
  const { term } = agreement;
  const holds = () => {
    const own = earlier.filter(
      (other) => other.party === notice.party && instantNs(other.at)! <= instantNs(notice.at)!,
    );
    return suspensionAt(agreement, own, instantNs(notice.effective)!) !== null;
  };
  switch (notice.kind) {
    case 'suspend':
      if (!term.suspension.by.includes(notice.party))
        report('term.suspension.by', `${party.name} may not suspend`);
      else if (holds()) report('kind', `${party.name} has suspended the agreement already`);
      break;
    case 'resume':
      if (!holds())
        report(
          'kind',
          `${party.name} has not suspended the agreement; each party lifts only its own suspension`,
        );
      break;
    case 'terminate': {
      const fault = terminationFault(term, notice);
      if (fault) report('term.notice', fault);
      break;
    }
    case 'renew':
      if (term.renewal.mode !== 'by-agreement')
        report('term.renewal.mode', 'is not renewed by agreement of the parties');
      break;
    case 'do-not-renew': {
      if (term.renewal.mode !== 'automatic') report('term.renewal.mode', 'is not renewed automatically');
      break;
    }
    case 'rotate-key':
    case 'revoke-key': {
      const used = keysInUse(agreement, party, earlier, instantNs(notice.at)!).map(({ kid }) => kid);
      if (!used.includes(notice.kid!))
        report('kid', `${party.name} does not use such a key under this agreement`);
      if (notice.key && used.includes(notice.key.kid)) report('key', `${party.name} uses this key already`);
      break;
    }
  }
  return issues;
}

/** @throws EntenteError `agreement-state` with the reason. */
export function assertNotice(signed: VerifiedAgreement, earlier: readonly Notice[], notice: Notice): void {
  const issues = noticeIssues(signed, earlier, notice);
  if (issues.length > 0) throw new EntenteError('agreement-state', issues[0]!.message, { issues });
}
