/**
 * An agreement as a page to print or turn into a PDF, in Arabic, English, French or Spanish. One self-contained file without
 * scripts; the page is a rendering for people, and says that only the signed file proves anything.
 */
import { Html, html } from '../../base/index.ts';
import { agreementDigest } from '../digest.ts';
import type { Agreement, Flow, Service } from '../document.ts';
import type { SignatureReport } from '../signatures.ts';
import { type Language, papLabel, tlpLabel } from '../terms.ts';
import type { Exported } from './exported.ts';
import { WORDS, type WordKey, type Words } from './words/index.ts';

/** The words, and the language that numbers are counted in. */
type Spoken = Words & { readonly language: Language };

/** `report` adds who signed; without it the page is that of a draft. */
export function exportHtml(
  agreement: Agreement,
  language: Language,
  report?: SignatureReport,
): Exported<string> {
  const t: Spoken = { ...WORDS[language], language };
  const notExpressed = [
    t['ne-signature'],
    ...(Object.keys(agreement.text.languages).length > 1 ? [t['ne-languages']] : []),
  ];
  const page = html`<!doctype html>
<html lang="${language}" dir="${language === 'ar' ? 'rtl' : 'ltr'}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${agreement.title}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<p class="kind">${t[agreement.instrument]}${agreement.amends ? html` · ${t.amends} ${agreement.amends.version}` : null}</p>
<h1><bdi>${agreement.title}</bdi></h1>
<p><bdi>${agreement.id}</bdi> · ${t.version} ${agreement.version}</p>
<p class="digest" dir="ltr">SHA-256 ${agreementDigest(agreement)}</p>
${(['under', 'predecessor', 'successor'] as const).map((link) => linkLine(agreement, link, t))}
</header>
${partiesSection(agreement, t)}
${termSection(agreement, t)}
<section><h2>${t.flows}</h2>${agreement.flows.length === 0 ? html`<p>${t['no-flows']}</p>` : agreement.flows.map((flow, i) => flowTable(agreement, flow, i, t))}</section>
<section><h2>${t.services}</h2>${agreement.services.length === 0 ? html`<p>${t['no-services']}</p>` : agreement.services.map((service, i) => serviceTable(agreement, service, i, t))}</section>
${accountabilitySection(agreement, t)}
${textSection(agreement, language, t)}
${signatureSection(agreement, t, report)}
<footer><h2>${t['not-expressed']}</h2><ul>${notExpressed.map((words) => html`<li>${words}</li>`)}</ul>
<p>${t['verify-with']} <code dir="ltr">entente agreement verify</code></p></footer>
</body>
</html>
`;
  return { document: page.text, notExpressed };
}

/** For paper first: A4, no backgrounds, clauses kept together, logical sides so that right-to-left mirrors. */
const STYLE = new Html(`
@page { size: A4; margin: 22mm 20mm; }
body { font: 10.5pt/1.5 "Noto Serif", "Noto Naskh Arabic", "Times New Roman", serif; max-width: 46em; margin: 2em auto; padding: 0 1em; color: #111; }
h1 { font-size: 1.7em; line-height: 1.25; margin: .2em 0; } h2 { font-size: 1.2em; border-block-end: 1px solid #888; margin-block-start: 2em; } h3 { font-size: 1em; margin-block-end: .3em; }
.kind { text-transform: none; color: #555; margin: 0; } .digest, code { font: .8em ui-monospace, monospace; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; margin-block-end: 1em; break-inside: avoid; } th, td { text-align: start; vertical-align: top; padding: .25em .6em; border-block-end: 1px solid #ccc; }
th { width: 32%; font-weight: 600; } .path { color: #555; font: .8em ui-monospace, monospace; unicode-bidi: isolate; } .prose { white-space: pre-wrap; }
`);

type Value = Html | string | number | null | undefined;

const table = (rows: readonly (readonly [string, Value | readonly Value[]])[]) =>
  html`<table>${rows.map(([head, value]) => (value === null || value === undefined ? null : html`<tr><th scope="row">${head}</th><td>${value}</td></tr>`))}</table>`;

const comma = (t: Spoken, keys: readonly string[]) =>
  keys.map((key) => t[key as WordKey]).join(t.language === 'ar' ? '، ' : ', ');
/** From the first name to the second: no browser turns an arrow round, and the wrong one says that the flow goes the other way. */
const arrow = (t: Spoken) => (t.language === 'ar' ? '←' : '→');
/** A length of time, with the plural that the language has for its number. Digits are those of the document. */
const span = (t: Spoken, amount: number, unit: 'day' | 'hour' | 'month') =>
  new Intl.NumberFormat(`${t.language}-u-nu-latn`, { style: 'unit', unit, unitDisplay: 'long' }).format(
    amount,
  );
