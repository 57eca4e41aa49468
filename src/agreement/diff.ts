/**
 * What an amendment changes, in words, and whether it permits more or less. Every leaf of the document is compared; a rule says for
 * each what "more" means. Where neither direction is wider, the change is only named.
 *
 * "widens" and "narrows" speak of what may cross, be used or be asked for, not of who gains by it.
 */
import type { Agreement, Flow, Service } from './document.ts';
import { instantNs } from './instant.ts';
import {
  ATTRIBUTIONS,
  CATEGORY_WORDS,
  CLEARANCES,
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
export function diffAgreements(before: Agreement, after: Agreement): Change[] {
  const changes: Change[] = [];
  const report: Report = (path, effect, words) => changes.push({ path, effect, words });
  diffHead(before, after, report);
  diffParties(before, after, report);
  diffTerm(before, after, report);
  pair(before.flows, after.flows, 'flows').forEach(({ older, newer, path }) => {
    if (older && newer) diffFlow(older, newer, path, report);
    else if (newer) report(path, 'widens', `the flow "${newer.title}" is new: ${flowWords(newer)}`);
    else report(path, 'narrows', `the flow "${older!.title}" is taken out: ${flowWords(older!)}`);
  });
  pair(before.services, after.services, 'services').forEach(({ older, newer, path }) => {
    if (older && newer) diffService(older, newer, path, report);
    else if (newer) report(path, 'widens', `the service "${newer.title}" is new`);
    else report(path, 'narrows', `the service "${older!.title}" is taken out`);
  });
  diffAccountability(before, after, report);
  diffText(before, after, report);
  return changes;
}

type Report = (path: string, effect: Change['effect'], words: string) => void;

// ------------------------------------------------------------------------------------- comparisons

/** A value on a scale; further along is wider. */
function scale<T>(
  report: Report,
  path: string,
  what: string,
  older: T,
  newer: T,
  order: readonly T[],
  label = String as (value: T) => string,
) {
  if (older === newer) return;
  const effect = order.indexOf(newer) > order.indexOf(older) ? 'widens' : 'narrows';
  report(path, effect, `${what}: ${label(older)} becomes ${label(newer)}`);
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
  report(path, newer > older ? more : less[more], `${what}: ${older} becomes ${newer}`);
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
    label = (value: string) => value,
  }: { more?: 'widens' | 'narrows' | 'changes'; label?: (value: string) => string } = {},
) {
  const less = { widens: 'narrows', narrows: 'widens', changes: 'changes' } as const;
  const added = newer.filter((value) => !older.includes(value));
  const removed = older.filter((value) => !newer.includes(value));
  if (added.length > 0) report(path, more, `${what}: ${added.map(label).join(', ')} added`);
  if (removed.length > 0) report(path, less[more], `${what}: ${removed.map(label).join(', ')} taken out`);
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
  else if (newer) report(path, 'narrows', `${what}: now only ${newer.join(', ')}`);
  else if (older) report(path, 'widens', `${what}: no longer only ${older.join(', ')}`);
}

function plain(report: Report, path: string, what: string, older: unknown, newer: unknown) {
  const [a, b] = [JSON.stringify(older), JSON.stringify(newer)];
  if (a === b) return;
  const show = (value: unknown) =>
    value === undefined ? 'nothing' : typeof value === 'object' ? 'other details' : `"${value}"`;
  const words =
    typeof older === 'object' || typeof newer === 'object'
      ? `${what} changes`
      : `${what}: ${show(older)} becomes ${show(newer)}`;
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
  plain(report, 'title', 'the title', before.title, after.title);
  plain(report, 'under', 'the agreement above it', before.under?.agreement, after.under?.agreement);
  plain(
    report,
    'predecessor',
    'the predecessor',
    before.predecessor?.agreement,
    after.predecessor?.agreement,
  );
  if (JSON.stringify(before.successor) !== JSON.stringify(after.successor)) {
    const { successor } = after;
    if (successor)
      report('successor', 'narrows', `"${successor.title}" takes its place on ${successor.from}`);
    else report('successor', 'widens', `"${before.successor!.title}" no longer takes its place`);
  }
}

