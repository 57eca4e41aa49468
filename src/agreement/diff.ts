/**
 * What an amendment changes, in words, and whether it permits more or less. Every leaf of the document is compared; a rule says for
 * each what "more" means. Where neither direction is wider, the change is only named.
 *
 * "widens" and "narrows" speak of what may cross, be used or be asked for, not of who gains by it.
 */
import { DIFF_WORDS, type DiffWords, type What } from './diff-words.ts';
import type { Agreement, Flow, Service } from './document.ts';
import { instantNs } from './instant.ts';
import {
  ATTRIBUTIONS,
  CLEARANCES,
  LANGUAGES,
  type Language,
  PAP_LEVELS,
  papLabel,
  TLP_LEVELS,
  TRAINING_LEVELS,
  tlpLabel,
} from './terms.ts';

export interface Change {
  /** In the newer text, or in the older for what was taken out. */
  readonly path: string;
  readonly effect: 'widens' | 'narrows' | 'changes';
  readonly words: string;
}

/** In the order of the newer document, then what was taken out. */
export function diffAgreements(before: Agreement, after: Agreement, language: Language = 'en'): Change[] {
  const changes: Change[] = [];
  const say = DIFF_WORDS[language];
  const report: Report = Object.assign(
    (path: string, effect: Change['effect'], words: string) => void changes.push({ path, effect, words }),
    { say },
  );
  diffHead(before, after, report);
  diffParties(before, after, report);
  diffTerm(before, after, report);
  pair(before.flows, after.flows, 'flows').forEach(({ older, newer, path }) => {
    if (older && newer) diffFlow(older, newer, path, report);
    else if (newer) report(path, 'widens', say.newFlow(newer.title, flowWords(newer, say)));
    else report(path, 'narrows', say.noFlow(older!.title, flowWords(older!, say)));
  });
  pair(before.services, after.services, 'services').forEach(({ older, newer, path }) => {
    if (older && newer) diffService(older, newer, path, report);
    else if (newer) report(path, 'widens', say.newService(newer.title));
    else report(path, 'narrows', say.noService(older!.title));
  });
  diffAccountability(before, after, report);
  diffText(before, after, report);
  return changes;
}

interface Report {
  (path: string, effect: Change['effect'], words: string): void;
  /** The reader's language. */
  readonly say: DiffWords;
}

// ------------------------------------------------------------------------------------- comparisons

/** A value on a scale; further along is wider. */
function scale<T>(
  report: Report,
  path: string,
  what: string,
  older: T,
  newer: T,
  order: readonly T[],
  label = (value: T) => report.say.value(String(value)),
) {
  if (older === newer) return;
  const effect = order.indexOf(newer) > order.indexOf(older) ? 'widens' : 'narrows';
  report(path, effect, report.say.becomes(what, label(older), label(newer)));
}

function amount(
  report: Report,
  path: string,
  what: string,
  older: number,
  newer: number,
  more: 'widens' | 'narrows' | 'changes' = 'widens',
) {
  if (older === newer) return;
  const less = { widens: 'narrows', narrows: 'widens', changes: 'changes' } as const;
  report(path, newer > older ? more : less[more], report.say.becomes(what, String(older), String(newer)));
}

/** A set in which each member permits (or, turned, forbids) something. */
function set(
  report: Report,
  path: string,
  what: string,
  older: readonly string[] = [],
  newer: readonly string[] = [],
  {
    more = 'widens',
    label = (value: string) => report.say.value(value),
  }: { more?: 'widens' | 'narrows' | 'changes'; label?: (value: string) => string } = {},
) {
  const less = { widens: 'narrows', narrows: 'widens', changes: 'changes' } as const;
  const added = newer.filter((value) => !older.includes(value));
  const removed = older.filter((value) => !newer.includes(value));
  if (added.length > 0) report(path, more, report.say.added(what, added.map(label).join(', ')));
  if (removed.length > 0) report(path, less[more], report.say.takenOut(what, removed.map(label).join(', ')));
}

/** A restriction to a set, which may be absent: then it restricts nothing. */
function restriction(
  report: Report,
  path: string,
  what: string,
  older?: readonly string[],
  newer?: readonly string[],
) {
  if (older && newer) set(report, path, what, older, newer);
  else if (newer) report(path, 'narrows', report.say.nowOnly(what, newer.join(', ')));
  else if (older) report(path, 'widens', report.say.noLongerOnly(what, older.join(', ')));
}

/** What neither direction makes wider. `label` names values of the document's vocabulary; others are quoted. */
function plain(
  report: Report,
  path: string,
  what: string,
  older: unknown,
  newer: unknown,
  label = (value: string) => report.say.quoted(value),
) {
  const [a, b] = [JSON.stringify(older), JSON.stringify(newer)];
  if (a === b) return;
  const { say } = report;
  const show = (value: unknown) => (value === undefined ? say.nothing : label(String(value)));
  const words =
    typeof older === 'object' || typeof newer === 'object'
      ? say.changes(what)
      : say.becomes(what, show(older), show(newer));
  report(path, 'changes', words);
}

