/**
 * A flow as Cedar policies. The permit covers a direction and its categories; every other field is a policy that forbids what the
 * field does not allow. Context attributes are in `FLOW_SCHEMA`; `flowContext` fills them from a question.
 */
import { type CedarValue, cedarParties, cedarSet, cedarString } from './cedar.ts';
import { type Clause, type ClauseGroup, findParty, list, partyName } from './clause.ts';
import type { Agreement, Flow } from './document.ts';
import type { Question, ReleaseClass } from './question.ts';
import {
  CATEGORY_WORDS,
  EVIDENCE_WORDS,
  type PersonalDataClass,
  papLabel,
  papRank,
  tlpLabel,
  tlpRank,
} from './terms.ts';

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
  const takers = list(flow.to.map((id) => partyName(agreement, id)));
  const clauses: Clause[] = [];
  const restrict = (
    field: string,
    when: string,
    words: Clause['words'],
    remedy: Clause['remedy'],
    options: { effect?: 'deny' | 'ask'; scope?: string } = {},
  ) => {
    clauses.push({ path: `${path}.${field}`, effect: 'deny', when, words, remedy, ...options });
  };
  const the = (question: Question): ReleaseClass => question.releaseClass!;

  clauses.push({
    path,
    effect: 'permit',
    when: `context.from == ${cedarString(flow.from)} && ${cedarParties(flow.to)}.contains(principal) && ${cedarSet(flow.categories)}.contains(context.category)`,
    words: () =>
      `"${flow.title}": ${giver} gives ${list(flow.categories.map((category) => CATEGORY_WORDS[category]))} to ${takers}, up to ${tlpLabel(flow.tlp)} and ${papLabel(flow.pap)}, for ${list(flow.purposes)}`,
    remedy: () => '',
  });
  restrict(
    'tlp',
    `context.tlp > ${tlpRank(flow.tlp)}`,
    (question) =>
      `${tlpLabel(flow.tlp)} is the highest marking that may cross; this is ${tlpLabel(the(question).tlp)}`,
    (question) =>
      `${giver} marks it ${tlpLabel(flow.tlp)} or lower, or the parties raise the ceiling to ${tlpLabel(the(question).tlp)}`,
  );
  restrict(
    'pap',
    `context.pap > ${papRank(flow.pap)}`,
    (question) =>
      `${papLabel(flow.pap)} is the highest marking that may cross; this is ${papLabel(the(question).pap)}`,
    (question) =>
      `${giver} marks it ${papLabel(flow.pap)} or lower, or the parties raise the ceiling to ${papLabel(the(question).pap)}`,
  );
  restrict(
    'personalData',
    `!${cedarSet(flow.personalData)}.contains(context.personalData)`,
    (question) =>
      `personal data of the class "${the(question).personalData}" may not cross; agreed: ${list(flow.personalData)}`,
    (question) =>
      `the personal data is taken out, or the parties agree to the class "${the(question).personalData}"`,
  );
  const covered: PersonalDataClass[] = ['none', ...flow.legalBasis.flatMap((basis) => basis.covers)];
  restrict(
    'legalBasis',
    `!${cedarSet([...new Set(covered)])}.contains(context.personalData)`,
    (question) =>
      `no provision is named on which personal data of the class "${the(question).personalData}" may cross`,
    (question) => `the parties name a provision that covers the class "${the(question).personalData}"`,
  );
  restrict(
    'purposes',
    `!${cedarSet(flow.purposes)}.contains(context.purpose)`,
    (question) => `it may be used for ${list(flow.purposes)}; not for ${question.purpose}`,
    (question) => `the purpose is ${list(flow.purposes, 'or')}, or the parties add ${question.purpose}`,
  );
  const { only, except } = flow.countries;
  if (only) {
    restrict(
      'countries.only',
      `context.countries.isEmpty() || !${cedarSet(only)}.containsAll(context.countries)`,
      (question) =>
        the(question).countries?.length
          ? `it must concern ${list(only, 'or')} only; this concerns ${list(the(question).countries!)}`
          : `it must concern ${list(only, 'or')}; which country this concerns is not known`,
      () => `the object is about ${list(only, 'or')} only and says so, or the parties add the countries`,
    );
  }
  if (except?.length) {
    restrict(
      'countries.except',
      `context.countries.containsAny(${cedarSet(except)})`,
      () => `what concerns ${list(except, 'or')} is left out`,
      () => `the object does not concern ${list(except, 'or')}, or the parties take the country off the list`,
    );
  }
  const { operations } = flow;
  if (operations) {
    restrict(
      'operations',
      `!context.operations.containsAny(${cedarSet(operations)})`,
      () => `only what belongs to the operations ${list(operations)} may cross`,
      () => `the object is part of the operation ${list(operations, 'or')}, or the parties add its operation`,
    );
  }
  if (flow.excludedMatters.length > 0) {
    restrict(
      'excludedMatters',
      `context.matters.containsAny(${cedarSet(flow.excludedMatters)})`,
      (question) =>
        `matters left out by the parties: ${list(flow.excludedMatters.filter((matter) => the(question).matters?.includes(matter)))}`,
      () => 'the object does not touch these matters; the parties can take them off the list',
    );
  }
  for (const [place, party] of agreement.parties.entries()) {
    if (!flow.to.includes(party.id) || PUBLIC_BODIES.includes(party.kind)) continue;
    clauses.push({
      path: `parties[${place}].kind`,
      effect: 'ask',
      when: `principal == Party::${cedarString(party.id)} && (context.category == "case-data" || ${cedarSet(SENSITIVE)}.contains(context.personalData))`,
      words: () =>
        `${party.name} is no public body; data of a case, or about suspects, witnesses or children, needs a decision each time`,
      remedy: () => `${giver} agrees to this`,
    });
  }
  restrictOnward(flow, giver, restrict);
  restrictEvidence(flow, giver, restrict);
  if (flow.attribution !== 'named') {
    const asked = flow.attribution === 'ask';
    restrict(
      'attribution',
      'context.attributed',
      () =>
        asked
          ? `${giver} wants to be asked before it is named as the source`
          : `${giver} must not be named as the source`,
      () => (asked ? `${giver} agrees to be named, or is not named` : `${giver} is not named`),
      { effect: asked ? 'ask' : 'deny' },
    );
  }
  if (flow.routingOnly) {
    restrict(
      'routingOnly',
      'context.personalData != "none" && (context.purpose != "routing" || ![Action::"release", Action::"onward"].contains(action))',
      () =>
        'personal data crosses only to find the competent unit, be forwarded to it and be deleted; nothing else may be done with it',
      () => 'the purpose is routing, or the personal data is taken out',
    );
  }
  return { path, clauses };
}

