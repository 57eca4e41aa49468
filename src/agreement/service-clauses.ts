/** Services and accountability as Cedar policies, built like those of flows. */
import { type CedarValue, cedarParties, cedarSet, cedarString } from './cedar.ts';
import { type Clause, type ClauseGroup, findParty, partyName } from './clause.ts';
import type { Agreement } from './document.ts';
import { DAY_NS, instantNs } from './instant.ts';
import type { Question } from './question.ts';
import type { Reason } from './reasons/reason.ts';
import { type Act, CLEARANCES, SERVICE_OF_ACT, TRAINING_LEVELS } from './terms.ts';

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
  const takers = service.to.map((id) => partyName(agreement, id));
  const { amount, unit, per } = service.quota;
  const quota = `${amount} ${unit}` as const;
  const acts = Object.keys(SERVICE_OF_ACT).filter((act) => SERVICE_OF_ACT[act as Act] === service.kind);
  const scope = `action in [${acts.map((act) => `Action::${cedarString(act)}`).join(', ')}]`;
  const clauses: Clause[] = [
    {
      path,
      effect: 'permit',
      scope,
      when: `context.from == ${cedarString(service.from)} && ${cedarParties(service.to)}.contains(principal)`,
      reason: () => ({
        key: 'service',
        values: { title: service.title, giver, takers, service: service.kind, quota, per },
      }),
    },
  ];
  const restrict = (
    at: string,
    when: string,
    reason: Clause['reason'],
    remedy: NonNullable<Clause['remedy']>,
    effect: 'deny' | 'ask' = 'deny',
  ) => clauses.push({ path: at, effect, scope, when, reason, remedy });

  restrict(
    `${path}.purposes`,
    `!${cedarSet(service.purposes)}.contains(context.purpose)`,
    (question) => ({
      key: 'service-purposes',
      values: { agreed: service.purposes, asked: question.purpose },
    }),
    (question) => ({ key: 'to-purpose', values: { agreed: service.purposes, asked: question.purpose } }),
  );
  restrict(
    `${path}.quota.unit`,
    `context.unit != "" && context.unit != ${cedarString(unit)}`,
    (question) => ({ key: 'quota-unit', values: { unit, asked: question.unit! } }),
    () => ({ key: 'to-unit', values: { unit } }),
  );
  restrict(
    `${path}.quota`,
    `context.use > ${amount}`,
    (question) => ({ key: 'quota', values: { quota, per, used: question.used ?? 0 } }),
    () => ({ key: 'to-quota', values: { next: per } }),
  );
  const { clearance, tools, level } = service;
  if (clearance && clearance !== 'none') {
    restrict(
      `${path}.clearance`,
      `context.clearance < ${CLEARANCES.indexOf(clearance)}`,
      (question) => ({
        key: 'clearance',
        values: { needed: clearance, held: question.clearance ?? 'none' },
      }),
      () => ({ key: 'to-clearance', values: { needed: clearance } }),
    );
  }
  if (tools) {
    restrict(
      `${path}.tools`,
      `!${cedarSet(tools)}.contains(context.tool)`,
      (question) => ({ key: 'tools', values: { tools, tool: question.tool ?? '' } }),
      (question) => ({ key: 'to-tool', values: { tool: question.tool ?? '' } }),
    );
  }
  if (level) {
    restrict(
      `${path}.level`,
      `context.level > ${TRAINING_LEVELS.indexOf(level)}`,
      (question) => ({ key: 'level', values: { most: level, asked: question.level ?? 'introductory' } }),
      () => ({ key: 'to-level', values: { most: level } }),
    );
  }
  if (service.hours === 'office') {
    restrict(
      `${path}.hours`,
      'context.urgent',
      () => ({ key: 'office-hours', values: { giver } }),
      () => ({ key: 'to-hours', values: { giver } }),
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
      () => ({ key: 'nobody-reachable', values: { giver } }),
      () => ({ key: 'to-contact', values: { giver } }),
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
    reason: Reason,
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
        reason: () => reason,
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
      { key: 'may-audit', values: { parties: audit.by.map((id) => partyName(agreement, id)) } },
      [
        {
          path: 'accountability.audit.noticeDays',
          effect: 'deny',
          scope: 'action == Action::"audit"',
          when: `context.noticeDays < ${audit.noticeDays}`,
          reason: () => ({ key: 'audit-notice', values: { days: audit.noticeDays } }),
          remedy: () => ({ key: 'to-announce', values: { days: audit.noticeDays } }),
        },
      ],
    ),
    'log-access': group(
      'log-access',
      'accountability.logAccess',
      logAccess !== 'none',
      members,
      { key: logAccess === 'all' ? 'log-all' : 'log-own', values: {} },
      logAccess === 'all'
        ? []
        : [
            {
              path: 'accountability.logAccess',
              effect: 'deny',
              scope: 'action == Action::"log-access"',
              when: 'context.allLogs',
              reason: () => ({ key: 'log-own-only', values: {} }),
              remedy: () => ({ key: 'to-own', values: {} }),
            },
          ],
    ),
    'publish-counts': group(
      'publish-counts',
      'accountability.transparency',
      transparency === 'counts',
      members,
      { key: 'may-publish', values: {} },
    ),
  };
}
