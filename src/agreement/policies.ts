/** All clauses of an agreement as Cedar policies, and their validation: what is signed must be decidable. */
import type { Issue } from '../base/index.ts';
import { type Policies, validatePolicies } from './cedar.ts';
import { type ClauseGroup, policiesOf } from './clause.ts';
import type { Agreement } from './document.ts';
import { compileFlow, FLOW_SCHEMA } from './flow-clauses.ts';
import { type AccountAct, compileAccountability, compileService, SERVICE_SCHEMA } from './service-clauses.ts';

export interface ClauseGroups {
  readonly flows: readonly ClauseGroup[];
  readonly services: readonly ClauseGroup[];
  readonly accountability: Readonly<Record<AccountAct, ClauseGroup>>;
}

export function compileClauses(agreement: Agreement): ClauseGroups {
  return {
    flows: agreement.flows.map((_, index) => compileFlow(agreement, index)),
    services: agreement.services.map((_, index) => compileService(agreement, index)),
    accountability: compileAccountability(agreement),
  };
}

export const allGroups = ({ flows, services, accountability }: ClauseGroups): ClauseGroup[] => [
  ...flows,
  ...services,
  ...Object.values(accountability),
];

/** The policies of several groups; each names its group as the resource, so that they do not meet. */
export function policySet(groups: readonly ClauseGroup[]): Policies {
  return Object.assign({}, ...groups.map(policiesOf));
}

/** What the Cedar schema says against the policies of an agreement; none for what the schema of documents accepts. */
export function clauseIssues(agreement: Agreement): Issue[] {
  const { flows, services, accountability } = compileClauses(agreement);
  const check = (groups: readonly ClauseGroup[], schema: string): Issue[] =>
    validatePolicies(policySet(groups), schema).map(({ id, message }) => ({
      code: 'agreement-invalid',
      path: id.replace(/^.*:|#\d+$/g, ''),
      message: `cannot be decided: ${message}`,
    }));
  return [
    ...check(flows, FLOW_SCHEMA),
    ...check([...services, ...Object.values(accountability)], SERVICE_SCHEMA),
  ];
}
