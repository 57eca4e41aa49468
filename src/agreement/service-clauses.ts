/** Services and accountability as Cedar policies, built like those of flows. */
import { type CedarValue, cedarParties, cedarSet, cedarString } from './cedar.ts';
import { type Clause, type ClauseGroup, findParty, list, partyName } from './clause.ts';
import type { Agreement } from './document.ts';
import { DAY_NS, instantNs } from './instant.ts';
import type { Question } from './question.ts';
import { type Act, CLEARANCES, SERVICE_OF_ACT, type ServiceKind, TRAINING_LEVELS } from './terms.ts';

/** The Cedar schema of questions about services and accountability. */
export const SERVICE_SCHEMA = `
entity Party;
entity Clause;
type ServiceContext = {
  from: String, purpose: String, use: Long, unit: String, clearance: Long, tool: String, level: Long, urgent: Bool,
};
action "expert-seat", "tool-seat", "training-place", "support", "intelligence-request", "free-look-up"
  appliesTo { principal: Party, resource: Clause, context: ServiceContext };
type AccountContext = { noticeDays: Long, allLogs: Bool };
action "audit", "log-access", "publish-counts"
  appliesTo { principal: Party, resource: Clause, context: AccountContext };
`;

const SERVICE_WORDS: Readonly<Record<ServiceKind, string>> = {
  intelligence: 'intelligence on request',
  experts: 'experts',
  tools: 'tools',
  training: 'training',
  support: 'support',
  'look-ups': 'look-ups in its free service',
};

export function serviceContext(question: Question): Record<string, CedarValue> {
  return {
    from: question.from,
    purpose: question.purpose,
    use: (question.used ?? 0) + (question.amount ?? 1),
    unit: question.unit ?? '',
    clearance: CLEARANCES.indexOf(question.clearance ?? 'none'),
    tool: question.tool ?? '',
    level: TRAINING_LEVELS.indexOf(question.level ?? 'introductory'),
    urgent: question.priority === 'urgent',
  };
}

export function compileService(agreement: Agreement, index: number): ClauseGroup {
  const service = agreement.services[index]!;
  const path = `services[${index}]`;
  const giver = partyName(agreement, service.from);
  const takers = list(service.to.map((id) => partyName(agreement, id)));
  const { amount, unit, per } = service.quota;
  const acts = Object.keys(SERVICE_OF_ACT).filter((act) => SERVICE_OF_ACT[act as Act] === service.kind);
  const scope = `action in [${acts.map((act) => `Action::${cedarString(act)}`).join(', ')}]`;
  const clauses: Clause[] = [
    {
      path,
      effect: 'permit',
      scope,
      when: `context.from == ${cedarString(service.from)} && ${cedarParties(service.to)}.contains(principal)`,
      words: () =>
        `"${service.title}": ${giver} gives ${takers} ${SERVICE_WORDS[service.kind]}, ${amount} ${unit} a ${per}`,
      remedy: () => '',
    },
  ];
  const restrict = (
    at: string,
    when: string,
    words: Clause['words'],
    remedy: Clause['remedy'],
    effect: 'deny' | 'ask' = 'deny',
  ) => clauses.push({ path: at, effect, scope, when, words, remedy });

  restrict(
    `${path}.purposes`,
    `!${cedarSet(service.purposes)}.contains(context.purpose)`,
    (question) => `it may be asked for ${list(service.purposes)}; not for ${question.purpose}`,
    (question) => `the purpose is ${list(service.purposes, 'or')}, or the parties add ${question.purpose}`,
  );
  restrict(
    `${path}.quota.unit`,
    `context.unit != "" && context.unit != ${cedarString(unit)}`,
    (question) => `it is counted in ${unit}, not in ${question.unit}`,
    () => `it is asked for in ${unit}`,
  );
  restrict(
    `${path}.quota`,
    `context.use > ${amount}`,
    (question) => `${amount} ${unit} a ${per} are agreed, and ${question.used ?? 0} are used`,
    () => `the next ${per === 'term' ? 'term' : per} begins, or the parties raise the quota`,
  );
  const { clearance, tools, level } = service;
  if (clearance && clearance !== 'none') {
    restrict(
      `${path}.clearance`,
      `context.clearance < ${CLEARANCES.indexOf(clearance)}`,
      (question) =>
        `an expert needs the clearance "${clearance}"; this one has "${question.clearance ?? 'none'}"`,
      () => `an expert with the clearance "${clearance}" or higher is named`,
    );
  }
  if (tools) {
    restrict(
      `${path}.tools`,
      `!${cedarSet(tools)}.contains(context.tool)`,
      (question) => `seats are agreed for ${list(tools)}; not for "${question.tool ?? ''}"`,
      (question) => `the parties add "${question.tool ?? ''}"`,
    );
  }
  if (level) {
    restrict(
      `${path}.level`,
      `context.level > ${TRAINING_LEVELS.indexOf(level)}`,
      (question) =>
        `training is agreed up to the level "${level}"; this is "${question.level ?? 'introductory'}"`,
      () => `a course of the level "${level}" or lower is chosen, or the parties raise it`,
    );
  }
  if (service.hours === 'office') {
    restrict(
      `${path}.hours`,
      'context.urgent',
      () => `it can be had in office hours; ${giver} is asked before anything urgent`,
      () => `${giver} agrees, or the priority is not urgent`,
      'ask',
    );
  } else if (
    !findParty(agreement, service.from)?.contacts.some(
      (contact) => contact.alwaysReachable && contact.for.includes('operations'),
    )
  ) {
    restrict(
      `parties[${agreement.parties.findIndex(({ id }) => id === service.from)}].contacts`,
      'context.urgent',
      () => `${giver} names nobody who can be reached at any hour`,
      () => `${giver} names a contact that is always reachable, or agrees by another channel`,
      'ask',
    );
  }
  return { path, clauses };
}

