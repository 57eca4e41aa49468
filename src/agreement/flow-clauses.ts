/**
 * A flow as Cedar policies. The permit covers a direction and its categories; every other field is a policy that forbids what the
 * field does not allow. Context attributes are in `FLOW_SCHEMA`; `flowContext` fills them from a question.
 */
import { type CedarValue, cedarParties, cedarSet, cedarString } from './cedar.ts';
import { type Clause, type ClauseGroup, findParty, partyName } from './clause.ts';
import type { Agreement, Flow } from './document.ts';
import type { Question, ReleaseClass } from './question.ts';
import { type PersonalDataClass, papLabel, papRank, tlpLabel, tlpRank } from './terms.ts';

/** The Cedar schema of questions about objects. */
export const FLOW_SCHEMA = `
entity Party;
entity Clause;
type ObjectContext = {
  from: String, category: String, personalData: String, tlp: Long, pap: Long, purpose: String,
  countries: Set<String>, matters: Set<String>, operations: Set<String>, handling: String,
  passedOn: Bool, onwardTo: String, toMember: Bool, attributed: Bool,
};
action "release", "onward", "export", "evidence-use", "look-up"
  appliesTo { principal: Party, resource: Clause, context: ObjectContext };
`;

/** Kinds of party that may hold data of criminal proceedings by their office. */
const PUBLIC_BODIES: readonly string[] = ['police', 'international-organisation', 'authority'];

/** Classes of personal data that others get only by a decision in the single case (as Directive (EU) 2016/680 Article 39 asks). */
const SENSITIVE: readonly PersonalDataClass[] = ['suspect', 'witness', 'child', 'special-category'];

const PASSING_ON = '[Action::"onward", Action::"export"]';

export function flowContext(agreement: Agreement, question: Question): Record<string, CedarValue> {
  const object = question.releaseClass!;
  const onwardTo = question.onwardTo ?? '';
  return {
    from: question.from,
    category: object.category,
    personalData: object.personalData,
    tlp: tlpRank(object.tlp),
    pap: papRank(object.pap),
    purpose: question.purpose,
    countries: object.countries ?? [],
    matters: object.matters ?? [],
    operations: object.operations ?? [],
    handling: object.handling ?? 'H0',
    passedOn: question.act === 'onward' || (question.act === 'export' && onwardTo !== ''),
    onwardTo,
    toMember: findParty(agreement, question.to)?.members?.includes(onwardTo) ?? false,
    attributed: question.attributed ?? false,
  };
}