interface Titled {
  readonly title: string;
  readonly from: string;
  readonly to: readonly string[];
}

/** Clauses are recognised by their title, else by direction and place. */
function pair<T extends Titled>(
  older: readonly T[],
  newer: readonly T[],
  name: string,
): { older?: T; newer?: T; path: string }[] {
  const open = new Map(older.map((clause, i) => [clause, i]));
  const take = (fits: (clause: T) => boolean): T | undefined => {
    const found = [...open.keys()].find(fits);
    if (found) open.delete(found);
    return found;
  };
  const byTitle = newer.map((clause) => take((other) => other.title === clause.title));
  const pairs = newer.map((clause, i) => {
    const match =
      byTitle[i] ??
      take(
        (other) =>
          other.from === clause.from && other.to.join() === clause.to.join() && open.get(other) === i,
      );
    return { newer: clause, path: `${name}[${i}]`, ...(match ? { older: match } : {}) };
  });
  return [...pairs, ...[...open].map(([clause, i]) => ({ older: clause, path: `${name}[${i}]` }))];
}

// --------------------------------------------------------------------------------------- the parts

function diffHead(before: Agreement, after: Agreement, report: Report): void {
  const { say } = report;
  plain(report, 'title', say.what.title, before.title, after.title);
  plain(report, 'under', say.what.under, before.under?.agreement, after.under?.agreement);
  plain(
    report,
    'predecessor',
    say.what.predecessor,
    before.predecessor?.agreement,
    after.predecessor?.agreement,
  );
  if (JSON.stringify(before.successor) !== JSON.stringify(after.successor)) {
    const { successor } = after;
    if (successor) report('successor', 'narrows', say.successor(successor.title, successor.from));
    else report('successor', 'widens', say.noSuccessor(before.successor!.title));
  }
}

function diffParties(before: Agreement, after: Agreement, report: Report): void {
  const { say } = report;
  after.parties.forEach((party, i) => {
    const path = `parties[${i}]`;
    const older = before.parties.find(({ id }) => id === party.id);
    if (!older) {
      report(path, 'widens', say.newParty(party.name));
      return;
    }
    const its = (what: What) => say.ofParty(say.what[what], party.name);
    plain(report, `${path}.name`, say.what.name, older.name, party.name);
    plain(report, `${path}.kind`, its('kind'), older.kind, party.kind, (kind) => say.value(kind));
    set(report, `${path}.roles`, its('roles'), older.roles, party.roles);
    set(report, `${path}.members`, its('members'), older.members, party.members);
    const keys = (list: readonly { kid: string }[]) => list.map(({ kid }) => kid);
    set(report, `${path}.nodes`, its('machines'), keys(older.nodes), keys(party.nodes));
    plain(report, `${path}.signatories`, its('signatories'), older.signatories, party.signatories);
    plain(report, `${path}.signing`, its('signing'), older.signing, party.signing, (how) =>
      say.value(how, 'signing'),
    );
    plain(report, `${path}.contacts`, its('contacts'), older.contacts, party.contacts);
    plain(report, `${path}.dueDiligence`, its('due-diligence'), older.dueDiligence, party.dueDiligence);
  });
  before.parties.forEach((party, i) => {
    if (!after.parties.some(({ id }) => id === party.id))
      report(`parties[${i}]`, 'narrows', say.noParty(party.name));
  });
}

