/**
 * Deciding. An agreement compiles to one Cedar policy a clause, grouped by flow or service; a question is put to every group, and
 * one that covers it without objection suffices. What Cedar answers depends on the version and the class alone and is
 * remembered; what depends on the moment (`gate.ts`) is evaluated at every use.
 */
import { EntenteError } from '../base/index.ts';
import { CedarQuestion, openPolicy, type Policies } from './cedar.ts';
import { type Clause, type ClauseGroup, list, partyName, policyParts } from './clause.ts';
import type { Agreement } from './document.ts';
import { flowContext } from './flow-clauses.ts';
import { flowObligations, gate, legalBasisClauses, retentionStop, type Stop } from './gate.ts';
import { type State, type StateContext, stateAt } from './lifecycle.ts';
import type { Notice } from './notice.ts';
import { allGroups, type ClauseGroups, compileClauses, policySet } from './policies.ts';
import {
  type DecidingClause,
  decidingClause,
  type Effect,
  type Obligation,
  obligation,
  type Question,
  releaseClassKey,
  type Verdict,
} from './question.ts';
import { EN } from './reasons/en.ts';
import type { Reason } from './reasons/reason.ts';
import { sayReason } from './reasons/say.ts';
import { type AccountAct, accountContext, serviceContext } from './service-clauses.ts';
import type { VerifiedAgreement } from './signatures.ts';
import { ACTS, OBJECT_ACTS, PURPOSES, SERVICE_OF_ACT } from './terms.ts';

/** Remembered answers of one agreement; 200 classes times acts, purposes and parties fit many times. */
const MEMO_MAX = 50_000;

export interface Decider {
  readonly agreement: Agreement;
  /**
   * `notices`: all verified ones of the agreement; the state follows from them, `context` and the question's `at`.
   * @throws EntenteError `usage` for a question that makes no sense, `timestamp-invalid`
   */
  decide(question: Question, notices?: readonly Notice[], context?: StateContext): Verdict;
  /** Every clause that Cedar decides, in the order of the document. */
  readonly clauses: readonly Clause[];
  /** The same as a Cedar policy set, by clause path, for tools that analyse one. */
  readonly policies: Policies;
}

/** The policies go to the Cedar engine with the first question. */
export function compileAgreement(signed: VerifiedAgreement): Decider {
  return openDecider(signed, compileClauses(signed.agreement));
}

/** What a group that covers a question says to it. */
interface GroupAnswer {
  readonly permit: Clause;
  readonly objections: readonly Clause[];
}

interface Candidate extends GroupAnswer {
  /** Cited beside the permit when it decides. */
  readonly grounds: readonly DecidingClause[];
  /** Objections of the moment. */
  readonly stops: readonly Stop[];
  obligations(): readonly Obligation[];
}

/** For each group, what it says; null when it does not cover the question. */
type OpenGroups = (question: CedarQuestion) => readonly (GroupAnswer | null)[];

/** A group has one permit; without it (or with its clause left out in a test) it covers nothing. What forbids wins, as in Cedar. */
function openGroups(groups: readonly ClauseGroup[]): OpenGroups {
  const opened = groups.map(({ clauses }) => {
    const checked = clauses.map((clause) => ({ clause, holds: openPolicy(policyParts(clause)) }));
    return {
      permit: checked.find(({ clause }) => clause.effect === 'permit'),
      restrictions: checked.filter(({ clause }) => clause.effect !== 'permit'),
    };
  });
  return (question) =>
    opened.map(({ permit, restrictions }) => {
      if (!permit?.holds(question)) return null;
      const objections = restrictions.filter(({ holds }) => holds(question)).map(({ clause }) => clause);
      return { permit: permit.clause, objections };
    });
}