function diffParties(before: Agreement, after: Agreement, report: Report): void {
  after.parties.forEach((party, i) => {
    const path = `parties[${i}]`;
    const older = before.parties.find(({ id }) => id === party.id);
    if (!older) {
      report(path, 'widens', `${party.name} becomes a party`);
      return;
    }
    plain(report, `${path}.name`, 'the name', older.name, party.name);
    plain(report, `${path}.kind`, `the kind of ${party.name}`, older.kind, party.kind);
    set(report, `${path}.roles`, `the roles of ${party.name}`, older.roles, party.roles);
    set(report, `${path}.members`, `the members of ${party.name}`, older.members, party.members);
    const keys = (list: readonly { kid: string }[]) => list.map(({ kid }) => kid);
    set(report, `${path}.nodes`, `the machines of ${party.name}`, keys(older.nodes), keys(party.nodes));
    plain(report, `${path}.signatories`, `who signs for ${party.name}`, older.signatories, party.signatories);
    plain(report, `${path}.signing`, `how many sign for ${party.name}`, older.signing, party.signing);
    plain(report, `${path}.contacts`, `the contacts of ${party.name}`, older.contacts, party.contacts);
    plain(
      report,
      `${path}.dueDiligence`,
      `the due diligence on ${party.name}`,
      older.dueDiligence,
      party.dueDiligence,
    );
  });
  before.parties.forEach((party, i) => {
    if (!after.parties.some(({ id }) => id === party.id))
      report(`parties[${i}]`, 'narrows', `${party.name} is no longer a party`);
  });
}

function diffTerm({ term: before }: Agreement, { term: after }: Agreement, report: Report): void {
  const earlier = (a: string, b: string) => instantNs(a)! < instantNs(b)!;
  const moved = (path: string, what: string, older: string, newer: string, later: 'widens' | 'narrows') => {
    if (instantNs(older) === instantNs(newer)) return;
    const wider = earlier(older, newer) === (later === 'widens');
    report(path, wider ? 'widens' : 'narrows', `${what}: ${older} becomes ${newer}`);
  };
  moved('term.from', 'the beginning', before.from, after.from, 'narrows');
  moved('term.until', 'the end', before.until, after.until, 'widens');
  plain(report, 'term.renewal', 'the renewal', before.renewal, after.renewal);
  amount(report, 'term.notice.days', 'days of notice', before.notice.days, after.notice.days, 'changes');
  set(
    report,
    'term.notice.immediate',
    'grounds for ending at once',
    before.notice.immediate,
    after.notice.immediate,
    { more: 'changes' },
  );
  set(report, 'term.suspension.by', 'who may suspend', before.suspension.by, after.suspension.by, {
    more: 'changes',
  });
  amount(
    report,
    'term.suspension.daysMax',
    'longest suspension in days',
    before.suspension.daysMax,
    after.suspension.daysMax,
    'changes',
  );
  const end = 'term.atEnd';
  for (const [field, what] of [
    ['objects', 'what was received, after the end'],
    ['personalData', 'personal data, after the end'],
  ] as const) {
    const kept = (value: string) => value === 'keep';
    const [older, newer] = [before.atEnd[field], after.atEnd[field]];
    if (older === newer) continue;
    const effect = kept(newer) ? 'widens' : kept(older) ? 'narrows' : 'changes';
    report(`${end}.${field}`, effect, `${what}: ${older} becomes ${newer}`);
  }
  scale(
    report,
    `${end}.openCases`,
    'open cases, after the end',
    before.atEnd.openCases,
    after.atEnd.openCases,
    ['close', 'finish'],
  );
  amount(
    report,
    `${end}.openCaseDays`,
    'days to finish open cases',
    before.atEnd.openCaseDays,
    after.atEnd.openCaseDays,
  );
  scale(report, `${end}.accounts`, 'accounts, after the end', before.atEnd.accounts, after.atEnd.accounts, [
    'close',
    'keep-read-only',
  ]);
  scale(report, `${end}.seats`, 'seats, after the end', before.atEnd.seats, after.atEnd.seats, [
    'close',
    'run-out',
  ]);
  amount(report, `${end}.days`, 'days to wind up', before.atEnd.days, after.atEnd.days);
}