function diffTerm({ term: before }: Agreement, { term: after }: Agreement, report: Report): void {
  const { say } = report;
  const earlier = (a: string, b: string) => instantNs(a)! < instantNs(b)!;
  const moved = (path: string, what: string, older: string, newer: string, later: 'widens' | 'narrows') => {
    if (instantNs(older) === instantNs(newer)) return;
    const wider = earlier(older, newer) === (later === 'widens');
    report(path, wider ? 'widens' : 'narrows', say.becomes(what, older, newer));
  };
  moved('term.from', say.what.beginning, before.from, after.from, 'narrows');
  moved('term.until', say.what.end, before.until, after.until, 'widens');
  plain(report, 'term.renewal', say.what.renewal, before.renewal, after.renewal);
  amount(
    report,
    'term.notice.days',
    say.what['notice-days'],
    before.notice.days,
    after.notice.days,
    'changes',
  );
  set(
    report,
    'term.notice.immediate',
    say.what['end-at-once'],
    before.notice.immediate,
    after.notice.immediate,
    { more: 'changes' },
  );
  set(report, 'term.suspension.by', say.what['suspended-by'], before.suspension.by, after.suspension.by, {
    more: 'changes',
  });
  amount(
    report,
    'term.suspension.daysMax',
    say.what['suspension-days'],
    before.suspension.daysMax,
    after.suspension.daysMax,
    'changes',
  );
  const end = 'term.atEnd';
  for (const [field, what] of [
    ['objects', say.what['objects-after']],
    ['personalData', say.what['personal-data-after']],
  ] as const) {
    const kept = (value: string) => value === 'keep';
    const [older, newer] = [before.atEnd[field], after.atEnd[field]];
    if (older === newer) continue;
    const effect = kept(newer) ? 'widens' : kept(older) ? 'narrows' : 'changes';
    report(`${end}.${field}`, effect, say.becomes(what, say.value(older), say.value(newer)));
  }
  scale(
    report,
    `${end}.openCases`,
    say.what['open-cases-after'],
    before.atEnd.openCases,
    after.atEnd.openCases,
    ['close', 'finish'],
  );
  amount(
    report,
    `${end}.openCaseDays`,
    say.what['open-case-days'],
    before.atEnd.openCaseDays,
    after.atEnd.openCaseDays,
  );
  scale(report, `${end}.accounts`, say.what['accounts-after'], before.atEnd.accounts, after.atEnd.accounts, [
    'close',
    'keep-read-only',
  ]);
  scale(report, `${end}.seats`, say.what['seats-after'], before.atEnd.seats, after.atEnd.seats, [
    'close',
    'run-out',
  ]);
  amount(report, `${end}.days`, say.what['wind-up-days'], before.atEnd.days, after.atEnd.days);
}

function diffFlow(before: Flow, after: Flow, path: string, report: Report): void {
  const { say } = report;
  const its = (what: What) => say.of(say.what[what], after.title);
  plain(report, `${path}.title`, say.what['flow-title'], before.title, after.title);
  plain(report, `${path}.from`, its('giver'), before.from, after.from);
  set(report, `${path}.to`, its('recipients'), before.to, after.to);
  const category = (value: string) => say.value(value, 'category');
  set(report, `${path}.categories`, its('categories'), before.categories, after.categories, {
    label: category,
  });
  set(report, `${path}.personalData`, its('personal-data'), before.personalData, after.personalData);
  scale(report, `${path}.tlp`, its('tlp'), before.tlp, after.tlp, TLP_LEVELS, tlpLabel);
  scale(report, `${path}.pap`, its('pap'), before.pap, after.pap, PAP_LEVELS, papLabel);
  set(report, `${path}.purposes`, its('purposes'), before.purposes, after.purposes);
  const covered = (flow: Flow) => [...new Set(flow.legalBasis.flatMap(({ covers }) => covers))];
  set(report, `${path}.legalBasis`, its('covered-by-law'), covered(before), covered(after));
  const references = (flow: Flow) => flow.legalBasis.map(({ reference }) => reference);
  set(report, `${path}.legalBasis`, its('provisions'), references(before), references(after), {
    more: 'changes',
  });
  restriction(
    report,
    `${path}.countries.only`,
    its('countries'),
    before.countries.only,
    after.countries.only,
  );
  set(
    report,
    `${path}.countries.except`,
    its('countries-except'),
    before.countries.except,
    after.countries.except,
    { more: 'narrows' },
  );
  restriction(report, `${path}.operations`, its('operations'), before.operations, after.operations);
  set(
    report,
    `${path}.excludedMatters`,
    its('excluded-matters'),
    before.excludedMatters,
    after.excludedMatters,
    { more: 'narrows' },
  );
  diffOnward(before, after, path, its('onward'), report);
  const [older, newer] = [before.evidenceUse, after.evidenceUse];
  if (older.code !== newer.code) {
    // H3 forbids evidence use but asks nobody before passing on, which H2 does: neither is wider.
    const order = ['H2', 'H1', 'H0'];
    const effect =
      order.includes(older.code) && order.includes(newer.code)
        ? order.indexOf(newer.code) > order.indexOf(older.code)
          ? 'widens'
          : 'narrows'
        : newer.code === 'H3' && older.code !== 'H2'
          ? 'narrows'
          : older.code === 'H3' && newer.code !== 'H2'
            ? 'widens'
            : 'changes';
    report(`${path}.evidenceUse`, effect, say.becomes(its('handling-code'), older.code, newer.code));
  } else plain(report, `${path}.evidenceUse`, its('restriction'), older.restriction, newer.restriction);
  scale(
    report,
    `${path}.attribution`,
    its('attribution'),
    before.attribution,
    after.attribution,
    ATTRIBUTIONS.toReversed(),
    (value) => say.value(value, 'attribution'),
  );
  amount(
    report,
    `${path}.retention.days`,
    its('retention-days'),
    before.retention.days,
    after.retention.days,
  );
  amount(
    report,
    `${path}.retention.reviewDays`,
    its('review-days'),
    before.retention.reviewDays,
    after.retention.reviewDays,
    'changes',
  );
  scale(
    report,
    `${path}.routingOnly`,
    its('routing-only'),
    before.routingOnly,
    after.routingOnly,
    [true, false],
    (on) => (on ? say.yes : say.no),
  );
}

