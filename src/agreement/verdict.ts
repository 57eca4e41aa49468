/**
 * Deciding. An agreement compiles to one Cedar policy a clause, grouped by flow or service; a question is put to every group that
 * covers it, and one group without objection suffices. What Cedar answers depends on the version and the class alone
 * and is remembered; what depends on the moment (`gate.ts`) is evaluated at every use.
 */
import { EntenteError, type Issue } from '../base/index.ts';
import { type CedarValue, openPolicies, validatePolicies } from './cedar.ts';
import { type Clause, type ClauseGroup, list, partyName } from './clause.ts';
import type { Agreement } from './document.ts';
import { compileFlow, FLOW_SCHEMA, flowContext, flowCovers } from './flow-clauses.ts';
import { flowObligations, gate, retentionStop, type Stop } from './gate.ts';
import type { StateContext } from './lifecycle.ts';
import type { Notice } from './notices.ts';
import type { DecidingClause, Effect, Obligation, Question, Verdict } from './question.ts';
import { releaseClassKey } from './question.ts';
import {
  accountContext,
  compileAccountability,
  compileService,
  SERVICE_SCHEMA,
  serviceContext,
  serviceCovers,
} from './service-clauses.ts';
import type { VerifiedAgreement } from './signatures.ts';
import { ACTS, CATEGORY_WORDS, OBJECT_ACTS, PURPOSES, SERVICE_OF_ACT } from './terms.ts';

/** Remembered answers of one agreement; 200 classes times acts, purposes and parties fit many times. */
const MEMO_MAX = 50_000;

export interface Decider {
  readonly agreement: Agreement;
  /**
   * `notices`: all verified ones of the agreement.
   * @throws EntenteError `usage` for a question that makes no sense, `timestamp-invalid`
   */
  decide(question: Question, notices?: readonly Notice[], context?: StateContext): Verdict;
  /** Every clause with its Cedar policy, in the order of the document. */
  readonly clauses: readonly Clause[];
}

export interface ClauseGroups {
  readonly flows: readonly ClauseGroup[];
  readonly services: readonly ClauseGroup[];
  readonly accountability: Readonly<Record<'audit' | 'log-access' | 'publish-counts', ClauseGroup>>;
}

export function compileClauses(agreement: Agreement): ClauseGroups {
  return {
    flows: agreement.flows.map((_, index) => compileFlow(agreement, index)),
    services: agreement.services.map((_, index) => compileService(agreement, index)),
    accountability: compileAccountability(agreement),
  };
}

/** The first call in a process loads the Cedar engine. */
export function compileAgreement(signed: VerifiedAgreement): Decider {
  return openDecider(signed, compileClauses(signed.agreement));
}

/** Checks the generated policies against the Cedar schema: what a signatory signs must be decidable. */
export function clauseIssues(agreement: Agreement): Issue[] {
  const { flows, services, accountability } = compileClauses(agreement);
  const schemas: [readonly ClauseGroup[], string][] = [
    [flows, FLOW_SCHEMA],
    [[...services, ...Object.values(accountability)], SERVICE_SCHEMA],
  ];
  return schemas.flatMap(([groups, schema]) =>
    groups.flatMap((group) =>
      validatePolicies(policiesOf(group), schema).map((message) => ({
        code: 'agreement-invalid',
        path: group.path,
        message: `its policies are not valid Cedar: ${message}`,
      })),
    ),
  );
}

/** Several policies can stem from one clause; those after the first are numbered. */
function clauseIds(group: ClauseGroup): string[] {
  const seen = new Map<string, number>();
  return group.clauses.map(({ path }) => {
    const count = (seen.get(path) ?? 0) + 1;
    seen.set(path, count);
    return count === 1 ? path : `${path}#${count}`;
  });
}

function policiesOf(group: ClauseGroup): Record<string, string> {
  const ids = clauseIds(group);
  return Object.fromEntries(group.clauses.map((clause, i) => [ids[i]!, clause.cedar]));
}

