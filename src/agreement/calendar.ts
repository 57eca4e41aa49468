/**
 * Dates that follow from an agreement: what to be warned of before it happens, what is owed when it ends, when an answer, a review or
 * a report of a breach is due. Nothing here asks a clock; a node asks with its own.
 */
import { partyName } from './clause.ts';
import type { Agreement, Flow, Service } from './document.ts';
import { DAY_NS, formatInstant, HOUR_NS, instantNs, parseInstant } from './instant.ts';
import { keyStateAt } from './keys.ts';
import { expiryOf, type State, stateAt } from './lifecycle.ts';
import type { Notice } from './notice.ts';
import type { ReleaseClass } from './question.ts';
import type { VerifiedAgreement } from './signatures.ts';
import type { Priority } from './terms.ts';

export interface Warning {
  readonly at: string;
  /** The clause it follows from. */
  readonly path: string;
  readonly words: string;
}

/** What comes within `withinDays` after `now`, soonest first. `notices` are verified. */
export function warningsAhead(
  signed: VerifiedAgreement,
  notices: readonly Notice[],
  now: string,
  withinDays: number,
): Warning[] {
  const { agreement } = signed;
  const from = parseInstant(now);
  const until = from + BigInt(withinDays) * DAY_NS;
  const state = stateAt(signed, notices, now);
  if (!['proposed', 'in-force', 'suspended'].includes(state.state)) return [];
  const found: { at: bigint; path: string; words: string }[] = [];
  const warn = (at: bigint, path: string, words: string) => {
    if (at > from && at <= until) found.push({ at, path, words });
  };
  const { term } = agreement;
  warn(instantNs(term.from)!, 'term.from', 'the agreement begins');
  warn(instantNs(state.until)!, 'term.until', endWords(agreement, notices, state));
  const expiry = expiryOf(agreement, notices, from);
  if (term.renewal.mode === 'automatic' && expiry.renewed < term.renewal.times) {
    const deadline = expiry.at - BigInt(term.renewal.noticeDays) * DAY_NS;
    warn(
      deadline,
      'term.renewal.noticeDays',
      `the last day to prevent its renewal for ${term.renewal.months} months`,
    );
  }
  if (term.renewal.mode === 'by-agreement' && expiry.renewed < term.renewal.times) {
    const words = `time to talk about a renewal for ${term.renewal.months} months; every party has to agree before the end`;
    warn(expiry.at - BigInt(term.renewal.noticeDays) * DAY_NS, 'term.renewal', words);
  }
  if (state.state === 'suspended' && term.suspension.daysMax > 0 && state.since !== null) {
    const limit = instantNs(state.since)! + BigInt(term.suspension.daysMax) * DAY_NS;
    warn(limit, 'term.suspension.daysMax', 'the agreement ends unless the suspension is lifted');
  }
  if (agreement.successor) {
    warn(
      instantNs(agreement.successor.from)!,
      'successor.from',
      `"${agreement.successor.title}" takes its place`,
    );
  }
  agreement.parties.forEach((party, i) => {
    if (party.dueDiligence) {
      const path = `parties[${i}].dueDiligence.validUntil`;
      warn(
        instantNs(party.dueDiligence.validUntil)!,
        path,
        `the due diligence on ${party.name} has to be made again`,
      );
    }
    const keys = [...party.nodes, ...party.signatories.map(({ key }) => key)];
    for (const declared of keys) {
      const { key, revoked } = keyStateAt(agreement, declared, notices, from);
      if (!revoked && key.until)
        warn(instantNs(key.until)!, `parties[${i}]`, `a key of ${party.name} (${key.kid}) no longer counts`);
    }
  });
  return found
    .sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
    .map(({ at, path, words }) => ({ at: formatInstant(at), path, words }));
}

function endWords(agreement: Agreement, notices: readonly Notice[], state: State): string {
  const ending = notices.find(
    (notice) => notice.kind === 'terminate' && instantNs(notice.effective) === instantNs(state.until),
  );
  return ending
    ? `the agreement ends, as ${partyName(agreement, ending.party)} gave notice: ${ending.reason}`
    : 'the agreement expires';
}