function diffOnward(
  { onward: before }: Flow,
  { onward: after }: Flow,
  path: string,
  what: string,
  report: Report,
): void {
  const { say } = report;
  if (before.mode === after.mode) {
    set(report, `${path}.onward.named`, what, before.named, after.named);
    return;
  }
  // Asking can end in yes for anybody, members and names are yes for some: only "none" is comparable with all.
  const effect = before.mode === 'none' ? 'widens' : after.mode === 'none' ? 'narrows' : 'changes';
  const [older, newer] = [before.mode, after.mode].map((mode) => say.value(mode, 'onward'));
  report(`${path}.onward`, effect, say.becomes(what, older!, newer!));
}

function diffService(before: Service, after: Service, path: string, report: Report): void {
  const { say } = report;
  const its = (what: What) => say.of(say.what[what], after.title);
  plain(report, `${path}.title`, say.what['service-title'], before.title, after.title);
  plain(report, `${path}.kind`, its('kind'), before.kind, after.kind, (kind) => say.value(kind));
  plain(report, `${path}.from`, its('giver'), before.from, after.from);
  set(report, `${path}.to`, its('who-may-ask'), before.to, after.to);
  set(report, `${path}.purposes`, its('purposes'), before.purposes, after.purposes);
  const [older, newer] = [before.quota, after.quota];
  if (older.unit === newer.unit && older.per === newer.per) {
    const what = say.of(say.per(newer.unit, newer.per), after.title);
    amount(report, `${path}.quota`, what, older.amount, newer.amount);
  } else {
    const [then, now] = [older, newer].map(({ amount, unit, per }) => `${amount} ${say.per(unit, per)}`);
    report(`${path}.quota`, 'changes', say.becomes(its('quota'), then!, now!));
  }
  scale(
    report,
    `${path}.clearance`,
    its('clearance'),
    before.clearance ?? 'none',
    after.clearance ?? 'none',
    CLEARANCES.toReversed(),
  );
  restriction(report, `${path}.tools`, its('tools'), before.tools, after.tools);
  const top = TRAINING_LEVELS.at(-1)!;
  scale(report, `${path}.level`, its('level'), before.level ?? top, after.level ?? top, TRAINING_LEVELS);
  scale(report, `${path}.hours`, its('hours'), before.hours, after.hours, ['office', 'always']);
  plain(report, `${path}.targets`, its('targets'), before.targets, after.targets);
}

function diffAccountability(
  { accountability: before }: Agreement,
  { accountability: after }: Agreement,
  report: Report,
): void {
  const { say } = report;
  set(report, 'accountability.audit.by', say.what['audited-by'], before.audit.by, after.audit.by);
  amount(
    report,
    'accountability.audit.noticeDays',
    say.what['audit-notice'],
    before.audit.noticeDays,
    after.audit.noticeDays,
    'narrows',
  );
  scale(
    report,
    'accountability.logAccess',
    say.what['log-access'],
    before.logAccess,
    after.logAccess,
    ['none', 'own-contributions', 'all'],
    (value) => say.value(value, 'log'),
  );
  amount(
    report,
    'accountability.breachNoticeHours',
    say.what['breach-hours'],
    before.breachNoticeHours,
    after.breachNoticeHours,
    'changes',
  );
  scale(
    report,
    'accountability.transparency',
    say.what.transparency,
    before.transparency,
    after.transparency,
    ['none', 'counts'],
    (value) => say.value(value, 'transparency'),
  );
}

function diffText({ text: before }: Agreement, { text: after }: Agreement, report: Report): void {
  const { say } = report;
  plain(report, 'text.authentic', say.what.authentic, before.authentic, after.authentic, (one) =>
    say.value(one),
  );
  for (const language of LANGUAGES) {
    const [older, newer] = [before.languages[language]?.sha256, after.languages[language]?.sha256];
    if (older === newer) continue;
    const change = older === undefined ? 'new' : newer === undefined ? 'out' : 'changed';
    report(`text.languages.${language}`, 'changes', say.text(language, change));
  }
}

function flowWords(flow: Flow, say: DiffWords): string {
  const categories = flow.categories.map((category) => say.value(category, 'category')).join(', ');
  return say.flow(categories, flow.from, flow.to.join(', '), tlpLabel(flow.tlp));
}