type Restrict = (
  field: string,
  when: string,
  words: Clause['words'],
  remedy: Clause['remedy'],
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
        ? 'TLP:AMBER may be shared with the recipient’s own members only'
        : `${tlpLabel(question.releaseClass!.tlp)} stays with the recipient`,
    () => `${giver} marks it TLP:GREEN or TLP:CLEAR`,
    { scope },
  );
  const { mode, named = [] } = flow.onward;
  if (mode === 'none') {
    restrict(
      'onward',
      'context.passedOn',
      () => 'the recipient does not pass it on',
      () => 'the parties agree to onward sharing in an amendment',
      { scope },
    );
  } else if (mode === 'ask') {
    restrict(
      'onward',
      'context.passedOn',
      () => `the recipient asks ${giver} before passing it on`,
      () => `${giver} agrees to this`,
      { scope, effect: 'ask' },
    );
  } else if (mode === 'members') {
    restrict(
      'onward',
      'context.passedOn && !context.toMember',
      (question) =>
        `it may be passed on to the recipient’s members only; "${question.onwardTo ?? ''}" is none`,
      (question) => `"${question.onwardTo ?? ''}" is entered among the members`,
      { scope },
    );
  } else {
    restrict(
      'onward',
      `context.passedOn && !${cedarSet(named)}.contains(context.onwardTo)`,
      (question) => `it may be passed on to ${list(named, 'or')} only, not to "${question.onwardTo ?? ''}"`,
      (question) => `the parties name "${question.onwardTo ?? ''}"`,
      { scope },
    );
  }
}

function restrictEvidence(flow: Flow, giver: string, restrict: Restrict): void {
  const { code, restriction } = flow.evidenceUse;
  const evidence = 'action == Action::"evidence-use"';
  const dissemination = `action in [Action::"evidence-use", Action::"onward", Action::"export"]`;
  if (code === 'H3') {
    const words = restriction ?? EVIDENCE_WORDS.H3;
    restrict(
      'evidenceUse',
      'true',
      () => `evidence use is restricted (H3): ${words}`,
      () => 'the parties lift the restriction',
      {
        scope: evidence,
      },
    );
  } else if (code !== 'H0') {
    restrict(
      'evidenceUse',
      code === 'H1' ? 'true' : 'action == Action::"evidence-use" || context.passedOn',
      () => `it ${EVIDENCE_WORDS[code]} (${code})`,
      () => `${giver} permits it`,
      { scope: code === 'H1' ? evidence : dissemination, effect: 'ask' },
    );
  }
  // A code on the object itself counts beside the flow's; the stricter wins because each can stand in the way. What the special
  // restriction of its H3 says is in the contributor's words elsewhere, so passing such an object on needs asking.
  const ownWords: Clause['words'] = ({ releaseClass }) => {
    const own = releaseClass!.handling!;
    return `the object itself carries ${own}: it ${EVIDENCE_WORDS[own]}`;
  };
  restrict(
    'evidenceUse',
    'context.handling == "H3"',
    ownWords,
    () => `${giver} lifts the restriction of the object`,
    {
      scope: evidence,
    },
  );
  restrict(
    'evidenceUse',
    '(action == Action::"evidence-use" && ["H1", "H2"].contains(context.handling)) || (context.passedOn && ["H2", "H3"].contains(context.handling))',
    ownWords,
    () => `${giver} permits it`,
    { scope: dissemination, effect: 'ask' },
  );
}