function diffFlow(before: Flow, after: Flow, path: string, report: Report): void {
  const of = `of "${after.title}"`;
  plain(report, `${path}.title`, 'the title of a flow', before.title, after.title);
  plain(report, `${path}.from`, `the giver ${of}`, before.from, after.from);
  set(report, `${path}.to`, `recipients ${of}`, before.to, after.to);
  const category = (value: string) => CATEGORY_WORDS[value as keyof typeof CATEGORY_WORDS];
  set(report, `${path}.categories`, `what may cross ${of}`, before.categories, after.categories, {
    label: category,
  });
  set(report, `${path}.personalData`, `personal data ${of}`, before.personalData, after.personalData);
  scale(report, `${path}.tlp`, `the TLP ceiling ${of}`, before.tlp, after.tlp, TLP_LEVELS, tlpLabel);
  scale(report, `${path}.pap`, `the PAP ceiling ${of}`, before.pap, after.pap, PAP_LEVELS, papLabel);
  set(report, `${path}.purposes`, `purposes ${of}`, before.purposes, after.purposes);
  const covered = (flow: Flow) => [...new Set(flow.legalBasis.flatMap(({ covers }) => covers))];
  set(report, `${path}.legalBasis`, `personal data covered by law ${of}`, covered(before), covered(after));
  const references = (flow: Flow) => flow.legalBasis.map(({ reference }) => reference);
  set(report, `${path}.legalBasis`, `provisions ${of}`, references(before), references(after), {
    more: 'changes',
  });
  restriction(
    report,
    `${path}.countries.only`,
    `countries ${of}`,
    before.countries.only,
    after.countries.only,
  );
  set(
    report,
    `${path}.countries.except`,
    `countries left out ${of}`,
    before.countries.except,
    after.countries.except,
    { more: 'narrows' },
  );
  restriction(report, `${path}.operations`, `operations ${of}`, before.operations, after.operations);
  set(
    report,
    `${path}.excludedMatters`,
    `matters left out ${of}`,
    before.excludedMatters,
    after.excludedMatters,
    { more: 'narrows' },
  );
  diffOnward(before, after, path, of, report);
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
    report(`${path}.evidenceUse`, effect, `the handling code ${of}: ${older.code} becomes ${newer.code}`);
  } else plain(report, `${path}.evidenceUse`, `the restriction ${of}`, older.restriction, newer.restriction);
  scale(
    report,
    `${path}.attribution`,
    `naming the source ${of}`,
    before.attribution,
    after.attribution,
    ATTRIBUTIONS.toReversed(),
  );
  amount(
    report,
    `${path}.retention.days`,
    `days of retention ${of}`,
    before.retention.days,
    after.retention.days,
  );
  amount(
    report,
    `${path}.retention.reviewDays`,
    `days until review ${of}`,
    before.retention.reviewDays,
    after.retention.reviewDays,
    'changes',
  );
  scale(
    report,
    `${path}.routingOnly`,
    `personal data for routing only ${of}`,
    before.routingOnly,
    after.routingOnly,
    [true, false],
    (on) => (on ? 'yes' : 'no'),
  );
}

