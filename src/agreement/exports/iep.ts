/**
 * FIRST Information Exchange Policy 2.0 (https://www.first.org/iep/iep_framework_2_0): one policy a flow, for tools that attach a
 * policy to what they hand on. IEP knows markings, actions, attribution and dates; most of an agreement has no
 * place in it, and the list says what.
 */
import { agreementDigest } from '../digest.ts';
import type { Agreement, Flow } from '../document.ts';
import { formatInstant, instantNs } from '../instant.ts';
import type { Pap } from '../terms.ts';
import type { Exported } from './exported.ts';
import { namedUuid } from './identifier.ts';

export interface IepPolicy {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly iep_version: 2.0;
  readonly start_date: string;
  readonly end_date: string;
  readonly encrypt_in_transit: 'must' | 'may';
  readonly permitted_actions:
    | 'none'
    | 'contact-for-instruction'
    | 'internally-visible-actions'
    | 'externally-visible-indirect-actions'
    | 'externally-visible-direct-actions';
  readonly affected_party_notifications: 'may' | 'must-not';
  /** IEP 2.0 has the four levels of TLP 1. */
  readonly tlp: 'white' | 'green' | 'amber' | 'red';
  readonly attribution: 'may' | 'must' | 'must-not';
  readonly unmodified_resale: 'may' | 'must-not';
  readonly external_references: readonly string[];
}

/** PAP says how visibly one may act; IEP has a word for each step. */
const ACTIONS: Readonly<Record<Pap, IepPolicy['permitted_actions']>> = {
  clear: 'externally-visible-direct-actions',
  green: 'externally-visible-direct-actions',
  amber: 'externally-visible-indirect-actions',
  red: 'internally-visible-actions',
};

export function exportIep(agreement: Agreement): Exported<readonly IepPolicy[]> {
  return {
    document: agreement.flows.map((_, index) => flowPolicy(agreement, index)),
    notExpressed: [
      ...agreement.flows.flatMap((flow, index) => lostOfFlow(flow, `flows[${index}]`)),
      ...(agreement.services.length > 0 ? ['services: IEP is about information only'] : []),
      'term: renewal, notice, suspension and what happens at the end',
      'accountability: audits, access to the ledger, notice of breaches',
      'parties and their signatures',
    ],
  };
}

export function flowPolicy(agreement: Agreement, index: number): IepPolicy {
  const flow = agreement.flows[index]!;
  const notifies = flow.purposes.includes('victim-notification') || flow.purposes.includes('routing');
  return {
    id: namedUuid(`${agreementDigest(agreement)} iep flows[${index}]`),
    name: `${agreement.title}: ${flow.title}`,
    description: `Version ${agreement.version} of ${agreement.id}, flows[${index}]`,
    iep_version: 2.0,
    start_date: formatInstant(instantNs(agreement.term.from)!),
    end_date: formatInstant(instantNs(agreement.term.until)!),
    encrypt_in_transit: 'must',
    permitted_actions: ACTIONS[flow.pap],
    affected_party_notifications: notifies ? 'may' : 'must-not',
    tlp: flow.tlp === 'clear' ? 'white' : flow.tlp === 'amber+strict' ? 'amber' : flow.tlp,
    attribution: flow.attribution === 'named' ? 'may' : 'must-not',
    unmodified_resale: 'must-not',
    external_references: [],
  };
}

/** The policy's marking is the flow's ceiling; an object with a lower one keeps its own. */
function lostOfFlow(flow: Flow, path: string): string[] {
  const lost = [
    `${path}.from, to, categories: to whom and to what the policy applies`,
    `${path}.purposes and legalBasis: IEP names actions, not purposes`,
    `${path}.onward "${flow.onward.mode}": IEP knows the TLP only`,
    `${path}.evidenceUse ${flow.evidenceUse.code}`,
    `${path}.retention: ${flow.retention.days} days`,
  ];
  if (flow.tlp === 'amber+strict')
    lost.push(`${path}.tlp: IEP 2.0 has no AMBER+STRICT; AMBER stands there and is wider`);
  if (flow.attribution === 'ask')
    lost.push(`${path}.attribution: IEP cannot say "ask"; must-not stands there`);
  if (flow.personalData.some((kind) => kind !== 'none')) lost.push(`${path}.personalData`);
  if (flow.countries.only || flow.countries.except?.length) lost.push(`${path}.countries`);
  if (flow.operations) lost.push(`${path}.operations`);
  if (flow.excludedMatters.length > 0) lost.push(`${path}.excludedMatters`);
  if (flow.routingOnly) lost.push(`${path}.routingOnly`);
  return lost;
}