const names = (agreement: Agreement, ids: readonly string[]) =>
  ids.map(
    (id, i) =>
      html`${i > 0 ? ' · ' : ''}<bdi>${agreement.parties.find((party) => party.id === id)?.name ?? id}</bdi>`,
  );
/** Instants stay as they are signed, in one direction. */
const time = (text: string) => html`<bdi dir="ltr">${text}</bdi>`;
const free = (text: string) => html`<bdi>${text}</bdi>`;

function linkLine(agreement: Agreement, link: 'under' | 'predecessor' | 'successor', t: Spoken): Html | null {
  const other = agreement[link];
  return other
    ? html`<p>${t[link]}: <bdi>${other.title ?? ''}</bdi> <span class="path">${other.agreement}</span></p>`
    : null;
}

function partiesSection(agreement: Agreement, t: Spoken): Html {
  return html`<section><h2>${t.parties}</h2>${agreement.parties.map(
    (party, i) =>
      html`<h3>${free(party.name)} <span class="path">parties[${i}]</span></h3>${table([
        [t[party.kind], comma(t, party.roles)],
        [t.members, party.members?.length ? free(party.members.join(', ')) : null],
        [
          `${t.signatories} (${t[`signing-${party.signing}`]})`,
          party.signatories.map(
            ({ name, title, authority, key }) =>
              html`<div><bdi>${name}</bdi>, <bdi>${title}</bdi>; ${t['signs-under']} <bdi>${authority}</bdi>; ${t.key} <code dir="ltr">${key.kid}</code></div>`,
          ),
        ],
        [t.machines, party.nodes.map(({ kid }) => html`<code dir="ltr">${kid}</code> `)],
        [
          t.contacts,
          party.contacts.length > 0
            ? party.contacts.map(
                (contact) =>
                  html`<div><bdi>${contact.name}</bdi> <bdi dir="ltr">${[contact.email, contact.phone].filter(Boolean).join(' · ')}</bdi> (${comma(t, contact.for)}${contact.alwaysReachable ? `; ${t['always-reachable']}` : ''})</div>`,
              )
            : null,
        ],
        [
          t['due-diligence'],
          party.dueDiligence
            ? html`${free(party.dueDiligence.by)}, ${time(party.dueDiligence.at)}: ${t[party.dueDiligence.outcome]}; ${t['valid-until']} ${time(party.dueDiligence.validUntil)}${party.dueDiligence.conditions ? html` (${free(party.dueDiligence.conditions)})` : null}`
            : null,
        ],
      ])}`,
  )}</section>`;
}

function termSection(agreement: Agreement, t: Spoken): Html {
  const { term } = agreement;
  const { renewal, atEnd } = term;
  const prolonged =
    renewal.mode === 'none'
      ? ''
      : `; ${span(t, renewal.months, 'month')}; ${t.times}: ${renewal.times}; ${t['notice-days']}: ${span(t, renewal.noticeDays, 'day')}`;
  return html`<section><h2>${t.term} <span class="path">term</span></h2>${table([
    [t.from, time(term.from)],
    [t.until, time(term.until)],
    [t.renewal, `${t[`renewal-${renewal.mode}`]}${prolonged}`],
    [t['notice-days'], `${span(t, term.notice.days, 'day')}`],
    [t['end-at-once'], term.notice.immediate.length > 0 ? comma(t, term.notice.immediate) : t.none],
    [
      t.suspension,
      html`${names(agreement, term.suspension.by)}${term.suspension.daysMax > 0 ? `; ${t['suspension-max']} ${span(t, term.suspension.daysMax, 'day')}` : ''}`,
    ],
  ])}<h3>${t['at-end']} <span class="path">term.atEnd</span></h3>${table([
    [t.objects, t[atEnd.objects]],
    [t['personal-data-received'], t[atEnd.personalData]],
    [
      t['open-cases'],
      atEnd.openCases === 'finish' ? `${t.finish} ${span(t, atEnd.openCaseDays, 'day')}` : t['close-cases'],
    ],
    [t.accounts, t[atEnd.accounts]],
    [t.seats, t[atEnd.seats]],
    [t['done-within'], `${span(t, atEnd.days, 'day')}`],
  ])}</section>`;
}