function diffOnward(
  { onward: before }: Flow,
  { onward: after }: Flow,
  path: string,
  of: string,
  report: Report,
): void {
  if (before.mode === after.mode) {
    set(report, `${path}.onward.named`, `onward sharing ${of}`, before.named, after.named);
    return;
  }
  // Asking can end in yes for anybody, members and names are yes for some: only "none" is comparable with all.
  const effect = before.mode === 'none' ? 'widens' : after.mode === 'none' ? 'narrows' : 'changes';
  report(`${path}.onward`, effect, `onward sharing ${of}: ${before.mode} becomes ${after.mode}`);
}

function diffService(before: Service, after: Service, path: string, report: Report): void {
  const of = `of "${after.title}"`;
  plain(report, `${path}.title`, 'the title of a service', before.title, after.title);
  plain(report, `${path}.kind`, `the kind ${of}`, before.kind, after.kind);
  plain(report, `${path}.from`, `the giver ${of}`, before.from, after.from);
  set(report, `${path}.to`, `who may ask ${of}`, before.to, after.to);
  set(report, `${path}.purposes`, `purposes ${of}`, before.purposes, after.purposes);
  const [older, newer] = [before.quota, after.quota];
  if (older.unit === newer.unit && older.per === newer.per) {
    amount(report, `${path}.quota`, `${newer.unit} a ${newer.per} ${of}`, older.amount, newer.amount);
  } else {
    const words = `the quota ${of}: ${older.amount} ${older.unit} a ${older.per} becomes ${newer.amount} ${newer.unit} a ${newer.per}`;
    report(`${path}.quota`, 'changes', words);
  }
  scale(
    report,
    `${path}.clearance`,
    `the clearance ${of}`,
    before.clearance ?? 'none',
    after.clearance ?? 'none',
    CLEARANCES.toReversed(),
  );
  restriction(report, `${path}.tools`, `tools ${of}`, before.tools, after.tools);
  const top = TRAINING_LEVELS.at(-1)!;
  scale(report, `${path}.level`, `the level ${of}`, before.level ?? top, after.level ?? top, TRAINING_LEVELS);
  scale(report, `${path}.hours`, `hours ${of}`, before.hours, after.hours, ['office', 'always']);
  plain(report, `${path}.targets`, `the response targets ${of}`, before.targets, after.targets);
}

function diffAccountability(
  { accountability: before }: Agreement,
  { accountability: after }: Agreement,
  report: Report,
): void {
  set(report, 'accountability.audit.by', 'who may audit', before.audit.by, after.audit.by);
  amount(
    report,
    'accountability.audit.noticeDays',
    'days before an audit',
    before.audit.noticeDays,
    after.audit.noticeDays,
    'narrows',
  );
  scale(report, 'accountability.logAccess', 'access to the ledger', before.logAccess, after.logAccess, [
    'none',
    'own-contributions',
    'all',
  ]);
  amount(
    report,
    'accountability.breachNoticeHours',
    'hours to report a breach',
    before.breachNoticeHours,
    after.breachNoticeHours,
    'changes',
  );
  scale(report, 'accountability.transparency', 'publishing counts', before.transparency, after.transparency, [
    'none',
    'counts',
  ]);
}

function diffText({ text: before }: Agreement, { text: after }: Agreement, report: Report): void {
  plain(report, 'text.authentic', 'the authentic language', before.authentic, after.authentic);
  for (const language of ['ar', 'en', 'fr', 'es'] as const) {
    const [older, newer] = [before.languages[language]?.sha256, after.languages[language]?.sha256];
    if (older === newer) continue;
    const what = older === undefined ? 'is new' : newer === undefined ? 'is taken out' : 'changes';
    report(`text.languages.${language}`, 'changes', `the text in ${language} ${what}`);
  }
}

function flowWords(flow: Flow): string {
  return `${flow.categories.map((category) => CATEGORY_WORDS[category]).join(', ')} from ${flow.from} to ${flow.to.join(', ')}, up to ${tlpLabel(flow.tlp)}`;
}