export function compileFlow(agreement: Agreement, index: number): ClauseGroup {
  const flow = agreement.flows[index]!;
  const path = `flows[${index}]`;
  const giver = partyName(agreement, flow.from);
  const takers = flow.to.map((id) => partyName(agreement, id));
  const clauses: Clause[] = [];
  const restrict = (
    field: string,
    when: string,
    reason: Clause['reason'],
    remedy: NonNullable<Clause['remedy']>,
    options: { effect?: 'deny' | 'ask'; scope?: string } = {},
  ) => {
    clauses.push({ path: `${path}.${field}`, effect: 'deny', when, reason, remedy, ...options });
  };
  const the = (question: Question): ReleaseClass => question.releaseClass!;

  clauses.push({
    path,
    effect: 'permit',
    when: `context.from == ${cedarString(flow.from)} && ${cedarParties(flow.to)}.contains(principal) && ${cedarSet(flow.categories)}.contains(context.category)`,
    reason: () => {
      const { title, categories, purposes } = flow;
      const [tlp, pap] = [tlpLabel(flow.tlp), papLabel(flow.pap)];
      return { key: 'flow', values: { title, giver, takers, categories, tlp, pap, purposes } };
    },
  });
  restrict(
    'tlp',
    `context.tlp > ${tlpRank(flow.tlp)}`,
    (question) => ({
      key: 'marking',
      values: { ceiling: tlpLabel(flow.tlp), marked: tlpLabel(the(question).tlp) },
    }),
    (question) => ({
      key: 'to-mark',
      values: { giver, ceiling: tlpLabel(flow.tlp), marked: tlpLabel(the(question).tlp) },
    }),
  );
  restrict(
    'pap',
    `context.pap > ${papRank(flow.pap)}`,
    (question) => ({
      key: 'marking',
      values: { ceiling: papLabel(flow.pap), marked: papLabel(the(question).pap) },
    }),
    (question) => ({
      key: 'to-mark',
      values: { giver, ceiling: papLabel(flow.pap), marked: papLabel(the(question).pap) },
    }),
  );
  restrict(
    'personalData',
    `!${cedarSet(flow.personalData)}.contains(context.personalData)`,
    (question) => ({
      key: 'personal-data',
      values: { found: the(question).personalData, agreed: flow.personalData },
    }),
    (question) => ({ key: 'to-class', values: { found: the(question).personalData } }),
  );
  const covered: PersonalDataClass[] = ['none', ...flow.legalBasis.flatMap((basis) => basis.covers)];
  restrict(
    'legalBasis',
    `!${cedarSet([...new Set(covered)])}.contains(context.personalData)`,
    (question) => ({ key: 'legal-basis', values: { found: the(question).personalData } }),
    (question) => ({ key: 'to-basis', values: { found: the(question).personalData } }),
  );
  restrict(
    'purposes',
    `!${cedarSet(flow.purposes)}.contains(context.purpose)`,
    (question) => ({ key: 'purposes', values: { agreed: flow.purposes, asked: question.purpose } }),
    (question) => ({ key: 'to-purpose', values: { agreed: flow.purposes, asked: question.purpose } }),
  );
  const { only, except } = flow.countries;
  if (only) {
    restrict(
      'countries.only',
      `context.countries.isEmpty() || !${cedarSet(only)}.containsAll(context.countries)`,
      (question) =>
        the(question).countries?.length
          ? { key: 'countries-only', values: { only, found: the(question).countries! } }
          : { key: 'countries-unknown', values: { only } },
      () => ({ key: 'to-countries', values: { only } }),
    );
  }
  if (except?.length) {
    restrict(
      'countries.except',
      `context.countries.containsAny(${cedarSet(except)})`,
      () => ({ key: 'countries-except', values: { except } }),
      () => ({ key: 'to-except', values: { except } }),
    );
  }
  const { operations } = flow;
  if (operations) {
    restrict(
      'operations',
      `!context.operations.containsAny(${cedarSet(operations)})`,
      () => ({ key: 'operations', values: { operations } }),
      () => ({ key: 'to-operations', values: { operations } }),
    );
  }
  if (flow.excludedMatters.length > 0) {
    restrict(
      'excludedMatters',
      `context.matters.containsAny(${cedarSet(flow.excludedMatters)})`,
      (question) => ({
        key: 'matters',
        values: {
          matters: flow.excludedMatters.filter((matter) => the(question).matters?.includes(matter)),
        },
      }),
      () => ({ key: 'to-matters', values: {} }),
    );
  }
  for (const [place, party] of agreement.parties.entries()) {
    if (!flow.to.includes(party.id) || PUBLIC_BODIES.includes(party.kind)) continue;
    clauses.push({
      path: `parties[${place}].kind`,
      effect: 'ask',
      when: `principal == Party::${cedarString(party.id)} && (context.category == "case-data" || ${cedarSet(SENSITIVE)}.contains(context.personalData))`,
      reason: () => ({ key: 'no-public-body', values: { party: party.name } }),
      remedy: () => ({ key: 'to-agree', values: { giver } }),
    });
  }
  restrictOnward(flow, giver, restrict);
  restrictEvidence(flow, giver, restrict);
  if (flow.attribution !== 'named') {
    const asked = flow.attribution === 'ask';
    restrict(
      'attribution',
      'context.attributed',
      () => ({ key: asked ? 'attribution-ask' : 'attribution-never', values: { giver } }),
      () => ({ key: asked ? 'to-name' : 'to-name-never', values: { giver } }),
      { effect: asked ? 'ask' : 'deny' },
    );
  }
  if (flow.routingOnly) {
    restrict(
      'routingOnly',
      'context.personalData != "none" && (context.purpose != "routing" || ![Action::"release", Action::"onward"].contains(action))',
      () => ({ key: 'routing-only', values: {} }),
      () => ({ key: 'to-route', values: {} }),
    );
  }
  return { path, clauses };
}