function flowTable(agreement: Agreement, flow: Flow, index: number, t: Spoken): Html {
  const { countries, onward, evidenceUse, legalBasis } = flow;
  const places = [
    countries.only ? `${t.only} ${countries.only.join(', ')}` : '',
    countries.except?.length ? `${t.except} ${countries.except.join(', ')}` : '',
  ].filter(Boolean);
  return html`<h3>${free(flow.title)} <span class="path">flows[${index}]</span></h3>${table([
    [t.direction, html`${names(agreement, [flow.from])} ${arrow(t)} ${names(agreement, flow.to)}`],
    [t.categories, comma(t, flow.categories)],
    [t['personal-data-classes'], comma(t, flow.personalData)],
    [t.ceiling, html`<bdi dir="ltr">${tlpLabel(flow.tlp)} · ${papLabel(flow.pap)}</bdi>`],
    [t.purposes, comma(t, flow.purposes)],
    [
      t['legal-basis'],
      legalBasis.length > 0
        ? legalBasis.map(({ reference, covers }) => html`<div>${free(reference)} (${comma(t, covers)})</div>`)
        : null,
    ],
    [t.countries, places.length > 0 ? places.join('; ') : null],
    [t['operations-only'], flow.operations ? free(flow.operations.join(', ')) : null],
    [t['excluded-matters'], flow.excludedMatters.length > 0 ? comma(t, flow.excludedMatters) : null],
    [t.onward, html`${t[`onward-${onward.mode}`]} ${onward.named ? free(onward.named.join(', ')) : null}`],
    [
      t.evidence,
      html`${t[evidenceUse.code]}${evidenceUse.restriction ? html`: ${free(evidenceUse.restriction)}` : null}`,
    ],
    [t.attribution, t[`attribution-${flow.attribution}`]],
    [
      t.retention,
      `${span(t, flow.retention.days, 'day')}; ${t.review} ${span(t, flow.retention.reviewDays, 'day')}`,
    ],
    [t['routing-only'], flow.routingOnly ? '✓' : null],
  ])}`;
}

const UNIT_WORDS = { seats: 'unit-seats', values: 'unit-values', requests: 'requests' } as const;

function serviceTable(agreement: Agreement, service: Service, index: number, t: Spoken): Html {
  const { quota } = service;
  const amount =
    quota.unit === 'days' || quota.unit === 'hours'
      ? span(t, quota.amount, quota.unit === 'days' ? 'day' : 'hour')
      : `${t[UNIT_WORDS[quota.unit]]}: ${quota.amount}`;
  return html`<h3>${free(service.title)} <span class="path">services[${index}]</span></h3>${table([
    [t[service.kind], html`${names(agreement, [service.from])} ${arrow(t)} ${names(agreement, service.to)}`],
    [t.purposes, comma(t, service.purposes)],
    [t.quota, `${amount} ${t[`per-${quota.per}`]}`],
    [t.clearance, service.clearance ? t[service.clearance] : null],
    [t.tools, service.tools ? free(service.tools.join(', ')) : null],
    [t.level, service.level ? t[service.level] : null],
    [t.availability, t[service.hours]],
    [
      t.targets,
      service.targets.length > 0
        ? service.targets.map(
            ({ priority, respondHours, resolveHours }) =>
              html`<div>${t[priority]}: ${respondHours} / ${resolveHours}</div>`,
          )
        : null,
    ],
  ])}`;
}

function accountabilitySection(agreement: Agreement, t: Spoken): Html {
  const { audit, logAccess, breachNoticeHours, transparency } = agreement.accountability;
  return html`<section><h2>${t.accountability} <span class="path">accountability</span></h2>${table([
    [
      t.audit,
      audit.by.length > 0
        ? html`${names(agreement, audit.by)}; ${t.announced} ${span(t, audit.noticeDays, 'day')}`
        : t.none,
    ],
    [t['log-access'], t[`log-${logAccess}`]],
    [t['breach-notice'], `${span(t, breachNoticeHours, 'hour')}`],
    [t.transparency, t[`transparency-${transparency}`]],
  ])}</section>`;
}

function textSection(agreement: Agreement, language: Language, t: Spoken): Html {
  const { authentic, languages } = agreement.text;
  const shown = languages[language] ? language : authentic;
  const entry = languages[shown]!;
  return html`<section><h2>${t.text}</h2><p>${t.authentic}: ${t[authentic]}</p>
${shown === language ? null : html`<p>${t['other-language']}</p>`}
${
  entry.prose === undefined
    ? html`<p>${t['text-elsewhere']} <code dir="ltr">${entry.sha256}</code></p>`
    : html`<div class="prose" lang="${shown}" dir="${shown === 'ar' ? 'rtl' : 'ltr'}">${entry.prose}</div>`
}</section>`;
}

function signatureSection(agreement: Agreement, t: Spoken, report?: SignatureReport): Html {
  const lines = agreement.parties.flatMap((party) =>
    party.signatories.map(({ id, name }): readonly [string, Value] => {
      const made = report?.parties
        .find((one) => one.party === party.id)
        ?.signed.find(({ signatory }) => signatory === id);
      return [`${party.name} — ${name}`, made ? html`${t['signed-on']} ${time(made.at)}` : t['not-signed']];
    }),
  );
  return html`<section><h2>${t.signatures}</h2>${table(lines)}</section>`;
}
