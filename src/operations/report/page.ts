/** The report on an operation as one page to print, in four languages. The same figures give the same bytes. */
import { html } from '../../base/index.ts';
import { countryName } from '../../geography/index.ts';
import { writeLocalTime } from '../action-day.ts';
import type { Language } from '../operations.ts';
import { documentPage } from '../package/documents.ts';
import { WORDS } from '../package/words/index.ts';
import { writeCount, writeMoment } from '../package/written.ts';
import { barChart, dayChart, worldMap } from './charts.ts';
import type { Figures } from './figures.ts';

/** Countries with a bar; all are in the table. */
const BARS = 15;

export function renderReport(figures: Figures, language: Language): string {
  const t = WORDS[language];
  const n = (count: number) => writeCount(count, language);
  const { operation, packages } = figures;
  return documentPage(
    language,
    `${t['operation-report']}: ${operation.title}`,
    { tlp: operation.tlp, operation: operation.title },
    html`<header>
<p><span class="marking">TLP:${operation.tlp.toUpperCase()}</span></p>
<h1>${t['operation-report']}</h1>
<dl class="facts">
<dt>${t.operation}</dt><dd><bdi>${operation.title}</bdi></dd>
<dt>${t.from}</dt><dd><bdi>${figures.lead}</bdi></dd>
<dt>${t.made}</dt><dd><bdi>${writeMoment(figures.at, language)}</bdi></dd>
${operation.actionDay ? html`<dt>${t['action-day']}</dt><dd><bdi>${writeLocalTime(operation.actionDay, 'UTC')}</bdi></dd>` : null}
${operation.purpose ? html`<dt>${t.purpose}</dt><dd><bdi>${operation.purpose}</bdi></dd>` : null}
<dt>${t.parties}</dt><dd>${n(figures.parties)}</dd>
<dt>${t.targets}</dt><dd>${n(figures.targets)}${figures.marks.map(({ mark, count }) => html`<div>${t[mark]}: <bdi>${n(count)}</bdi></div>`)}</dd>
<dt>${t.packages}</dt><dd>${(
      [
        ['sent', packages.sent],
        ['received', packages.received],
        ['read', packages.read],
      ] as const
    ).map(([key, count]) => html`<div>${t[key]}: <bdi>${n(count)}</bdi></div>`)}</dd>
</dl>
</header>
<section><h2>${t['by-outcome']}</h2>${barChart(
      figures.outcomes.map(({ kind, quantity }) => ({ label: t[kind], value: quantity })),
      t['by-outcome'],
      language,
    )}
${figures.contradictory > 0 ? html`<p class="first">${t.contradictory}: <bdi>${n(figures.contradictory)}</bdi></p>` : null}</section>
${figures.days.length > 0 ? html`<section><h2>${t['over-time']}</h2>${dayChart(figures.days, t['over-time'], language)}</section>` : null}
<section><h2>${t.map}</h2>${worldMap(figures.countries, t.map, language)}<p>${t['map-text']}</p></section>
<section><h2>${t['by-country']}</h2>${barChart(
      figures.countries
        .slice(0, BARS)
        .map(({ country, targets }) => ({ label: countryName(country, language), value: targets })),
      t['by-country'],
      language,
    )}
<div class="scroll"><table><thead><tr><th>${t.country}</th><th>${t.targets}</th><th>${t.outcomes}</th></tr></thead><tbody>${figures.countries.map(
      ({ country, targets, outcomes }) =>
        html`<tr><td>${countryName(country, language)}</td><td>${n(targets)}</td><td>${n(outcomes)}</td></tr>`,
    )}</tbody></table></div></section>
<section><h2>${t.contributors}</h2><div class="scroll"><table><thead><tr><th>${t.contributor}</th><th>${t.given}</th><th>${t.confirmed}</th><th>${t['false-positives']}</th><th>${t.stale}</th><th>${t.withdrawn}</th><th>${t.silent}</th></tr></thead><tbody>${figures.contributors.map(
      (one) =>
        html`<tr><td><bdi>${one.name}</bdi></td>${[one.given, one.confirmed, one.falsePositive, one.stale, one.withdrawn, one.silent].map((count) => html`<td>${n(count)}</td>`)}</tr>`,
    )}</tbody></table></div><p>${t['computed-text']}</p></section>
<section><h2>${t.provenance}</h2><p>${t['located-text']}</p><ul>${operation.databases.map((name) => html`<li><bdi>${name}</bdi></li>`)}</ul></section>`,
  );
}