export interface Duty {
  readonly path: string;
  readonly words: string;
  readonly dueAt: string;
}

/** What is owed once the agreement has ended; empty before. `openCases` is whether the recipient has cases it may finish. */
export function dutiesAtEnd(agreement: Agreement, state: State): Duty[] {
  if (!['expired', 'terminated', 'succeeded'].includes(state.state)) return [];
  const { atEnd } = agreement.term;
  const end = instantNs(state.until)!;
  const due = (days: number) => formatInstant(end + BigInt(days) * DAY_NS);
  const duties: Duty[] = [];
  const owe = (field: string, words: string, days = atEnd.days) =>
    duties.push({ path: `term.atEnd.${field}`, words, dueAt: due(days) });
  const verb = { return: 'return', delete: 'delete' } as const;
  const later = atEnd.openCases === 'finish' && atEnd.openCaseDays > atEnd.days;
  if (atEnd.objects !== 'keep') {
    owe(
      'objects',
      `${verb[atEnd.objects]} what was received${later ? ', except what open cases use' : ''}, and report it`,
    );
  }
  if (atEnd.personalData !== 'keep')
    owe('personalData', `${verb[atEnd.personalData]} the personal data received, and report it`);
  if (atEnd.openCases === 'finish')
    owe('openCases', 'finish the cases then open, and release what they used', atEnd.openCaseDays);
  else owe('openCases', 'stop using what was received in open cases', 0);
  owe(
    'accounts',
    atEnd.accounts === 'close'
      ? 'close the accounts of the other party’s people'
      : 'leave those accounts for reading only',
    0,
  );
  if (atEnd.seats === 'close') owe('seats', 'end the seats of experts, tools and training', 0);
  else owe('seats', 'let the seats granted before the end run out');
  return duties;
}

/** When what was received under a flow has to be looked at, and when it has to be gone. */
export function retentionDates(flow: Flow, receivedAt: string): { reviewAt: string; deleteAt: string } {
  const received = parseInstant(receivedAt, 'receivedAt');
  const after = (count: number) => formatInstant(received + BigInt(count) * DAY_NS);
  return { reviewAt: after(flow.retention.reviewDays), deleteAt: after(flow.retention.days) };
}

/** The flows under which objects of a class come from one party to another, with their paths. What else a flow asks is for a verdict. */
export function coveringFlows(
  agreement: Agreement,
  from: string,
  to: string,
  { category, personalData }: ReleaseClass,
): { readonly flow: Flow; readonly path: string }[] {
  return agreement.flows.flatMap((flow, i) =>
    flow.from === from &&
    flow.to.includes(to) &&
    flow.categories.includes(category) &&
    (personalData === 'none' || flow.personalData.includes(personalData))
      ? [{ flow, path: `flows[${i}]` }]
      : [],
  );
}

/** The first instant at which an agreement is over; null for one that is not. */
export function agreementEnd(state: State): string | null {
  return ['expired', 'terminated', 'succeeded'].includes(state.state) ? state.until : null;
}

/** When a request is to be answered and done; null when the service has no target for its priority. */
export function serviceDeadlines(
  service: Service,
  priority: Priority,
  askedAt: string,
): { respondBy: string; resolveBy: string } | null {
  const target = service.targets.find((one) => one.priority === priority);
  if (!target) return null;
  const asked = parseInstant(askedAt, 'askedAt');
  const after = (hours: number) => formatInstant(asked + BigInt(hours) * HOUR_NS);
  return { respondBy: after(target.respondHours), resolveBy: after(target.resolveHours) };
}

/** Until when a breach of security that was noticed then has to be reported to the other parties. */
export function breachReportDue(agreement: Agreement, noticedAt: string): string {
  return formatInstant(
    parseInstant(noticedAt, 'noticedAt') + BigInt(agreement.accountability.breachNoticeHours) * HOUR_NS,
  );
}
