/**
 * What depends on the moment: the state of the agreement, due diligence, keys, retention. Evaluated at every use and
 * never remembered, so that nothing crosses after an end that a remembered verdict did not know of.
 */
import { findParty, partyName } from './clause.ts';
import type { Agreement, Flow } from './document.ts';
import { addMonths, DAY_NS, formatInstant, instantNs, parseInstant } from './instant.ts';
import { keyCounts, nodeKeyAt } from './keys.ts';
import type { State } from './lifecycle.ts';
import type { Notice } from './notice.ts';
import { type DecidingClause, decidingClause, type Obligation, type Question } from './question.ts';
import type { Reason } from './reasons/reason.ts';
import { OBJECT_ACTS, SERVICE_OF_ACT } from './terms.ts';

export interface Stop {
  readonly clause: DecidingClause;
  readonly remedy: string;
}

export interface GateResult {
  readonly stops: readonly Stop[];
  /** Clauses that let a use pass although the agreement has ended. */
  readonly passes: readonly DecidingClause[];
}

const stop = (path: string, reason: Reason, remedy: string): Stop => ({
  clause: decidingClause(path, 'deny', reason),
  remedy,
});

export function gate(
  agreement: Agreement,
  question: Question,
  notices: readonly Notice[],
  state: State,
): GateResult {
  const at = parseInstant(question.at, 'at');
  const stops: Stop[] = [];
  const passes: DecidingClause[] = [];
  for (const id of [question.from, question.to]) {
    if (!findParty(agreement, id)) {
      const parties = agreement.parties.map((party) => party.id).join(', ');
      stops.push(
        stop(
          'parties',
          { key: 'no-party', values: { party: id.slice(0, 80) } },
          `one of the parties is meant: ${parties}`,
        ),
      );
    }
  }
  if (state.state !== 'in-force') {
    const after = afterEnd(agreement, state, question, at);
    if (after) passes.push(after);
    else stops.push(stop(state.because.path, state.because.reason, remedyOf(state)));
  }
  stops.push(...roleStops(agreement, question), ...diligenceStops(agreement, question, at));
  if (question.node !== undefined) stops.push(...nodeStops(agreement, question, notices, at));
  return { stops, passes };
}

function remedyOf(state: State): string {
  switch (state.state) {
    case 'draft':
    case 'proposed':
      return state.because.path === 'signatures' ? 'every party signs' : 'its term has begun';
    case 'suspended':
      return state.because.path === 'under'
        ? 'the agreement above it is in force'
        : `${state.because.notice?.party ?? 'the party'} lifts its suspension`;
    case 'expired':
      return 'the parties conclude a successor, or had renewed it before its end';
    default:
      return 'the parties conclude a new agreement, or act under its successor';
  }
}

/** Uses that the clauses on the end still allow, for a time. Nothing new crosses. */
function afterEnd(agreement: Agreement, state: State, question: Question, at: bigint): DecidingClause | null {
  if (!['expired', 'terminated', 'succeeded'].includes(state.state)) return null;
  const { atEnd } = agreement.term;
  const end = instantNs(state.until)!;
  const before = (text: string | undefined) => text !== undefined && parseInstant(text) < end;
  const pass = (field: string, reason: Reason) => decidingClause(`term.atEnd.${field}`, 'allow', reason);
  if (question.act === 'evidence-use' && before(question.receivedAt)) {
    const personal = question.releaseClass !== undefined && question.releaseClass.personalData !== 'none';
    const field = personal ? 'personalData' : 'objects';
    if (atEnd[field] === 'keep') return pass(field, { key: 'kept-after-end', values: {} });
    if (
      atEnd.openCases === 'finish' &&
      before(question.caseOpenedAt) &&
      at < end + BigInt(atEnd.openCaseDays) * DAY_NS
    ) {
      return pass('openCases', { key: 'open-cases', values: { days: atEnd.openCaseDays } });
    }
  }
  const seat = ['expert-seat', 'tool-seat', 'training-place'].includes(question.act);
  if (
    seat &&
    atEnd.seats === 'run-out' &&
    before(question.seatGrantedAt) &&
    at < end + BigInt(atEnd.days) * DAY_NS
  ) {
    return pass('seats', { key: 'seats-run-out', values: { days: atEnd.days } });
  }
  if (question.act === 'log-access' && atEnd.accounts === 'keep-read-only') {
    return pass('accounts', { key: 'accounts-read-only', values: {} });
  }
  return null;
}

function roleStops(agreement: Agreement, { act, from, to }: Question): Stop[] {
  if (!OBJECT_ACTS.has(act) && SERVICE_OF_ACT[act] === undefined) return [];
  const needs = [
    [from, 'contributor', 'gives-nothing'],
    [to, 'recipient', 'receives-nothing'],
  ] as const;
  return needs.flatMap(([id, role, key]) => {
    const index = agreement.parties.findIndex((party) => party.id === id);
    if (index < 0 || agreement.parties[index]!.roles.includes(role)) return [];
    const name = partyName(agreement, id);
    return [
      stop(
        `parties[${index}].roles`,
        { key, values: { party: name } },
        `the parties give ${name} the role "${role}"`,
      ),
    ];
  });
}