type Restrict = (
  field: string,
  when: string,
  reason: Clause['reason'],
  remedy: NonNullable<Clause['remedy']>,
  options?: { effect?: 'deny' | 'ask'; scope?: string },
) => void;

function restrictOnward(flow: Flow, giver: string, restrict: Restrict): void {
  const scope = `action in ${PASSING_ON}`;
  // What TLP 2.0 itself says about sharing further: RED and AMBER+STRICT stay, AMBER reaches the recipient's own members.
  restrict(
    'onward',
    `context.passedOn && (context.tlp >= ${tlpRank('amber+strict')} || (context.tlp == ${tlpRank('amber')} && !context.toMember))`,
    (question) =>
      question.releaseClass!.tlp === 'amber'
        ? { key: 'onward-amber', values: {} }
        : { key: 'onward-marking', values: { marking: tlpLabel(question.releaseClass!.tlp) } },
    () => ({ key: 'to-mark-open', values: { giver } }),
    { scope },
  );
  const { mode, named = [] } = flow.onward;
  if (mode === 'none') {
    restrict(
      'onward',
      'context.passedOn',
      () => ({ key: 'onward-none', values: {} }),
      () => ({ key: 'to-onward', values: {} }),
      { scope },
    );
  } else if (mode === 'ask') {
    restrict(
      'onward',
      'context.passedOn',
      () => ({ key: 'onward-ask', values: { giver } }),
      () => ({ key: 'to-agree', values: { giver } }),
      { scope, effect: 'ask' },
    );
  } else if (mode === 'members') {
    restrict(
      'onward',
      'context.passedOn && !context.toMember',
      (question) => ({ key: 'onward-members', values: { to: question.onwardTo ?? '' } }),
      (question) => ({ key: 'to-member', values: { to: question.onwardTo ?? '' } }),
      { scope },
    );
  } else {
    restrict(
      'onward',
      `context.passedOn && !${cedarSet(named)}.contains(context.onwardTo)`,
      (question) => ({ key: 'onward-named', values: { named, to: question.onwardTo ?? '' } }),
      (question) => ({ key: 'to-recipient', values: { to: question.onwardTo ?? '' } }),
      { scope },
    );
  }
}

function restrictEvidence(flow: Flow, giver: string, restrict: Restrict): void {
  const { code, restriction } = flow.evidenceUse;
  const evidence = 'action == Action::"evidence-use"';
  const dissemination = `action in [Action::"evidence-use", Action::"onward", Action::"export"]`;
  if (code === 'H3') {
    restrict(
      'evidenceUse',
      'true',
      () =>
        restriction === undefined
          ? { key: 'evidence-code', values: { code } }
          : { key: 'evidence-restricted', values: { restriction } },
      () => ({ key: 'to-lift', values: {} }),
      {
        scope: evidence,
      },
    );
  } else if (code !== 'H0') {
    restrict(
      'evidenceUse',
      code === 'H1' ? 'true' : 'action == Action::"evidence-use" || context.passedOn',
      () => ({ key: 'evidence-code', values: { code } }),
      () => ({ key: 'to-permit', values: { giver } }),
      { scope: code === 'H1' ? evidence : dissemination, effect: 'ask' },
    );
  }
  // A code on the object itself counts beside the flow's; the stricter wins because each can stand in the way. What the special
  // restriction of its H3 says is in the contributor's words elsewhere, so passing such an object on needs asking.
  const ownCode: Clause['reason'] = ({ releaseClass }) => ({
    key: 'object-code',
    values: { code: releaseClass!.handling! },
  });
  restrict(
    'evidenceUse',
    'context.handling == "H3"',
    ownCode,
    () => ({ key: 'to-lift-object', values: { giver } }),
    {
      scope: evidence,
    },
  );
  restrict(
    'evidenceUse',
    '(action == Action::"evidence-use" && ["H1", "H2"].contains(context.handling)) || (context.passedOn && ["H2", "H3"].contains(context.handling))',
    ownCode,
    () => ({ key: 'to-permit', values: { giver } }),
    { scope: dissemination, effect: 'ask' },
  );
}