/** Separate from `compileAgreement` so that a test can leave a clause out and see that it is missed. */
export function openDecider(signed: VerifiedAgreement, groups: ClauseGroups): Decider {
  const { agreement } = signed;
  const name = { id: agreement.id, version: agreement.version };
  const flows = openGroups(groups.flows);
  const services = openGroups(groups.services);
  const account = {
    audit: openGroups([groups.accountability.audit]),
    'log-access': openGroups([groups.accountability['log-access']]),
    'publish-counts': openGroups([groups.accountability['publish-counts']]),
  };
  const memo = new Map<string, readonly (GroupAnswer | null)[]>();
  let last: { at: string; notices: readonly Notice[]; context: StateContext; state: State } | undefined;

  /** The state at exactly the instant asked about; many classes are decided at one instant. */
  function stateOf(at: string, notices: readonly Notice[], context: StateContext): State {
    if (last?.at !== at || last.notices !== notices || last.context !== context) {
      last = { at, notices, context, state: stateAt(signed, notices, at, context) };
    }
    return last.state;
  }

  function askFlows(question: Question): readonly (GroupAnswer | null)[] {
    const { act, from, to, purpose, releaseClass, onwardTo, attributed } = question;
    const object = releaseClassKey(releaseClass!);
    const key = JSON.stringify([act, from, to, purpose, object, onwardTo ?? '', attributed ?? false]);
    let answers = memo.get(key);
    if (!answers) {
      const asked = new CedarQuestion({
        principal: to,
        action: act,
        context: flowContext(agreement, question),
      });
      answers = flows(asked);
      if (memo.size >= MEMO_MAX) memo.clear();
      memo.set(key, answers);
    }
    return answers;
  }

  function candidatesFor(question: Question): Candidate[] {
    const { act, to } = question;
    if (OBJECT_ACTS.has(act)) {
      return askFlows(question).flatMap((answer, i) => {
        if (!answer) return [];
        const flow = agreement.flows[i]!;
        const { path } = groups.flows[i]!;
        const retention = retentionStop(flow, path, question);
        const obligations = () => flowObligations(agreement, flow, path, question);
        const grounds = legalBasisClauses(flow, path, question);
        return [{ ...answer, grounds, stops: retention ? [retention] : [], obligations }];
      });
    }
    if (SERVICE_OF_ACT[act]) {
      const asked = new CedarQuestion({ principal: to, action: act, context: serviceContext(question) });
      return services(asked).flatMap((answer, i) => {
        if (!answer) return [];
        const { path } = groups.services[i]!;
        const priority = question.priority ?? 'normal';
        const target = agreement.services[i]!.targets.find((one) => one.priority === priority);
        return [
          {
            ...answer,
            grounds: [],
            stops: [],
            obligations: () =>
              target
                ? [
                    obligation(`${path}.targets`, {
                      key: 'owe-answer',
                      values: { respond: target.respondHours, resolve: target.resolveHours },
                    }),
                  ]
                : [],
          },
        ];
      });
    }
    const asked = new CedarQuestion({ principal: to, action: act, context: accountContext(question) });
    const [answer] = account[act as AccountAct](asked);
    return answer ? [{ ...answer, grounds: [], stops: [], obligations: () => [] }] : [];
  }

  function decide(
    question: Question,
    notices: readonly Notice[] = NONE,
    context: StateContext = EMPTY,
  ): Verdict {
    assertQuestion(question);
    const { stops, passes } = gate(agreement, question, notices, stateOf(question.at, notices, context));
    if (stops.length > 0) return refusal(stops);
    const candidates = candidatesFor(question);
    return candidates.length === 0 ? refusal([uncovered(question)]) : combine(question, candidates, passes);
  }

  function refusal(stops: readonly Stop[], verdict: 'deny' | 'ask' = 'deny'): Verdict {
    const clauses = stops.map(({ clause }) => clause);
    // Of several clauses one remedy may be enough.
    const remedies = new Map(stops.map(({ remedy }) => [sayReason(remedy, EN), remedy]));
    return {
      verdict,
      clauses,
      agreement: name,
      toAllow: [...remedies.keys()],
      remedies: [...remedies.values()],
    };
  }

  /** Nothing is allowed that no clause covers. */
  function uncovered(question: Question): Stop {
    const from = partyName(agreement, question.from);
    const to = partyName(agreement, question.to);
    const deny = (path: string, reason: Reason, remedy: Reason): Stop => ({
      clause: decidingClause(path, 'deny', reason),
      remedy,
    });
    if (OBJECT_ACTS.has(question.act)) {
      const { category } = question.releaseClass!;
      return deny(
        'flows',
        { key: 'no-flow', values: { from, to, category } },
        { key: 'to-flow', values: { from, to, category } },
      );
    }
    const kind = SERVICE_OF_ACT[question.act];
    if (kind) {
      const reason: Reason = { key: 'no-service', values: { kind, from, to } };
      return deny('services', reason, { key: 'to-service', values: { kind, from, to } });
    }
    const { path } = groups.accountability[question.act as AccountAct];
    return deny(
      path,
      { key: 'not-permitted', values: { party: to } },
      { key: 'to-permit-party', values: { party: to } },
    );
  }

  /** The most favourable group decides; where none allows, every objection is named. */
  function combine(
    question: Question,
    candidates: readonly Candidate[],
    passes: readonly DecidingClause[],
  ): Verdict {
    const granted = new Set(question.granted ?? []);
    const judged = candidates.map((candidate) => {
      const objections = candidate.objections.filter(
        ({ effect, path }) => !(effect === 'ask' && granted.has(path)),
      );
      const denied = candidate.stops.length > 0 || objections.some(({ effect }) => effect === 'deny');
      const verdict: Effect = denied ? 'deny' : objections.length > 0 ? 'ask' : 'allow';
      return { candidate, objections, verdict };
    });
    const verdict = (['allow', 'ask', 'deny'] as const).find((effect) =>
      judged.some((one) => one.verdict === effect),
    )!;
    const deciding = judged.filter((one) => one.verdict === verdict);
    const obligations = () => deciding.flatMap(({ candidate }) => candidate.obligations());
    if (verdict === 'allow') {
      const permits = deciding.flatMap(({ candidate: { permit, grounds } }): DecidingClause[] => [
        decidingClause(permit.path, 'allow', permit.reason(question)),
        ...grounds,
      ]);
      return { verdict, clauses: [...permits, ...passes], agreement: name, obligations: obligations() };
    }
    const stops = deciding.flatMap(({ candidate, objections }) => [
      ...candidate.stops,
      ...objections.map((clause): Stop => {
        const effect = clause.effect === 'ask' ? 'ask' : 'deny';
        return {
          clause: decidingClause(clause.path, effect, clause.reason(question)),
          remedy: clause.remedy!(question),
        };
      }),
    ]);
    return verdict === 'deny' ? refusal(stops) : { ...refusal(stops, 'ask'), obligations: obligations() };
  }

  return {
    agreement,
    decide,
    clauses: allGroups(groups).flatMap((group) => group.clauses),
    policies: policySet(allGroups(groups)),
  };
}

const NONE: readonly Notice[] = [];
const EMPTY: StateContext = {};

function assertQuestion(question: Question): void {
  const wrong = (message: string) => new EntenteError('usage', message);
  const { act, purpose } = question;
  if (!ACTS.includes(act)) throw wrong(`"${String(act).slice(0, 80)}" is no act; acts are ${list(ACTS)}`);
  if (!PURPOSES.includes(purpose)) {
    throw wrong(`"${String(purpose).slice(0, 80)}" is no purpose; purposes are ${list(PURPOSES)}`);
  }
  if (OBJECT_ACTS.has(act) && !question.releaseClass) throw wrong(`"${act}" needs a release class`);
  for (const field of ['used', 'amount'] as const) {
    const count = question[field] ?? 0;
    if (!Number.isSafeInteger(count) || count < 0)
      throw wrong(`"${field}" is a whole number, not ${String(count).slice(0, 40)}`);
  }
  if (act === 'onward' && !question.onwardTo)
    throw wrong('"onward" needs the organisation that would get it');
}