function diligenceStops(agreement: Agreement, { from, to }: Question, at: bigint): Stop[] {
  return [...new Set([from, to])].flatMap((id) => {
    const index = agreement.parties.findIndex((party) => party.id === id);
    const party = agreement.parties[index];
    const record = party?.dueDiligence;
    if (!party || !record) return [];
    const path = `parties[${index}].dueDiligence`;
    if (record.outcome === 'failed') {
      return [
        stop(
          `${path}.outcome`,
          { key: 'diligence-failed', values: { party: party.name, by: record.by } },
          'the check is made again and passed',
        ),
      ];
    }
    if (at >= instantNs(record.validUntil)!) {
      return [
        stop(
          `${path}.validUntil`,
          {
            key: 'diligence-over',
            values: { party: party.name, by: record.by, until: record.validUntil },
          },
          'the check is made again and recorded',
        ),
      ];
    }
    if (at < instantNs(record.at)!) {
      return [
        stop(
          `${path}.at`,
          { key: 'diligence-later', values: { party: party.name, by: record.by, at: record.at } },
          'the check is made first',
        ),
      ];
    }
    return [];
  });
}

function nodeStops(agreement: Agreement, question: Question, notices: readonly Notice[], at: bigint): Stop[] {
  const index = agreement.parties.findIndex((party) => party.id === question.to);
  const party = agreement.parties[index];
  if (!party) return [];
  const path = `parties[${index}].nodes`;
  const found = nodeKeyAt(agreement, party, question.node!, notices, at);
  if (!found)
    return [
      stop(
        path,
        { key: 'machine-unknown', values: { party: party.name } },
        `${party.name} names its key in an amendment`,
      ),
    ];
  if (found.revoked) {
    const { effective, reason } = found.revoked;
    const revoked: Reason = { key: 'machine-revoked', values: { party: party.name, on: effective, reason } };
    return [stop('notice.revoke-key', revoked, `${party.name} names a new key in an amendment`)];
  }
  if (keyCounts(found.key, at)) return [];
  return [stop(path, { key: 'machine-time', values: {} }, `${party.name} uses a key that counts now`)];
}

/** Acts on what the holder already has: they stop when the flow's retention ends. */
export function retentionStop(flow: Flow, path: string, question: Question): Stop | null {
  if (question.receivedAt === undefined || question.act === 'release') return null;
  const end = parseInstant(question.receivedAt, 'receivedAt') + BigInt(flow.retention.days) * DAY_NS;
  if (parseInstant(question.at) < end) return null;
  return stop(
    `${path}.retention`,
    {
      key: 'retention',
      values: { received: question.receivedAt, days: flow.retention.days, until: formatInstant(end) },
    },
    'the contributor releases it anew',
  );
}

/** The provisions on which personal data of this class crosses; they are cited with what they allow. */
export function legalBasisClauses(flow: Flow, path: string, { releaseClass }: Question): DecidingClause[] {
  const kind = releaseClass?.personalData;
  if (kind === undefined || kind === 'none') return [];
  return flow.legalBasis.flatMap((basis, i) =>
    basis.covers.includes(kind)
      ? [
          decidingClause(`${path}.legalBasis[${i}]`, 'allow', {
            key: 'provision',
            values: { reference: basis.reference },
          }),
        ]
      : [],
  );
}

/** What the recipient owes for what crosses under this flow. */
export function flowObligations(
  agreement: Agreement,
  flow: Flow,
  path: string,
  question: Question,
): Obligation[] {
  const received = parseInstant(question.receivedAt ?? question.at);
  const day = (days: number) => formatInstant(received + BigInt(days) * DAY_NS);
  const giver = partyName(agreement, flow.from);
  const { onward, retention } = flow;
  const obligations: Obligation[] = [
    {
      path: `${path}.retention`,
      words: `review on ${day(retention.reviewDays)}, delete on ${day(retention.days)}`,
    },
    {
      path: `${path}.onward`,
      words: {
        none: 'do not pass it on',
        ask: `ask ${giver} before passing it on`,
        members: 'pass it on to members only',
        named: `pass it on to ${onward.named?.join(', ')} only`,
      }[onward.mode],
    },
  ];
  if (flow.attribution !== 'named') {
    const words =
      flow.attribution === 'ask'
        ? `ask ${giver} before naming it as the source`
        : `do not name ${giver} as the source`;
    obligations.push({ path: `${path}.attribution`, words });
  }
  if (flow.routingOnly && question.releaseClass?.personalData !== 'none') {
    obligations.push({
      path: `${path}.routingOnly`,
      words: 'find the competent unit, forward it, delete it',
    });
  }
  const hours = agreement.accountability.breachNoticeHours;
  obligations.push({
    path: 'accountability.breachNoticeHours',
    words: `report a breach of security within ${hours} hours`,
  });
  for (const [i, party] of agreement.parties.entries()) {
    const conditions = party.id === question.to ? party.dueDiligence?.conditions : undefined;
    if (conditions) obligations.push({ path: `parties[${i}].dueDiligence.conditions`, words: conditions });
  }
  return obligations;
}

/** The period in which a quota counts, around `at`: calendar months and years from the start of the term. */
export function quotaPeriod(
  agreement: Agreement,
  per: 'day' | 'month' | 'year' | 'term',
  at: string,
): { from: string; until: string } {
  const start = instantNs(agreement.term.from)!;
  if (per === 'term')
    return { from: formatInstant(start), until: formatInstant(instantNs(agreement.term.until)!) };
  const now = parseInstant(at);
  if (per === 'day') {
    const from = now < start ? start : now - ((now - start) % DAY_NS);
    return { from: formatInstant(from), until: formatInstant(from + DAY_NS) };
  }
  const months = per === 'month' ? 1 : 12;
  let n = 0;
  while (addMonths(start, months * (n + 1)) <= now) n += 1;
  return {
    from: formatInstant(addMonths(start, months * n)),
    until: formatInstant(addMonths(start, months * (n + 1))),
  };
}
