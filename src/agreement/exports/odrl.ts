/**
 * W3C ODRL 2.2 (https://www.w3.org/TR/odrl-model/): the agreement as permissions, prohibitions and duties for tools of data
 * spaces. Words of ODRL's own vocabulary are used where they mean the same; what only this project's
 * profile could say is listed instead of being put into words that mean something else.
 */
import { agreementDigest } from '../digest.ts';
import type { Agreement, Flow } from '../document.ts';
import { formatInstant, instantNs } from '../instant.ts';
import type { Exported } from './exported.ts';

interface Constraint {
  readonly leftOperand: string;
  readonly operator: string;
  readonly rightOperand: unknown;
}

interface Rule {
  readonly uid: string;
  readonly assigner: string;
  readonly assignee: readonly string[];
  readonly target: string;
  readonly action: string;
  readonly constraint?: readonly Constraint[];
  readonly duty?: readonly { readonly action: string; readonly constraint?: readonly Constraint[] }[];
}

export interface OdrlAgreement {
  readonly '@context': 'http://www.w3.org/ns/odrl.jsonld';
  readonly '@type': 'Agreement';
  readonly uid: string;
  readonly conflict: 'prohibit';
  readonly permission: readonly Rule[];
  readonly prohibition: readonly Rule[];
}

export function exportOdrl(agreement: Agreement): Exported<OdrlAgreement> {
  const base = `urn:uuid:${agreement.id.slice('agreement--'.length)}`;
  const party = (id: string) => `${base}#party-${id}`;
  const dateTime = (operator: string, text: string): Constraint => ({
    leftOperand: 'dateTime',
    operator,
    rightOperand: { '@value': formatInstant(instantNs(text)!), '@type': 'xsd:dateTime' },
  });
  const term = [dateTime('gteq', agreement.term.from), dateTime('lt', agreement.term.until)];
  const permission: Rule[] = [];
  const prohibition: Rule[] = [];
  agreement.flows.forEach((flow, index) => {
    const about = (name: string, action: string) => ({
      uid: `${base}#flows-${index}-${name}`,
      assigner: party(flow.from),
      assignee: flow.to.map(party),
      target: `${base}#flows-${index}`,
      action,
    });
    const constraint: Constraint[] = [
      ...term,
      { leftOperand: 'purpose', operator: 'isAnyOf', rightOperand: flow.purposes },
    ];
    if (flow.countries.only)
      constraint.push({ leftOperand: 'spatial', operator: 'isAnyOf', rightOperand: flow.countries.only });
    if (flow.countries.except?.length)
      constraint.push({ leftOperand: 'spatial', operator: 'isNoneOf', rightOperand: flow.countries.except });
    permission.push({ ...about('use', 'use'), constraint, duty: useDuties(flow) });
    const share = about('distribute', 'distribute');
    switch (flow.onward.mode) {
      case 'none':
        prohibition.push(share);
        break;
      case 'ask':
        permission.push({ ...share, constraint: term, duty: [{ action: 'obtainConsent' }] });
        break;
      case 'members': {
        const members = flow.to.flatMap(
          (id) => agreement.parties.find((one) => one.id === id)?.members ?? [],
        );
        permission.push({
          ...share,
          constraint: [...term, { leftOperand: 'recipient', operator: 'isAnyOf', rightOperand: members }],
        });
        break;
      }
      case 'named':
        permission.push({
          ...share,
          constraint: [
            ...term,
            { leftOperand: 'recipient', operator: 'isAnyOf', rightOperand: flow.onward.named ?? [] },
          ],
        });
        break;
    }
  });
  return {
    document: {
      '@context': 'http://www.w3.org/ns/odrl.jsonld',
      '@type': 'Agreement',
      uid: `${base}?version=${agreement.version}&sha256=${agreementDigest(agreement)}`,
      conflict: 'prohibit',
      permission,
      prohibition,
    },
    notExpressed: notExpressed(agreement),
  };
}

function useDuties(flow: Flow): NonNullable<Rule['duty']> {
  const after = (count: number): Constraint[] => [
    {
      leftOperand: 'elapsedTime',
      operator: 'lteq',
      rightOperand: { '@value': `P${count}D`, '@type': 'xsd:duration' },
    },
  ];
  return [
    { action: 'delete', constraint: after(flow.retention.days) },
    { action: 'reviewPolicy', constraint: after(flow.retention.reviewDays) },
    ...(flow.attribution === 'anonymous' ? [{ action: 'anonymize' }] : []),
  ];
}

function notExpressed(agreement: Agreement): string[] {
  const lost = agreement.flows.flatMap((flow, index) => {
    const path = `flows[${index}]`;
    const words = [
      `${path}.categories, personalData: ODRL's target names the flow, not what may be in it`,
      `${path}.tlp, pap: ODRL has no word for markings`,
      `${path}.evidenceUse ${flow.evidenceUse.code}`,
    ];
    if (flow.attribution === 'ask') words.push(`${path}.attribution: asking before naming the source`);
    if (flow.legalBasis.length > 0) words.push(`${path}.legalBasis`);
    if (flow.operations) words.push(`${path}.operations`);
    if (flow.excludedMatters.length > 0) words.push(`${path}.excludedMatters`);
    if (flow.routingOnly) words.push(`${path}.routingOnly`);
    return words;
  });
  return [
    ...lost,
    ...(agreement.services.length > 0
      ? ['services: experts, tools, training and support are no assets']
      : []),
    'term: renewal, notice, suspension and what happens at the end',
    'accountability',
    'signatures',
  ];
}
