/** The papers of a package that go on to others: the request to preserve data, and the guide for victims. */
import type { Tlp } from '../../agreement/index.ts';
import { exerciseBanner, Html, html } from '../../base/index.ts';
import { countryName } from '../../geography/index.ts';
import type { Language } from '../operations.ts';
import { isAsn } from '../view.ts';
import { cardOf, type PackageContents } from './contents.ts';
import { WORDS } from './words/index.ts';

/** For paper first: A4, no backgrounds that cost ink, logical sides so that right-to-left mirrors. No font is loaded from anywhere. */
export const STYLE = new Html(`
@page { size: A4; margin: 16mm 16mm 18mm; }
:root { color-scheme: light; }
body { font: 10.5pt/1.5 system-ui, "Noto Sans", "Noto Sans Arabic", Arial, sans-serif; max-width: 54em; margin: 1.5em auto; padding: 0 1em; color: #111; background: #fff; }
h1 { font-size: 1.7em; line-height: 1.2; margin: .2em 0; } h2 { font-size: 1.2em; border-block-end: 2px solid #234; margin-block-start: 1.8em; padding-block-end: .2em; break-after: avoid; }
h3 { font-size: 1em; margin: 0 0 .4em; break-after: avoid; } p { margin: .4em 0; }
.marking { font-weight: 700; letter-spacing: .04em; border: 2px solid #a60; color: #840; padding: .1em .5em; display: inline-block; }
dl.facts, .card dl { display: grid; grid-template-columns: max-content 1fr; gap: .15em 1em; margin: .8em 0; } dt { color: #456; } dt::first-letter, th::first-letter, .first::first-letter { text-transform: uppercase; } dd { margin: 0; }
.card { border: 1px solid #678; border-inline-start: 6px solid #234; padding: .7em 1em; margin: .8em 0; break-inside: avoid; }
.card.victim { border-inline-start-color: #06c; } .card.suspect, .card.phishing, .card.scam { border-inline-start-color: #b32; } .card.undetermined { border-inline-start-color: #888; }
.count { float: inline-end; font-size: 1.3em; font-weight: 700; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: .85em; } th, td { text-align: start; vertical-align: top; padding: .25em .5em; border-block-end: 1px solid #ccc; } thead { display: table-header-group; } tr { break-inside: avoid; } thead { break-after: avoid; }
table.items { table-layout: fixed; } .items td { overflow-wrap: anywhere; } .items .detail { color: #456; } .nowrap { white-space: nowrap; }
code, .value { font: .95em ui-monospace, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
.fill { border-block-end: 1px dotted #555; min-height: 1.6em; color: #777; } .ok { color: #060; font-weight: 700; } .bad { color: #b00; font-weight: 700; }
ul.files { padding-inline-start: 1.2em; } svg { max-width: 100%; height: auto; break-inside: avoid; display: block; margin-block: .5em; } text { font-family: inherit; }
@media print { .screen { display: none; } .scroll { overflow: visible; } body { margin: 0; max-width: none; } a { color: inherit; text-decoration: none; } }
`);

/** Every printed page carries the marking and its number, since pages are parted from each other. */
const footer = (tlp: Tlp | null) =>
  new Html(
    `@page { @bottom-center { font: 8pt system-ui, sans-serif; color: #444; content: "${tlp === null ? '' : `TLP:${tlp.toUpperCase()}  ·  `}" counter(page) " / " counter(pages); } }`,
  );

/** `of`: the marking, and the title of the operation, by which an exercise is known. */
export function documentPage(
  language: Language,
  title: string,
  of: { readonly tlp: Tlp | null; readonly operation: string },
  body: Html,
): string {
  return html`<!doctype html>
<html lang="${language}" dir="${language === 'ar' ? 'rtl' : 'ltr'}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>${STYLE}${footer(of.tlp)}</style>
</head>
<body>
${exerciseBanner(of.operation)}${body}
</body>
</html>
`.text;
}

export function scopeName({ scope, language, items }: PackageContents): string {
  if (scope === 'networks') return WORDS[language]['networks-scope'];
  if (!isAsn(scope)) return countryName(scope, language);
  const owner = items.find(({ network }) => network?.asn === scope)?.network?.owner;
  return owner ? `${scope} (${owner})` : scope;
}

/** The fields of Article 29 § 2 of the Convention on Cybercrime, in its order, filled in as far as the package goes. */
export function preservationRequest(contents: PackageContents): string {
  const t = WORDS[contents.language];
  const items = contents.items.filter((item) => item.mark === 'suspect');
  const blank = html`<p class="fill">${t['to-fill']}</p>`;
  const field = (title: string, ...body: (Html | string)[]) =>
    html`<section><h2>${title}</h2>${body.map((one) => (one instanceof Html ? one : html`<p>${one}</p>`))}</section>`;
  return documentPage(
    contents.language,
    t['preservation-title'],
    { tlp: contents.tlp, operation: contents.operation.title },
    html`<h1>${t['preservation-title']}</h1>
<p>${t['preservation-basis']}</p>
<p><span class="marking">TLP:${contents.tlp.toUpperCase()}</span></p>
<p>${t.reference}: <bdi class="value">${contents.id}</bdi></p>
${field(t['p-authority'], blank)}
${field(t['p-offence'], html`<p><bdi>${contents.operation.title}. ${contents.operation.purpose}</bdi></p>`, blank)}
${field(
  t['p-data'],
  t['p-data-text'],
  html`<div class="scroll"><table><thead><tr><th>${t.target}</th><th>${t.threat}</th><th>${t.seen}</th></tr></thead><tbody>${items.map(
    (item) =>
      html`<tr><td class="value"><bdi>${item.value}</bdi></td><td>${item.threat}</td><td><bdi class="nowrap">${
        item.gradings
          .flatMap(({ seenAt }) => seenAt ?? [])
          .sort()
          .at(-1) ?? ''
      }</bdi></td></tr>`,
  )}</tbody></table></div>`,
)}
${field(t['p-custodian'], `${t['p-custodian-text']} (${scopeName(contents)})`, blank)}
${field(t['p-necessity'], t['p-necessity-text'])}
${field(t['p-intention'], t['p-intention-text'])}
${field(t['p-duration'], blank)}`,
  );
}

export function victimGuide(contents: PackageContents): string {
  const t = WORDS[contents.language];
  const steps = (['guide-1', 'guide-2', 'guide-3', 'guide-4', 'guide-5', 'guide-6'] as const).map(
    (key) => html`<li>${t[key]}</li>`,
  );
  return documentPage(
    contents.language,
    t['guide-title'],
    { tlp: null, operation: contents.operation.title }, // it goes to the victim
    html`<h1>${t['guide-title']}</h1>
<p>${t['guide-intro']}</p>
<ol>${steps}</ol>
<p>${t.reference}: <bdi class="value">${contents.id}</bdi></p>`,
  );
}

export const hasVictims = ({ items }: PackageContents): boolean =>
  items.some((item) => cardOf(item) === 'victim');
export const hasSuspects = ({ items }: PackageContents): boolean =>
  items.some(({ mark }) => mark === 'suspect');