export function accountContext(question: Question): Record<string, CedarValue> {
  const announced = question.announcedAt === undefined ? null : instantNs(question.announcedAt);
  const now = instantNs(question.at);
  const noticeDays =
    announced === null || now === null || now < announced ? 0 : Number((now - announced) / DAY_NS);
  return { noticeDays, allLogs: question.logs === 'all' };
}

/** Acts that `accountability` decides. */
export type AccountAct = 'audit' | 'log-access' | 'publish-counts';

/** One group for each of the three acts, since each is permitted by a field of its own. */
export function compileAccountability(agreement: Agreement): Readonly<Record<AccountAct, ClauseGroup>> {
  const { audit, logAccess, transparency } = agreement.accountability;
  const members = agreement.parties.filter((party) => !party.roles.includes('observer')).map(({ id }) => id);
  const group = (
    act: string,
    path: string,
    holds: boolean,
    among: readonly string[],
    words: string,
    more: Clause[] = [],
  ): ClauseGroup => ({
    path,
    clauses: [
      {
        path,
        effect: 'permit',
        scope: `action == Action::${cedarString(act)}`,
        // Cedar cannot type an empty set.
        when: holds && among.length > 0 ? `${cedarParties(among)}.contains(principal)` : 'false',
        words: () => words,
        remedy: () => '',
      },
      ...more,
    ],
  });
  return {
    audit: group(
      'audit',
      'accountability.audit.by',
      true,
      audit.by,
      `${list(audit.by.map((id) => partyName(agreement, id)))} may audit the other parties`,
      [
        {
          path: 'accountability.audit.noticeDays',
          effect: 'deny',
          scope: 'action == Action::"audit"',
          when: `context.noticeDays < ${audit.noticeDays}`,
          words: () => `an audit is announced ${audit.noticeDays} days before`,
          remedy: () => `${audit.noticeDays} days have passed since it was announced`,
        },
      ],
    ),
    'log-access': group(
      'log-access',
      'accountability.logAccess',
      logAccess !== 'none',
      members,
      logAccess === 'all'
        ? 'a party may read the ledger entries about the agreement'
        : 'a party may read the ledger entries about its own contributions',
      logAccess === 'all'
        ? []
        : [
            {
              path: 'accountability.logAccess',
              effect: 'deny',
              scope: 'action == Action::"log-access"',
              when: 'context.allLogs',
              words: () => 'a party may read what concerns its own contributions only',
              remedy: () => 'only entries about own contributions are asked for',
            },
          ],
    ),
    'publish-counts': group(
      'publish-counts',
      'accountability.transparency',
      transparency === 'counts',
      members,
      'a party may publish how much was exchanged',
    ),
  };
}
