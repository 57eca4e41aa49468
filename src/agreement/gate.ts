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
import {
  type DecidingClause,
  decidingClause,
  type Obligation,
  obligation,
  type Question,
} from './question.ts';
import type { Reason } from './reasons/reason.ts';
import { OBJECT_ACTS, SERVICE_OF_ACT } from './terms.ts';

export interface Stop {
  readonly clause: DecidingClause;
  readonly remedy: Reason;
}

export interface GateResult {
  readonly stops: readonly Stop[];
  /** Clauses that let a use pass although the agreement has ended. */
  readonly passes: readonly DecidingClause[];
}

const stop = (path: string, reason: Reason, remedy: Reason): Stop => ({
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
      const parties = agreement.parties.map((party) => party.id);
      stops.push(
        stop(
          'parties',
          { key: 'no-party', values: { party: id.slice(0, 80) } },
          { key: 'to-party', values: { parties } },
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

function remedyOf({ state, because }: State): Reason {
  switch (state) {
    case 'draft':
    case 'proposed':
      return { key: because.path === 'signatures' ? 'to-sign' : 'to-begin', values: {} };
    case 'suspended':
      return because.notice
        ? { key: 'to-resume', values: { party: because.notice.party } }
        : { key: 'to-above', values: {} };
    case 'expired':
      return { key: 'to-renew', values: {} };
    default:
      return { key: 'to-conclude', values: {} };
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
        { key: 'to-role', values: { party: name, role } },
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
          { key: 'to-check', values: {} },
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
          { key: 'to-check-record', values: {} },
        ),
      ];
    }
    if (at < instantNs(record.at)!) {
      return [
        stop(
          `${path}.at`,
          { key: 'diligence-later', values: { party: party.name, by: record.by, at: record.at } },
          { key: 'to-check-first', values: {} },
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
        { key: 'to-key', values: { party: party.name } },
      ),
    ];
  if (found.revoked) {
    const { effective, reason } = found.revoked;
    const revoked: Reason = { key: 'machine-revoked', values: { party: party.name, on: effective, reason } };
    return [stop('notice.revoke-key', revoked, { key: 'to-new-key', values: { party: party.name } })];
  }
  if (keyCounts(found.key, at)) return [];
  return [
    stop(path, { key: 'machine-time', values: {} }, { key: 'to-valid-key', values: { party: party.name } }),
  ];
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
    { key: 'to-release', values: {} },
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
  const obligations = [
    obligation(`${path}.retention`, {
      key: 'owe-review',
      values: { review: day(retention.reviewDays), delete: day(retention.days) },
    }),
    obligation(
      `${path}.onward`,
      {
        none: { key: 'owe-onward-none', values: {} } as const,
        ask: { key: 'owe-onward-ask', values: { giver } } as const,
        members: { key: 'owe-onward-members', values: {} } as const,
        named: { key: 'owe-onward-named', values: { named: onward.named ?? [] } } as const,
      }[onward.mode],
    ),
  ];
  if (flow.attribution !== 'named') {
    const key = flow.attribution === 'ask' ? 'owe-name-ask' : 'owe-name-never';
    obligations.push(obligation(`${path}.attribution`, { key, values: { giver } }));
  }
  if (flow.routingOnly && question.releaseClass?.personalData !== 'none')
    obligations.push(obligation(`${path}.routingOnly`, { key: 'owe-route', values: {} }));
  const hours = agreement.accountability.breachNoticeHours;
  obligations.push(obligation('accountability.breachNoticeHours', { key: 'owe-report', values: { hours } }));
  for (const [i, party] of agreement.parties.entries()) {
    const conditions = party.id === question.to ? party.dueDiligence?.conditions : undefined;
    if (conditions)
      obligations.push(
        obligation(`parties[${i}].dueDiligence.conditions`, {
          key: 'owe-conditions',
          values: { conditions },
        }),
      );
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