/** What one group answers: nothing when it does not cover the question. */
interface GroupAnswer {
  readonly permit: Clause;
  readonly objections: readonly Clause[];
}

/** Separate from `compileAgreement` so that a test can leave a clause out and see that it is missed. */
export function openDecider(signed: VerifiedAgreement, groups: ClauseGroups): Decider {
  const { agreement } = signed;
  const name = { id: agreement.id, version: agreement.version };
  const memo = new Map<string, readonly (GroupAnswer | null)[]>();
  const open = new Map<
    ClauseGroup,
    (question: Question, context: Record<string, CedarValue>) => GroupAnswer | null
  >();

  function ask(
    group: ClauseGroup,
    question: Question,
    context: Record<string, CedarValue>,
  ): GroupAnswer | null {
    let policies = open.get(group);
    if (!policies) {
      const decide = openPolicies(policiesOf(group));
      const ids = clauseIds(group);
      const byId = new Map(group.clauses.map((clause, i) => [ids[i]!, clause]));
      const permit = group.clauses.find((clause) => clause.effect === 'permit');
      policies = (asked, values) => {
        const answer = decide({
          principal: asked.to,
          action: asked.act,
          resource: group.path,
          context: values,
        });
        const reasons = answer.reasons.map((id) => byId.get(id)!);
        if (answer.allow) return { permit: reasons[0]!, objections: [] };
        return reasons.length === 0 || !permit ? null : { permit, objections: inOrder(group, reasons) };
      };
      open.set(group, policies);
    }
    return policies(question, context);
  }

  function askFlows(question: Question): readonly (GroupAnswer | null)[] {
    const { act, from, to, purpose, releaseClass, onwardTo, attributed } = question;
    const key = JSON.stringify([
      act,
      from,
      to,
      purpose,
      releaseClassKey(releaseClass!),
      onwardTo ?? '',
      attributed ?? false,
    ]);
    let answers = memo.get(key);
    if (!answers) {
      const context = flowContext(agreement, question);
      answers = groups.flows.map((group, i) =>
        flowCovers(agreement.flows[i]!, question) ? ask(group, question, context) : null,
      );
      if (memo.size >= MEMO_MAX) memo.clear();
      memo.set(key, answers);
    }
    return answers;
  }

  function decide(question: Question, notices: readonly Notice[] = [], context: StateContext = {}): Verdict {
    assertQuestion(question);
    const { stops, passes } = gate(signed, question, notices, context);
    if (stops.length > 0) return denied(stops);
    const candidates: Candidate[] = [];
    if (OBJECT_ACTS.has(question.act)) {
      for (const [i, answer] of askFlows(question).entries()) {
        if (!answer) continue;
        const flow = agreement.flows[i]!;
        const path = groups.flows[i]!.path;
        const retention = retentionStop(flow, path, question);
        candidates.push({
          ...answer,
          stops: retention ? [retention] : [],
          obligations: () => flowObligations(agreement, flow, path, question),
        });
      }
    } else if (SERVICE_OF_ACT[question.act]) {
      const values = serviceContext(question);
      for (const [i, service] of agreement.services.entries()) {
        if (!serviceCovers(service, question)) continue;
        const answer = ask(groups.services[i]!, question, values);
        const target = service.targets.find(({ priority }) => priority === (question.priority ?? 'normal'));
        const words =
          target && `first answer within ${target.respondHours} hours, done within ${target.resolveHours}`;
        const obligations = words ? [{ path: `services[${i}].targets`, words }] : [];
        if (answer) candidates.push({ ...answer, stops: [], obligations: () => obligations });
      }
    } else {
      const group = groups.accountability[question.act as 'audit' | 'log-access' | 'publish-counts'];
      const answer = ask(group, question, accountContext(question));
      if (answer) candidates.push({ ...answer, stops: [], obligations: () => [] });
    }
    if (candidates.length === 0) return denied([uncovered(question)]);
    return combine(question, candidates, passes);
  }

  function denied(stops: readonly Stop[]): Verdict {
    return {
      verdict: 'deny',
      clauses: stops.map(({ clause }) => clause),
      agreement: name,
      toAllow: stops.map(({ remedy }) => remedy),
    };
  }

  /** Nothing is allowed that no clause covers. */
  function uncovered(question: Question): Stop {
    const from = partyName(agreement, question.from);
    const to = partyName(agreement, question.to);
    const deny = (path: string, words: string, remedy: string): Stop => ({
      clause: { path, effect: 'deny', words },
      remedy,
    });
    if (question.releaseClass && OBJECT_ACTS.has(question.act)) {
      const what = CATEGORY_WORDS[question.releaseClass.category];
      return deny(
        'flows',
        `no flow from ${from} to ${to} covers ${what}`,
        `the parties agree to a flow from ${from} to ${to} that covers ${what}`,
      );
    }
    const kind = SERVICE_OF_ACT[question.act];
    if (kind)
      return deny(
        'services',
        `no service "${kind}" of ${from} for ${to} is agreed`,
        `the parties agree to such a service`,
      );
    const path = groups.accountability[question.act as 'audit'].path;
    return deny(path, `the agreement does not permit ${question.act} by ${to}`, 'the parties agree to it');
  }

  interface Candidate extends GroupAnswer {
    readonly stops: readonly Stop[];
    obligations(): readonly Obligation[];
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
        (clause) => !(clause.effect === 'ask' && granted.has(clause.path)),
      );
      const hard = candidate.stops.length > 0 || objections.some((clause) => clause.effect === 'deny');
      const effect: Effect = hard ? 'deny' : objections.length > 0 ? 'ask' : 'allow';
      return { candidate, objections, effect };
    });
    const verdict: Effect = (['allow', 'ask', 'deny'] as const).find((effect) =>
      judged.some((one) => one.effect === effect),
    )!;
    const deciding = judged.filter((one) => one.effect === verdict);
    if (verdict === 'allow') {
      const clauses = deciding.map(
        ({ candidate }): DecidingClause => ({
          path: candidate.permit.path,
          effect: 'allow',
          words: candidate.permit.words(question),
        }),
      );
      const obligations = deciding.flatMap(({ candidate }) => candidate.obligations());
      return { verdict, clauses: [...clauses, ...passes], agreement: name, obligations };
    }
    const stops = deciding.flatMap(({ candidate, objections }) => [
      ...candidate.stops,
      ...objections.map((clause) => ({
        clause: {
          path: clause.path,
          effect: clause.effect === 'ask' ? 'ask' : 'deny',
          words: clause.words(question),
        } as DecidingClause,
        remedy: clause.remedy(question),
      })),
    ]);
    const answer = { ...denied(stops), verdict };
    return verdict === 'ask'
      ? { ...answer, obligations: deciding.flatMap(({ candidate }) => candidate.obligations()) }
      : answer;
  }

  const all = [...groups.flows, ...groups.services, ...Object.values(groups.accountability)];
  return { agreement, decide, clauses: all.flatMap((group) => group.clauses) };
}

const inOrder = (group: ClauseGroup, clauses: readonly Clause[]) =>
  group.clauses.filter((clause) => clauses.includes(clause));

function assertQuestion(question: Question): void {
  const wrong = (message: string) => new EntenteError('usage', message);
  if (!ACTS.includes(question.act)) throw wrong(`"${question.act}" is no act; acts are ${list(ACTS)}`);
  if (!PURPOSES.includes(question.purpose)) {
    throw wrong(`"${String(question.purpose).slice(0, 80)}" is no purpose; purposes are ${list(PURPOSES)}`);
  }
  if (OBJECT_ACTS.has(question.act) && !question.releaseClass)
    throw wrong(`"${question.act}" needs a release class`);
  if (question.act === 'onward' && !question.onwardTo)
    throw wrong('"onward" needs the organisation that would get it');
}
